"""What has changed in the results? A digest of each table, and of the rows of each segment.

A page is made again when what it has read changes, and only then; so what it has read is known by
these.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Digests: TypeAlias = Mapping[str, str | Mapping[str, str]]
"""`whole`: of all rows; `segments`: by segment, of its rows and those of no segment."""

_NOTHING = "no rows"

_BITS, _NOTHING_MORE = 32, 1e-12
"""Nine digits of a number count, and what is less than this is nothing."""


def digests_of(table: pd.DataFrame) -> Digests:
    """The digests of a table.

    They change with values (nine digits of them), types, columns, and the order of rows. Each has
    two halves, by two ways to round; where one of them is the same, nothing has changed, for a
    number may lie on the edge of one but not of both.
    """
    # Imported when needed: a run that finds all pages as they were digests no table.
    import numpy as np
    import pandas as pd

    columns = "\n".join(f"{name} {dtype}" for name, dtype in table.dtypes.items()).encode()
    floats = [name for name in table.columns if pd.api.types.is_float_dtype(table[name])]
    hashes = [
        pd.util.hash_pandas_object(
            table.assign(**{name: _told(table[name], between) for name in floats}), index=False
        ).to_numpy()
        for between in (0.0, 0.5)
    ]

    def both(*parts: Any) -> str:
        """Both halves of the digest of these rows: parts of them, by place or condition."""
        return "/".join(_digest(columns, *(rows[part] for part in parts)) for rows in hashes)

    whole = both(slice(None))
    if "segment" not in table.columns:
        return {"whole": whole, "segments": {}}
    codes, names = pd.factorize(table["segment"])
    of_none = codes < 0
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes[~of_none], minlength=len(names))
    ends = of_none.sum() + np.cumsum(counts)
    segments = {
        str(name): both(of_none, order[end - count : end])
        for name, count, end in zip(names, counts, ends, strict=True)
    }
    return {"whole": whole, "segments": {**segments, "": both(of_none)}}


def _told(column: pd.Series, between: float) -> np.ndarray:
    """A column without what no page tells, on a grid that lies so far between the integers'.

    An engine with several threads adds up in another order each time, and sums differ by their last
    digits.
    """
    import numpy as np

    values = column.to_numpy("float64", na_value=np.nan)
    mantissa, exponent = np.frexp(np.where(np.abs(values) < _NOTHING_MORE, 0.0, values))
    told: np.ndarray = np.ldexp(np.round(mantissa * 2**_BITS + between), exponent - _BITS)
    return told


def digest_of_read(
    digests: Mapping[str, Digests], name: str, segments: Sequence[str] | None
) -> str:
    """Of what a page has read: a table, or its rows of these segments."""
    table = digests.get(name)
    if table is None:
        return _NOTHING
    if segments is None:
        return str(table["whole"])
    parts = table["segments"]
    assert isinstance(parts, Mapping)
    # A segment without rows has what is of all.
    return " ".join(parts.get(segment, parts.get("", _NOTHING)) for segment in segments)


def half_of(text: str, number: int) -> str:
    """One half (0 or 1) of the digests in a text."""
    return _HALVES.sub(rf"\{number + 1}", text)


_HALVES = re.compile(r"(\w+)/(\w+)")


def _digest(columns: bytes, *rows: np.ndarray) -> str:
    digest = hashlib.blake2b(columns, digest_size=12)
    for part in rows:
        digest.update(part.tobytes())
        digest.update(b"|")
    return digest.hexdigest()

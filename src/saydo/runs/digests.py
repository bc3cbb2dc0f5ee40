"""What has changed in the results? A digest of each table, and of the rows of each segment.

A page is made again when what it has read changes, and only then; so what it has read is known by
these.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

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
    columns = "\n".join(f"{name} {dtype}" for name, dtype in table.dtypes.items()).encode()
    halves = [_half(table, columns, between=between) for between in (0.0, 0.5)]
    (whole, parts), (other_whole, other_parts) = halves
    segments = {name: f"{parts[name]}/{other_parts[name]}" for name in parts}
    return {"whole": f"{whole}/{other_whole}", "segments": segments}


def _half(table: pd.DataFrame, columns: bytes, *, between: float) -> tuple[str, dict[str, str]]:
    """One half of the digests, by a grid of numbers that lies so far between that of integers."""
    import numpy as np
    import pandas as pd

    floats = [name for name in table.columns if pd.api.types.is_float_dtype(table[name])]
    table = table.assign(**{name: _told(table[name], between) for name in floats})
    rows = pd.util.hash_pandas_object(table, index=False).to_numpy()
    whole = _digest(columns, rows)
    if "segment" not in table.columns:
        return whole, {}
    codes, names = pd.factorize(table["segment"])
    of_all = rows[codes < 0]
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    ends = len(of_all) + np.cumsum(counts)
    parts = {
        str(name): _digest(columns, of_all, rows[order[end - count : end]])
        for name, count, end in zip(names, counts, ends, strict=True)
    }
    return whole, {**parts, "": _digest(columns, of_all)}


def _told(column: pd.Series, between: float) -> np.ndarray:
    """A column without what no page tells: an engine with several threads adds up in another
    order each time, and sums differ by their last digits."""
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

"""What has changed in the results? A digest of each table, and of the rows of each segment.

A page is made again when what it has read changes, and only then; so what it has read is known by
these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Digests: TypeAlias = Mapping[str, str | Mapping[str, str]]
"""`whole`: of all rows; `segments`: by segment, of its rows and those of no segment."""

_NOTHING = "no rows"


def digests_of(table: pd.DataFrame) -> Digests:
    """The digests of a table: they change with values, types, columns, and the order of rows."""
    # Imported when needed: a run that finds all pages as they were digests no table.
    import numpy as np
    import pandas as pd

    columns = "\n".join(f"{name} {dtype}" for name, dtype in table.dtypes.items()).encode()
    rows = pd.util.hash_pandas_object(table, index=False).to_numpy()
    whole = _digest(columns, rows)
    if "segment" not in table.columns:
        return {"whole": whole, "segments": {}}
    codes, names = pd.factorize(table["segment"])
    of_all = rows[codes < 0]
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    ends = len(of_all) + np.cumsum(counts)
    parts = {
        str(name): _digest(columns, of_all, rows[order[end - count : end]])
        for name, count, end in zip(names, counts, ends, strict=True)
    }
    return {"whole": whole, "segments": {**parts, "": _digest(columns, of_all)}}


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


def _digest(columns: bytes, *rows: np.ndarray) -> str:
    digest = hashlib.blake2b(columns, digest_size=12)
    for part in rows:
        digest.update(part.tobytes())
        digest.update(b"|")
    return digest.hexdigest()

"""Every segment is in every table, if only with the reason why there is nothing of it.

Takes a table with a column `segment`, and reasons by segment; returns the table with a row for each
segment that is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd


def with_absent(
    table: pd.DataFrame,
    reasons: Mapping[str, str],
    *,
    segments: Sequence[str] | None = None,
    column: str = "reason",
    **also: Any,
) -> pd.DataFrame:
    """One row with its reason for every segment that the table leaves out; segments in order.

    Args:
        table: With `segment` and `column`; may be empty. Its types can be null, and are kept.
        reasons: By segment.
        segments: Their order; that of `reasons` if left out.
        column: Where the reason goes.
        **also: What else such a row says, in the columns that the table has. Others are null.
    """
    names = list(reasons) if segments is None else list(segments)
    there = set(table["segment"])
    rows = [
        {"segment": name, column: reasons[name], **also}
        for name in names
        if name in reasons and name not in there
    ]
    if not rows:
        return table.reset_index(drop=True)
    absent = pd.DataFrame(rows).reindex(columns=table.columns).astype(table.dtypes)
    if table.empty:
        return absent
    both = pd.concat([table, absent])
    order = {segment: place for place, segment in enumerate(names)}
    return both.sort_values(
        "segment", key=lambda column: column.map(order), kind="stable", ignore_index=True
    )

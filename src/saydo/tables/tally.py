"""Where did each row go: used, rejected or excluded?"""

from __future__ import annotations

from collections import Counter

import ibis.expr.types as ir

from saydo.tables.checked import RowCount
from saydo.tables.checks import EXCLUDED, STATUS


def statuses(rows: ir.Table) -> Counter[int]:
    """How many rows have each status."""
    counted = rows.group_by(STATUS).aggregate(n=rows.count()).to_pyarrow().to_pylist()
    return Counter({row[STATUS]: row["n"] for row in counted})


def row_count(counts: Counter[int]) -> RowCount:
    """Rows by where they went; what was read is their sum."""
    read = sum(counts.values())
    rejected = sum(n for status, n in counts.items() if status > 0)
    excluded = {reason: counts[status] for status, reason in EXCLUDED.items() if counts[status]}
    count = RowCount(read, counts[0], rejected, excluded)
    if read != count.used + rejected + sum(excluded.values()):
        raise AssertionError(f"Rows do not add up: {count}")
    return count

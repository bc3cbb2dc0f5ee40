"""Periods: the months, quarters or years over which KPIs are computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, order=True)
class Period:
    """Closed on the left: `start` is its first day and `end` its last."""

    start: date
    end: date

    @property
    def after(self) -> date:
        """The first day that no longer belongs to it."""
        return self.end + timedelta(days=1)

    @property
    def n_days(self) -> int:
        """How many days it has."""
        return (self.after - self.start).days


def last_periods(
    as_of: date, *, length: Literal["month", "quarter", "year"], number: int
) -> list[Period]:
    """The last complete periods up to and including the day `as_of`, oldest first.

    Examples:
        >>> last_periods(date(2025, 12, 31), length="quarter", number=1)
        [Period(start=datetime.date(2025, 10, 1), end=datetime.date(2025, 12, 31))]
        >>> last_periods(date(2025, 12, 30), length="quarter", number=1)[0].end
        datetime.date(2025, 9, 30)
    """
    months = MONTHS[length]
    after = as_of + timedelta(days=1)
    # Counted in months since year 0, periods start at multiples of their length.
    edge = (after.year * 12 + after.month - 1) // months * months
    edges = [edge - months * back for back in range(number, -1, -1)]
    days = [date(edge // 12, edge % 12 + 1, 1) for edge in edges]
    return [Period(start, following - timedelta(days=1)) for start, following in pairwise(days)]

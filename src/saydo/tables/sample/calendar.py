"""Which days do the sample's quarters and months have?

Days are counted as NumPy does (1970-01-01 is day 0). The window is whole calendar quarters that end
on `until`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from saydo.tables.sample.company import HORIZON_DAYS

EPOCH = date(1970, 1, 1)
NEVER = np.int32(2**31 - 1)
"""A day that does not come: for who has not left."""


@dataclass(frozen=True)
class Calendar:
    """The sample's window: `n_quarters` quarters, of which the last ends on `until`."""

    until: date
    n_quarters: int

    @property
    def n_months(self) -> int:
        return 3 * self.n_quarters

    @property
    def month_starts(self) -> NDArray[np.int32]:
        """First day of each month, and last the first day after the window."""
        after = np.datetime64(self.until + timedelta(days=1), "M")
        months = after - np.arange(self.n_months, -1, -1)
        return months.astype("datetime64[D]").astype(np.int32)

    @property
    def quarter_starts(self) -> NDArray[np.int32]:
        """First day of each quarter, and last the first day after the window."""
        return self.month_starts[::3]

    @property
    def wave_starts(self) -> NDArray[np.int32]:
        """First day of each quarter's survey wave: of the quarter's last month."""
        return self.month_starts[2::3]

    @property
    def start(self) -> int:
        """First day of the window."""
        return int(self.month_starts[0])

    @property
    def after(self) -> int:
        """First day after the window."""
        return int(self.month_starts[-1])

    @property
    def landmark(self) -> int:
        """The day from which the analysis watches whether customers stay."""
        return self.after - HORIZON_DAYS

    def month_of(self, days: NDArray[np.integer]) -> NDArray[np.integer]:
        """Index of the month within the window in which each day falls."""
        by_day = np.repeat(np.arange(self.n_months, dtype=np.int16), np.diff(self.month_starts))
        return by_day[days - self.start]


def as_date(day: int) -> date:
    """The calendar date of a day number."""
    return EPOCH + timedelta(days=int(day))


def add_months(days: NDArray[np.integer], months: int | NDArray[np.integer]) -> NDArray[np.int32]:
    """The same day of the month, `months` later; the month's last day where it has no such day."""
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    day_of_month = (dates - month.astype("datetime64[D]")).astype(np.int32)
    target = month + months
    first = target.astype("datetime64[D]").astype(np.int32)
    n_days = (target + 1).astype("datetime64[D]").astype(np.int32) - first
    return first + np.minimum(day_of_month, n_days - 1)


def full_months(since: NDArray[np.integer], until: int) -> NDArray[np.int32]:
    """Full months from each day to `until`, which is the first day of a month."""
    month = since.astype("datetime64[D]").astype("datetime64[M]")
    at_first = month.astype("datetime64[D]").astype(np.int32) == since
    target = np.datetime64(int(until), "D").astype("datetime64[M]")
    return np.maximum((target - month).astype(np.int32) - ~at_first, 0)

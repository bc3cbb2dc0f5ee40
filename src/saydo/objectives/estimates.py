"""What is known of a KPI in one period: its value, how far chance might have moved it, its range.

Takes rows of `tables/kpis`; gives the `Estimate` that confidence, sample size and forecast work on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from saydo.kpis.intervals import Z
from saydo.kpis.kpi import Kpi

_SAME = 1e-4
"""Relative difference up to which two numbers of trials, worked back from bounds, are the same."""


@dataclass(frozen=True)
class Estimate:
    """A value with the bounds of its 95 % interval, all in the KPI's unit; NaN is unknown."""

    value: float
    low: float = math.nan
    high: float = math.nan
    n: float = math.nan
    """What it rests on: answers, orders, people."""
    is_count: bool = False
    """Known in full, so that chance has no part in it and there is no interval."""
    range: tuple[float, float] = (-math.inf, math.inf)

    @classmethod
    def of(cls, row: Mapping[str, Any], kpi: Kpi) -> Estimate:
        """The estimate in a row of `tables/kpis`."""
        value, low, high, n = (float(row[name]) for name in ("value", "ci_low", "ci_high", "n"))
        return cls(value, low, high, n, kpi.is_full_count, kpi.range)

    @property
    def has_interval(self) -> bool:
        """Whether at least one bound is known."""
        return not (math.isnan(self.low) and math.isnan(self.high))

    @cached_property
    def trials(self) -> float | None:
        """Independent trials of a share whose interval is Wilson's; None for any other estimate.

        Worked back from each bound, where the score test of the bound is at 1.96 exactly:
        (share − bound)² · n = 1.96² · bound · (1 − bound). Both have to agree.
        """
        if self.range != (0, 100) or math.isnan(self.value + self.low + self.high):
            return None
        share = self.value / 100
        found = [
            Z**2 * bound * (1 - bound) / (share - bound) ** 2
            for bound in (self.low / 100, self.high / 100)
            if abs(share - bound) > 1e-9
        ]
        if not found or min(found) <= 0 or max(found) > min(found) * (1 + _SAME):
            return None
        return sum(found) / len(found)

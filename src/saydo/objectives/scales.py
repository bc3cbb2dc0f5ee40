"""On which scale may a KPI's trend be a straight line? One on which no forecast leaves its range.

Shares and others with two ends are modelled by their logit, those that can't be negative by their
logarithm, all others as they are. Where a value lies on the very end of its range (nobody at all, 0
hours), logit and logarithm don't exist: the line is then drawn through the values as they are, and
forecasts are cut off at the range's ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from saydo.kpis.intervals import Z
from saydo.objectives.estimates import Estimate

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """A scale, and the way to it and back."""

    kind: Literal["logit", "log", "linear"]
    low: float
    high: float

    def to(self, values: Array | float) -> Array:
        """Values of the KPI on the scale; the ends of its range are infinite there."""
        given = np.clip(np.asarray(values, float), self.low, self.high)
        with np.errstate(divide="ignore", invalid="ignore"):
            match self.kind:
                case "logit":
                    return np.log((given - self.low) / (self.high - given))
                case "log":
                    return np.log(given - self.low)
        return np.asarray(values, float)

    def back(self, at: Array | float) -> Array:
        """Values on the scale in the KPI's unit, within its range."""
        given = np.asarray(at, float)
        match self.kind:
            case "logit":
                # Written so that no exponential of a large number is taken.
                share = 0.5 * (1 + np.tanh(given / 2))
                return self.low + (self.high - self.low) * share
            case "log":
                return self.low + np.exp(given)
        return np.clip(given, self.low, self.high)


def scale_for(estimates: Sequence[Estimate]) -> Scale:
    """The scale on which these estimates of one KPI, of several periods, can all be shown."""
    low, high = estimates[0].range
    values = [estimate.value for estimate in estimates]
    if math.isfinite(low) and all(value > low for value in values):
        if math.isfinite(high) and all(value < high for value in values):
            return Scale("logit", low, high)
        if math.isinf(high):
            return Scale("log", low, high)
    return Scale("linear", low, high)


def standard_error(estimate: Estimate, scale: Scale) -> float:
    """Of the estimate on the scale: 0 for a full count, NaN where no bound is known."""
    if estimate.is_count:
        return 0.0
    low, value, high = scale.to(np.array([estimate.low, estimate.value, estimate.high]))
    halves = [half for half in (value - low, high - value) if math.isfinite(half)]
    return float(sum(halves) / len(halves) / Z) if halves else math.nan

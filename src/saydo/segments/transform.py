"""What can be compared of customers? Their features, skew taken out, in standard deviations.

Spending and counts are skewed, and in any unit; distances between customers would be of the few
who spend most. Yeo & Johnson's power takes the skew out (of values below 0 too); then the mean is 0
and the standard deviation 1, and what lies beyond `FARTHEST` is drawn in, so that outliers make no
group.

References:
    Yeo & Johnson (2000), A new family of power transformations, Biometrika 87.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

FARTHEST = 3.5
"""Standard deviations from the mean within which everything is made to lie (winsorised)."""

_LARGEST_POWER = 5.0  # Beyond it almost nothing but rounding errors is left of some values.


@dataclass(frozen=True)
class Scale:
    """How a feature becomes comparable; its numbers are rounded, as a pin keeps them."""

    power: float
    """λ of Yeo and Johnson: 1 leaves values as they are, 0 takes logarithms."""
    mean: float
    """Of the powers."""
    sd: float
    """Of the powers."""

    @classmethod
    def learned(cls, values: NDArray[np.float64]) -> Scale:
        """The scale of these values (n,): finite, and not all the same."""
        # Not above: pages import this package, and learn no scale.
        from sklearn.preprocessing import PowerTransformer

        fitted = PowerTransformer(method="yeo-johnson", standardize=False).fit(values[:, None])
        power = round(float(np.clip(fitted.lambdas_[0], -_LARGEST_POWER, _LARGEST_POWER)), 4)
        powers = _powers(values, power)
        sd = float(f"{powers.std():.6g}")
        # To a millionth of the standard deviation: a mean may be large, and all near to it.
        return cls(power, round(float(powers.mean()), 6 - floor(log10(sd))), sd)

    @classmethod
    def of(cls, kept: Mapping[str, float]) -> Scale:
        """As a pin keeps it."""
        return cls(kept["power"], kept["mean"], kept["sd"])

    def to_pin(self) -> dict[str, float]:
        """What `of` reads."""
        return {"power": self.power, "mean": self.mean, "sd": self.sd}

    def scores(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Standard deviations from the mean, of values (n,)."""
        return np.clip((_powers(values, self.power) - self.mean) / self.sd, -FARTHEST, FARTHEST)

    def score(self, value: ir.NumericValue) -> ir.FloatingValue:
        """As `scores`, as an expression; null where the value is."""
        score = (_power(value.cast("float64"), self.power) - self.mean) / self.sd
        # Not least and greatest, which pass over nulls.
        return (score > FARTHEST).ifelse(FARTHEST, (score < -FARTHEST).ifelse(-FARTHEST, score))

    def value_at(self, score: float) -> float:
        """The value, in the feature's own unit, that has this score."""
        power, at = self.power, score * self.sd + self.mean
        if at >= 0:
            return float(np.expm1(at) if power == 0 else (1 + power * at) ** (1 / power) - 1)
        rest = 2 - power
        return float(-np.expm1(-at) if rest == 0 else 1 - (1 - rest * at) ** (1 / rest))


def _powers(values: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    above, below = np.maximum(values, 0), np.maximum(-values, 0)
    rest = 2 - power
    of_above = np.log1p(above) if power == 0 else ((above + 1) ** power - 1) / power
    of_below = np.log1p(below) if rest == 0 else ((below + 1) ** rest - 1) / rest
    return np.asarray(np.where(values >= 0, of_above, -of_below))


def _power(value: ir.FloatingValue, power: float) -> ir.FloatingValue:
    # Each power where its base is above 1: engines may compute both sides of a condition.
    size, rest = value.abs() + 1, 2 - power
    of_above = size.ln() if power == 0 else (size.pow(power) - 1) / power
    of_below = size.ln() if rest == 0 else (size.pow(rest) - 1) / rest
    return (value >= 0).ifelse(of_above, -of_below)

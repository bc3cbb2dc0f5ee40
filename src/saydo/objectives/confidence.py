"""How sure is it that a target is reached now?

Takes an estimate with its 95 % interval and a target; returns a probability. It is read off the
estimate's *confidence distribution*: the intervals of every level at once, or, said the other way,
what one believes of the true value who knew nothing of it before. So it agrees with the interval:
about 97.5 % where the target is at the interval's bound on the good side.

- A share with Wilson's interval: the Beta distribution of so many hits among so many (effective)
  trials and half a hit more on either side, Jeffreys' prior. At Wilson's bounds it is within 0.015
  of 2.5 % and 97.5 % from five hits and five misses on; with fewer it is the better of the two.
- Any other: a normal distribution on each side of the estimate, as wide as that side of the
  interval. At the bounds and at the estimate it is right; in between it is off by what a t
  distribution differs from a normal one through the same points (at most 0.02 at ten degrees of
  freedom).
- A full count: 0 or 1.

References:
    Xie & Singh (2013), Confidence distribution, the frequentist distribution estimator of a
    parameter: a review, International Statistical Review 81. Brown, Cai & DasGupta (2001), Interval
    estimation for a binomial proportion, Statistical Science 16, on Jeffreys beside Wilson.
"""

from __future__ import annotations

import math

from scipy import stats

from saydo.kpis.intervals import Z
from saydo.kpis.kpi import Better
from saydo.objectives.estimates import Estimate


def p_reached(estimate: Estimate, *, target: float, better: Better) -> float:
    """Probability that the true value is on the good side of `target`, which is itself good.

    NaN where it can't be told: not measured, no interval although chance plays a part, an interval
    that is open on the target's side, a direction that depends on context, or a target at the very
    end of the range when that is what was observed (no sample can show that nobody at all thinks
    otherwise).

    Args:
        estimate: What is known.
        target: In the KPI's unit; with `closer to 0` the largest distance from zero that is good.
        better: The good side.
    """
    if math.isnan(estimate.value) or math.isnan(target) or better == "context":
        return math.nan
    if estimate.is_count:
        return float(is_good(estimate.value, target=target, better=better))
    if better == "closer to 0":
        reach = abs(target)
        return max(_up_to(estimate, reach) - _up_to(estimate, -reach), 0.0)
    if better == "lower":
        return _up_to(estimate, target)
    return 1 - _up_to(estimate, target, included=False)


def is_good(value: float, *, target: float, better: Better) -> bool:
    """Whether a value known for certain is on the good side of `target`."""
    if better == "closer to 0":
        return abs(value) <= abs(target)
    return value <= target if better == "lower" else value >= target


def _up_to(estimate: Estimate, point: float, *, included: bool = True) -> float:
    """Confidence that the true value is at most `point`, or below it if not `included`."""
    low, high = estimate.range
    if point < low or (point == low and not included):
        return 0.0
    if point > high or (point == high and included):
        return 1.0
    if point in (low, high):
        # Only one value would do. Nothing observed elsewhere leaves room for it.
        unlikely = 0.0 if point == low else 1.0
        return math.nan if estimate.value == point else unlikely
    if estimate.trials is not None:
        hits = estimate.value / 100 * estimate.trials
        return float(stats.beta.cdf(point / 100, hits + 0.5, estimate.trials - hits + 0.5))
    if not estimate.has_interval:
        return math.nan
    if point == estimate.value:
        return 0.5
    bound = estimate.high if point > estimate.value else estimate.low
    half = abs(bound - estimate.value)
    if math.isnan(half):
        return math.nan
    side = 1.0 if point > estimate.value else -1.0
    steps = abs(point - estimate.value) / half if half else math.inf
    return float(stats.norm.cdf(side * Z * steps))

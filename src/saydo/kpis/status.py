"""Is a target reached? Compares an estimate and its interval with it, in the KPI's direction."""

from __future__ import annotations

import math
from typing import Literal

from saydo.kpis.kpi import Better

Status = Literal["reached", "not reached", "uncertain", "no target", "not measured"]


def status(value: float, ci_low: float, ci_high: float, *, target: float, better: Better) -> Status:
    """What can be said of a target: a code, translated when shown.

    *Uncertain* where the interval holds values on both sides of it; the target itself is on its
    good side. A bound that is NaN beside one that is not is open; with neither, the value decides.
    With `closer to 0` the target is the largest distance from zero that is good, on either side. A
    KPI whose direction depends on context has no side to be on: *no target*.

    No share of the target takes part in it: “at least 0.9 times the target is nearly there” leaves
    no room below a negative target, and would have hours that are fewer than wanted be too few.

    Examples:
        >>> status(4.1, 3.8, 4.5, target=4, better="lower")
        'uncertain'
        >>> status(-12, -15, -9, target=-20, better="higher")
        'reached'
        >>> status(-1, -3, 1, target=2, better="closer to 0")
        'uncertain'
    """
    if math.isnan(value):
        return "not measured"
    if math.isnan(target) or better == "context":
        return "no target"
    if math.isnan(ci_low) and math.isnan(ci_high):
        low = high = value
    else:
        low = -math.inf if math.isnan(ci_low) else ci_low
        high = math.inf if math.isnan(ci_high) else ci_high
    good_low, good_high = _good(target, better)
    if good_low <= low and high <= good_high:
        return "reached"
    return "not reached" if high < good_low or low > good_high else "uncertain"


def _good(target: float, better: Better) -> tuple[float, float]:
    """From where to where values are good."""
    if better == "closer to 0":
        return -abs(target), abs(target)
    return (-math.inf, target) if better == "lower" else (target, math.inf)

"""Is a target reached? Compares an estimate and its interval with it, in the KPI's direction."""

from __future__ import annotations

import math
from typing import Literal

from saydo.kpis.kpi import Better

Status = Literal["reached", "not reached", "uncertain", "no target", "not measured"]


def status(value: float, ci_low: float, ci_high: float, *, target: float, better: Better) -> Status:
    """What can be said of a target: a code, translated when shown.

    *Uncertain* where the interval holds values on both sides of it. A bound that is NaN beside one
    that is not is open; with neither, the value decides. A KPI whose direction depends on context
    has no side to be on: *no target*.

    Examples:
        >>> status(4.1, 3.8, 4.5, target=4, better="lower")
        'uncertain'
        >>> status(-12, -15, -9, target=-20, better="higher")
        'reached'
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
    if better == "lower":
        low, high, target = -high, -low, -target
    if low >= target:
        return "reached"
    return "not reached" if high < target else "uncertain"

"""How many more answers are needed to know whether a target is reached?

Takes an estimate and a target; returns how many more units of its n (answers, orders, people) would
make its 95 % interval leave the target out, if the estimate stayed where it is. It may move: half
of the times more would be needed.
"""

from __future__ import annotations

import math

from saydo.kpis.intervals import Z
from saydo.kpis.kpi import Better
from saydo.kpis.status import status
from saydo.objectives.estimates import Estimate


def n_needed(estimate: Estimate, *, target: float, better: Better) -> float:
    """Further units of n, a whole number; 0 if it is known already, infinite if no number will do.

    Infinite where the estimate equals the target. NaN where it can't be told: nothing measured, or
    an interval that is open on the target's side. Shares with Wilson's interval are solved exactly,
    n = 1.96² · target · (1 − target) / (share − target)²; all others by interval width ∝ 1/√n, so
    that a t interval of few answers needs slightly fewer.
    """
    now = status(estimate.value, estimate.low, estimate.high, target=target, better=better)
    if now in ("not measured", "no target"):
        return math.nan
    if estimate.is_count:
        return 0.0
    if not estimate.has_interval:
        return math.nan
    if now != "uncertain":
        return 0.0
    edges = (-abs(target), abs(target)) if better == "closer to 0" else (target,)
    if better == "closer to 0" and abs(estimate.value) > abs(target):
        # From outside only the near edge has to be left out.
        edges = (math.copysign(target, estimate.value),)
    return max((_to_leave_out(estimate, edge) for edge in edges), default=math.nan)


def _to_leave_out(estimate: Estimate, edge: float) -> float:
    distance = abs(estimate.value - edge)
    if distance == 0:
        return math.inf
    if estimate.trials is not None:
        at = edge / 100
        if not 0 < at < 1:
            # A bound comes ever nearer to the end of the range and never gets there.
            return math.inf
        total = Z**2 * at * (1 - at) / (distance / 100) ** 2 * estimate.n / estimate.trials
    else:
        bound = estimate.high if edge > estimate.value else estimate.low
        total = estimate.n * (abs(bound - estimate.value) / distance) ** 2
    # Bounds that are off in the last digit must not ask for one answer more.
    return math.nan if math.isnan(total) else max(math.ceil(total * (1 - 1e-9) - estimate.n), 0.0)

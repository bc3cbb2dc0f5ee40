"""What if the silent are less satisfied than those like them who answered?

Weights take it that the silent would answer as those do who did as they did. Nobody can know, so
this asks how wrong that would have to be: a pattern-mixture analysis (Little, 1994, Biometrika 81;
Carpenter, Kenward & White, 2007, Stat. Methods Med. Res. 16). Every respondent stands for
themselves with the answer they gave, and for the silent like them with an answer `delta` points
lower, though not off the scale. At 0 this is the weighted estimate exactly.

Takes `Weights`; returns estimates by `delta`, and the `delta` at which a conclusion turns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from saydo.drivers.answering.influence import Answers, Estimate
from saydo.drivers.answering.weights import Weights

AMONG = ("everyone", "stayed", "left")
"""Which of the silent are less satisfied than they are taken to be. For a marginal effect the worst
is that those who stayed are, or those who left are not: then staying has less to do with it."""
DELTAS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0)
"""Points."""
GRID = 0.25
"""Steps of `delta` in which a turn is looked for: one and a return within a step go unseen."""


def as_if(weights: Weights, *, delta: float, among: str = "everyone") -> Answers:
    """Answers of respondents, and of the silent as if theirs were `delta` points lower."""
    if among not in AMONG:
        raise ValueError(f"among must be one of {', '.join(AMONG)}, not {among!r}")
    cell = np.flatnonzero(weights.answered)
    cells = weights.cells.iloc[cell]
    said = cells["satisfaction"].to_numpy(float)
    low, high = cells["scale_min"].to_numpy(float), cells["scale_max"].to_numpy(float)
    stayed = cells["stayed"].to_numpy(bool)
    is_moved = {"everyone": stayed | True, "stayed": stayed, "left": ~stayed}[among]
    moved = np.where(is_moved, np.clip(said - delta, low, high), said)
    own, others = np.ones(len(cell)), weights.weight[cell] - 1
    return Answers(
        weights,
        np.concatenate([cell, cell]),
        np.concatenate([said, moved]),
        np.concatenate([own, others]),
        np.concatenate([np.zeros(len(cell)), weights.drift[cell]]),
    )


def by_delta(
    weights: Weights,
    estimate: Callable[[Answers], Estimate],
    *,
    deltas: Sequence[float] = DELTAS,
    among: str = "everyone",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The estimate, had the silent answered lower.

    Args:
        weights: Of one segment.
        estimate: Of answers, such as `marginal_effect` or a `mean`.
        deltas: Points of satisfaction; negative for higher.
        among: One of `AMONG`.
        confidence: Coverage of the interval, given `delta`.

    Returns:
        `among`, `delta`, `estimate`, `std_error`, `ci_low`, `ci_high`.
    """
    reach = norm.ppf(0.5 + confidence / 2)
    rows = []
    for delta in deltas:
        found = estimate(as_if(weights, delta=delta, among=among))
        low, high = found.value - reach * found.std_error, found.value + reach * found.std_error
        rows.append((among, delta, found.value, found.std_error, low, high))
    columns = ["among", "delta", "estimate", "std_error", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=columns)


def tipping_point(
    weights: Weights,
    estimate: Callable[[Answers], Estimate],
    *,
    among: str = "everyone",
    against: float = 0.0,
    confidence: float = 0.95,
) -> float | None:
    """The smallest `delta`, in points, at which the interval reaches `against`.

    The conclusion is that the estimate differs from `against` (0 for an effect, a target for a
    mean). Looked for from 0 to the length of the scale; None if it does not turn within, 0 if the
    interval covers `against` already.
    """
    reach = norm.ppf(0.5 + confidence / 2)
    start = estimate(as_if(weights, delta=0.0, among=among)).value
    side = 1.0 if start > against else -1.0

    def margin(delta: float) -> float:
        found = estimate(as_if(weights, delta=delta, among=among))
        return side * (found.value - against) - reach * found.std_error

    if margin(0.0) <= 0:
        return 0.0
    first = weights.cells.iloc[0]
    length = float(first["scale_max"] - first["scale_min"])
    deltas = np.append(np.arange(GRID, length, GRID), length)
    for before, after in zip([0.0, *deltas[:-1]], deltas, strict=True):
        if margin(after) <= 0:
            return float(brentq(margin, before, after, xtol=1e-6))
    return None

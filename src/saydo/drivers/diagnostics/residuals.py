"""Where does a model miss? Who stayed against who was expected to, by level of satisfaction.

Takes a fit; returns a tidy table. A straight line that should have been a curve shows here: too
many stay at one end, or in the middle.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve
from statsmodels.stats.proportion import proportion_confint

from saydo.drivers.design import Array
from saydo.drivers.fit import Fit
from saydo.suppression import withheld_reason
from saydo.tables.declared import COUNT, NUMBER, TEXT

RESIDUALS: Mapping[str, str] = {
    "satisfaction": NUMBER,
    "n": COUNT,
    **dict.fromkeys(("observed", "ci_low", "ci_high", "expected", "residual"), NUMBER),
    "reason": TEXT,
}


def residuals(
    fit: Fit, *, hidden: Collection[float] = (), min_cell: int = 11, confidence: float = 0.95
) -> pd.DataFrame:
    """Share that stayed and that the model expects, by level, with the standardised residual.

    The standard error of the difference is smaller than the binomial's, for the model was fitted to
    these customers. Where it reproduces a level's count by construction (`levels`) the residual
    is 0. Beyond 2 is unusual; 1 of 20 is by chance.

    Args:
        fit: Of one segment.
        hidden: Levels to withhold beside those of fewer than `min_cell`, as `withheld_levels` says.
        min_cell: Fewest customers about whom anything is shown.
        confidence: Coverage of the interval (Wilson) of the observed share.

    Returns:
        `satisfaction` (points), `n` (customers), `observed`, `ci_low`, `ci_high`, `expected` (% who
        stay), `residual` (standard errors), `reason` (why withheld; else empty).
    """
    sums = standardised(fit)
    low, high = proportion_confint(
        sums["observed"], sums["n"], alpha=1 - confidence, method="wilson"
    )
    table = pd.DataFrame(
        {
            "satisfaction": fit.design.levels,
            "n": sums["n"].astype("Int64"),
            "observed": 100 * sums["observed"] / sums["n"],
            "ci_low": 100 * np.asarray(low),
            "ci_high": 100 * np.asarray(high),
            "expected": 100 * sums["expected"] / sums["n"],
            "residual": sums["residual"],
        }
    )
    withheld = ((sums["n"] < min_cell) | table["satisfaction"].isin(list(hidden))).to_numpy()
    table.loc[withheld, table.columns != "satisfaction"] = pd.NA
    return table.assign(reason=np.where(withheld, withheld_reason(min_cell), ""))


def standardised(fit: Fit) -> pd.DataFrame:
    """By level: `n`, `observed`, `expected` (customers who stayed), `residual` (standard errors).

    With one pattern per level these are R's `rstandard(type = "pearson")`.
    """
    matrix, chance = fit.design.matrix, fit.chances()
    stayed = fit.patterns["n_stayed"].to_numpy(float)
    n = stayed + fit.patterns["n_left"].to_numpy(float)
    place = np.searchsorted(fit.design.levels, fit.design.satisfaction)
    spread = n * chance * (1 - chance)

    def by_level(values: Array) -> Array:
        return np.bincount(place, values, len(fit.design.levels)).astype(float)

    # Columns of one size, or money beside months would spoil the equations.
    scaled = matrix / np.sqrt((matrix**2 * spread[:, None]).sum(axis=0))
    pull = np.column_stack([by_level(spread * column) for column in scaled.T])
    information = cho_factor(scaled.T @ (scaled * spread[:, None]))
    binomial = by_level(spread)
    variance = binomial - (pull * cho_solve(information, pull.T).T).sum(axis=1)
    is_fixed = variance <= 1e-9 * binomial
    difference = by_level(stayed) - by_level(n * chance)
    return pd.DataFrame(
        {
            "n": by_level(n),
            "observed": by_level(stayed),
            "expected": by_level(n * chance),
            "residual": np.where(is_fixed, 0.0, difference)
            / np.sqrt(np.where(is_fixed, 1.0, variance)),
        }
    )

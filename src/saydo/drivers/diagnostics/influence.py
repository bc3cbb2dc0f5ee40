"""Does any small group drive the result? Influence of each pattern of customers on a model.

Takes a fit; returns Cook's distances and what the estimate would be without the most influential
patterns. A pattern is all customers with the same answer and covariates: they can't be told apart,
and no single customer is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import expit

from saydo.drivers.design import Array
from saydo.drivers.fit import Fit
from saydo.drivers.fit import fit as fitted_to
from saydo.drivers.one_point import one_point
from saydo.errors import NotEstimable
from saydo.suppression import withheld_reason
from saydo.tables.declared import COUNT, NUMBER, TEXT

INFLUENCE: Mapping[str, str] = {
    "rank": COUNT,
    "satisfaction": NUMBER,
    "n": COUNT,
    **dict.fromkeys(("leverage", "residual", "cooks_distance"), NUMBER),
    **dict.fromkeys(("effect", "effect_without", "change", "at_most"), NUMBER),
    "reason": TEXT,
}


def leverage(fit: Fit) -> pd.DataFrame:
    """Leverage, residual and influence of every pattern: for models, not for showing.

    Returns:
        `leverage` (0 to 1), `residual` (Pearson's, standardised), `cooks_distance` (Pregibon, 1981,
        Ann. Stat. 9; R's `cooks.distance`), in the order of `fit.patterns`. Not a number where a
        pattern alone decides a coefficient, so that nothing can be said without it.
    """
    matrix, chance, n = fit.design.matrix, fit.chances(), _counts(fit)
    spread = n * chance * (1 - chance)
    rows = matrix * np.sqrt(spread)[:, None]
    # Columns of one size, for the decomposition to be exact.
    size = np.sqrt((rows**2).sum(axis=0))
    decides = np.linalg.qr(rows / size)[0]
    hat = (decides**2).sum(axis=1)
    pearson = (fit.patterns["n_stayed"].to_numpy(float) - n * chance) / np.sqrt(spread)
    rest = np.where(hat < 1 - 1e-9, 1 - hat, np.nan)
    residual = pearson / np.sqrt(rest)
    cooks = residual**2 * hat / rest / matrix.shape[1]
    return pd.DataFrame({"leverage": hat, "residual": residual, "cooks_distance": cooks})


def influence(fit: Fit, *, most: int = 5, min_cell: int = 11) -> pd.DataFrame:
    """The most influential patterns, and the marginal effect without each.

    Fitted anew without the pattern, not approximated. Patterns of fewer than `min_cell` customers
    are not described, and what they change is not told to the digit: see `reason`.

    Args:
        fit: Of one segment.
        most: Number of patterns, by Cook's distance.
        min_cell: Fewest customers about whom anything is shown.

    Returns:
        `rank`, `satisfaction` (points), `n` (customers), `leverage`, `residual`, `cooks_distance`,
        `effect` (percentage points per point, of everyone), `effect_without`, `change` (the latter
        less the former), `at_most` (`largest_change`, the same in each row), `reason` (why
        withheld, or not estimable without; else empty).
    """
    measures = leverage(fit)
    order = measures["cooks_distance"].sort_values(ascending=False, kind="stable").index[:most]
    effect, n = fit.marginal_effect().estimate, _counts(fit)
    at_most = largest_change(fit)
    rows = []
    for rank, place in enumerate(order, start=1):
        shown = n[place] >= min_cell
        without, reason = _without(fit, place) if shown else (np.nan, withheld_reason(min_cell))
        pattern = fit.patterns.iloc[place]
        rows.append(
            {
                "rank": rank,
                "satisfaction": pattern["satisfaction"] if shown else np.nan,
                "n": int(n[place]) if shown else pd.NA,
                **(measures.iloc[place] if shown else measures.iloc[place] * np.nan),
                "effect": effect,
                "effect_without": without,
                "change": without - effect,
                "at_most": at_most,
                "reason": reason,
            }
        )
    return pd.DataFrame(rows).astype({"n": "Int64"})


def largest_change(fit: Fit, *, candidates: int = 5) -> float:
    """By how much the marginal effect moves at most without any one pattern, in percentage points.

    The patterns of which one step of Newton's method says that they move it most are left out in
    turn, and the model fitted anew. Rounded up to a tenth, for it may be one customer who moves it.

    Returns:
        Not a number where without one of them there is no estimate.
    """
    effect = fit.marginal_effect().estimate
    order = np.argsort(-np.abs(_one_step_changes(fit)), kind="stable")[:candidates]
    changes = [abs(_without(fit, int(place))[0] - effect) for place in order]
    return (
        float(np.ceil(round(10 * max(changes), 6)) / 10) if not np.isnan(changes).any() else np.nan
    )


def _one_step_changes(fit: Fit) -> Array:
    """By how much the effect moves without each pattern, by one step from the whole's maximum.

    Without a pattern the coefficients change (Pregibon, 1981), and whom the effect is a mean of.
    """
    stayed, n = fit.patterns["n_stayed"].to_numpy(float), _counts(fit)
    hat = leverage(fit)["leverage"].to_numpy()
    scale_max = fit.patterns["scale_max"].to_numpy(float)
    step = one_point(fit.design, scale_max=scale_max, n=n)
    effect, gradient = step.mean_change(fit.coefficients)
    # A pattern that alone decides a coefficient moves it without bounds.
    pull = (stayed - n * fit.chances()) / np.maximum(1 - hat, 1e-9)
    by_coefficients = -pull * (fit.design.matrix @ (fit.covariance @ gradient))
    own = expit(step.then @ fit.coefficients) - expit(step.now @ fit.coefficients)
    by_mean = np.zeros(len(n))
    below_top = fit.design.satisfaction + 1 <= scale_max
    by_mean[below_top] = step.share * (effect - own) / np.maximum(1 - step.share, 1e-9)
    return 100 * (by_coefficients + by_mean)


def _without(fit: Fit, place: int) -> tuple[float, str]:
    """The marginal effect without one pattern, or why there is none."""
    rest = fit.patterns.drop(index=fit.patterns.index[place])
    try:
        again = fitted_to(rest.assign(segment=""), form=fit.form, adjust_for=fit.adjust_for)
        return again.marginal_effect().estimate, ""
    except NotEstimable as refusal:
        # That the model stands on these customers alone is the finding.
        return float("nan"), str(refusal)


def _counts(fit: Fit) -> Array:
    return fit.patterns[["n_stayed", "n_left"]].to_numpy(float).sum(axis=1)

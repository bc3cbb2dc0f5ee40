"""Is the hazard ratio the same at all times? The test of proportional hazards.

Takes a fitted Cox model; returns one row per term and one for all of them. Were a coefficient to
change as β + θ·g(time), scaled Schoenfeld residuals would follow θ·g (Grambsch & Therneau, 1994).
This is the exact score test of θ = 0 that R's `cox.zph` makes from survival 3.0 on; before, it took
the variance of residuals to be the same at all times, as the paper does.

References:
    Grambsch & Therneau (1994), Proportional hazards tests and diagnostics based on weighted
    residuals, Biometrika 81.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2

from saydo.drivers.hazards.cox import CoxFit
from saydo.drivers.hazards.risk_sets import Array, RiskSets
from saydo.errors import UnknownName

ALL_TERMS = "all terms"


TIMES: Mapping[str, Callable[[RiskSets], Array]] = {
    "km": lambda sets: 1 - sets.survival_before(),
    "identity": lambda sets: sets.times,
    "log": lambda sets: np.log(sets.times),
}
"""What a coefficient might change along: the share that has left (Kaplan–Meier, just before each
time), which no outlying time can govern; time; its logarithm."""


def proportional_hazards(
    fit: CoxFit, *, along: str = "km", terms: Mapping[str, Sequence[str]] | None = None
) -> pd.DataFrame:
    """Whether each term's log hazard ratio is constant over time.

    A small p-value says that it is not, and that the coefficient is an average over leaving times.
    A large one says only that no change along `along` shows.

    Args:
        fit: A Cox model.
        along: A key of `TIMES`.
        terms: Columns to test together, by the name of their term; each alone if left out.

    Returns:
        `term` (`ALL_TERMS` last), `chi2`, `df`, `p_value`, and `slope`: θ of a single column by one
        step of Newton from 0, per unit of `along` (NaN for several).

    Raises:
        UnknownName: There is no such `along` or column.
    """
    if along not in TIMES:
        raise UnknownName("time", along, list(TIMES))
    groups = {name: [name] for name in fit.names} if terms is None else terms
    places = {name: place for place, name in enumerate(fit.names)}
    for name in (name for names in groups.values() for name in names):
        if name not in places:
            raise UnknownName("column", name, list(places))
    found, sets = fit.at_estimate, fit.at_estimate.sets
    g = TIMES[along](sets)
    # About the mean leaving time: the test is the same, its matrix better conditioned.
    n_left = sets.of_leavers(sets.n[sets.leavers])
    g = g - n_left @ g / n_left.sum()
    plain, mixed, squared = (found.information(weights) for weights in (None, g, g**2))
    score = g @ found.residuals
    # Of θ, with β estimated too.
    variance = squared - mixed @ np.linalg.solve(plain, mixed)
    rows = []
    for term, names in {**groups, ALL_TERMS: list(fit.names)}.items():
        own = [places[name] for name in names]
        slopes = np.linalg.solve(variance[np.ix_(own, own)], score[own])
        statistic = float(score[own] @ slopes)
        slope = slopes[0] / sets.spread[own[0]] if len(own) == 1 else np.nan
        rows.append((term, statistic, len(own), float(chi2.sf(statistic, len(own))), slope))
    return pd.DataFrame(rows, columns=["term", "chi2", "df", "p_value", "slope"])

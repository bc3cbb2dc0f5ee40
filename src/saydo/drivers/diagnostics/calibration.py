"""Do as many stay as a model says? Its chances against what happened.

Takes chances of staying with counts, of customers whom a model has not seen (`held_out`): on those
it was fitted to, a logistic regression is calibrated by construction. Returns tidy tables.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import logit
from scipy.stats import norm
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.proportion import proportion_confint

from saydo.suppression import withheld_reason
from saydo.tables.declared import COUNT, NUMBER, TEXT

CALIBRATION: Mapping[str, str] = {
    **dict.fromkeys(("group", "n", "n_stayed"), COUNT),
    **dict.fromkeys(("predicted", "observed", "ci_low", "ci_high"), NUMBER),
    "reason": TEXT,
}
CALIBRATION_TESTS: Mapping[str, str] = {
    "measure": TEXT,
    **dict.fromkeys(("estimate", "ci_low", "ci_high", "ideal", "p_value"), NUMBER),
    "n": COUNT,
    "reason": TEXT,
}


def calibration(
    chance: ArrayLike,
    n_stayed: ArrayLike,
    n_left: ArrayLike,
    *,
    groups: int = 10,
    min_cell: int = 11,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """What share stayed, by tenths of the chance that the model gave them.

    Customers with the same chance are in one group, so that groups are of unlike size where few
    patterns hold many.

    Args:
        chance: Of staying, 0 to 1; one row per pattern (and part).
        n_stayed, n_left: Customers of each row.
        groups: Number of groups.
        min_cell: Groups of fewer customers are joined with the next.
        confidence: Coverage of the interval.

    Returns:
        `group` (1 has the lowest chances), `n`, `n_stayed` (customers), `predicted`, `observed`,
        `ci_low`, `ci_high` (% who stay; Wilson), `reason` (why withheld: all are fewer than
        `min_cell`; else empty).
    """
    rows = pd.DataFrame({"chance": chance, "n_stayed": n_stayed, "n_left": n_left})
    rows["n"] = rows["n_stayed"] + rows["n_left"]
    rows["expected"] = rows["chance"] * rows["n"]
    same = rows.groupby("chance", as_index=False)[["n", "n_stayed", "expected"]].sum()
    middle = (same["n"].cumsum() - same["n"] / 2) / same["n"].sum()
    place = np.minimum((groups * middle).astype(int), groups - 1)
    summed = same.groupby(place.to_numpy())[["n", "n_stayed", "expected"]].sum()
    joined = _joined(summed.reset_index(drop=True), min_cell)
    low, high = proportion_confint(
        joined["n_stayed"], joined["n"], alpha=1 - confidence, method="wilson"
    )
    table = pd.DataFrame(
        {
            "group": np.arange(1, len(joined) + 1),
            "n": joined["n"].astype("Int64"),
            "n_stayed": joined["n_stayed"].astype("Int64"),
            "predicted": 100 * joined["expected"] / joined["n"],
            "observed": 100 * joined["n_stayed"] / joined["n"],
            "ci_low": 100 * np.asarray(low),
            "ci_high": 100 * np.asarray(high),
        }
    )
    hidden = (joined["n"] < min_cell).to_numpy()
    table.loc[hidden, table.columns != "group"] = pd.NA
    return table.assign(reason=np.where(hidden, withheld_reason(min_cell), ""))


def _joined(groups: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """Neighbours summed until each has `min_cell` customers."""
    place, held, places = 0, 0, []
    for n in groups["n"]:
        places.append(place)
        held += n
        if held >= min_cell:
            place, held = place + 1, 0
    if held and place:
        # What remains at the top is too few for a group of its own.
        places = [min(each, place - 1) for each in places]
    return groups.groupby(places).sum().reset_index(drop=True)


def calibration_tests(
    chance: ArrayLike, n_stayed: ArrayLike, n_left: ArrayLike, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Whether chances are too high or low, too extreme or timid, or wrong in some other way.

    Returns:
        `measure`, `estimate`, `ci_low`, `ci_high`, `ideal`, `p_value` (of the ideal), `n`.
        `calibration_in_the_large`: log-odds by which staying was likelier than said (0);
        `calibration_slope`: of staying on the log-odds said (1; less means that the chances are too
        extreme); `spiegelhalter_z`: (0, standard normal; it has no interval).

    References:
        Cox (1958), Biometrika 45; Spiegelhalter (1986), Stat. Med. 5; Steyerberg (2019), Clinical
        Prediction Models, ch. 15.
    """
    p, stayed, left = (np.asarray(x, float) for x in (chance, n_stayed, n_left))
    said = logit(np.clip(p, 1e-12, 1 - 1e-12))
    counts = np.column_stack([stayed, left])
    ones = np.ones(len(p))
    binomial = families.Binomial()
    large = GLM(counts, ones, family=binomial, offset=said).fit(tol_criterion="params")
    line = GLM(counts, np.column_stack([ones, said]), family=binomial).fit(tol_criterion="params")
    reach = norm.ppf(0.5 + confidence / 2)
    rows = []
    for name, ideal, estimate, std_error in (
        ("calibration_in_the_large", 0.0, large.params[0], large.bse[0]),
        ("calibration_slope", 1.0, line.params[1], line.bse[1]),
    ):
        ends = estimate - reach * std_error, estimate + reach * std_error
        p_value = 2 * norm.sf(abs(estimate - ideal) / std_error)
        rows.append((name, estimate, *ends, ideal, p_value))
    z = spiegelhalter_z(p, stayed, left)
    rows.append(("spiegelhalter_z", z, np.nan, np.nan, 0.0, 2 * norm.sf(abs(z))))
    names = ["measure", "estimate", "ci_low", "ci_high", "ideal", "p_value"]
    return pd.DataFrame(rows, columns=names).assign(n=int(stayed.sum() + left.sum()))


def spiegelhalter_z(chance: ArrayLike, n_stayed: ArrayLike, n_left: ArrayLike) -> float:
    """Brier score less what it would be if chances were right, in standard errors."""
    p, stayed, left = (np.asarray(x, float) for x in (chance, n_stayed, n_left))
    n, tilt = stayed + left, 1 - 2 * p
    variance = (n * tilt**2 * p * (1 - p)).sum()
    return float(((stayed - n * p) * tilt).sum() / np.sqrt(variance))

"""How much better does one tell who stays, knowing satisfaction beside behaviour?

Takes chances that models gave to customers whom they had not seen (`held_out`); returns measures
without satisfaction, with it, and their difference. In the sample that a model was fitted to, every
further column seems to add something.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import xlogy
from scipy.stats import chi2

from saydo.drivers.design import Array
from saydo.drivers.discrimination import Uncertain, auc_difference, uncertain_auc
from saydo.drivers.fit import Fit
from saydo.drivers.likelihood import maximum
from saydo.tables.declared import COUNT, NUMBER, TEXT

MEASURES = ("auc", "deviance_explained", "discrimination_slope")
MADE_OF = (
    "without",
    "with_satisfaction",
    "with_low",
    "with_high",
    "difference",
    "ci_low",
    "ci_high",
)
"""Numbers of `added_value`."""

ADDED_VALUE: Mapping[str, str] = {
    "measure": TEXT,
    **dict.fromkeys(MADE_OF, NUMBER),
    **dict.fromkeys(("n", "n_left"), COUNT),
    "reason": TEXT,
}
LIKELIHOOD_RATIO: Mapping[str, str] = {
    "statistic": NUMBER,
    "df": COUNT,
    "p_value": NUMBER,
    **dict.fromkeys(("n", "n_left"), COUNT),
    "reason": TEXT,
}


def added_value(held_out: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """What satisfaction adds to telling who stays, measured on unseen customers.

    Intervals take the parts' models as given and customers as independent, and so are a little too
    short; whether satisfaction adds anything at all is the likelihood ratio's question
    (`likelihood_ratio`), as of nested models no area's (Pepe et al., 2013, Stat. Med. 32).

    Args:
        held_out: As `held_out` returns it.
        confidence: Coverage of the intervals.

    Returns:
        `measure`, `without`, `with_satisfaction`, `with_low`, `with_high` (its interval),
        `difference`, `ci_low`, `ci_high` (of the difference), `n`, `n_left` (customers). Measures:
        `auc`, the mean over parts of the area under the curve (LeDell, Petersen & van der Laan,
        2015, Electron. J. Stat. 9), with DeLong's intervals, the difference's paired;
        `deviance_explained`, 0 to 1 (McFadden's R², on unseen customers below 0 where a model tells
        worse than the share alone); `discrimination_slope`, the mean chance of those who stayed
        less that of those who left (Tjur, 2009, Am. Stat. 63).
    """
    stayed, left = held_out["n_stayed"].to_numpy(float), held_out["n_left"].to_numpy(float)
    chance, without = held_out["chance"].to_numpy(float), held_out["without"].to_numpy(float)
    rows = [
        ("auc", *_areas(held_out)),
        ("deviance_explained", *_deviances(chance, without, stayed, left)),
        ("discrimination_slope", *_slopes(chance, without, stayed, left)),
    ]
    table = pd.DataFrame(
        [
            (
                measure,
                bare,
                *(full.estimate, *full.interval(confidence)),
                *(change.estimate, *change.interval(confidence)),
            )
            for measure, bare, full, change in rows
        ],
        columns=["measure", *MADE_OF],
    )
    return table.assign(n=int(stayed.sum() + left.sum()), n_left=int(left.sum()))


def likelihood_ratio(fit: Fit) -> pd.DataFrame:
    """Whether satisfaction adds anything to the covariates: the test of the nested models.

    Returns:
        One row: `statistic` (twice the difference of log-likelihoods), `df`, `p_value`, `n`,
        `n_left` (customers).
    """
    stayed, left = (fit.patterns[name].to_numpy(float) for name in ("n_stayed", "n_left"))
    matrix = fit.design.matrix
    n_own = matrix.shape[1] - fit.design.covariates.shape[1]
    full = maximum(matrix, stayed, left)
    bare = maximum(np.delete(matrix, range(1, n_own), axis=1), stayed, left)
    # What was fitted has a finite maximum, and so has a part of it.
    assert full is not None and bare is not None
    statistic = 2 * (full.log_likelihood - bare.log_likelihood)
    row = (statistic, n_own - 1, chi2.sf(statistic, n_own - 1), fit.n, fit.n_left)
    return pd.DataFrame([row], columns=["statistic", "df", "p_value", "n", "n_left"])


def _areas(held_out: pd.DataFrame) -> tuple[float, Uncertain, Uncertain]:
    """Means over parts: chances of different parts' models are not on one scale."""
    full, bare, changes = [], [], []
    for _fold, part in held_out.groupby("fold"):
        counts = part["n_stayed"], part["n_left"]
        full.append(uncertain_auc(part["chance"], *counts))
        bare.append(uncertain_auc(part["without"], *counts).estimate)
        changes.append(auc_difference(part["chance"], part["without"], *counts))
    return float(np.mean(bare)), _mean(full), _mean(changes)


def _mean(parts: Sequence[Uncertain]) -> Uncertain:
    """Of independent estimates."""
    std_error = np.sqrt(sum(part.std_error**2 for part in parts)) / len(parts)
    return Uncertain(float(np.mean([part.estimate for part in parts])), float(std_error))


def _deviances(
    chance: Array, without: Array, stayed: Array, left: Array
) -> tuple[float, Uncertain, Uncertain]:
    n = (stayed + left).sum()
    share = stayed.sum() / n
    constant = -(xlogy(stayed.sum(), share) + xlogy(left.sum(), 1 - share)) / n

    def explained(of_stayed: Array, of_left: Array) -> Uncertain:
        """A mean of what each customer's log-likelihood gains, as a part of the constant's loss."""
        mean = (stayed @ of_stayed + left @ of_left) / n
        spread = (stayed @ (of_stayed - mean) ** 2 + left @ (of_left - mean) ** 2) / (n - 1)
        return Uncertain(float(mean / constant), float(np.sqrt(spread / n) / constant))

    gains = [
        (np.log(p) - np.log(share), np.log1p(-p) - np.log1p(-share)) for p in (without, chance)
    ]
    bare, full = (explained(*gain) for gain in gains)
    change = explained(gains[1][0] - gains[0][0], gains[1][1] - gains[0][1])
    return bare.estimate, full, change


def _slopes(
    chance: Array, without: Array, stayed: Array, left: Array
) -> tuple[float, Uncertain, Uncertain]:
    def slope(p: Array) -> Uncertain:
        """Mean of those who stayed less that of those who left."""
        means, variance = [], 0.0
        for counts in (stayed, left):
            means.append(counts @ p / counts.sum())
            variance += counts @ (p - means[-1]) ** 2 / (counts.sum() - 1) / counts.sum()
        return Uncertain(float(means[0] - means[1]), float(np.sqrt(variance)))

    return slope(without).estimate, slope(chance), slope(chance - without)

"""How well can one tell, from what a model sees, who stays? Too well means that it saw the outcome.

Takes counts of stayed and left; returns measures that say how near to perfect the telling is, with
intervals, and the difference of two that are told of the same customers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy
from scipy.stats import norm

LEAK_AUC = 0.95
"""From here on a predictor is refused as a leak, whatever its name."""
LEAK_SHARE = 0.5
"""Share of the deviance explained from which a predictor is refused as a leak.

Satisfaction explains a few per cent of who stays, and behaviour seldom more than a third; the
answers of IBM's telecom data, written after the outcome, explain 71 %.
"""


def auc(score: ArrayLike, n_stayed: ArrayLike, n_left: ArrayLike) -> float:
    """Chance that someone who stayed has the higher score than someone who left; ties count half.

    References:
        Hanley & McNeil (1982), Radiology 143: the Mann–Whitney form.
    """
    values, place = np.unique(np.asarray(score, float), return_inverse=True)
    stayed = np.bincount(place, np.asarray(n_stayed, float), len(values))
    left = np.bincount(place, np.asarray(n_left, float), len(values))
    below = np.cumsum(left) - left
    return float((stayed * (below + left / 2)).sum() / (stayed.sum() * left.sum()))


class Uncertain(NamedTuple):
    """An estimate with its standard error."""

    estimate: float
    std_error: float

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Normal, and not cut off at the ends of the measure's range."""
        reach = norm.ppf(0.5 + confidence / 2) * self.std_error
        return self.estimate - reach, self.estimate + reach


def uncertain_auc(score: ArrayLike, n_stayed: ArrayLike, n_left: ArrayLike) -> Uncertain:
    """`auc` with DeLong's standard error.

    References:
        DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; on sorted distinct scores as in Sun &
        Xu (2014), IEEE Signal Process. Lett. 21.

    Raises:
        ValueError: Fewer than two stayed, or fewer than two left.
    """
    return auc_difference(score, np.zeros(np.shape(score)), n_stayed, n_left)._replace(
        estimate=auc(score, n_stayed, n_left)
    )


def auc_difference(
    score: ArrayLike, other: ArrayLike, n_stayed: ArrayLike, n_left: ArrayLike
) -> Uncertain:
    """Area under the curve of `score` less that of `other`, of the same customers (DeLong, paired).

    Scores must come from elsewhere than these customers, or be theirs by nature: of nested models
    fitted to them the test is far too cautious (Demler, Pencina & D'Agostino, 2012, Stat. Med. 31).

    Args:
        score, other: One row per pattern; higher means likelier to stay.
        n_stayed, n_left: Customers of each pattern.
    """
    stayed, left = np.asarray(n_stayed, float), np.asarray(n_left, float)
    if min(stayed.sum(), left.sum()) < 2:
        raise ValueError("the area's standard error needs two who stayed and two who left")
    above, above_other = _above_left(score, left), _above_left(other, left)
    below, below_other = _below_stayed(score, stayed), _below_stayed(other, stayed)
    variance = _spread(above - above_other, stayed) + _spread(below - below_other, left)
    difference = stayed @ (above - above_other) / stayed.sum()
    return Uncertain(float(difference), float(np.sqrt(variance)))


def _above_left(score: ArrayLike, left: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of those who left whom each score is above; ties count half."""
    values, place = np.unique(np.asarray(score, float), return_inverse=True)
    at = np.bincount(place, left, len(values))
    return ((np.cumsum(at) - at / 2) / left.sum())[place]


def _below_stayed(score: ArrayLike, stayed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of those who stayed whom each score is below; ties count half."""
    return 1 - _above_left(score, stayed)


def _spread(placements: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    """Variance of the mean placement of one side."""
    total = counts.sum()
    deviations = placements - counts @ placements / total
    return float(counts @ deviations**2 / (total - 1) / total)


def deviance_explained(
    chance: ArrayLike, n_stayed: ArrayLike, n_left: ArrayLike, *, n_terms: int
) -> float:
    """Share of the deviance that chances of staying explain, less what `n_terms` would by luck.

    McFadden's R², adjusted: 1 − (log L − terms) / log L of the constant. Without the adjustment a
    small segment with many levels looks like a leak.

    References:
        McFadden (1974); Ben-Akiva & Lerman (1985), Discrete Choice Analysis, p. 167.
    """
    p, stayed, left = (np.asarray(x, float) for x in (chance, n_stayed, n_left))
    share = stayed.sum() / (stayed.sum() + left.sum())
    constant = xlogy(stayed.sum(), share) + xlogy(left.sum(), 1 - share)
    fitted = (xlogy(stayed, p) + xlogy(left, 1 - p)).sum()
    return float(1 - (fitted - n_terms) / constant)


def is_leak(chance: ArrayLike, n_stayed: ArrayLike, n_left: ArrayLike, *, n_terms: int) -> bool:
    """Whether chances of staying tell so well who stays that they must have seen it."""
    explained = deviance_explained(chance, n_stayed, n_left, n_terms=n_terms)
    return explained >= LEAK_SHARE or auc(chance, n_stayed, n_left) >= LEAK_AUC

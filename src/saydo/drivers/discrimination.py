"""How well can one tell, from what a model sees, who stays? Too well means that it saw the outcome.

Takes counts of stayed and left; returns measures that say how near to perfect the telling is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

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

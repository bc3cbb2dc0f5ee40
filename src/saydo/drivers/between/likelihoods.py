"""What each segment by itself says of its slope, and what a slope means for it.

Takes `Strata`, slopes by segment and what covariates add; returns the likelihood's derivatives, and
slopes in percentage points.

The likelihood is the modified profile over the segment's intercept (Barndorff-Nielsen, 1983,
Biometrika 70): for a logit that approximates the conditional likelihood, given how many stayed, and
so is not biased by hundreds of intercepts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from saydo.drivers.between.strata import Strata

Array = NDArray[np.float64]


def own_likelihood(strata: Strata, slopes: Array, *, offset: Array) -> tuple[Array, Array]:
    """First derivative and information of each segment's modified profile log-likelihood.

    Args:
        strata: Of all segments.
        slopes: Where, by segment.
        offset: Known log-odds, by pattern.

    Returns:
        Both by segment; 0 where the likelihood is flat.
    """
    # Who left or stayed in nobody's company tells nothing of the slope.
    tells = (strata.n_stayed > 0) & (strata.n_left > 0)
    codes, satisfaction, n = strata.codes, strata.satisfaction, strata.n
    log_odds = slopes[codes] * satisfaction + offset
    log_odds += intercepts(strata, log_odds)[codes]
    chance = expit(log_odds)
    weight = n * chance * (1 - chance)
    total = np.where(tells, strata.by_segment(weight), 1.0)
    # The intercept moves by −mean with the slope; primes are derivatives by log-odds.
    middle = strata.by_segment(weight * satisfaction) / total
    aside = satisfaction - middle[codes]
    prime, second = weight * (1 - 2 * chance), weight * (1 - 6 * chance * (1 - chance))
    bends = strata.by_segment(prime * aside**2) / total
    first = strata.by_segment(prime * aside) / total
    curve = (strata.by_segment(second * aside**2) - bends * strata.by_segment(prime)) / total
    score = strata.by_segment((strata.stayed - n * chance) * satisfaction) + first / 2
    information = strata.by_segment(weight * aside**2) - (curve - first**2) / 2
    return np.where(tells, score, 0.0), np.where(tells, np.maximum(information, 0.0), 0.0)


def intercepts(strata: Strata, log_odds: Array) -> Array:
    """By segment: what to add for as many to stay as did. 0 where everyone stayed or left."""
    n, wanted = strata.n, strata.n_stayed
    tells = (strata.n_stayed > 0) & (strata.n_left > 0)
    # Between what would do if everyone had the lowest, and the highest log-odds.
    rate = np.where(tells, wanted / np.maximum(strata.by_segment(n), 1), 0.5)
    logit = np.log(rate / (1 - rate))
    low, high = np.full(len(rate), np.inf), np.full(len(rate), -np.inf)
    np.minimum.at(low, strata.codes, log_odds)
    np.maximum.at(high, strata.codes, log_odds)
    is_there = np.isfinite(low)
    below = np.where(is_there, logit - np.where(is_there, high, 0), 0.0)
    above = np.where(is_there, logit - np.where(is_there, low, 0), 0.0)
    now = (below + above) / 2
    for _step in range(200):
        chance = expit(log_odds + now[strata.codes])
        excess = strata.by_segment(n * chance) - wanted
        slope = strata.by_segment(n * chance * (1 - chance))
        above, below = np.where(excess > 0, now, above), np.where(excess <= 0, now, below)
        ahead = now - np.divide(excess, slope, out=np.full_like(now, np.inf), where=slope > 0)
        # Newton's step, or half of what is left where that would lead outside.
        ahead = np.where((ahead > below) & (ahead < above), ahead, (below + above) / 2)
        if np.abs(ahead - now)[tells].max(initial=0) < 1e-12:
            break
        now = ahead
    return np.where(tells, now, 0.0)


def marginal_effects(strata: Strata, slopes: Array, *, offset: Array) -> Array:
    """Percentage points of staying per point of satisfaction, by segment.

    The contrast of `Fit.marginal_effect` over the segment's own customers, at the intercept with
    which as many stay as did. NaN where everyone stayed or left, or gave the highest answer.
    """
    log_odds = slopes[strata.codes] * strata.satisfaction + offset
    log_odds += intercepts(strata, log_odds)[strata.codes]
    step = expit(log_odds + slopes[strata.codes]) - expit(log_odds)
    weight = np.where(strata.satisfaction + 1 <= strata.top, strata.n, 0.0)
    total = strata.by_segment(weight)
    tells = (strata.n_stayed > 0) & (strata.n_left > 0) & (total > 0)
    change = strata.by_segment(weight * step)
    return 100 * np.divide(change, total, out=np.full_like(total, np.nan), where=tells)

"""How far might chance have moved an estimate? 95 % intervals, many at a time.

Takes arrays of estimates and of what they rest on, returns arrays of lower and upper bounds. None
of them collapses to a point because a sample happens to be all of one kind; where nothing can be
said (one observation, no variation around a mean) a bound is NaN.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

Array = npt.NDArray[np.float64]
Bounds = tuple[Array, Array]

CONFIDENCE = 0.95
Z: float = float(stats.norm.ppf((1 + CONFIDENCE) / 2))


def wilson(share: Array, n: Array) -> Bounds:
    """Score interval of a share (0 to 1) of `n` independent trials; `n` may be an effective one.

    References:
        Wilson (1927); recommended by Brown, Cai & DasGupta (2001), Statistical Science 16.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    # The bounds hold the estimate; at 0 and 1 rounding would leave it outside by 1e-17.
    return np.clip(np.minimum(centre - half, share), 0, 1), np.clip(
        np.maximum(centre + half, share), 0, 1
    )


def net_share(up: Array, down: Array, n: Array) -> Bounds:
    """Interval of `up − down`, two shares (0 to 1) of the same `n` answers, as in NPS.

    The variance is multinomial, up + down − (up − down)². One answer is added to each side, so that
    the interval holds its coverage near ±1, where the plain one shrinks to a point.

    References:
        Bonett & Price (2012), Adjusted Wald confidence interval for a difference of binomial
        proportions based on paired data, J. Educ. Behav. Statist. 37, 479–488.
    """
    more, less = (up * n + 1) / (n + 2), (down * n + 1) / (n + 2)
    centre = more - less
    half = Z * np.sqrt((more + less - centre**2) / (n + 2))
    return np.clip(centre - half, -1, 1), np.clip(centre + half, -1, 1)


def student(mean: Array, variance: Array, n: Array) -> Bounds:
    """t interval of a mean; `variance` is that of the mean itself, `n` the observations behind it.

    NaN where there is no variation: that all are alike so far says nothing of the next.
    """
    freedom = np.where(n > 1, n - 1, np.nan)
    half = stats.t.ppf((1 + CONFIDENCE) / 2, freedom) * np.sqrt(
        np.where(variance > 0, variance, np.nan)
    )
    return mean - half, mean + half


def garwood(count: Array) -> Bounds:
    """Exact interval of the mean of a Poisson count; `count` may be an effective one.

    References:
        Garwood (1936), Fiducial limits for the Poisson distribution, Biometrika 28.
    """
    tail = (1 - CONFIDENCE) / 2
    with np.errstate(invalid="ignore"):
        lower = np.where(count > 0, stats.gamma.ppf(tail, np.maximum(count, 1e-300)), 0.0)
        upper = stats.gamma.ppf(1 - tail, count + 1)
    return np.where(np.isnan(count), np.nan, lower), upper


def effective_trials(hits: Array, trials: Array, residual: Array, units: Array) -> Array:
    """Independent trials that would tell as much as these, which come in groups (customers).

    `residual` is Σ(hits − share·trials)² over groups. Where all went one way it can't tell how
    alike the trials of a group are; each group then counts as one.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits / trials
        effective = share * (1 - share) * trials**2 / residual
    usable = (residual > 1e-9 * trials) & (share > 0) & (share < 1)
    return np.where(usable, np.minimum(effective, trials), units)


def kish(weight: Array, weight_squared: Array) -> Array:
    """Effective number of answers with weights of these sums: (Σw)² / Σw².

    References:
        Kish (1965), Survey Sampling.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return weight**2 / weight_squared

"""How far does what was drawn reach? Intervals from draws or resamples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def middle(draws: Array, *, confidence: float = 0.95) -> tuple[Array, Array]:
    """The interval that holds the middle `confidence` of draws, along their first axis.

    Its ends are the draws of order (draws + 1) p: a further draw falls below them with a
    probability of p exactly, whatever its distribution. Interpolating between the first and the
    last draw, as numpy does by default, gives intervals too short: 94.6 % of 500 draws. Fewer than
    39 draws have no 95 %; what they span is all there is.

    References:
        Hyndman & Fan (1996), The American Statistician 50(4), definition 6 (Weibull's).
    """
    tail = 50 * (1 - confidence)
    low, high = np.percentile(draws, [tail, 100 - tail], axis=0, method="weibull")
    return low, high

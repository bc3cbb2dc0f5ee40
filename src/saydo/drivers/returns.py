"""Does a point of satisfaction pay more at the bottom of the scale or at the top?

Takes the spline fitted to one segment; returns what a point brings in either half of the answers,
and a word for it that is no stronger than the interval of their difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from saydo.drivers.fit import Fit
from saydo.languages import noop as _

RETURNS: Mapping[str, str] = {
    "increasing": _("increasing returns: a point brings more in the upper half of the scale"),
    "diminishing": _("diminishing returns: a point brings more in the lower half of the scale"),
    "straight": _("straight: in neither half does a point bring twice as much as in the other"),
    "unclear": _("unclear: whether a point brings more in one half of the scale can't be told"),
}
"""What a point brings, in percentage points of staying, in the halves of the scale."""


class Returns(NamedTuple):
    """What a point brings below and above the middle of the answers, in percentage points."""

    gain_below: float = np.nan
    gain_above: float = np.nan
    contrast: float = np.nan
    """`gain_above` less `gain_below`."""
    contrast_low: float = np.nan
    contrast_high: float = np.nan
    returns: str = "unclear"
    """A key of `RETURNS`."""


def returns_of(spline: Fit, confidence: float = 0.95) -> Returns:
    """Whether a point brings more below the middle of the answers or above it.

    Of predicted retention, standardised over the covariates, so in percentage points: where nearly
    everyone stays, even a straight line of log-odds brings less. It is always the spline's,
    whichever form is chosen: a straight line would know the answer from its link alone, and a form
    chosen by the data would be too sure. It is *straight* only if it is shown that neither half
    brings twice as much as the other (two one-sided tests), and else *unclear*.
    """
    levels = spline.design.levels
    low, high = levels[0], levels[-1]
    middle = (low + high) / 2
    points = [spline.mean_chance(place) for place in (low, middle, high)]
    chance = 100 * np.array([one for one, _gradient in points])
    gradient = 100 * np.array([slope for _one, slope in points])
    covariance = gradient @ spline.covariance @ gradient.T
    per_point = np.array([[-1, 1, 0], [0, -1, 1]]) / (middle - low)
    below, above = gains = per_point @ chance
    spread = per_point @ covariance @ per_point.T

    def bound(weights: Sequence[float], reach: float) -> float:
        of_gains = np.array(weights, float)
        return float(of_gains @ gains + reach * np.sqrt(of_gains @ spread @ of_gains))

    two_sided, one_sided = norm.ppf(0.5 + confidence / 2), norm.ppf(confidence)
    contrast_low, contrast_high = (bound([-1, 1], sign * two_sided) for sign in (-1, 1))
    way = np.sign(below + above)
    if contrast_low > 0 or contrast_high < 0:
        word = "increasing" if contrast_low > 0 else "diminishing"
    elif all(bound(way * np.array(half), -one_sided) > 0 for half in ([2, -1], [-1, 2])):
        word = "straight"
    else:
        word = "unclear"
    return Returns(
        float(below), float(above), float(above - below), contrast_low, contrast_high, word
    )

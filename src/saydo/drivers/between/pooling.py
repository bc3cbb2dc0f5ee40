"""What can be said of each segment's slope, given those of the others?

Takes `Strata` and what covariates add; returns the slopes shrunken towards their mean, each as far
as its own data are weak. A small segment so says what segments usually are, with an interval to
match, instead of shouting.

Slopes are taken to be normally distributed over segments in log-odds of staying per point, not in
percentage points: those also depend on how many leave in each segment, and on where it stands on
the scale. Intervals are for the segment's own slope, and know that the spread is estimated.

Every segment enters with its own likelihood (`likelihoods`), expanded at the pooled slope rather
than at its own maximum. So a segment whose maximum is infinite counts for as much as it tells, and
one in which nobody left, whose likelihood is flat, for nothing: it gets what the others suggest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saydo.drivers.between.likelihoods import own_likelihood
from saydo.drivers.between.normal_normal import Mixture, Posterior, normal_normal
from saydo.drivers.between.strata import SEPARATED, Strata
from saydo.errors import NotEstimable
from saydo.languages import gettext as _

Array = NDArray[np.float64]
PRIOR_SCALE = 0.5
"""Of the half-normal prior for the spread, in log-odds per standard deviation of answers: weakly
informative (Röver et al., 2021, Research Synthesis Methods 12, for log odds ratios)."""
MAX_ROUNDS = 200


def pooled(
    strata: Strata, *, offset: Array, start: float = 0.0, confidence: float = 0.95
) -> Posterior:
    """The slopes of all segments, shrunken.

    Args:
        strata: Of all segments.
        offset: What covariates add to the log-odds, by pattern.
        start: A slope to begin with.
        confidence: Coverage of intervals.

    Raises:
        NotEstimable: No segment tells anything, or the search did not converge.
    """
    if not any(status in ("", SEPARATED) for status in strata.status):
        raise NotEstimable(_("no segment has enough {customers} on both sides for an estimate"))
    scale = PRIOR_SCALE / strata.spread
    slopes = np.full(len(strata.segments), start)
    for _round in range(MAX_ROUNDS):
        score, information = own_likelihood(strata, slopes, offset=offset)
        step = np.divide(score, information, out=np.zeros_like(score), where=information > 0)
        ahead = Mixture(slopes + step, information, scale=scale).mean
        if np.abs(ahead - slopes).max() < 1e-9 * scale:
            return normal_normal(slopes + step, information, scale=scale, confidence=confidence)
        slopes = ahead
    raise NotEstimable(_("the fit did not converge"))

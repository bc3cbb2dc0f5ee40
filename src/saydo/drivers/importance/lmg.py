"""Which attributes account for satisfaction, whatever the order in which they are looked at? LMG.

Takes correlations; returns each attribute's part of R²: what it adds to R² when it enters the
regression, averaged over all orders of entry (Shapley's value of the game that pays R²). Exact: all
subsets of attributes are fitted, which is why their number is limited.
"""

from __future__ import annotations

from math import comb

import numpy as np

from saydo.drivers.importance.moments import Array
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.languages import number

MOST_ATTRIBUTES = 12
"""4,096 subsets; with each attribute more time and memory double."""


def lmg(correlation: Array) -> Array:
    """Each attribute's part of R²; they sum to it.

    Unlike a coefficient it shares out what attributes explain together. So an attribute without any
    effect of its own has a part if it is correlated with one that has (Grömping, 2007, The American
    Statistician 61(2)).

    Args:
        correlation: Shape (…, 1 + k, 1 + k), the outcome first; the attributes' part is not
            singular (see `usable`).

    Returns:
        Shape (…, k), from 0 to 1.

    Raises:
        NotEstimable: There are more than `MOST_ATTRIBUTES`.

    References:
        Lindeman, Merenda & Gold (1980), Introduction to Bivariate and Multivariate Analysis, Scott
        Foresman; Grömping (2006), Relative importance for linear regression in R: the package
        relaimpo, Journal of Statistical Software 17(1).
    """
    k = correlation.shape[-1] - 1
    if k > MOST_ATTRIBUTES:
        raise NotEstimable(
            _("exact shares of {count} attributes take too long; {most} is the most").format(
                count=number(k, 0), most=number(MOST_ATTRIBUTES, 0)
            )
        )
    stacked = correlation.reshape(-1, k + 1, k + 1)
    explained = subset_r_squared(stacked)
    subsets = np.arange(2**k)
    sizes = np.array([subset.bit_count() for subset in range(2**k)])
    parts = np.empty((len(stacked), k))
    for attribute in range(k):
        without = subsets[(subsets >> attribute) & 1 == 0]
        # The share of all orders in which exactly these come before the attribute.
        shares = np.array([1 / (k * comb(k - 1, size)) for size in sizes[without]])
        parts[:, attribute] = shares @ (explained[without | 1 << attribute] - explained[without])
    return parts.reshape(*correlation.shape[:-2], k)


def subset_r_squared(correlations: Array) -> Array:
    """R² of the regression on every subset of the attributes.

    Each subset is reached once, by eliminating its attributes from the matrix in their order; what
    is left of the outcome's variance is what they don't explain. A matrix shrinks on the way, so
    that the whole takes a few operations per subset (Furnival & Wilson, 1974, Technometrics 16(4)).

    Args:
        correlations: Shape (matrices, 1 + k, 1 + k), the outcome first.

    Returns:
        Shape (2ᵏ, matrices); attribute j is in subset s if bit j of s is set.
    """
    n_matrices, k = len(correlations), correlations.shape[-1] - 1
    explained = np.zeros((2**k, n_matrices))

    def eliminate_each(left: Array, first: int, subset: int) -> None:
        """`left`: outcome and attributes from `first` on, given those of `subset`."""
        for place in range(1, len(left)):
            line = np.concatenate([left[:1, place], left[place + 1 :, place]])
            kept = np.r_[0, place + 1 : len(left)]
            rest = left[np.ix_(kept, kept)] - line[:, None] * line[None, :] / left[place, place]
            bigger = subset | 1 << (first + place - 1)
            explained[bigger] = 1 - rest[0, 0]
            eliminate_each(rest, first + place, bigger)

    # Matrices last, so that each step runs over all of them in memory's order.
    eliminate_each(np.ascontiguousarray(np.moveaxis(correlations, 0, -1)), 0, 0)
    return explained

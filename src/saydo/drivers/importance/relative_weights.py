"""Which attributes account for satisfaction? Johnson's relative weights.

Takes correlations, so that sums over millions of answers are enough; returns each attribute's part
of R². The attributes are replaced by the uncorrelated variables nearest to them, and what each of
these explains is handed back by how much of each attribute is in it.

With two attributes they equal LMG (see `lmg`); with more they are mostly near it, at a fraction of
the work, but they are a heuristic of their own (Thomas, Zumbo, Kwan & Schweitzer, 2014,
Multivariate Behavioral Research 49(4)). Neither has a sign: an attribute that goes with *less*
satisfaction has a positive weight too. Neither is 0 in any sample, so that percentiles above 0
prove nothing (Tonidandel, LeBreton & Johnson, 2009, Psychological Methods 14(4)).
"""

from __future__ import annotations

import numpy as np

from saydo.drivers.importance.moments import Array


def relative_weights(correlation: Array) -> Array:
    """Each attribute's part of R²; they sum to it.

    Args:
        correlation: Shape (…, 1 + k, 1 + k), the outcome first; the attributes' part is not
            singular (see `usable`).

    Returns:
        Shape (…, k), from 0 to 1.

    References:
        Johnson (2000), A heuristic method for estimating the relative weight of predictor variables
        in multiple regression, Multivariate Behavioral Research 35(1), 1–19.
    """
    eigenvalues, vectors = np.linalg.eigh(correlation[..., 1:, 1:])
    transposed = np.swapaxes(vectors, -2, -1)
    # Λ, the symmetric root: correlations of attributes with their uncorrelated counterparts.
    roots = np.sqrt(eigenvalues)[..., None, :]
    loadings = (vectors * roots) @ transposed
    inverse = (vectors / roots) @ transposed
    coefficients = inverse @ correlation[..., 1:, :1]
    return np.asarray((loadings**2 @ coefficients**2)[..., 0])

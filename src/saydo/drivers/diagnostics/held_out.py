"""What chance does a model give customers whom it has not seen?

Takes a fit; returns each pattern's counts by part, with the chance of staying that the same model,
fitted to the other parts, gives it: with satisfaction, and without it by the covariates alone. What
is judged on these is not flattered by having been fitted to the same customers.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

from saydo.drivers.cross_validation import SEED, deal
from saydo.drivers.design import Array
from saydo.drivers.fit import Fit
from saydo.drivers.likelihood import maximum
from saydo.errors import NotEstimable
from saydo.languages import gettext as _

FOLDS = 10
MIN_EACH = 5
"""Fewest who stayed, and who left, in a part: with fewer an area under its curve is mere chance."""


def held_out(fit: Fit, *, folds: int = FOLDS) -> pd.DataFrame:
    """Chances of staying by models fitted to the other parts.

    Those who stayed and those who left are dealt apart, so that every part has its share of both.
    With few of either there are fewer parts. The kink of a threshold stays where it is.

    Returns:
        `fold`, `pattern` (its place in `fit.patterns`), `n_stayed`, `n_left` (customers), `chance`
        (0 to 1, by the model), `without` (by its covariates alone; by nothing, where there are
        none). One row per pattern and part with customers.

    Raises:
        NotEstimable: Too few for two parts, or without some part there is no finite estimate.
    """
    stayed = fit.patterns["n_stayed"].to_numpy(np.int64)
    left = fit.patterns["n_left"].to_numpy(np.int64)
    folds = min(folds, int(min(stayed.sum(), left.sum())) // MIN_EACH)
    if folds < 2:
        raise NotEstimable(_("too few stayed or left to set a part of them aside"))
    matrix = fit.design.matrix
    n_own = matrix.shape[1] - fit.design.covariates.shape[1]
    bare = np.delete(matrix, range(1, n_own), axis=1)
    rng = np.random.default_rng(SEED)
    parts = []
    for fold, (of_stayed, of_left) in enumerate(
        zip(deal(stayed, folds, rng), deal(left, folds, rng), strict=True)
    ):
        seen = stayed - of_stayed, left - of_left
        part = pd.DataFrame(
            {
                "fold": fold,
                "pattern": np.arange(len(matrix)),
                "n_stayed": of_stayed,
                "n_left": of_left,
                "chance": _chance(matrix, *seen),
                "without": _chance(bare, *seen),
            }
        )
        parts.append(part[of_stayed + of_left > 0])
    return pd.concat(parts, ignore_index=True)


def _chance(matrix: Array, n_stayed: Array, n_left: Array) -> Array:
    found = maximum(matrix, n_stayed, n_left)
    if found is None:
        raise NotEstimable(_("without some of the {customers} there is no finite estimate"))
    return expit(matrix @ found.coefficients)

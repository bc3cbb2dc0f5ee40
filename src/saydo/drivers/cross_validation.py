"""How well does a form predict customers that it has not seen? Cross-validation on counts.

Takes the fits of one segment; returns the log-loss of each. It is customers who are dealt to the
parts, not patterns: the counts of each pattern are split as if every customer drew a card. So a
part is like the whole, and a run on ten million costs no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from saydo.drivers.design import Array
from saydo.drivers.fit import Fit
from saydo.drivers.kinks import Kinks
from saydo.drivers.likelihood import log_likelihood, maximum

Counts = NDArray[np.int64]
SEED = 20
"""Of the deal: the same counts are always dealt alike."""


def log_losses(fits: Mapping[str, Fit], kinks: Kinks | None, *, folds: int) -> dict[str, float]:
    """Mean of −log P(what they did), in nats, over customers whose part was left out of the fit.

    Those who stayed and those who left are dealt apart, so that each part has its share of both.
    A kink is searched for anew in every fit. Not a number where one has no finite estimate.

    Args:
        fits: By form, of the same patterns.
        kinks: The search for a threshold, where there is one among them.
        folds: Number of parts.

    References:
        Stone (1974), J. R. Stat. Soc. B 36; Hastie, Tibshirani & Friedman (2009), 7.10.
    """
    losses = {}
    for form, fitted in fits.items():
        stayed = fitted.patterns["n_stayed"].to_numpy(np.int64)
        left = fitted.patterns["n_left"].to_numpy(np.int64)
        is_searched = form == "threshold" and kinks is not None
        designs = kinks.designs if kinks is not None and is_searched else (fitted.design,)
        matrices = [made.matrix for made in designs]
        # The same parts for every form.
        rng = np.random.default_rng(SEED)
        parts = deal(stayed, folds, rng), deal(left, folds, rng)
        losses[form] = sum(
            _loss(matrices, (stayed - of_stayed, left - of_left), (of_stayed, of_left))
            for of_stayed, of_left in zip(*parts, strict=True)
        ) / float(fitted.n)
    return losses


def _loss(
    matrices: Sequence[Array], seen: tuple[Counts, Counts], unseen: tuple[Counts, Counts]
) -> float:
    """Of the unseen, by the likeliest model of the seen."""
    maxima = [maximum(matrix, *seen) for matrix in matrices]
    finite = [found for found in maxima if found is not None]
    if len(finite) < len(maxima):
        return float("nan")
    place = int(np.argmax([found.log_likelihood for found in finite]))
    return -log_likelihood(matrices[place] @ finite[place].coefficients, *unseen)


def deal(counts: Counts, folds: int, rng: np.random.Generator) -> Counts:
    """Customers of patterns dealt at random to parts of one size: parts by patterns.

    Without replacement (multivariate hypergeometric). Parts differ by one customer at most.
    """
    rest = counts.copy()
    parts = []
    for remaining in range(folds, 1, -1):
        size = -(-int(rest.sum()) // remaining)
        parts.append(rng.multivariate_hypergeometric(rest, size, method="marginals"))
        rest = rest - parts[-1]
    return np.array([*parts, rest])

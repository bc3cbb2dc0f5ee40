"""How does satisfaction come about? A line with a kink where expectations are met.

Satisfaction is regressed on each attribute's shortfall, min(performance − expectation, 0), and
surplus, max(performance − expectation, 0): what is missing may weigh more than what is more than
expected (Kano; prospect theory), so that improving pays less once expectations are met. Where
expectations were not asked, performance enters as one straight line. Each period has a level of its
own: else an attribute that changed when something else did, which is measured with error, would be
credited with it.

Uncertainty is drawn, not derived: in a Bayesian bootstrap each respondent counts by a random weight
of mean one (Rubin, 1981), and the line is fitted anew. All that is asked of a draw are sums over
respondents, so that a draw is a row of one matrix product, whatever the number of respondents.

References:
    Rubin (1981), The Bayesian bootstrap, Annals of Statistics 9, 130–134.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saydo.drivers.worth.responses import Responses
from saydo.drivers.worth.standing import Moved, Standing
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.languages import listed, name

Array = NDArray[np.float64]

MIN_PER_TERM = 10
"""Fewest respondents per coefficient."""
MIN_RECENT = 30
"""Fewest respondents to say where things stand."""
_BLOCKS = 2_000
"""Patterns beyond so many share their weights, at random: draws take no longer for more of them."""
_ILL_CONDITIONED = 30.0
"""Condition number from which attributes can't be told apart (Belsley, Kuh & Welsch, 1980)."""


@dataclass(frozen=True)
class Formation:
    """How satisfaction of one segment follows from attributes, with draws of what is not sure.

    Rows of every array over draws: first the estimate itself, then the draws.
    """

    attributes: tuple[str, ...]
    terms: tuple[str, ...]
    coefficients: Array
    """Shape (1 + draws, terms), without the constant; points of satisfaction per point."""
    standing: Standing
    """Those who answered lately."""
    scale: tuple[float, float]
    """Of satisfaction."""
    scales: dict[str, tuple[float, float]]
    """Of each attribute."""
    n: int
    """Respondents from whom the coefficients are."""
    n_recent: int
    """Those of them who answered lately, who say where things stand."""
    n_incomplete: int
    """Respondents left out because they did not answer every question."""

    def moved(self, changes: Mapping[str, float]) -> Moved:
        """What so many points more of each attribute do to every respondent's satisfaction, all at
        once; no attribute goes further than to the end of its scale."""
        told = {"satisfaction": self.standing.patterns["satisfaction"]}
        for attribute, points in changes.items():
            told |= self._terms_moved(attribute, points)
        cells, weights = self.standing.counted(pd.DataFrame(told))
        moved = cells.drop(columns="satisfaction")
        at = [self.terms.index(term) for term in moved.columns]
        change = self.coefficients[:, at] @ moved.to_numpy(float).T
        return Moved(cells["satisfaction"].to_numpy(float), weights, change)

    def _terms_moved(self, attribute: str, points: float) -> dict[str, pd.Series]:
        """By how much each pattern's terms of an attribute change."""
        now = self.standing.patterns[attribute]
        moved = (now + points).clip(*self.scales[attribute]) - now
        if attribute in self.terms:
            return {attribute: moved}
        gap = self.standing.patterns[f"gap {attribute}"]
        then = gap + moved
        return {
            f"{attribute} shortfall": then.clip(upper=0) - gap.clip(upper=0),
            f"{attribute} surplus": then.clip(lower=0) - gap.clip(lower=0),
        }


def formation(responses: Responses, *, segment: str, draws: int, seed: int = 0) -> Formation:
    """The model of one segment, with draws.

    Args:
        responses: Of all segments.
        segment: Which of them.
        draws: How many; the first row of what comes out is the estimate.
        seed: Of the draws.

    Raises:
        NotEstimable: Too few respondents, or attributes that can't be told apart.
    """
    rows = responses.of(segment)
    said = [responses.gap_of(each) for each in responses.attributes]
    needed = ["satisfaction", *responses.attributes, *filter(None, said)]
    complete = rows.dropna(subset=needed).reset_index(drop=True)
    n, n_all = int(complete["n"].sum()), int(rows["n"].sum())
    n_recent = int(complete.loc[complete["is_recent"].astype(bool), "n"].sum())
    design, terms = _design(complete, responses)
    if n < MIN_PER_TERM * (len(terms) + 1) or n_recent < MIN_RECENT:
        raise NotEstimable(
            _("too few {customers} answered all questions about attributes to tell them apart")
        )
    constant = [term for term, column in zip(terms, design.T, strict=True) if not np.ptp(column)]
    kept = [place for place, term in enumerate(terms) if term not in constant]
    _refuse_collinear(design[:, kept], [terms[place] for place in kept], complete["n"])
    matrix = np.column_stack([_levels(complete["period"]), design[:, kept]])
    y = complete["satisfaction"].to_numpy(float)
    blocks = _blocks(complete["n"].to_numpy(float))
    drawn = _drawn(blocks.counts, draws, np.random.default_rng(seed))
    width = matrix.shape[1]
    solved = _solved(drawn @ blocks.totals(_products(matrix, y)), width)
    coefficients = np.zeros((1 + draws, len(terms)))
    # What nobody felt (a surplus where nobody got one) has no coefficient and moves nothing.
    coefficients[:, kept] = solved[:, width - len(kept) :]
    return Formation(
        attributes=responses.attributes,
        terms=tuple(terms),
        coefficients=coefficients,
        standing=_standing(complete, responses, blocks, drawn),
        scale=responses.scales[responses.item],
        scales={each: responses.scales[each] for each in responses.attributes},
        n=n,
        n_recent=n_recent,
        n_incomplete=n_all - n,
    )


def _levels(period: pd.Series) -> Array:
    """A column for each period (one for all, where there are none)."""
    codes = pd.factorize(period, use_na_sentinel=False)[0]
    return np.eye(codes.max() + 1)[codes]


def _design(rows: pd.DataFrame, responses: Responses) -> tuple[Array, list[str]]:
    columns, terms = [], []
    for attribute in responses.attributes:
        performance = rows[attribute].to_numpy(float)
        asked = responses.gap_of(attribute)
        if asked is None:
            columns.append(performance)
            terms.append(attribute)
            continue
        gap = performance - rows[asked].to_numpy(float)
        columns += [np.minimum(gap, 0), np.maximum(gap, 0)]
        terms += [f"{attribute} shortfall", f"{attribute} surplus"]
    return np.column_stack(columns) if columns else np.empty((len(rows), 0)), terms


def _refuse_collinear(design: Array, terms: list[str], count: pd.Series) -> None:
    """Raises where the columns, each of length one, have too large a condition number."""
    weighted = design * np.sqrt(count.to_numpy(float))[:, None]
    singular = np.linalg.svd(weighted / np.linalg.norm(weighted, axis=0), compute_uv=False)
    if singular[-1] * _ILL_CONDITIONED < singular[0]:
        attributes = dict.fromkeys(term.rsplit(" ", 1)[0] for term in terms)
        raise NotEstimable(
            _("answers to {names} go together so closely that they can't be told apart").format(
                names=listed(name(each) for each in attributes)
            )
        )


@dataclass(frozen=True)
class _Blocks:
    """Which patterns share a random weight.

    A block counts as one random weight of mean and variance 1. As blocks are made at random, its
    total varies as its respondents do together, so that ratios of sums vary as they should.
    """

    of: NDArray[np.intp]
    """The block of each pattern."""
    each: Array
    """Respondents of each pattern for one unit of its block's weight."""
    counts: Array
    """The weight of every block as it was observed."""

    def totals(self, told: Array) -> Array:
        """Sums of rows, one per pattern, over the blocks."""
        found = np.zeros((len(self.counts), told.shape[1]))
        np.add.at(found, self.of, told * self.each[:, None])
        return found


def _blocks(counts: Array) -> _Blocks:
    """Each pattern by itself with its respondents as weight; or random blocks, each once."""
    n = len(counts)
    if n <= _BLOCKS:
        return _Blocks(np.arange(n), np.ones(n), counts)
    return _Blocks(np.random.default_rng(n).permutation(n) % _BLOCKS, counts, np.ones(_BLOCKS))


def _products(matrix: Array, y: Array) -> Array:
    """Of every pattern, the products of the design's columns, and those with satisfaction."""
    n, width = matrix.shape
    squares = np.einsum("ni,nj->nij", matrix, matrix).reshape(n, width**2)
    return np.column_stack([squares, matrix * y[:, None]])


def _solved(totals: Array, width: int) -> Array:
    """Least squares of every draw, from its sums of `_products`."""
    gram = totals[:, : width**2].reshape(-1, width, width)
    return np.asarray(np.linalg.solve(gram, totals[:, width**2 :, None])[:, :, 0])


def _standing(rows: pd.DataFrame, responses: Responses, blocks: _Blocks, drawn: Array) -> Standing:
    is_recent = rows["is_recent"].to_numpy(bool)
    told = {"satisfaction": rows["satisfaction"]}
    for attribute in responses.attributes:
        told[attribute] = rows[attribute]
        asked = responses.gap_of(attribute)
        if asked is not None:
            told[f"gap {attribute}"] = rows[attribute] - rows[asked]
    patterns = pd.DataFrame(told).astype(float)[is_recent].reset_index(drop=True)
    return Standing(patterns, blocks.of[is_recent], blocks.each[is_recent], drawn)


def _drawn(counts: Array, draws: int, rng: np.random.Generator) -> Array:
    """Weights of rows: their counts, then draws of sums of as many exponentials."""
    return np.vstack([counts, rng.gamma(counts, size=(draws, len(counts)))])

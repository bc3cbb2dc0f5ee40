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

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saydo.drivers.worth.responses import Responses
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
    cells: pd.DataFrame
    """Respondents told apart by all that a change of one attribute depends on: `attribute`,
    `satisfaction`, `performance`, `gap` (null where nothing is known of what is expected)."""
    weights: Array
    """Shape (1 + draws, cells): respondents in each cell who answered lately."""
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

    def change(self, attribute: str, points: float) -> Array:
        """Change in satisfaction by so many points more of an attribute, for every draw and cell of
        the attribute; no further than to the end of its scale. Shape (1 + draws, cells)."""
        cells = self.cells[self.cells["attribute"] == attribute]
        now = cells["performance"].to_numpy(float)
        moved = np.clip(now + points, *self.scales[attribute]) - now
        at = self.terms.index
        if attribute in self.terms:
            return np.asarray(self.coefficients[:, [at(attribute)]] * moved)
        gap = cells["gap"].to_numpy(float)
        short = np.minimum(gap + moved, 0) - np.minimum(gap, 0)
        over = np.maximum(gap + moved, 0) - np.maximum(gap, 0)
        penalty = self.coefficients[:, [at(f"{attribute} shortfall")]]
        reward = self.coefficients[:, [at(f"{attribute} surplus")]]
        return np.asarray(penalty * short + reward * over)

    def of(self, attribute: str) -> tuple[Array, Array]:
        """Satisfaction of each cell of an attribute, and the cells' weights in every draw."""
        chosen = (self.cells["attribute"] == attribute).to_numpy()
        return self.cells["satisfaction"].to_numpy(float)[chosen], self.weights[:, chosen]


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
    cells, places = _cells(complete, responses)
    sums, counts = _sums(matrix, y, places, len(cells), complete)
    totals = _drawn(counts, draws, np.random.default_rng(seed)) @ sums
    width = matrix.shape[1]
    gram = totals[:, : width**2].reshape(-1, width, width)
    moments = totals[:, width**2 : width**2 + width, None]
    solved = np.linalg.solve(gram, moments)[:, width - len(kept) :, 0]
    coefficients = np.zeros((len(totals), len(terms)))
    # What nobody felt (a surplus where nobody got one) has no coefficient and moves nothing.
    coefficients[:, kept] = solved
    return Formation(
        attributes=responses.attributes,
        terms=tuple(terms),
        coefficients=coefficients,
        cells=cells,
        weights=totals[:, width**2 + width :],
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


def _cells(rows: pd.DataFrame, responses: Responses) -> tuple[pd.DataFrame, list[NDArray[np.intp]]]:
    """The cells of all attributes, and the cell of every pattern, attribute by attribute."""
    parts, places = [], []
    first = 0
    for attribute in responses.attributes:
        asked = responses.gap_of(attribute)
        gap = rows[attribute] - rows[asked] if asked else np.nan
        table = pd.DataFrame(
            {"satisfaction": rows["satisfaction"], "performance": rows[attribute], "gap": gap}
        ).astype(float)
        groups = table.groupby(list(table.columns), dropna=False, sort=True)
        cells = groups.size().index.to_frame(index=False)
        places.append(first + groups.ngroup().to_numpy())
        parts.append(cells.assign(attribute=attribute))
        first += len(cells)
    return pd.concat(parts, ignore_index=True), places


def _sums(
    matrix: Array,
    y: Array,
    places: list[NDArray[np.intp]],
    n_cells: int,
    rows: pd.DataFrame,
) -> tuple[Array, Array]:
    """What a draw adds up, one row per pattern, and how often each; or the totals of blocks, once.

    A block counts as one random weight of mean and variance 1. As blocks are made at random, its
    total varies as its respondents do together, so that ratios of sums vary as they should.

    Columns: the products of the design's columns, those with satisfaction, and membership of cells.
    """
    n, width = matrix.shape
    count, is_recent = rows["n"].to_numpy(float), rows["is_recent"].to_numpy(float)
    products = np.einsum("ni,nj->nij", matrix, matrix).reshape(n, width**2)
    cells = np.zeros((n, n_cells))
    for place in places:
        cells[np.arange(n), place] = is_recent
    told = np.column_stack([products, matrix * y[:, None], cells])
    if n <= _BLOCKS:
        return told, count
    block = np.random.default_rng(n).permutation(n) % _BLOCKS
    totals = np.zeros((_BLOCKS, told.shape[1]))
    np.add.at(totals, block, told * count[:, None])
    return totals, np.ones(_BLOCKS)


def _drawn(counts: Array, draws: int, rng: np.random.Generator) -> Array:
    """Weights of rows: their counts, then draws of sums of as many exponentials."""
    return np.vstack([counts, rng.gamma(counts, size=(draws, len(counts)))])

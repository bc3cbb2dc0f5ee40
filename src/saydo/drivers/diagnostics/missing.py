"""Would the result be the same, had nobody left a question or a field blank?

Takes patterns of everyone present, the silent among them (`response_patterns` of `answering`);
returns the model of those of whom all is known beside that of everyone, with what is missing
imputed many times over from what is known, the outcome included. Right if who is missing depends on
nothing but that (missing at random); that the two agree does not show that it does.

Multivariate imputation by chained equations (van Buuren & Groothuis-Oudshoorn, 2011, J. Stat.
Softw. 45) with predictive mean matching, on counts. Where answers alone are missing nobody is drawn
one by one, so that the number of customers costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saydo.drivers.design import Array
from saydo.drivers.diagnostics.matching import Donors, Rows
from saydo.drivers.diagnostics.rubin import pooled_terms
from saydo.drivers.fit import fit
from saydo.drivers.patterns import covariates_of
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.tables.declared import COUNT, NUMBER, TEXT

MISSING_ANSWERS: Mapping[str, str] = {
    **dict.fromkeys(("cases", "term"), TEXT),
    **dict.fromkeys(("estimate", "std_error", "ci_low", "ci_high"), NUMBER),
    **dict.fromkeys(("n", "n_left", "n_imputed"), COUNT),
    "missing_information": NUMBER,
    "reason": TEXT,
}

MIN_KNOWN = 50
"""Fewest customers of whom a field is known, for it to be told of others."""

FEW_VALUES = 20
"""Most values of a column to be drawn as counts: how many of a pattern have each."""
MOST_ALONE = 200_000
"""Most customers who are drawn one by one."""


@dataclass
class _Chain:
    """Everyone's values, in which those missing are drawn anew: changed by each `draw`.

    Customers of whom all is known stay counted, and all do where one column of few values has
    gaps; else who lacks something is a row of one.
    """

    values: pd.DataFrame
    """Numbers; unknown ones hold the last draw."""
    fixed: Array
    """Columns that are known of all: intercept, whether they stayed, categories."""
    n: Array
    unknown: dict[str, NDArray[np.bool_]]
    """Rows whose value is to be drawn, by column."""

    def donors(self, name: str, rng: np.random.Generator) -> Donors:
        """Customers like those of whom a column is unknown."""
        others = self.values.drop(columns=name).to_numpy(float)
        x = np.hstack([self.fixed, others])
        known = ~self.unknown[name]
        y = self.values[name].to_numpy(float)
        return Donors(x[known], y[known], self.n[known], x[~known], rng)

    def draw(self, name: str, rng: np.random.Generator) -> None:
        """Draws a column's unknown values, of rows of one."""
        y = self.values[name].to_numpy(float).copy()
        y[self.unknown[name]] = self.donors(name, rng).values(rng)
        self.values[name] = y

    def completed(self, name: str, rng: np.random.Generator) -> tuple[pd.DataFrame, Array, Rows]:
        """Values, customers and where they stood, with each unknown row split by what is drawn."""
        gaps = np.flatnonzero(self.unknown[name])
        values, counts = self.donors(name, rng).counts(self.n[gaps].astype(np.int64), rng)
        row, value = np.nonzero(counts)
        known = np.flatnonzero(~self.unknown[name])
        place = np.concatenate([known, gaps[row]])
        drawn = self.values.iloc[place].reset_index(drop=True)
        drawn.loc[len(known) :, name] = values[value]
        return drawn, np.concatenate([self.n[known], counts[row, value]]), place


def missing(
    patterns: pd.DataFrame,
    *,
    form: str = "linear",
    adjust_for: Sequence[str] = (),
    imputations: int = 20,
    iterations: int = 10,
    seed: int = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The model of complete cases beside that of everyone, with the missing imputed.

    Satisfaction and covariates that are numbers are imputed, each from all others and from whether
    the customer stayed. Customers of whom a category is unknown are left out of both.

    Args:
        patterns: Of one segment; `satisfaction` and covariates null where unknown. Covariates that
            the model does not adjust for help to impute.
        form: A key of `FORMS`.
        adjust_for: Covariates of the model.
        imputations: Completed tables, each with a fit.
        iterations: Rounds of the chain before each; one is enough where one column has gaps.
        seed: Of the draws.
        confidence: Coverage of the intervals.

    Returns:
        `cases` (complete, imputed), `term`, `estimate`, `std_error`, `ci_low`, `ci_high` (log-odds;
        percentage points per point for `average_marginal_effect`), `n`, `n_left`, `n_imputed`
        (customers, and those of them with an imputed value), `missing_information` (0 to 1: share
        of the estimate's variance that is due to what is missing). Intervals of the imputed by
        Rubin's rules (1987) with the degrees of freedom of Barnard & Rubin (1999, Biometrika 86).

    Raises:
        NotEstimable: A model can't be fitted, a field is known of too few to tell it of others, or
            several are unknown of so many that they can't be drawn one by one.
    """
    complete = fit(patterns.dropna(subset=["satisfaction"]), form=form, adjust_for=adjust_for)
    chain, labels = _start(patterns)
    gaps = np.logical_or.reduce([np.zeros(len(chain.n), bool), *chain.unknown.values()])
    rng = np.random.default_rng(seed)
    fits = [
        fit(
            _completed(chain, labels, patterns, rounds=iterations, rng=rng),
            form=form,
            adjust_for=adjust_for,
        )
        for _nth in range(imputations)
    ]
    whole = pooled_terms([complete], confidence).assign(cases="complete", n_imputed=0)
    pooled = pooled_terms(fits, confidence).assign(
        cases="imputed", n_imputed=int(chain.n[gaps].sum())
    )
    return pd.concat([whole, pooled], ignore_index=True)


def _start(patterns: pd.DataFrame) -> tuple[_Chain, pd.DataFrame]:
    """Everyone, with values drawn from all known where there is a gap."""
    names = ["satisfaction", *covariates_of(patterns)]
    numbers = [name for name in names if pd.api.types.is_numeric_dtype(patterns[name])]
    texts = [name for name in names if name not in numbers]
    long = pd.concat(
        [
            patterns[names].assign(stayed=stayed, n=patterns[column])
            for stayed, column in ((1.0, "n_stayed"), (0.0, "n_left"))
        ],
        ignore_index=True,
    )
    long = long[(long["n"] > 0) & long[texts].notna().all(axis=1)]
    has_gap = long[numbers].isna().any(axis=1)
    with_gap = long[has_gap]
    gappy = [name for name in numbers if with_gap[name].isna().any()]
    if gappy and not _are_counted(long, gappy):
        if with_gap["n"].sum() > MOST_ALONE:
            raise NotEstimable(_("too many {customers} lack several fields to impute them"))
        with_gap = with_gap.loc[with_gap.index.repeat(with_gap["n"])].assign(n=1)
    rows = pd.concat([long[~has_gap], with_gap], ignore_index=True)
    values, n = rows[numbers].astype(float), rows["n"].to_numpy(float)
    unknown = {name: values[name].isna().to_numpy() for name in numbers}
    rng = np.random.default_rng(0)
    for name, gaps in unknown.items():
        if not gaps.any():
            continue
        if n[~gaps].sum() < MIN_KNOWN:
            raise NotEstimable(
                _("{name} is known of too few {customers} to tell it of others").format(name=name)
            )
        share = n[~gaps] / n[~gaps].sum()
        values.loc[gaps, name] = rng.choice(values.loc[~gaps, name], size=gaps.sum(), p=share)
    dummies = [
        pd.get_dummies(rows[name], drop_first=True, dtype=float).to_numpy() for name in texts
    ]
    ones = np.ones((len(rows), 1))
    fixed = np.hstack([ones, rows[["stayed"]].to_numpy(float), *dummies])
    return _Chain(values, fixed, n, unknown), rows[texts]


def _are_counted(rows: pd.DataFrame, gappy: Sequence[str]) -> bool:
    """Whether only one column of few values has gaps, so that rows may stand for many."""
    return len(gappy) == 1 and rows[gappy[0]].nunique() <= FEW_VALUES


def _completed(
    chain: _Chain,
    labels: pd.DataFrame,
    patterns: pd.DataFrame,
    *,
    rounds: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One completed table, with counts; `fit` adds up those who are alike."""
    gappy = [name for name, rows in chain.unknown.items() if rows.any()]
    if _are_counted(chain.values, gappy):
        values, n, place = chain.completed(gappy[0], rng)
    else:
        # Where one column has gaps there is nothing else drawn that it could depend on.
        for _round in range(rounds if len(gappy) > 1 else 1):
            for name in gappy:
                chain.draw(name, rng)
        values, n, place = chain.values, chain.n, np.arange(len(chain.n))
    stayed = chain.fixed[place, 1] * n
    rows = pd.concat([values, labels.iloc[place].reset_index(drop=True)], axis=1).assign(
        n_stayed=stayed.astype(np.int64), n_left=(n - stayed).astype(np.int64)
    )
    scale = {name: patterns[name].iloc[0] for name in ("scale_min", "scale_max")}
    return rows.assign(segment="", **scale)

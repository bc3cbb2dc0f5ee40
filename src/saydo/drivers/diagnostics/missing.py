"""Would the result be the same, had nobody left a question or a field blank?

Takes patterns of everyone present, the silent among them (`response_patterns` of `answering`);
returns the model of those of whom all is known beside that of everyone, with what is missing
imputed many times over from what is known, the outcome included. Right if who is missing depends on
nothing but that (missing at random); that the two agree does not show that it does.

Multivariate imputation by chained equations (van Buuren & Groothuis-Oudshoorn, 2011, J. Stat.
Softw. 45) with predictive mean matching, on counts: only customers with something missing are drawn
one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t

from saydo.drivers.design import Array
from saydo.drivers.fit import Fit, fit
from saydo.drivers.model_table import EFFECT
from saydo.drivers.patterns import covariates_of
from saydo.errors import NotEstimable
from saydo.languages import gettext as _

DONORS = 10
"""Fewest known customers from among whom a value is drawn (Morris, White & Royston, 2014, BMC Med.
Res. Methodol. 14)."""
MIN_KNOWN = 50
"""Fewest customers of whom a field is known, for it to be told of others."""

Rows = NDArray[np.int64]


@dataclass
class _Chain:
    """Everyone's values, in which those missing are drawn anew: changed by each `draw`.

    Customers of whom all is known stay counted; the others are rows of one.
    """

    values: pd.DataFrame
    """Numbers; unknown ones hold the last draw."""
    fixed: Array
    """Columns that are known of all: intercept, whether they stayed, categories."""
    n: Array
    unknown: dict[str, NDArray[np.bool_]]
    """Rows whose value is to be drawn, by column."""

    def draw(self, name: str, rng: np.random.Generator) -> None:
        """Draws a column's unknown values from customers like theirs."""
        others = self.values.drop(columns=name).to_numpy(float)
        x = np.hstack([self.fixed, others])
        missing = self.unknown[name]
        known, y = ~missing, self.values[name].to_numpy(float).copy()
        mean, drawn = _coefficients(x[known], y[known], self.n[known], rng)
        at, place = np.unique(np.round(x[known] @ mean, 10), return_inverse=True)
        order = np.argsort(place, kind="stable")
        y[missing] = y[known][order][_donors(at, place, self.n[known], x[missing] @ drawn, rng)]
        self.values[name] = y


def _coefficients(x: Array, y: Array, n: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Of a regression on counted rows: the estimate, and a draw from its posterior."""
    root = np.sqrt(n)
    size = np.sqrt((x**2 * n[:, None]).sum(axis=0))
    size[size == 0] = 1.0
    left, singular, right = np.linalg.svd(x * root[:, None] / size, full_matrices=False)
    # Columns that others fix get no weight of their own, as with R's lm.
    kept = singular > 1e-9 * singular[0]
    left, singular, right = left[:, kept], singular[kept], right[kept]
    projected = left.T @ (y * root)
    rest = max(float(n @ y**2 - projected @ projected), 0.0)
    df = max(float(n.sum()) - kept.sum(), 1.0)
    noise = np.sqrt(rest / rng.chisquare(df)) * rng.standard_normal(kept.sum())
    mean, drawn = (right.T @ (part / singular) / size for part in (projected, projected + noise))
    return mean, drawn


def _donors(at: Array, place: Rows, n: Array, wanted: Array, rng: np.random.Generator) -> Rows:
    """For each wanted prediction the position, in order of predictions, of a customer near it.

    All customers with the nearest prediction are as near as each other: one of them is drawn; where
    they are fewer than `DONORS`, those on both sides join.
    """
    sizes = np.bincount(place, n, len(at))
    ends = np.cumsum(sizes)
    middle = (at[1:] + at[:-1]) / 2
    nearest = np.searchsorted(middle, wanted)
    start, end = ends[nearest] - sizes[nearest], ends[nearest]
    more = np.maximum(DONORS - (end - start), 0) / 2
    total = ends[-1]
    start = np.clip(start - more, 0, max(total - DONORS, 0))
    end = np.maximum(np.minimum(end + more, total), np.minimum(start + DONORS, total))
    drawn = start + rng.random(len(wanted)) * (end - start)
    rows = np.cumsum(n[np.argsort(place, kind="stable")])
    return np.minimum(np.searchsorted(rows, drawn, side="right"), len(rows) - 1)


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
        NotEstimable: A model can't be fitted, or a field is known of too few to tell it of others.
    """
    complete = fit(patterns.dropna(subset=["satisfaction"]), form=form, adjust_for=adjust_for)
    chain, labels = _start(patterns)
    rounds = iterations if sum(map(np.any, chain.unknown.values())) > 1 else 1
    gaps = np.logical_or.reduce([np.zeros(len(chain.n), bool), *chain.unknown.values()])
    rng = np.random.default_rng(seed)
    fits = []
    for _nth in range(imputations):
        for _round in range(rounds):
            for name, rows in chain.unknown.items():
                if rows.any():
                    chain.draw(name, rng)
        fits.append(fit(_patterns(chain, labels, patterns), form=form, adjust_for=adjust_for))
    whole = _terms([complete], confidence).assign(cases="complete", n_imputed=0)
    pooled = _terms(fits, confidence).assign(cases="imputed", n_imputed=int(chain.n[gaps].sum()))
    names = ["cases", "term", "estimate", "std_error", "ci_low", "ci_high"]
    names += ["n", "n_left", "n_imputed", "missing_information"]
    return pd.concat([whole, pooled], ignore_index=True)[names]


def _start(patterns: pd.DataFrame) -> tuple[_Chain, pd.DataFrame]:
    """Everyone, those with a gap as rows of one, which hold a value drawn from all known."""
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
    alone = long[has_gap].loc[lambda rows: rows.index.repeat(rows["n"])].assign(n=1)
    rows = pd.concat([long[~has_gap], alone], ignore_index=True)
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


def _patterns(chain: _Chain, labels: pd.DataFrame, patterns: pd.DataFrame) -> pd.DataFrame:
    """The completed table, with counts; `fit` adds up those who are alike."""
    stayed = chain.fixed[:, 1] * chain.n
    rows = pd.concat([chain.values, labels], axis=1).assign(
        n_stayed=stayed.astype(np.int64), n_left=(chain.n - stayed).astype(np.int64)
    )
    scale = {name: patterns[name].iloc[0] for name in ("scale_min", "scale_max")}
    return rows.assign(segment="", **scale)


def _terms(fits: Sequence[Fit], confidence: float) -> pd.DataFrame:
    """Estimates of fits to completed tables, put together by Rubin's rules."""
    effects = [one.marginal_effect() for one in fits]
    estimates = np.array(
        [
            [effect.estimate, *np.asarray(one.result.params)]
            for one, effect in zip(fits, effects, strict=True)
        ]
    )
    std_errors = np.array(
        [
            [effect.std_error, *np.asarray(one.result.bse)]
            for one, effect in zip(fits, effects, strict=True)
        ]
    )
    first = fits[0]
    known_df = first.n - len(first.design.names)
    estimate, variance, df, share = pooled(estimates, std_errors**2, known_df=known_df)
    reach = t.ppf(0.5 + confidence / 2, df) * np.sqrt(variance)
    return pd.DataFrame(
        {
            "term": [EFFECT, *first.design.names],
            "estimate": estimate,
            "std_error": np.sqrt(variance),
            "ci_low": estimate - reach,
            "ci_high": estimate + reach,
            "n": first.n,
            "n_left": first.n_left,
            "missing_information": share,
        }
    )


def pooled(
    estimates: Array, variances: Array, *, known_df: float
) -> tuple[Array, Array, Array, Array]:
    """Rubin's rules: estimate, variance, degrees of freedom, share of missing information (λ).

    Args:
        estimates, variances: One row per completed table, one column per term.
        known_df: Degrees of freedom, had nothing been missing.
    """
    m = len(estimates)
    estimate, within = estimates.mean(axis=0), variances.mean(axis=0)
    if m == 1:
        # Nothing was drawn: the usual normal interval.
        return estimate, within, np.full_like(estimate, np.inf), np.zeros_like(estimate)
    between = estimates.var(axis=0, ddof=1)
    variance = within + (1 + 1 / m) * between
    share = (1 + 1 / m) * between / variance
    with np.errstate(divide="ignore"):
        by_rubin = (m - 1) / share**2
    observed = (known_df + 1) / (known_df + 3) * known_df * (1 - share)
    return estimate, variance, 1 / (1 / by_rubin + 1 / observed), share

"""What do several completed tables say together? Rubin's rules (1987) for fits to each of them.

Takes fits to tables whose gaps were filled in turn; returns one estimate per term, whose error
holds both that of a table and how much the tables differ.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import t

from saydo.drivers.design import Array
from saydo.drivers.fit import Fit
from saydo.drivers.model_table import EFFECT


def pooled_terms(fits: Sequence[Fit], confidence: float) -> pd.DataFrame:
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

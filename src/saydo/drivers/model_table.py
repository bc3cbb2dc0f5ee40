"""What a row of a table of models holds, whatever the model.

Takes rows as mappings; returns a tidy table with one row per segment, model and term. Tables of
single models add columns of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from saydo.tables.declared import COUNT, NUMBER, TEXT, as_declared

KEYS = ("segment", "model", "term")
ESTIMATES = ("estimate", "std_error", "ci_low", "ci_high", "p_value")
COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(KEYS, TEXT),
    **dict.fromkeys(ESTIMATES, NUMBER),
    **dict.fromkeys(("n", "n_left"), COUNT),
    **dict.fromkeys(("verdict", "reason"), TEXT),
}
"""Type by name."""
EFFECT = "average_marginal_effect"
"""Percentage points of staying per point of satisfaction; other terms are log-odds of staying."""


def model_table(
    rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str] = COLUMNS
) -> pd.DataFrame:
    """The rows, with these columns (type by name); what a row lacks is null."""
    return as_declared(pd.DataFrame(list(rows), columns=list(columns)), columns)


def wald_terms(
    names: Iterable[str], estimates: ArrayLike, std_errors: ArrayLike, confidence: float
) -> list[dict[str, Any]]:
    """`term` and `ESTIMATES` of each name: Wald's interval, and the test against 0."""
    estimate, error = np.asarray(estimates, float), np.asarray(std_errors, float)
    reach = norm.ppf(0.5 + confidence / 2) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * norm.sf(np.abs(estimate / error))
    columns = (names, estimate, error, estimate - reach, estimate + reach, p_value)
    return [dict(zip(("term", *ESTIMATES), row, strict=True)) for row in zip(*columns, strict=True)]

"""What a row of a table of models holds, whatever the model.

Takes rows as mappings; returns a tidy table with one row per segment, model and term. Tables of
single models add columns of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

KEYS = ("segment", "model", "term")
ESTIMATES = ("estimate", "std_error", "ci_low", "ci_high", "p_value")
COLUMNS = (*KEYS, *ESTIMATES, "n", "n_left", "verdict", "reason")
EFFECT = "average_marginal_effect"
"""Percentage points of staying per point of satisfaction; other terms are log-odds of staying."""


def model_table(
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[str] = COLUMNS,
    *,
    counts: Sequence[str] = ("n", "n_left"),
) -> pd.DataFrame:
    """The rows, with these columns; `counts` are whole numbers, and what a row lacks is null."""
    table = pd.DataFrame(list(rows), columns=list(columns))
    return table.astype({**dict.fromkeys(ESTIMATES, "float64"), **dict.fromkeys(counts, "Int64")})


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

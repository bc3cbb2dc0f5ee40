"""The models of a segment as a table: `tables/retention_models`.

Takes an assessment; returns one row per model and term. A refused model has one row without
numbers, and its reason.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from saydo.drivers.assess import Assessment
from saydo.drivers.models import Model, interval

COLUMNS = (
    "segment",
    "model",
    "term",
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "p_value",
    "n",
    "n_left",
    "verdict",
    "reason",
    "is_headline",
)
EFFECT = "average_marginal_effect"
"""Percentage points of staying per point of satisfaction; other terms are log-odds of staying."""


def retention_models(
    assessment: Assessment, *, min_cell: int = 11, confidence: float = 0.95
) -> pd.DataFrame:
    """Coefficients and marginal effects of a segment's models.

    Args:
        assessment: Of one segment.
        min_cell: A model of fewer customers has no counts either.
        confidence: Coverage of the intervals (Wald).

    Returns:
        `segment`, `model` (adjusted or unadjusted, and its form), `term`, `estimate`, `std_error`,
        `ci_low`, `ci_high` (log-odds of staying; percentage points for `average_marginal_effect`),
        `p_value` (of no relation), `n`, `n_left` (customers), `verdict`, `reason`, `is_headline`
        (the model that speaks for the segment). Levels stand against the lowest observed,
        categories against the first in alphabetical order.
    """
    rows: list[dict[str, Any]] = []
    for model in assessment.models:
        shown = model.n >= min_cell
        about = {
            "segment": assessment.segment,
            "model": model.name,
            "n": model.n if shown else pd.NA,
            "n_left": model.n_left if shown else pd.NA,
            "verdict": model.verdict,
            "reason": model.reason,
            "is_headline": model is assessment.headline,
        }
        rows += [{**about, **term} for term in _terms(model, confidence)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = ("estimate", "std_error", "ci_low", "ci_high", "p_value")
    return table.astype({**dict.fromkeys(numbers, "float64"), "n": "Int64", "n_left": "Int64"})


def _terms(model: Model, confidence: float) -> list[dict[str, Any]]:
    if model.fit is None or model.effect is None:
        return [{"term": EFFECT}]
    result, effect = model.fit.result, model.effect
    low, high = interval(effect, confidence)
    z = effect.estimate / effect.std_error if effect.std_error else np.inf
    estimates, std_errors = np.asarray(result.params), np.asarray(result.bse)
    reach = norm.ppf(0.5 + confidence / 2) * std_errors
    coefficients: list[dict[str, Any]] = [
        {
            "term": term,
            "estimate": estimates[place],
            "std_error": std_errors[place],
            "ci_low": estimates[place] - reach[place],
            "ci_high": estimates[place] + reach[place],
            "p_value": 2 * norm.sf(abs(estimates[place] / std_errors[place])),
        }
        for place, term in enumerate(model.fit.design.names)
    ]
    return [
        {
            "term": EFFECT,
            "estimate": effect.estimate,
            "std_error": effect.std_error,
            "ci_low": low,
            "ci_high": high,
            "p_value": 2 * norm.sf(abs(z)),
        },
        *coefficients,
    ]

"""What share would stay, had everyone given this answer? Predicted retention by level.

Takes an assessment; returns one row per model and level, so that what is adjusted stands beside
what is not. Each level's prediction is standardised over the covariates of the same customers: the
mean of their chances of staying, everyone's answer set to the level. Without covariates, and with a
coefficient per level, it is the raw rate.

It is what the model says of these customers, with the answers that were given; not what would
happen if someone raised an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from saydo.drivers.assess import Assessment
from saydo.drivers.fitted import Array, Fitted, Quantity
from saydo.drivers.retention_models import about_model
from saydo.suppression import withheld_reason
from saydo.tables.declared import COUNT, NUMBER, TEXT, YES_NO, as_declared

NUMBERS = ["retention", "ci_low", "ci_high"]
COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("segment", "model"), TEXT),
    **dict.fromkeys(("satisfaction", *NUMBERS), NUMBER),
    **dict.fromkeys(("n", "n_left"), COUNT),
    **dict.fromkeys(("verdict", "reason"), TEXT),
    "is_headline": YES_NO,
}


def predictions(
    assessment: Assessment, *, min_cell: int = 11, confidence: float = 0.95
) -> pd.DataFrame:
    """Predicted retention at each level that was given, by every model of a segment.

    Args:
        assessment: Of one segment.
        min_cell: A model of fewer customers has no counts.
        confidence: Coverage of the intervals: on the scale of log-odds, so that they stay within 0
            and 100 (Agresti, 2013, Categorical Data Analysis, 5.1.2), as the model draws them.

    Returns:
        `segment`, `model`, `satisfaction` (points), `retention`, `ci_low`, `ci_high` (%), `n`,
        `n_left` (customers of the model), `verdict`, `reason`, `is_headline`. A refused model has
        one row without numbers, and its reason.
    """
    rows: list[dict[str, Any]] = []
    for model in assessment.models:
        about = about_model(model, assessment, min_cell=min_cell)
        if model.fit is not None:
            about["reason"] = ""
        levels = [] if model.fit is None else predicted(model.fit, confidence=confidence)
        rows += [{**about, **level} for level in levels] or [about]
    return as_declared(pd.DataFrame(rows), COLUMNS)


def predicted(fitted: Fitted, *, confidence: float = 0.95) -> list[dict[str, float]]:
    """`satisfaction`, `retention`, `ci_low`, `ci_high` of each level that was given."""
    levels = []
    for level in fitted.design.levels:
        chance = fitted.chance_at(level)
        low, high = expit(fitted.interval_of(_log_odds(chance), confidence))
        levels.append(
            {
                "satisfaction": float(level),
                "retention": 100 * chance(fitted.coefficients)[0],
                "ci_low": 100 * float(low),
                "ci_high": 100 * float(high),
            }
        )
    return levels


def _log_odds(chance: Quantity) -> Quantity:
    def log_odds(coefficients: Array) -> tuple[float, Array]:
        p, gradient = chance(coefficients)
        # d logit(p) = dp / (p (1 − p))
        return float(logit(p)), gradient / (p * (1 - p))

    return log_odds


def guarded(table: pd.DataFrame, hidden: pd.DataFrame, *, min_cell: int) -> pd.DataFrame:
    """The predictions without what would give withheld answers back.

    Where an answer of a segment is withheld, unadjusted predictions could be solved for it, as
    `retention_models.guarded` tells. Adjusted ones, whose covariates are nowhere told, are rounded
    to whole percents, and at withheld levels left out.

    Args:
        table: As `predictions` returns it, of any segments.
        hidden: Whether each level is withheld: segments by levels, as
            `dose_response.withheld_levels` returns them.
        min_cell: Fewest customers about whom anything is shown.
    """
    secret = table["segment"].isin(hidden.index[hidden.any(axis="columns")])
    by_level = hidden.stack()
    places = pd.MultiIndex.from_frame(table[["segment", "satisfaction"]])
    is_hidden = places.isin(by_level.index[by_level.to_numpy()])
    unadjusted = ~table["model"].str.startswith("adjusted")
    blank = secret & (unadjusted | is_hidden) & table["retention"].notna()
    table = table.copy()
    table.loc[secret, NUMBERS] = table.loc[secret, NUMBERS].round(0)
    table.loc[blank, NUMBERS] = np.nan
    table.loc[blank, "reason"] = withheld_reason(min_cell)
    return table

"""The models of a segment as a table: `tables/retention_models`.

Takes an assessment; returns one row per model and term. A refused model has one row without
numbers, and its reason.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from saydo.drivers.assess import Assessment
from saydo.drivers.model_table import COLUMNS as COLUMNS_OF_ALL
from saydo.drivers.model_table import EFFECT, ESTIMATES, model_table
from saydo.drivers.models import Model
from saydo.suppression import withheld_reason
from saydo.tables.declared import YES_NO

COLUMNS: Mapping[str, str] = {**COLUMNS_OF_ALL, "is_headline": YES_NO}


def retention_models(
    assessment: Assessment, *, min_cell: int = 11, confidence: float = 0.95
) -> pd.DataFrame:
    """Coefficients and marginal effects of a segment's models.

    Args:
        assessment: Of one segment.
        min_cell: A model of fewer customers has no counts either.
        confidence: Coverage of the intervals: Wald, or of Firth's penalised profile likelihood.

    Returns:
        `segment`, `model` (adjusted or unadjusted, and its form), `term`, `estimate`, `std_error`,
        `ci_low`, `ci_high` (log-odds of staying; percentage points for `average_marginal_effect`),
        `p_value` (of no relation), `n`, `n_left` (customers), `verdict`, `reason`, `is_headline`
        (the model that speaks for the segment). Levels stand against the lowest observed,
        categories against the first in alphabetical order. The slopes of a threshold whose kink
        was searched for have no error, interval or p-value: taken as if the kink were known, the
        interval of a bend that is none holds in 86 of 100 studies only (`forms.compare` has the
        p-value of the search). Its marginal effect has them, and holds in 95.
    """
    rows: list[dict[str, Any]] = []
    for model in assessment.models:
        about = about_model(model, assessment, min_cell=min_cell)
        rows += [{**about, **term} for term in _terms(model, confidence)]
    return model_table(rows, COLUMNS)


def about_model(model: Model, assessment: Assessment, *, min_cell: int) -> dict[str, Any]:
    """What every row of a model says, whatever its term."""
    shown = model.n >= min_cell
    return {
        "segment": assessment.segment,
        "model": model.name,
        "n": model.n if shown else pd.NA,
        "n_left": model.n_left if shown else pd.NA,
        "verdict": model.verdict,
        "reason": model.reason,
        "is_headline": model is assessment.headline,
    }


def guarded(models: pd.DataFrame, *, segments: Collection[str], min_cell: int) -> pd.DataFrame:
    """The models without what would give withheld answers back.

    The estimates of an unadjusted model solve equations in the counts of each answer. With the
    counts that are shown they can be solved for those that are not, to the person. So where answers
    of a segment are withheld, only marginal effects of adjusted models are shown, whose covariates
    are nowhere told. Where nothing is adjusted for, the effect stands rounded.

    Args:
        models: As `retention_models` returns them, of any segments.
        segments: Those with withheld answers.
        min_cell: Fewest customers about whom anything is shown.
    """
    numbers = list(ESTIMATES)
    is_guarded = models["segment"].isin(list(segments))
    models = models[~is_guarded | (models["term"] == EFFECT)].reset_index(drop=True)
    unadjusted = models["segment"].isin(list(segments)) & ~models["model"].str.startswith("adj")
    speaks = unadjusted & models["is_headline"].astype(bool)
    models.loc[speaks, numbers] = models.loc[speaks, numbers].round(1)
    hidden = unadjusted & ~speaks & models["estimate"].notna()
    models.loc[hidden, numbers] = np.nan
    models.loc[hidden, "reason"] = withheld_reason(min_cell)
    return models


def _terms(model: Model, confidence: float) -> list[Mapping[Any, Any]]:
    if model.fit is None or model.effect is None:
        return [{"term": EFFECT}]
    return [
        {"term": EFFECT, **asdict(model.effect)},
        *model.fit.terms(confidence).to_dict("records"),
    ]

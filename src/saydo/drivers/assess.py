"""One segment: what the evidence supports, and the models that may be shown.

Takes the patterns of one segment; returns `Assessment`: the checks, each model with its fit or the
reason why there is none, and which of them speaks for the segment (the headline) with its verdict.

Where only the adjusted model is refused (nobody left in some category, say, or a covariate leaks),
the unadjusted one speaks, as association only. So does a model of the wrong sign: one that the raw
table contradicts, or by which the satisfied leave more often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from saydo.drivers.exposures import Watch
from saydo.drivers.gate import Check, checks_before_fit
from saydo.drivers.model_checks import checks_of_models
from saydo.drivers.models import Model, customers, headline_of, model_of
from saydo.drivers.non_response import Counts, non_response
from saydo.drivers.verdicts import ASSOCIATION, ESTIMATED, NOT_MEASURED, REFUSED
from saydo.languages import gettext as _


@dataclass(frozen=True)
class Assessment:
    """What is known of one segment."""

    segment: str
    verdict: str
    reason: str
    headline: Model | None
    """The model that speaks for the segment; none where nothing could be fitted."""
    models: tuple[Model, ...]
    checks: tuple[Check, ...]


def assess(
    patterns: pd.DataFrame,
    *,
    segment: str,
    watch: Watch,
    left_out: Mapping[str, int],
    silent: Counts | None = None,
    adjust_for: Sequence[str] | None = None,
    forms: Sequence[str] = ("linear", "curved", "levels"),
    min_cell: int = 11,
    confidence: float = 0.95,
) -> Assessment:
    """Checks, models and verdict of one segment.

    Args:
        patterns: Of this segment; may be empty.
        segment: Its name.
        watch: What was watched.
        left_out: Its customers by reason, as in `Exposures.left_out`.
        silent: Its customers who could be watched and had not answered, by what they did; None
            where that was not counted.
        adjust_for: Covariates; all of `watch` if left out.
        forms: Keys of `FORMS`.
        min_cell: Fewest customers about whom anything is shown.
        confidence: Coverage of intervals.
    """
    names = watch.covariates if adjust_for is None else tuple(adjust_for)
    checks = checks_before_fit(patterns, watch=watch, left_out=left_out, min_cell=min_cell)
    if silent is not None and not patterns.empty:
        checks.append(non_response(patterns, silent, min_cell=min_cell, confidence=confidence))
    refusals = [check for check in checks if check.outcome == "refuse"]
    sets = [(), names] if names else [()]
    if refusals:
        is_empty = patterns.empty and refusals[0].name == "answers" and len(refusals) == 1
        verdict = NOT_MEASURED if is_empty else REFUSED
        # That nobody was watched needs no saying where the reason why is known.
        told = refusals[1:] if patterns.empty and len(refusals) > 1 else refusals
        reason = " ".join(check.reason for check in told)
        n, n_left = customers(patterns)
        models = tuple(
            Model(form, covariates, verdict, reason, n, n_left)
            for covariates in sets
            for form in forms
        )
        return Assessment(segment, verdict, reason, None, models, tuple(checks))
    models = tuple(
        model_of(
            patterns,
            form=form,
            adjust_for=covariates,
            watch=watch,
            min_cell=min_cell,
            confidence=confidence,
        )
        for covariates in sets
        for form in forms
    )
    headline = headline_of(models)
    checks += checks_of_models(
        models, headline, patterns, names=names, watch=watch, confidence=confidence
    )
    if headline is None:
        reason = models[-1].reason
        return Assessment(segment, REFUSED, reason, None, models, tuple(checks))
    doubts = [c.reason for c in checks if c.name == "direction" and c.outcome == "warn"]
    if doubts:
        place = models.index(headline)
        models = tuple(_lowered(model, doubts[0]) for model in models)
        headline = models[place]
    reason = headline.reason
    if names and not headline.adjust_for:
        refused = next(model for model in models if model.adjust_for)
        words = _("{reason} The adjusted model is refused: {why}")
        reason = words.format(reason=reason, why=refused.reason)
    return Assessment(segment, headline.verdict, reason, headline, models, tuple(checks))


def _lowered(model: Model, doubt: str) -> Model:
    """The model, claiming no more than an association, and why."""
    if model.verdict != ESTIMATED:
        return model
    return replace(model, verdict=ASSOCIATION, reason=f"{model.reason} {doubt}")

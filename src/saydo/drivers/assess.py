"""One segment: what the evidence supports, and the models that may be shown.

Takes the patterns of one segment; returns `Assessment`: the checks, each model with its fit or the
reason why there is none, and which of them speaks for the segment (the headline) with its verdict.

Where only the adjusted model is refused (nobody left in some category, say, or a covariate leaks),
the unadjusted one speaks, as association only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from saydo.drivers.covariates import names_of
from saydo.drivers.exposures import Watch
from saydo.drivers.gate import Check, checks_before_fit
from saydo.drivers.models import Model, customers, headline_of, interval, model_of
from saydo.drivers.verdicts import NOT_MEASURED, REFUSED
from saydo.languages import gettext as _
from saydo.languages import listed, number

TERMS_PER_LEFT = 10
"""Fewest who left (or stayed) per coefficient for estimates without noticeable bias.

Peduzzi et al. (1996), J. Clin. Epidemiol. 49."""


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
        adjust_for: Covariates; all of `watch` if left out.
        forms: Keys of `FORMS`.
        min_cell: Fewest customers about whom anything is shown.
        confidence: Coverage of intervals.
    """
    names = watch.covariates if adjust_for is None else tuple(adjust_for)
    checks = checks_before_fit(patterns, watch=watch, left_out=left_out, min_cell=min_cell)
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
    checks += [_covariates(patterns, names, watch), *_adjusted(models)]
    if headline is not None:
        checks += [_terms(headline), _direction(models, headline, confidence)]
    if headline is None:
        reason = models[-1].reason
        return Assessment(segment, REFUSED, reason, None, models, tuple(checks))
    reason = headline.reason
    if names and not headline.adjust_for:
        refused = next(model for model in models if model.adjust_for)
        words = _("{reason} The adjusted model is refused: {why}")
        reason = words.format(reason=reason, why=refused.reason)
    return Assessment(segment, headline.verdict, reason, headline, models, tuple(checks))


def _covariates(patterns: pd.DataFrame, names: Sequence[str], watch: Watch) -> Check:
    """What the adjusted model holds constant, and what it should but can't."""
    doubts = [
        _("Not adjusted for {name}: {reason}.").format(name=name, reason=reason)
        for name, reason in watch.lacking.items()
    ]
    attributes = [name for name in names if name in watch.attributes]
    if attributes:
        doubts.append(
            _("{names}: as recorded now, which may differ from when the watch began.").format(
                names=listed(attributes)
            )
        )
    total, incomplete = customers(patterns)[0], customers(patterns.dropna(subset=list(names)))[0]
    if incomplete < total:
        doubts.append(
            _(
                "{share}% of {customers} are left out of adjusted models: a covariate is unknown."
            ).format(share=number(100 * (1 - incomplete / total), 1))
        )
    if not names:
        return Check("covariates", "warn", " ".join([_("Nothing was adjusted for."), *doubts]))
    adjusted = _("Adjusted for {names}.").format(names=names_of(names))
    return Check("covariates", "warn" if doubts else "pass", " ".join([adjusted, *doubts]))


def _adjusted(models: Sequence[Model]) -> list[Check]:
    """Whether covariates separate or leak: then no form of the adjusted model could be fitted."""
    adjusted = [model for model in models if model.adjust_for]
    if not adjusted:
        return []
    if any(model.fit is not None for model in adjusted):
        return [Check("adjusted_model", "pass", _("The adjusted model has a finite estimate."))]
    return [Check("adjusted_model", "refuse", adjusted[0].reason)]


def _terms(headline: Model) -> Check:
    assert headline.fit is not None
    n_terms = len(headline.fit.design.names) - 1
    fewest = min(headline.n_left, headline.n - headline.n_left)
    is_enough = fewest >= TERMS_PER_LEFT * n_terms
    reason = (
        _(
            "The model has {terms} coefficients, for which there are enough {customers} on both "
            "sides."
        )
        if is_enough
        else _(
            "The model has {terms} coefficients, and on one side there are fewer than {least} "
            "{customers} for each. Estimates may lie too far from 0."
        )
    ).format(terms=number(n_terms, 0), least=TERMS_PER_LEFT)
    return Check("terms", "pass" if is_enough else "warn", reason)


def _direction(models: Sequence[Model], headline: Model, confidence: float) -> Check:
    """Whether the model says the same as the raw table, and what one would expect."""
    raw = next((m for m in models if m.form == headline.form and not m.adjust_for), headline)
    assert headline.effect is not None
    if raw.effect is not None:
        intervals = [interval(effect, confidence) for effect in (raw.effect, headline.effect)]
        is_clear = any(low > 0 or high < 0 for low, high in intervals)
        if is_clear and raw.effect.estimate * headline.effect.estimate < 0:
            reason = _(
                "Adjusting turns the sign: {raw} percentage points per point of satisfaction "
                "unadjusted, {adjusted} adjusted (Simpson’s paradox). Look at the groups apart."
            ).format(
                raw=number(raw.effect.estimate, 2), adjusted=number(headline.effect.estimate, 2)
            )
            return Check("direction", "warn", reason)
    if interval(headline.effect, confidence)[1] < 0:
        reason = _(
            "More satisfied {customers} leave more often. Check that high scores mean satisfied."
        )
        return Check("direction", "warn", reason)
    return Check("direction", "pass", _("The model and the raw table point the same way."))

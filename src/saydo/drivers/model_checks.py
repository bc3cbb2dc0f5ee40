"""What is doubtful about a segment's models, once they are fitted?

Takes the models and which of them speaks for the segment; returns checks, as the gate does before
a fit. None of them withdraws a number; `direction` lowers what it may claim.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from saydo.drivers.collinearity import collinearity
from saydo.drivers.covariate_names import names_of
from saydo.drivers.covariates import OWN, YEAR
from saydo.drivers.e_value import risk_ratio
from saydo.drivers.exposures import Watch
from saydo.drivers.fitted import Fitted
from saydo.drivers.gate import Check
from saydo.drivers.models import Model, customers
from saydo.drivers.turning import Turn, turn
from saydo.drivers.verdicts import NO_RELATION
from saydo.errors import NotEstimable
from saydo.languages import day, listed, number
from saydo.languages import gettext as _

TERMS_PER_LEFT = 10
"""Fewest who left (or stayed) per coefficient for estimates without noticeable bias.

Peduzzi et al. (1996), J. Clin. Epidemiol. 49."""
OLD_ANSWER_DAYS = YEAR.days / 4
"""Mean age of answers from which a quarter of the year of behaviour came after them."""
WEAK_CAUSE = 1.5
"""E-value of the interval's limit under which a relation is called easily explained away.

A convention of ours: the E-value is a scale without a threshold of its own."""


def checks_of_models(
    models: Sequence[Model],
    headline: Model | None,
    patterns: pd.DataFrame,
    *,
    names: Sequence[str],
    watch: Watch,
    confidence: float,
) -> list[Check]:
    """The checks in the order in which a reader asks.

    Args:
        models: Of one segment.
        headline: The one that speaks for it, or None where none could be fitted.
        patterns: Of this segment.
        names: Covariates asked for.
        watch: What was watched.
        confidence: Coverage of intervals.
    """
    checks = [_covariates(patterns, names, watch), *_hindsight(names, watch), *_adjusted(models)]
    if headline is None or headline.fit is None:
        return checks
    checks += [
        _terms(headline),
        _collinearity(models, headline, watch),
        _direction(headline, confidence),
    ]
    if headline.verdict != NO_RELATION:
        checks.append(_hidden_cause(headline, confidence))
    return checks


def _covariates(patterns: pd.DataFrame, names: Sequence[str], watch: Watch) -> Check:
    """What the adjusted model holds constant, and what it should but can't."""
    doubts = [
        _("Not adjusted for {name}: {reason}.").format(name=name, reason=reason)
        for name, reason in watch.lacking.items()
    ]
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


def _hindsight(names: Sequence[str], watch: Watch) -> list[Check]:
    """Whether what is adjusted for was measured after the answer, and so may follow from it."""
    if not names:
        return []
    doubts = []
    attributes = [name for name in names if name in watch.attributes]
    if attributes:
        doubts.append(
            _("{names}: as recorded now, which may differ from when the watch began.").format(
                names=listed(attributes)
            )
        )
    behaviour = [
        name
        for name in names
        if name in OWN and OWN[name].is_behaviour and name not in watch.attributes
    ]
    age = watch.answer_age_days or 0.0
    if behaviour and watch.landmark is not None and age > OLD_ANSWER_DAYS:
        doubts.append(
            _(
                "{names}: counted up to {start}, on average {days} days after the answer, so that "
                "what the answer led to is held constant too."
            ).format(names=names_of(behaviour), start=day(watch.landmark), days=number(age, 0))
        )
    if doubts:
        return [Check("hindsight", "warn", " ".join(doubts))]
    reason = _("What is adjusted for was known when the watch began, soon after the answers.")
    return [Check("hindsight", "pass", reason)]


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


def _collinearity(models: Sequence[Model], headline: Model, watch: Watch) -> Check:
    assert headline.fit is not None
    found = collinearity(headline.fit)
    numbers = {
        "inflation": number(max(found.inflation.values()), 1),
        "condition": number(found.condition, 0),
    }
    if found.entangled:
        named = [watch.item if name == "satisfaction" else name for name in found.entangled]
        reason = _(
            "{names} say nearly the same (variance inflation up to {inflation}, condition number "
            "{condition}): their coefficients can hardly be told apart. Leave one out of "
            "satisfaction.adjust_for."
        ).format(names=names_of(named), **numbers)
        return Check("collinearity", "warn", reason)
    reason = _(
        "Satisfaction and what is adjusted for can be told apart (variance inflation up to "
        "{inflation}, condition number {condition})."
    ).format(**numbers)
    if aliased := headline.fit.design.aliased:
        # Told, not warned of: what is the same for all of a segment can't confound within it.
        left_out = _("Left out as constant, or fixed by the others: {names}.")
        reason = f"{reason} {left_out.format(names=names_of(aliased))}"
    return Check("collinearity", "pass", reason)


def _direction(headline: Model, confidence: float) -> Check:
    """Whether the model says the same as the raw table, and what one would expect."""
    assert headline.effect is not None and headline.fit is not None
    found = _turn(headline.fit) if headline.adjust_for else None
    if found is not None and found.is_reversal(confidence):
        reason = _(
            "Adjusting turns the sign: {raw} percentage points per point of satisfaction "
            "unadjusted, {adjusted} adjusted (Simpson’s paradox). Look at the groups apart."
        ).format(raw=number(found.unadjusted, 2), adjusted=number(found.adjusted, 2))
        return Check("direction", "warn", reason)
    if headline.effect.ci_high < 0:
        reason = _(
            "More satisfied {customers} leave more often. Check that high scores mean satisfied."
        )
        return Check("direction", "warn", reason)
    return Check("direction", "pass", _("The model and the raw table point the same way."))


def _turn(fitted: Fitted) -> Turn | None:
    """What adjusting did; None where nothing can be said without it, so that nothing turned."""
    try:
        return turn(fitted)
    except NotEstimable:
        return None


def _hidden_cause(headline: Model, confidence: float) -> Check:
    assert headline.fit is not None
    ratio = risk_ratio(headline.fit, confidence=confidence)
    reason = (
        _(
            "The dissatisfied left {ratio} times as often as the satisfied ({confidence}% interval "
            "{low} to {high}). To explain this away, a hidden cause would have to go with both the "
            "answer and leaving by a factor of {needed} ({needed_low} for the interval): the "
            "E-value."
        )
        if ratio.of_leaving
        else _(
            "The satisfied stayed {ratio} times as often as the dissatisfied ({confidence}% "
            "interval {low} to {high}). To explain this away, a hidden cause would have to go with "
            "both the answer and staying by a factor of {needed} ({needed_low} for the interval): "
            "the E-value."
        )
    ).format(
        ratio=number(ratio.estimate, 2),
        confidence=number(100 * confidence, 0),
        low=number(ratio.ci_low, 2),
        high=number(ratio.ci_high, 2),
        needed=number(ratio.e_value, 2),
        needed_low=number(ratio.e_value_of_limit, 2),
    )
    return Check("hidden_cause", "warn" if ratio.e_value_of_limit < WEAK_CAUSE else "pass", reason)

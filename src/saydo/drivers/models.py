"""One model of one segment: fitted, judged and put in a sentence, or refused with the reason.

Takes the patterns of a segment that has passed the gate; returns `Model`, with its verdict, its
sentence and, unless refused, its fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from saydo.drivers.covariate_names import names_of
from saydo.drivers.discrimination import is_leak
from saydo.drivers.exposures import Watch
from saydo.drivers.firth import firth
from saydo.drivers.fit import fit
from saydo.drivers.fitted import Fitted, MarginalEffect
from saydo.drivers.gate import too_few
from saydo.drivers.separation import Separated
from saydo.drivers.verdicts import ASSOCIATION, ESTIMATED, NO_RELATION, REFUSED
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.languages import number, signed

MIN_PER_LEVEL = 5
NO_ACCIDENT = 0.001
"""Chance under which a covariate that tells exactly who stays is taken for a leak."""
DETECTABLE = norm.ppf(0.975) + norm.ppf(0.8)
"""Standard errors that an effect must measure to be found at 5 % with 80 % power: 2.80."""


@dataclass(frozen=True)
class Model:
    """One model of one segment, or why it is not shown."""

    form: str
    adjust_for: tuple[str, ...]
    verdict: str
    reason: str
    n: int
    n_left: int
    fit: Fitted | None = None
    effect: MarginalEffect | None = None

    @property
    def name(self) -> str:
        return f"{'adjusted' if self.adjust_for else 'unadjusted'} {self.form}"


def model_of(
    patterns: pd.DataFrame,
    *,
    form: str,
    adjust_for: tuple[str, ...],
    watch: Watch,
    min_cell: int,
    confidence: float,
) -> Model:
    """The model with its verdict; without a fit where it is refused."""
    complete = patterns.dropna(subset=list(adjust_for))
    n, n_left = customers(complete)
    reason = too_few(n - n_left, n_left, min_cell=min_cell)
    if reason is not None:
        reason = _("Of the {customers} whose covariates are all known, {reason}.").format(
            reason=reason
        )
        return Model(form, adjust_for, REFUSED, reason, n, n_left)
    try:
        fitted, how = _fitted(patterns, form, adjust_for)
        effect = fitted.marginal_effect(confidence)
    except NotEstimable as refusal:
        return Model(form, adjust_for, REFUSED, _capital(f"{refusal}."), n, n_left)
    leak = _leaking(fitted)
    if leak is not None:
        return Model(form, adjust_for, REFUSED, leak, n, n_left)
    verdict, reason = told(effect, adjust_for, watch, confidence)
    return Model(form, adjust_for, verdict, f"{reason}{how}", n, n_left, fitted, effect)


def _fitted(patterns: pd.DataFrame, form: str, adjust_for: tuple[str, ...]) -> tuple[Fitted, str]:
    """The model, and why it is not the usual one: Firth's, where few are told apart exactly.

    Many who are told apart by covariates are no accident of few. Then the model stays refused.
    """
    try:
        return fit(patterns, form=form, adjust_for=adjust_for), ""
    except Separated as separated:
        is_telling = not separated.by_answers and separated.by_chance < NO_ACCIDENT
        # The kink of a threshold is looked for by the likelihood, which here has no maximum.
        if is_telling or form == "threshold":
            raise
        how = _("Estimated by Firth’s penalised likelihood, because {why}.").format(why=separated)
        return firth(patterns, form=form, adjust_for=adjust_for), f" {how}"


def _leaking(fitted: Fitted) -> str | None:
    """Why the model tells too well who stays, naming the covariates that do, or None."""
    counts = fitted.patterns["n_stayed"], fitted.patterns["n_left"]
    n_terms = len(fitted.design.names) - 1
    if not is_leak(fitted.chances(), *counts, n_terms=n_terms):
        return None
    leaking = [name for name in fitted.adjust_for if _leaks_alone(fitted.patterns, name)]
    return _(
        "With {names} the model tells almost perfectly who left, as if written with knowledge of "
        "the outcome. Check how and when that was recorded, or leave it out of "
        "satisfaction.adjust_for."
    ).format(names=names_of(leaking or fitted.adjust_for))


def _leaks_alone(patterns: pd.DataFrame, name: str) -> bool:
    by_value = patterns.groupby(name)[["n_stayed", "n_left"]].sum()
    chance = by_value["n_stayed"] / by_value.sum(axis=1)
    return is_leak(chance, by_value["n_stayed"], by_value["n_left"], n_terms=len(by_value) - 1)


def told(
    effect: MarginalEffect, adjust_for: tuple[str, ...], watch: Watch, confidence: float
) -> tuple[str, str]:
    """What may be claimed of an effect whose interval has this confidence: verdict and sentence."""
    numbers = {
        "effect": signed(effect.estimate, 2),
        "low": signed(effect.ci_low, 2),
        "high": signed(effect.ci_high, 2),
        "confidence": number(100 * confidence, 0),
        "names": names_of(adjust_for),
    }
    caveats = []
    if not watch.has_time_order:
        caveats.append(_("It is unknown whether answers came before leaving."))
    if not adjust_for:
        caveats.append(_("Nothing was adjusted for."))
    if effect.ci_low <= 0 <= effect.ci_high:
        verdict = NO_RELATION
        text = _(
            "One point more goes with {effect} percentage points in staying, and the "
            "{confidence}% interval ({low} to {high}) covers 0: no relation fits the data, and "
            "so does any within the interval. Only from about {detectable} on would one have been "
            "likely to show."
        ).format(**numbers, detectable=number(DETECTABLE * effect.std_error, 2))
    else:
        verdict = ASSOCIATION if caveats else ESTIMATED
        text = (
            _(
                "One point more goes with {effect} percentage points in staying ({confidence}% "
                "interval {low} to {high}), adjusted for {names}."
            )
            if adjust_for
            else _(
                "One point more goes with {effect} percentage points in staying ({confidence}% "
                "interval {low} to {high})."
            )
        ).format(**numbers)
    return verdict, " ".join([text, *caveats])


def headline_of(models: Sequence[Model]) -> Model | None:
    """The model that speaks for a segment, or None if none could be fitted.

    The adjusted before the unadjusted; levels where each whole point of the scale has at least
    `MIN_PER_LEVEL` who stayed and as many who left, else curved, else linear. A straight line is
    the last choice: satisfaction seldom pays as much at the top as at the bottom, and where few
    left, the line's interval is short and in the wrong place.

    The form that fits best (`forms.compare`) does not speak: an interval after choosing by the same
    data does not hold as often as it says. The rule looks at counts alone, as an analysis plan
    would; by level nothing is assumed of the shape.
    """
    for is_adjusted in (True, False):
        fitted = [m for m in models if m.fit is not None and bool(m.adjust_for) == is_adjusted]
        by_form = {model.form: model for model in fitted}
        if "levels" in by_form and _levels_filled(by_form["levels"]):
            return by_form["levels"]
        if fitted:
            return by_form.get("curved") or by_form.get("linear") or fitted[0]
    return None


def _levels_filled(model: Model) -> bool:
    assert model.fit is not None
    patterns = model.fit.patterns
    low, high = patterns["scale_min"].iloc[0], patterns["scale_max"].iloc[0]
    levels = patterns.groupby("satisfaction")[["n_stayed", "n_left"]].sum()
    whole_points = np.arange(low, high + 1)
    return bool(
        np.array_equal(levels.index.to_numpy(), whole_points)
        and (levels.to_numpy() >= MIN_PER_LEVEL).all()
    )


def customers(patterns: pd.DataFrame) -> tuple[int, int]:
    """How many, and how many of them left."""
    n_left = int(patterns["n_left"].sum())
    return int(patterns["n_stayed"].sum()) + n_left, n_left


def _capital(clause: str) -> str:
    return clause[:1].upper() + clause[1:]

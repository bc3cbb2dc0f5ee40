"""What would the survey say, and go with, had everyone answered?

Takes response patterns of one segment; returns readings of the survey and the marginal effect of
satisfaction on staying without weights, with them, and the difference: what weighting changes, with
an interval of its own, as both come from the same customers. See `weights` for what weights can and
cannot remove.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from saydo.drivers.answering.influence import (
    Answers,
    Estimate,
    as_given,
    as_weighted,
    marginal_effect,
    mean,
)
from saydo.drivers.answering.weights import MIN_EACH, Weights, response_weights
from saydo.drivers.model_table import EFFECT, ESTIMATES, KEYS, model_table
from saydo.drivers.verdicts import ASSOCIATION, ESTIMATED, NO_RELATION, REFUSED
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.suppression import withheld_reason
from saydo.tables.declared import COUNT, NUMBER, TEXT
from saydo.tables.scope import satisfied_from

MODELS = ("unweighted", "weighted", "difference")
COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(KEYS, TEXT),
    **dict.fromkeys(ESTIMATES, NUMBER),
    **dict.fromkeys(("n", "n_left"), COUNT),
    "n_effective": NUMBER,
    **dict.fromkeys(("verdict", "reason"), TEXT),
}
NPS_SCALE = (0.0, 10.0)

Reading = Callable[[Answers], Estimate]


def mean_satisfaction(answers: Answers) -> Estimate:
    """In points of the scale."""
    return mean(answers, answers.satisfaction)


def share_satisfied(answers: Answers) -> Estimate:
    """In %: answers in the top quarter of the scale."""
    bound = satisfied_from(answers.of("scale_min"), answers.of("scale_max")).to_numpy(float)
    return mean(answers, 100.0 * (answers.satisfaction >= bound))


def net_promoter_score(answers: Answers) -> Estimate:
    """% of 9 and 10 less % of 0 to 6, of a scale from 0 to 10."""
    said = answers.satisfaction
    return mean(answers, 100.0 * (said >= 9) - 100.0 * (said <= 6))


def retention_of(answers: Answers, *, level: float) -> Estimate:
    """% who stayed of those who gave this answer."""
    stayed = 100.0 * answers.of("stayed").to_numpy(float)
    return mean(answers, stayed, within=answers.satisfaction == level)


def readings(patterns: pd.DataFrame) -> Mapping[str, Reading]:
    """What can be read off these answers, by the name of its term."""
    answered = patterns.dropna(subset=["satisfaction"])
    scale = tuple(patterns[["scale_min", "scale_max"]].iloc[0])
    found: dict[str, Reading] = {
        "mean_satisfaction": mean_satisfaction,
        "share_satisfied": share_satisfied,
    }
    if scale == NPS_SCALE:
        found["nps"] = net_promoter_score
    for level in sorted(answered["satisfaction"].unique()):
        found[f"retention[{level:g}]"] = partial(retention_of, level=level)
    return found


def reweighted(
    patterns: pd.DataFrame,
    *,
    segment: str,
    adjust_for: Sequence[str] = (),
    form: str = "linear",
    has_time_order: bool = True,
    withheld_levels: Collection[float] = (),
    no_effect: str = "",
    min_cell: int = 11,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Readings and marginal effect without and with weights for who answers.

    Weights rest on every covariate of the patterns and on staying, whatever the effect is adjusted
    for. Errors are sandwiches that take weights as estimated.

    Args:
        patterns: Of one segment, as `response_patterns` returns them.
        segment: Its name.
        adjust_for: Covariates of the marginal effect.
        form: Of the marginal effect, a key of `drivers.design.FORMS`.
        has_time_order: `Watch.has_time_order`.
        withheld_levels: Answers of which nothing may be told, nor what counts them. The mean and
            the effect are then rounded, unless they rest on covariates, as in
            `retention_models.guarded`.
        no_effect: Why the marginal effect is refused; "" if it is not.
        min_cell: Fewest customers about whom anything is shown.
        confidence: Coverage of the intervals (Wald).

    Returns:
        The columns of `retention_models` without `is_headline`, and `n_effective` (Kish). `model`
        is one of `MODELS`; `term` is `mean_satisfaction` (points), `share_satisfied` (%), `nps`
        (on 0 to 10), `retention[…]` (%, of an answer) or `average_marginal_effect` (percentage
        points). `p_value` is of no effect, and of no difference. `n` is respondents. Where weights
        can't be made, their rows have no numbers but the reason.
    """
    answered = patterns.dropna(subset=["satisfaction"])
    n_left = int(answered["n_left"].sum())
    n = int(answered["n_stayed"].sum()) + n_left
    about = {"segment": segment, "n": n, "n_left": n_left, "n_effective": float(n)}
    if n < min_cell:
        row = {"segment": segment, "model": "weighted", "term": EFFECT, "verdict": REFUSED}
        return model_table([row | {"reason": withheld_reason(min_cell)}], COLUMNS)
    try:
        weights = response_weights(patterns)
    except NotEstimable as refusal:
        row = {"model": "weighted", "term": EFFECT, "verdict": REFUSED}
        return model_table([about | row | {"n_effective": np.nan, "reason": f"{refusal}"}], COLUMNS)
    wanted = dict(readings(patterns))
    if not no_effect:
        wanted[EFFECT] = partial(effect_unless_few, form=form, adjust_for=tuple(adjust_for))
    kept = _withheld_terms(patterns, withheld_levels)
    rows: list[dict[str, Any]] = []
    for term, reading in wanted.items():
        if term in kept:
            hidden = {"term": term, "n_effective": np.nan, "reason": withheld_reason(min_cell)}
            rows += [{**hidden, "segment": segment, "model": model} for model in MODELS]
            continue
        rows += [about | row for row in _rows(weights, term, reading, confidence)]
    if no_effect:
        rows += [about | row for row in _refused(EFFECT, no_effect)]
    table = model_table(rows, COLUMNS)
    if not (adjust_for and has_time_order):
        is_claim = (table["term"] == EFFECT) & (table["verdict"] == ESTIMATED)
        table.loc[is_claim, "verdict"] = ASSOCIATION
    if withheld_levels:
        rests_on_covariates = (table["model"] == "weighted") & bool(weights.on)
        rests_on_covariates |= (table["term"] == EFFECT) & bool(adjust_for)
        table.loc[~rests_on_covariates, list(ESTIMATES)] = table[list(ESTIMATES)].round(1)
    return table


def _withheld_terms(patterns: pd.DataFrame, levels: Collection[float]) -> set[str]:
    """What would count answers of these levels: their retention, and shares of which they are."""
    if not levels:
        return set()
    satisfied = satisfied_from(*patterns[["scale_min", "scale_max"]].iloc[0])
    shares = {"nps"} | ({"share_satisfied"} if max(levels) >= satisfied else set())
    return shares | {f"retention[{level:g}]" for level in levels}


def effect_unless_few(answers: Answers, *, form: str, adjust_for: tuple[str, ...]) -> Estimate:
    """The marginal effect, unless too few stayed or left."""
    known = pd.DataFrame({name: answers.of(name).notna() for name in adjust_for})
    stayed = answers.of("stayed").to_numpy(bool)
    count = answers.count * known.all(axis=1).to_numpy(bool) if adjust_for else answers.count
    # Nothing is named that is small: the reason says how many are needed.
    if min(count @ stayed, count @ ~stayed) < MIN_EACH:
        raise NotEstimable(
            _("an estimate needs at least {least} who stayed and {least} who left").format(
                least=MIN_EACH
            )
        )
    return marginal_effect(answers, form=form, adjust_for=adjust_for)


def _rows(weights: Weights, term: str, reading: Reading, confidence: float) -> list[dict[str, Any]]:
    try:
        plain, weighted = reading(as_given(weights)), reading(as_weighted(weights))
    except NotEstimable as refusal:
        return _refused(term, f"{refusal}")
    found = dict(zip(MODELS, (plain, weighted, weighted - plain), strict=True))
    is_share = term == "share_satisfied" or term.startswith("retention[")
    rows = []
    for model, estimate in found.items():
        value, error = estimate.value, estimate.std_error
        of_share = is_share and model != "difference"
        low, high = (_wilson if of_share else _wald)(estimate, confidence)
        is_tested = model == "difference" or term == EFFECT
        is_claim = model != "difference" and term == EFFECT
        covers_0 = not (low > 0 or high < 0)
        rows.append(
            {
                "model": model,
                "term": term,
                "estimate": value,
                "std_error": error,
                "ci_low": low,
                "ci_high": high,
                "p_value": 2 * norm.sf(abs(value) / error) if is_tested and error else np.nan,
                "n_effective": estimate.n_effective,
                "verdict": NO_RELATION if is_claim and covers_0 else ESTIMATED,
                "reason": "",
            }
        )
    return rows


def _refused(term: str, reason: str) -> list[dict[str, Any]]:
    about = {"term": term, "verdict": REFUSED, "reason": reason, "n_effective": np.nan}
    return [{"model": model, **about} for model in MODELS]


def _wald(estimate: Estimate, confidence: float) -> tuple[float, float]:
    # Where all agree, errors are 0 and the interval is unknown.
    reach = norm.ppf(0.5 + confidence / 2) * (estimate.std_error or np.nan)
    return estimate.value - reach, estimate.value + reach


def _wilson(estimate: Estimate, confidence: float) -> tuple[float, float]:
    """Wilson's interval of a % on the sample size that its error amounts to.

    Korn & Graubard (1998, Survey Methodology 24) take Clopper and Pearson's on it; where all agree
    there is no error, and the size is Kish's.
    """
    share = estimate.value / 100
    variance = (estimate.std_error / 100) ** 2
    # Rounding leaves a trace of error where there is none.
    size = share * (1 - share) / variance if variance > 1e-16 else estimate.n_effective
    low, high = proportion_confint(share * size, size, alpha=1 - confidence, method="wilson")
    return 100 * float(low), 100 * float(high)

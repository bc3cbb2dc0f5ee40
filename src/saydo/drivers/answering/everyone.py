"""Every table about who answers, for all segments: what the preparation of a run may store.

Takes exposures, and invitations where there are any; returns tidy tables by name. A segment that
can't be judged is a row with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.drivers.answering.asking import COLUMNS as ASKING
from saydo.drivers.answering.asking import asked_patterns, asking, not_asked
from saydo.drivers.answering.responders import COLUMNS as RESPONDERS
from saydo.drivers.answering.responders import responders
from saydo.drivers.answering.reweighted import COLUMNS as REWEIGHTED
from saydo.drivers.answering.reweighted import effect_unless_few, mean_satisfaction, reweighted
from saydo.drivers.answering.silent import by_delta, tipping_point
from saydo.drivers.answering.weights import Weights, balance, response_weights
from saydo.drivers.dose_response import withheld_levels
from saydo.drivers.exposures import Exposures
from saydo.drivers.model_table import EFFECT
from saydo.drivers.patterns import COUNTS, answered
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.suppression import withheld_reason
from saydo.tables.declared import COUNT, NUMBER, TEXT, YES_NO, as_declared

RESPONSE_BALANCE: Mapping[str, str] = {
    **dict.fromkeys(("segment", "term"), TEXT),
    **dict.fromkeys(("before", "after"), NUMBER),
    "is_balanced": YES_NO,
    "n": COUNT,
    "reason": TEXT,
}
SILENT: Mapping[str, str] = {
    **dict.fromkeys(("segment", "term", "among"), TEXT),
    **dict.fromkeys(("delta", "estimate", "std_error", "ci_low", "ci_high"), NUMBER),
    "tipping_point": NUMBER,
    "n": COUNT,
    "reason": TEXT,
}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "responders": RESPONDERS,
    "reweighted": REWEIGHTED,
    "response_balance": RESPONSE_BALANCE,
    "silent": SILENT,
    "asking": ASKING,
}
"""Of each table of `who_answers`: the type of each column."""


def who_answers(
    exposures: Exposures,
    patterns: pd.DataFrame,
    invitations: ir.Table | None = None,
    *,
    max_age_days: int,
    no_effect: Mapping[str, str] = MappingProxyType({}),
    min_cell: int = 11,
    confidence: float = 0.95,
) -> dict[str, pd.DataFrame]:
    """Everything of this package, for every segment.

    Args:
        exposures: As `drivers.exposures` makes them.
        patterns: Of these, as `response_patterns` returns them.
        invitations: `customer_id`, `sent_at`, and `delivered` if known.
        max_age_days: How long before the landmark an answer, and asking, counts.
        no_effect: Why satisfaction's effect on staying is refused, of segments of which it is.
        min_cell: Fewest customers about whom anything is shown.
        confidence: Coverage of the intervals.

    Returns:
        `responders` and `reweighted`, as the functions of these names give them;
        `response_balance` (`segment`, `term`, `before`, `after` weighting, in standard deviations
        from everyone, `is_balanced`, `reason`); `silent`: the mean and the marginal effect by
        `delta` as `by_delta` gives them, with `segment`, `term`, `reason` and the `tipping_point`
        (points; null if none) at which the effect's interval reaches 0; `asking`. `n` is
        respondents, null where their number is withheld.
    """
    segments = list(patterns["segment"].unique())
    hidden = withheld_levels(answered(patterns), min_cell=min_cell).reindex(
        segments, fill_value=False
    )
    table = responders(patterns, min_cell=min_cell, confidence=confidence)
    secret = table.loc[table["reason"] != "", "segment"]
    watch = exposures.watch
    reweighting, balances, silents = [], [], []
    for segment in segments:
        one = patterns[patterns["segment"] == segment]
        found = reweighted(
            one,
            segment=segment,
            adjust_for=watch.covariates,
            has_time_order=watch.has_time_order,
            withheld_levels=list(hidden.columns[hidden.loc[segment]]),
            no_effect=no_effect.get(segment, ""),
            min_cell=min_cell,
            confidence=confidence,
        )
        is_secret = segment in set(secret)
        if is_secret:
            # Counts would tell what the table of responders withholds.
            found = found.assign(n=pd.NA, n_left=pd.NA, n_effective=pd.NA)
        reweighting.append(as_declared(found, REWEIGHTED))
        answers = answered(one)[list(COUNTS)].to_numpy().sum()
        n = pd.NA if is_secret else int(answers)
        balances.append(_balance(one, segment=segment, n=n, min_cell=min_cell))
        silents.append(
            _silent(
                one,
                segment=segment,
                adjust_for=watch.covariates,
                no_effect=no_effect.get(segment, ""),
                n=n,
                min_cell=min_cell,
                confidence=confidence,
            )
        )
    return {
        "responders": table,
        "reweighted": pd.concat(reweighting, ignore_index=True),
        "response_balance": pd.concat(balances, ignore_index=True),
        "silent": pd.concat(silents, ignore_index=True),
        "asking": _asking(
            exposures,
            invitations,
            segments,
            max_age_days=max_age_days,
            min_cell=min_cell,
            confidence=confidence,
        ),
    }


def _weights(patterns: pd.DataFrame, *, min_cell: int) -> Weights:
    """Weights, unless so few answered, or are silent, that nothing is told of them."""
    n = patterns["n_stayed"] + patterns["n_left"]
    n_answered = int(n[patterns["satisfaction"].notna()].sum())
    if min(n_answered, int(n.sum()) - n_answered) < min_cell:
        raise NotEstimable(withheld_reason(min_cell))
    return response_weights(patterns)


def _balance(patterns: pd.DataFrame, *, segment: str, n: Any, min_cell: int) -> pd.DataFrame:
    try:
        found = balance(_weights(patterns, min_cell=min_cell))
    except NotEstimable as refusal:
        row = {"segment": segment, "reason": f"{refusal}"}
        return as_declared(pd.DataFrame([row]), RESPONSE_BALANCE)
    # Means of categories would count small ones; rounded differences do not.
    found = found.assign(segment=segment, reason="", n=n).round({"before": 2, "after": 2})
    return as_declared(found[list(RESPONSE_BALANCE)], RESPONSE_BALANCE)


def _silent(
    patterns: pd.DataFrame,
    *,
    segment: str,
    adjust_for: Sequence[str],
    no_effect: str,
    n: Any,
    min_cell: int,
    confidence: float,
) -> pd.DataFrame:
    """The mean and the effect by delta: of all the silent, and of those who stayed."""
    effect = partial(effect_unless_few, form="linear", adjust_for=tuple(adjust_for))
    wanted = (("mean_satisfaction", mean_satisfaction, "everyone"), (EFFECT, effect, "stayed"))
    parts = []
    for term, reading, among in wanted:
        about = {"segment": segment, "term": term, "among": among}
        if term == EFFECT and no_effect:
            parts.append(pd.DataFrame([about | {"reason": no_effect}]))
            continue
        try:
            weights = _weights(patterns, min_cell=min_cell)
            found = by_delta(weights, reading, among=among, confidence=confidence)
            turn = (
                tipping_point(weights, reading, among=among, confidence=confidence)
                if term == EFFECT
                else None
            )
        except NotEstimable as refusal:
            parts.append(pd.DataFrame([about | {"reason": f"{refusal}"}]))
            continue
        if not weights.on:
            # Made of counts of answers alone, which could be solved for.
            numbers = ["estimate", "std_error", "ci_low", "ci_high"]
            found[numbers] = found[numbers].round(1)
        turn = np.nan if turn is None else round(turn, 2)
        parts.append(found.assign(**about, tipping_point=turn, n=n, reason=""))
    return pd.concat([as_declared(part, SILENT) for part in parts], ignore_index=True)


def _asking(
    exposures: Exposures,
    invitations: ir.Table | None,
    segments: Sequence[str],
    *,
    max_age_days: int,
    min_cell: int,
    confidence: float,
) -> pd.DataFrame:
    if invitations is None:
        return not_asked(segments, _("Not measured ({lack}).").format(lack=_("needs invitations")))
    try:
        patterns = asked_patterns(exposures, invitations, max_age_days=max_age_days)
    except NotEstimable as refusal:
        return not_asked(segments, f"{refusal}")
    tables = [
        asking(
            patterns[patterns["segment"] == segment],
            segment=segment,
            min_cell=min_cell,
            confidence=confidence,
        )
        for segment in segments
    ]
    return pd.concat(tables, ignore_index=True)

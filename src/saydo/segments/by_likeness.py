"""Whom do the silent behave like? Their group of needs, guessed from what they do.

A multinomial logit of the groups of those who answered on their behaviour. Before anybody is placed
by it, it is asked of respondents whom it has not seen (ten-fold cross-validation), and refused
where it is not right more often than calling everyone one of the largest group would be, or where
of those to be placed fewer are right than `min_probability`. It holds for the silent so far as they
want what respondents of the same behaviour want, which no data tell.

What is learned are plain values, as a pin keeps them: `measured` of the test, with `reason` if it
is refused, and else `behaviours` (name, kind, mean and sd) and `groups` (intercept, weights).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint
from threadpoolctl import threadpool_limits

from saydo.languages import gettext as _
from saydo.languages import noop
from saydo.params import ByNeeds
from saydo.segments.behaviour_values import measures_of, value_in, values_of
from saydo.segments.choice import rounded

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

FOLDS = 10
LOOSE = 30.0
"""Inverse strength of the penalty: weights stay finite where behaviour parts groups in full, and
probabilities are neither too low (with the usual 1 by six points) nor too high (with 1000)."""

NOTHING_TOLD = noop(
    "what {customers} do does not tell what they want: told by it, no more are right than if all "
    "were in the largest group"
)
TOO_SURE = noop("told by what {customers} do, fewer are right than the least probability asks for")
TOO_FEW = noop("a group has too few who answered to be told by what {customers} do")
ONE_GROUP = noop("there is one group only")
NO_BEHAVIOUR = noop("nothing is known of what {customers} do")


def learned_likeness(
    respondents: pd.DataFrame,
    group: NDArray[np.integer],
    how: ByNeeds,
    *,
    tested: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What tells a group from behaviour, tested; with a `reason` where nobody is to be placed.

    Args:
        respondents: What they do, as far as known; one row per respondent in an order of its own.
        group: The number of each one's group.
        how: The least probability.
        tested: What was learned from customers of whom these are a resample: the test is not
            repeated.
    """
    if tested and "reason" in tested:
        return dict(tested)
    sizes = np.unique(group, return_counts=True)[1]
    measures = measures_of(respondents)
    if len(sizes) == 1:
        return _refused({}, ONE_GROUP)
    if not measures:
        return _refused({}, NO_BEHAVIOUR)
    if sizes.min() < FOLDS:
        return _refused({}, TOO_FEW)
    # Not above: pages import this package, and learn nothing.
    from sklearn.linear_model import LogisticRegression

    values = np.column_stack([values_of(respondents, each) for each in measures])
    model = LogisticRegression(C=LOOSE, solver="newton-cholesky", tol=1e-10, max_iter=500)
    with threadpool_limits(limits=1):
        measured = (
            tested["measured"] if tested else _measured(model, values, group, how.min_probability)
        )
        model.fit(values, group)
    if measured["gain_low"] <= 0:
        return _refused(measured, NOTHING_TOLD)
    if measured["n_told"] and measured["right_high"] < how.min_probability:
        return _refused(measured, TOO_SURE)
    # Of two groups there is one row, for the second against the first.
    weights = model.coef_ if len(sizes) > 2 else np.vstack([0 * model.coef_, model.coef_])
    intercepts = model.intercept_ if len(sizes) > 2 else np.append(0.0, model.intercept_)
    return {
        "measured": measured,
        "behaviours": measures,
        "groups": [
            {
                "number": int(number),
                "intercept": rounded(intercept),
                "weights": [rounded(weight) for weight in row],
            }
            for number, intercept, row in zip(model.classes_, intercepts, weights, strict=True)
        ],
    }


def likely_groups(silent: ir.Table, likeness: Mapping[str, Any]) -> ir.Table:
    """`silent` with `likely` (number of the most probable group) and `probability` (0 to 1).

    Null where nobody is to be placed, or a behaviour that was learned from is not known any more.
    """
    known = {each["name"] for each in likeness.get("behaviours", ())} <= set(silent.columns)
    if "reason" in likeness or not known:
        return silent.mutate(likely=ibis.null("int64"), probability=ibis.null("float64"))
    values = {
        f"behaviour_{place}": value_in(silent, each)
        for place, each in enumerate(likeness["behaviours"])
    }
    scored = silent.mutate(**values)
    groups = likeness["groups"]
    scores = {
        # What differs by the order of a sum must not decide between equals.
        f"score_{place}": sum(
            (scored[name] * weight for name, weight in zip(values, each["weights"], strict=True)),
            ibis.literal(each["intercept"], "float64"),
        ).round(9)
        for place, each in enumerate(groups)
    }
    scored = scored.mutate(**scores)
    scored = scored.mutate(score=ibis.greatest(*(scored[name] for name in scores)))
    best = [
        (scored[name] == scored.score, each["number"])
        for name, each in zip(scores, groups, strict=True)
    ]
    odds = sum(((scored[name] - scored.score).exp() for name in scores), ibis.literal(0.0))
    told = scored.mutate(likely=ibis.cases(*best).cast("int64"), probability=(1 / odds).round(9))
    return told.drop(*values, *scores, "score")


def placing_table(silent: ir.Table, likeness: Mapping[str, Any], how: ByNeeds) -> pd.DataFrame:
    """How well behaviour tells needs, and whom it placed: one row.

    `verdict` (estimated, or refused with a `reason`). Of respondents, each told by a model that had
    not seen them: `n` of them, `accuracy` (share right), `largest_share` (right if all were
    called one of the largest group), `gain` (the difference); of those told with `min_probability`:
    `n_told`, `stated` (mean probability) and `right` (share). Of the silent: `n_silent`,
    `n_placed`, `share_placed`, `probability` (mean, of those placed). Shares run from 0 to 1;
    `_low` and `_high` bound their 95 % interval.
    """
    told = likely_groups(silent, likeness)
    is_placed = (told.probability >= how.min_probability).fill_null(False)
    counts = told.aggregate(
        n_silent=told.count(),
        n_placed=is_placed.sum().fill_null(0),
        probability=told.probability.mean(where=is_placed),
    ).execute()
    counts = counts.astype({"n_silent": "Int64", "n_placed": "Int64", "probability": "Float64"})
    share = counts["n_placed"] / counts["n_silent"].where(counts["n_silent"] > 0)
    counts.insert(2, "share_placed", share.astype("Float64"))
    measured = pd.DataFrame([likeness["measured"]], columns=list(_MEASURED)).astype(_MEASURED)
    reason = _(likeness["reason"]) if "reason" in likeness else ""
    table = pd.concat([measured, counts], axis=1)
    table.insert(0, "verdict", "refused" if reason else "estimated")
    table.insert(1, "reason", reason)
    return table


_MEASURED = {
    "n": "Int64",
    **dict.fromkeys(
        (
            "accuracy",
            "accuracy_low",
            "accuracy_high",
            "largest_share",
            "gain",
            "gain_low",
            "gain_high",
        ),
        "Float64",
    ),
    "n_told": "Int64",
    **dict.fromkeys(("stated", "right", "right_low", "right_high"), "Float64"),
}


def _refused(measured: Mapping[str, Any], reason: str) -> dict[str, Any]:
    return {"measured": dict(measured), "reason": reason}


def _measured(
    model: LogisticRegression,
    values: NDArray[np.float64],
    group: NDArray[np.integer],
    min_probability: float,
) -> dict[str, Any]:
    """What respondents are told by a model of the others."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(FOLDS)
    told = cross_val_predict(model, values, group, cv=folds, method="predict_proba")
    numbers, sizes = np.unique(group, return_counts=True)
    is_right = numbers[told.argmax(axis=1)] == group
    is_largest = group == numbers[sizes.argmax()]
    more = is_right.astype(float) - is_largest
    reach = norm.ppf(0.975) * more.std(ddof=1) / np.sqrt(len(more))
    probability = told.max(axis=1)
    is_told = probability >= min_probability
    low, high = proportion_confint(is_right.sum(), len(is_right), method="wilson")
    found = {
        "n": len(group),
        "accuracy": is_right.mean(),
        "accuracy_low": low,
        "accuracy_high": high,
        "largest_share": is_largest.mean(),
        "gain": more.mean(),
        "gain_low": more.mean() - reach,
        "gain_high": more.mean() + reach,
        "n_told": int(is_told.sum()),
    }
    if is_told.any():
        low, high = proportion_confint(is_right[is_told].sum(), is_told.sum(), method="wilson")
        found |= {
            "stated": probability[is_told].mean(),
            "right": is_right[is_told].mean(),
            "right_low": low,
            "right_high": high,
        }
    return {name: rounded(value) for name, value in found.items()}

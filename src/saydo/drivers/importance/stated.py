"""What do customers say themselves: how much it matters, what they expected, got and put up with?

Takes answers with their aspects (score, importance, expectation, minimum) and the assignment to
segments; returns means with intervals by segment and attribute. Differences are taken within each
respondent, because those who expect much are not those who rate high.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.stats import t as student

from saydo.drivers.importance.responses import Scales, recent, usual_scales
from saydo.drivers.patterns import with_everyone
from saydo.languages import gettext as _
from saydo.params import Params
from saydo.tables.checked import Tables

MEANS: Mapping[str, str] = {
    "importance": "stated",
    "score": "performance",
    "expectation": "expectation",
    "minimum": "minimum",
}
"""Aspects of an answer, and what their means are called."""
DIFFERENCES: Mapping[str, tuple[str, ...]] = {
    "expectation_gap": ("score", "expectation"),
    "adequacy": ("score", "minimum"),
    "superiority": ("score", "expectation", "minimum"),
}
"""The first aspect less the second, of respondents who gave all that are named."""
MEASURES = (*MEANS.values(), *DIFFERENCES)


def stated(
    tables: Tables, assignments: ir.Table, *, params: Params, as_of: date, confidence: float = 0.95
) -> tuple[pd.DataFrame, Scales]:
    """Means of what each respondent last said, and the scale of every item and aspect.

    Of each respondent the last answer per attribute and aspect counts, of those given in the
    `satisfaction.max_age_days` up to `as_of` (all, where answers have no date), and on the scale
    most used for it.
    Unweighted. A respondent is a `respondent_id` of a customer, or the customer; an answer with
    neither id stands for itself, and makes no difference.

    Returns:
        One row per segment (`all` first, which counts the anonymous too) and attribute, which is an
        item with an importance, expectation or minimum: `segment`, `attribute`, `n` (respondents of
        any aspect), and each of `MEASURES` (points of its scale) with `_low` and `_high` (t
        interval) and `_n` (respondents).
    """
    rows = _last_answers(recent(tables["answers"], params, as_of))
    scales = usual_scales(rows)
    attributes = sorted({item for item, aspect in scales if aspect != "score"})
    sums = _sums(rows, scales, attributes, assignments)
    return _means(sums, confidence=confidence), scales


def unasked(attribute: str, scales: Scales) -> str:
    """Which aspects were not asked, or not on one scale; empty if all were."""
    reasons = []
    # A minimum is asked seldom, so that its absence is nothing to tell.
    usual = ("importance", "score", "expectation")
    absent = [aspect for aspect in usual if (attribute, aspect) not in scales]
    if absent:
        reasons.append(_("not asked: {aspects}").format(aspects=", ".join(absent)))
    compared = {scales.get((attribute, aspect)) for aspect in ("score", "expectation")}
    if len(compared - {None}) == 2:
        reasons.append(_("score and expectation are on different scales, so there is no gap"))
    return "; ".join(reasons)


def _last_answers(answers: ir.Table) -> ir.Table:
    """Each respondent's last answer per item and aspect."""
    is_anonymous = answers.customer_id.isnull() & answers.respondent_id.isnull()
    # Its place among the answers makes an anonymous one a respondent of its own.
    answers = answers.mutate(place=ibis.row_number(), is_anonymous=is_anonymous)
    answers = answers.mutate(stranger=answers.is_anonymous.ifelse(answers.place, -1))
    respondent = ["customer_id", "respondent_id", "stranger", "item"]
    latest_first = ibis.window(
        group_by=[*respondent, "aspect"],
        order_by=[answers.answered_at.desc(), answers.score, answers.scale_max, answers.scale_min],
    )
    ranked = answers.mutate(nth=ibis.row_number().over(latest_first))
    last = ranked.filter(ranked.nth == 0)
    return last.select(*respondent, "aspect", "score", "scale_min", "scale_max")


def _sums(
    rows: ir.Table, scales: Scales, attributes: list[str], assignments: ir.Table
) -> pd.DataFrame:
    """n, sum and sum of squares of each measure, by segment and attribute; `all` added."""
    usual = pd.DataFrame(
        [(*key, *scale) for key, scale in scales.items() if key[0] in attributes],
        columns=["item", "aspect", "scale_min", "scale_max"],
    ).astype({"item": str, "aspect": str, "scale_min": float, "scale_max": float})
    rows = rows.semi_join(ibis.memtable(usual), ["item", "aspect", "scale_min", "scale_max"])
    wide = rows.group_by("customer_id", "respondent_id", "stranger", "item").agg(
        **{name: rows.score.max(where=rows.aspect == aspect) for aspect, name in MEANS.items()}
    )
    wide = wide.mutate(
        **{name: _difference(wide, aspects, scales) for name, aspects in DIFFERENCES.items()}
    )
    wide = wide.left_join(assignments.select("customer_id", "segment"), "customer_id").drop(
        "customer_id_right"
    )
    sums = (
        wide.group_by("segment", attribute=wide.item)
        .agg(
            n=wide.count(),
            **{f"{name}_n": wide[name].count() for name in MEASURES},
            **{f"{name}_sum": wide[name].sum().fill_null(0) for name in MEASURES},
            **{
                f"{name}_squares": (wide[name] * wide[name]).sum().fill_null(0) for name in MEASURES
            },
        )
        .execute()
    )
    return with_everyone(sums, ["attribute"], list(sums.columns[2:]))


def _difference(wide: ir.Table, aspects: tuple[str, ...], scales: Scales) -> ir.Value:
    """The first aspect less the second, where all were given, on one scale."""
    comparable = [
        item
        for item, aspect in scales
        if aspect == "score" and len({scales.get((item, each)) for each in aspects}) == 1
    ]
    means = [wide[MEANS[aspect]] for aspect in aspects]
    given = ibis.and_(wide.item.isin(comparable), *(mean.notnull() for mean in means))
    return given.ifelse(means[0] - means[1], ibis.null("float64"))


def _means(sums: pd.DataFrame, *, confidence: float) -> pd.DataFrame:
    table = sums[["segment", "attribute", "n"]].copy()
    for name in MEASURES:
        n = sums[f"{name}_n"].astype(float)
        mean = sums[f"{name}_sum"].div(n.where(n > 0))
        squares = (sums[f"{name}_squares"] - n * mean**2).clip(lower=0)
        std_error = np.sqrt(squares / (n - 1).where(n > 1) / n)
        reach = student.ppf(0.5 + confidence / 2, (n - 1).where(n > 1)) * std_error
        table[name], table[f"{name}_n"] = mean, sums[f"{name}_n"].astype("Int64")
        table[f"{name}_low"], table[f"{name}_high"] = mean - reach, mean + reach
    return table.astype({"n": "Int64"})

"""What do customers expect, how much does it matter to them, and how far do we fall short?

Takes answers with their aspects (score, importance, expectation) and the assignment to segments;
returns one row per segment and attribute: what customers say themselves. The gap is taken within
each respondent, because those who expect much are not those who rate high.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.stats import t as student

from saydo.drivers.suppression import withheld, withheld_reason
from saydo.languages import gettext as _
from saydo.params import Params
from saydo.tables.checked import Tables

MEASURES: Mapping[str, str] = {
    "importance": "stated",
    "score": "performance",
    "expectation": "expectation",
}
"""Aspects of an answer, and what their means are called."""
LATER = ("derived_rwa", "derived_lmg", "penalty", "reward", "p_best")
"""Columns of the interface that need a model of satisfaction on attributes; empty so far."""


def expectations_lack(tables: Tables) -> str | None:
    """What the tables lack for expectations ("needs answers.aspect"), or None if nothing."""
    return tables.lacks({"answers": ("item", "aspect", "score", "scale_min", "scale_max")})


def expectations(
    tables: Tables, assignments: ir.Table, *, params: Params, as_of: date, confidence: float = 0.95
) -> pd.DataFrame:
    """Importance, performance and expectation of every attribute, by segment.

    Of each respondent the last answer per attribute and aspect counts, of those given in the
    `satisfaction.max_age_days` up to `as_of` (all, where answers have no date), and on the scale
    most used for it.
    Unweighted. A respondent is a `respondent_id` of a customer, or the customer; an answer with
    neither id stands for itself, and makes no gap.

    Returns:
        One row per segment (`all` first, which counts the anonymous too) and attribute, which is an
        item with an importance or expectation: `segment`, `attribute`; `stated` (mean importance),
        `performance` (mean score), `expectation` (points of their scales) and `expectation_gap`
        (performance − expectation within the respondent; negative is a shortfall), each with
        `_low` and `_high` (t interval) and `_n` (respondents); `n` (respondents of any aspect),
        `rank` (1 is the worst shortfall), `reason` (why a number is absent) and the columns of
        `LATER`, empty.
    """
    rows = _answers(tables["answers"], params, as_of)
    scales = _usual_scales(rows)
    attributes = sorted(
        {item for item, aspect in scales if aspect in ("importance", "expectation")}
    )
    if not attributes:
        return no_expectations()
    sums = _sums(rows, scales, attributes, assignments)
    table = _means(sums, confidence=confidence)
    return _shown(table, scales, min_cell=params.privacy.min_cell)


def no_expectations() -> pd.DataFrame:
    """The table of `expectations` without a row."""
    return pd.DataFrame(columns=_columns())


def _columns() -> list[str]:
    measures = [*MEASURES.values(), "expectation_gap"]
    numbers = [name + end for name in measures for end in ("", "_low", "_high", "_n")]
    return ["segment", "attribute", *numbers, "n", "rank", *LATER, "reason"]


def _answers(answers: ir.Table, params: Params, as_of: date) -> ir.Table:
    """Each respondent's last answer per item and aspect."""
    answers = answers.mutate(aspect=answers.aspect.fill_null("score"))
    answers = answers.filter(answers.aspect.isin(list(MEASURES)), answers.score.notnull())
    if "answered_at" in answers.columns:
        oldest = as_of + timedelta(days=1 - params.satisfaction.max_age_days)
        answers = answers.filter(answers.answered_at >= ibis.timestamp(f"{oldest} 00:00:00"))
    else:
        answers = answers.mutate(answered_at=ibis.null("timestamp"))
    absent = {
        name: ibis.null("string")
        for name in ("customer_id", "respondent_id")
        if name not in answers.columns
    }
    answers = answers.mutate(**absent)
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


def _usual_scales(rows: ir.Table) -> dict[tuple[str, str], tuple[float, float]]:
    """The most used scale of every item and aspect."""
    counts = rows.group_by("item", "aspect", "scale_min", "scale_max").agg(n=rows.count()).execute()
    counts = counts.sort_values(["n", "scale_max", "scale_min"], ascending=[False, False, True])
    usual = counts.drop_duplicates(["item", "aspect"])
    return {
        (row.item, row.aspect): (float(row.scale_min), float(row.scale_max))
        for row in usual.itertuples()
    }


def _sums(
    rows: ir.Table,
    scales: Mapping[tuple[str, str], tuple[float, float]],
    attributes: list[str],
    assignments: ir.Table,
) -> pd.DataFrame:
    """n, sum and sum of squares of each measure, by segment and attribute; `all` added."""
    usual = pd.DataFrame(
        [(*key, *scale) for key, scale in scales.items() if key[0] in attributes],
        columns=["item", "aspect", "scale_min", "scale_max"],
    )
    rows = rows.semi_join(ibis.memtable(usual), ["item", "aspect", "scale_min", "scale_max"])
    wide = rows.group_by("customer_id", "respondent_id", "stranger", "item").agg(
        **{name: rows.score.max(where=rows.aspect == aspect) for aspect, name in MEASURES.items()}
    )
    comparable = [
        item
        for item in attributes
        if (item, "score") in scales and scales[item, "score"] == scales.get((item, "expectation"))
    ]
    gap = wide.item.isin(comparable).ifelse(
        wide.performance - wide.expectation, ibis.null("float64")
    )
    wide = wide.mutate(expectation_gap=gap)
    names = [*MEASURES.values(), "expectation_gap"]
    wide = wide.left_join(assignments.select("customer_id", "segment"), "customer_id").drop(
        "customer_id_right"
    )
    sums = (
        wide.group_by("segment", attribute=wide.item)
        .agg(
            n=wide.count(),
            **{f"{name}_n": wide[name].count() for name in names},
            **{f"{name}_sum": wide[name].sum().fill_null(0) for name in names},
            **{f"{name}_squares": (wide[name] * wide[name]).sum().fill_null(0) for name in names},
        )
        .execute()
    )
    everyone = sums.drop(columns="segment").groupby("attribute").sum().reset_index()
    segments = sums[sums.segment.notna()].sort_values(["segment", "attribute"])
    return pd.concat([everyone.assign(segment="all"), segments], ignore_index=True)


def _means(sums: pd.DataFrame, *, confidence: float) -> pd.DataFrame:
    table = sums[["segment", "attribute", "n"]].copy()
    for name in (*MEASURES.values(), "expectation_gap"):
        n = sums[f"{name}_n"].astype(float)
        mean = sums[f"{name}_sum"].div(n.where(n > 0))
        squares = (sums[f"{name}_squares"] - n * mean**2).clip(lower=0)
        std_error = np.sqrt(squares / (n - 1).where(n > 1) / n)
        reach = student.ppf(0.5 + confidence / 2, (n - 1).where(n > 1)) * std_error
        table[name], table[f"{name}_n"] = mean, sums[f"{name}_n"].astype("Int64")
        table[f"{name}_low"], table[f"{name}_high"] = mean - reach, mean + reach
    return table.astype({"n": "Int64"})


def _shown(
    table: pd.DataFrame,
    scales: Mapping[tuple[str, str], tuple[float, float]],
    *,
    min_cell: int,
) -> pd.DataFrame:
    """Without what rests on too few, and with the reason for what is absent."""
    reasons = [_unasked(attribute, scales) for attribute in table["attribute"]]
    table = table.reset_index(drop=True)
    hidden_somewhere = np.zeros(len(table), bool)
    for n_column in [column for column in table.columns if column == "n" or column.endswith("_n")]:
        wide = table.pivot(index="segment", columns="attribute", values=n_column)
        wide = wide.reindex(index=table["segment"].unique()).fillna(0).astype(int)
        # Attributes are answered by the same people: only segments add up.
        hidden = withheld(wide, min_cell=min_cell, rows_add_up=False)
        places = zip(table["segment"], table["attribute"], strict=True)
        is_hidden = np.array([bool(hidden.at[place]) for place in places])
        name = n_column.removesuffix("_n")
        columns = ["n"] if name == "n" else [name + end for end in ("", "_low", "_high", "_n")]
        table.loc[is_hidden, columns] = pd.NA
        hidden_somewhere |= is_hidden
    table["rank"] = table.groupby("segment")["expectation_gap"].rank(method="min").astype("Int64")
    texts = [
        "; ".join(filter(None, [reason, withheld_reason(min_cell) if hidden else ""]))
        for reason, hidden in zip(reasons, hidden_somewhere, strict=True)
    ]
    table = table.assign(reason=texts, **dict.fromkeys(LATER, np.nan))
    return table[_columns()]


def _unasked(attribute: str, scales: Mapping[tuple[str, str], tuple[float, float]]) -> str:
    """Which aspects were not asked, or not on one scale."""
    reasons = []
    absent = [aspect for aspect in MEASURES if (attribute, aspect) not in scales]
    if absent:
        reasons.append(_("not asked: {aspects}").format(aspects=", ".join(absent)))
    compared = {scales.get((attribute, aspect)) for aspect in ("score", "expectation")}
    if len(compared - {None}) == 2:
        reasons.append(_("score and expectation are on different scales, so there is no gap"))
    return "; ".join(reasons)

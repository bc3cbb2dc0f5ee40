"""What did each respondent say, all at once? Patterns of satisfaction and attributes, with counts.

Takes answers and the assignment to segments; returns one row per segment and distinct combination
of satisfaction, scores of attributes and how these met expectations, with the number of respondents
who gave it, made in one query. Also what they say matters to them, reduced likewise.

Patterns count single respondents: they are input to models, not for showing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from saydo.drivers.patterns import with_everyone
from saydo.params import Params
from saydo.tables.checked import Tables
from saydo.tables.days import midnight
from saydo.tables.scope import dissatisfied_to, satisfied_from

ASPECTS = ("score", "importance", "expectation", "minimum")
Scales = Mapping[tuple[str, str], tuple[float, float]]
"""Lowest and highest of each item and aspect."""


@dataclass(frozen=True)
class Responses:
    """Last responses, reduced; of all segments, `all` first."""

    scores: pd.DataFrame
    """`segment`, `satisfaction`, and per attribute `score_…` (points) and `met_…` (−1 below, 0 at,
    1 above what is in `references`; null where not known), `n` (respondents)."""
    importances: pd.DataFrame
    """`segment`, `importance_…` per attribute in `stated`, `n` (respondents)."""
    n_incomplete: Mapping[str, int]
    """By segment: respondents left out of `scores`, whose last response lacks satisfaction or the
    score of an attribute."""
    attributes: tuple[str, ...]
    """Those of which scores were given."""
    stated: tuple[str, ...]
    """Those of which importances were given."""
    references: Mapping[str, str]
    """What a score is held against: `expectation` (the respondent's own), or `middle` of the
    scale where expectations were not asked on the same scale."""
    scales: Scales

    def of(self, segment: str) -> pd.DataFrame:
        """The patterns of `scores` of one segment."""
        return self.scores[self.scores["segment"] == segment]


def responses(
    tables: Tables,
    assignments: ir.Table,
    *,
    attributes: Sequence[str],
    params: Params,
    as_of: date,
) -> Responses:
    """Each respondent's last response, as patterns with counts.

    A response is what a respondent answered in one survey on one day (all of a survey where answers
    have no date); the last in `satisfaction.max_age_days` up to `as_of` in which an attribute was
    scored counts, and of each item the answers on its most used scale. Answers without an id of a
    respondent or customer belong to no response. Unweighted.

    Args:
        tables: Checked tables; `answers` has `aspect`.
        assignments: `customer_id`, `segment`; one row per customer.
        attributes: Items, `params.satisfaction.item` not among them.
        params: Satisfaction's item and the age of answers.
        as_of: Last day of answers.
    """
    overall = params.satisfaction.item
    rows = _of_respondents(tables["answers"], [overall, *attributes], params, as_of)
    scales = usual_scales(rows)
    rows = _on_scales(_last_response(rows, overall), scales)
    scored = tuple(name for name in attributes if (name, "score") in scales)
    stated = tuple(name for name in attributes if (name, "importance") in scales)
    references = {name: _reference(name, scales) for name in scored}
    wide = _wide(rows, overall, scored, stated, references, scales)
    # Counted in three ways.
    wide = wide.left_join(assignments.select("customer_id", "segment"), "customer_id").cache()
    needed = ["satisfaction", *(f"score_{name}" for name in scored)]
    told = ["satisfaction", *(f"{kind}_{name}" for name in scored for kind in ("score", "met"))]
    is_complete = ibis.and_(*(wide[name].notnull() for name in needed))
    importances = [f"importance_{name}" for name in stated]
    says = ibis.and_(*(wide[name].notnull() for name in importances))
    lacking = wide.filter(~is_complete).group_by("segment").agg(n=ibis._.count()).execute()
    n_incomplete = lacking.dropna().set_index("segment")["n"].astype(int).to_dict()
    return Responses(
        scores=_counted(wide.filter(is_complete), told),
        importances=_counted(wide.filter(says), importances),
        n_incomplete={"all": int(lacking["n"].sum()), **n_incomplete},
        attributes=scored,
        stated=stated,
        references=references,
        scales=scales,
    )


def usual_scales(rows: ir.Table) -> dict[tuple[str, str], tuple[float, float]]:
    """The most used scale of every item and aspect."""
    counts = rows.group_by("item", "aspect", "scale_min", "scale_max").agg(n=rows.count()).execute()
    counts = counts.sort_values(["n", "scale_max", "scale_min"], ascending=[False, False, True])
    usual = counts.drop_duplicates(["item", "aspect"])
    return {
        (row.item, row.aspect): (float(row.scale_min), float(row.scale_max))
        for row in usual.itertuples()
    }


def recent(answers: ir.Table, params: Params, as_of: date) -> ir.Table:
    """Answers with a score that are not out of date, with `aspect`, ids and `answered_at`."""
    answers = answers.mutate(aspect=answers.aspect.fill_null("score"))
    answers = answers.filter(answers.aspect.isin(ASPECTS), answers.score.notnull())
    if "answered_at" in answers.columns:
        oldest = as_of + timedelta(days=1 - params.satisfaction.max_age_days)
        answers = answers.filter(answers.answered_at >= midnight(oldest))
    else:
        answers = answers.mutate(answered_at=ibis.null("timestamp"))
    absent = {
        name: ibis.null("string")
        for name in ("customer_id", "respondent_id", "survey")
        if name not in answers.columns
    }
    return answers.mutate(**absent)


def _of_respondents(
    answers: ir.Table, items: Sequence[str], params: Params, as_of: date
) -> ir.Table:
    rows = recent(answers, params, as_of)
    rows = rows.filter(
        rows.item.isin(list(items)), rows.customer_id.notnull() | rows.respondent_id.notnull()
    )
    # Nulls are no keys of a join; what stands for them must not be an id that someone could have.
    return rows.select(
        "customer_id",
        "item",
        "aspect",
        "score",
        "scale_min",
        "scale_max",
        "answered_at",
        respondent=rows.respondent_id.fill_null(""),
        person=rows.customer_id.fill_null(""),
        survey=rows.survey.fill_null(""),
        day=rows.answered_at.date(),
    )


def _last_response(rows: ir.Table, overall: str) -> ir.Table:
    """The answers of each respondent's last survey; of an item answered twice in it, the last."""
    # Satisfaction alone is asked more often, after a contact say, than what it consists of.
    scored = rows.filter(rows.aspect == "score", rows.item != overall)
    latest_first = ibis.window(
        group_by=[scored.person, scored.respondent],
        order_by=[scored.answered_at.desc(), scored.survey],
    )
    ranked = scored.mutate(nth=ibis.row_number().over(latest_first))
    last = ranked.filter(ranked.nth == 0).select(
        "person", "respondent", last_survey="survey", last_day="day"
    )
    rows = rows.inner_join(last, ["person", "respondent"])
    in_last = (rows.survey == rows.last_survey) & rows.day.identical_to(rows.last_day)
    rows = rows.filter(in_last).drop("last_survey", "last_day")
    again = ibis.window(
        group_by=[rows.person, rows.respondent, rows.item, rows.aspect],
        order_by=[rows.answered_at.desc(), rows.score, rows.scale_max, rows.scale_min],
    )
    rows = rows.mutate(nth=ibis.row_number().over(again))
    return rows.filter(rows.nth == 0).drop("nth")


def _on_scales(rows: ir.Table, scales: Scales) -> ir.Table:
    usual = pd.DataFrame(
        [(*key, *scale) for key, scale in scales.items()],
        columns=["item", "aspect", "scale_min", "scale_max"],
    ).astype({"item": str, "aspect": str, "scale_min": float, "scale_max": float})
    return rows.semi_join(ibis.memtable(usual), ["item", "aspect", "scale_min", "scale_max"])


def _reference(name: str, scales: Scales) -> str:
    is_comparable = scales[name, "score"] == scales.get((name, "expectation"))
    return "expectation" if is_comparable else "middle"


def _wide(
    rows: ir.Table,
    overall: str,
    scored: Sequence[str],
    stated: Sequence[str],
    references: Mapping[str, str],
    scales: Scales,
) -> ir.Table:
    """One row per respondent."""

    def answer(item: str, aspect: str) -> ir.Value:
        return rows.score.max(where=(rows.item == item) & (rows.aspect == aspect))

    wide = rows.group_by("person", "respondent").agg(
        customer_id=rows.customer_id.max(),
        satisfaction=answer(overall, "score"),
        **{f"score_{name}": answer(name, "score") for name in scored},
        **{f"expectation_{name}": answer(name, "expectation") for name in scored},
        **{f"importance_{name}": answer(name, "importance") for name in stated},
    )
    met = {}
    for name in scored:
        score = wide[f"score_{name}"]
        low = high = wide[f"expectation_{name}"]
        if references[name] == "middle":
            # What counts as the bottom and the top of a scale is the same as for satisfaction.
            scale = scales[name, "score"]
            below, above = score <= dissatisfied_to(*scale), score >= satisfied_from(*scale)
        else:
            below, above = score < low, score > high
        met[f"met_{name}"] = above.cast("int8") - below.cast("int8")
    return wide.mutate(**met)


def _counted(wide: ir.Table, names: Sequence[str]) -> pd.DataFrame:
    """Distinct combinations of `names` by segment, `all` first; sorted, whatever the engine."""
    columns = ["segment", *names, "n"]
    if not names:
        return pd.DataFrame(columns=columns)
    counts = wide.group_by("segment", *names).agg(n=wide.count()).execute()
    counts = counts.astype({**dict.fromkeys(names, float), "n": "int64"})
    return with_everyone(counts, names)

"""Who was asked, who answered, and what did each respondent say? Marts of surveys.

Each takes a `Scope` and returns at most one row per person and period: `segment`, `period_start`,
`person` and the columns its docstring names. Answers behind which there is nobody's id are rows of
their own where they can be told apart from what others said.
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from saydo.params import ALL
from saydo.tables.scope import KEY, Scope, in_periods, stacked, with_segment

PERSON = ("segment", "period_start", "person")

_RATED = ("score", "expectation", "minimum")

_SUMS = ("quality", "quality_weight", "n_quality", "agreed", "asked", "n_asked", "n_unfit")


def respondents(scope: Scope) -> ir.Table:
    """What each respondent says in surveys of the relationship, in sums over answers.

    Transactional surveys and answers without a weight above zero are left out. Columns:

    - `index`: mean of satisfaction, `disconfirmation` and `ideal`, each from 0 to 100; null unless
      all three were answered; `weight`, the mean of the answers' weights;
    - `quality`, `quality_weight`, `n_quality`: answers to `definitions.quality_items`, weighted,
      their weights, and their number; `quality_low_min` … `quality_high_max`, the extremes of their
      scales;
    - `agreed`, `asked`, `n_asked`: answers to the items of objectives that are for everyone or for
      the respondent's segment, on scales of 4 to 11 points; `agreed` are those on the two highest
      points; `n_unfit` counts those on other scales.
    """
    answers = _answered(scope.scores(), scope)
    answers = answers.filter(~answers.is_transactional)
    rows = answers.mutate(**_parts(answers, scope))
    named = rows.filter(rows.person.notnull())
    parts = {name: named[name].mean() for name in ("satisfaction", "disconfirmation", "ideal")}
    people = named.group_by(*PERSON).agg(
        **parts,
        weight=named.weight.mean(),
        **{name: named[name].sum() for name in _SUMS},
        **_extremes(named, "quality", low=named.quality_low, high=named.quality_high),
    )
    index = (people.satisfaction + people.disconfirmation + people.ideal) / 3
    people = people.mutate(index=index).drop(*parts)
    nameless = rows.filter(rows.person.isnull(), rows.n_quality + rows.n_asked + rows.n_unfit > 0)
    alone = nameless.mutate(
        index=ibis.null("float64"),
        quality_low_min=nameless.quality_low,
        quality_low_max=nameless.quality_low,
        quality_high_min=nameless.quality_high,
        quality_high_max=nameless.quality_high,
    )
    return stacked([people, alone.select(people.columns)])


def expectations(scope: Scope) -> ir.Table:
    """What each respondent got, against what was expected and what would just have done.

    Sums over attributes of differences in points, weighted; with the sum of weights and the number
    of attributes. `gap`, `gap_weight`, `n_gap`: score less expectation. `adequacy` …: score less
    minimum. `superiority` …: score less expectation, of attributes with a minimum too.
    `pairs_low_min` … `pairs_high_max`: extremes of the scales. Who has no id has no pairs.
    """
    rows = scope.tables["answers"]
    given = set(rows.columns)
    ids = [rows[name] for name in ("customer_id", "respondent_id") if name in given]
    nobody = ibis.null("string")
    rows = rows.mutate(
        customer_id=rows.customer_id if "customer_id" in given else nobody,
        person=ibis.coalesce(*ids, nobody),
        aspect=rows.aspect.fill_null("score"),
        weight=rows.weight if "weight" in given else ibis.literal(1.0),
    )
    if "survey" in given:
        rows = rows.filter(rows.survey.fill_null("").lower() != "transactional")
    rows = rows.filter(rows.person.notnull(), rows.score.notnull(), rows.aspect.isin(_RATED))
    rows = _answered(rows, scope)
    of = {name: rows.score.mean(where=rows.aspect == name) for name in _RATED}
    each = rows.group_by(*PERSON, "item").agg(
        **of,
        weight=rows.weight.mean(),
        **_extremes(rows, "item", low=rows.scale_min, high=rows.scale_max),
    )
    gap, above = each.score - each.expectation, each.score - each.minimum
    differences = {
        "gap": gap,
        "adequacy": above,
        "superiority": each.minimum.isnull().ifelse(ibis.null("float64"), gap),
    }
    pairs = each.filter(gap.notnull() | above.notnull()).mutate(**differences)
    sums = {}
    for name in differences:
        difference = pairs[name]
        sums[name] = (pairs.weight * difference).sum().fill_null(0)
        sums[f"{name}_weight"] = pairs.weight.sum(where=difference.notnull()).fill_null(0)
        sums[f"n_{name}"] = difference.count()
    return pairs.group_by(*PERSON).agg(
        **sums,
        pairs_low_min=pairs.item_low_min.min(),
        pairs_low_max=pairs.item_low_max.max(),
        pairs_high_min=pairs.item_high_min.min(),
        pairs_high_max=pairs.item_high_max.max(),
    )


def responses(scope: Scope) -> ir.Table:
    """Known respondents: `n_responses`, days on which they answered, `n_written`, those on which
    they wrote a comment as well. Public reviews and mentions are no part of a response."""
    scores = scope.scores()
    answers = in_periods(scores.filter(scores.customer_id.notnull()), scores.answered_at, scope)
    days = answers.select(*KEY, day=answers.answered_at.date()).distinct()
    comments = scope.tables["comments"]
    if "channel" in comments.columns:
        definitions = scope.params.definitions
        public = (definitions.review_channel, definitions.social_channel)
        comments = comments.filter(~comments.channel.fill_null("").isin(public))
    written = comments.filter(comments.text.strip() != "").select(
        writer="customer_id", written_on=comments.written_at.date()
    )
    written = written.distinct()
    both = days.left_join(
        written, [days.customer_id == written.writer, days.day == written.written_on]
    )
    counts = both.group_by(*KEY).agg(n_responses=both.count(), n_written=both.writer.count())
    return _rows(counts, scope)


def invited(scope: Scope) -> ir.Table:
    """Invitations that arrived, in the period in which the time to answer them was over.

    `n_delivered`, and `n_answered` of them within `definitions.response_days`.
    """
    sent = _delivered(scope)
    sent = in_periods(sent, sent.sent_at, scope, wait=scope.params.definitions.response_days)
    counts = sent.group_by(*KEY).agg(n_delivered=sent.count(), n_answered=sent.is_answered.sum())
    return _rows(counts, scope)


def asked_and_stayed(scope: Scope) -> ir.Table:
    """Customers who had been asked before a period, whether they answered, and who stayed over it.

    Those there at its start and invited within `satisfaction.max_age_days` before, whose time to
    answer was over by then: who answers must not depend on having stayed. Columns: `responded`,
    `stayed`.
    """
    present = scope.membership
    present = present.filter(present.active_at_start, present.stayed.notnull())
    age = timedelta(days=scope.params.satisfaction.max_age_days)
    starts = [period.start for period in scope.periods]
    sent = _delivered(scope)
    sent = sent.filter(sent.sent_at >= starts[0] - age, sent.ends_at <= starts[-1])
    # Whoever was asked so lately was last asked so lately: the last times before every period are
    # found in one pass, where their years, which overlap, would count most rows several times.
    never = ibis.null(sent.sent_at.type())
    last = {}
    for number, start in enumerate(starts):
        is_over = sent.ends_at <= start
        last[f"asked_{number}"] = is_over.ifelse(sent.sent_at, never).max()
        last[f"answered_{number}"] = (is_over & sent.is_answered).ifelse(sent.sent_at, never).max()
    wide = sent.group_by("customer_id").agg(**last)

    def asked_before(number: int, start: date) -> ir.Table:
        recent = wide.filter(wide[f"asked_{number}"] >= start - age)
        return recent.select(
            "customer_id",
            period_start=ibis.literal(start),
            responded=(recent[f"answered_{number}"] >= start - age).fill_null(False),
        )

    asked = stacked(asked_before(number, start) for number, start in enumerate(starts))
    return _rows(asked.join(present.select(*KEY, "stayed"), KEY), scope)


def _rows(rows: ir.Table, scope: Scope) -> ir.Table:
    return with_segment(rows, scope).rename(person="customer_id")


def _answered(answers: ir.Table, scope: Scope) -> ir.Table:
    """Those of the periods, with their segment; without dates all are of the last period."""
    rows = answers.filter(answers.weight > 0)
    if "answered_at" in rows.columns:
        rows = in_periods(rows, rows.answered_at, scope)
    else:
        rows = rows.mutate(period_start=ibis.literal(scope.periods[-1].start))
    return with_segment(rows, scope)


def _parts(answers: ir.Table, scope: Scope) -> dict[str, ir.Value]:
    """What each answer adds to the sums of its respondent."""
    low, high, score = answers.scale_min, answers.scale_max, answers.score
    rescaled = 100 * (score - low) / (high - low).nullif(0)
    unknown, weight = ibis.null("float64"), answers.weight
    is_quality = answers.item.isin(scope.params.definitions.quality_items)
    is_asked = _names_an_objective(answers, scope)
    is_fit = is_asked & (high - low).between(3, 10)
    return {
        "satisfaction": answers.is_satisfaction.ifelse(rescaled, unknown),
        "disconfirmation": (answers.item == "disconfirmation").ifelse(rescaled, unknown),
        "ideal": (answers.item == "ideal").ifelse(rescaled, unknown),
        "quality": is_quality.ifelse(weight * score, 0.0),
        "quality_weight": is_quality.ifelse(weight, 0.0),
        "n_quality": is_quality.cast("int64"),
        "quality_low": is_quality.ifelse(low, unknown),
        "quality_high": is_quality.ifelse(high, unknown),
        "agreed": (is_fit & (score >= high - 1)).ifelse(weight, 0.0),
        "asked": is_fit.ifelse(weight, 0.0),
        "n_asked": is_fit.cast("int64"),
        "n_unfit": (is_asked & ~is_fit).cast("int64"),
    }


def _names_an_objective(answers: ir.Table, scope: Scope) -> ir.BooleanValue:
    named = ibis.literal(False)
    for objective in scope.params.objectives:
        if objective.item is None:
            continue
        is_item = answers.item == objective.item
        if objective.segment != ALL:
            is_item &= (answers.segment == objective.segment).fill_null(False)
        named |= is_item
    return named


def _extremes(rows: ir.Table, of: str, *, low: ir.Value, high: ir.Value) -> dict[str, ir.Scalar]:
    return {
        f"{of}_low_min": low.min(),
        f"{of}_low_max": low.max(),
        f"{of}_high_min": high.min(),
        f"{of}_high_max": high.max(),
    }


def _delivered(scope: Scope) -> ir.Table:
    """Invitations not known to have failed, with `ends_at` and whether answered by then."""
    sent = scope.tables["invitations"]
    if "delivered" in sent.columns:
        sent = sent.filter(sent.delivered.fill_null(True))
    ends_at = sent.sent_at + ibis.interval(days=scope.params.definitions.response_days)
    return sent.mutate(ends_at=ends_at, is_answered=(sent.answered_at < ends_at).fill_null(False))

"""What did each customer last say that matters, and that they expect?

Takes `answers` and returns one row per customer with a column per item and aspect, from 0 to 1
of its scale, beside what the customer does. Columns are named so that any item fits, on engines
that don't tell capitals from small letters too, and so that the item can be had back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import ibis
import ibis.expr.types as ir

from saydo.errors import DataError, Problem
from saydo.params import ByNeeds
from saydo.problems import no_such
from saydo.segments.features import customer_features
from saydo.tables.checked import Tables
from saydo.tables.days import midnight

ASPECTS = ("importance", "expectation")
"""What tells of needs; how it is (score) tells of us."""

BEHAVIOURS = ("tenure_days", "recency_days", "frequency", "spend", "n_tickets")
"""Of `customer_features`, what customers do, as far as their tables were given."""


class Want(NamedTuple):
    """One thing asked: how much an item matters, or what is expected of it."""

    aspect: str
    item: str

    @property
    def column(self) -> str:
        """Its column: importance_speed; bytes but a to z and digits as _ and two hex digits."""
        safe = re.sub(rb"[^a-z0-9]", lambda found: b"_%02x" % found[0][0], self.item.encode())
        return f"{self.aspect}_{safe.decode()}"

    @classmethod
    def of(cls, column: str) -> Want:
        """The one that a column is of."""
        aspect, _, safe = column.partition("_")
        item = re.sub(
            rb"_([0-9a-f]{2})", lambda found: bytes.fromhex(found[1].decode()), safe.encode()
        )
        return cls(aspect, item.decode())


def need_features(tables: Tables, how: ByNeeds, as_of: date) -> ir.Table:
    """One row per customer: `BEHAVIOURS`, and a column per `Want`, null where nothing was said.

    Of each respondent the last answer up to `as_of` counts, however old, from 0 (lowest of its
    scale) to 1 (highest); of a customer with several respondents, their mean.

    Raises:
        DataError: There are no such answers, or not of two items on an aspect.
    """
    wants = _asked(tables, how)
    features = customer_features(tables, as_of=as_of)
    features = features.select("customer_id", *(n for n in BEHAVIOURS if n in features.columns))
    said = _last_said(tables["answers"], as_of)
    columns = {
        want.column: said.level.mean(where=(said.aspect == want.aspect) & (said.item == want.item))
        for want in wants
    }
    wide = said.group_by("customer_id").agg(**columns)
    return features.left_join(wide, "customer_id").drop("customer_id_right")


def wants_of(features: ir.Table) -> list[Want]:
    """What was asked of, by the columns of `need_features`."""
    aspects = tuple(f"{aspect}_" for aspect in ASPECTS)
    return [Want.of(column) for column in features.columns if column.startswith(aspects)]


def with_all(features: ir.Table, wants: Sequence[Want]) -> ir.Table:
    """Features with all of these columns: null where an item of a pin is not asked any more."""
    absent = {
        want.column: ibis.null("float64") for want in wants if want.column not in features.columns
    }
    return features.mutate(**absent) if absent else features


def has_said(features: ir.Table, wants: Sequence[Want]) -> ir.BooleanValue:
    """Whether a customer answered at least half of what was asked, so far as it can be compared.

    The only answer on an aspect can't: beside itself it is neither much nor little.
    """
    compared = ibis.literal(0, "int64")
    for aspect in ASPECTS:
        count = answered(features, [want for want in wants if want.aspect == aspect])
        compared = compared + (count > 1).ifelse(count, 0)
    return compared * 2 >= len(wants)


def answered(features: ir.Table, wants: Sequence[Want]) -> ir.IntegerValue:
    """How many of these each customer answered."""
    count = ibis.literal(0, "int64")
    for want in wants:
        count = count + features[want.column].notnull().cast("int64")
    return count


def _asked(tables: Tables, how: ByNeeds) -> list[Want]:
    """What was asked of two items or more, by aspect and item.

    Of all answers, not only of those up to a day: before the first of them everyone is silent.
    """
    needed = "needs takes what customers call important or expect: answers with the aspect "
    needed += "importance or expectation, of two items or more"
    if not tables.has("answers", "aspect", "customer_id"):
        raise DataError("segments", [Problem("segments.method", f"{needed}; there are none")])
    answers = tables["answers"]
    rows = answers.filter(answers.aspect.isin(ASPECTS), answers.customer_id.notnull())
    pairs = rows.select("aspect", "item").distinct().execute()
    found = {Want(row.aspect, row.item) for row in pairs.itertuples()}
    items = sorted({want.item for want in found})
    problems = [
        Problem(f"segments.items.{place}", no_such("item with such answers", item, items))
        for place, item in enumerate(how.items or ())
        if item not in items
    ]
    if problems:
        raise DataError("segments", problems)
    chosen = [
        [Want(aspect, item) for item in how.items or items if Want(aspect, item) in found]
        for aspect in ASPECTS
    ]
    wants = [want for of_aspect in chosen if len(of_aspect) > 1 for want in sorted(of_aspect)]
    if not wants:
        what = f"{needed}; found: {', '.join(items) or 'none'}"
        raise DataError("segments", [Problem("segments.method", what)])
    return wants


def _last_said(answers: ir.Table, as_of: date) -> ir.Table:
    """`customer_id`, `item`, `aspect`, `level` (0 to 1): each respondent's last."""
    answers = answers.filter(
        answers.customer_id.notnull(),
        answers.aspect.isin(ASPECTS),
        answers.score.notnull(),
        answers.scale_max > answers.scale_min,
    )
    if "answered_at" in answers.columns:
        answers = answers.filter(
            answers.answered_at.isnull()
            | (answers.answered_at < midnight(as_of + timedelta(days=1)))
        )
    else:
        answers = answers.mutate(answered_at=ibis.null("timestamp"))
    if "respondent_id" not in answers.columns:
        answers = answers.mutate(respondent_id=ibis.null("string"))
    latest_first = ibis.window(
        group_by=[answers.customer_id, answers.respondent_id, answers.item, answers.aspect],
        order_by=[answers.answered_at.desc(), answers.score, answers.scale_max, answers.scale_min],
    )
    last = answers.mutate(nth=ibis.row_number().over(latest_first)).filter(ibis._.nth == 0)
    level = (last.score - last.scale_min) / (last.scale_max - last.scale_min)
    return last.select("customer_id", "item", "aspect", level=level)

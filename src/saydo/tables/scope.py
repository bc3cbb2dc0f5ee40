"""Of whom and when? What every mart is told, and how its rows get their segment and period."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from threading import RLock
from types import MappingProxyType
from typing import Any

import ibis
import ibis.expr.types as ir

from saydo.params import Params
from saydo.periods import Period
from saydo.tables.checked import Tables
from saydo.tables.presence import membership, presence_needs

KEY = ("customer_id", "period_start")
"""What a row of most marts is about."""

_ROWS_AT_ONCE = 4_000_000

_FEW_PERIODS = 16
"""Of so many an engine finds the right one by comparing in half the time of truncating."""

UNITS: Mapping[str, str] = MappingProxyType({"month": "M", "quarter": "Q", "year": "Y"})


@dataclass(frozen=True)
class Scope:
    """The tables of a study, its segments, and the periods to look at."""

    tables: Tables
    assignments: ir.Table
    """`customer_id`, `segment`; one row per customer."""
    periods: tuple[Period, ...]
    """Complete, of length `params.period`, without gaps, oldest first."""
    params: Params
    as_of: date
    _whole: Scope | None = field(default=None, repr=False, compare=False)
    """The scope of which this is a share."""
    _kept: dict[str, ir.Table] = field(default_factory=dict, init=False, repr=False, compare=False)
    _keeping: RLock = field(default_factory=RLock, init=False, repr=False, compare=False)

    def kept(self, name: str, make: Callable[[Scope], ir.Table]) -> ir.Table:
        """What `make` gives, computed once for all marts that ask; a share gets its periods'."""
        if self._whole is not None:
            rows = self._whole.kept(name, make)
            if "period_start" not in rows.columns:
                return rows
            return rows.filter(rows.period_start.isin([period.start for period in self.periods]))
        with self._keeping:
            if name not in self._kept:
                self._kept[name] = self.tables.keep(name, make(self))
            return self._kept[name]

    @property
    def knows_presence(self) -> bool:
        """Whether params and tables say who is a customer."""
        retention = self.params.retention
        return retention is not None and self.tables.lacks(presence_needs(retention)) is None

    @property
    def membership(self) -> ir.Table:
        """Who is a customer in which period; only where that is known."""
        return self.kept("membership", _membership)

    @property
    def customers(self) -> ir.Table:
        """Customers with their `segment` and what marts read of them, where it was given.

        `acquired_on`, `left_on`, `is_member`, and `is_referred` for `referred_by`.
        """
        return self.kept("customers_of_segments", _customers)

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """All categories of orders, in order."""
        if self._whole is not None:
            return self._whole.categories
        names = self.tables["orders"].select("category").distinct().execute()["category"]
        return tuple(sorted(names.dropna()))

    def shares(self) -> tuple[Scope, ...]:
        """Scopes of some of the periods each, in which no more than a few million rows lie.

        What is joined by customer and period needs the memory, and the time, of its rows at once.
        """
        n_customers = int(self.tables["customers"].count().execute())
        each = max(1, _ROWS_AT_ONCE // max(n_customers, 1))
        if each >= len(self.periods):
            return (self,)
        return tuple(
            replace(self, periods=self.periods[first : first + each], _whole=self)
            for first in range(0, len(self.periods), each)
        )

    def scores(self) -> ir.Table:
        """Answers that say how it is, with what saydo needs to know of each.

        Adds `person` (customer, or else respondent; null for the nameless), `weight` (1 where the
        survey has none), `is_satisfaction` and `is_transactional`.
        """
        rows = self.tables["answers"]
        given = set(rows.columns)
        if "aspect" in given:
            rows = rows.filter(rows.aspect.fill_null("score") == "score")
        rows = rows.filter(rows.score.notnull())
        nobody = ibis.null("string")
        customer = rows.customer_id if "customer_id" in given else nobody
        respondent = rows.respondent_id if "respondent_id" in given else nobody
        survey = rows.survey.fill_null("") if "survey" in given else ibis.literal("")
        return rows.mutate(
            customer_id=customer,
            person=ibis.coalesce(customer, respondent),
            weight=rows.weight if "weight" in given else ibis.literal(1.0),
            is_satisfaction=rows.item == self.params.satisfaction.item,
            is_transactional=survey.lower() == "transactional",
        )

    def requests(self) -> ir.Table:
        """Tickets by which customers asked for help, and not those by which we called on them."""
        tickets = self.tables["tickets"]
        if "topic" not in tickets.columns:
            return tickets
        is_ours = tickets.topic == self.params.definitions.follow_up_topic
        return tickets.filter(~is_ours.fill_null(False))


def _membership(scope: Scope) -> ir.Table:
    assert scope.params.retention is not None  # or it would not be known
    return membership(
        scope.tables, scope.periods, retention=scope.params.retention, as_of=scope.as_of
    )


def _customers(scope: Scope) -> ir.Table:
    given = scope.tables["customers"]
    names = [name for name in ("acquired_on", "left_on", "is_member") if name in given.columns]
    rows = given.select("customer_id", *names)
    if "referred_by" in given.columns:
        rows = given.select("customer_id", *names, is_referred=given.referred_by.notnull())
    return with_segment(rows, scope)


def in_periods(rows: ir.Table, at: ir.Value, scope: Scope, *, wait: int = 0) -> ir.Table:
    """The rows that lie in one of the periods by `at`, a day or an instant; adds `period_start`.

    With a `wait` (days) it is the time so long after `at` that decides.
    """
    days = timedelta(days=wait)
    is_in = (at >= scope.periods[0].start - days) & (at < scope.periods[-1].after - days)
    over = at + ibis.interval(days=wait) if wait else at
    starts = [period.start for period in scope.periods]
    if len(starts) <= _FEW_PERIODS:
        return rows.filter(is_in).mutate(period_start=_last_of(starts, over))
    return rows.filter(is_in).mutate(period_start=period_start(over, scope))


def _last_of(starts: Sequence[date], at: ir.Value) -> ir.DateValue:
    """The last of these days, in order, that is not after `at`; the first, where all are."""
    if len(starts) == 1:
        return ibis.literal(starts[0])
    half = len(starts) // 2
    is_early = at < starts[half]
    return is_early.ifelse(_last_of(starts[:half], at), _last_of(starts[half:], at))


def period_start(at: ir.Value, scope: Scope) -> ir.DateValue:
    """First day of the period, shown or not, in which a day or an instant lies."""
    # Periods begin where calendar months, quarters and years do: truncation beats a join. Of a day
    # DuckDB makes an instant then, which Ibis takes for a day already.
    return at.cast("timestamp(6)").truncate(UNITS[scope.params.period]).cast("date")


def with_segment(rows: ir.Table, scope: Scope) -> ir.Table:
    """The rows with the segment of their customer; null where that is not known."""
    segments = scope.assignments.select(assigned_id="customer_id", segment="segment")
    return rows.left_join(segments, rows.customer_id == segments.assigned_id).drop("assigned_id")


def satisfied_from(scale_min: Any, scale_max: Any) -> Any:
    """Lowest score that counts as satisfied: the top quarter of the scale.

    4 or 5 of 1–5, 6 or 7 of 1–7, 8 to 10 of 0–10. Takes numbers, or columns of an Ibis table.
    """
    return scale_max - (scale_max - scale_min) / 4


def dissatisfied_to(scale_min: Any, scale_max: Any) -> Any:
    """Highest score that counts as dissatisfied: 2 of 1–5 and of 1–7, 2 of 0–10."""
    return scale_min + (scale_max - scale_min) / 4


def is_satisfied(rows: ir.Table) -> ir.BooleanValue:
    """A score in the top quarter of its scale."""
    return rows.score >= satisfied_from(rows.scale_min, rows.scale_max)


def is_dissatisfied(rows: ir.Table) -> ir.BooleanValue:
    """A score in the bottom quarter of its scale."""
    return rows.score <= dissatisfied_to(rows.scale_min, rows.scale_max)


def stacked(parts: Iterable[ir.Table]) -> ir.Table:
    """All rows of tables with the same columns."""
    first, *others = parts
    return ibis.union(first, *others) if others else first

"""How long are customers there, and did they leave after complaining? Marts of whole lives.

Each takes a `Scope` and returns rows with `segment`, `period_start`, `person` and the columns its
docstring names; at most one per customer and period, but for `tenures`, which has two.
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from saydo.periods import MONTHS, Period
from saydo.tables.scope import KEY, Scope, in_periods, stacked, with_segment

BEGINS, LEAVES, ENDS = "begins", "leaves", "ends"
"""What happens at an age: the watch begins, the customer leaves, or the watch ends without that."""


def cohorts(scope: Scope) -> ir.Table:
    """Customers whose first day was `definitions.survival_months` before a day of the period.

    Column: `is_there`, still a customer that many months after the first day.
    """
    months = scope.params.definitions.survival_months
    customers = scope.customers
    day = (customers.acquired_on + ibis.interval(months=months)).cast("date")
    rows = in_periods(customers.mutate(anniversary=day), day, scope)
    is_there = rows.left_on.isnull() | (rows.left_on >= rows.anniversary)
    return rows.select("segment", "period_start", person="customer_id", is_there=is_there)


def tenures(scope: Scope) -> ir.Table:
    """Customers of the twelve months up to the period's end, in two rows: coming and going.

    Columns: `age` in days since the first day as a customer; `step`, what happens at it: the watch
    `begins` at the later of that day and the first of the twelve months, and ends on the day after
    the last as a customer (`leaves`) or after the period (`ends`). `months`, the same in all rows:
    `definitions.survival_months`.
    """
    customers = scope.customers
    acquired, left = customers.acquired_on.epoch_days(), customers.left_on.epoch_days()
    lives = customers.select("segment", "customer_id", acquired=acquired, over=left + 1)
    lives = lives.filter(lives.acquired.notnull(), (lives.over > lives.acquired).fill_null(True))
    # Kept, or each period of each query would work out the days anew.
    lives = scope.tables.keep("tenures", lives)

    def watch(period: Period) -> list[ir.Table]:
        after = day_number(period.after)
        since = day_number(_months_before(period.after, 12))
        seen = lives.filter(lives.acquired < after, (lives.over > since).fill_null(True))
        leaves = (seen.over <= after).fill_null(False)
        begin = ibis.greatest(since - seen.acquired, 0)
        end = leaves.ifelse(seen.over, after) - seen.acquired
        return [
            seen.select(
                "segment",
                person="customer_id",
                period_start=ibis.literal(period.start),
                age=age.cast("int64"),
                step=step,
                months=ibis.literal(scope.params.definitions.survival_months),
            )
            for age, step in (
                (begin, ibis.literal(BEGINS)),
                (end, leaves.ifelse(ibis.literal(LEAVES), ibis.literal(ENDS))),
            )
        ]

    return stacked(part for period in scope.periods for part in watch(period))


def lives(scope: Scope) -> ir.Table:
    """Customers and how many whole periods they have been there, in the last period.

    They are watched over the periods shown, each from the first anniversary (a whole number of
    periods after the first day) on. Columns: `entry`, whole periods at that anniversary; `is_lost`
    by the end of the last period; `n_periods`, whole periods when lost, or else by then.
    """
    months = MONTHS[scope.params.period]
    customers = scope.customers
    customers = customers.filter(customers.acquired_on.notnull())
    begin, end = scope.periods[0].start, scope.periods[-1].after

    def whole(until: ir.Value) -> ir.Value:
        return _months_between(customers.acquired_on, until) // months

    is_lost = (customers.left_on < end).fill_null(False)
    is_old = customers.acquired_on < begin
    rows = customers.mutate(
        period_start=ibis.literal(scope.periods[-1].start),
        entry=is_old.ifelse(whole(ibis.literal(begin - timedelta(days=1))) + 1, 0),
        n_periods=whole(is_lost.ifelse(customers.left_on, ibis.literal(end))),
        is_lost=is_lost,
    )
    # Who left before the first anniversary under watch was never watched.
    rows = rows.filter(rows.acquired_on < end, ~rows.is_lost | (rows.n_periods >= rows.entry))
    return rows.select(
        "segment", "period_start", "entry", "n_periods", "is_lost", person="customer_id"
    )


def complained_before(scope: Scope) -> ir.Table:
    """Customers with a complaint whose `definitions.after_complaint_days` ended in the period.

    Of several the first counts. Column: `has_left` within those days, the day of the complaint not
    included: who left on it or before did not leave after it, and does not count at all.
    """
    wait = ibis.interval(days=scope.params.definitions.after_complaint_days)
    tickets = scope.tables["tickets"]
    complaints = tickets.filter(tickets.is_complaint)
    complaints = complaints.select("customer_id", day=complaints.opened_at.date())
    left = scope.tables["customers"].select(leaver="customer_id", left_on="left_on")
    pairs = complaints.left_join(left, complaints.customer_id == left.leaver)
    pairs = pairs.filter(pairs.left_on.isnull() | (pairs.left_on > pairs.day))
    pairs = pairs.mutate(ends_on=(pairs.day + wait).cast("date"))
    watched = in_periods(pairs, pairs.ends_on, scope)
    firsts = watched.group_by(*KEY).agg(
        ends_on=watched.ends_on.min(), left_on=watched.left_on.min()
    )
    has_left = (firsts.left_on <= firsts.ends_on).fill_null(False)
    firsts = firsts.select(*KEY, has_left=has_left)
    return with_segment(firsts, scope).rename(person="customer_id")


def day_number(day: date) -> int:
    """Days since 1970, as `epoch_days` of a column gives them."""
    return (day - date(1970, 1, 1)).days


def _months_before(day: date, months: int) -> date:
    """The first of the month so many months before, where `day` is the first of a month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def _months_between(start: ir.Value, until: ir.Value) -> ir.Value:
    """Whole months from one day until another: 1 from 15 January until 15 February."""
    months = 12 * (until.year() - start.year()) + until.month() - start.month()
    return months - (until.day() < start.day()).cast("int64")

"""Was help given? Marts of tickets, help sessions and first value.

Each takes a `Scope` and returns rows with `segment`, `period_start`, `person` and the columns its
docstring names. A share counts what was settled in the period (solved, due, wait over), so that no
row comes in only because it went well quickly. A time counts from its beginning in the period; what
has not ended by the last day known is open, with the time it has lasted so far. Tickets by which we
called on customers (`definitions.follow_up_topic`) are no requests for help, and do not count.
"""

from __future__ import annotations

from datetime import timedelta

import ibis
import ibis.expr.types as ir

from saydo.tables.customer_marts import side_by_side
from saydo.tables.days import midnight
from saydo.tables.scope import KEY, Scope, in_periods, with_segment


def help_given(scope: Scope) -> ir.Table:
    """What became of requests for help, one row per customer and period.

    A column is there if the tables have what it is made of:

    - tickets opened in the period: `n_escalation_known`, `n_escalated`;
    - tickets solved for good in it: `n_replies_known`, `n_one_touch` (exactly one reply),
      `n_reopens_known`, `n_reopened` (at least once);
    - tickets whose first reply was due in it: `n_due`, `n_in_time`;
    - issues whose wait for another ticket ended in it: `n_issues`, `n_settled`;
    - help sessions whose wait for a ticket ended in it: `n_sessions`, `n_self_served`.
    """
    tables = scope.tables
    parts = [_opened(scope)]
    if tables.has("tickets", "solved_at"):
        parts.append(_solved(scope))
    if tables.has("tickets", "first_reply_at"):
        parts.append(_due(scope))
    if tables.has("tickets", "first_reply_at", "topic"):
        parts.append(_issues(scope))
    if "events" in tables and scope.params.definitions.help_event:
        parts.append(_help_sessions(scope))
    return _named(side_by_side(parts), scope)


def tickets(scope: Scope) -> ir.Table:
    """Requests for help, one row each, in the period in which they were opened.

    For each of `first_reply_at`, `first_solved_at` and `solved_at` that the table has: `hours_to_…`
    (`reply`, `first_solution`, `solution`), in whole minutes as help desks report them, until then
    or until the last day known is over, and `is_…` (`replied`, `solved_first`, `solved`).
    `wait_hours` to the nearest minute, null where it is not known.
    """
    requests = scope.requests()
    rows = in_periods(requests, requests.opened_at, scope)
    columns: dict[str, ir.Value] = {}
    for at, hours, is_over in (
        ("first_reply_at", "hours_to_reply", "is_replied"),
        ("first_solved_at", "hours_to_first_solution", "is_solved_first"),
        ("solved_at", "hours_to_solution", "is_solved"),
    ):
        if at in rows.columns:
            seconds = seconds_until(rows.opened_at, rows[at], scope)
            columns[hours] = (seconds / 60).floor() / 60
            columns[is_over] = rows[at].notnull()
    if "wait_hours" in rows.columns:
        columns["wait_hours"] = (rows.wait_hours * 60 + 0.5).floor() / 60
    rows = rows.mutate(person=rows.customer_id, **columns)
    rows = with_segment(rows, scope).select("segment", "period_start", "person", *columns)
    # Kept, for the waits of each column are counted in a query of its own.
    return scope.tables.keep("tickets_of_periods", rows)


def activations(scope: Scope) -> ir.Table:
    """New customers whose first `definitions.activation_days` ended in the period.

    The first day is the first of them. Column: `is_activated`, by `definitions.value_event` until
    the last of them.
    """
    days = scope.params.definitions.activation_days
    new = _first_days(scope)
    last_on = (new.acquired_on + ibis.interval(days=days - 1)).cast("date")
    new = new.mutate(last_on=last_on)
    rows = _with_value(in_periods(new, new.last_on, scope), scope)
    is_activated = (rows.reached_on <= rows.last_on).fill_null(False)
    return rows.select("segment", "period_start", person="customer_id", is_activated=is_activated)


def newcomers(scope: Scope) -> ir.Table:
    """Customers whose first day lies in the period.

    Columns: `days_to_value`, from the first day until `definitions.value_event`, or else until they
    left or the last day known; `has_reached` the event by then. An event before the first day, in a
    trial, counts as reached on it.
    """
    new = _first_days(scope)
    rows = _with_value(in_periods(new, new.acquired_on, scope), scope)
    until = ibis.literal(scope.as_of)
    if "left_on" in rows.columns:
        until = ibis.least(until, ibis.coalesce(rows.left_on, until))
    has_reached = (rows.reached_on <= until).fill_null(False)
    end = has_reached.ifelse(rows.reached_on, until)
    days = (_epoch(end) - _epoch(rows.acquired_on)) / 86_400
    return rows.select(
        "segment",
        "period_start",
        person="customer_id",
        days_to_value=ibis.greatest(days, 0.0),
        has_reached=has_reached,
    )


def _named(rows: ir.Table, scope: Scope) -> ir.Table:
    return with_segment(rows, scope).rename(person="customer_id")


def _epoch(at: ir.Value) -> ir.Value:
    """Seconds since 1970 of a day or an instant."""
    return at.cast("timestamp(6)").epoch_seconds()


def seconds_until(begin: ir.Value, end: ir.Value, scope: Scope) -> ir.Value:
    """From `begin` until `end`, or until the last day known is over where there is no end yet."""
    known_until = midnight(scope.as_of + timedelta(days=1))
    return end.epoch_seconds().fill_null(known_until.epoch_seconds()) - begin.epoch_seconds()


def _opened(scope: Scope) -> ir.Table:
    requests = scope.requests()
    rows = in_periods(requests, requests.opened_at, scope)
    counts = {"n_opened": rows.count()}
    if "is_escalated" in rows.columns:
        counts["n_escalation_known"] = rows.is_escalated.notnull().sum()
        counts["n_escalated"] = rows.is_escalated.fill_null(False).sum()
    return rows.group_by(*KEY).agg(**counts)


def _solved(scope: Scope) -> ir.Table:
    requests = scope.requests()
    rows = in_periods(requests, requests.solved_at, scope)
    counts = {"n_solved": rows.count()}
    if "replies" in rows.columns:
        counts["n_replies_known"] = rows.replies.notnull().sum()
        counts["n_one_touch"] = (rows.replies == 1).fill_null(False).sum()
    if "reopens" in rows.columns:
        counts["n_reopens_known"] = rows.reopens.notnull().sum()
        counts["n_reopened"] = (rows.reopens > 0).fill_null(False).sum()
    return rows.group_by(*KEY).agg(**counts)


def _due(scope: Scope) -> ir.Table:
    given = scope.requests()
    target = ibis.interval(seconds=round(scope.params.definitions.reply_target_hours * 3600))
    dated = given.mutate(due_at=given.opened_at + target)
    rows = in_periods(dated, dated.due_at, scope)
    is_in_time = (rows.first_reply_at <= rows.due_at).fill_null(False)
    return rows.group_by(*KEY).agg(n_due=rows.count(), n_in_time=is_in_time.sum())


def _issues(scope: Scope) -> ir.Table:
    """A ticket begins an issue where the customer had none on the topic for the wait before it."""
    days = scope.params.definitions.repeat_contact_days
    given = scope.requests()
    # Nothing older can be within one wait of a ticket whose own wait ends in a period.
    earliest = scope.periods[0].start - timedelta(days=2 * days)
    about = given.filter(given.topic.notnull(), given.opened_at >= earliest)
    in_turn = ibis.window(group_by=[about.customer_id, about.topic], order_by=about.opened_at)
    wait = ibis.interval(days=days)
    about = about.mutate(
        before=about.opened_at.lag().over(in_turn),
        next_at=about.opened_at.lead().over(in_turn),
        ends_at=about.opened_at + wait,
    )
    begins = about.before.isnull() | (about.before + wait <= about.opened_at)
    issues = in_periods(about.filter(begins), about.ends_at, scope)
    is_answered = (issues.first_reply_at < issues.ends_at).fill_null(False)
    is_again = (issues.next_at < issues.ends_at).fill_null(False)
    return issues.group_by(*KEY).agg(
        n_issues=issues.count(), n_settled=(is_answered & ~is_again).sum()
    )


def _help_sessions(scope: Scope) -> ir.Table:
    """All that a customer reads on one day is one session, which begins with the first of it."""
    definitions = scope.params.definitions
    wait = ibis.interval(days=definitions.self_service_days)
    events = scope.tables["events"].filter(scope.tables["events"].event == definitions.help_event)
    sessions = events.group_by("customer_id", day=events.at.date()).agg(begun_at=events.at.min())
    sessions = sessions.mutate(ends_at=sessions.begun_at + wait)
    sessions = in_periods(sessions, sessions.ends_at, scope)
    asked = scope.requests().select(asker="customer_id", opened_at="opened_at")
    pairs = sessions.left_join(
        asked,
        [
            sessions.customer_id == asked.asker,
            asked.opened_at >= sessions.begun_at,
            asked.opened_at < sessions.ends_at,
        ],
    )
    each = pairs.group_by(*KEY, "begun_at").agg(n_tickets=pairs.asker.count())
    return each.group_by(*KEY).agg(
        n_sessions=each.count(), n_self_served=(each.n_tickets == 0).sum()
    )


def _first_days(scope: Scope) -> ir.Table:
    customers = scope.customers
    return customers.filter(customers.acquired_on.notnull())


def _with_value(rows: ir.Table, scope: Scope) -> ir.Table:
    """Adds `reached_on`, the day of the first `definitions.value_event`; null where none came."""
    first = scope.kept("first_values", _first_values)
    return rows.left_join(first, rows.customer_id == first.value_id).drop("value_id")


def _first_values(scope: Scope) -> ir.Table:
    events = scope.tables["events"]
    valued = events.filter(events.event == scope.params.definitions.value_event)
    return valued.group_by(value_id="customer_id").agg(reached_on=valued.at.min().date())

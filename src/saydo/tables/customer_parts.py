"""How long was each customer there in a period, what did they use, and did they try before buying?

Parts of the marts of customers: what each adds to them, one row per customer and period.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from saydo.tables.scope import KEY, Scope, in_periods


def with_exposure(customers: ir.Table) -> ir.Table:
    """The mart of customers with how long they were there in a period, and since when.

    Adds `watched`, the share of the period's days on which someone was a customer, up to the day of
    leaving; `tenure_days`, from the first day to the period's last one.
    """
    start, n_days = customers.period_start.epoch_days(), customers.n_days
    came = customers.acquired_on.epoch_days() - start
    was_there = customers.active_at_start | customers.is_new
    watched = customers.n_days_until_left - ibis.greatest(came.fill_null(0), 0)
    return customers.mutate(
        watched=(was_there & (n_days > 0)).ifelse(watched / n_days.nullif(0), 0.0),
        tenure_days=n_days - 1 - came,
    ).drop("n_days", "n_days_until_left")


def used(scope: Scope) -> ir.Table:
    """Events of each customer: `n_events`; `n_features_used`, of `definitions.features`."""
    counts = ("n_events", "n_features_used")
    rows = events_by_period(scope)
    return rows.select(*KEY, *(name for name in counts if name in rows.columns))


def events_by_period(scope: Scope) -> ir.Table:
    """One row per customer and period with an event, from one pass over all of these.

    The columns of `used`; `first_at`, the first time at the first stage of `definitions.journey`,
    and `last_at`, the last one at its last stage: null where there is none.
    """
    return scope.kept("events_by_period", _events_by_period)


def _events_by_period(scope: Scope) -> ir.Table:
    events, definitions = scope.tables["events"], scope.params.definitions
    rows = in_periods(events, events.at, scope)
    columns = {"n_events": rows.count()}
    if definitions.features:
        uses = [(rows.event == feature).any().cast("int64") for feature in definitions.features]
        columns["n_features_used"] = sum(uses[1:], uses[0])
    if definitions.journey:
        first, last = (
            (rows.event == stage).ifelse(rows.at, ibis.null("timestamp(6)"))
            for stage in (definitions.journey[0], definitions.journey[-1])
        )
        columns |= {"first_at": first.min(), "last_at": last.max()}
    return rows.group_by(*KEY).agg(**columns)


def tried(scope: Scope) -> ir.Table:
    """Trials by the day after their last: `n_trials`, and `n_converted`.

    A trial converts when a paid term of the same customer begins after it began, and no later than
    the day after it ended.
    """
    terms = scope.tables["subscriptions"]
    is_trial = terms.is_trial.fill_null(False)
    paid = terms.filter(~is_trial).select(payer="customer_id", paid_on="starts_on")
    trials = terms.filter(is_trial, terms.ends_on.notnull())
    trials = trials.mutate(over_on=(trials.ends_on + ibis.interval(days=1)).cast("date"))
    trials = in_periods(trials, trials.over_on, scope).select(*KEY, "starts_on", "over_on")
    pairs = trials.left_join(
        paid,
        [
            trials.customer_id == paid.payer,
            paid.paid_on > trials.starts_on,
            paid.paid_on <= trials.over_on,
        ],
    )
    each = pairs.group_by(*KEY, "starts_on").agg(converts=pairs.payer.count() > 0)
    return each.group_by(*KEY).agg(n_trials=each.count(), n_converted=each.converts.sum())

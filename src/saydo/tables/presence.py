"""Who is a customer when a window starts, who stays over it, and who is new?

Takes the checked tables, the windows and what retention means in the study (`retention.kind`);
returns one row per customer and window. Everything that counts retained, lost or new customers
reads it, so that a KPI and a model never disagree about who left.

- contract: active at the start if acquired before and not gone; stays if `left_on` is not within.
- purchase: active at the start with an order in the `within_days` before it; stays with one in the
  `within_days` from it on; new with the first order ever.
- label: everyone is active in the last window, and stays if not labelled as left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from saydo.params import Retention
from saydo.periods import Period
from saydo.tables.checked import Tables

_NEEDS: Mapping[str, dict[str, tuple[str, ...]]] = {
    "contract": {"customers": ("acquired_on", "left_on")},
    "purchase": {"orders": ("customer_id", "ordered_at")},
    "label": {"customers": ("left",)},
}


def is_watched(window: Period, *, retention: Retention, as_of: date) -> bool:
    """Whether it is known by `as_of` who stayed over the window."""
    if retention.within_days is None:
        return window.end <= as_of
    return window.start + timedelta(days=retention.within_days - 1) <= as_of


def presence_needs(retention: Retention) -> dict[str, tuple[str, ...]]:
    """Tables and columns without which `presence` can't be told, as `Tables.lacks` takes them."""
    return dict(_NEEDS[retention.kind])


def presence(
    tables: Tables, windows: Sequence[Period], *, retention: Retention, as_of: date
) -> ir.Table:
    """One row per customer and window in which the customer is active at the start, or new.

    `left_on` is the last day as a customer: someone whose last day is the window's last is lost in
    that window. No `acquired_on` means there before. With `purchase`, someone whose last order is
    older than `within_days` is not active, and comes back without being new.

    Args:
        tables: Must not lack `presence_needs(retention)`.
        windows: What is watched; with `purchase` only their first days and `within_days` decide who
            stays.
        retention: What it means to stay.
        as_of: Last day that is known.

    Returns:
        `customer_id`, `period_start`, `period_end` (days), `active_at_start`, `stayed` (null where
        the window is not fully observed), `is_new` (acquired within the window), `left_new` (new,
        and no longer a customer when the window ends).
    """
    rows = membership(tables, windows, retention=retention, as_of=as_of)
    return rows.filter(rows.active_at_start | rows.is_new).drop("active_at_end", "lost_on")


def membership(
    tables: Tables, windows: Sequence[Period], *, retention: Retention, as_of: date
) -> ir.Table:
    """`presence`, with those who are customers at a window's end only, and the day of leaving.

    Takes what `presence` takes.

    Returns:
        The columns of `presence`, then `active_at_end` (null with `label`) and `lost_on` (null
        unless `stayed` is False): `left_on`, or with `purchase`, where the loss is certain only
        then, the last day of the wait.
    """
    match retention.kind:
        case "contract":
            return _by_contract(tables["customers"], windows, as_of=as_of)
        case "purchase":
            return _by_purchase(tables["orders"], windows, retention=retention, as_of=as_of)
        case "label":
            return _by_label(tables["customers"], max(windows))


def _by_contract(customers: ir.Table, windows: Sequence[Period], *, as_of: date) -> ir.Table:
    calendar = ibis.memtable(
        {
            "period_start": [window.start for window in windows],
            "period_end": [window.end for window in windows],
        },
        schema={"period_start": "date", "period_end": "date"},
    )
    pairs = customers.select("customer_id", "acquired_on", "left_on").cross_join(calendar)
    start, end = pairs.period_start, pairs.period_end
    there_before = pairs.acquired_on.isnull() | (pairs.acquired_on < start)
    is_new = pairs.acquired_on.between(start, end).fill_null(False)
    is_lost = (pairs.left_on <= end).fill_null(False)
    return _present(
        pairs,
        active_at_start=there_before & (pairs.left_on.isnull() | (pairs.left_on >= start)),
        stayed=(end <= ibis.literal(as_of)).ifelse(~is_lost, ibis.null("boolean")),
        is_new=is_new,
        left_new=is_new & is_lost,
        active_at_end=~is_lost & (pairs.acquired_on.isnull() | (pairs.acquired_on <= end)),
        lost_on=is_lost.ifelse(pairs.left_on, ibis.null("date")),
    )


def _by_purchase(
    orders: ir.Table, windows: Sequence[Period], *, retention: Retention, as_of: date
) -> ir.Table:
    assert retention.within_days is not None  # Retention demands it
    within = timedelta(days=retention.within_days)
    first = orders.group_by("customer_id").agg(first_order=orders.ordered_at.min())

    def seen(window: Period) -> ir.Table:
        # Each window reads only the orders around it; a join of orders with windows would first
        # multiply them.
        start, after = window.start, window.after
        around = orders.filter(
            orders.ordered_at >= start - within,
            orders.ordered_at < max(start + within, after),
        )
        at = around.ordered_at
        stays_until = ibis.literal(start + within)
        watched = is_watched(window, retention=retention, as_of=as_of)
        stayed = ((at >= start) & (at < stays_until)).any()
        return around.group_by("customer_id").agg(
            period_start=ibis.literal(start),
            period_end=ibis.literal(window.end),
            active_at_start=(at < start).any(),
            stayed=stayed if watched else ibis.null("boolean"),
            last_watched=ibis.literal(start + within - timedelta(days=1)),
            active_at_end=((at >= after - within) & (at < after)).any(),
        )

    around = ibis.union(*map(seen, windows)) if len(windows) > 1 else seen(windows[0])
    pairs = around.join(first, "customer_id")
    is_new = pairs.first_order.date().between(pairs.period_start, pairs.period_end)
    return _present(
        pairs,
        active_at_start=pairs.active_at_start,
        stayed=pairs.stayed,
        is_new=is_new,
        left_new=is_new & ~pairs.active_at_end,
        active_at_end=pairs.active_at_end,
        lost_on=(~pairs.stayed).ifelse(pairs.last_watched, ibis.null("date")),
    )


def _by_label(customers: ir.Table, window: Period) -> ir.Table:
    # One undated group: who left may have left on any day, also before the window.
    return _present(
        customers,
        period_start=ibis.literal(window.start),
        period_end=ibis.literal(window.end),
        active_at_start=ibis.literal(True),
        stayed=~customers.left,
        is_new=ibis.literal(False),
        left_new=ibis.literal(False),
        active_at_end=ibis.null("boolean"),
        lost_on=ibis.null("date"),
    )


def _present(pairs: ir.Table, **columns: ir.Value) -> ir.Table:
    rows = pairs.mutate(**columns)
    return rows.filter(
        rows.active_at_start | rows.is_new | rows.active_at_end.fill_null(False)
    ).select(
        "customer_id",
        "period_start",
        "period_end",
        "active_at_start",
        "stayed",
        "is_new",
        "left_new",
        "active_at_end",
        "lost_on",
    )

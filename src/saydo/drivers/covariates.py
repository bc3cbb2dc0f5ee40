"""What was known of each customer when the watch began, for models to adjust for.

Takes the checked tables and the landmark; returns one row per customer with a column for each
covariate that could be had, and the reason for each that could not. saydo's own covariates count
months, orders, money and tickets; they enter models as log2(1 + x), so that a coefficient is per
doubling, and are rounded to the nearest `GRAIN` on the engine, so that patterns stay few.
Attributes of customers enter as they are: numbers as numbers, text as categories.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from saydo.drivers.covariate_names import LABELS
from saydo.languages import contract_name, gettext
from saydo.languages import noop as _
from saydo.tables.checked import Tables
from saydo.tables.days import midnight

GRAIN = 0.5
"""Own covariates are rounded to this on the log2 scale: half a doubling."""
YEAR = timedelta(days=365)
DAYS_PER_MONTH = 30.4375
RESERVED = (
    "customer_id",
    "segment",
    "satisfaction",
    "stayed",
    "left_out",
    "scale_min",
    "scale_max",
    "n_stayed",
    "n_left",
)
"""Columns of exposures and patterns, which no attribute may be called."""


@dataclass(frozen=True)
class Covariate:
    """One of saydo's own covariates."""

    name: str
    label: str
    definition: str
    needs: Mapping[str, tuple[str, ...]]
    is_behaviour: bool = True
    """Ends when a customer leaves, so that it can't be used where the day of leaving is unknown."""


OWN = {
    covariate.name: covariate
    for covariate in (
        Covariate(
            "tenure",
            LABELS["tenure"],
            _("Full months as a {customer}"),
            {"customers": ("acquired_on",)},
            is_behaviour=False,
        ),
        Covariate(
            "recency",
            LABELS["recency"],
            _("Months without an order: since the last one, or since acquired where there is none"),
            {"orders": ("customer_id", "ordered_at")},
        ),
        Covariate(
            "frequency",
            LABELS["frequency"],
            _("Orders in the 365 days before"),
            {"orders": ("customer_id", "ordered_at")},
        ),
        Covariate(
            "spend",
            LABELS["spend"],
            _("Revenue in the 365 days before"),
            {"orders": ("customer_id", "ordered_at", "revenue")},
        ),
        Covariate(
            "tickets",
            LABELS["tickets"],
            _("Tickets opened in the 365 days before"),
            {"tickets": ("customer_id", "opened_at")},
        ),
    )
}


@dataclass(frozen=True)
class Known:
    """What was known of every customer."""

    table: ir.Table
    """`customer_id` and a column per covariate in use, null where unknown of a customer."""
    used: tuple[str, ...]
    attributes: tuple[str, ...]
    """Those of `used` that are attributes of customers, as recorded now."""
    lacking: Mapping[str, str]
    """Names asked for that can't be had, with the reason."""


def covariates(
    tables: Tables, names: Sequence[str], *, at: date, behaviour_known: bool = True
) -> Known:
    """Covariates of every customer, known when the day `at` begins.

    An attribute of customers that bears the name of one of saydo's own covariates stands in for it
    where it can't be computed.

    Args:
        tables: Rows from `at` on are not read.
        names: Own covariates or attributes of customers.
        at: First day of the watch.
        behaviour_known: False where it is unknown when customers left: orders and tickets would
            then be counted after leaving too, and are left out.
    """
    customers = tables["customers"]
    own: list[str] = []
    attributes: list[str] = []
    lacking: dict[str, str] = {}
    for name in dict.fromkeys(names):
        reason = _own_lacks(tables, name, behaviour_known) if name in OWN else None
        if name in OWN and reason is None:
            own.append(name)
            continue
        why_not = _attribute_lacks(customers, name)
        if why_not is None:
            attributes.append(name)
        else:
            lacking[name] = reason or why_not
    known = customers.select(
        "customer_id",
        *(_attribute(customers, name) for name in attributes),
        **({"_acquired_on": customers.acquired_on} if "acquired_on" in customers.columns else {}),
    )
    known = _with_activity(known, tables, own, at=at)
    measures = {name: _OWN_MEASURES[name](known, at) for name in own}
    rounded = {name: _log2_rounded(x).name(name) for name, x in measures.items()}
    used = tuple(name for name in dict.fromkeys(names) if name in own or name in attributes)
    columns = [rounded.get(name, known[name] if name in attributes else None) for name in used]
    return Known(known.select("customer_id", *columns), used, tuple(attributes), lacking)


def _own_lacks(tables: Tables, name: str, behaviour_known: bool) -> str | None:
    covariate = OWN[name]
    if covariate.is_behaviour and not behaviour_known:
        return gettext(
            "it is not known when {customers} left, so that this would count time after it"
        )
    return tables.lacks(covariate.needs)


def _attribute_lacks(customers: ir.Table, name: str) -> str | None:
    if name in RESERVED or name in ("left", "left_on"):
        return gettext("this column can't be adjusted for")
    if name not in customers.columns:
        return gettext("{table} has no column of this name").format(
            table=contract_name("customers")
        )
    kind = customers[name].type()
    if not (kind.is_numeric() or kind.is_boolean() or kind.is_string()):
        return gettext("it is neither a number nor text")
    return None


def _attribute(customers: ir.Table, name: str) -> ir.Value:
    value = customers[name]
    return value if value.type().is_string() else value.cast("float64").name(name)


def _with_activity(known: ir.Table, tables: Tables, own: Sequence[str], *, at: date) -> ir.Table:
    """Adds what orders and tickets before `at` say, in one pass over each."""
    start, year_before = midnight(at), midnight(at - YEAR)
    if {"recency", "frequency", "spend"} & set(own):
        orders = tables["orders"].filter(tables["orders"].ordered_at < start)
        recent = orders.ordered_at >= year_before
        sums = {"_last_order": orders.ordered_at.max(), "_orders": recent.sum()}
        if "spend" in own:
            sums["_revenue"] = orders.revenue.sum(where=recent)
        ordered = orders.group_by("customer_id").agg(**sums)
        known = known.left_join(ordered, "customer_id").drop("customer_id_right")
    if "tickets" in own:
        tickets = tables["tickets"]
        tickets = tickets.filter(tickets.opened_at >= year_before, tickets.opened_at < start)
        opened = tickets.group_by("customer_id").agg(_tickets=tickets.count())
        known = known.left_join(opened, "customer_id").drop("customer_id_right")
    return known


def _tenure(known: ir.Table, at: date) -> ir.Value:
    day = known._acquired_on
    months = (at.year - day.year()) * 12 + (at.month - day.month())
    return months - (day.day() > at.day).cast("int32")


def _recency(known: ir.Table, at: date) -> ir.Value:
    since = known._last_order
    if "_acquired_on" in known.columns:
        since = ibis.coalesce(since, known._acquired_on.cast("timestamp"))
    seconds = midnight(at).epoch_seconds() - since.epoch_seconds()
    return seconds / (86_400 * DAYS_PER_MONTH)


_OWN_MEASURES: Mapping[str, Callable[[ir.Table, date], ir.Value]] = {
    "tenure": _tenure,
    "recency": _recency,
    "frequency": lambda known, at: known._orders.fill_null(0),
    "spend": lambda known, at: known._revenue.fill_null(0),
    "tickets": lambda known, at: known._tickets.fill_null(0),
}


def _log2_rounded(x: ir.Value) -> ir.Value:
    # Refunds can make spend negative, a late acquired_on tenure: neither is less than nothing.
    x = x.cast("float64")
    doublings = (ibis.greatest(x, 0.0) + 1.0).log2()
    # DuckDB's greatest skips nulls; the unknown must stay unknown.
    return x.isnull().ifelse(ibis.null("float64"), (doublings / GRAIN).round() * GRAIN)

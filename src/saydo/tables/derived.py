"""Who are the customers, where no table says so?

`with_customers` sees to it that `customers` holds every id that occurs in any table. What it adds
or derives (the day a customer came, the day a contract ended) is said in a note.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import ibis
import ibis.expr.types as ir

from saydo.languages import contract_name, ngettext
from saydo.languages import gettext as _
from saydo.tables.contract import CONTRACT

_FIRST_DATES = {"subscriptions": "starts_on", "orders": "ordered_at"}

Keep = Callable[[str, ir.Table], ir.Table]
"""Puts a table's rows on the engine, under a name."""


def with_customers(
    tables: Mapping[str, ir.Table], *, keep: Keep, as_of: date, by_contract: bool, notes: list[str]
) -> dict[str, ir.Table]:
    """The tables, with `customers` complete.

    Args:
        tables: Checked tables.
        keep: Puts a table on the engine.
        as_of: Last day that the run may know of.
        by_contract: Whether a customer stays by contract, so that the last term may say who left.
        notes: Grows by what is derived.
    """
    ids = [
        table.select("customer_id")
        for name, table in tables.items()
        if name != "customers" and "customer_id" in table.columns
    ]
    given = tables.get("customers")
    seen = _distinct(ids)
    customers = _complete(given, seen, notes) if given is not None else seen
    if customers is None:
        customers = ibis.memtable({"customer_id": []}, schema={"customer_id": "string"})
    derived = False
    if "acquired_on" not in customers.columns and (first := _first_dates(tables)) is not None:
        customers = _joined(customers, first)
        derived = True
        note = _("{table}: acquired_on is taken from the first of {tables}.")
        notes.append(
            note.format(table=contract_name("customers"), tables=", ".join(_named(tables)))
        )
    ends = tables.get("subscriptions")
    if (
        by_contract
        and "left_on" not in customers.columns
        and ends is not None
        and "ends_on" in ends.columns
    ):
        customers = _joined(customers, _last_days(ends, as_of))
        derived = True
        note = _("{table}: left_on is the last day of the last term, once that has ended.")
        notes.append(note.format(table=contract_name("customers")))
    if given is not None and customers is given and not derived:
        return dict(tables)
    kept = keep("customers", customers)
    if given is None:
        n = int(kept.count().execute())
        note = ngettext(
            "{table}: not given, so that the {count} id in the other tables stands for it.",
            "{table}: not given, so that the {count} ids in the other tables stand for it.",
            n,
        )
        notes.append(note.format(table=contract_name("customers"), count=n))
    return {"customers": kept, **{name: t for name, t in tables.items() if name != "customers"}}


def _distinct(ids: list[ir.Table]) -> ir.Table | None:
    if not ids:
        return None
    everyone = ibis.union(*ids, distinct=True) if len(ids) > 1 else ids[0].distinct()
    return everyone.filter(everyone.customer_id.notnull())


def _complete(given: ir.Table, seen: ir.Table | None, notes: list[str]) -> ir.Table:
    """Customers with those whom only other tables know, without attributes."""
    if seen is None:
        return given
    unknown = seen.anti_join(given, "customer_id")
    n = int(unknown.count().execute())
    if not n:
        return given
    note = ngettext(
        "{table}: {count} id occurs in other tables only, and was added without attributes.",
        "{table}: {count} ids occur in other tables only, and were added without attributes.",
        n,
    )
    notes.append(note.format(table=contract_name("customers"), count=n))
    schema = given.schema()
    blank = {name: ibis.null(kind) for name, kind in schema.items() if name != "customer_id"}
    added = unknown.mutate(**blank).select(*given.columns)
    return given.union(added)


def _named(tables: Mapping[str, ir.Table]) -> list[str]:
    return [f"{name}.{dated}" for name, dated in _FIRST_DATES.items() if name in tables]


def _first_dates(tables: Mapping[str, ir.Table]) -> ir.Table | None:
    """The first day on which a customer ordered or subscribed."""
    dated = [
        tables[name].select("customer_id", acquired_on=tables[name][column].cast("date"))
        for name, column in _FIRST_DATES.items()
        if name in tables
    ]
    if not dated:
        return None
    rows = ibis.union(*dated) if len(dated) > 1 else dated[0]
    return rows.group_by("customer_id").aggregate(acquired_on=rows.acquired_on.min())


def _last_days(subscriptions: ir.Table, as_of: date) -> ir.Table:
    """The last day of the last term, where all terms have ended before `as_of`."""
    ends_on = subscriptions.ends_on
    is_open = ends_on.isnull() | (ends_on >= ibis.literal(as_of, "date"))
    last = subscriptions.group_by("customer_id").aggregate(
        last=ends_on.max(), n_open=is_open.cast("int64").sum()
    )
    return last.filter(last.n_open == 0).select("customer_id", left_on=last["last"])


def _joined(customers: ir.Table, more: ir.Table) -> ir.Table:
    (name,) = (column for column in more.columns if column != "customer_id")
    joined = customers.left_join(more, "customer_id")
    wanted = [*customers.columns, name]
    known = [column for column in CONTRACT["customers"].names if column in wanted]
    return joined.select(*known, *(column for column in wanted if column not in known))

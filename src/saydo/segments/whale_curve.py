"""How much of the profit do the best customers bring, and how much do others take back?

Customers are ranked by profit, the best first, and their profit is added up: a curve that rises
above 100 % where some customers cost more than they bring in, and falls back to 100 % over them
(Kaplan & Narayanan 2001). Customers are ranked, cut into about a hundred groups and added up on
the engine; groups end where profit turns into loss, so that the curve is exact at its peak too.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.languages import gettext as _
from saydo.params import ALL
from saydo.periods import Period, last_periods
from saydo.privacy import too_small, withheld
from saydo.tables.checked import Tables
from saydo.tables.profit_marts import PROFIT_NEEDS, customer_profits

GROUPS = 100
"""Into how many groups customers are cut, where there are enough of them."""

COLUMNS = (
    "segment",
    "percent_of_customers",
    "percent_of_profit",
    "n",
    "profit",
    "part",
    "peak",
    "percent_losing",
    "percent_taken_back",
    "n_left_out",
    "reason",
)
"""Columns of `whale_curve`, in this order."""


def whale_curve(
    tables: Tables, assignments: ir.Table, *, as_of: date, min_cell: int
) -> pd.DataFrame:
    """Cumulative share of profit by customers ranked by profit, for `all` and per segment.

    Over the last twelve whole months. Customers with an order of unknown cost are left out, as they
    are of the KPIs of profit, and counted.

    Args:
        tables: Checked tables.
        assignments: `customer_id`, `segment`, one row per customer.
        as_of: Last day known.
        min_cell: Fewest customers about whom anything is shown.

    Returns:
        `COLUMNS`, one row per group of customers, the best first: of how many (`n`) and with which
        `profit` together, and what comes to when it is added up to it, in percent of all customers
        and of all profit (empty where there is no profit in all). `part` is `gain` or `loss`, or
        `both` where the two can't be told apart without showing fewer than `min_cell` customers.
        The same in all rows of a segment: `peak` (percent of profit, of those who bring some),
        `percent_losing` (of customers), `percent_taken_back` (of the gains) and `n_left_out`. A
        segment of which nothing is shown has one row, with the `reason`.
    """
    lacks = tables.lacks(PROFIT_NEEDS)
    if lacks:
        return _typed(pd.DataFrame([{"segment": ALL, "reason": lacks}]))
    months = last_periods(as_of, length="month", number=12)
    rows = _of_segments(tables, assignments, Period(months[0].start, months[-1].end))
    cuts = _cuts(_counts(rows), min_cell=min_cell)
    found = _groups(rows, cuts[cuts["groups"] > 0])
    parts = [
        _curve(of, found[found["segment"] == name])
        for name, of in cuts.groupby("segment", sort=True)
    ]
    table = pd.concat(parts, ignore_index=True)
    is_all = table["segment"] == ALL
    return _typed(pd.concat([table[is_all], table[~is_all]]))


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """The columns of the result, of their types though one may be empty."""
    texts = ("segment", "part", "reason")
    types = {name: "str" if name in texts else "float64" for name in COLUMNS}
    types |= {"n": "Int64", "n_left_out": "Int64"}
    return table.reindex(columns=list(COLUMNS)).astype(types).reset_index(drop=True)


def _of_segments(tables: Tables, assignments: ir.Table, months: Period) -> ir.Table:
    """Every customer twice, once within `all`; those of no segment once, and once as of none."""
    profits = customer_profits(tables, months)
    known = assignments.select(known_id="customer_id", segment="segment")
    placed = profits.left_join(known, profits.customer_id == known.known_id).drop("known_id")
    # Kept: it is counted, and then ranked.
    placed = tables.keep("customer_profits", placed)
    everyone = placed.mutate(segment=ibis.literal(ALL))
    return ibis.union(everyone, placed.select(everyone.columns))


def _counts(rows: ir.Table) -> pd.DataFrame:
    """Customers by segment (missing for none): `n_gain`, `n_loss`, `n_left_out`."""
    counts: pd.DataFrame = (
        rows.group_by("segment")
        .agg(
            n_gain=(rows.profit >= 0).fill_null(False).sum(),
            n_loss=(rows.profit < 0).fill_null(False).sum(),
            n_left_out=rows.profit.isnull().sum(),
        )
        .execute()
    )
    return counts.astype({"n_gain": "int64", "n_loss": "int64", "n_left_out": "int64"})


def _cuts(counts: pd.DataFrame, *, min_cell: int) -> pd.DataFrame:
    """Into how many groups each part of each segment is cut, none with too few customers.

    Returns:
        `segment`, `part`, `n` (customers), `groups` (0 where the segment is not shown),
        `n_left_out` (missing where too few).
    """
    is_all = (counts["segment"] == ALL).to_numpy()
    is_named = counts["segment"].notna().to_numpy() & ~is_all
    names = ("n_gain", "n_loss", "n_left_out")
    people = {name: counts[name].to_numpy() for name in names}
    people["n"] = people["n_gain"] + people["n_loss"]

    def hidden(name: str) -> np.ndarray:
        """Where this number is about too few, or would give away one that is."""
        of = people[name]
        flags = too_small(of, min_cell=min_cell)
        nowhere = int(of[~is_all & ~is_named].sum())
        flags[is_named] = withheld(of[is_named], nowhere, min_cell=min_cell)
        return flags

    is_hidden = hidden("n")
    is_mixed = hidden("n_gain") | hidden("n_loss")
    left_out = pd.array(people["n_left_out"], "Int64")
    left_out[hidden("n_left_out")] = pd.NA
    records: list[dict[str, Any]] = []
    for place in np.flatnonzero(is_all | is_named):
        of = {"segment": counts["segment"].iloc[place], "n_left_out": left_out[place]}
        n = int(people["n"][place])
        if is_hidden[place] or n == 0:
            records.append({**of, "part": "both", "n": n, "groups": 0})
        elif is_mixed[place]:
            records.append({**of, "part": "both", "n": n, "groups": min(GROUPS, n // min_cell)})
        else:
            for part in ("gain", "loss"):
                own = int(people[f"n_{part}"][place])
                wanted = max(1, round(GROUPS * own / n))
                groups = min(wanted, own // min_cell)
                records.append({**of, "part": part, "n": own, "groups": groups})
    return pd.DataFrame(records)


def _groups(rows: ir.Table, cuts: pd.DataFrame) -> pd.DataFrame:
    """Customers and profit of each group, in one query."""
    if cuts.empty:
        return pd.DataFrame(columns=["segment", "part", "place", "n", "profit"])
    plan = ibis.memtable(
        cuts[["segment", "part", "n", "groups"]].rename(columns={"segment": "of", "n": "of_n"}),
        schema={"of": "string", "part": "string", "of_n": "int64", "groups": "int64"},
    )
    known = rows.filter(rows.profit.notnull())
    own = (known.profit < 0).ifelse("loss", "gain")
    known = known.mutate(own=own)
    ranked = known.join(
        plan, [known.segment == plan.of, (plan.part == "both") | (plan.part == known.own)]
    )
    ranks = ibis.window(
        group_by=[ranked.of, ranked.part],
        order_by=[ranked.profit.desc(), ranked.customer_id],
    )
    ranked = ranked.mutate(rank=ibis.row_number().over(ranks))
    ranked = ranked.mutate(place=(ranked["rank"] * ranked.groups) // ranked.of_n)
    found: pd.DataFrame = (
        ranked.group_by(segment="of", part="part", place="place")
        .agg(n=ranked.count(), profit=ranked.profit.sum())
        .execute()
    )
    return found.sort_values(["segment", "part", "place"])  # gain before loss


def _curve(cuts: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """The rows of one segment."""
    segment, n_left_out = cuts["segment"].iloc[0], cuts["n_left_out"].iloc[0]
    if groups.empty:
        reason = (
            _("withheld: too few {customers}, or they would give away others")
            if cuts["n"].sum()
            else _("nobody ordered or was served in these twelve months")
        )
        return pd.DataFrame([{"segment": segment, "n_left_out": n_left_out, "reason": reason}])
    n, profit = groups["n"].astype("int64"), groups["profit"].astype("float64")
    total = profit.sum()
    rows = groups.assign(
        n=n,
        profit=profit,
        percent_of_customers=100 * n.cumsum() / n.sum(),
        percent_of_profit=100 * profit.cumsum() / total if total > 0 else np.nan,
        peak=np.nan,
        percent_losing=np.nan,
        percent_taken_back=np.nan,
        n_left_out=n_left_out,
        reason="" if total > 0 else _("there is no profit in all"),
    )
    if "both" not in set(groups["part"]):
        is_loss = groups["part"] == "loss"
        gains, losses = profit[~is_loss].sum(), profit[is_loss].sum()
        rows["percent_losing"] = 100 * n[is_loss].sum() / n.sum()
        if gains > 0:
            rows["percent_taken_back"] = -100 * losses / gains
        if total > 0:
            rows["peak"] = 100 * gains / total
    return rows

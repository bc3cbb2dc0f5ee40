"""Where to compete: how attractive is each market, and how do we stand in it?

A full count of what all brands sold, so that nothing here has an interval. Brands of ours count
together, those of others one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.languages import gettext as _
from saydo.periods import last_periods
from saydo.tables.checked import Tables

MARKET_POSITIONS = (
    "market",
    "size",
    "growth",
    "concentration",
    "n_brands",
    "share",
    "relative_share",
    "share_change",
    "n_months",
    "reason",
)
"""Columns of `market_positions`, in this order."""

NEEDS: Mapping[str, tuple[str, ...]] = {
    "market": ("month", "market", "brand", "is_own", "revenue"),
}

_OURS = "\ue000"
"""Stands for all brands of ours. Private use: no brand is this."""


def market_positions(tables: Tables, *, as_of: date) -> pd.DataFrame:
    """Attractiveness and own position of each market, over the last twelve whole months.

    Returns:
        `MARKET_POSITIONS`, the largest market first. Attractiveness: `size` (revenue of all brands,
        the study's currency), `growth` (%, against the twelve months before), `concentration` (sum
        of squared shares, from 1 / `n_brands` to 1: Herfindahl–Hirschman). Own position: `share`
        (% of revenue), `relative_share` (ours over that of the largest brand of others; above 1 we
        lead) and `share_change` (percentage points, against the twelve months before). `n_months`
        with figures among the twelve. `reason` says why there is no growth: months with figures
        that are not the same in both years. One row without a market where nothing is measured.

    References:
        Farris et al. (2010), Marketing Metrics, 2nd ed., ch. 2, on relative share and
        concentration.
    """
    lacks = tables.lacks(NEEDS)
    if lacks:
        return _nothing(lacks)
    months = last_periods(as_of, length="month", number=24)
    sold = _sold(
        tables["market"], now_from=months[12].start, since=months[0].start, until=months[-1].end
    )
    if not sold["is_now"].any():
        return _nothing(_("no market figures in the last twelve months"))
    rows = [_of_market(name, of) for name, of in sold.groupby("market") if of["is_now"].any()]
    table = pd.DataFrame(rows).sort_values(["size", "market"], ascending=[False, True])
    return table.reset_index(drop=True)[list(MARKET_POSITIONS)]


def _nothing(reason: str) -> pd.DataFrame:
    empty = dict.fromkeys(MARKET_POSITIONS, np.nan) | {"market": "", "reason": reason}
    return pd.DataFrame([empty], columns=list(MARKET_POSITIONS))


def _sold(market: ir.Table, *, now_from: date, since: date, until: date) -> pd.DataFrame:
    """Revenue by market, month of the calendar, brand (ours as one) and whether it is of this
    year."""
    rows = market.filter(market.month >= since, market.month <= until)
    rows = rows.mutate(
        is_now=rows.month >= now_from,
        number=rows.month.month(),
        seller=rows.is_own.fill_null(False).ifelse(_OURS, rows.brand),
    )
    found: pd.DataFrame = (
        rows.group_by("market", "is_now", "number", "seller").agg(revenue=rows.revenue.sum())
    ).execute()
    return found.assign(revenue=found["revenue"].astype("float64").fillna(0.0))


def _of_market(name: str, sold: pd.DataFrame) -> dict[str, object]:
    """The row of one market."""
    now, before = sold[sold["is_now"]], sold[~sold["is_now"]]
    by_seller = now.groupby("seller")["revenue"].sum()
    size, own = by_seller.sum(), by_seller.get(_OURS, 0.0)
    rivals = by_seller.drop(_OURS, errors="ignore")
    largest = rivals.max() if len(rivals) else np.nan
    shares = by_seller / size if size > 0 else by_seller * np.nan
    row = {
        "market": name,
        "size": size,
        "growth": np.nan,
        "concentration": (shares**2).sum(min_count=1),
        "n_brands": int((by_seller > 0).sum()),
        "share": 100 * own / size if size > 0 else np.nan,
        "relative_share": own / largest if largest > 0 else np.nan,
        "share_change": np.nan,
        "n_months": now["number"].nunique(),
        "reason": "",
    }
    size_before = before["revenue"].sum()
    # Of other months the seasons would look like growth.
    if set(now["number"]) != set(before["number"]):
        row["reason"] = _("the twelve months before have no figures of the same months")
    elif size_before > 0 and size > 0:
        own_before = before.loc[before["seller"] == _OURS, "revenue"].sum()
        row["growth"] = 100 * (size / size_before - 1)
        row["share_change"] = 100 * (own / size - own_before / size_before)
    return row

"""Where does each segment stand: on share, profitability, satisfaction and growth?

Worked out from the tables of KPIs and of sizes alone. Sums that no KPI shows are a KPI's value
times its weight: of revenue per order times orders, of revenue per customer times customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from saydo.kpis import KPIS
from saydo.languages import gettext as _
from saydo.params import ALL

POSITIONS = (
    "segment",
    "measure",
    "kpi",
    "unit",
    "period_start",
    "value",
    "ci_low",
    "ci_high",
    "n",
    "reason",
)
"""Columns of `positions`, in this order."""

SATISFIED = ("csat_top2", "csat_mean", "nps")
"""What satisfaction is told by: the first that is measured."""

PROFITABLE = ("customer_profit", "gross_margin_customer")
"""What profitability is told by: the first that is measured."""


@dataclass(frozen=True)
class _Sum:
    """A KPI of which value times weight, or the weight alone, is a sum over customers."""

    kpi: str
    weight_only: bool = False

    def of(self, rows: pd.DataFrame) -> pd.Series:
        weight = rows["weight"].astype("float64")
        if self.weight_only:
            return weight
        # Of nothing there is no mean, but the sum of nothing is zero.
        return (rows["value"].astype("float64") * weight).mask(weight == 0, 0.0)


_REVENUE = _Sum("aov")
_CUSTOMERS = _Sum("revenue_per_customer", weight_only=True)
"""The mean of the numbers of customers at the start and the end of the period."""


def positions(
    kpis: pd.DataFrame, sizes: pd.DataFrame, latest: pd.DataFrame, *, follow_behaviour: bool = False
) -> pd.DataFrame:
    """Where each segment stands, in one row per segment and measure.

    Shares of revenue and growth are counts of what happened, without an interval.

    Args:
        kpis: As `compute` returns it.
        sizes: As `segment_sizes` returns it.
        latest: As `report.movement.latest` returns it.
        follow_behaviour: Whether segments are formed by what customers did until now. Whoever is in
            one that nobody gets into without buying lately has grown by that alone, so that nothing
            is told of the growth of such segments.

    Returns:
        `POSITIONS`, `all` first. `measure` is `share_of_customers` (of those ever known),
        `share_of_revenue` (of the last period), `profit` and `satisfaction` (the KPI that they are
        told by stands beside them), `revenue_growth` and `customer_growth` (against the same period
        a year before, of the same customers as are in the segment now). `n` is what the value rests
        on. `reason` says why there is no value.
    """
    parts = [
        _share_of_customers(sizes),
        _share_of_revenue(kpis),
        _as_measured(latest, PROFITABLE, "profit"),
        _as_measured(latest, SATISFIED, "satisfaction"),
        _growth(kpis, _REVENUE, "revenue_growth"),
        _growth(kpis, _CUSTOMERS, "customer_growth"),
    ]
    table = pd.concat(parts, ignore_index=True)
    if follow_behaviour:
        is_formed = table["measure"].str.endswith("_growth") & (table["segment"] != ALL)
        table.loc[is_formed, ["value", "n"]] = np.nan
        table.loc[is_formed, "reason"] = _("the segment is formed by what they did in that year")
    order = {name: place for place, name in enumerate(sizes["segment"])}
    table = table[table["segment"].isin(order)]
    table = table.iloc[table["segment"].map(order).argsort(kind="stable")]
    return table.reset_index(drop=True)[list(POSITIONS)]


def _share_of_customers(sizes: pd.DataFrame) -> pd.DataFrame:
    value = 100 * sizes["share"].astype("float64")
    return pd.DataFrame(
        {
            "segment": sizes["segment"],
            "measure": "share_of_customers",
            "kpi": "",
            "unit": "%",
            "period_start": pd.NaT,
            "value": value,
            "ci_low": np.nan,
            "ci_high": np.nan,
            "n": sizes["n_customers"].astype("float64"),
            "reason": np.where(value.isna(), _("withheld, to protect small segments"), ""),
        }
    )


def _share_of_revenue(kpis: pd.DataFrame) -> pd.DataFrame:
    rows = _last(kpis, _REVENUE.kpi)
    revenue = _REVENUE.of(rows)
    everyone = revenue[rows["segment"] == ALL].sum(min_count=1)
    share = 100 * revenue / everyone if everyone > 0 else revenue * np.nan
    return _counted(rows, "share_of_revenue", share)


def _growth(kpis: pd.DataFrame, of: _Sum, measure: str) -> pd.DataFrame:
    rows = _last(kpis, of.kpi)
    starts = pd.to_datetime(kpis["period_start"])
    year_ago = pd.to_datetime(rows["period_start"]).max() - pd.DateOffset(years=1)
    before = kpis[(kpis["kpi"] == of.kpi) & (starts == year_ago)].set_index("segment")
    then = of.of(before).reindex(rows["segment"]).set_axis(rows.index)
    growth = 100 * (of.of(rows) / then.where(then > 0) - 1)
    reasons = before["reason"].reindex(rows["segment"]).set_axis(rows.index)
    if before.empty:
        reasons = pd.Series(_("nothing is known of a year before"), rows.index)
    counted = _counted(rows, measure, growth)
    is_bare = (counted["value"].isna() & (counted["reason"] == "")).to_numpy()
    nothing = _("nothing to compare with a year before")
    told = reasons.fillna("").where(reasons.fillna("") != "", nothing)
    counted.loc[is_bare, "reason"] = told.to_numpy()[is_bare]
    return counted


def _counted(rows: pd.DataFrame, measure: str, value: pd.Series) -> pd.DataFrame:
    """A count of what happened, of which chance is no part."""
    return pd.DataFrame(
        {
            "segment": rows["segment"],
            "measure": measure,
            "kpi": rows["kpi"],
            "unit": "%",
            "period_start": pd.to_datetime(rows["period_start"]),
            "value": value,
            "ci_low": np.nan,
            "ci_high": np.nan,
            "n": rows["n"].astype("float64").where(value.notna()),
            "reason": rows["reason"].where(value.isna(), ""),
        }
    )


def _as_measured(latest: pd.DataFrame, names: Sequence[str], measure: str) -> pd.DataFrame:
    """The first of these KPIs that is measured of everyone, or else the first."""
    everyone = latest[latest["segment"] == ALL].set_index("kpi")["value"]
    known = [name for name in names if pd.notna(everyone.get(name))]
    name = (known or list(names))[0]
    rows = latest[latest["kpi"] == name]
    return rows.assign(
        measure=measure,
        unit=KPIS[name].unit,
        period_start=pd.to_datetime(rows["period_start"]),
        **{column: rows[column].astype("float64") for column in ("ci_low", "ci_high", "n")},
    )[list(POSITIONS)]


def _last(kpis: pd.DataFrame, name: str) -> pd.DataFrame:
    rows = kpis[kpis["kpi"] == name]
    return rows[rows["period_start"] == rows["period_start"].max()].reset_index(drop=True)

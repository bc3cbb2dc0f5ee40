"""Where each segment stands, worked out from the tables of KPIs and sizes."""

from datetime import date

import ibis
import pandas as pd
import pytest

from saydo import params as params_module
from saydo.kpis import KPIS
from saydo.kpis.compute import compute
from saydo.report.movement import latest
from saydo.segments import segment_sizes
from saydo.segments.positions import POSITIONS, positions
from saydo.tables.checked import Tables

SEGMENTS = {"a": "big", "b": "big", "c": "small", "d": "small"}
NAMES = ("aov", "revenue_per_customer", "customer_profit", "gross_margin_customer", "csat_top2")
NAMES += ("csat_mean", "nps")


def company(orders: list[tuple[str, str, float]], **more: pd.DataFrame) -> Tables:
    """`orders` as customer, day and revenue; d is won within the year, the others before."""
    frame = pd.DataFrame(orders, columns=["customer_id", "ordered_at", "revenue"])
    frame = frame.assign(order_id=range(len(frame)), ordered_at=pd.to_datetime(frame["ordered_at"]))
    customers = pd.DataFrame(
        {
            "customer_id": list("abcd"),
            "acquired_on": pd.to_datetime(["2020-01-01"] * 3 + ["2025-05-05"]),
            "left_on": pd.NaT,
        }
    )
    return Tables.of({"customers": customers, "orders": frame, **more})


ORDERS = [
    ("a", "2025-10-05", 60.0),
    ("a", "2025-11-05", 30.0),
    ("b", "2025-12-05", 30.0),
    ("c", "2025-12-06", 30.0),
    ("a", "2024-10-05", 50.0),
    ("b", "2024-11-05", 50.0),
    ("c", "2024-12-05", 60.0),
    ("a", "2025-08-01", 999.0),
]


def found_of(
    tables: Tables, *, min_cell: int = 1, periods: int = 5, **options: bool
) -> pd.DataFrame:
    raw = {
        "study": "By hand",
        "period": "quarter",
        "periods": periods,
        "data": {"tables": {"orders": {"path": "orders.csv"}}},
        "retention": {"kind": "contract"},
        "privacy": {"min_cell": min_cell},
    }
    where = ibis.memtable(
        pd.DataFrame(SEGMENTS.items(), columns=["customer_id", "segment"]),
        schema={"customer_id": "string", "segment": "string"},
    )
    params, as_of = params_module.parse(raw), date(2025, 12, 31)
    chosen = [KPIS[name] for name in NAMES]
    kpis = compute(tables, where, params=params, as_of=as_of, kpis=chosen)
    sizes = segment_sizes(where, n_customers=4, min_cell=min_cell)
    table = positions(kpis, sizes, latest(kpis), **options)
    assert tuple(table.columns) == POSITIONS
    return table.set_index(["measure", "segment"])


def test_shares_and_growth_by_hand():
    value = found_of(company(ORDERS))["value"]
    assert value["share_of_customers"].to_dict() == {"all": 100, "big": 50, "small": 50}
    # Of the last quarter: 120 of 150, and 30 of 150; the order of August is of another.
    assert value["share_of_revenue"].to_dict() == pytest.approx(
        {"all": 100, "big": 80, "small": 20}
    )
    # From 100 to 120, and from 60 to 30; together from 160 to 150.
    assert value["revenue_growth"].to_dict() == pytest.approx(
        {"all": -6.25, "big": 20, "small": -50}
    )
    # From three customers to four, of whom two are small where there was one.
    assert value["customer_growth"].to_dict() == pytest.approx(
        {"all": 100 / 3, "big": 0, "small": 100}
    )


def test_a_segment_that_no_longer_buys_has_lost_all_its_revenue():
    value = found_of(company([order for order in ORDERS if order[:2] != ("c", "2025-12-06")]))
    assert value.loc[("revenue_growth", "small"), "value"] == -100
    assert value.loc[("share_of_revenue", "small"), "value"] == 0


def test_a_segment_that_did_not_buy_a_year_before_has_no_growth_and_says_why():
    table = found_of(company([order for order in ORDERS if order[:2] != ("c", "2024-12-05")]))
    row = table.loc[("revenue_growth", "small")]
    assert pd.isna(row["value"])
    assert row["reason"] == "no orders in this period"


def test_where_the_trend_is_shorter_than_a_year_there_is_no_growth():
    row = found_of(company(ORDERS), periods=3).loc[("revenue_growth", "big")]
    assert pd.isna(row["value"])
    assert row["reason"] == "nothing is known of a year before"


def test_of_segments_formed_by_behaviour_no_growth_is_told():
    table = found_of(company(ORDERS), follow_behaviour=True)
    assert table.loc[("revenue_growth", "all"), "value"] == pytest.approx(-6.25)
    assert pd.isna(table.loc[("revenue_growth", "big"), "value"])
    assert "formed by what they did" in table.loc[("revenue_growth", "big"), "reason"]
    assert table.loc[("share_of_revenue", "big"), "value"] == pytest.approx(80)


def test_profit_and_satisfaction_are_those_of_the_kpis_with_their_intervals():
    answers = pd.DataFrame(
        {
            "customer_id": list("abcd"),
            "item": "satisfaction",
            "score": [5, 1, 4, 5],
            "scale_min": 1,
            "scale_max": 5,
            "answered_at": pd.Timestamp("2025-11-11"),
        }
    )
    table = found_of(company(ORDERS, answers=answers))
    row = table.loc[("satisfaction", "big")]
    assert (row["kpi"], row["value"], row["n"]) == ("csat_top2", 50, 2)
    assert row["ci_low"] < 50 < row["ci_high"]
    assert table.loc[("profit", "big"), "reason"].startswith("needs ")


def test_what_is_withheld_of_kpis_is_withheld_here():
    table = found_of(company(ORDERS), min_cell=3)
    parts = table[table.index.get_level_values("segment") != "all"]
    assert parts["value"].isna().all()
    assert parts.loc["share_of_revenue", "reason"].str.startswith("withheld").all()
    assert table.loc[("share_of_customers", "all"), "value"] == 100

"""Cumulative profit of customers ranked by profit."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from saydo import params as params_module
from saydo.kpis import KPIS
from saydo.kpis.compute import compute
from saydo.segments.whale_curve import COLUMNS, whale_curve
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)


def company(profits: dict[str, float], *, uncosted: tuple[str, ...] = ()) -> Tables:
    """Each has two orders worth 50 each, at a cost, and costs 30 to serve: in all `profits`."""
    ids = [name for name in profits for _ in range(2)]
    cost = [(100 - 30 - profits[name]) / 2 for name in ids]
    orders = pd.DataFrame(
        {
            "order_id": range(len(ids)),
            "customer_id": ids,
            "ordered_at": pd.Timestamp("2025-03-01"),
            "revenue": 50.0,
            "cost": cost,
        }
    )
    orders.loc[orders["customer_id"].isin(uncosted) & (orders.index % 2 == 0), "cost"] = np.nan
    costs = pd.DataFrame(
        {
            "customer_id": list(profits),
            "month": pd.Timestamp("2025-06-01"),
            "cost_to_serve": 30.0,
        }
    )
    return Tables.of({"orders": orders, "costs": costs})


def assigned(segments: dict[str, str]):
    frame = pd.DataFrame(segments.items(), columns=["customer_id", "segment"])
    return ibis.memtable(frame, schema={"customer_id": "string", "segment": "string"})


def curve(tables: Tables, segments: dict[str, str], *, min_cell: int = 1) -> pd.DataFrame:
    return whale_curve(tables, assigned(segments), as_of=AS_OF, min_cell=min_cell)


def test_five_customers_by_hand():
    # 60 + 50 + 10 − 5 − 15 = 100: up to 120 % after three of five, and back to 100 %.
    profits = {"a": 60.0, "b": 50.0, "c": 10.0, "d": -5.0, "e": -15.0}
    found = curve(company(profits), dict.fromkeys(profits, "one"))
    assert tuple(found.columns) == COLUMNS
    everyone = found[found["segment"] == "all"]
    assert list(everyone["percent_of_customers"]) == pytest.approx([20, 40, 60, 80, 100])
    assert list(everyone["percent_of_profit"]) == pytest.approx([60, 110, 120, 115, 100])
    assert list(everyone["part"]) == ["gain"] * 3 + ["loss"] * 2
    assert set(everyone["peak"]) == {120.0}
    assert set(everyone["percent_losing"]) == {40.0}
    # 20 of the gains of 120.
    assert everyone["percent_taken_back"].iloc[0] == pytest.approx(100 * 20 / 120)
    pd.testing.assert_frame_equal(
        everyone.drop(columns="segment").reset_index(drop=True),
        found[found["segment"] == "one"].drop(columns="segment").reset_index(drop=True),
    )


def test_every_point_lies_on_the_curve_that_numpy_draws():
    rng = np.random.default_rng(5)
    profits = {f"{i:04}": float(p) for i, p in enumerate(rng.normal(8, 20, 1234).round(2))}
    where = {name: "even" if int(name) % 2 == 0 else "odd" for name in profits}
    found = curve(company(profits), where, min_cell=11)
    for segment, of in found.groupby("segment"):
        own = [p for name, p in profits.items() if segment in ("all", where[name])]
        ranked = np.sort(own)[::-1]
        reached = of["n"].cumsum().to_numpy(int)
        assert reached[-1] == len(own)
        expected = 100 * ranked.cumsum()[reached - 1] / ranked.sum()
        np.testing.assert_allclose(of["percent_of_profit"], expected, rtol=1e-9)
        np.testing.assert_allclose(of["percent_of_customers"], 100 * reached / len(own))
        assert of["peak"].iloc[0] == pytest.approx(100 * ranked[ranked > 0].sum() / ranked.sum())
        assert of["n"].min() >= 11
        assert of["percent_losing"].iloc[0] == pytest.approx(100 * np.mean(ranked < 0))
    sizes = found.groupby("segment").size()
    assert sizes["all"] == pytest.approx(100, abs=1)
    assert sizes["even"] == pytest.approx(617 // 11, abs=1)


def test_it_is_that_of_the_kpis_where_their_period_is_a_year():
    rng = np.random.default_rng(6)
    profits = {f"{i:03}": float(p) for i, p in enumerate(rng.normal(5, 30, 300).round(2))}
    tables = company(profits, uncosted=("007", "008"))
    raw = {
        "study": "By hand",
        "period": "year",
        "periods": 1,
        "data": {"tables": {"orders": {"path": "orders.csv"}}},
        "privacy": {"min_cell": 1},
    }
    names = ("whale_curve_peak", "unprofitable_share")
    where = assigned(dict.fromkeys(profits, "one"))
    kpis = compute(
        tables,
        where,
        params=params_module.parse(raw),
        as_of=AS_OF,
        kpis=[KPIS[name] for name in names],
    )
    of_all = kpis[kpis["segment"] == "all"].set_index("kpi")["value"]
    found = whale_curve(tables, where, as_of=AS_OF, min_cell=1).iloc[0]
    assert found["peak"] == pytest.approx(of_all["whale_curve_peak"])
    assert found["percent_losing"] == pytest.approx(of_all["unprofitable_share"])


def test_who_has_an_order_of_unknown_cost_is_left_out_and_counted():
    profits = {"a": 60.0, "b": 40.0, "c": 500.0}
    found = curve(company(profits, uncosted=("c",)), dict.fromkeys(profits, "one"))
    everyone = found[found["segment"] == "all"]
    assert everyone["profit"].sum() == pytest.approx(100)
    assert set(everyone["n_left_out"]) == {1}


def test_only_twelve_whole_months_count():
    tables = company({"a": 60.0, "b": 40.0})
    found = whale_curve(
        tables, assigned({"a": "one", "b": "one"}), as_of=date(2026, 3, 30), min_cell=1
    )
    # Up to the end of February 2026: from March 2025 on.
    assert found[found["segment"] == "all"]["profit"].sum() == pytest.approx(100)
    later = whale_curve(
        tables, assigned({"a": "one", "b": "one"}), as_of=date(2026, 3, 31), min_cell=1
    )
    # The orders of March 2025 are gone, and the costs of June are not.
    assert later[later["segment"] == "all"]["profit"].sum() == pytest.approx(-60)
    assert later["percent_of_profit"].isna().all()
    assert set(later["reason"]) == {"there is no profit in all"}


def test_where_few_lose_money_gains_and_losses_are_not_told_apart():
    profits = {f"{i:02}": 10.0 + i for i in range(40)} | {"x": -5.0, "y": -7.0}
    found = curve(company(profits), dict.fromkeys(profits, "one"), min_cell=11)
    assert set(found["part"]) == {"both"}
    assert found[["peak", "percent_losing", "percent_taken_back"]].isna().all(axis=None)
    assert found["n"].min() >= 11


def test_a_small_segment_is_withheld_and_so_is_another_that_would_give_it_away():
    names = [f"{i:02}" for i in range(60)]
    profits = {name: 10.0 + i for i, name in enumerate(names)}
    where = {name: "few" if i < 4 else "some" if i < 20 else "many" for i, name in enumerate(names)}
    found = curve(company(profits), where, min_cell=11)
    shown = found[found["n"].notna()]
    assert set(shown["segment"]) == {"all", "many"}
    reasons = found[found["n"].isna()].set_index("segment")["reason"]
    assert sorted(reasons.index) == ["few", "some"]
    assert reasons.str.startswith("withheld").all()


def test_customers_in_no_segment_count_in_all():
    profits = {"a": 60.0, "b": 40.0}
    found = curve(company(profits), {"a": "one"})
    assert found.groupby("segment")["profit"].sum().to_dict() == {"all": 100.0, "one": 60.0}


def test_without_costs_to_serve_it_is_not_measured():
    tables = Tables.of({"orders": pd.DataFrame({"customer_id": ["a"], "revenue": [1.0]})})
    found = curve(tables, {"a": "one"})
    assert list(found["segment"]) == ["all"]
    assert found["reason"].iloc[0].startswith("needs ")
    assert "costs" in found["reason"].iloc[0]

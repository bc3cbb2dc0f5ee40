"""Profit, costs and the value of customers against arithmetic on a few rows."""

import numpy as np
import pandas as pd
import pytest

QUARTER = 1.1**0.25 - 1
"""What a tenth a year is over a quarter."""


@pytest.fixture
def frames():
    """At the start a, b, c, d, of whom b leaves; e is new: mean (4 + 4) / 2."""
    people = [
        ("a", "2024-01-01", None),
        ("b", "2024-01-01", "2025-11-30"),
        ("c", "2024-01-01", None),
        ("d", None, None),
        ("e", "2025-11-01", None),
    ]
    orders = [
        ("a", "2025-10-01", 100.0, 60.0),
        ("b", "2025-11-01", 30.0, 20.0),
        ("e", "2025-12-31 23:00", 15.0, 5.0),
        ("a", "2025-09-30 23:00", 200.0, 100.0),
        ("c", "2023-05-01", 50.0, 20.0),
        ("b", "2024-05-01", 70.0, 20.0),
    ]
    costs = [("a", "2025-10-01", 5.0), ("a", "2025-11-01", 5.0), ("b", "2025-12-01", 40.0)]
    costs += [("c", "2025-12-01", 2.0), ("d", "2025-09-01", 999.0)]
    orders = pd.DataFrame(orders, columns=["customer_id", "ordered_at", "revenue", "cost"])
    orders["ordered_at"] = pd.to_datetime(orders["ordered_at"], format="mixed")
    return {
        "customers": pd.DataFrame(people, columns=["customer_id", "acquired_on", "left_on"]),
        "orders": orders.assign(order_id=[f"o{number}" for number in range(6)]),
        "costs": pd.DataFrame(costs, columns=["customer_id", "month", "cost_to_serve"]),
        "marketing": pd.DataFrame(
            {"month": ["2025-10-01", "2025-11-01", "2025-12-01"], "spend": [20.0, 0.0, 4.0]}
        ),
    }


def uncosted(frames, customer):
    """The frames, with one more order of unknown cost."""
    order = {"customer_id": customer, "ordered_at": pd.Timestamp("2025-10-02"), "revenue": 500.0}
    orders = pd.concat([frames["orders"], pd.DataFrame([order | {"order_id": "new"}])])
    return {**frames, "orders": orders.reset_index(drop=True)}


def test_whale_curve_peaks_at_the_profit_of_those_with_one(measured, frames):
    # a: 100 − 60 − 10 = 30; b: 30 − 20 − 40 = −30; c: −2; e: 10. 40 of 8 is 500 %.
    row = measured(frames, "whale_curve_peak")
    assert (row["value"], row["n"]) == (pytest.approx(500), 4)
    # Whether there is a profit of all at all is not sure with four customers: no bounds.
    assert np.isnan(row["ci_low"]) and np.isnan(row["ci_high"])


def test_whale_curve_has_no_peak_without_a_profit(measured, frames):
    frames["costs"].loc[2, "cost_to_serve"] = 48.0
    row = measured(frames, "whale_curve_peak")
    assert np.isnan(row["value"]) and row["reason"] == "there is no profit in all"


def test_gross_margin_is_over_the_mean_of_both_ends(measured, frames):
    # 40 + 10 + 10 = 60 over 4.
    assert measured(frames, "gross_margin_customer")["value"] == pytest.approx(15)


def test_gross_margin_leaves_out_unknown_costs_on_both_sides(measured, frames):
    # Without a: 20 over (3 + 3) / 2.
    row = measured(uncosted(frames, "a"), "gross_margin_customer")
    assert row["value"] == pytest.approx(20 / 3)


def test_cost_to_serve_is_over_the_mean_of_both_ends(measured, frames):
    # 10 + 40 + 2 over 4; September does not count.
    row = measured(frames, "cost_to_serve")
    assert (row["value"], row["n"]) == (pytest.approx(13), 5)


def test_costs_that_are_not_known_are_not_zero(measured, frames):
    row = measured({**frames, "costs": frames["costs"].tail(1)}, "cost_to_serve")
    assert np.isnan(row["value"]) and row["reason"] == "no costs are known in this period"


def test_margin_to_date_is_of_customers_at_the_end(measured, frames):
    # a: 40 + 100; c: 30; d: 0; e: 10. b has left.
    row = measured(frames, "clv_hist")
    assert (row["value"], row["n"]) == (pytest.approx((140 + 30 + 10) / 4), 4)


def test_margin_to_date_grows_from_period_to_period(kpi_table, frames):
    # On 30 September: a 100, b 50, c 30, d 0.
    table = kpi_table(frames, "clv_hist", periods=2)
    table = table[table["segment"] == "all"]
    assert list(table["value"]) == pytest.approx([180 / 4, 180 / 4])
    assert list(table["n"]) == [4, 4]


def test_margin_to_date_leaves_out_who_has_an_order_of_unknown_cost(measured, frames):
    row = measured(uncosted(frames, "a"), "clv_hist")
    assert (row["value"], row["n"]) == (pytest.approx((30 + 10) / 3), 3)


def test_value_at_constant_retention(measured, frames):
    # m = 15, r = 3/4: 15 · 0.75 / (1 + d − 0.75). The first margin would make it 15 more.
    row = measured(frames, "clv_retention")
    assert (row["value"], row["n"]) == (pytest.approx(15 * 0.75 / (0.25 + QUARTER)), 4)
    assert row["ci_low"] < row["value"] < row["ci_high"]


def test_value_at_constant_retention_is_the_sum_of_its_series(measured, frames):
    row = measured(frames, "clv_retention")
    series = sum(15 * 0.75**t / (1 + QUARTER) ** t for t in range(1, 500))
    assert row["value"] == pytest.approx(series)


def test_margin_and_rate_are_over_the_wait_for_an_order(measured):
    # With 60 days: at the start a, b, of whom a orders again by 29 November: r = 1/2. At the end
    # (from 2 November on) b and c: mean 2. Margin 10 · 3 = 30, 15 a quarter; a wait is 60 of
    # 91.3125 days of it.
    frames = {
        "orders": pd.DataFrame(
            {
                "order_id": list("pqrst"),
                "customer_id": list("abacb"),
                "ordered_at": pd.to_datetime(
                    ["2025-09-01", "2025-09-01", "2025-10-01", "2025-11-10", "2025-12-20"]
                ),
                "revenue": 15.0,
                "cost": 5.0,
            }
        )
    }
    row = measured(frames, "clv_retention", retention={"kind": "purchase", "within_days": 60})
    wait = 60 / 91.3125
    rate = 1.1 ** (60 / 365.25) - 1
    assert row["value"] == pytest.approx(15 * wait * 0.5 / (1 + rate - 0.5))


def test_nobody_left_and_no_discounting_has_no_end(measured, frames):
    frames["customers"]["left_on"] = None
    row = measured(frames, "clv_retention", definitions={"discount_rate": 0})
    assert np.isnan(row["value"])
    assert row["reason"] == "nobody left, and without discounting it has no end"
    # With discounting it has: 60 / 4.5 per customer, for ever.
    row = measured(frames, "clv_retention")
    assert row["value"] == pytest.approx(60 / 4.5 / QUARTER)
    assert row["ci_low"] < row["value"]


def test_value_over_cost_holds_the_first_margin(measured, frames):
    # 15 · (1 + d) / (1 + d − 0.75) over 24 spent on one new customer.
    row = measured(frames, "ltv_cac")
    assert (row["value"], row["n"]) == (
        pytest.approx(15 * (1 + QUARTER) / (0.25 + QUARTER) / 24),
        1,
    )
    assert row["ci_low"] < row["value"] < row["ci_high"]


def test_value_over_cost_needs_the_spend_of_every_month(measured, frames):
    row = measured({**frames, "marketing": frames["marketing"].head(2)}, "ltv_cac")
    assert np.isnan(row["value"]) and row["reason"] == "spend is not known for the whole period"


def test_value_over_cost_needs_new_customers(measured, frames):
    nobody_new = frames["customers"].head(4)
    orders = frames["orders"].query("customer_id != 'e'")
    row = measured({**frames, "customers": nobody_new, "orders": orders}, "ltv_cac")
    assert np.isnan(row["value"]) and row["reason"] == "no new customers in this period"


def test_value_over_cost_has_no_value_where_nothing_was_spent(measured, frames):
    row = measured({**frames, "marketing": frames["marketing"].assign(spend=0.0)}, "ltv_cac")
    assert np.isnan(row["value"])
    assert row["reason"] == "nothing was spent on winning customers"

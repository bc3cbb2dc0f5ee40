"""Revenue and profit against arithmetic on a few customers."""

import pandas as pd
import pytest


@pytest.fixture
def frames():
    orders = [
        # customer, day, revenue, cost
        ("a", "2025-10-01", 100.0, 60.0),
        ("a", "2025-12-31 23:00", 50.0, 20.0),
        ("b", "2025-11-01", 30.0, 25.0),
        ("c", "2025-11-01", 20.0, None),
        ("d", "2025-09-30", 500.0, 1.0),
    ]
    costs = [("a", "2025-10-01", 5.0), ("a", "2025-11-01", 5.0), ("b", "2025-12-01", 10.0)]
    costs += [("e", "2025-12-01", 4.0), ("d", "2025-09-01", 1.0)]
    # At both ends: a, d. At the start: b. At the end: c. At neither: e.
    people = [("a", "2024-01-01", None), ("b", "2024-01-01", "2025-11-30")]
    people += [("c", "2025-11-01", None), ("d", None, None), ("e", "2025-11-01", "2025-11-20")]
    orders = pd.DataFrame(orders, columns=["customer_id", "ordered_at", "revenue", "cost"])
    orders["ordered_at"] = pd.to_datetime(orders["ordered_at"], format="mixed")
    return {
        "customers": pd.DataFrame(people, columns=["customer_id", "acquired_on", "left_on"]),
        "orders": orders.assign(order_id=[f"o{number}" for number in range(5)]),
        "costs": pd.DataFrame(costs, columns=["customer_id", "month", "cost_to_serve"]),
    }


def test_revenue_per_customer_is_over_the_mean_of_both_ends(measured, frames):
    # Revenue 100 + 50 + 30 + 20 = 200; customers 3 at the start (a, b, d), 3 at the end (a, c, d).
    row = measured(frames, "revenue_per_customer")
    assert (row["value"], row["n"]) == (pytest.approx(200 / 3), 4)


def test_purchase_presence_at_the_end_counts_who_came_back(measured, frames):
    # With 62 days: at the start d (30 September); at the end a, b, c (since 31 October): mean 2.
    # None of those three is new: they had bought a year before.
    orders = frames["orders"]
    before = orders.head(4).assign(
        order_id=list("pqrs"), ordered_at=pd.Timestamp("2024-10-01"), revenue=7.0
    )
    row = measured(
        {"orders": pd.concat([orders, before], ignore_index=True)},
        "revenue_per_customer",
        retention={"kind": "purchase", "within_days": 62},
    )
    assert row["value"] == pytest.approx(200 / 2)


def test_average_order_value(measured, frames):
    # 200 / 4 orders of three customers.
    row = measured(frames, "aov")
    assert (row["value"], row["n"]) == (50, 3)


def test_customer_profit_leaves_out_unknown_costs(measured, frames):
    # a: 150 − 80 − 10 = 60; b: 30 − 25 − 10 = −5; e: −4; c has an order of unknown cost.
    row = measured(frames, "customer_profit")
    assert (row["value"], row["n"]) == (pytest.approx((60 - 5 - 4) / 3), 3)


def test_unprofitable_share(measured, frames):
    row = measured(frames, "unprofitable_share")
    assert (row["value"], row["n"]) == (pytest.approx(200 / 3), 3)

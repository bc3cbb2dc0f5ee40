"""KPIs of orders and recurring revenue against arithmetic on a few rows."""

import numpy as np
import pandas as pd
import pytest


def orders(*rows, columns, **more):
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at", *columns])
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"], format="mixed")
    if "revenue" not in frame:
        frame["revenue"] = 1.0
    frame["order_id"] = [f"o{number}" for number in range(len(frame))]
    return {"orders": frame.assign(**more)}


def test_order_volume_counts_orders_and_its_interval_customers(measured):
    # a ordered three times, b once; the order of September does not count. Σ n² / Σ n = 10/4.
    # R: d <- 2.5; c(qgamma(.025, 4/d), qgamma(.975, 4/d + 1)) * d
    frames = orders(
        ("a", "2025-10-01"),
        ("a", "2025-10-01"),
        ("a", "2025-12-31 23:59"),
        ("b", "2025-11-01"),
        ("b", "2025-09-30 23:59"),
        columns=[],
    )
    row = measured(frames, "orders_volume")
    assert (row["value"], row["n"]) == (4, 2)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((0.327645196743, 16.451150349036))


def test_average_discount_is_of_the_list_value(measured):
    # 10 + 0 of 100 + 100; b's order without a list value is left out, with its discount of 50.
    frames = orders(
        ("a", "2025-10-01", 10.0, 100.0),
        ("b", "2025-10-02", None, 100.0),
        ("b", "2025-10-03", 50.0, None),
        columns=["discount", "list_value"],
    )
    row = measured(frames, "discount_rate_given")
    assert (row["value"], row["n"]) == (pytest.approx(5), 2)
    assert 0 < row["ci_low"] < 5 < row["ci_high"] < 100


def test_no_discount_at_all_is_zero_without_an_interval(measured):
    frames = orders(
        ("a", "2025-10-01", 0.0, 100.0),
        ("b", "2025-10-02", 0.0, 100.0),
        columns=["discount", "list_value"],
    )
    row = measured(frames, "discount_rate_given")
    assert row["value"] == 0
    assert np.isnan(row["ci_low"]) and np.isnan(row["ci_high"])


CATEGORIES = [
    ("a", "2025-10-01", "toys"),
    ("a", "2025-10-02", "toys"),
    ("a", "2025-10-03", "food"),
    ("a", "2025-12-31", "books"),
    ("b", "2025-10-01", "food"),
    ("b", "2025-10-01", None),
    ("c", "2025-10-01", None),
    ("d", "2025-09-01", "garden"),
]


def test_categories_per_buyer_are_distinct(measured):
    # a bought three categories (toys twice), b one; c's is not known and d did not buy: 4 / 2.
    row = measured(orders(*CATEGORIES, columns=["category"]), "cross_sell_ratio")
    assert (row["value"], row["n"]) == (2, 2)


def test_more_categories_than_bits_are_counted_all_the_same(measured):
    # 70 categories of c in one period: (3 + 1 + 70) / 3.
    many = [("c", "2025-11-01", f"k{number}") for number in range(70)] * 2
    row = measured(orders(*CATEGORIES, *many, columns=["category"]), "cross_sell_ratio")
    assert (row["value"], row["n"]) == (pytest.approx(74 / 3), 3)


def test_the_63rd_category_still_has_a_bit(measured):
    many = [("z", "2025-11-01", f"k{number:02}") for number in range(63)]
    row = measured(orders(*many, columns=["category"]), "cross_sell_ratio")
    assert row["value"] == 63


def test_returns_count_in_the_period_in_which_their_time_ended(measured):
    # With 30 days: ordered from 1 September (its end is 1 October) to 1 December (31 December).
    # 20 + 0 of 100 + 50 + 50; the orders of 31 August and of 2 December are not of this period.
    frames = orders(
        ("a", "2025-09-01", 100.0, 20.0),
        ("a", "2025-12-01 23:00", 50.0, None),
        ("b", "2025-10-15", 50.0, 0.0),
        ("b", "2025-08-31", 100.0, 100.0),
        ("c", "2025-12-02", 100.0, 100.0),
        columns=["revenue", "returned_value"],
    )
    row = measured(frames, "return_rate")
    assert (row["value"], row["n"]) == (pytest.approx(10), 2)
    row = measured(frames, "return_rate", definitions={"return_days": 29})
    # Now 2 December counts and 1 September does not (its end is 30 September): 100 of 200.
    assert row["value"] == pytest.approx(50)


def term(customer, start, end, monthly):
    return {
        "customer_id": customer,
        "starts_on": pd.Timestamp(start),
        "ends_on": pd.Timestamp(end) if end else None,
        "monthly_revenue": monthly,
    }


def test_expansion_is_what_earlier_customers_pay_more(measured):
    # 10.0 a year before; a pays 1.8 more, b 0.6 less, c left with 0.9: 18 %. d is new.
    terms = [
        term("a", "2024-01-01", "2025-06-30", 5.0),
        term("a", "2025-07-01", None, 6.8),
        term("b", "2024-01-01", "2025-06-30", 4.1),
        term("b", "2025-07-01", None, 3.5),
        term("c", "2024-01-01", "2025-06-30", 0.9),
        term("d", "2025-07-01", None, 50.0),
    ]
    row = measured({"subscriptions": pd.DataFrame(terms)}, "expansion_rate")
    assert (row["value"], row["n"]) == (pytest.approx(18), 3)


def spent(*revenues, period="2025-10-05"):
    return [(f"c{number}", period, float(revenue)) for number, revenue in enumerate(revenues)]


def test_top_tenth_of_ten_is_the_largest(measured):
    # 91 of 91 + 9 · 1 = 100, in two orders.
    frames = orders(*spent(41, *[1] * 9), ("c0", "2025-12-31", 50.0), columns=["revenue"])
    row = measured(frames, "rev_concentration")
    assert (row["value"], row["n"]) == (pytest.approx(91), 10)


@pytest.mark.parametrize(
    ("revenues", "share"),
    [
        # A tenth of 15 is one and a half persons: 50 + 30/2 of 50 + 30 + 20 · 1 = 93 (13 of 1).
        ([50, 30, *[1] * 13], 100 * 65 / 93),
        # A tenth of 11: 50 + 0.1 · 30 of 50 + 30 + 9.
        ([50, 30, *[1] * 9], 100 * 53 / 89),
        # Ties at the edge: the tenth of 20 is two of the three with 10, of 30 + 17 = 47.
        ([10, 10, 10, *[1] * 17], 100 * 20 / 47),
        # Everyone alike: a tenth has a tenth.
        ([7] * 20, 10),
    ],
)
def test_top_tenth_counts_who_is_on_the_edge_in_part(measured, revenues, share):
    row = measured(orders(*spent(*revenues), columns=["revenue"]), "rev_concentration")
    assert row["value"] == pytest.approx(share)


def test_top_tenth_of_all_is_not_that_of_segments(kpi_table):
    # x: 100, 90, …, 10; y: 10, 9, …, 1; one more, of 5, in no segment. A tenth of all 21 is 2.1
    # persons, all of them in x: 100 + 90 + 0.1 · 80 of 550 + 55 + 5.
    people = spent(*range(100, 0, -10), *range(10, 0, -1), 5)
    segments = {f"c{number}": "x" if number < 10 else "y" for number in range(20)}
    frames = orders(*people, columns=["revenue"])
    table = kpi_table(frames, "rev_concentration", segments=segments).set_index("segment")
    assert table.loc["all", "value"] == pytest.approx(100 * 198 / 610)
    assert table.loc["x", "value"] == pytest.approx(100 * 100 / 550)
    assert table.loc["y", "value"] == pytest.approx(100 * 10 / 55)


def test_top_tenth_needs_ten_buyers_and_some_revenue(measured):
    row = measured(orders(*spent(5, 4, 3), columns=["revenue"]), "rev_concentration")
    assert np.isnan(row["value"]) and row["reason"] == "too few for a tenth of them"
    row = measured(orders(*spent(5, *[-1] * 12), columns=["revenue"]), "rev_concentration")
    assert np.isnan(row["value"]) and row["reason"] == "there is no revenue in all"


def test_the_top_tenth_is_a_group_that_must_not_be_too_small(kpi_table):
    # 100 buyers, a tenth of whom are 10 persons: their sum is not told where 11 is the least.
    frames = orders(*spent(*range(1, 101)), columns=["revenue"])
    table = kpi_table(frames, "rev_concentration", privacy={"min_cell": 11})
    assert table["value"].isna().all()
    table = kpi_table(frames, "rev_concentration", privacy={"min_cell": 10})
    assert table["value"].notna().all()

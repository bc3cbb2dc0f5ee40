"""The landmark design: who is watched, from which answer, and what was known then."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.exposures import exposures, exposures_lack
from saydo.drivers.patterns import patterns
from saydo.errors import NotEstimable
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)

CUSTOMERS = [
    ("stays", "2024-01-15", None),
    ("leaves", "2024-10-01", "2025-11-30"),
    ("gone", "2024-01-01", "2025-09-30"),
    ("new", "2025-10-01", None),
    ("silent", "2024-01-01", None),
    ("late", "2024-01-01", None),
    ("stale", "2020-01-01", None),
    ("recent", "2025-06-01", None),
    ("undated", None, None),
]
ANSWERS = [
    ("stays", "2025-03-01", 2),
    ("stays", "2025-09-30 23:59:59", 4),
    ("stays", "2025-10-01 00:00:00", 1),
    ("leaves", "2025-06-01 10:00", 3),
    ("leaves", "2025-06-01 10:00", 2),
    ("leaves", "2025-11-01", 1),
    ("gone", "2025-05-01", 1),
    ("new", "2025-10-02", 5),
    ("late", "2025-12-01", 5),
    ("stale", "2024-09-30", 5),
    ("recent", "2025-07-01", 3),
    ("undated", "2024-10-01 00:00", 3),
]


def watched(exposed):
    table = exposed.table.execute()
    return {row.customer_id: (row.satisfaction, bool(row.stayed)) for row in table.itertuples()}


def left_out(exposed, segment="all"):
    counts = exposed.left_out
    counts = counts[(counts.segment == segment) & (counts.n > 0)]
    return dict(zip(counts.reason, counts.n, strict=True))


def test_the_last_answer_before_the_landmark_counts_and_the_window_after_it(
    params_of, tables_of, assign
):
    tables = tables_of(CUSTOMERS, ANSWERS)
    exposed = exposures(tables, assign(tables), params=params_of(), as_of=AS_OF)
    assert exposed.watch.landmark == date(2025, 10, 1)
    # Of two answers at one instant the lower: 2.
    assert watched(exposed) == {
        "stays": (4.0, True),
        "leaves": (2.0, False),
        "recent": (3.0, True),
        "undated": (3.0, True),  # exactly 365 days before
    }
    assert left_out(exposed) == {
        "watched": 4,
        "not_active": 2,  # gone on the day before, and new on the day itself
        "never_answered": 1,
        "answered_later": 1,
        "answer_too_old": 1,  # 366 days before
    }
    assert exposed.watch.has_time_order
    assert exposed.watch.scale == (1.0, 5.0)


def test_everyone_is_watched_or_left_out_for_one_reason(params_of, tables_of, assign):
    tables = tables_of(CUSTOMERS, ANSWERS)
    segments = {"stays": "a", "leaves": "b", "gone": "a", "silent": "b"}
    exposed = exposures(tables, assign(tables, segments), params=params_of(), as_of=AS_OF)
    assert exposed.left_out[exposed.left_out.segment == "all"].n.sum() == len(CUSTOMERS)
    assert left_out(exposed, "a") == {"watched": 1, "not_active": 1}
    assert left_out(exposed, "b") == {"watched": 1, "never_answered": 1}


def test_covariates_are_what_was_known_at_the_landmark(params_of, tables_of, assign):
    orders = pd.DataFrame(
        [
            ("stays", "2025-09-30 12:00", 40.0),
            ("stays", "2024-10-01 00:00", 23.0),
            ("stays", "2024-09-30 12:00", 1000.0),  # 366 days before: too old for spend
            ("stays", "2025-10-01 00:00", 5000.0),  # not known yet
        ],
        columns=["customer_id", "ordered_at", "revenue"],
    ).assign(order_id=lambda frame: frame.index.astype(str))
    orders["ordered_at"] = pd.to_datetime(orders["ordered_at"])
    tickets = pd.DataFrame(
        {
            "ticket_id": ["1", "2", "3", "4"],
            "customer_id": ["leaves"] * 4,
            "opened_at": pd.to_datetime(["2025-01-01", "2025-02-01", "2025-09-30", "2025-10-01"]),
        }
    )
    tables = tables_of(CUSTOMERS, ANSWERS, orders=orders, tickets=tickets)
    names = ["tenure", "recency", "frequency", "spend", "tickets"]
    exposed = exposures(tables, assign(tables), params=params_of(), as_of=AS_OF, adjust_for=names)
    table = exposed.table.execute().set_index("customer_id")
    # log2(1 + x), to the nearest half.
    stays, leaves = table.loc["stays"], table.loc["leaves"]
    assert stays["tenure"] == 4.5  # 20 full months: log2(21) = 4.39
    assert stays["recency"] == 0.0  # half a day
    assert stays["frequency"] == 1.5  # 2 orders: log2(3) = 1.58
    assert stays["spend"] == 6.0  # 63
    assert stays["tickets"] == 0.0
    # Never ordered: the months since acquired, 365 days or 11.99 months; log2(12.99) = 3.70.
    assert leaves["tenure"] == 3.5  # 12 full months on the day itself: log2(13) = 3.70 → 3.5
    assert leaves["recency"] == 3.5
    assert leaves["frequency"] == 0.0
    assert leaves["spend"] == 0.0
    assert leaves["tickets"] == 2.0  # 3
    assert table.loc["recent", "tenure"] == 2.5  # 4 full months on the day: log2(5) = 2.32
    # Neither acquired on a known day nor ever ordered: not known, rather than nothing.
    assert table.loc["undated", ["tenure", "recency"]].isna().all()


def test_nothing_after_the_landmark_changes_a_pattern_except_who_left(params_of, tables_of, assign):
    def made(answers, revenue):
        orders = pd.DataFrame(
            {
                "order_id": ["1", "2"],
                "customer_id": ["stays", "stays"],
                "ordered_at": pd.to_datetime(["2025-08-01", "2025-10-01"]),
                "revenue": [10.0, revenue],
            }
        )
        tables = tables_of(CUSTOMERS, answers, orders=orders)
        names = ["tenure", "recency", "frequency", "spend"]
        return patterns(
            exposures(tables, assign(tables), params=params_of(), as_of=AS_OF, adjust_for=names)
        )

    later = [("leaves", "2025-12-30", 5), ("stays", "2025-10-01", 1), ("gone", "2026-03-01", 5)]
    pd.testing.assert_frame_equal(made(ANSWERS, 1.0), made([*ANSWERS, *later], 1e6))


def test_a_covariate_without_its_table_is_left_out_and_said(params_of, tables_of, assign):
    tables = tables_of(CUSTOMERS, ANSWERS)
    exposed = exposures(
        tables,
        assign(tables),
        params=params_of(),
        as_of=AS_OF,
        adjust_for=["tenure", "spend", "shoe_size", "left_on"],
    )
    assert exposed.watch.covariates == ("tenure",)
    assert exposed.watch.lacking["spend"] == "needs orders"
    assert "no column" in exposed.watch.lacking["shoe_size"]
    assert "left_on" in exposed.watch.lacking


def test_attributes_are_covariates_numbers_as_they_are_and_text_as_categories(params_of, assign):
    customers = pd.DataFrame(
        {
            "customer_id": ["1", "2", "3"],
            "left": [True, False, None],
            "age": [30, 41, 50],
            "plan": ["basic", None, "plus"],
            "is_member": [True, False, True],
            "tenure": [7.0, 8.0, 9.0],
        }
    ).astype({"left": "boolean"})
    answers = pd.DataFrame(
        {
            "customer_id": ["1", "2", "3"],
            "item": "satisfaction",
            "score": [1.0, 5.0, 3.0],
            "scale_min": 1.0,
            "scale_max": 5.0,
        }
    )
    tables = Tables.of({"customers": customers, "answers": answers})
    exposed = exposures(
        tables,
        assign(tables),
        params=params_of(retention={"kind": "label"}),
        as_of=AS_OF,
        adjust_for=["age", "plan", "is_member", "tenure", "recency"],
    )
    table = exposed.table.execute().set_index("customer_id").sort_index()
    assert list(table.index) == ["1", "2"]
    assert list(table["stayed"]) == [False, True]
    assert list(table["age"]) == [30.0, 41.0]
    assert table["plan"].tolist()[0] == "basic" and pd.isna(table["plan"].tolist()[1])
    assert list(table["is_member"]) == [1.0, 0.0]
    # Without acquired_on, the company's own column of the name stands in.
    assert list(table["tenure"]) == [7.0, 8.0]
    assert exposed.watch.attributes == ("age", "plan", "is_member", "tenure")
    # Counted up to as_of, recency would tell who has left.
    assert "not known when customers left" in exposed.watch.lacking["recency"]
    assert left_out(exposed) == {"watched": 2, "not_observed": 1}
    assert not exposed.watch.has_time_order and exposed.watch.landmark is None


def test_answers_without_dates_have_no_order_in_time(params_of, tables_of, assign):
    answers = pd.DataFrame(
        {
            "customer_id": ["stays", "leaves", "gone"],
            "item": "satisfaction",
            "score": [4.0, 2.0, 1.0],
            "scale_min": 1.0,
            "scale_max": 5.0,
        }
    )
    tables = tables_of(CUSTOMERS, answers=answers)
    exposed = exposures(tables, assign(tables), params=params_of(), as_of=AS_OF)
    assert watched(exposed) == {"stays": (4.0, True), "leaves": (2.0, False)}
    assert not exposed.watch.has_time_order


def test_answers_on_another_scale_or_of_another_aspect_are_left_out(params_of, tables_of, assign):
    answers = pd.DataFrame(
        [
            ("stays", 4.0, 5.0, "score"),
            ("silent", 3.0, 5.0, None),
            ("leaves", 9.0, 10.0, "score"),
            ("stale", 5.0, 5.0, "importance"),
        ],
        columns=["customer_id", "score", "scale_max", "aspect"],
    ).assign(item="satisfaction", scale_min=1.0, answered_at=pd.Timestamp("2025-09-01"))
    tables = tables_of(CUSTOMERS, answers=answers)
    exposed = exposures(tables, assign(tables), params=params_of(), as_of=AS_OF)
    assert watched(exposed) == {"stays": (4.0, True), "silent": (3.0, True)}
    assert left_out(exposed)["other_scale"] == 1
    assert left_out(exposed)["never_answered"] == 4


def test_by_purchase_the_watch_is_within_days(params_of, assign):
    orders = pd.DataFrame(
        [("buys", "2025-09-15"), ("buys", "2025-12-31 23:00"), ("stops", "2025-09-15")],
        columns=["customer_id", "ordered_at"],
    ).assign(order_id=lambda frame: frame.index.astype(str), revenue=1.0)
    orders["ordered_at"] = pd.to_datetime(orders["ordered_at"], format="mixed")
    answers = pd.DataFrame(
        {
            "customer_id": ["buys", "stops"],
            "answered_at": pd.Timestamp("2025-09-20"),
            "item": "satisfaction",
            "score": [5.0, 1.0],
            "scale_min": 1.0,
            "scale_max": 5.0,
        }
    )
    tables = Tables.of({"orders": orders, "answers": answers})
    params = params_of(
        retention={"kind": "purchase", "within_days": 92}, satisfaction={"horizon_days": None}
    )
    exposed = exposures(tables, assign(tables), params=params, as_of=AS_OF)
    assert watched(exposed) == {"buys": (5.0, True), "stops": (1.0, False)}
    assert exposed.watch.last_activity == AS_OF
    # 2 days with orders in the 108 from 15 September to 31 December.
    assert exposed.watch.activity_rate == pytest.approx(2 / 108)


def test_patterns_hold_every_exposure_once_and_all_holds_those_in_no_segment(
    params_of, tables_of, assign
):
    rng = np.random.default_rng(4)
    customers = [
        (f"c{number}", "2024-01-01", "2025-11-01" if rng.random() < 0.3 else None)
        for number in range(200)
    ]
    answers = [(f"c{number}", "2025-09-01", rng.integers(1, 6)) for number in range(150)]
    tables = tables_of(customers, answers)
    segments = {f"c{number}": "ab"[number % 2] for number in range(100)}
    exposed = exposures(tables, assign(tables, segments), params=params_of(), as_of=AS_OF)
    table = patterns(exposed)
    totals = table.groupby("segment", sort=False)[["n_stayed", "n_left"]].sum()
    assert list(totals.index) == ["all", "a", "b"]
    assert totals.sum(axis=1).tolist() == [150, 50, 50]
    left = {customer for customer, _, left_on in customers if left_on}
    assert totals.loc["all", "n_left"] == len(left & {answer[0] for answer in answers})
    assert not table.duplicated(["segment", "satisfaction"]).any()


def test_what_is_lacking_is_named(params_of, tables_of, assign):
    tables = tables_of(CUSTOMERS, ANSWERS)
    assert exposures_lack(tables, params_of()) is None
    assert exposures_lack(tables, params_of(retention=None)) == "needs retention in params"
    by_purchase = params_of(
        retention={"kind": "purchase", "within_days": 90}, satisfaction={"horizon_days": None}
    )
    assert exposures_lack(tables, by_purchase) == "needs orders"
    with pytest.raises(NotEstimable, match="needs orders"):
        exposures(tables, assign(tables), params=by_purchase, as_of=AS_OF)


def test_the_mean_age_of_answers_counts_days_up_to_the_landmark(params_of, tables_of, assign):
    customers = [("old", "2024-01-01", None), ("new", "2024-01-01", None)]
    answers = [
        ("old", "2025-01-01", 1),
        ("old", "2025-09-01", 3),  # 30 days before 1 October
        ("new", "2025-09-30 12:00", 4),  # half a day
        ("new", "2025-11-01", 4),  # after it
    ]
    tables = tables_of(customers, answers)
    exposed = exposures(tables, assign(tables), params=params_of(), as_of=AS_OF)
    assert exposed.watch.answer_age_days == pytest.approx((30 + 0.5) / 2)
    undated = tables_of(customers, answers)
    undated = Tables(
        undated.connection,
        {**undated.tables, "answers": undated["answers"].drop("answered_at")},
    )
    exposed = exposures(undated, assign(undated), params=params_of(), as_of=AS_OF)
    assert exposed.watch.answer_age_days is None

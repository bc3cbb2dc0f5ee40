"""Help and delivery against arithmetic on a few rows."""

import pandas as pd
import pytest


def test_on_time_in_full(measured):
    rows = [
        # customer, promised, delivered, complete
        ("a", "2025-10-10 12:00", "2025-10-10 12:00", True),  # kept
        ("a", "2025-10-10 12:00", "2025-10-10 12:01", True),  # late
        ("b", "2025-10-10", "2025-10-10 18:00", True),  # kept: promised for the day
        ("b", "2025-10-10", "2025-10-11", True),  # late
        ("c", "2025-10-10", "2025-10-09", False),  # not in full
        ("c", "2025-12-31", None, None),  # due, not delivered
        ("c", "2025-10-10", "2025-10-09", None),  # not known whether in full
        ("c", "2025-10-10", "2025-10-11", None),  # nor here, but late
        ("c", None, "2025-10-09", True),  # no promise
        ("c", "2026-01-01", "2025-12-30", True),  # not due in the quarter
    ]
    frame = pd.DataFrame(
        rows, columns=["customer_id", "promised_at", "delivered_at", "is_complete"]
    )
    for name in ("promised_at", "delivered_at"):
        frame[name] = pd.to_datetime(frame[name], format="mixed")
    frame["is_complete"] = frame["is_complete"].astype("boolean")
    frame = frame.assign(
        order_id=[str(number) for number in range(len(rows))],
        ordered_at=pd.Timestamp("2025-09-01"),
        revenue=1.0,
    )
    row = measured({"orders": frame}, "otif")
    assert (row["value"], row["n"]) == (pytest.approx(100 * 2 / 7), 7)


def test_defects_are_complaints_about_the_product_per_unit(measured):
    frames = {
        "tickets": pd.DataFrame(
            [
                ("a", "product", True, "2025-10-05"),  # a defect
                ("a", "product", False, "2025-10-05"),  # a question
                ("b", "delivery", True, "2025-10-05"),  # a complaint, not about the product
                ("b", "product", None, "2025-10-05"),  # not known to be a complaint
                ("b", None, True, "2025-10-05"),  # about what?
                ("c", "product", True, "2025-12-31 23:59"),  # a defect; bought the quarter before
                ("c", "product", True, "2025-09-30 23:59"),  # reported in the quarter before
            ],
            columns=["customer_id", "topic", "is_complaint", "opened_at"],
        ).astype({"is_complaint": "boolean"}),
        "orders": pd.DataFrame(
            [
                ("a", 6, "2025-10-01"),
                ("a", 1, "2025-11-01"),
                ("b", 1, "2025-11-01"),
                ("c", 40, "2025-09-30"),
            ],
            columns=["customer_id", "quantity", "ordered_at"],
        ).assign(revenue=1.0),
    }
    frames["tickets"]["opened_at"] = pd.to_datetime(frames["tickets"]["opened_at"], format="mixed")
    frames["orders"]["ordered_at"] = pd.to_datetime(frames["orders"]["ordered_at"])
    row = measured(frames, "defect_rate")
    # Two defects, eight units.
    assert (row["value"], row["n"]) == (pytest.approx(250), 8)
    renamed = measured(frames, "defect_rate", definitions={"defect_topic": "delivery"})
    assert renamed["value"] == pytest.approx(125)


def test_activation_is_judged_when_the_first_days_are_over(measured):
    frames = {
        "customers": pd.DataFrame(
            [
                ("a", "2025-09-02", None),  # 30 days end on 1 October
                ("b", "2025-09-01", None),  # they ended on 30 September
                ("c", "2025-10-01", None),  # reached it on the last of them, 30 October
                ("d", "2025-10-01", None),  # a day too late
                ("e", "2025-10-01", "2025-10-05"),  # left without it
                ("f", "2025-12-02", None),  # 30 days end on 31 December
                ("g", "2025-12-03", None),  # not over yet
                ("h", None, None),  # nobody knows since when
            ],
            columns=["customer_id", "acquired_on", "left_on"],
        ),
        "events": pd.DataFrame(
            [
                ("a", "start", "2025-09-02"),
                ("a", "start", "2025-11-02"),
                ("b", "start", "2025-09-02"),
                ("c", "start", "2025-10-30 23:59"),
                ("c", "visit", "2025-10-01"),
                ("d", "start", "2025-10-31"),
                ("f", "visit", "2025-12-02"),
                ("g", "start", "2025-12-03"),
            ],
            columns=["customer_id", "event", "at"],
        ),
    }
    for name in ("acquired_on", "left_on"):
        frames["customers"][name] = pd.to_datetime(frames["customers"][name])
    frames["events"]["at"] = pd.to_datetime(frames["events"]["at"], format="mixed")
    row = measured(frames, "activation_rate", definitions={"value_event": "start"})
    # a and c of a, c, d, e, f.
    assert (row["value"], row["n"]) == (pytest.approx(40), 5)
    assert (
        measured(frames, "activation_rate")["reason"] == "needs definitions.value_event in params"
    )

"""Complaints, and words against deeds, against arithmetic on a few customers."""

import pandas as pd
import pytest


def tickets(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "opened_at", "is_complaint"])
    frame["opened_at"] = pd.to_datetime(frame["opened_at"], format="mixed")
    return frame.assign(ticket_id=[f"t{number}" for number in range(len(rows))])


def orders(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"], format="mixed")
    return frame.assign(order_id=[f"o{number}" for number in range(len(rows))], revenue=1.0)


def test_complaint_rate_per_thousand_orders(measured):
    # Two complaints, one by someone without an order; four orders: 500 per 1,000.
    frames = {
        "tickets": tickets(
            ("a", "2025-10-01", True), ("b", "2025-12-01", True), ("a", "2025-10-02", False)
        ),
        "orders": orders(*[("a", "2025-11-01")] * 3, ("c", "2025-11-01"), ("c", "2025-09-30")),
    }
    row = measured(frames, "complaint_rate")
    assert (row["value"], row["n"]) == (500, 4)


def test_say_do_gap_counts_the_satisfied_who_left_and_the_dissatisfied_who_stayed(measured):
    rows = [
        # customer, left on, answers (score, day)
        ("a", "2025-11-01", [(5, "2025-09-01")]),  # satisfied, lost: off
        ("b", None, [(2, "2025-09-01")]),  # dissatisfied, stayed: off
        ("c", None, [(4, "2025-09-01")]),  # in line
        ("d", "2025-11-01", [(1, "2025-09-01")]),  # in line
        ("e", "2025-11-01", [(3, "2025-09-01")]),  # neutral: never off
        ("f", None, [(1, "2025-08-01"), (5, "2025-09-01")]),  # the last answer counts: in line
        ("g", None, [(1, "2025-10-01")]),  # answered only after the start
        ("h", None, [(1, "2024-09-30")]),  # out of date
        ("i", None, [(5, "2025-09-01 10:00"), (1, "2025-09-01 10:00")]),  # the lowest: off
    ]
    people = [(name, "2024-01-01", left) for name, left, _ in rows]
    said = [(name, *answer) for name, _, answers in rows for answer in answers]
    answers = pd.DataFrame(said, columns=["customer_id", "score", "answered_at"])
    answers["answered_at"] = pd.to_datetime(answers["answered_at"], format="mixed")
    frames = {
        "customers": pd.DataFrame(people, columns=["customer_id", "acquired_on", "left_on"]),
        "answers": answers.assign(item="satisfaction", scale_min=1, scale_max=5),
    }
    row = measured(frames, "say_do_gap")
    assert (row["value"], row["n"]) == (pytest.approx(100 * 3 / 7), 7)


def test_loyal_complainers_bought_again_within_the_wait(measured):
    # Ninety days after the complaint ended in the quarter for a, b, c and d; not for e.
    frames = {
        "tickets": tickets(
            ("a", "2025-08-01 12:00", True),
            ("a", "2025-08-20", True),
            ("b", "2025-08-01", True),
            ("c", "2025-08-01", True),
            ("d", "2025-08-01", True),
            ("e", "2025-10-03", True),
            ("f", "2025-08-01", False),
        ),
        "orders": orders(
            ("a", "2025-08-02"),
            ("b", "2025-07-31"),
            ("b", "2025-10-30"),
            ("c", "2025-10-29 23:59"),
            ("c", "2025-10-29 23:59"),
            ("e", "2025-10-04"),
            ("f", "2025-08-02"),
        ),
    }
    row = measured(frames, "loyal_complainer")
    assert (row["value"], row["n"]) == (50, 4)

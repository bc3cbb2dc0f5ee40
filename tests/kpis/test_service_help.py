"""KPIs of help against arithmetic on a few rows."""

import pandas as pd
import pytest


def tickets(*rows, columns):
    """Tickets of these rows; every column ending in `_at` is an instant."""
    frame = pd.DataFrame(rows, columns=columns.split())
    for name in frame.columns:
        if name.endswith("_at"):
            frame[name] = pd.to_datetime(frame[name], format="mixed")
        elif name.startswith("is_"):
            frame[name] = frame[name].astype("boolean")
        elif name in ("replies", "reopens"):
            frame[name] = frame[name].astype("Int64")
    return frame.assign(ticket_id=[f"t{number}" for number in range(len(frame))])


def test_one_touch_is_exactly_one_reply(measured):
    frame = tickets(
        ("a", "2025-10-01", "2025-10-02", 1),
        ("a", "2025-10-01", "2025-10-03", 2),
        ("b", "2025-09-30", "2025-10-02", 1),  # counts when it was solved
        ("b", "2025-10-01", "2025-10-02", 0),  # closed without a word: no touch, but solved
        ("c", "2025-10-01", "2025-10-02", None),  # not known
        ("c", "2025-10-01", None, 1),  # not solved
        ("c", "2025-09-01", "2025-09-30", 1),  # solved in the quarter before
        columns="customer_id opened_at solved_at replies",
    )
    row = measured({"tickets": frame}, "one_touch_rate")
    assert (row["value"], row["n"]) == (pytest.approx(100 * 2 / 4), 4)


def test_reopened_tickets_count_once_and_when_solved_for_good(measured):
    frame = tickets(
        ("a", "2025-10-01", "2025-10-02", 0),
        ("a", "2025-10-01", "2025-10-03", 3),  # once, however often
        ("b", "2025-09-01", "2025-10-02", 1),  # last solved in the quarter
        ("b", "2025-10-01", "2025-10-02", 0),
        ("c", "2025-10-01", "2025-10-02", 0),
        ("c", "2025-10-01", "2025-10-02", None),  # not known
        ("c", "2025-10-01", None, 1),  # open again: counts when it is solved
        columns="customer_id opened_at solved_at reopens",
    )
    row = measured({"tickets": frame}, "reopen_rate")
    assert (row["value"], row["n"]) == (pytest.approx(100 * 2 / 5), 5)


def test_escalation_is_among_tickets_of_which_it_is_known(measured):
    frame = tickets(
        ("a", "2025-10-01", True),
        ("a", "2025-10-02", False),
        ("b", "2025-12-31 23:59", False),
        ("b", "2025-11-01", None),
        ("c", "2025-09-30 23:59", True),  # opened in the quarter before
        columns="customer_id opened_at is_escalated",
    )
    row = measured({"tickets": frame}, "escalation_rate")
    assert (row["value"], row["n"]) == (pytest.approx(100 / 3), 3)


def test_contact_rate_counts_tickets_of_those_who_did_not_order(measured):
    frames = {
        "tickets": tickets(
            ("a", "2025-10-01"),
            ("a", "2025-10-02"),
            ("b", "2025-12-31 23:59"),  # has no order
            ("a", "2025-09-30"),  # not in the quarter
            columns="customer_id opened_at",
        ),
        "orders": pd.DataFrame(
            {
                "order_id": list("123456789"),
                "customer_id": [*"aaaaccccc"],
                "ordered_at": pd.to_datetime(["2025-10-05"] * 8 + ["2025-09-30"]),
                "revenue": 1.0,
            }
        ),
    }
    row = measured(frames, "contact_rate")
    # Three tickets, eight orders.
    assert (row["value"], row["n"]) == (pytest.approx(37.5), 8)


def test_replies_count_when_they_were_due(measured):
    frame = tickets(
        ("a", "2025-10-01 09:00", "2025-10-02 09:00"),  # on the dot
        ("a", "2025-10-01 09:00", "2025-10-02 09:01"),  # late
        ("b", "2025-10-01 09:00", None),  # never
        ("b", "2025-09-30 18:00", "2025-10-01 10:00"),  # due on 1 October, in time
        ("c", "2025-12-31 12:00", None),  # not due yet
        ("c", "2025-12-31 12:00", "2025-12-31 13:00"),  # nor this: its like above is not known
        ("c", "2025-09-29 12:00", None),  # due in the quarter before
        columns="customer_id opened_at first_reply_at",
    )
    row = measured({"tickets": frame}, "sla_attainment")
    assert (row["value"], row["n"]) == (pytest.approx(100 * 2 / 4), 4)
    stricter = measured(
        {"tickets": frame}, "sla_attainment", definitions={"reply_target_hours": 0.5}
    )
    # Now the two of 31 December at noon are due as well, and none had a reply within half an hour;
    # the one of 30 September was due on that day.
    assert (stricter["value"], stricter["n"]) == (0, 5)


def test_first_contact_resolution_looks_for_another_ticket_on_the_topic(measured):
    frame = tickets(
        ("a", "2025-10-01 09:00", "2025-10-01 10:00", "delivery"),  # settled
        ("a", "2025-10-08 09:00", "2025-10-08 10:00", "delivery"),  # 7 days on: an issue of its own
        ("b", "2025-11-01", "2025-11-02", "billing"),  # asked again
        ("b", "2025-11-05", "2025-11-06", "billing"),  # the same issue, and so is
        ("b", "2025-11-10", "2025-11-11", "billing"),  # this
        ("c", "2025-11-01", "2025-11-02", "product"),  # settled
        ("c", "2025-11-02", "2025-11-03", "account"),  # another topic: settled
        ("d", "2025-11-01", None, "product"),  # not answered
        ("d", "2025-11-20", "2025-11-27", "product"),  # answered when the wait was over
        ("e", "2025-12-28", "2025-12-28", "product"),  # its wait is not over
        ("e", "2025-10-28", "2025-10-28", None),  # about what?
        ("f", "2025-09-24", "2025-09-25", "product"),  # wait ends on 1 October: settled
        columns="customer_id opened_at first_reply_at topic",
    )
    row = measured({"tickets": frame}, "fcr")
    assert (row["value"], row["n"]) == (pytest.approx(100 * 5 / 8), 8)


def test_help_sessions_without_a_ticket_afterwards(measured):
    frames = {
        "events": pd.DataFrame(
            [
                ("a", "help", "2025-10-10 09:00"),  # asked two days later
                ("a", "help", "2025-10-10 09:05"),  # the same session
                ("a", "help", "2025-10-20 09:00"),  # helped
                ("b", "help", "2025-10-10 09:00"),  # asked, but three days later to the minute
                ("c", "help", "2025-10-10 09:00"),  # had asked before
                ("d", "help", "2025-12-30 09:00"),  # the wait is not over
                ("d", "visit", "2025-10-10 09:00"),  # no help session
            ],
            columns=["customer_id", "event", "at"],
        ).assign(at=lambda events: pd.to_datetime(events["at"])),
        "tickets": tickets(
            ("a", "2025-10-12"),
            ("b", "2025-10-13 09:00"),
            ("c", "2025-10-10 08:59"),
            ("d", "2025-10-10 10:00"),
            columns="customer_id opened_at",
        ),
    }
    row = measured(frames, "self_service_rate", definitions={"help_event": "help"})
    assert (row["value"], row["n"]) == (pytest.approx(100 * 3 / 4), 4)
    unnamed = measured(frames, "self_service_rate")
    assert unnamed["reason"] == "needs definitions.help_event in params"


def test_our_own_calls_are_no_requests_for_help(measured):
    # One request, solved after one reply; and a call of ours the day after, without a reply.
    rows = (
        ("a", "2025-10-01", "2025-10-01 04:00", "2025-10-03", "product", 1, 0, False),
        ("a", "2025-10-02", None, "2025-10-04", "follow-up", 2, 1, True),
    )
    names = "customer_id opened_at first_reply_at solved_at topic replies reopens is_escalated"
    frames = {
        "tickets": tickets(*rows, columns=names),
        "orders": pd.DataFrame(
            {
                "order_id": ["1"],
                "customer_id": ["a"],
                "ordered_at": [pd.Timestamp("2025-10-01")],
                "revenue": [1.0],
            }
        ),
    }
    expected = {
        "frt_median": 4,
        "one_touch_rate": 100,
        "reopen_rate": 0,
        "escalation_rate": 0,
        "sla_attainment": 100,
        "fcr": 100,
        "contact_rate": 100,
    }
    assert {name: measured(frames, name)["value"] for name in expected} == expected

"""KPIs of waiting against arithmetic on a few rows."""

import pandas as pd
import pytest

OPENED = pd.Timestamp("2025-10-01 08:00")
END = pd.Timestamp("2026-01-01")


def after(*hours):
    """Instants so many hours after OPENED; None is never."""
    return [pd.NaT if of is None else OPENED + pd.Timedelta(hours=of) for of in hours]


def tickets(**columns):
    count = len(next(iter(columns.values())))
    return pd.DataFrame(
        {
            "ticket_id": [f"t{number}" for number in range(count)],
            "customer_id": [f"c{number}" for number in range(count)],
            "opened_at": OPENED,
            **columns,
        }
    )


def test_first_reply_time_counts_unanswered_tickets_as_slowest(kpi_table):
    # Hours 1, 2, 4, 8 and one without a reply: the median of five is 4.
    frames = {
        "tickets": tickets(
            first_reply_at=after(4, 1, 8, 2, None), customer_id=["a", "b", "a", "b", "a"]
        )
    }
    table = kpi_table(frames, "frt_median", segments={"a": "one", "b": "two"}).set_index("segment")
    assert tuple(table.loc["all", ["value", "n"]]) == (4, 5)
    # a: 4, 8, none: 8. b: 1, 2: halfway between. Neither gives the 4 of all.
    assert table["value"].to_dict() == {"all": 4, "one": 8, "two": 1.5}


def test_first_reply_time_does_not_take_new_tickets_for_slow_ones(measured):
    # Replies after 1, 2, 3 hours, and 3:10:59, which is 3:10; three tickets opened half an hour
    # before the end of the last day, not answered. Of the four that are known the median is 2.5;
    # with the three as the slowest of seven it would be 3 hours 10.
    frame = tickets(
        first_reply_at=after(1, 2, 3, 3 + 659 / 3600, None, None, None),
        opened_at=[*[OPENED] * 4, *[END - pd.Timedelta(minutes=30)] * 3],
    )
    row = measured({"tickets": frame}, "frt_median")
    assert (row["value"], row["n"]) == (2.5, 7)
    # The first three with those of the half hour: S falls to 2/3, 1/3, 0.
    assert measured({"tickets": frame.drop(3)}, "frt_median")["value"] == 2
    # In whole minutes.
    assert measured({"tickets": frame.loc[[3]]}, "frt_median")["value"] == pytest.approx(
        3 + 10 / 60
    )


def test_first_resolution_is_the_first_time_solved(measured):
    # 2, 5 and 20.05 hours, one open since 1 October: the median lies halfway between 5 and 20.05.
    frame = tickets(first_solved_at=after(2, 5, 20.05, None), solved_at=after(2, 30, 40, None))
    row = measured({"tickets": frame}, "first_resolution_time")
    assert (row["value"], row["n"]) == (pytest.approx(12.525), 4)


def test_full_resolution_is_the_last_time_solved(measured):
    frame = tickets(first_solved_at=after(2, 5, 20, None), solved_at=after(2, 30, 40, None))
    # One opened in the last hour of the year, not solved, tells nothing.
    late = tickets(first_solved_at=[pd.NaT], solved_at=[pd.NaT]).assign(
        opened_at=END - pd.Timedelta(hours=1)
    )
    row = measured({"tickets": pd.concat([frame, late])}, "full_resolution_time")
    # 2, 30, 40 and open: halfway between 30 and 40.
    assert (row["value"], row["n"]) == (pytest.approx(35), 5)


def test_requester_wait_is_the_time_on_our_side(measured):
    # 1.5, 2, 3.25 and not known yet, which is longest: the median lies between 2 and 3.25.
    frame = tickets(wait_hours=[1.5, 3.25, 2.0, None], solved_at=after(10, 90, 20, None))
    row = measured({"tickets": frame}, "requester_wait")
    assert (row["value"], row["n"]) == (pytest.approx(2.625), 4)


def test_lead_time_counts_orders_under_way(measured):
    def orders(*rows):
        frame = pd.DataFrame(rows, columns=["ordered_at", "delivered_at"])
        frame = frame.apply(lambda column: pd.to_datetime(column, format="mixed"))
        return frame.assign(
            order_id=[str(number) for number in range(len(rows))], customer_id="a", revenue=1.0
        )

    frame = orders(
        ("2025-10-01 08:00", "2025-10-02 08:29"),  # one day, to the nearest hour
        ("2025-10-01 08:00", "2025-10-04 08:00"),  # three
        ("2025-10-01 08:00", "2025-10-07 20:20"),  # six and a half
        ("2025-11-01 08:00", None),  # lost on the way: longer than any
        ("2025-12-30 12:00", None),  # under way for a day and a half, until the year ends
        ("2025-09-30 08:00", "2025-12-30"),  # of the quarter before
    )
    row = measured({"orders": frame}, "lead_time")
    # 4/5 after a day, of the three watched for longer 2/3 after three, 1/2 after six and a half.
    assert (row["value"], row["n"]) == (pytest.approx(6.5), 5)


def test_time_to_value_keeps_those_who_have_not_reached_it(measured):
    customers = pd.DataFrame(
        [
            ("a", "2025-10-01", None),  # on the day itself: 0
            ("b", "2025-10-01", None),  # 10 days
            ("c", "2025-10-01", None),  # 30 days
            ("d", "2025-10-01", "2025-10-06"),  # left after 5 days without
            ("e", "2025-10-01", None),  # not yet, after 91 days
            ("f", "2025-10-01", "2025-10-16"),  # reached it after leaving: left after 15 days
            ("g", "2025-12-01", None),  # tried it before the first day: 0
            ("h", "2025-09-30", None),  # of the quarter before
            ("i", "2025-12-30", None),  # not yet, after 1 day
        ],
        columns=["customer_id", "acquired_on", "left_on"],
    )
    for name in ("acquired_on", "left_on"):
        customers[name] = pd.to_datetime(customers[name])
    events = pd.DataFrame(
        [
            ("a", "start", "2025-10-01 23:59"),
            ("b", "start", "2025-10-11 00:01"),
            ("b", "start", "2025-10-21"),  # not the first
            ("c", "start", "2025-10-31"),
            ("d", "visit", "2025-10-02"),  # another event
            ("f", "start", "2025-10-17"),
            ("g", "start", "2025-11-20"),
            ("h", "start", "2025-09-30"),
        ],
        columns=["customer_id", "event", "at"],
    )
    events["at"] = pd.to_datetime(events["at"], format="mixed")
    frames = {"customers": customers, "events": events}
    row = measured(frames, "time_to_value", definitions={"value_event": "start"})
    # R: time <- c(0, 10, 30, 5, 91, 15, 0, 1); over <- c(1, 1, 1, 0, 0, 0, 1, 0)
    #    quantile(survfit(Surv(time, over) ~ 1, conf.type = "log-log"), .5)
    # 6/8 after day 0, of those four watched for longer 3/4 after day 10, of two 1/2 after day 30.
    assert (row["value"], row["ci_low"], row["n"]) == (30, 0, 8)
    assert pd.isna(row["ci_high"])
    assert measured(frames, "time_to_value")["reason"] == "needs definitions.value_event in params"

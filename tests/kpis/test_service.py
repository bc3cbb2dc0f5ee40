"""Help and delivery against arithmetic on a few rows."""

import pandas as pd
import pytest


def test_first_reply_time_counts_unanswered_tickets_as_slowest(kpi_table):
    # Hours 1, 2, 4, 8 and one without a reply: the median of five is 4.
    opened = pd.Timestamp("2025-10-01 08:00")
    frames = {
        "tickets": pd.DataFrame(
            {
                "ticket_id": list("pqrst"),
                "customer_id": ["a", "b", "a", "b", "a"],
                "opened_at": opened,
                "first_reply_at": [
                    *(opened + pd.Timedelta(hours=hours) for hours in (4, 1, 8, 2)),
                    pd.NaT,
                ],
            }
        )
    }
    table = kpi_table(frames, "frt_median", segments={"a": "one", "b": "two"}).set_index("segment")
    assert tuple(table.loc["all", ["value", "n"]]) == (4, 5)
    # a: 4, 8, none: 8. b: 1, 2: halfway between. Neither gives the 4 of all.
    assert table["value"].to_dict() == {"all": 4, "one": 8, "two": 1.5}


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
    assert (row["value"], row["n"]) == (pytest.approx(100 * 2 / 6), 6)

"""KPIs of tenure, activity, use and membership against arithmetic on a few customers."""

import pandas as pd
import pytest

FEATURES = {"features": ["list", "recipes", "standing order"]}


@pytest.fixture
def frames():
    """At the end of the quarter: a, b, c and d, of unknown first day; gone: e, before and in it."""
    rows = [
        ("a", "2025-12-31", None),
        ("b", "2025-12-21", None),
        ("c", "2025-09-30", "2026-01-01"),
        ("d", None, None),
        ("e", "2024-01-01", "2025-12-31"),
        ("f", "2024-01-01", "2025-09-30"),
    ]
    used = [
        ("a", "list", "2025-12-31 23:59"),
        ("a", "list", "2025-12-31 23:59"),
        ("a", "log in", "2025-12-31"),
        ("b", "list", "2025-12-22"),
        ("b", "recipes", "2025-12-23"),
        ("b", "standing order", "2025-12-24"),
        ("c", "log in", "2025-10-01"),
        ("d", "list", "2025-09-30 23:59"),
        ("d", "list", "2026-01-01"),
        ("e", "recipes", "2025-10-01"),
    ]
    events = pd.DataFrame(used, columns=["customer_id", "event", "at"])
    return {
        "customers": pd.DataFrame(rows, columns=["customer_id", "acquired_on", "left_on"]),
        "events": events.assign(at=pd.to_datetime(events["at"], format="mixed")),
    }


def test_tenure_is_of_those_there_on_the_last_day(measured, frames):
    # a 0, b 10, c 92 days; d of unknown first day, e left on the day itself: 34.
    row = measured(frames, "tenure_mean")
    assert (row["value"], row["n"]) == (34, 3)
    # R: t.test(c(0, 10, 92))$conf.int, which begins at −91.4: no tenure is below zero.
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((0, 159.39360253))


def test_tenure_falls_when_many_are_won(measured, frames):
    more = pd.DataFrame({"customer_id": list("uvwxyz"), "acquired_on": "2025-12-31"})
    frames["customers"] = pd.concat([frames["customers"], more], ignore_index=True)
    # (0 + 10 + 92) / 9, though nobody's tenure changed.
    assert measured(frames, "tenure_mean")["value"] == pytest.approx(102 / 9)


def test_active_rate_is_of_those_there_at_the_end(measured, frames):
    # Of a, b, c, d all but d, whose events lie outside the quarter; e was active, but has left.
    row = measured(frames, "active_rate")
    assert (row["value"], row["n"]) == (75, 4)


def test_usage_depth_counts_distinct_features_of_all_customers(measured, frames):
    # a 1, b 3, c and d none of 3; e has left: 4 of 12.
    row = measured(frames, "engagement_depth", definitions=FEATURES)
    assert (row["value"], row["n"]) == (pytest.approx(100 / 3), 12)


def test_usage_depth_needs_the_features_in_params(measured, frames):
    row = measured(frames, "engagement_depth")
    assert row["reason"] == "needs definitions.features in params"


def test_participation_is_of_those_who_ordered(measured):
    # Ordered in the quarter: a and b, members; c, none; d, not known. e, a member, did not.
    member = {"a": True, "b": True, "c": False, "d": None, "e": True}
    days = ["2025-10-01", "2025-10-02", "2025-12-31 23:59", "2025-11-01", "2025-11-01"]
    orders = pd.DataFrame({"customer_id": list("aabcd"), "ordered_at": days})
    orders["ordered_at"] = pd.to_datetime(orders["ordered_at"], format="mixed")
    before = pd.DataFrame({"customer_id": ["e"], "ordered_at": [pd.Timestamp(2025, 9, 30)]})
    orders = pd.concat([orders, before], ignore_index=True)
    is_member = pd.array(list(member.values()), dtype="boolean")
    frames = {
        "customers": pd.DataFrame({"customer_id": list(member), "is_member": is_member}),
        "orders": orders.assign(order_id=[f"o{number}" for number in range(6)], revenue=1.0),
    }
    row = measured(frames, "program_participation", retention=None)
    assert (row["value"], row["n"]) == (pytest.approx(200 / 3), 3)

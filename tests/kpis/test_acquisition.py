"""Acquisition KPIs against arithmetic on a few customers."""

from datetime import date

import pandas as pd
import pytest


@pytest.fixture
def frames():
    """Five at the start of the quarter, of whom one left; two new, of whom one left at once."""
    rows = [(f"old{number}", "2024-01-01", None) for number in range(4)]
    rows += [("lost", None, "2025-10-01"), ("gone", "2024-01-01", "2025-09-30")]
    rows += [("new", "2025-10-01", None), ("brief", "2025-12-31", "2025-12-31")]
    months = pd.to_datetime(["2025-10-01", "2025-10-01", "2025-11-01", "2025-12-01", "2025-09-01"])
    return {
        "customers": pd.DataFrame(rows, columns=["customer_id", "acquired_on", "left_on"]),
        "marketing": pd.DataFrame({"month": months, "spend": [10.0, 20.0, 30.0, 40.0, 999.0]}),
    }


def test_new_customers(measured, frames):
    row = measured(frames, "new_customers")
    # R: poisson.test(2)$conf.int
    assert tuple(row[["value", "ci_low", "ci_high", "n"]]) == pytest.approx(
        (2, 0.242209278544, 7.22468766611, 2)
    )


def test_no_new_customers_are_none_and_not_unknown(kpi_table, frames):
    segments = dict.fromkeys(frames["customers"]["customer_id"], "one")
    segments["lost"] = "two"
    table = kpi_table(frames, "new_customers", segments=segments).set_index("segment")
    assert tuple(table.loc["two", ["value", "n", "reason"]]) == (0, 0, "")


def test_acquisition_rate_is_of_customers_at_the_start(measured, frames):
    row = measured(frames, "acquisition_rate")
    assert (row["value"], row["n"]) == (100 * 2 / 5, 5)


def test_acquisition_cost_adds_up_the_months_of_the_period(measured, frames):
    # (10 + 20 + 30 + 40) / 2 new; interval 100 / 7.22468766611 to 100 / 0.242209278544.
    row = measured(frames, "cac")
    assert tuple(row[["value", "ci_low", "ci_high", "n"]]) == pytest.approx(
        (50, 100 / 7.22468766611, 100 / 0.242209278544, 2)
    )


def test_acquisition_cost_is_not_split_by_segment(kpi_table, frames):
    table = kpi_table(frames, "cac").set_index("segment")
    assert table.loc["one", "reason"] == "not split by segment"


def test_acquisition_cost_is_unknown_when_a_month_is_missing(measured, frames):
    frames["marketing"] = frames["marketing"].iloc[[0, 1, 2, 4]]
    row = measured(frames, "cac")
    assert pd.isna(row["value"])
    assert row["reason"] == "spend is not known for the whole period"


def test_a_lead_converts_in_the_period_in_which_it_came_in(measured, frames):
    # Three came in during the quarter, of whom one was won; one that came before was won in it.
    created = ["2025-09-30 23:59", "2025-10-01", "2025-11-01", "2025-12-31 23:59"]
    won = ["2025-10-05", "2025-12-30", None, None]
    frames["leads"] = pd.DataFrame(
        {
            "lead_id": list("abcd"),
            "created_at": pd.to_datetime(created, format="mixed"),
            "channel": "search",
            "converted_at": pd.to_datetime(won),
        }
    )
    row = measured(frames, "lead_conversion")
    # R: prop.test(1, 3, correct = FALSE)$conf.int
    assert tuple(row[["value", "ci_low", "ci_high", "n"]]) == pytest.approx(
        (100 / 3, 6.14919447204, 79.2340399198, 3)
    )


def test_net_growth_is_of_customers_at_the_start(measured, frames):
    # Five at the start; at the end these less one, and one of the two new: no growth at all.
    row = measured(frames, "net_customer_growth")
    assert row["value"] == 0
    # With one more who came and stayed, and with one who had left long before: 1 in 5.
    more = [("late", "2025-12-31", None), ("gone again", "2024-01-01", "2025-01-01")]
    added = pd.DataFrame(more, columns=frames["customers"].columns)
    frames["customers"] = pd.concat([frames["customers"], added], ignore_index=True)
    assert measured(frames, "net_customer_growth")["value"] == pytest.approx(20)


def test_net_growth_counts_who_came_back_as_a_gain(measured):
    # Wait of 30 days. Active when October began: a, b. When it ended: a, c, who had lapsed, and d.
    days = [("a", "2025-09-15"), ("a", "2025-10-15"), ("b", "2025-09-15"), ("c", "2025-05-01")]
    days += [("c", "2025-10-20"), ("d", "2025-10-20")]
    orders = pd.DataFrame(days, columns=["customer_id", "ordered_at"])
    orders = orders.assign(order_id=[f"o{n}" for n in range(len(days))], revenue=1.0)
    row = measured(
        {"orders": orders},
        "net_customer_growth",
        period="month",
        as_of=date(2025, 10, 31),
        retention={"kind": "purchase", "within_days": 30},
    )
    assert row["value"] == pytest.approx(50)


def ordered(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "revenue", "cost"])
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"], format="mixed")
    return frame.assign(order_id=[f"o{number}" for number in range(len(rows))])


def test_payback_is_of_the_margin_of_all_customers_per_month(measured, frames):
    # Spend 100 on 2 new: 50 each. Customers: old0 to old3 at both ends, lost and new at one end:
    # 5 over three months, 15 customer-months. Margin: 60 − 30 + 40 − 10 = 60: 4 a month. 50/4.
    frames["orders"] = ordered(
        ("old0", "2025-10-01", 60.0, 30.0),
        ("new", "2025-12-31 23:00", 40.0, 10.0),
        ("old1", "2025-09-30", 500.0, 0.0),
    )
    row = measured(frames, "cac_payback")
    assert (row["value"], row["n"]) == (pytest.approx(12.5), 2)
    assert row["ci_low"] < 12.5 / 2 < 12.5 * 2 < row["ci_high"]


def test_payback_leaves_out_whose_cost_is_not_known(measured, frames):
    # Without old1, 4 customers over three months with a margin of 30: 2.5 a month. 50/2.5.
    frames["orders"] = ordered(
        ("old0", "2025-10-01", 60.0, 30.0),
        ("old1", "2025-10-01", 60.0, 30.0),
        ("old1", "2025-11-01", 900.0, None),
    )
    assert measured(frames, "cac_payback")["value"] == pytest.approx(20)


def test_without_a_margin_nothing_is_paid_back(measured, frames):
    frames["orders"] = ordered(("old0", "2025-10-01", 60.0, 90.0))
    row = measured(frames, "cac_payback")
    assert pd.isna(row["value"])
    assert row["reason"] == "without a margin nothing is paid back"


def test_payback_is_unknown_when_a_month_of_spend_is_missing(measured, frames):
    frames["marketing"] = frames["marketing"].iloc[[0, 1, 2, 4]]
    frames["orders"] = ordered(("old0", "2025-10-01", 60.0, 30.0))
    row = measured(frames, "cac_payback")
    assert row["reason"] == "spend is not known for the whole period"


def leads(*created):
    return pd.DataFrame(
        {
            "lead_id": [f"l{number}" for number in range(len(created))],
            "created_at": pd.to_datetime(list(created), format="mixed"),
            "channel": "search",
        }
    )


def test_cost_per_lead_adds_up_the_months_of_the_period(measured, frames):
    # (10 + 20 + 30 + 40) / 4 leads; one came before the quarter.
    frames["leads"] = leads(
        "2025-09-30 23:59", "2025-10-01", "2025-11-01", "2025-12-01", "2025-12-31 23:59"
    )
    row = measured(frames, "cost_per_lead")
    assert (row["value"], row["n"]) == (25, 4)
    # R: 100 / poisson.test(4)$conf.int
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((9.764110156, 91.754451898))


def test_leads_without_marketing_have_no_cost(measured, frames):
    del frames["marketing"]
    frames["leads"] = leads("2025-10-01")
    assert measured(frames, "cost_per_lead")["reason"] == "needs marketing"


def test_revenue_from_new_customers(measured, frames):
    # Of 100 in the quarter 25 are of new ones; an order of old ones before it does not count.
    frames["orders"] = ordered(
        ("old0", "2025-10-01", 60.0, None),
        ("old0", "2025-09-30", 900.0, None),
        ("lost", "2025-10-01", 15.0, None),
        ("new", "2025-11-01", 20.0, None),
        ("brief", "2025-12-31 12:00", 5.0, None),
    )
    row = measured(frames, "new_revenue_share")
    assert (row["value"], row["n"]) == (pytest.approx(25), 4)


def test_referral_rate_is_of_new_customers(measured, frames):
    # Two new, one of whom was referred; that an old one was does not count.
    referrer = {"new": "old0", "old1": "old0"}
    frames["customers"]["referred_by"] = frames["customers"]["customer_id"].map(referrer)
    row = measured(frames, "referral_rate")
    assert (row["value"], row["n"]) == (50, 2)


def terms(*rows):
    names = ["customer_id", "starts_on", "ends_on", "is_trial"]
    frame = pd.DataFrame(rows, columns=names)
    frame["is_trial"] = frame["is_trial"].astype("boolean")
    return {"subscriptions": frame}


def test_trials_convert_by_the_day_after_they_ended(measured):
    # Over in the quarter: a and b, who pay from the next day on or earlier; c, a day too late; d,
    # never; e, who paid before the trial; i, whose last day was the one before it began. Still
    # running on its last day: f; without an end: g. A paid term: h.
    frames = terms(
        ("a", "2025-10-01", "2025-10-30", True),
        ("a", "2025-10-31", None, False),
        ("b", "2025-10-01", "2025-10-30", True),
        ("b", "2025-10-02", None, None),
        ("c", "2025-10-01", "2025-10-30", True),
        ("c", "2025-11-01", None, False),
        ("d", "2025-12-01", "2025-12-30", True),
        ("e", "2025-10-01", "2025-10-30", True),
        ("e", "2025-01-01", None, False),
        ("f", "2025-12-02", "2025-12-31", True),
        ("g", "2025-10-01", None, True),
        ("h", "2025-10-01", "2025-10-30", False),
        ("i", "2025-09-01", "2025-09-30", True),
        ("i", "2025-10-01", None, False),
    )
    row = measured(frames, "trial_conversion")
    assert (row["value"], row["n"]) == (50, 6)


def test_a_trial_counts_once_however_many_terms_follow(measured):
    frames = terms(
        ("a", "2025-10-01", "2025-10-30", True),
        ("a", "2025-10-15", "2025-10-20", False),
        ("a", "2025-10-21", None, False),
        ("b", "2025-10-01", "2025-10-30", True),
    )
    row = measured(frames, "trial_conversion")
    assert (row["value"], row["n"]) == (50, 2)


JOURNEY = {"journey": ["visit", "compare", "order"]}


def events(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "event", "at"])
    return {"events": frame.assign(at=pd.to_datetime(frame["at"], format="mixed"))}


def test_the_journey_is_from_the_first_stage_to_the_last_within_the_period(measured):
    frames = events(
        ("a", "visit", "2025-10-01"),  # all stages: arrived
        ("a", "compare", "2025-10-02"),
        ("a", "order", "2025-10-03"),
        ("b", "visit", "2025-10-01"),  # skipped one, twice: arrived, once
        ("b", "order", "2025-10-01"),
        ("b", "order", "2025-12-31 23:59"),
        ("c", "order", "2025-10-01"),  # ordered before the first visit only
        ("c", "visit", "2025-11-01"),
        ("d", "visit", "2025-12-31"),  # did not arrive in time
        ("d", "order", "2026-01-01"),
        ("e", "visit", "2025-09-30"),  # set out before the period
        ("e", "order", "2025-10-01"),
        ("f", "order", "2025-10-01"),  # never set out
    )
    row = measured(frames, "journey_conversion", definitions=JOURNEY)
    assert (row["value"], row["n"]) == (50, 4)


def test_the_journey_must_be_told_in_params(measured):
    row = measured(events(("a", "visit", "2025-10-01")), "journey_conversion")
    assert row["reason"] == "needs definitions.journey in params"

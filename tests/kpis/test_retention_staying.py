"""KPIs of staying against arithmetic on a few customers whose last days are known."""

from datetime import date
from itertools import pairwise

import pandas as pd
import pytest

from saydo.kpis.survival import DAYS_PER_MONTH


def customers(*rows):
    return {"customers": pd.DataFrame(rows, columns=["customer_id", "acquired_on", "left_on"])}


def complaints(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "opened_at"])
    frame["opened_at"] = pd.to_datetime(frame["opened_at"], format="mixed")
    ids = [f"t{number}" for number in range(len(rows))]
    return {"tickets": frame.assign(ticket_id=ids, is_complaint=True)}


def test_churn_per_customer_day_counts_new_customers_from_their_first_day(measured):
    # December has 31 days. There all month: a, b: 62 days. c left on the 10th: 10 days. d came on
    # the 22nd: 10 days. e came on the 5th and left on the 8th: 4 days. f left on the 31st: 31 days.
    # g came and left on the 31st: 1 day. Gone before, or yet to come: h, i. j, since ever: 31 days.
    # 4 lost in 149 days: 100 · 4/149 · 31 = 83.2 %; share of those at the start: 2 of 5.
    frames = customers(
        ("a", "2025-01-01", None),
        ("b", "2025-12-01", None),
        ("c", "2025-01-01", "2025-12-10"),
        ("d", "2025-12-22", None),
        ("e", "2025-12-05", "2025-12-08"),
        ("f", "2025-01-01", "2025-12-31"),
        ("g", "2025-12-31", "2025-12-31"),
        ("h", "2025-01-01", "2025-11-30"),
        ("i", "2026-01-01", None),
        ("j", None, None),
    )
    row = measured(frames, "churn_customer_days", period="month")
    assert row["value"] == pytest.approx(100 * 4 / 149 * 31)
    # n: the exposure, in customers over the whole period.
    assert row["n"] == pytest.approx(149 / 31)


def test_churn_per_customer_day_of_the_published_example(measured):
    # 1,000 at the start of whom 50 leave halfway, after 15 of 30 days; 500 new on the last ten days
    # of whom 12 leave five days later. 62 lost in 950·30 + 50·15 + 488·10 + 12·5 = 34,190 days:
    # 5.44 % in thirty days. With the losses of new ones over those at the start it would be 6.2 %.
    rows = [(f"a{number}", "2025-01-01", None) for number in range(950)]
    rows += [(f"b{number}", "2025-01-01", "2025-11-15") for number in range(50)]
    rows += [(f"c{number}", "2025-11-21", None) for number in range(488)]
    rows += [(f"d{number}", "2025-11-21", "2025-11-25") for number in range(12)]
    row = measured(
        customers(*rows), "churn_customer_days", period="month", as_of=date(2025, 11, 30)
    )
    assert row["value"] == pytest.approx(100 * 62 / 34_190 * 30)
    # R: poisson.test(62, 34190 / 3000)$conf.int. A hair wider, for the losses vary a hair more than
    # Poisson counts between customers.
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((4.17096, 6.97407), abs=2e-3)


def test_churn_per_customer_day_needs_the_day_of_leaving(measured):
    frames = {
        "orders": pd.DataFrame(
            {
                "order_id": ["o"],
                "customer_id": ["a"],
                "ordered_at": [pd.Timestamp(2025, 9, 1)],
                "revenue": [1.0],
            }
        )
    }
    row = measured(frames, "churn_customer_days", retention={"kind": "purchase", "within_days": 60})
    assert row["reason"] == "without contracts the day of leaving is not known"


def test_cohort_retention_is_of_those_won_exactly_so_long_before(measured):
    # Won in the fourth quarter of 2024: a to e. There on the day a year after the first: a, b
    # (whose last day it is), e. Gone the day before: c; long gone: d. Won a day too early or late:
    # f, g. Of unknown first day: h. The cohort has grown since: i.
    frames = customers(
        ("a", "2024-10-01", None),
        ("b", "2024-11-15", "2025-11-15"),
        ("c", "2024-11-15", "2025-11-14"),
        ("d", "2024-12-31", "2025-01-01"),
        ("e", "2024-12-31", None),
        ("f", "2024-09-30", None),
        ("g", "2025-01-01", None),
        ("h", None, None),
        ("i", "2025-11-01", None),
    )
    row = measured(frames, "cohort_retention")
    assert (row["value"], row["n"]) == (60, 5)


def test_cohort_retention_is_read_off_at_the_age_that_params_name(measured):
    frames = customers(
        ("a", "2025-07-15", "2025-10-14"),
        ("b", "2025-07-15", "2025-10-15"),
        ("c", "2024-12-01", None),
    )
    row = measured(frames, "cohort_retention", definitions={"survival_months": 3})
    assert (row["value"], row["n"]) == (50, 2)


def test_a_cohort_of_a_leap_day_has_its_anniversary_at_the_end_of_february(measured):
    frames = customers(("a", "2024-02-29", None), ("b", "2024-02-29", "2025-02-27"))
    row = measured(frames, "cohort_retention", period="month", as_of=date(2025, 2, 28))
    assert (row["value"], row["n"]) == (50, 2)


LIVES = customers(
    # Watched in 2025. From the first day on: two leave at age 100 days, two stay.
    ("a", "2025-01-01", "2025-04-10"),
    ("b", "2025-01-01", "2025-04-10"),
    ("c", "2025-01-01", None),
    ("d", "2025-01-01", None),
    # From age 92 on: one leaves at 200 days.
    ("e", "2024-10-01", "2025-04-18"),
    ("f", "2024-10-01", None),
    # From age 366 on, and gone before the watch.
    ("g", "2024-01-01", None),
    ("h", "2024-10-01", "2024-12-31"),
    # Of unknown first day.
    ("i", None, "2025-05-01"),
)


def test_survival_counts_late_comers_from_the_age_they_had(measured):
    # At 100 days two of six leave (c, d, e, f were there, too), at 200 one of four: 4/6 · 3/4.
    row = measured(LIVES, "survival_t", definitions={"survival_months": 11})
    assert (row["value"], row["n"]) == (pytest.approx(50), 7)
    # R: survfit(Surv(c(0,0,0,0,92,92,366), c(100,100,365,365,200,457,731), c(1,1,0,0,1,0,0)) ~ 1,
    #            conf.type = "log-log")
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((11.0948260351, 80.3709236850))


def test_median_lifetime_is_the_age_at_which_half_have_left(measured):
    row = measured(LIVES, "median_tenure")
    assert row["value"] == pytest.approx(200 / DAYS_PER_MONTH)


def test_median_lifetime_is_not_told_while_more_than_half_stay(measured):
    frames = customers(
        *((name, "2025-01-01", None) for name in "abc"), ("d", "2025-01-01", "2025-03-01")
    )
    row = measured(frames, "median_tenure")
    assert pd.isna(row["value"])
    assert row["reason"] == "more than half stay longer than anyone was watched"


def test_tenures_are_of_the_twelve_months_up_to_the_end_of_each_period(kpi_table):
    # Leaves at age 50 in November: in the twelve months up to December, not in those to September.
    frames = customers(
        ("a", "2025-10-01", "2025-11-19"), ("b", "2024-09-01", None), ("c", "2025-01-01", None)
    )
    table = kpi_table(frames, "survival_t", periods=2, definitions={"survival_months": 6})
    third, fourth = table.loc[table["segment"] == "all", "value"]
    assert (third, fourth) == (100, 50)


PUBLISHED = (1000, 631, 468, 382, 326, 289, 262, 241)
"""Fader & Hardie (2007): customers left after 0, 1, … 7 renewals."""


def published_cohort():
    """Won on 1 January 2018; of who did not renew for the t-th time, the t-th year is the last."""
    rows = []
    for year, (before, after) in enumerate(pairwise(PUBLISHED)):
        day = f"{2018 + year}-12-31"
        rows += [(f"{year}/{number}", "2018-01-01", day) for number in range(before - after)]
    rows += [(f"stayed/{number}", "2018-01-01", None) for number in range(PUBLISHED[-1])]
    return customers(*rows)


def test_projected_retention_of_the_published_cohort(measured):
    # Of the eighth renewal: (beta + 7)/(alpha + beta + 7), with the published alpha 0.7041 and beta
    # 1.1820.
    row = measured(
        published_cohort(), "sbg_retention", period="year", periods=7, as_of=date(2024, 12, 31)
    )
    assert row["value"] == pytest.approx(100 * 8.1820 / 8.8861, abs=1e-3)
    assert row["n"] == 241


def test_projected_retention_knows_nothing_of_losses_before_the_periods_shown(measured):
    # With the last five years shown the cohort is met after its second renewal, by then of 468:
    # alpha 0.585177, beta 0.560999 (R, in test_projections).
    row = measured(
        published_cohort(), "sbg_retention", period="year", periods=5, as_of=date(2024, 12, 31)
    )
    assert row["value"] == pytest.approx(100 * 7.560999 / 8.146176, abs=1e-3)


def test_churn_after_a_complaint_waits_for_everyone_alike(measured):
    # Thirty days after the complaint ended in the quarter for a to e. Left within them: a (on the
    # last of them). Later: b. Stayed: c, who complained twice. Left on the day of the complaint, as
    # if to cancel, or before: d, e. Ended before the quarter, or not yet: f, g.
    left = {"a": "2025-11-30", "b": "2025-12-02", "d": "2025-10-31", "e": "2025-10-01"}
    left |= {"f": "2025-09-15", "g": "2025-12-10"}
    frames = customers(*((name, "2024-01-01", left.get(name)) for name in "abcdefg"))
    frames |= complaints(
        ("a", "2025-10-31 23:59"),
        ("b", "2025-11-01"),
        ("c", "2025-10-15"),
        ("c", "2025-11-15"),
        ("d", "2025-10-31 08:00"),
        ("e", "2025-10-15"),
        ("f", "2025-08-31"),
        ("g", "2025-12-02"),
    )
    row = measured(frames, "complaint_to_churn", definitions={"after_complaint_days": 30})
    assert (row["value"], row["n"]) == (pytest.approx(100 / 3), 3)

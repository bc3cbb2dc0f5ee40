"""KPIs of buying again against arithmetic on a few orders."""

from datetime import date

import pandas as pd
import pytest

DEFINED = {"lapse_days": 60, "repeat_days": 30}


def orders(*rows):
    """Customer and the days of their orders."""
    pairs = [(customer, day) for customer, *days in rows for day in days]
    return {
        "orders": pd.DataFrame(
            {
                "order_id": [f"o{number}" for number in range(len(pairs))],
                "customer_id": [customer for customer, _ in pairs],
                "ordered_at": pd.to_datetime([day for _, day in pairs], format="mixed"),
                "revenue": 1.0,
            }
        )
    }


def test_repeat_within_w_counts_where_the_wait_ended(measured):
    # Thirty days after the first order ended in the quarter for a to d. Again within them: a (just
    # in time) and d (at the same instant); b came on the thirty-first day, c never. Ended before
    # the quarter: e. Not over by its end: f, though already back.
    frames = orders(
        ("a", "2025-10-01 12:00", "2025-10-31 11:59"),
        ("b", "2025-10-01 12:00", "2025-10-31 12:00"),
        ("c", "2025-09-01 00:00"),
        ("d", "2025-12-01", "2025-12-01"),
        ("e", "2025-08-31", "2025-10-01"),
        ("f", "2025-12-02", "2025-12-03"),
    )
    row = measured(frames, "repeat_within_w", definitions=DEFINED)
    assert (row["value"], row["n"]) == (50, 4)


def test_first_to_second_is_of_the_period_of_the_first_order(kpi_table):
    # First orders of the third quarter: a (again in time), b (too late), c (never). d came before.
    frames = orders(
        ("a", "2025-09-30", "2025-10-29"),
        ("b", "2025-07-01", "2025-07-31"),
        ("c", "2025-08-01"),
        ("d", "2025-06-30", "2025-07-01"),
        ("e", "2025-10-01", "2025-10-02"),
    )
    table = kpi_table(frames, "first_to_second", periods=2, definitions=DEFINED)
    third, fourth = (row for _, row in table[table["segment"] == "all"].iterrows())
    assert (third["value"], third["n"]) == (pytest.approx(100 / 3), 3)
    # The wait of who came on 31 December ends in January.
    assert pd.isna(fourth["value"])
    assert fourth["reason"] == "window not finished"


@pytest.mark.parametrize(("day", "is_told"), [(29, False), (30, True)])
def test_first_to_second_is_told_once_the_last_wait_is_over(measured, day, is_told):
    # Thirty days after 30 September, on 30 October.
    frames = orders(("a", "2025-09-30 23:59", "2025-10-02"), ("b", "2025-07-01"))
    as_of = date(2025, 10, day)
    row = measured(frames, "first_to_second", definitions=DEFINED, as_of=as_of)
    assert pd.notna(row["value"]) == is_told
    assert row["reason"] == ("" if is_told else "window not finished")


def since_before():
    """Orders that begin on 1 August, when a had long been a customer."""
    frames = orders(("z", "2025-08-01"), ("a", "2025-10-01"), ("b", "2025-10-01", "2025-10-02"))
    days = {"z": "2025-08-01", "a": "2024-05-01", "b": "2025-10-01"}
    frames["customers"] = pd.DataFrame({"customer_id": days.keys(), "acquired_on": days.values()})
    return frames


def test_repeat_within_w_knows_no_first_order_older_than_the_data(measured):
    # Of those whose wait ended in the quarter only b; that of a is no first order.
    row = measured(since_before(), "repeat_within_w", definitions=DEFINED)
    assert (row["value"], row["n"]) == (100, 1)


def test_first_to_second_knows_no_first_order_older_than_the_data(measured):
    # First orders of 2025: z, who never came back, and b.
    keys = {"period": "year", "periods": 1, "as_of": date(2026, 2, 28)}
    row = measured(since_before(), "first_to_second", definitions=DEFINED, **keys)
    assert (row["value"], row["n"]) == (50, 2)


HISTORIES = orders(
    # When October began, sixty days back was 2 August.
    ("a", "2025-08-02", "2025-11-02"),  # active; ordered sixty days before January began: active
    ("b", "2025-08-02", "2025-11-01 23:00"),  # active; a day longer ago: lapsed
    ("c", "2025-09-30"),  # active, silent since: lapsed
    ("d", "2025-08-01"),  # lapsed, never came back
    ("e", "2025-01-01", "2025-10-01", "2025-10-02"),  # lapsed, came back, and is silent again
    ("f", "2025-10-01", "2025-12-31"),  # new
    ("g", "2025-05-01", "2025-09-15", "2025-12-01"),  # had lapsed, but came back before: active
)


def test_lapse_rate_is_of_those_active_at_the_start(measured):
    # Active: a, b, c, g. Lapsed by the end: b, c.
    row = measured(HISTORIES, "lapse_rate", definitions=DEFINED)
    assert (row["value"], row["n"]) == (50, 4)


def test_who_returned_within_the_period_has_not_lapsed(measured):
    # Silent from August on and back in December: a hundred days of silence, but no lapse.
    frames = orders(("a", "2025-09-01", "2025-12-15"), ("b", "2025-09-01"))
    row = measured(frames, "lapse_rate", definitions=DEFINED)
    assert (row["value"], row["n"]) == (50, 2)


def test_reactivation_rate_is_of_those_lapsed_at_the_start(measured):
    # Lapsed: d, e. Back: e, once, though with two orders. g came back before the period.
    row = measured(HISTORIES, "reactivation_rate", definitions=DEFINED)
    assert (row["value"], row["n"]) == (50, 2)


def test_lapsing_waits_as_long_as_retention_does_unless_told_otherwise(measured):
    retention = {"kind": "purchase", "within_days": 60}
    row = measured(HISTORIES, "lapse_rate", retention=retention)
    assert (row["value"], row["n"]) == (50, 4)


def test_recency_is_counted_to_the_last_day_of_the_period(measured):
    # a 59, b 60, c 92, d 152, e 90, f 0, g 30 days before 31 December: the fourth of seven is 60.
    row = measured(HISTORIES, "recency_days")
    assert (row["value"], row["n"]) == (60, 7)


def test_recency_knows_nothing_of_later_orders(kpi_table):
    frames = orders(("a", "2025-09-20", "2025-10-10"), ("b", "2025-10-01"))
    table = kpi_table(frames, "recency_days", periods=2)
    everyone = table[table["segment"] == "all"]
    # On 30 September only a had ordered, ten days before; in December 82 and 91 days ago.
    assert list(everyone["value"]) == [10, 86.5]
    assert list(everyone["n"]) == [1, 2]


def test_interpurchase_days_are_of_gaps_that_end_in_the_period(measured):
    # a: 1 Sep → 1 Oct → 11 Oct: gaps of 30 and 10 end in it: 20. b: first order in it: 5 and 10
    # (two orders of one day are one): 7.5. c: 100. Without a gap that ends in it: d, e, f.
    frames = orders(
        ("a", "2025-08-01", "2025-09-01", "2025-10-01", "2025-10-11"),
        ("b", "2025-10-01", "2025-10-06 09:00", "2025-10-06 18:00", "2025-10-16"),
        ("c", "2025-08-03", "2025-11-11"),
        ("d", "2025-08-01", "2025-09-30"),
        ("e", "2025-12-01"),
        ("f", "2025-12-01 09:00", "2025-12-01 18:00"),
    )
    row = measured(frames, "interpurchase_days")
    assert (row["value"], row["n"]) == (20, 3)


def test_interpurchase_days_are_told_to_a_tenth(measured):
    # Gaps of 1, 1 and 2 days: 4/3 of a day.
    frames = orders(("a", "2025-10-01", "2025-10-02", "2025-10-03", "2025-10-05"))
    row = measured(frames, "interpurchase_days")
    assert (row["value"], row["n"]) == (1.3, 1)


PATTERNS = (
    # x, weeks from the first order to the last, weeks until the period's end, customers
    *((0, 0, weeks, n) for weeks, n in ((39, 40), (30, 30), (20, 20))),
    *((1, last, weeks, n) for last, weeks, n in ((2, 39, 8), (9, 39, 6), (25, 30, 5))),
    *((2, last, weeks, n) for last, weeks, n in ((14, 39, 4), (33, 36, 4))),
    *((3, 30, 34, 3), (4, 21, 39, 3), (6, 37, 39, 2), (9, 38, 40, 2)),
)


P_ALIVE_OF_R = 89.85774806


def bought(patterns):
    """Orders that make these patterns, with the day of the week in the middle of the week."""
    rows = []
    end = pd.Timestamp(2025, 12, 31)
    for x, last, weeks, n in patterns:
        first = end - pd.Timedelta(days=7 * weeks + 3)
        # The last is x-th; those between come on the days right after the first order.
        days = [first, *(first + pd.Timedelta(days=day) for day in range(1, x))]
        days += [first + pd.Timedelta(days=7 * last + 3)] if x else []
        for number in range(n):
            rows.append((f"{x}/{last}/{weeks}/{number}", *map(str, days)))
    return orders(*rows)


def test_p_alive_equals_that_of_r(measured):
    # R, with x, tx = weeks + 0.5 (0 for x = 0), T = weeks + 0.5 and n of PATTERNS:
    # ll <- function(q) { r <- exp(q[1]); al <- exp(q[2]); a <- exp(q[3]); b <- exp(q[4])
    #   A3 <- (al + T)^-(r + x); A4 <- ifelse(x > 0, a / (b + x - 1) * (al + tx)^-(r + x), 0)
    #   -sum(n * (lgamma(r + x) - lgamma(r) + r * log(al) + lgamma(a + b) + lgamma(b + x) -
    #        lgamma(b) - lgamma(a + b + x) + log(A3 + A4))) }
    # q <- exp(optim(c(0, 1, 0, 0), ll, method = "BFGS", control = list(reltol = 1e-15))$par)
    # pa <- ifelse(x > 0, 1 / (1 + q[3]/(q[4]+x-1) * ((q[2]+T)/(q[2]+tx))^(q[1]+x)), 1)
    # 100 * sum(n * pa) / sum(n)
    row = measured(bought(PATTERNS), "p_alive")
    assert row["value"] == pytest.approx(P_ALIVE_OF_R, rel=1e-6)
    assert row["n"] == 127
    assert row["ci_low"] < row["value"] < row["ci_high"] <= 100


def test_p_alive_counts_orders_of_one_day_as_one_and_the_first_as_none(measured):
    frames = bought(PATTERNS)
    again = frames["orders"].assign(order_id="again " + frames["orders"]["order_id"])
    frames["orders"] = pd.concat([frames["orders"], again], ignore_index=True)
    row = measured(frames, "p_alive")
    assert row["value"] == pytest.approx(P_ALIVE_OF_R, rel=1e-6)


def test_p_alive_is_a_projection_from_the_last_period(kpi_table):
    table = kpi_table(bought(PATTERNS), "p_alive", periods=2)
    everyone = table[table["segment"] == "all"]
    assert list(everyone["reason"]) == ["projected from the last period only", ""]


def test_p_alive_is_refused_where_hardly_anyone_bought_again(measured):
    row = measured(orders(("a", "2025-10-01", "2025-11-01"), ("b", "2025-10-01")), "p_alive")
    assert pd.isna(row["value"])
    assert row["reason"] == "the orders do not tell who stopped from who buys seldom"

"""Retention KPIs against arithmetic on a few customers, and published examples."""

import pandas as pd
import pytest

PURCHASE = {"kind": "purchase", "within_days": 30}


def customers(*rows):
    return {"customers": pd.DataFrame(rows, columns=["customer_id", "acquired_on", "left_on"])}


def orders(*rows, revenue=10.0):
    return {
        "orders": pd.DataFrame(
            {
                "order_id": [f"o{number}" for number in range(len(rows))],
                "customer_id": [row[0] for row in rows],
                "ordered_at": pd.to_datetime([row[1] for row in rows], format="mixed"),
                "revenue": revenue,
            }
        )
    }


def test_churn_of_the_published_example_leaves_new_customers_out(measured):
    # 1,000 at the start, of whom 5 % leave; 500 new, of whom 12 leave in their first month.
    # Counting those too would give (50 + 12)/1000 = 6.2 % (Recurly 2014).
    rows = [(f"a{number}", "2025-01-01", None) for number in range(950)]
    rows += [(f"b{number}", "2025-01-01", "2025-12-10") for number in range(50)]
    rows += [(f"c{number}", "2025-12-05", None) for number in range(488)]
    rows += [(f"d{number}", "2025-12-05", "2025-12-20") for number in range(12)]
    churn = measured(customers(*rows), "churn_period", period="month")
    assert (churn["value"], churn["n"]) == (5.0, 1000)
    assert measured(customers(*rows), "crr", period="month")["value"] == 95.0
    assert measured(customers(*rows), "new_customers", period="month")["value"] == 500
    # Wilson of 50 of 1,000. R: prop.test(50, 1000, correct = FALSE)$conf.int
    assert (churn["ci_low"], churn["ci_high"]) == pytest.approx((3.81302623927, 6.53138202443))


def test_purchase_churn_waits_from_the_start_of_the_period(measured):
    # Active in the 30 days before 1 October: a, b, c. Order again by 30 October: a only.
    frames = orders(
        ("a", "2025-09-15"),
        ("a", "2025-10-30 23:00"),
        ("b", "2025-09-15"),
        ("b", "2025-10-31"),
        ("c", "2025-09-01"),
        ("d", "2025-08-31"),
        ("d", "2025-10-05"),
    )
    row = measured(frames, "churn_period", retention=PURCHASE)
    assert (row["value"], row["n"]) == (pytest.approx(200 / 3), 3)


def test_purchase_churn_is_not_told_before_the_wait_is_over(kpi_table):
    frames = orders(("a", "2025-06-15"), ("a", "2025-09-15"))
    retention = {"kind": "purchase", "within_days": 120}
    table = kpi_table(frames, "churn_period", retention=retention, periods=2)
    everyone = table[table["segment"] == "all"]
    assert list(everyone["reason"]) == ["", "window not finished"]
    assert list(everyone["value"].isna()) == [False, True]


def test_labelled_churn_is_of_all_customers_with_a_caveat(kpi_table):
    frames = {
        "customers": pd.DataFrame(
            {
                "customer_id": list("abcde"),
                "left": pd.array([True, False, False, False, None], dtype="boolean"),
            }
        )
    }
    table = kpi_table(frames, "churn_period", "new_customers", retention={"kind": "label"})
    churn, new = (rows.iloc[0] for _, rows in table[table["segment"] == "all"].groupby("kpi"))
    # One of the four whose label is known.
    assert (churn["value"], churn["n"], churn["reason"]) == (25, 4, "labels without dates")
    assert (new["status"], new["reason"]) == ("not measured", "labels without dates")


def test_labels_speak_of_the_last_period_only(kpi_table):
    frames = {"customers": pd.DataFrame({"customer_id": ["a", "b"], "left": [True, False]})}
    table = kpi_table(frames, "crr", retention={"kind": "label"}, periods=2)
    everyone = table[table["segment"] == "all"]
    assert list(everyone["value"].fillna(-1)) == [-1, 50]
    assert list(everyone["reason"]) == ["labels without dates"] * 2


def test_nothing_is_known_of_staying_without_retention_in_params(measured):
    row = measured(customers(("a", None, None)), "crr", retention=None)
    assert row["reason"] == "needs retention in params"


def terms(*rows):
    names = ["customer_id", "starts_on", "ends_on", "monthly_revenue", "renewal_due_on"]
    frame = pd.DataFrame(rows, columns=[*names, "renewed", "is_trial"])
    frame["renewed"] = frame["renewed"].astype("boolean")
    frame["is_trial"] = frame["is_trial"].astype("boolean")
    return {"subscriptions": frame}


def test_renewal_rate_is_of_contracts_due(measured):
    # Due in the quarter: a renewed twice, b not, c without a word. Not due: d. A trial: e.
    frames = terms(
        ("a", "2024-10-01", None, 1.0, "2025-10-01", True, False),
        ("a", "2024-12-01", None, 1.0, "2025-12-31", True, False),
        ("b", "2024-11-01", None, 1.0, "2025-11-01", False, None),
        ("c", "2024-11-01", None, 1.0, "2025-11-02", None, False),
        ("d", "2025-01-01", None, 1.0, "2026-01-01", None, False),
        ("e", "2025-10-01", None, 1.0, "2025-11-01", True, True),
    )
    row = measured(frames, "renewal_rate")
    assert (row["value"], row["n"]) == (50, 4)


def published_terms():
    """+ 1.8 expansion of 4.0, − 0.6 contraction of 5.1, 0.9 lost; new ones and trials beside."""
    return terms(
        ("grew", "2024-01-01", "2025-03-31", 4.0, None, None, False),
        ("grew", "2025-04-01", None, 5.8, None, None, False),
        ("shrank", "2024-06-01", "2025-12-30", 5.1, None, None, False),
        ("shrank", "2025-12-31", None, 4.5, None, None, False),
        ("left", "2024-06-01", "2024-12-31", 0.9, None, None, False),
        ("new", "2025-01-01", None, 50.0, None, None, False),
        ("trial", "2024-06-01", None, 50.0, None, None, True),
    )


def test_net_revenue_retention_of_the_published_example(measured):
    # 10.0 twelve months before; + 1.8 expansion − 0.6 contraction − 0.9 churn = 10.3: 103 %.
    row = measured(published_terms(), "nrr")
    assert (row["value"], row["n"]) == (pytest.approx(103), 3)


def test_net_revenue_retention_needs_customers_of_twelve_months_before(measured):
    frames = terms(("new", "2025-01-01", None, 50.0, None, None, False))
    assert measured(frames, "nrr")["reason"] == "no recurring revenue twelve months before"


def test_repeat_purchase_waits_the_same_time_for_everyone(measured):
    # Thirty days after the first order ended in the quarter for a, b, c; not for d (too late) or e
    # (too early). a came back within them, b on the thirty-first day, c twice on the first day.
    frames = orders(
        ("a", "2025-10-01"),
        ("a", "2025-10-30 23:59"),
        ("b", "2025-10-01"),
        ("b", "2025-10-31"),
        ("c", "2025-09-01 12:00"),
        ("c", "2025-09-01 12:00"),
        ("d", "2025-12-02"),
        ("d", "2025-12-03"),
        ("e", "2025-08-31"),
        ("e", "2025-10-15"),
    )
    row = measured(frames, "repeat_purchase_rate", retention=PURCHASE)
    assert (row["value"], row["n"]) == (pytest.approx(200 / 3), 3)


def test_purchase_frequency_is_per_buyer(measured):
    # Three orders of a, one of b in the quarter; c ordered before it.
    frames = orders(*[("a", "2025-10-01")] * 3, ("b", "2025-12-31 23:00"), ("c", "2025-09-30"))
    row = measured(frames, "purchase_frequency")
    assert (row["value"], row["n"]) == (2, 2)


def test_silent_churn_is_of_lost_customers_who_had_been_asked(measured):
    # Asked and silent: a (a good score), d (invited). Asked and heard: b (low score), c (answered
    # well, then complained). Never asked: e (complained), f. Spoke too long before: g (a score a
    # year and more before, invited since). Spoke after leaving: h. Stayed: i.
    left = dict.fromkeys("abcdefgh", "2025-11-15") | {"i": None}
    answered = [
        ("a", 4, "2025-09-01"),
        ("b", 2, "2025-09-01"),
        ("c", 5, "2025-10-20"),
        ("g", 1, "2024-09-30"),
        ("h", 4, "2025-10-01"),
        ("h", 1, "2025-11-16"),
        ("i", 1, "2025-09-01"),
    ]
    complained = [("c", "2025-11-15"), ("e", "2025-11-01"), ("h", "2025-11-16")]
    invited = [("d", "2025-10-01", True), ("g", "2025-10-01", None), ("f", "2025-10-01", False)]
    frames = {
        **customers(*((name, "2024-01-01", day) for name, day in left.items())),
        "answers": pd.DataFrame(answered, columns=["customer_id", "score", "answered_at"]).assign(
            item="satisfaction", scale_min=1, scale_max=5
        ),
        "tickets": pd.DataFrame(complained, columns=["customer_id", "opened_at"]).assign(
            ticket_id=["t1", "t2", "t3"], is_complaint=True
        ),
        "invitations": pd.DataFrame(invited, columns=["customer_id", "sent_at", "delivered"]),
    }
    # Silent: a, d, g, h. Heard: b, c.
    row = measured(frames, "silent_churn")
    assert (row["value"], row["n"]) == (pytest.approx(100 * 4 / 6), 6)


def test_repeat_purchase_leaves_out_whose_first_order_is_older_than_the_data(measured):
    # The orders begin on 31 August; a was a customer long before: October is no first order.
    frames = orders(
        ("z", "2025-08-31"), ("a", "2025-10-01"), ("b", "2025-10-01"), ("b", "2025-10-02")
    )
    days = {"z": "2025-08-31", "a": "2024-05-01", "b": "2025-10-01"}
    frames["customers"] = pd.DataFrame({"customer_id": days.keys(), "acquired_on": days.values()})
    row = measured(frames, "repeat_purchase_rate", retention=PURCHASE)
    assert (row["value"], row["n"]) == (100, 1)


def test_gross_revenue_retention_of_the_published_example(measured):
    # 10.0 twelve months before, − 0.6 contraction − 0.9 churn = 8.5: 85 %, whatever the growth.
    assert measured(published_terms(), "grr")["value"] == pytest.approx(85)


def test_revenue_churn_is_what_was_cancelled(measured):
    # 0.9 of 10.0; what shrank by 0.6 is kept.
    assert measured(published_terms(), "revenue_churn")["value"] == pytest.approx(9)

"""Who is there, who stays and who is new, by the three kinds of retention, edge days included."""

from datetime import date

import pandas as pd
import pytest

from saydo.params import Retention
from saydo.periods import Period
from saydo.tables.checked import Tables
from saydo.tables.presence import presence, presence_needs

Q1 = Period(date(2025, 1, 1), date(2025, 3, 31))
Q2 = Period(date(2025, 4, 1), date(2025, 6, 30))
AS_OF = date(2025, 6, 30)
CONTRACT = Retention(kind="contract")
LABEL = Retention(kind="label")


def rows(tables, windows, retention, as_of=AS_OF):
    table = presence(tables, windows, retention=retention, as_of=as_of).execute()
    flags = ["active_at_start", "stayed", "is_new", "left_new"]
    return {
        (row.customer_id, row.period_start): tuple(
            None if pd.isna(getattr(row, flag)) else bool(getattr(row, flag)) for flag in flags
        )
        for row in table.itertuples()
    }


def customers(*rows):
    return Tables.of(
        {"customers": pd.DataFrame(rows, columns=["customer_id", "acquired_on", "left_on"])}
    )


def orders(**days):
    pairs = [(customer, day) for customer, ordered in days.items() for day in ordered]
    return Tables.of(
        {
            "orders": pd.DataFrame(
                {
                    "order_id": [str(number) for number in range(len(pairs))],
                    "customer_id": [customer for customer, _ in pairs],
                    "ordered_at": pd.to_datetime([day for _, day in pairs], format="mixed"),
                    "revenue": 1.0,
                }
            )
        }
    )


def purchase(days):
    return Retention(kind="purchase", within_days=days)


@pytest.mark.parametrize(
    ("acquired_on", "left_on", "expected"),
    [
        # active_at_start, stayed, is_new, left_new in Q2, 1 April to 30 June
        ("2025-03-31", None, (True, True, False, False)),
        ("2025-04-01", None, (False, True, True, False)),
        ("2025-06-30", None, (False, True, True, False)),
        (None, None, (True, True, False, False)),
        ("2025-01-01", "2025-04-01", (True, False, False, False)),
        ("2025-01-01", "2025-06-30", (True, False, False, False)),
        ("2025-04-01", "2025-04-20", (False, False, True, True)),
        ("2025-04-01", "2025-06-30", (False, False, True, True)),
        (None, "2025-05-01", (True, False, False, False)),
    ],
)
def test_contract_on_its_edge_days(acquired_on, left_on, expected):
    assert rows(customers(("a", acquired_on, left_on)), [Q2], CONTRACT) == {
        ("a", pd.Timestamp(Q2.start)): expected
    }


@pytest.mark.parametrize(
    ("acquired_on", "left_on"), [("2025-01-01", "2025-03-31"), ("2025-07-01", None)]
)
def test_contract_leaves_out_who_had_left_before_or_comes_after(acquired_on, left_on):
    assert rows(customers(("a", acquired_on, left_on)), [Q2], CONTRACT) == {}


def test_contract_follows_a_customer_from_window_to_window():
    tables = customers(("a", "2025-02-01", "2025-05-05"))
    assert rows(tables, [Q1, Q2], CONTRACT) == {
        ("a", pd.Timestamp(Q1.start)): (False, True, True, False),
        ("a", pd.Timestamp(Q2.start)): (True, False, False, False),
    }


def test_contract_does_not_say_who_stayed_over_an_unfinished_window():
    tables = customers(("a", "2025-01-01", None), ("b", "2025-01-01", "2025-05-01"))
    # Neither: to count the losses known so far, without those to come, would flatter.
    stayed = [row[1] for row in rows(tables, [Q2], CONTRACT, date(2025, 6, 29)).values()]
    assert stayed == [None, None]


@pytest.mark.parametrize(
    ("ordered", "expected"),
    [
        # Ten days before 1 April: from 22 March; ten days from it: until 10 April.
        (["2025-03-22 00:00"], (True, False, False, False)),
        (["2025-03-31 23:59", "2025-04-10 23:59"], (True, True, False, False)),
        (["2025-03-31", "2025-04-11 00:00"], (True, False, False, False)),
        (["2025-03-31", "2025-04-01 00:00"], (True, True, False, False)),
        # New on 1 April or 30 June; active at the window's end if ordered from 21 June on.
        (["2025-04-01"], (False, True, True, True)),
        (["2025-04-01", "2025-06-20 23:59"], (False, True, True, True)),
        (["2025-04-01", "2025-06-21 00:00"], (False, True, True, False)),
        (["2025-06-30 23:59"], (False, False, True, False)),
    ],
)
def test_purchase_on_its_edge_instants(ordered, expected):
    assert rows(orders(a=ordered), [Q2], purchase(10)) == {("a", pd.Timestamp(Q2.start)): expected}


@pytest.mark.parametrize("ordered", [["2025-03-21 23:59"], ["2025-01-01", "2025-05-01"]])
def test_purchase_leaves_out_who_had_lapsed_even_when_coming_back(ordered):
    assert rows(orders(a=ordered), [Q2], purchase(10)) == {}


@pytest.mark.parametrize(
    ("as_of", "stayed"), [(date(2025, 6, 29), True), (date(2025, 6, 28), None)]
)
def test_purchase_is_told_only_when_all_of_its_days_are_known(as_of, stayed):
    # 90 days from 1 April are over at the end of 29 June.
    tables = orders(a=["2025-03-01", "2025-05-01"])
    assert rows(tables, [Q2], purchase(90), as_of)["a", pd.Timestamp(Q2.start)][1] is stayed


def test_purchase_window_may_be_longer_than_the_period():
    tables = orders(a=["2024-05-01", "2025-06-15"], b=["2024-05-01"])
    assert rows(tables, [Q1, Q2], purchase(365), date(2025, 12, 31)) == {
        ("a", pd.Timestamp(Q1.start)): (True, True, False, False),
        ("b", pd.Timestamp(Q1.start)): (True, False, False, False),
        ("a", pd.Timestamp(Q2.start)): (True, None, False, False),
        ("b", pd.Timestamp(Q2.start)): (True, None, False, False),
    }


def test_labels_make_one_undated_group_in_the_last_window():
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "left": pd.array([True, False, None], dtype="boolean"),
        }
    )
    assert rows(Tables.of({"customers": frame}), [Q1, Q2], LABEL) == {
        ("a", pd.Timestamp(Q2.start)): (True, False, False, False),
        ("b", pd.Timestamp(Q2.start)): (True, True, False, False),
        ("c", pd.Timestamp(Q2.start)): (True, None, False, False),
    }


def test_needs_name_what_is_missing():
    tables = Tables.of({"customers": pd.DataFrame({"customer_id": ["a"]})})
    assert tables.lacks(presence_needs(CONTRACT)) == (
        "needs customers.acquired_on, customers.left_on"
    )
    assert tables.lacks(presence_needs(purchase(90))) == "needs orders"
    assert tables.lacks(presence_needs(LABEL)) == "needs customers.left"

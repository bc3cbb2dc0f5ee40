"""Customers whom no table names, and what is known of them."""

from collections.abc import Callable

import pandas as pd

from saydo.tables.checked import Tables

Load = Callable[..., Tables]

ORDERS = (
    "order_id,customer_id,ordered_at,revenue\n"
    "1,a,2024-03-01 10:00,5\n2,a,2024-02-01 10:00,5\n3,b,2024-05-01 10:00,5\n"
)
TERMS = (
    "customer_id,starts_on,ends_on\n"
    "b,2024-01-01,2024-12-31\nb,2025-01-01,2025-06-29\n"  # Ended the day before as_of.
    "c,2024-01-01,2024-12-31\nc,2025-01-01,\n"  # Open.
    "d,2024-01-01,2025-06-30\n"  # Its last day is as_of: nobody knows yet whether it is renewed.
)


def customers(tables: Tables) -> pd.DataFrame:
    found = tables["customers"].execute().set_index("customer_id").sort_index()
    for column in found.columns.intersection(["acquired_on", "left_on"]):
        found[column] = found[column].astype("string")
    return found


def test_customers_are_the_ids_of_all_other_tables(load: Load):
    tables = load(
        {"orders": {"path": "o.csv"}, "comments": {"path": "c.csv"}},
        {"o.csv": ORDERS, "c.csv": "comment_id,customer_id,text\n1,NA,good\n2,,anonymous\n"},
    )
    assert customers(tables).index.tolist() == ["NA", "a", "b"]
    assert "customers" not in tables.rows
    assert (
        "customers: not given, so that the 3 ids in the other tables stand for it." in tables.notes
    )


def test_a_customer_came_with_the_first_order_or_subscription(load: Load):
    tables = load(
        {"orders": {"path": "o.csv"}, "subscriptions": {"path": "s.csv"}},
        {"o.csv": ORDERS, "s.csv": TERMS},
    )
    assert customers(tables)["acquired_on"].to_dict() == {
        "a": "2024-02-01",
        "b": "2024-01-01",
        "c": "2024-01-01",
        "d": "2024-01-01",
    }
    assert (
        "customers: acquired_on is taken from the first of subscriptions.starts_on, "
        "orders.ordered_at." in tables.notes
    )


def test_ids_that_customers_lack_are_added_without_attributes_and_counted(load: Load):
    tables = load(
        {"orders": {"path": "o.csv"}, "customers": {"path": "c.csv"}},
        {"o.csv": ORDERS, "c.csv": "customer_id,acquired_on,tier\na,2020-01-01,gold\n"},
    )
    found = customers(tables)
    assert found["acquired_on"].fillna("").to_dict() == {"a": "2020-01-01", "b": ""}
    assert found["tier"].fillna("").to_dict() == {"a": "gold", "b": ""}
    assert (tables.rows["customers"].read, tables.rows["customers"].used) == (1, 1)
    assert (
        "customers: 1 id occurs in other tables only, and was added without attributes."
        in tables.notes
    )


def test_customers_that_are_complete_stay_as_they_are(load: Load):
    tables = load(
        {"customers": {"path": "c.csv"}}, {"c.csv": "customer_id,acquired_on\na,2020-01-01\n"}
    )
    assert tables["customers"].columns == ("customer_id", "acquired_on")
    assert not [note for note in tables.notes if note.startswith("customers:")]


def test_a_contract_that_ended_for_good_says_when_the_customer_left(load: Load):
    tables = load(
        {"subscriptions": {"path": "s.csv"}}, {"s.csv": TERMS}, retention={"kind": "contract"}
    )
    left = customers(tables)["left_on"]
    assert left.dropna().to_dict() == {"b": "2025-06-29"}
    assert set(left.index) == {"b", "c", "d"}


def test_nobody_leaves_by_subscription_where_staying_means_buying(load: Load):
    tables = load(
        {"subscriptions": {"path": "s.csv"}},
        {"s.csv": TERMS},
        retention={"kind": "purchase", "within_days": 90},
    )
    assert "left_on" not in tables["customers"].columns


def test_a_day_of_leaving_that_is_given_is_kept(load: Load):
    tables = load(
        {"subscriptions": {"path": "s.csv"}, "customers": {"path": "c.csv"}},
        {"s.csv": TERMS, "c.csv": "customer_id,left_on\nb,2025-03-01\nc,\nd,\n"},
        retention={"kind": "contract"},
    )
    assert customers(tables)["left_on"].dropna().to_dict() == {"b": "2025-03-01"}


def test_orders_that_are_rejected_or_after_as_of_make_no_customer(load: Load):
    rows = "4,later,2025-12-01,5\n5,faulty,2024-01-01,x\n"
    tables = load({"orders": {"path": "o.csv"}}, {"o.csv": ORDERS + rows})
    assert customers(tables).index.tolist() == ["a", "b"]

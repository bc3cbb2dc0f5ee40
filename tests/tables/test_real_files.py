"""Real files as their owners export them, with nothing prepared."""

import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from saydo.params import parse
from saydo.tables.checked import Tables
from saydo.tables.load import load_tables

DATA = Path(os.environ.get("SAYDO_REAL_DATA") or Path(__file__).parents[3] / "shared" / "data")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data or SAYDO_REAL_DATA"),
]


@pytest.fixture
def load() -> Callable[..., Tables]:
    def loaded(tables: dict[str, Any], sources: dict[str, Any] | None = None) -> Tables:
        data = {"tables": tables, "sources": sources or {}}
        study = parse({"study": "Real", "data": data})
        return load_tables(study, DATA, as_of=date(2020, 1, 1), now=datetime(2026, 1, 1))

    return loaded


def test_five_workbooks_combine_in_one_query(load):
    names = ("demographics", "location", "population", "services", "status")
    query = """
        select "Customer ID" as customer_id, "Churn Label" as "left", "Total Revenue" as spent,
               Population as inhabitants
        from status join demographics using ("Customer ID") join services using ("Customer ID")
        join location using ("Customer ID") left join population using ("Zip Code")
    """
    tables = load(
        {"customers": {"query": query}},
        {name: {"path": f"telco/Telco_customer_churn_{name}.xlsx"} for name in names},
    )
    customers = tables["customers"]
    # The reference of the data's README: 7,043 customers, 1,869 churned, 21,371,131.69 revenue.
    assert (tables.rows["customers"].read, tables.rows["customers"].used) == (7043, 7043)
    assert customers["left"].sum().execute() == 1869
    assert customers.spent.sum().execute() == pytest.approx(21_371_131.69, abs=0.005)
    assert customers.inhabitants.notnull().sum().execute() == 7043


@pytest.mark.parametrize(
    ("year", "n", "nps", "weighted", "top_two"),
    [(2017, 2746, 39.84, 40.40, 82.07), (2018, 2650, 30.98, 35.11, 78.44)],
)
def test_the_airport_survey_gives_its_published_scores(load, year, n, nps, weighted, top_two):
    items = {
        "recommend": {"column": "NETPRO", "scale": [0, 10], "blank": [11, "Blank", "BLANK"]},
        "satisfaction": {"column": "Q7ALL", "scale": [1, 5], "blank": [0, 6, "Blank", "BLANK"]},
    }
    path = f"sfo_airport/{year}_SFO_Customer_Survey.csv.gz"
    columns = {"respondent_id": "RESPNUM", "weight": "WEIGHT"}
    tables = load({"answers": {"path": path, "columns": columns, "items": items}})
    answers = tables["answers"].execute()
    scores = answers[answers["item"] == "recommend"]
    side = (scores["score"] >= 9).astype(int) - (scores["score"] <= 6)
    assert len(scores) == n
    assert 100 * side.mean() == pytest.approx(nps, abs=0.005)
    by_weight = 100 * (side * scores["weight"]).sum() / scores["weight"].sum()
    assert by_weight == pytest.approx(weighted, abs=0.005)
    rated = answers.loc[answers["item"] == "satisfaction", "score"]
    assert 100 * (rated >= 4).mean() == pytest.approx(top_two, abs=0.005)
    count = tables.rows["answers"]
    assert count.read == count.used + count.rejected + sum(count.excluded.values())


def test_reviews_of_the_marketplace_span_lines_and_repeat_ids(load):
    path = "olist/random20k/olist_order_reviews_dataset.csv.gz"
    columns = {"comment_id": "review_id", "text": "review_comment_message"}
    columns |= {"written_at": "review_creation_date", "rating": "review_score"}
    tables = load({"comments": {"path": path, "columns": columns}})
    count = tables.rows["comments"]
    assert count.read == 20_795
    assert count.read == count.used + count.rejected + sum(count.excluded.values())
    assert tables["comments"].text.contains("\n").sum().execute() > 100
    assert (
        tables.rejects["comments"]["reason"].str.contains("is already in line", regex=False).any()
    )


def test_all_orders_of_the_marketplace_are_read(load):
    tables = load(
        {
            "orders": {
                "query": """
                    select order_id, customer_unique_id as customer_id, revenue,
                           order_purchase_timestamp as ordered_at,
                           order_delivered_customer_date as delivered_at
                    from orders join customers using (customer_id)
                    join (select order_id, sum(price::double) as revenue from items group by 1)
                    using (order_id)
                """
            }
        },
        {
            "orders": {"path": "olist/random20k/olist_orders_dataset.csv.gz"},
            "customers": {"path": "olist/random20k/olist_customers_dataset.csv.gz"},
            "items": {"path": "olist/random20k/olist_order_items_dataset.csv.gz"},
        },
    )
    assert tables.rows["sources.orders"].read == 20_864
    assert tables.rows["orders"].rejected == 0
    assert tables["orders"].count().execute() == tables.rows["orders"].read

"""Files, sheets, tables and queries; and all that is missing, at once."""

import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest

from saydo.errors import DataError
from saydo.tables.checked import Tables
from saydo.tables.engine import Engine, _secrets

Load = Callable[..., Tables]

HEADER = "order_id,customer_id,ordered_at,revenue\n"
ORDERS = HEADER + "1,a,2024-01-31,10.5\n2,b,2024-02-29,20.5\n"


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """Two sheets: accounts with ids, dates and mixed cells below an empty row, and another."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Accounts"
    sheet.append([])
    sheet.append(["Id", "Since", "Score", "Active", "Code"])
    sheet.append([123, datetime(2024, 1, 31), 4.5, True, "007"])
    sheet.append([])
    sheet.append([124, datetime(2024, 2, 29), "n/a", False, 8])
    sheet.append(["A-9", datetime(2024, 3, 31), 3, True, None])
    book.create_sheet("Notes").append(["x"])
    book.save(tmp_path / "crm.xlsx")
    return tmp_path / "crm.xlsx"


def problems(caught: pytest.ExceptionInfo[DataError]) -> dict[str, str]:
    return {problem.where: problem.what for problem in caught.value.problems}


def test_everything_that_is_missing_is_reported_at_once(load: Load, workbook: Path):
    tables = {
        "orders": {"path": "data/acme/orders.parquet"},
        "customers": {"path": "crm.xlsx"},
        "answers": {"path": "crm.xlsx", "sheet": "Acounts"},
        "tickets": {"path": "ticket.csv"},
        "events": {"path": "events.docx"},
        "leads": {"path": "nowhere/leads.csv"},
    }
    with pytest.raises(DataError) as caught:
        load(tables, {"tickets.csv": "a\n", "events.docx": "x"})
    found = problems(caught)
    assert len(found) == 6
    assert "`saydo sample data/acme`" in found["data.tables.orders"]
    assert "several sheets: 'Accounts', 'Notes'. Name one" in found["data.tables.customers"]
    assert "Did you mean 'Accounts'?" in found["data.tables.answers"]
    assert "Did you mean 'tickets.csv'?" in found["data.tables.tickets"]
    assert "can't be read; use .csv" in found["data.tables.events"]
    assert "no folder nowhere" in found["data.tables.leads"]


def test_columns_that_are_missing_are_named_with_the_nearest_and_all_there_are(load: Load):
    tables = {
        "orders": {"path": "o.csv", "columns": {"revenue": "Amout", "cost": "Amount / 0 +"}},
        "comments": {"path": "c.csv"},
    }
    files = {"o.csv": "OrderID,customer_id,ordered_at,Amount\n", "c.csv": "comment_id\n"}
    with pytest.raises(DataError) as caught:
        load(tables, files)
    found = problems(caught)
    assert "Did you mean 'Amount'?" in found["data.tables.orders.columns.revenue"]
    assert "syntax error" in found["data.tables.orders.columns.cost"]
    assert "{order_id: OrderID}" in found["data.tables.orders.columns.order_id"]
    assert (
        "It has: OrderID, customer_id, ordered_at, Amount."
        in (found["data.tables.orders.columns.order_id"])
    )
    assert "comments needs text" in found["data.tables.comments.columns.text"]


def test_columns_map_by_name_by_name_but_for_white_space_and_by_expression(load: Load):
    text = "Nr,Kunde  ,Tag,Brutto,Steuer\n1,a,2024-01-31,12.0,2.0\n"
    columns = {
        "order_id": "'R' || Nr",
        "customer_id": "Kunde",
        "ordered_at": "Tag",
        "revenue": "cast(Brutto as double) - cast(Steuer as double)",
    }
    tables = load({"orders": {"path": "o.csv", "columns": columns}}, {"o.csv": text})
    order = tables["orders"].execute().iloc[0]
    assert order[["order_id", "customer_id", "revenue"]].tolist() == ["R1", "a", 10.0]
    assert "o.csv: column 'Kunde  ' is taken for 'Kunde', but for white space." in tables.notes


def test_a_header_wins_over_an_expression_that_reads_alike(load: Load):
    text = "order_id,customer_id,ordered_at,net-tax,net,tax\n1,a,2024-01-31,7,10,2\n"
    mapped = {"path": "o.csv", "columns": {"revenue": "net-tax"}}
    assert load({"orders": mapped}, {"o.csv": text})["orders"].execute()["revenue"].item() == 7


def test_an_expression_that_fails_on_a_row_is_an_error_with_the_path(load: Load):
    mapped = {"path": "o.csv", "columns": {"revenue": "cast(customer_id as double)"}}
    with pytest.raises(DataError) as caught:
        load({"orders": mapped}, {"o.csv": "order_id,customer_id,ordered_at\n1,a,2024-01-31\n"})
    assert "Could not convert string 'a' to DOUBLE" in problems(caught)["data.tables.orders"]


def test_excel_keeps_types_and_knows_the_row_of_the_sheet(load: Load, workbook: Path):
    columns = {"customer_id": "Id", "acquired_on": "Since", "is_member": "Active"}
    source = {"path": "crm.xlsx", "sheet": "Accounts", "columns": columns}
    tables = load({"customers": source})
    customers = tables["customers"].execute()
    assert customers["customer_id"].tolist() == ["123", "124", "A-9"]
    assert customers["is_member"].tolist() == [True, False, True]
    assert customers["acquired_on"].astype(str).tolist() == [
        "2024-01-31",
        "2024-02-29",
        "2024-03-31",
    ]
    assert customers["Score"].tolist() == ["4.5", "n/a", "3"]
    assert customers["Code"].tolist()[:2] == ["007", "8"]
    mapped = {**columns, "left": "nullif(Score, '4.5')"}
    tables = load({"customers": {**source, "columns": mapped}})
    # Rows 1 and 4 of the sheet are empty, so that the second customer is in row 5.
    assert tables.rejects["customers"]["line"].tolist() == [5, 6]


def test_numeric_ids_of_excel_have_no_decimals(load: Load, tmp_path: Path):
    pd.DataFrame({"customer_id": [90022, 7], "size": [1, 2]}).to_excel(
        tmp_path / "c.xlsx", index=False
    )
    customers = load({"customers": {"path": "c.xlsx"}})["customers"].execute()
    assert customers["customer_id"].tolist() == ["90022", "7"]


def test_a_query_combines_sources_of_all_kinds(load: Load, workbook: Path, tmp_path: Path):
    pd.DataFrame({"id": ["1", "2"], "kind": ["x", "y"]}).to_parquet(tmp_path / "kinds.parquet")
    query = """
        select o.order_id, a."Id" as customer_id, o.ordered_at, o.revenue, k.kind as category
        from orders o join accounts a on a."Id" = o.customer_id join kinds k on k.id = o.order_id
    """
    tables = load(
        {"orders": {"query": query}},
        {"orders.csv": HEADER + "1,123,31.12.2024,10.5\n2,124,29.02.2024,20.5\n2,123\n"},
        sources={
            "orders": {"path": "orders.csv"},
            "accounts": {"path": "crm.xlsx", "sheet": "Accounts"},
            "kinds": {"path": "kinds.parquet"},
        },
    )
    orders = tables["orders"].execute().sort_values("order_id")
    assert orders["customer_id"].tolist() == ["123", "124"]
    assert orders["revenue"].tolist() == [10.5, 20.5]
    assert orders["ordered_at"].tolist() == [pd.Timestamp(2024, 12, 31), pd.Timestamp(2024, 2, 29)]
    # The ragged record is kept from the query, and counted.
    assert (tables.rows["sources.orders"].read, tables.rows["sources.orders"].rejected) == (3, 1)
    assert tables.rejects["sources.orders"]["line"].tolist() == [4]


def test_a_query_that_the_engine_refuses_is_reported_with_its_path(load: Load):
    with pytest.raises(DataError) as caught:
        load(
            {"orders": {"query": "select * from crmm"}, "events": {"query": "select from from"}},
            {"crm.csv": ORDERS},
            sources={"crm": {"path": "crm.csv"}},
        )
    found = problems(caught)
    assert "Table with name crmm does not exist" in found["data.tables.orders.query"]
    assert "Sources: crm." in found["data.tables.orders.query"]
    assert "syntax error" in found["data.tables.events.query"]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with orders of its own, named by an environment variable."""
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.sql(
            "CREATE TABLE orders AS SELECT '1' AS order_id, 7 AS customer_id, "
            "TIMESTAMPTZ '2024-01-01 23:30:00+00' AS ordered_at, 2.5::DECIMAL(9, 2) AS revenue"
        )
        connection.sql("CREATE SCHEMA crm")
        connection.sql("CREATE TABLE crm.people AS SELECT 7 AS id, 'gold' AS tier")
    monkeypatch.setenv("WAREHOUSE", f"duckdb://{file}")
    return file


def test_tables_and_queries_of_a_database(load: Load, database: Path):
    tables = load(
        {
            "orders": {"table": "orders"},
            "customers": {"query": "select id as customer_id, tier from people"},
        },
        sources={"people": {"table": "crm.people"}},
        engine="WAREHOUSE",
        timezone="Europe/Paris",
    )
    order = tables["orders"].execute().iloc[0]
    assert order.tolist() == ["1", "7", pd.Timestamp(2024, 1, 2, 0, 30), 2.5]
    assert tables["customers"].execute()["tier"].tolist() == ["gold"]
    del tables
    with duckdb.connect(str(database)) as connection:
        names = connection.sql("SELECT table_name FROM information_schema.tables").fetchall()
    assert sorted(names) == [("orders",), ("people",)]


def test_a_table_that_the_database_lacks_is_named_with_those_it_has(load: Load, database: Path):
    with pytest.raises(DataError) as caught:
        load({"orders": {"table": "order"}, "events": {"table": "crm.peeple"}}, engine="WAREHOUSE")
    assert "Did you mean 'orders'? It has: orders." in problems(caught)["data.tables.orders"]
    assert "Did you mean 'people'?" in problems(caught)["data.tables.events"]


def test_files_join_the_tables_of_a_database(load: Load, database: Path):
    tables = load(
        {"orders": {"table": "orders"}, "comments": {"path": "c.csv"}},
        {"c.csv": "comment_id,customer_id,text\n1,7,good\n2,8,bad\n"},
        engine="WAREHOUSE",
    )
    joined = tables["orders"].join(tables["comments"], "customer_id")
    assert joined.count().execute() == 1
    assert sorted(tables["customers"].execute()["customer_id"]) == ["7", "8"]


@pytest.mark.parametrize(("value", "word"), [(None, "not set"), ("  ", "empty")])
def test_an_engine_without_a_url_is_an_error(
    load: Load, monkeypatch: pytest.MonkeyPatch, value: str | None, word: str
):
    if value is not None:
        monkeypatch.setenv("WAREHOUSE", value)
    with pytest.raises(DataError, match=f"environment variable WAREHOUSE is {word}") as caught:
        load({"orders": {"table": "orders"}}, engine="WAREHOUSE")
    assert caught.value.problems[0].where == "data.engine"


@pytest.mark.parametrize(
    "url",
    [
        "duckdb:///no/such/folder/hunter%32.duckdb?password=hunter2",
        "nosuchbackend://me:hunter2@host/db",
        "postgres://me:hunter2@127.0.0.1:1/db",
        "hunter2",
    ],
)
def test_a_password_is_never_shown(load: Load, monkeypatch: pytest.MonkeyPatch, url: str):
    monkeypatch.setenv("WAREHOUSE", url)
    with pytest.raises(DataError) as caught:
        load({"orders": {"table": "orders"}}, engine="WAREHOUSE")
    shown = str(caught.value) + repr(caught.value)
    error: BaseException | None = caught.value.__cause__ or caught.value.__context__
    assert error is None
    assert "hunter" not in shown
    assert "data.engine" in shown


def test_what_an_engine_says_later_hides_the_password_too():
    engine = Engine(None, None, is_ours=False, secrets=_secrets("postgres://me:hun%20ter@h/db"))
    assert engine.first_line(ValueError("\nlogin as me:hun ter failed: hun%20ter\nmore")) == (
        "login as me:*** failed: ***"
    )
    assert "hun" not in repr(engine)


def test_a_url_is_in_nothing_that_is_returned(load: Load, database: Path):
    tables = load({"orders": {"table": "orders"}}, engine="WAREHOUSE")
    shown = repr(tables) + "".join(tables.notes) + str(tables.rows)
    assert "warehouse.duckdb" not in shown


def test_what_is_no_workbook_or_parquet_file_is_an_error(load: Load, tmp_path: Path):
    with sqlite3.connect(tmp_path / "o.parquet") as connection:
        connection.execute("CREATE TABLE t (a)")
    with pytest.raises(DataError) as caught:
        load(
            {"orders": {"path": "o.parquet"}, "customers": {"path": "c.xlsx"}},
            {"c.xlsx": "not a workbook"},
        )
    assert "o.parquet: it can't be read (" in problems(caught)["data.tables.orders"]
    assert "c.xlsx: it is not an Excel workbook" in problems(caught)["data.tables.customers"]


def test_what_is_in_doubt_is_reported_for_all_tables_at_once(load: Load):
    with pytest.raises(DataError) as caught:
        load(
            {"orders": {"path": "o.csv"}, "leads": {"path": "l.csv"}},
            {
                "o.csv": HEADER + "1,a,03/04/2024,1.234\n",
                "l.csv": "lead_id,created_at,channel\n1,05-06-2024,web\n",
            },
            as_of=date(2025, 1, 1),
        )
    assert set(problems(caught)) == {
        "data.tables.orders.columns.ordered_at",
        "data.tables.orders.columns.revenue",
        "data.tables.leads.columns.created_at",
    }
    assert "Say which under data.tables.orders.format.dates" in str(caught.value)


def test_files_end_up_in_a_database_of_another_kind(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    sqlite3.connect(tmp_path / "w.db").close()
    monkeypatch.setenv("WAREHOUSE", f"sqlite://{tmp_path / 'w.db'}")
    text = "comment_id,customer_id,text\n1,00123,good\n2,NA,\n"
    tables = load({"comments": {"path": "c.csv"}}, {"c.csv": text}, engine="WAREHOUSE")
    assert tables.connection.name == "sqlite"
    assert tables["comments"].execute()["customer_id"].tolist() == ["00123"]
    assert tables["customers"].execute()["customer_id"].tolist() == ["00123"]
    assert tables.rows["comments"].rejected == 1


def test_raw_copies_are_dropped_once_the_tables_are_checked(load: Load, workbook: Path):
    tables = load(
        {"customers": {"query": 'select "Id" as customer_id from accounts join o using ("Id")'}},
        {"o.csv": "Id\n123\nA-9\n"},
        sources={
            "accounts": {"path": "crm.xlsx", "sheet": "Accounts"},
            "o": {"path": "o.csv"},
        },
    )
    names = tables.connection.list_tables()
    assert "saydo_customers" in names
    assert not [name for name in names if "copy" in name or "sheet" in name or "raw" in name]

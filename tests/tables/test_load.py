"""Rows go where they belong, and every one of them is counted."""

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saydo.errors import DataError
from saydo.params import parse
from saydo.tables.checked import Tables
from saydo.tables.data_files import data_files
from saydo.tables.load import load_tables

Load = Callable[..., Tables]

DIRTY = '''order_id;customer_id;ordered_at;revenue;Bemerkung
1;00123;31/12/2024;1 234,56;a
2;NA;01/02/2024 10:30;12,5;"two
lines"
3;7;02/02/2024;3,0
1;7;02/02/2024;3,0;again

4;7;01/01/2099;3,0;too late
5;8;02/03/2024;abc;"é ""quoted"""
6;;02/03/2024;-1;nobody
7;9;31/12/2025;4;after as_of
8;9;30/02/2025;4;no such day
9;9;01/01/2025;4;one;two;three
10;9;01/01/1066;x;two faults
'''

ORDERS = {"orders": {"path": "orders.csv"}}


def adds_up(tables: Tables) -> bool:
    return all(
        count.read == count.used + count.rejected + sum(count.excluded.values())
        for count in tables.rows.values()
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_every_row_of_a_dirty_file_is_used_rejected_or_excluded(load: Load, encoding: str):
    tables = load(ORDERS, {"orders.csv": DIRTY.encode(encoding)})
    count = tables.rows["orders"]
    assert (count.read, count.used, count.rejected) == (11, 2, 8)
    assert count.excluded == {"after as_of": 1}
    orders = tables["orders"].execute()
    assert orders["customer_id"].tolist() == ["00123", "NA"]
    assert orders["revenue"].tolist() == [1234.56, 12.5]
    assert orders["ordered_at"].tolist() == [
        pd.Timestamp(2024, 12, 31),
        pd.Timestamp(2024, 2, 1, 10, 30),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1"])
def test_each_fault_stands_in_the_rejects_with_its_line_and_reason(load: Load, encoding: str):
    rejects = load(ORDERS, {"orders.csv": DIRTY.encode(encoding)}).rejects["orders"]
    # Lines as an editor numbers them: record 2 spans lines 3 and 4, and line 7 is blank.
    found = list(zip(rejects["line"], rejects["column"], strict=True))
    assert found == [
        (5, ""),
        (6, "order_id"),
        (8, "ordered_at"),
        (9, "revenue"),
        (10, "customer_id"),
        (12, "ordered_at"),
        (13, ""),
        (14, "ordered_at"),
        (14, "revenue"),
    ]
    assert set(rejects["file"]) == {"orders.csv"}
    words = [
        "It has 4 fields where the header has 5.",
        "order_id 1 is already in line 2.",
        "01/01/2099 lies in the future.",
        "'abc' is not a number with the decimal mark ','.",
        "It is empty, and orders needs customer_id.",
        "'30/02/2025' is not a date written as %d/%m/%Y.",
        "It has 7 fields where the header has 5.",
        "01/01/1066 lies before 1900.",
        "'x' is not a number with the decimal mark ','.",
    ]
    for reason, word in zip(rejects["reason"], words, strict=True):
        assert reason.startswith(word)


def test_a_reject_holds_the_raw_row(load: Load):
    rejects = load(ORDERS, {"orders.csv": DIRTY}).rejects["orders"]
    row = rejects.set_index("line")["row"]
    assert json.loads(row[9]) == {
        "order_id": "5",
        "customer_id": "8",
        "ordered_at": "02/03/2024",
        "revenue": "abc",
        "Bemerkung": 'é "quoted"',
    }
    assert "é" in row[9]
    # Fields that don't fit the header are listed, all of them.
    assert json.loads(row[13]) == ["9", "9", "01/01/2025", "4", "one", "two", "three"]


def test_what_was_detected_is_noted(load: Load):
    tables = load(ORDERS, {"orders.csv": DIRTY.encode("latin-1")})
    assert tables.notes[:2] == (
        "orders.csv: CP1252, delimiter ';' (detected; declare them under "
        "data.tables.orders.format).",
        "orders.csv: dates %d/%m/%Y in ordered_at; decimal mark ',' in revenue (detected; declare "
        "them under data.tables.orders.format).",
    )


def test_nothing_is_noted_of_what_was_declared(load: Load):
    form = {"delimiter": ";", "decimal": ",", "dates": "%d/%m/%Y", "encoding": "latin-1"}
    tables = load(
        {"orders": {"path": "orders.csv", "format": form}},
        {"orders.csv": DIRTY.encode("latin-1")},
    )
    assert tables.rows["orders"].used == 2
    assert not [note for note in tables.notes if note.startswith("orders.csv")]


def test_a_table_of_which_all_rows_are_wrong_is_an_error_with_the_commonest_reasons(load: Load):
    rows = "".join(f"{n},c{n},2024-01-{n:02},cheap\n" for n in range(1, 20))
    with pytest.raises(DataError) as caught:
        load(ORDERS, {"orders.csv": "order_id,customer_id,ordered_at,revenue\n" + rows})
    assert "all 19 rows of orders.csv are rejected" in str(caught.value)
    assert "'cheap' is not a number" in str(caught.value)
    assert caught.value.problems[0].where == "data.tables.orders"


def test_an_empty_file_with_a_header_is_an_empty_table(load: Load):
    tables = load(ORDERS, {"orders.csv": "order_id,customer_id,ordered_at,revenue\n"})
    assert tables.rows["orders"].read == 0
    assert tables["orders"].count().execute() == 0
    assert tables["customers"].count().execute() == 0


def test_the_first_used_row_keeps_a_key_and_faulty_or_later_ones_take_none(load: Load):
    rows = "7,c,2024-01-01,oops\n7,c,2025-12-01,1\n7,c,2024-01-02,2\n7,c,2024-01-03,3\n"
    tables = load(ORDERS, {"orders.csv": "order_id,customer_id,ordered_at,revenue\n" + rows})
    assert tables["orders"].execute()["revenue"].tolist() == [2.0]
    repeated = tables.rejects["orders"].query("column == 'order_id'")
    assert repeated["reason"].tolist() == [
        "order_id 7 is already in line 4. Leave one of the two out."
    ]
    assert adds_up(tables)


def test_empty_parts_of_a_key_are_alike(load: Load):
    rows = "2024-01,north,,5\n2024-01,north,,6\n2024-01,,web,7\n"
    tables = load(
        {"marketing": {"path": "m.csv"}}, {"m.csv": "month,market,channel,spend\n" + rows}
    )
    assert tables["marketing"].execute()["spend"].tolist() == [5.0, 7.0]


def test_dates_after_as_of_are_blanked_with_what_they_say(load: Load):
    rows = "a,2024-01-01,2025-06-30,yes\nb,2024-01-01,2025-07-01,yes\nc,,,no\n"
    customers = (
        load(
            {"customers": {"path": "c.csv"}},
            {"c.csv": "customer_id,acquired_on,left_on,left\n" + rows},
        )["customers"]
        .execute()
        .set_index("customer_id")
    )
    assert customers["left_on"].notna().to_dict() == {"a": True, "b": False, "c": False}
    # b leaves after as_of: on that day nobody can know, so that b has not left.
    assert customers["left"].to_dict() == {"a": True, "b": False, "c": False}


def test_a_promise_after_as_of_is_kept_and_a_delivery_is_not(load: Load):
    rows = "1,c,2025-06-29,5,2025-07-09,2025-07-08,true\n"
    header = "order_id,customer_id,ordered_at,revenue,promised_at,delivered_at,is_complete\n"
    order = load(ORDERS, {"orders.csv": header + rows})["orders"].execute().iloc[0]
    assert order["promised_at"] == pd.Timestamp(2025, 7, 9)
    assert pd.isna(order["delivered_at"])
    assert pd.isna(order["is_complete"])


def test_a_lead_that_converts_after_as_of_names_no_customer_yet(load: Load):
    rows = "1,2025-06-01,web,2025-06-20,early\n2,2025-06-01,web,2025-07-20,late\n"
    tables = load(
        {"leads": {"path": "l.csv"}},
        {"l.csv": "lead_id,created_at,channel,converted_at,customer_id\n" + rows},
    )
    assert tables["customers"].execute()["customer_id"].tolist() == ["early"]


def test_as_of_is_the_last_instant_that_counts(load: Load):
    rows = "1,c,2025-06-30 23:59:59,5\n2,c,2025-07-01 00:00:00,5\n"
    tables = load(ORDERS, {"orders.csv": "order_id,customer_id,ordered_at,revenue\n" + rows})
    assert tables["orders"].execute()["order_id"].tolist() == ["1"]
    assert tables.rows["orders"].excluded == {"after as_of": 1}


def test_what_happens_later_than_now_is_rejected_and_what_is_planned_is_not(load: Load):
    rows = "a,2025-01-01,2027-01-01\nb,2026-01-02,\n"
    tables = load(
        {"subscriptions": {"path": "s.csv"}}, {"s.csv": "customer_id,starts_on,ends_on\n" + rows}
    )
    assert tables["subscriptions"].execute()["customer_id"].tolist() == ["a"]
    assert tables.rejects["subscriptions"]["reason"].tolist() == [
        "2026-01-02 lies in the future. Correct it."
    ]


def test_now_is_taken_in_the_time_zone_of_the_study(load: Load):
    # 23:30 in Greenwich is already half past midnight, of the first of July, in Paris.
    rows = "1,c,2025-07-01 00:15,5\n"
    files = {"orders.csv": "order_id,customer_id,ordered_at,revenue\n" + rows}
    now = pd.Timestamp("2025-06-30 23:00", tz="UTC").to_pydatetime()
    tables = load(ORDERS, files, timezone="Europe/Paris", now=now, as_of=date(2025, 7, 1))
    assert tables.rows["orders"].used == 1
    with pytest.raises(DataError, match="lies in the future"):
        load(ORDERS, files, timezone="UTC", now=now, as_of=date(2025, 7, 1))


def test_instants_with_an_offset_are_shown_by_clocks_in_the_study(load: Load):
    rows = "1,c,2025-01-01T10:00:00Z,5\n2,c,2025-06-01 10:00+02:00,5\n3,c,2025-06-01 10:00,5\n"
    tables = load(
        ORDERS,
        {"orders.csv": "order_id,customer_id,ordered_at,revenue\n" + rows},
        timezone="Europe/Paris",
    )
    assert tables["orders"].execute()["ordered_at"].tolist() == [
        pd.Timestamp(2025, 1, 1, 11),
        pd.Timestamp(2025, 6, 1, 10),
        pd.Timestamp(2025, 6, 1, 10),
    ]


def test_aware_instants_of_parquet_become_naive_in_the_study(load: Load, tmp_path: Path):
    frame = pa.table(
        {
            "order_id": pa.array([1, 2]),
            "customer_id": pa.array([7.0, 8.0]),
            "ordered_at": pa.array(
                [datetime(2025, 1, 1, 23), datetime(2024, 7, 1, 12)], pa.timestamp("us", tz="UTC")
            ),
            "revenue": pa.array([1.5, float("nan")]),
        }
    )
    pq.write_table(frame, tmp_path / "orders.parquet")
    tables = load({"orders": {"path": "orders.parquet"}}, timezone="Europe/Paris")
    orders = tables["orders"].execute()
    assert orders["ordered_at"].tolist() == [pd.Timestamp(2025, 1, 2)]
    assert orders["customer_id"].tolist() == ["7"]
    # Not-a-number is how pandas writes an empty cell.
    assert tables.rejects["orders"]["reason"].iloc[0].startswith("It is empty")
    assert tables.rejects["orders"]["line"].tolist() == [2]


def test_rows_without_a_date_are_excluded_but_customers_stay(load: Load):
    tables = load(
        {"customers": {"path": "c.csv"}, "comments": {"path": "t.csv"}},
        {
            "c.csv": "customer_id,acquired_on\na,2024-01-01\nb,\n",
            "t.csv": "comment_id,text,written_at\n1,good,2024-01-01\n2,bad,\n",
        },
    )
    assert tables.rows["customers"].used == 2
    assert tables.rows["comments"].excluded == {"no date": 1}


def test_who_leaves_before_coming_is_rejected(load: Load):
    tables = load(
        {"customers": {"path": "c.csv"}},
        {
            "c.csv": "customer_id,acquired_on,left_on\na,2024-05-01,2024-01-01\n"
            "b,2024-01-01,2024-01-01\n"
        },
    )
    assert tables.rejects["customers"]["reason"].tolist() == [
        "2024-01-01 comes before acquired_on, 2024-05-01. Correct one of them."
    ]


def test_words_for_yes_and_no_are_read_and_others_rejected(load: Load):
    rows = "a,Yes\nb,0\nc,oui\nd,NEE\ne,maybe\nf,\n"
    tables = load({"customers": {"path": "c.csv"}}, {"c.csv": "customer_id,left\n" + rows})
    left = tables["customers"].execute().set_index("customer_id")["left"]
    assert left.dropna().to_dict() == {"a": True, "b": False, "c": True, "d": False}
    assert "f" in left
    assert tables.rejects["customers"]["reason"].str.startswith("'maybe' is neither").all()


def test_attributes_keep_leading_zeros_and_become_numbers_only_without_loss(load: Load):
    rows = "a,01,3,1.5,1.234,x\nb,12,,20,5.678,\n"
    customers = load(
        {"customers": {"path": "c.csv"}},
        {"c.csv": "customer_id,zip,children,income,either, plan \n" + rows},
    )["customers"]
    kinds = {name: str(kind) for name, kind in customers.schema().items()}
    assert kinds == {
        "customer_id": "string",
        "zip": "string",
        "children": "int64",
        "income": "float64",
        "either": "string",
        "plan": "string",
    }
    assert customers.execute()["zip"].tolist() == ["01", "12"]


def test_an_attribute_may_be_an_expression(load: Load):
    source = {
        "path": "c.csv",
        "columns": {"region": "upper(Ort)", "age": "2025 - cast(Jahr as int)"},
    }
    tables = load({"customers": source}, {"c.csv": "customer_id,Ort,Jahr\na,gent,1990\n"})
    assert tables["customers"].execute().iloc[0].to_dict() == {
        "customer_id": "a",
        "Ort": "gent",
        "Jahr": 1990,
        "region": "GENT",
        "age": 35,
    }


def test_data_files_are_named_by_their_place_in_params(tmp_path: Path):
    params = parse(
        {
            "study": "Test",
            "data": {
                "sources": {"crm": {"path": "data/crm.xlsx"}},
                "tables": {"orders": {"path": "data/o.csv"}, "customers": {"query": "from crm"}},
            },
        }
    )
    assert data_files(params, tmp_path) == {
        "sources.crm": tmp_path / "data/crm.xlsx",
        "tables.orders": tmp_path / "data/o.csv",
    }


CONNECTION = ibis.duckdb.connect()  # One for all examples, to save time.
AWKWARD = ["two\nlines", 'a "quote"', "semi;colon", "é", "\u2028", "", " "]
DATES = ["2024-01-31", "2025-09-09", "2099-01-01"]
FIELDS = st.sampled_from(["1", "2", "00123", "NA", "x", "-5", "7.5", *DATES, *AWKWARD])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.lists(FIELDS, min_size=1, max_size=6), max_size=12),
    ending=st.sampled_from(["\n", "\r\n"]),
    blank=st.booleans(),
)
def test_rows_of_any_dirty_file_add_up(
    tmp_path: Path, rows: list[list[str]], ending: str, blank: bool
):
    # A good row first, so that the file is never rejected as a whole.
    text = ending.join(
        ["order_id;customer_id;ordered_at;revenue", "ok;c;2024-05-05;5"]
        + ([""] if blank else [])
        + [";".join('"' + field.replace('"', '""') + '"' for field in row) for row in rows]
    )
    (tmp_path / "orders.csv").write_bytes(text.encode())
    tables = load_tables(
        parse({"study": "Test", "data": {"tables": ORDERS}}),
        tmp_path,
        as_of=date(2025, 6, 30),
        now=datetime(2026, 1, 1),
        connection=CONNECTION,
    )
    count, rejects = tables.rows["orders"], tables.rejects["orders"]
    assert count.read == 1 + len(rows)
    assert count.read == count.used + count.rejected + sum(count.excluded.values())
    assert count.used == tables["orders"].count().execute() >= 1
    assert rejects["line"].nunique() == count.rejected
    # Each reject's line is where its row starts, as an editor numbers lines.
    lines = text.replace("\r\n", "\n").split("\n")
    ragged = rejects[rejects["column"] == ""]
    assert len(ragged) == sum(len(row) != 4 for row in rows)
    for line, row in zip(ragged["line"], ragged["row"], strict=True):
        first = json.loads(row)[0].split("\n")[0].replace('"', '""')
        assert lines[line - 1].startswith('"' + first)

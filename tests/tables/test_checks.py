"""Checks are generated from the contract, and run wherever Ibis does."""

from collections.abc import Callable
from datetime import date, datetime

import ibis
import pytest

from saydo.params import TableSource
from saydo.tables.checked import DTYPES, Tables
from saydo.tables.checks import judge
from saydo.tables.columns import Mapped, map_columns
from saydo.tables.contract import CONTRACT, Column, Table
from saydo.tables.csv_files import RECORD
from saydo.tables.engine import open_engine
from saydo.tables.origins import Origin

Load = Callable[..., Tables]

RIGHT = {
    "id": "00123",
    "text": "some text",
    "number": "3",
    "integer": "3",
    "boolean": "yes",
    "instant": "2024-01-31 10:00",
    "day": "2024-01-31",
    "month": "2024-01",
}
WRONG = {
    "number": "x",
    "integer": "2.5",
    "boolean": "maybe",
    "instant": "2024-02-30",
    "day": "2024-02-30",
    "month": "2024-13",
}


def right(column: Column, number: int = 0) -> str:
    if column.allowed:
        return column.allowed[0]
    if (column.name, column.type) in (("scale_min", "number"), ("low", "number")):
        return "1"
    if column.name == "scale_max":
        return "5"
    if column.type == "id":
        return f"00{number}"
    return RIGHT[column.type]


def text(table: Table, *rows: dict[str, str]) -> str:
    lines = [",".join(table.names)]
    for number, changes in enumerate(rows):
        fields = {column.name: right(column, number) for column in table.columns} | changes
        lines.append(",".join(fields[name] for name in table.names))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("table", CONTRACT.values(), ids=CONTRACT)
def test_a_row_that_keeps_the_contract_is_used_and_typed(load: Load, table: Table):
    tables = load({table.name: {"path": "t.csv"}}, {"t.csv": text(table, {})})
    assert tables.rows[table.name].used == 1
    schema = tables[table.name].schema()
    for column in table.columns:
        assert schema[column.name] == ibis.dtype(DTYPES[column.type])


FAULTS = [
    (table, column, value, word)
    for table in CONTRACT.values()
    for column in table.columns
    for value, word in [
        *([("", "It is empty")] if column.required and column.name != "score" else []),
        *([(WRONG[column.type], "is n")] if column.type in WRONG else []),
        *([(str(column.low - 1), "is below")] if column.low is not None else []),
        *([(str(column.high + 1), "is above")] if column.high is not None else []),
        *([("nonsense", "is not allowed")] if column.allowed else []),
    ]
]


def test_every_fault_of_the_contract_is_found(load: Load):
    # All faulty rows of a table in one file, each with one fault, after a row that is right.
    for name, table in CONTRACT.items():
        faults = [fault for fault in FAULTS if fault[0] is table]
        rows = [{column.name: value} for _, column, value, _ in faults]
        keyed = [
            {key: f"k{n}" for key in table.key if table[key].type in ("id", "text")} | row
            for n, row in enumerate(rows)
        ]
        tables = load({name: {"path": "t.csv"}}, {"t.csv": text(table, {}, *keyed)})
        rejects = tables.rejects[name]
        assert rejects["line"].tolist() == list(range(3, 3 + len(faults))), name
        for (_, column, _, word), found in zip(faults, rejects.itertuples(), strict=True):
            assert found.column == column.name
            assert word in found.reason, found.reason


@pytest.mark.parametrize("table", CONTRACT.values(), ids=CONTRACT)
@pytest.mark.parametrize("dialect", ["postgres", "snowflake", "bigquery"])
def test_checks_are_expressions_for_other_engines(table: Table, dialect: str):
    columns = {column.name: "string" for column in table.columns}
    relation = ibis.table({RECORD: "int64", **columns}, name="raw")
    origin = Origin("data", "raw", None, "raw", relation, TableSource(path="x.csv").format)
    mapped = Mapped(origin, table, relation, {name: name for name in columns})
    judged = judge(
        mapped, {}, as_of=date(2025, 1, 1), now=datetime(2026, 1, 1), zone="UTC", extras={}
    )
    assert "__status" in ibis.to_sql(judged.rows, dialect=dialect)


def test_several_faults_of_a_row_are_all_said_and_the_row_is_counted_once(load: Load):
    table = CONTRACT["orders"]
    faulty = {"customer_id": "", "revenue": "x", "discount": "-1", "ordered_at": "1066-10-14"}
    tables = load({"orders": {"path": "t.csv"}}, {"t.csv": text(table, {}, faulty)})
    assert tables.rows["orders"].rejected == 1
    assert sorted(tables.rejects["orders"]["column"]) == sorted(faulty)


def test_columns_are_mapped_without_touching_a_database():
    engine = open_engine("duckdb")
    engine.local.create_table("raw", ibis.memtable({"a": ["1"], RECORD: [1]}))
    origin = Origin(
        "data.tables.events",
        "e.csv",
        engine.local,
        "raw",
        engine.local.table("raw"),
        TableSource(path="e.csv").format,
    )
    problems: list = []
    source = TableSource(path="e.csv", columns={"customer_id": "a"})
    mapped = map_columns(
        origin, CONTRACT["events"], source, engine=engine, problems=problems, notes=[]
    )
    assert mapped is None
    assert [problem.where for problem in problems] == [
        "data.tables.events.columns.event",
        "data.tables.events.columns.at",
    ]

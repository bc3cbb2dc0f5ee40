"""A table as a spreadsheet, read back with another library."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO

import openpyxl
import pandas as pd
import pytest

from saydo.runs import spreadsheet as module
from saydo.runs.spreadsheet import spreadsheet

AS_OF = date(2025, 12, 31)


def cells(table: pd.DataFrame) -> list[list]:
    """Of each row, the heading's too."""
    content = spreadsheet("kpis", table, as_of=AS_OF)
    assert content is not None
    (sheet,) = openpyxl.load_workbook(BytesIO(content)).worksheets
    assert sheet.title == "kpis"
    assert sheet.freeze_panes == "A2"
    return [list(row) for row in sheet.iter_rows()]


def values(table: pd.DataFrame) -> list[list]:
    return [[cell.value for cell in row] for row in cells(table)]


def test_numbers_days_and_yes_or_no_keep_their_types():
    table = pd.DataFrame(
        {
            "segment": ["all", "Big"],
            "value": [0.1 + 0.2, 1e-9],
            "n": pd.array([3, 10_000_000], dtype="Int64"),
            "is_key": pd.array([True, False], dtype="boolean"),
            "period_end": pd.to_datetime(["2025-12-31", "1900-03-01"]),
        }
    )
    assert values(table) == [
        ["segment", "value", "n", "is_key", "period_end"],
        ["all", pytest.approx(0.3, rel=1e-15), 3, True, datetime(2025, 12, 31)],
        ["Big", 1e-9, 10_000_000, False, datetime(1900, 3, 1)],
    ]
    assert cells(table)[1][4].number_format == "yyyy-mm-dd"


def test_what_is_missing_is_an_empty_cell_and_what_has_no_end_is_a_word_as_in_csv():
    table = pd.DataFrame(
        {
            "value": [1.0, None, float("inf"), float("-inf")],
            "n": pd.array([None, 2, None, 4], dtype="Int64"),
            "reason": pd.array(["few", None, "", "x"], dtype="str"),
            "on": pd.to_datetime([None, "2025-01-01", None, None]),
        }
    )
    assert values(table)[1:] == [
        [1, None, "few", None],
        [None, 2, None, datetime(2025, 1, 1)],
        ["inf", None, None, None],
        ["-inf", 4, "x", None],
    ]


@pytest.mark.parametrize(
    "text",
    ['=HYPERLINK("http://x")', "+1", "@SUM(A1)", "http://example.org", "007", "_x0041_", "a\x01b"],
)
def test_text_stays_text(text):
    cell = cells(pd.DataFrame({"segment": [text]}))[1][0]
    assert cell.data_type == "s" and cell.hyperlink is None
    # As the format writes what XML has no sign for; Excel reads it back.
    assert cell.value == text.replace("\x01", "_x0001_")


def test_the_same_table_is_the_same_bytes():
    table = pd.DataFrame({"segment": ["all"], "value": [1.5]})
    assert spreadsheet("x", table, as_of=AS_OF) == spreadsheet("x", table, as_of=AS_OF)


def test_a_table_without_rows_has_its_columns():
    assert values(pd.DataFrame({"a": [], "b": []})) == [["a", "b"]]


def test_days_before_the_calendar_of_spreadsheets_are_told_as_text():
    table = pd.DataFrame({"on": pd.to_datetime(["1850-01-01"])})
    assert values(table)[1] == ["1850-01-01 00:00:00"]


def test_a_table_that_is_too_large_has_no_spreadsheet(monkeypatch):
    monkeypatch.setattr(module, "MOST_CELLS", 6)
    fits = pd.DataFrame({"a": [1, 2], "b": [1, 2]})
    assert spreadsheet("x", fits, as_of=AS_OF) is not None
    assert spreadsheet("x", pd.concat([fits, fits]), as_of=AS_OF) is None
    # Excel would cut it.
    long = pd.DataFrame({"a": ["short", "x" * 32_768]})
    assert spreadsheet("x", long, as_of=AS_OF) is None

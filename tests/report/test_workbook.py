"""The workbook as a spreadsheet reads it."""

from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pandas as pd
import pytest
from openpyxl import load_workbook

from saydo import params as params_module
from saydo.languages import speak
from saydo.report.workbook import scorecard

STARTS = pd.to_datetime(["2024-10-01", "2025-10-01"])
DANGEROUS = '=HYPERLINK("http://example.org","see here")'


@pytest.fixture(scope="module")
def params():
    return params_module.parse(
        {"study": "=1+1", "data": {"tables": {"orders": {"path": "orders.csv"}}}, "currency": "SEK"}
    )


def kpi_rows(segment):
    rows = [
        # kpi, unit, better, values, half width, n, target, status, reason
        ("crr", "%", "higher", (90.0, 92.5), 1.0, 400, 92, "uncertain", ""),
        ("aov", "money", "higher", (1000.0, 1234.5), 10.0, 300, None, "no target", ""),
        ("frt_median", "hours", "lower", (4.0, 3.0), 0.5, 50, 4, "reached", DANGEROUS),
        ("nps", "points", "higher", (None, None), None, None, None, "not measured", "no answers"),
    ]
    records = []
    for kpi, unit, better, values, half, n, target, status, reason in rows:
        for start, value in zip(STARTS, values, strict=True):
            known = value is not None
            records.append(
                {
                    "segment": segment,
                    "period_start": start,
                    "kpi": kpi,
                    "unit": unit,
                    "better": better,
                    "value": value,
                    "ci_low": value - half if known else None,
                    "ci_high": value + half if known else None,
                    "n": n,
                    "target": target,
                    "status": status,
                    "reason": reason,
                }
            )
    return pd.DataFrame(records)


@pytest.fixture(scope="module")
def kpis():
    names = ["all", DANGEROUS, "A/B: [north]", "a very long name of a segment, north",
             "a very long name of a segment, south", "History"]  # fmt: skip
    table = pd.concat([kpi_rows(name) for name in names], ignore_index=True)
    numbers = ["value", "ci_low", "ci_high", "n", "target"]
    return table.astype(dict.fromkeys(numbers, "float64"))


@pytest.fixture(scope="module")
def objectives():
    return pd.DataFrame(
        {
            "segment": ["all"],
            "voice": [DANGEROUS],
            "kpi": ["crr"],
            "target": [92.0],
            "value": [92.5],
            "p_reached": [0.84],
            "status": ["uncertain"],
            "n_needed": [1200.0],
            "reason": [""],
        }
    )


@pytest.fixture(scope="module")
def written(kpis, objectives, params):
    return scorecard(kpis, objectives, params=params, as_of=date(2025, 12, 31))


@pytest.fixture(scope="module")
def book(written):
    return load_workbook(BytesIO(written))


def line(sheet, label):
    return next(row for row in sheet.iter_rows(min_row=2) if row[1].value == label)


def test_every_segment_has_a_sheet_with_a_name_that_excel_allows(book):
    assert book.sheetnames == [
        "All customers",
        '=HYPERLINK("http   example.org"',
        "A B   north",
        "a very long name of a segment,",
        "a very long name of a segme (2)",
        "History (2)",
        "Objectives",
        "Definitions",
    ]
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_numbers_are_numbers_in_the_format_of_their_unit(book):
    sheet = book["All customers"]
    crr = line(sheet, "Customer retention rate")
    assert [crr[place].value for place in (3, 4, 5)] == pytest.approx([0.925, 0.915, 0.935])
    assert crr[3].number_format == "0.0%"
    # 92.5 % − 90 %, in percentage points.
    assert crr[8].value == pytest.approx(2.5)
    assert crr[8].number_format == '+0.0"\xa0pp";-0.0"\xa0pp";0.0"\xa0pp"'
    value = line(sheet, "Average order value")[3]
    assert (value.value, value.number_format) == (1234.5, "[$SEK] #,##0.00")
    assert [cell.value for cell in line(sheet, "First reply time (median)")[12:14]] == [4, 3]


def test_what_was_not_measured_is_empty_and_says_why(book):
    nps = line(book["All customers"], "Net Promoter Score")
    assert [nps[place].value for place in (3, 4, 5, 6)] == [None] * 4
    assert nps[11].value == "no answers"


def test_header_stays_in_view_and_status_is_coloured_and_told(book):
    sheet = book["All customers"]
    assert sheet.freeze_panes == "C2"
    status = line(sheet, "First reply time (median)")[10]
    assert status.value == "✓ target reached"
    assert status.fill.fgColor.rgb == "FFDDEFDD"


def test_text_that_looks_like_a_formula_is_text(book, written):
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert sum(cell.value == DANGEROUS for cell in cells) == 7  # six remarks and a voice
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    with ZipFile(BytesIO(written)) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        assert not any(b"<f>" in parts.read(name) for name in sheets)
        assert not any("externalLink" in name for name in parts.namelist())


def test_definitions_are_on_a_sheet_of_their_own(book):
    sheet = book["Definitions"]
    labels = [row[0].value for row in sheet.iter_rows(min_row=2)]
    assert labels[0] == "Customer retention rate" and len(labels) == 4
    assert all(cell.value for row in sheet.iter_rows(min_row=2) for cell in row)


def test_the_same_results_are_the_same_bytes(kpis, objectives, params, written):
    assert scorecard(kpis, objectives, params=params, as_of=date(2025, 12, 31)) == written


def test_arabic_sheets_run_from_right_to_left(kpis, params):
    with speak("ar"):
        found = load_workbook(
            BytesIO(scorecard(kpis, None, params=params, as_of=date(2025, 12, 31)))
        )
    assert all(sheet.sheet_view.rightToLeft for sheet in found)


@pytest.mark.parametrize(("language", "unit"), [("nl", "%-punt"), ("ru", "\xa0п.\xa0п.")])
def test_percentage_points_are_called_so_in_the_language(kpis, objectives, params, language, unit):
    with speak(language):
        content = scorecard(kpis, objectives, params=params, as_of=date(2025, 12, 31))
    sheet = load_workbook(BytesIO(content)).worksheets[0]
    change = next(cell for row in sheet for cell in row if cell.number_format.startswith("+"))
    assert change.number_format == f'+0.0"{unit}";-0.0"{unit}";0.0"{unit}"'

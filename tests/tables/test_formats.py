"""Numbers and dates: what is told from all rows, and what is in doubt."""

from collections.abc import Sequence

import ibis
import pytest

from saydo.tables.contract import CONTRACT
from saydo.tables.formats import (
    Doubtful,
    date_candidates,
    date_counts,
    date_reading,
    number_reading,
    shapes,
)
from saydo.tables.parsing import Reading, typed

NUMBER, INSTANT = CONTRACT["orders"]["revenue"], CONTRACT["orders"]["ordered_at"]
MONTH, DAY = CONTRACT["costs"]["month"], CONTRACT["customers"]["acquired_on"]
CONNECTION = ibis.duckdb.connect()


def table(values: Sequence[str | None]) -> ibis.Table:
    return ibis.memtable({"v": list(values)}, schema={"v": "string"})


def numbers(values: Sequence[str | None], declared: str | None = None) -> list[float | None]:
    rows = table(values)
    reading = number_reading(shapes(rows, ["v"])["v"], declared)
    found = rows.select(n=typed(rows.v, NUMBER, reading, zone="UTC"))
    return [row["n"] for row in CONNECTION.to_pyarrow(found).to_pylist()]


def reading_of(
    values: Sequence[str], declared: str | None = None, *, is_month: bool = False
) -> Reading:
    rows = table(values)
    found = shapes(rows, ["v"])["v"]
    ways = date_candidates(found, declared, is_month=is_month)
    counts = date_counts(rows, {"v": ways} if len(ways) > 1 else {})
    return date_reading(found, ways, *counts.get("v", ({}, 0)), declared)


def dates(values: Sequence[str], declared: str | None = None, column=INSTANT) -> list[str | None]:
    rows = table(values)
    reading = reading_of(values, declared, is_month=column.type == "month")
    found = rows.select(d=typed(rows.v, column, reading, zone="UTC"))
    return [row["d"] and str(row["d"]) for row in CONNECTION.to_pyarrow(found).to_pylist()]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["1 234,56", "12"], [1234.56, 12]),
        (["1\u00a0234,56"], [1234.56]),
        (["1\u202f234\u202f567,8"], [1234567.8]),
        (["1'234.56", "1’234.5"], [1234.56, 1234.5]),
        (["1.234,56", "1.234"], [1234.56, 1234]),
        (["1,234.56", "1,234"], [1234.56, 1234]),
        (["1.234.567", "7,5"], [1234567, 7.5]),
        (["0.123", "1.234"], [0.123, 1.234]),
        (["1.5e3", "-2", "+3", " 4 ", ".5", "6."], [1500, -2, 3, 4, 0.5, 6]),
        (["1234,567"], [1234.567]),
        (["12", "", None], [12, None, None]),
    ],
)
def test_numbers_mean_what_their_marks_show(written: list[str | None], meant: list[float | None]):
    assert numbers(written) == meant


@pytest.mark.parametrize(
    "value", ["NA", "nan", "inf", "1_000", "0x10", "12,34.5", "1 23", "1,23,456.0", "€5", "--1"]
)
def test_what_is_no_number_is_not_read_as_one(value: str):
    assert numbers([value, "1.5", "2.5"], ".")[0] is None


@pytest.mark.parametrize("values", [["1.234", "5"], ["1,234"], ["1.234", "9,876"], ["-1.234"]])
def test_a_mark_that_may_be_either_must_be_declared(values: list[str]):
    with pytest.raises(Doubtful, match=r"1\.234 .*1234 .*format\.decimal"):
        numbers(values)
    assert numbers(["1.234"], ".") == [1.234]
    assert numbers(["1.234"], ",") == [1234]


def test_marks_that_contradict_each_other_must_be_declared():
    with pytest.raises(Doubtful, match=r"'\.' in 3 values and ',' in 2"):
        numbers(["1.5", "2.5", "3.5", "1,5", "2,5"])
    assert numbers(["1.5", "2,5"], ",") == [None, 2.5]


def test_a_rare_slip_does_not_put_a_column_in_doubt():
    assert numbers(["1.5"] * 200 + ["2,5"])[-1] is None


def test_one_day_above_twelve_decides_for_all_rows():
    assert dates(["03/04/2025", "13/04/2025"]) == ["2025-04-03 00:00:00", "2025-04-13 00:00:00"]
    assert dates(["03/04/2025", "04/13/2025"]) == ["2025-03-04 00:00:00", "2025-04-13 00:00:00"]


@pytest.mark.parametrize("mark", ["/", ".", "-"])
@pytest.mark.parametrize("year", ["2025", "25"])
def test_dates_that_all_read_both_ways_must_be_declared(mark: str, year: str):
    values = [f"{day:02}{mark}{month:02}{mark}{year}" for day, month in [(1, 2), (3, 4), (5, 5)]]
    with pytest.raises(Doubtful, match=r"%d.%m.%[yY] and %m.%d.%[yY]: 2 of them.*format\.dates"):
        dates(values)
    form = f"%m{mark}%d{mark}%{'Y' if len(year) == 4 else 'y'}"
    assert dates(values, form)[0] == "2025-01-02 00:00:00"


def test_dates_that_contradict_each_other_must_be_declared():
    with pytest.raises(Doubtful, match="don't decide it"):
        dates(["13/01/2025", "01/13/2025", "02/03/2025"])


def test_dates_with_the_same_meaning_either_way_are_in_no_doubt():
    assert dates(["05/05/2025", "06/06/2025"]) == ["2025-05-05 00:00:00", "2025-06-06 00:00:00"]


def test_dates_written_in_two_ways_must_be_settled():
    with pytest.raises(Doubtful, match="YYYY-MM-DD and 2 as"):
        dates(["2025-01-31", "2025-02-28", "2025-03-31", "31.01.2025", "28.02.2025"])


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("2025-01-31", "2025-01-31 00:00:00"),
        ("2025-1-5 7:08", "2025-01-05 07:08:00"),
        ("2025-01-31T10:20:30.5", "2025-01-31 10:20:30.500000"),
        ("2025-01-31T10:20:30Z", "2025-01-31 10:20:30"),
        ("2025-01-31 10:20+0200", "2025-01-31 08:20:00"),
        ("2025/01/31", "2025-01-31 00:00:00"),
        ("20250131", "2025-01-31 00:00:00"),
        ("31.1.2025 14:05", "2025-01-31 14:05:00"),
        ("1/31/2025 2:05:06 PM", "2025-01-31 14:05:06"),
        ("31-Jul-18", "2018-07-31 00:00:00"),
        ("31 July 2018", "2018-07-31 00:00:00"),
        ("Jul 31, 2018", "2018-07-31 00:00:00"),
        ("2025-02-30", None),
        ("yesterday", None),
        ("45000", None),
    ],
)
def test_dates_are_read_as_written(value: str, meant: str | None):
    assert dates([value]) == [meant]


def test_a_declared_format_reads_a_time_of_day_as_well():
    assert dates(["03/04/2025 10:30"], "%d/%m/%Y") == ["2025-04-03 10:30:00"]


def test_iso_dates_are_read_even_where_another_format_is_declared():
    # A file may hold several columns of dates, and years first can mean one thing only.
    assert reading_of(["2025-04-03"], "%d/%m/%Y").detected == "dates YYYY-MM-DD"


@pytest.mark.parametrize("value", ["2025-03", "03/2025", "Mar 2025", "2025-03-17", "17.03.2025"])
def test_a_month_is_its_first_day(value: str):
    assert dates([value], column=MONTH) == ["2025-03-01"]


def test_a_day_has_no_time():
    assert dates(["2025-03-17 23:59"], column=DAY) == ["2025-03-17"]

"""The scorecard as an Excel workbook: one sheet per segment, objectives, and what each KPI means.

Takes the tidy tables of results and returns the bytes of an .xlsx file, the same for the same
results. Numbers are numbers, with a format for their unit; percentages are fractions of one, as
spreadsheets have them. Whatever is text stays text, also if it looks like a formula.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from io import BytesIO

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from saydo.kpis import KPIS, THEMES
from saydo.languages import gettext as _
from saydo.languages import is_right_to_left
from saydo.params import Params
from saydo.report.kpi_cards import STATUS, period_of
from saydo.report.movement import latest
from saydo.report.values import TO_HUNDREDTHS, segment_name, unit_words

FILLS: Mapping[str, str] = {"reached": "#DDEFDD", "not reached": "#F6D9D5", "uncertain": "#F7EBCB"}
"""Behind the words of a status; the words alone tell it too."""

_LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def scorecard(
    kpis: pd.DataFrame, objectives: pd.DataFrame | None, *, params: Params, as_of: date
) -> bytes:
    """The workbook, in the active language.

    Args:
        kpis: `tables/kpis`; its segments become sheets, in their order.
        objectives: `tables/objectives`, if there are any.
        params: Of the study.
        as_of: Last day that is known; also the file's date of creation.
    """
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        created = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC).replace(tzinfo=None)
        book.set_properties({"title": params.study, "created": created})
        look = _Look(book, params)
        names = _SheetNames()
        now = latest(kpis)
        for segment, rows in kpis.groupby("segment", sort=False):
            title = segment_name(str(segment))
            sheet = _sheet(book, names.of(title))
            _segment(sheet, rows, now[now["segment"] == segment], look, params)
        if objectives is not None and len(objectives):
            _objectives(_sheet(book, names.of(_("Objectives"))), objectives, look)
        _definitions(_sheet(book, names.of(_("Definitions"))), kpis, look)
    return buffer.getvalue()


class _SheetNames:
    """Names that Excel allows: short, without some signs, and told apart without regard to case."""

    def __init__(self) -> None:
        self.taken = {"history"}  # Excel keeps it for itself

    def of(self, text: str) -> str:
        plain = _FORBIDDEN.sub(" ", text).strip().strip("'") or "–"
        name, number = plain[:_LONGEST_NAME].rstrip(), 1
        while name.casefold() in self.taken:
            number += 1
            suffix = f" ({number})"
            name = plain[: _LONGEST_NAME - len(suffix)] + suffix
        self.taken.add(name.casefold())
        return name


class _Look:
    """The workbook's formats, each made once."""

    def __init__(self, book: xlsxwriter.Workbook, params: Params) -> None:
        self._book = book
        self._currency = params.currency
        self._made: dict[tuple[str, str], Format] = {}
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EEF1F4"}
        )
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.date = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})

    def number(self, unit: str) -> Format:
        """The format of numbers in this unit."""
        return self._of(_pattern(unit, self._currency))

    def difference(self, unit: str) -> Format:
        """The format of a difference of two such numbers, with its sign."""
        pattern = _pattern(unit, self._currency)
        if unit.startswith("%"):
            pattern = f'0.0"{_("{value} pp").format(value="")}"'
        return self._of(f"+{pattern};-{pattern};{pattern}")

    def status(self, status: str) -> Format:
        """The format of a status, with its colour."""
        return self._of("@", FILLS.get(status, ""))

    def _of(self, pattern: str, fill: str = "") -> Format:
        if (pattern, fill) not in self._made:
            how = {"num_format": pattern, "valign": "top"} | ({"bg_color": fill} if fill else {})
            self._made[pattern, fill] = self._book.add_format(how)
        return self._made[pattern, fill]


def _pattern(unit: str, currency: str) -> str:
    if unit.startswith("%"):
        return "0.0%"
    if unit.startswith("money"):
        return f"[${currency}] #,##0.00"
    if unit == "count":
        return "#,##0"
    return "#,##0.00" if unit.startswith(TO_HUNDREDTHS) else "#,##0.0"


def _sheet(book: xlsxwriter.Workbook, name: str) -> Worksheet:
    sheet = book.add_worksheet(name)
    if is_right_to_left():
        sheet.right_to_left()
    return sheet


def _segment(
    sheet: Worksheet, rows: pd.DataFrame, now: pd.DataFrame, look: _Look, params: Params
) -> None:
    """One line per KPI: where it stands, how sure that is, and the periods before."""
    starts = sorted(rows["period_start"].unique())
    head = [
        (_("Theme"), 14),
        (_("KPI"), 34),
        (_("Unit"), 14),
        (_("Value"), 11),
        (_("95% from"), 11),
        (_("95% to"), 11),
        ("n", 10),
        (_("Period"), 10),
        (_("Change in a year"), 11),
        (_("Target"), 11),
        (_("Status"), 18),
        (_("Remarks"), 40),
        *((period_of(start, params), 11) for start in starts),
    ]
    _header(sheet, head, look, columns_kept=2)
    history = rows.pivot(index="kpi", columns="period_start", values="value")
    for line, row in enumerate(now.to_dict("records"), start=1):
        kpi = KPIS[row["kpi"]]
        number = look.number(kpi.unit)
        sheet.write_string(line, 0, _(THEMES[kpi.theme]), look.text)
        sheet.write_string(line, 1, _(kpi.label), look.text)
        sheet.write_string(line, 2, _unit(kpi.unit, params.currency), look.text)
        for column, name in ((3, "value"), (4, "ci_low"), (5, "ci_high"), (9, "target")):
            _number(sheet, line, column, row[name], kpi.unit, number)
        _number(sheet, line, 6, row["n"], "count", look.number("count"))
        sheet.write_string(line, 7, period_of(row["period_start"], params), look.text)
        # A difference of percentages is in percentage points, not a fraction.
        _number(sheet, line, 8, row["change"], "", look.difference(kpi.unit))
        _status(sheet, line, 10, row["status"], look)
        sheet.write_string(line, 11, row["reason"] or "", look.text)
        for place, start in enumerate(starts):
            _number(sheet, line, 12 + place, history.loc[row["kpi"], start], kpi.unit, number)
    sheet.autofilter(0, 0, len(now), len(head) - 1)


def _objectives(sheet: Worksheet, objectives: pd.DataFrame, look: _Look) -> None:
    head = [
        (_("Segment"), 18),
        (_("Objective"), 44),
        (_("KPI"), 34),
        (_("Value"), 11),
        (_("Target"), 11),
        (_("Reached now, probability"), 13),
        (_("Status"), 18),
        (_("Answers still needed"), 13),
        (_("Remarks"), 40),
    ]
    _header(sheet, head, look, columns_kept=2)
    for line, row in enumerate(objectives.to_dict("records"), start=1):
        kpi = KPIS[row["kpi"]]
        segment = segment_name(row["segment"])
        sheet.write_string(line, 0, segment, look.text)
        sheet.write_string(line, 1, row["voice"], look.text)
        sheet.write_string(line, 2, _(kpi.label), look.text)
        _number(sheet, line, 3, row["value"], kpi.unit, look.number(kpi.unit))
        _number(sheet, line, 4, row["target"], kpi.unit, look.number(kpi.unit))
        _number(sheet, line, 5, 100 * row["p_reached"], "%", look.number("%"))
        _status(sheet, line, 6, row["status"], look)
        _number(sheet, line, 7, row["n_needed"], "count", look.number("count"))
        sheet.write_string(line, 8, row.get("reason") or "", look.text)
    sheet.autofilter(0, 0, len(objectives), len(head) - 1)


def _definitions(sheet: Worksheet, kpis: pd.DataFrame, look: _Look) -> None:
    head = [
        (_("KPI"), 34),
        (_("Definition"), 60),
        (_("Formula"), 44),
        (_("Interval"), 26),
        (_("Beware"), 60),
        (_("Source"), 44),
        (_("Name"), 24),
    ]
    _header(sheet, head, look, columns_kept=1)
    for line, name in enumerate(dict.fromkeys(kpis["kpi"]), start=1):
        kpi = KPIS[name]
        texts = (_(kpi.label), _(kpi.definition), kpi.formula, _(kpi.measure.interval))
        for column, text in enumerate((*texts, _(kpi.pitfall), _(kpi.source), name)):
            sheet.write_string(line, column, text, look.text)


def _header(
    sheet: Worksheet, head: Sequence[tuple[str, int]], look: _Look, *, columns_kept: int
) -> None:
    for column, (text, width) in enumerate(head):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, text, look.head)
    sheet.freeze_panes(1, columns_kept)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _number(sheet: Worksheet, line: int, column: int, value: float, unit: str, how: Format) -> None:
    """A number in its cell; none where it is missing or has no end (an open bound, say)."""
    if pd.notna(value) and abs(value) != float("inf"):
        sheet.write_number(line, column, value / 100 if unit.startswith("%") else value, how)


def _status(sheet: Worksheet, line: int, column: int, status: str, look: _Look) -> None:
    words = " ".join((STATUS[status][0], _(STATUS[status][1]))) if status in STATUS else ""
    sheet.write_string(line, column, words, look.status(status))


def _unit(unit: str, currency: str) -> str:
    if unit.startswith("money"):
        return " ".join(filter(None, (currency, unit_words(unit))))
    plain = {
        "count": _("number"),
        "hours": _("hours"),
        "days": _("days"),
        "months": _("months"),
        "pp": _("{value} pp").format(value="").strip(),
    }
    return plain.get(unit) or unit_words(unit) or unit

"""What the commands tell, as plain text: what `saydo check` found, and the catalogue of KPIs.

Aligned columns and no boxes: it is read on terminals, in logs and in tickets alike.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from saydo.languages import gettext

if TYPE_CHECKING:
    import pandas as pd

    from saydo.kpis import Kpi

FIRST_REJECTS = 5
"""Rejected rows shown of each table; a run writes them all to `rejects/`."""


class Checked(Protocol):
    """What `saydo.runs.prepare.check` returns."""

    @property
    def rows(self) -> Mapping[str, Mapping[str, object]]: ...
    @property
    def rejects(self) -> Mapping[str, pd.DataFrame]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def measurable(self) -> Mapping[str, str]: ...
    @property
    def advice(self) -> Sequence[str]: ...


def told(checked: Checked) -> str:
    """All of it, in sections."""
    sections = [
        _rows(checked.rows),
        _rejects(checked.rejects),
        _section("Detected, not declared", checked.notes),
        *_measurable(checked.measurable),
        _section("Advice on the objectives", checked.advice),
    ]
    return "\n\n".join(section for section in sections if section)


def columns(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Rows of text as aligned columns; those in `right` (by number) are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join(lines)


def catalogue(kpis: Mapping[str, Kpi]) -> str:
    """The KPIs as a table, one line each."""
    head = ("name", "theme", "side", "unit", "better", "label")
    rows = [[gettext(str(getattr(kpi, name))) for name in head] for kpi in kpis.values()]
    return columns([list(head), *rows])


def catalogue_json(kpis: Mapping[str, Kpi]) -> str:
    """The KPIs with every field that says something to a reader, as JSON."""
    return json.dumps([_entry(kpi) for kpi in kpis.values()], indent=1, ensure_ascii=False)


def _entry(kpi: Kpi) -> dict[str, object]:
    """One KPI; every field says something."""
    settings = ["retention", *kpi.settings] if kpi.uses else list(kpi.settings)
    return {
        "name": kpi.name,
        "label": gettext(kpi.label),
        "definition": gettext(kpi.definition),
        "formula": kpi.formula,
        "interval": gettext(kpi.measure.interval),
        "theme": kpi.theme,
        "side": kpi.side,
        "unit": kpi.unit,
        "better": kpi.better,
        "range": _range(*kpi.range),
        "needs": {table: list(columns) for table, columns in kpi.needs.items()}
        | ({"params": settings} if settings else {}),
        "segments": "each" if kpi.by_segment else "all only",
        "periods": "the last" if kpi.last_only else "each",
        "mart": kpi.mart,
        "source": gettext(kpi.source),
        "pitfall": gettext(kpi.pitfall),
    }


def _range(low: float, high: float) -> str:
    if math.isinf(low) and math.isinf(high):
        return "any number"
    if math.isinf(high):
        return f"{low:g} or more"
    return f"{high:g} or less" if math.isinf(low) else f"{low:g} to {high:g}"


def _rows(rows: Mapping[str, Mapping[str, object]]) -> str:
    head = ["table", "read", "used", "rejected", "excluded"]
    body, reasons = [], []
    for table, count in rows.items():
        excluded = count["excluded"]
        assert isinstance(excluded, Mapping)
        numbers = [count["read"], count["used"], count["rejected"], sum(excluded.values())]
        body.append([table, *(f"{number:,}" for number in numbers)])
        reasons += [f"{table}: {n:,} {reason}" for reason, n in excluded.items()]
    return "\n\n".join(
        part
        for part in (columns([head, *body], right=(1, 2, 3, 4)), _section("Excluded", reasons))
        if part
    )


def _rejects(rejects: Mapping[str, pd.DataFrame]) -> str:
    lines = []
    for table, rows in rejects.items():
        for row in rows.head(FIRST_REJECTS).to_dict("records"):
            where = f"{row['file']}, line {row['line']}, {row['column']}"
            lines.append(f"{table}: {where}: {row['reason']}")
        if len(rows) > FIRST_REJECTS:
            lines.append(f"{table}: and {len(rows) - FIRST_REJECTS:,} more")
    return _section("Rejected", lines)


def _measurable(measurable: Mapping[str, str]) -> list[str]:
    can = [name for name, reason in measurable.items() if not reason]
    cannot = [[f"  {name}", reason] for name, reason in measurable.items() if reason]
    parts = [_section(f"Can be measured ({len(can)} of {len(measurable)})", can)]
    if cannot:
        parts.append(f"Can't be measured\n{columns(cannot)}")
    return parts


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *(f"  {line}" for line in lines)]) if lines else ""

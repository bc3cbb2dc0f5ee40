"""The table behind small figures side by side: a row per period, a column per figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from saydo.languages import gettext as _
from saydo.report import html
from saydo.report.values import sample_size, span


@dataclass(frozen=True)
class Line:
    """What one of the figures draws."""

    label: str
    table: pd.DataFrame
    """One row per period, oldest first: `period` (label), `value`, `ci_low`, `ci_high`, `n`."""
    text: Callable[[float], str]
    """The words for a value."""


def by_period(lines: Sequence[Line], *, caption: str) -> str:
    """The numbers of all lines as a folded table, each with its interval and n, as HTML."""
    if not lines:
        return ""
    periods = list(dict.fromkeys(period for line in lines for period in line.table["period"]))
    told = [line.table.set_index("period").to_dict("index") for line in lines]
    rows = []
    for period in periods:
        cells = "".join(
            _cell(each.get(period), line.text) for each, line in zip(told, lines, strict=True)
        )
        rows.append(f'<tr><th scope="row">{html.escape(period)}</th>{cells}</tr>')
    heads = "".join(f'<th scope="col">{html.name(line.label)}</th>' for line in lines)
    first = f'<th scope="col" class="text">{html.escape(_("Period"))}</th>'
    table = html.scrolled(f"<tr>{first}{heads}</tr>", "".join(rows), caption=caption)
    return html.folded(html.counted(len(periods)), table)


def _cell(row: Mapping[str, Any] | None, text: Callable[[float], str]) -> str:
    if row is None or pd.isna(row["value"]):
        return "<td>–</td>"
    lines = []
    if not pd.isna(row["ci_low"]):
        lines.append(span(float(row["ci_low"]), float(row["ci_high"]), text))
    if not pd.isna(row["n"]):
        lines.append(sample_size(row["n"]))
    small = "".join(f"<small>{html.escape(line)}</small>" for line in lines)
    return f"<td>{html.escape(text(float(row['value'])))}{small}</td>"

"""How has a measure come along, and where is it heading? One small figure per measure.

Takes a table of one row per period (and one for the due date); draws estimates with their
intervals, the target as a line, and the forecast as a ring with its own interval.
"""

from __future__ import annotations

from collections.abc import Callable
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from saydo.languages import gettext as _
from saydo.report.figures import name_ends
from saydo.report.style import INK, SOFT, canvas, format_axis, styled

_ROOM = 0.4
"""How far the axis may go beyond values and target, as a part of their span. A forecast's interval
that reaches further is cut there, which an arrow marks."""


def objective_figure(
    table: pd.DataFrame,
    *,
    target: float,
    title: str,
    text: Callable[[float], str],
    color: str = INK,
) -> Figure:
    """Periods, target and forecast of one measure.

    Args:
        table: `at` (number of the period), `period` (its label), `value`, `ci_low`, `ci_high`,
            `is_forecast`; oldest first.
        target: In the unit of `value`.
        title: The KPI's label.
        text: The words for a value.
        color: Of what was measured.
    """
    with styled():
        figure, axes = canvas(width=3.4, height=2.3)
        past, ahead = table[~table["is_forecast"]], table[table["is_forecast"]]
        low, high = _limits(table, target)
        look: Any = {"fmt": "o", "elinewidth": 1.5, "capsize": 0}
        axes.errorbar(
            past["at"], past["value"], yerr=_spread(past, low, high), color=color, markersize=5,
            **look,
        )  # fmt: skip
        line = axes.axhline(target, color=INK, linewidth=1.2, linestyle=(0, (5, 3)))
        axes.legend(
            [line],
            [_("target {value}").format(value=text(target))],
            loc="lower left",
            bbox_to_anchor=(0, 1),
            frameon=False,
            borderpad=0,
            borderaxespad=0.3,
            fontsize=10,
        )
        for row in ahead.itertuples():
            axes.errorbar(
                [row.at], [row.value], yerr=_spread(ahead, low, high), color=SOFT, markersize=6,
                markerfacecolor="white", **look,
            )  # fmt: skip
            for end, marker in ((row.ci_high, "^"), (row.ci_low, "v")):
                if not low <= end <= high:
                    axes.plot([row.at], [np.clip(end, low, high)], marker, color=SOFT, markersize=5)
        axes.set_ylim(low, high)
        axes.set_title(fill(title, 32), pad=22)
        _name_ends(axes, table)
        axes.locator_params(axis="y", nbins=4)
        format_axis(axes, "y", text)
        return figure


def _limits(table: pd.DataFrame, target: float) -> tuple[float, float]:
    past = table[~table["is_forecast"]]
    shown = [table["value"], past["ci_low"], past["ci_high"], pd.Series([target])]
    firm = pd.concat(shown).dropna()
    low, high = float(firm.min()), float(firm.max())
    span = (high - low) or abs(high) or 1.0
    ends = pd.concat([table["ci_low"], table["ci_high"]]).dropna()
    least = max(low - _ROOM * span, min([low, *ends]))
    most = min(high + _ROOM * span, max([high, *ends]))
    margin = 0.1 * ((most - least) or span)
    return least - margin, most + margin


def _spread(rows: pd.DataFrame, low: float, high: float) -> np.ndarray:
    """Lengths of the intervals below and above, cut to the axis; none where there is no bound."""
    value = rows["value"].to_numpy(float)
    down = value - np.clip(rows["ci_low"].to_numpy(float), low, high)
    up = np.clip(rows["ci_high"].to_numpy(float), low, high) - value
    return np.nan_to_num(np.vstack([down, up])).clip(min=0)


def _name_ends(axes: Axes, table: pd.DataFrame) -> None:
    """Name the first period and the last, or the only one."""
    axes.margins(x=0.05)
    ends = table.drop_duplicates("at")
    if len(ends) > 1:
        name_ends(axes, list(ends["at"]), list(ends["period"]))
    else:
        axes.set_xticks(ends["at"], ends["period"])

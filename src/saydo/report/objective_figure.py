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
from saydo.report.style import INK, SOFT, canvas, format_axis, styled

_ROOM = 0.75
"""How far the axis may go beyond what was measured and the target, as a part of their span. A
forecast's interval that reaches further is cut there, which an arrow marks."""

_APART = 3.2
"""Labels of the x axis keep so much of its length apart, as the part 1/_APART."""


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
        figure, axes = canvas(width=3.4, height=2.2)
        past, ahead = table[~table["is_forecast"]], table[table["is_forecast"]]
        low, high = _limits(table, target)
        look: Any = {"fmt": "o", "elinewidth": 1.5, "capsize": 0}
        axes.errorbar(
            past["at"], past["value"], yerr=_spread(past, low, high), color=color, markersize=5,
            **look,
        )  # fmt: skip
        axes.axhline(target, color=INK, linewidth=1.2, linestyle=(0, (5, 3)))
        words = _("target {value}").format(value=text(target))
        is_below = target < float(past["value"].mean())
        # A label on the side of the line where the values are not.
        axes.annotate(
            words, (0, target), xycoords=("axes fraction", "data"), fontsize=10,
            xytext=(2, -3 if is_below else 3), textcoords="offset points",
            va="top" if is_below else "bottom",
        )  # fmt: skip
        for row in ahead.itertuples():
            axes.errorbar(
                [row.at], [row.value], yerr=_spread(ahead, low, high), color=SOFT, markersize=6,
                markerfacecolor="white", **look,
            )  # fmt: skip
            for end, marker in ((row.ci_high, "^"), (row.ci_low, "v")):
                if not low <= end <= high:
                    axes.plot([row.at], [np.clip(end, low, high)], marker, color=SOFT, markersize=5)
        axes.set_ylim(low, high)
        axes.set_title(fill(title, 32))
        _mark_periods(axes, table)
        axes.locator_params(axis="y", nbins=4)
        format_axis(axes, "y", text)
        return figure


def _limits(table: pd.DataFrame, target: float) -> tuple[float, float]:
    past = table[~table["is_forecast"]]
    shown = [past["value"], past["ci_low"], past["ci_high"], pd.Series([target])]
    firm = pd.concat(shown).dropna()
    low, high = float(firm.min()), float(firm.max())
    span = (high - low) or abs(high) or 1.0
    ends = pd.concat([table["ci_low"], table["ci_high"], table["value"]]).dropna()
    least = max(low - _ROOM * span, min(low, float(ends.min())))
    most = min(high + _ROOM * span, max(high, float(ends.max())))
    margin = 0.12 * (most - least or span)
    return least - margin, most + margin


def _spread(rows: pd.DataFrame, low: float, high: float) -> np.ndarray:
    """Lengths of the intervals below and above, cut to the axis; none where there is no bound."""
    value = rows["value"].to_numpy(float)
    down = value - np.clip(rows["ci_low"].to_numpy(float), low, high)
    up = np.clip(rows["ci_high"].to_numpy(float), low, high) - value
    return np.nan_to_num(np.vstack([down, up])).clip(min=0)


def _mark_periods(axes: Axes, table: pd.DataFrame) -> None:
    """The first period, the last, and the one before a forecast where there is room for it."""
    at, labels = list(table["at"]), list(table["period"])
    chosen = {0, len(at) - 1}
    if len(at) > 2 and table["is_forecast"].iloc[-1]:
        length, before = at[-1] - at[0], len(at) - 2
        if min(at[-1] - at[before], at[before] - at[0]) * _APART >= length:
            chosen.add(before)
    marks = sorted(chosen)
    axes.set_xticks([at[mark] for mark in marks], [labels[mark] for mark in marks])
    axes.margins(x=0.05)
    names = axes.get_xticklabels()
    names[0].set_horizontalalignment("left")
    if len(names) > 1:
        names[-1].set_horizontalalignment("right")

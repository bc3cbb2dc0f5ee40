"""Figures of segments side by side, each drawn from the table of its finding alone."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from saydo.languages import gettext as _
from saydo.languages import number, percent
from saydo.report.figures import name_rows, short
from saydo.report.mark_names import name_mark, name_pair
from saydo.report.style import DO, LINE, SAY, SOFT, canvas, format_axis, styled

MOST_DRAWN = 12
"""Segments in a figure, the largest; the table has all."""

ABOVE_BAR = 13
"""Points from the middle of a bar to what is written above it."""


def sizes_and_value(table: pd.DataFrame) -> Figure:
    """Share of customers (bar), of revenue (dot) and of profit (ring); the largest on top.

    Args:
        table: One row per segment: `segment`, `percent`, `revenue`, `profit` (%, or missing).
    """
    with styled():
        drawn = table.head(MOST_DRAWN)
        figure, axes = canvas(height=1.1 + 0.42 * len(drawn))
        y = np.arange(len(drawn))[::-1]
        axes.barh(
            y, drawn["percent"].astype(float), color=LINE, height=0.66, label=_("{Customers}")
        )
        if drawn["revenue"].notna().any():
            axes.plot(drawn["revenue"], y, "o", color=DO, markersize=9, label=_("Revenue"))
        if drawn["profit"].notna().any():
            ring: Any = {"markersize": 9, "markerfacecolor": "none", "markeredgewidth": 2}
            axes.plot(drawn["profit"], y, "o", color=SAY, label=_("Profit"), **ring)
        _rows(axes, y, [short(name) for name in drawn["segment"]])
        axes.margins(x=0.1)
        axes.set_xlabel(_("Share of the total"))
        axes.locator_params(axis="x", nbins=5)
        top = drawn.iloc[0]
        pair = (top["revenue"], _("Revenue"), DO), (top["profit"], _("Profit"), SAY)
        marks = ((float(x), word, color) for x, word, color in pair)
        name_pair(axes, y[0], *marks, rise=ABOVE_BAR)
        bar = (0.0, y[0])
        name_mark(axes, bar, _("{Customers}"), color=SOFT, side="left", rise=ABOVE_BAR)
        format_axis(axes, "x", lambda value: percent(value, 0))
    return figure


def by_segment(
    table: pd.DataFrame, *, title: str, text: Callable[[float], str], color: str, everyone: float
) -> Figure:
    """One KPI by segment with its interval, beside the line of everyone.

    Args:
        table: One row per segment: `segment`, `value`, `ci_low`, `ci_high`.
        title: The KPI's label.
        text: The words for a value on the axis.
        color: Of what they say, or do.
        everyone: The KPI of all; missing where it is not known.
    """
    with styled():
        drawn = table.head(MOST_DRAWN)
        figure, axes = canvas(width=3.4, height=0.95 + 0.34 * len(drawn))
        y = np.arange(len(drawn))[::-1]
        if not np.isnan(everyone):
            axes.axvline(everyone, color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        _intervals(axes, y, drawn, "value", color=color)
        _rows(axes, y, [short(name, 18) for name in drawn["segment"]])
        axes.set_title(fill(title, 32), loc="right")
        axes.margins(x=0.08)
        axes.locator_params(axis="x", nbins=3)
        format_axis(axes, "x", text)
    return figure


def what_sets_apart(table: pd.DataFrame) -> Figure:
    """Standardised differences from everyone else with intervals, segment by segment.

    Args:
        table: `segment`, `label` (of the feature), `difference`, `ci_low`, `ci_high`; rows of a
            segment stand together.
    """
    with styled():
        segments = list(dict.fromkeys(table["segment"]))
        n_lines = len(table) + 1.25 * len(segments)
        figure, axes = canvas(height=0.8 + 0.27 * n_lines)
        at: list[float] = []
        heads, y = [], 0.0
        for segment in segments:
            heads.append(y)
            n = int((table["segment"] == segment).sum())
            at += [y - 1 - place for place in range(n)]
            y -= n + 1.25
        for strength in (-0.8, 0.8):
            axes.axvline(strength, color=LINE, linewidth=1, linestyle=(0, (3, 3)))
        axes.axvline(0, color=SOFT, linewidth=1)
        _intervals(axes, np.array(at), table, "difference", color=DO)
        _rows(axes, np.array(at), [short(label, 26) for label in table["label"]])
        for head, segment in zip(heads, segments, strict=True):
            axes.annotate(
                short(segment, 40),
                (0, head),
                xycoords=("figure fraction", "data"),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontweight="bold",
                annotation_clip=False,
            )
        axes.set_ylim(y + 0.9, 0.7)
        axes.margins(x=0.06)
        axes.set_xlabel(_("Standard deviations from everyone else"), loc="right")
        axes.locator_params(axis="x", nbins=6)
        format_axis(axes, "x", lambda value: number(value, 1))
    return figure


def stability(table: pd.DataFrame) -> Figure:
    """How alike segments are when drawn anew, with intervals, beside the usual marks.

    Args:
        table: `segment`, `jaccard`, `ci_low`, `ci_high` (0 to 1).
    """
    with styled():
        drawn = table.head(MOST_DRAWN)
        figure, axes = canvas(height=0.95 + 0.36 * len(drawn))
        y = np.arange(len(drawn))[::-1]
        for mark in (0.6, 0.75, 0.85):
            axes.axvline(mark, color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        _intervals(axes, y, drawn, "jaccard", color=DO)
        _rows(axes, y, [short(name) for name in drawn["segment"]])
        axes.set_xlim(min(0.5, float(drawn["ci_low"].fillna(drawn["jaccard"]).min()) - 0.05), 1.03)
        axes.set_xticks([0.6, 0.75, 0.85, 1.0])
        axes.set_xlabel(_("Mean Jaccard coefficient; 1 is the same again"), loc="right")
        format_axis(axes, "x", lambda value: number(value, 2))
    return figure


def _rows(axes: Axes, at: np.ndarray, labels: list[str]) -> None:
    name_rows(axes, at, labels)
    axes.set_ylim(at.min() - 0.7, at.max() + 0.7)


def _intervals(axes: Axes, y: np.ndarray, table: pd.DataFrame, column: str, *, color: str) -> None:
    value = table[column].to_numpy(float, na_value=np.nan)
    low, high = (table[end].to_numpy(float, na_value=np.nan) for end in ("ci_low", "ci_high"))
    axes.hlines(y, np.where(np.isnan(low), value, low), np.where(np.isnan(high), value, high),
                color=color, linewidth=2)  # fmt: skip
    axes.plot(value, y, "o", color=color, markersize=7)

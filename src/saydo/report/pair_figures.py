"""Pairs of estimates, row by row: what was expected and found, what was then and is now.

Each is drawn from the table of its finding alone. What a ring and a dot stand for is said at those
of the top row, in place of a legend.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from saydo.languages import gettext as _
from saydo.languages import number, signed
from saydo.report.figures import in_style, name_rows, short, with_intervals
from saydo.report.mark_names import name_pair
from saydo.report.style import DO, LINE, SAY, SOFT, canvas, format_axis

RING: Any = {"markerfacecolor": "white", "color": SOFT}


@in_style
def expectation_gaps(table: pd.DataFrame) -> Figure:
    """For each attribute what was expected (ring) and what was found (dot); widest gap on top."""
    figure, axes = canvas(height=0.95 + 0.5 * len(table))
    y = np.arange(len(table))[::-1]
    expected, found = table["expectation"].to_numpy(float), table["performance"].to_numpy(float)
    axes.hlines(y, found, expected, color=LINE, linewidth=5)
    axes.plot(found, y, "o", color=SAY, markersize=9, label=_("found"))
    axes.plot(expected, y, "o", markersize=9, label=_("expected"), **RING)
    name_pair(axes, y[0], (expected[0], _("expected"), SOFT), (found[0], _("found"), SAY))
    for at, low, gap in zip(y, np.minimum(found, expected), table["expectation_gap"], strict=True):
        axes.annotate(
            signed(gap, 2),
            (low, at),
            xytext=(-9, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontweight="bold",
        )
    name_rows(axes, y, [str(name) for name in table["attribute"]])
    axes.margins(x=0.25, y=0.25)
    axes.set_xlabel(_("Mean score"))
    format_axis(axes, "x", lambda value: number(value, 1))
    return figure


@in_style
def segments_then_and_now(
    table: pd.DataFrame, *, text: Callable[[float], str], then: str, now: str
) -> Figure:
    """One KPI per segment: now (dot, with interval) and then (ring); the lowest now on top.

    Args:
        table: One row per segment: `segment`, `value`, `ci_low`, `ci_high`, `before`.
        text: The words for a value.
        then: Label of the earlier period.
        now: Label of the later one.
    """
    figure, axes = canvas(height=1.0 + 0.42 * len(table))
    y = np.arange(len(table))[::-1]
    if table["before"].notna().any():
        axes.hlines(y, table["before"], table["value"], color=LINE, linewidth=5)
        axes.plot(table["before"], y, "o", markersize=8, label=then, **RING)
    bounds = table["ci_low"], table["ci_high"]
    with_intervals(axes, y, table["value"], *bounds, color=DO, horizontal=True, label=now)
    pair = (table["before"].iloc[0], then, SOFT), (table["value"].iloc[0], now, DO)
    name_pair(axes, y[0], *pair)
    for at, value, high in zip(
        y, table["value"], table[["before", "ci_high"]].max(axis=1), strict=True
    ):
        axes.annotate(
            text(value),
            (high, at),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            fontweight="bold",
            # It may stand beside the ring of then: by its colour it is the dot's.
            color=DO,
        )
    name_rows(axes, y, [short(name) for name in table["segment"]])
    axes.margins(x=0.18, y=0.2)
    axes.locator_params(axis="x", nbins=4)
    format_axis(axes, "x", text)
    return figure

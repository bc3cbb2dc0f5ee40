"""The importance–performance map, drawn from the table of its finding alone.

Names stand beside the map, each tied to its place by a thin line, so that they never collide,
however near to each other attributes lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from saydo.languages import gettext as _
from saydo.languages import percent
from saydo.report.style import DO, LINE, SAY, SOFT, canvas, format_axis, styled

BESIDE = 1.12
"""Where names begin, in widths of the map."""
NAME, UNDER, AXIS = 0.3, 0.185, 0.75
"""Inches: of a name with the room around it, of a line below it, and of the axis with its label."""


def importance_map(table: pd.DataFrame, *, labels: Sequence[tuple[str, str]]) -> Figure:
    """Derived importance against performance, cut at the means of both.

    Args:
        table: One row per attribute: `importance` (% of the variance of satisfaction) and
            `performance_share` (0 to 1), each with `_low` and `_high`; `quadrant`,
            `quadrant_is_clear`.
        labels: Of each row, its name and what is said of it below the name.
    """
    x, y = 100 * table["performance_share"].to_numpy(float), table["importance"].to_numpy(float)
    with styled():
        height = height_for(labels, least=3.2)
        figure, axes = canvas(height=height)
        _cuts(axes, x.mean(), y.mean())
        for row in table.to_dict("records"):
            _place(axes, row)
        axes.set_xlim(*_wide(table, "performance_share", 100))
        axes.set_ylim(*_wide(table, "importance", 1))
        name_places(axes, x, y, labels, height=height)
        axes.grid(visible=False)
        axes.spines["left"].set_visible(True)
        axes.set_xlabel(_("Mean score, % of its scale"))
        axes.set_ylabel(_("Derived importance"))
        axes.locator_params(nbins=4)
        format_axis(axes, "x", lambda value: percent(value, 0) if 0 <= value <= 100 else "")
        format_axis(axes, "y", lambda value: percent(value, 0) if value >= 0 else "")
    return figure


def _place(axes: Axes, row: dict[str, Any]) -> None:
    """An attribute with both its intervals."""
    is_first = row["quadrant"] == "concentrate" and row["quadrant_is_clear"]
    color = DO if is_first else SAY
    x, y = 100 * row["performance_share"], row["importance"]
    along = [100 * row["performance_share_low"], 100 * row["performance_share_high"]]
    axes.plot(along, [y, y], color=color, linewidth=2)
    axes.plot([x, x], [row["importance_low"], row["importance_high"]], color=color, linewidth=2)
    axes.plot(x, y, "o", color=color, markersize=7)


def _cuts(axes: Axes, x: float, y: float) -> None:
    """The four fields; where importance is above and performance below the mean, tinted."""
    axes.axhline(y, color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
    axes.axvline(x, color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
    # Far beyond the axes, whose limits are set by what is drawn on them.
    axes.fill_between([x - 1e4, x], y, y + 1e4, color=DO, alpha=0.07, linewidth=0)


def _wide(table: pd.DataFrame, name: str, times: float) -> tuple[float, float]:
    """Limits with room around everything that is drawn."""
    low, high = times * table[f"{name}_low"].min(), times * table[f"{name}_high"].max()
    room = 0.1 * (high - low) or 1.0
    return low - room, high + room


def height_for(labels: Sequence[tuple[str, str]], *, least: float) -> float:
    """Height of a map (inches) beside which there is room for these names."""
    return max(least, AXIS + float((NAME + _under(labels)).sum()))


def name_places(
    axes: Axes, x: np.ndarray, y: np.ndarray, labels: Sequence[tuple[str, str]], *, height: float
) -> None:
    """Name the places of a map beside it, none over another.

    Args:
        axes: Of the map, whose limits are set.
        x: Of each place.
        y: Of each place.
        labels: Of each, its name and what is said of it below the name.
        height: Of the figure, in inches.
    """
    low, high = axes.get_ylim()
    room, under = height - AXIS, _under(labels)
    feet = _apart((y - low) / (high - low), (NAME + under) / room)
    for at, foot, label in zip(zip(x, y, strict=True), feet + under / room, labels, strict=True):
        _named_beside(axes, at, foot, *label)


def _under(labels: Sequence[tuple[str, str]]) -> np.ndarray:
    """Height of what is said below each name."""
    return UNDER * np.array([1 + below.count("\n") for _name, below in labels])


def _named_beside(axes: Axes, at: tuple[float, float], foot: float, name: str, below: str) -> None:
    """A name beside the map, tied to its place, and what is said of it below."""
    tie = {"arrowstyle": "-", "color": LINE, "relpos": (0, 0.5), "shrinkA": 2, "shrinkB": 5}
    axes.annotate(
        name,
        at,
        xytext=(BESIDE, foot),
        textcoords="axes fraction",
        va="bottom",
        fontweight="bold",
        arrowprops=tie,
        annotation_clip=False,
    )
    axes.annotate(
        below,
        (BESIDE, foot),
        xycoords="axes fraction",
        va="top",
        fontsize=10,
        color=SOFT,
        linespacing=1.15,
        annotation_clip=False,
    )


def _apart(wanted: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Feet of blocks of these heights, near the places wanted (0 to 1), that don't overlap."""
    order = np.argsort(wanted, kind="stable")
    placed = np.empty_like(wanted)
    floor = 0.0
    for place in order:
        placed[place] = max(wanted[place] - heights[place] / 2, floor)
        floor = placed[place] + heights[place]
    ceiling = 1.0
    for place in order[::-1]:
        placed[place] = min(placed[place], ceiling - heights[place])
        ceiling = placed[place]
    return placed

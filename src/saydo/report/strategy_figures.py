"""Where segments and markets stand, drawn from the tables of their findings alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from saydo.languages import gettext as _
from saydo.languages import percent
from saydo.report.importance_figures import height_for, name_places
from saydo.report.mark_names import name_pair
from saydo.report.style import DO, INK, LINE, SAY, SOFT, canvas, format_axis, styled

LARGEST = 1400.0
"""Area of the largest bubble, in square points."""

Text = Callable[[float], str]


def bubbles(
    table: pd.DataFrame,
    *,
    labels: Sequence[tuple[str, str]],
    axis_labels: tuple[str, str],
    texts: tuple[Text, Text],
    cut: float | None = None,
) -> Figure:
    """Places on a map, each with an area, and its name beside the map, tied to it.

    Args:
        table: One row per place: `x`, `y`, `area`, `is_marked`, and `y_low`, `y_high` where known.
        labels: Of each row, its name and what is said of it below the name.
        axis_labels: What x and y are.
        texts: The words for values of x and of y.
        cut: Where y is divided by a line; not at all if left out.
    """
    height = height_for(labels, least=3.4)
    x, y = table["x"].to_numpy(float), table["y"].to_numpy(float)
    with styled():
        figure, axes = canvas(height=height)
        if (x < 0).any() and (x > 0).any():
            axes.axvline(0, color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        if cut is not None:
            axes.axhline(cut, color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        _draw_bubbles(axes, table)
        _give_room(axes, x, np.concatenate([y, *_bounds(table)]))
        name_places(axes, x, y, labels, height=height)
        axes.grid(visible=False)
        axes.spines["left"].set_visible(True)
        axes.set_xlabel(axis_labels[0])
        axes.set_ylabel(axis_labels[1])
        axes.locator_params(nbins=4)
        format_axis(axes, "x", texts[0])
        format_axis(axes, "y", texts[1])
    return figure


def _draw_bubbles(axes: Axes, table: pd.DataFrame) -> None:
    colors = [DO if is_marked else SAY for is_marked in table["is_marked"]]
    area = table["area"].to_numpy(float)
    sizes = LARGEST * np.clip(area, 0, None) / max(float(area.max()), 1e-300)
    if "y_low" in table:
        axes.vlines(table["x"], table["y_low"], table["y_high"], color=colors, linewidth=2)
    axes.scatter(table["x"], table["y"], s=sizes, color=colors, alpha=0.45, linewidth=0)
    # So that a bubble of next to nothing can be seen too, and where the middle of each is.
    axes.scatter(table["x"], table["y"], s=14, color=colors)


def _bounds(table: pd.DataFrame) -> list[np.ndarray]:
    return [table[name].to_numpy(float) for name in ("y_low", "y_high") if name in table]


def _give_room(axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    """Room around everything that is drawn, for bubbles are as wide as they are."""
    least = 1.0
    for values, limit in ((x, axes.set_xlim), (y, axes.set_ylim)):
        low, high = np.nanmin(values), np.nanmax(values)
        # Differences of next to nothing must not fill the map.
        room = max(0.22 * (high - low), 0.05 * max(abs(high), abs(low))) or least
        limit(low - room, high + room)


def whale_curve(table: pd.DataFrame) -> Figure:
    """Profit added up over customers, the best first.

    Args:
        table: `percent_of_customers`, `percent_of_profit`, `part` and `peak`, the best first.
    """
    x = np.concatenate([[0.0], table["percent_of_customers"].to_numpy(float)])
    y = np.concatenate([[0.0], table["percent_of_profit"].to_numpy(float)])
    is_loss = (table["part"] == "loss").to_numpy()
    with styled():
        figure, axes = canvas(height=3.0)
        axes.axhline(100, color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        axes.plot([0, 100], [0, 100], color=LINE, linewidth=1)
        n_gain = 1 + int((~is_loss).sum())
        axes.plot(x[:n_gain], y[:n_gain], color=SAY, linewidth=2.5)
        axes.plot(x[n_gain - 1 :], y[n_gain - 1 :], color=DO, linewidth=2.5)
        if is_loss.any():
            axes.plot(x[n_gain - 1], y[n_gain - 1], "o", color=DO, markersize=7)
            axes.annotate(
                percent(y[n_gain - 1], 0),
                (x[n_gain - 1], y[n_gain - 1]),
                xytext=(0, 8),
                textcoords="offset points",
                ha="center",
                fontweight="bold",
            )
        axes.set_xlim(0, 102)
        axes.set_ylim(min(0.0, y.min()), 1.15 * max(y.max(), 100))
        axes.set_xlabel(_("Share of {customers}, the most profitable first"))
        axes.set_ylabel(_("Share of profit, added up"))
        axes.locator_params(nbins=6)
        format_axis(axes, "x", lambda value: percent(value, 0))
        format_axis(axes, "y", lambda value: percent(value, 0))
    return figure


def side_by_side(table: pd.DataFrame, *, names: tuple[str, str]) -> Figure:
    """Two estimates with their intervals per row, each row on a scale of its own.

    Args:
        table: One row per KPI: `label`, `targets`, `rest`, each with `_low`, `_high`, and `text`
            with both values.
        names: Of the two.
    """
    with styled():
        figure, axes = canvas(height=0.7 + 0.62 * len(table))
        at = np.arange(len(table))[::-1].astype(float)
        parts = ("targets", "rest")
        ends = [f"{part}{end}" for part in parts for end in ("_low", "_high", "")]
        low = np.nanmin(table[ends].to_numpy(float), axis=1)
        width = np.nanmax(table[ends].to_numpy(float), axis=1) - low
        width = np.where(width > 0, width, 1.0)
        for part, color, face, shift, label in (
            ("targets", DO, DO, 0.13, names[0]),
            ("rest", SOFT, "white", -0.13, names[1]),
        ):
            place = {
                end: (table[f"{part}{end}"].to_numpy(float) - low) / width
                for end in ("_low", "_high", "")
            }
            axes.hlines(at + shift, place["_low"], place["_high"], color=color, linewidth=2)
            axes.plot(
                place[""], at + shift, "o", color=color, markerfacecolor=face, markersize=7,
                label=label,
            )  # fmt: skip
        for row, text in zip(at, table["text"], strict=True):
            axes.annotate(
                text,
                (1.06, row),
                xycoords=axes.get_yaxis_transform(),
                va="center",
                linespacing=1.25,
                annotation_clip=False,
            )
        axes.hlines(at[:-1] - 0.5, -0.05, 1.05, color=LINE, linewidth=0.8)
        axes.set_yticks(at, [fill(label, 22) for label in table["label"]], color=INK)
        axes.set_xticks([])
        axes.set_xlabel(_("Each row on a scale of its own"))
        axes.set_xlim(-0.05, 1.05)
        axes.set_ylim(-0.6, len(table) - 0.4)
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        first = (np.array([table["targets"].iloc[0], table["rest"].iloc[0]]) - low[0]) / width[0]
        name_pair(axes, at[0] + 0.13, (first[0], names[0], DO), (first[1], names[1], SOFT))
    return figure

"""Figures, each drawn from the table of its finding alone.

Every estimate is drawn with its interval; axes of shares may start above zero, because position and
not length carries the value, and say so by their labels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import wraps
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from saydo.languages import gettext as _
from saydo.languages import listed, number, percent
from saydo.report.mark_names import name_mark
from saydo.report.style import DO, INK, LINE, SOFT, canvas, format_axis, legend_above, styled

BAR = 0.62
"""Thickness of a bar, of the distance between two."""


def in_style(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    @wraps(draw)
    def drawn(*args: object, **options: object) -> Figure:
        with styled():
            return draw(*args, **options)

    return drawn


@in_style
def trend(
    table: pd.DataFrame,
    *,
    title: str,
    text: Callable[[float], str],
    color: str = INK,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """One KPI over the periods, with its interval and its first and last value written out.

    Args:
        table: One row per period, oldest first: `period` (label), `value`, `ci_low`, `ci_high`.
        title: The KPI's label.
        text: The words for a value.
        color: Of the line.
        limits: Lowest and highest value that its axis must hold, so that several can be compared.
    """
    figure, axes = canvas(width=3.2, height=1.9)
    x = np.arange(len(table))
    value = table["value"].to_numpy(float)
    low, high = table["ci_low"].to_numpy(float), table["ci_high"].to_numpy(float)
    axes.fill_between(x, low, high, color=color, alpha=0.15, linewidth=0)
    axes.plot(x, value, color=color, linewidth=2, marker="o", markersize=3.5)
    measured = np.flatnonzero(~np.isnan(value))
    ends = {measured[0], measured[-1]} if len(measured) else set()
    for end in sorted(ends):
        # On the side to which the line does not go.
        beside = measured[1 if end == measured[0] else -2] if len(ends) > 1 else end
        below = value[beside] > value[end]
        axes.annotate(
            text(value[end]),
            (end, value[end]),
            xytext=(0, -8 if below else 7),
            textcoords="offset points",
            va="top" if below else "bottom",
            ha="left" if end == measured[0] and len(ends) > 1 else "right",
            fontweight="bold",
            color=color,
        )
    axes.set_title(fill(title, 30))
    if limits is not None:
        axes.update_datalim([(0, limit) for limit in limits])
    axes.margins(x=0.04, y=0.35)
    name_ends(axes, list(x), list(table["period"]))
    axes.locator_params(axis="y", nbins=4)
    format_axis(axes, "y", text)
    return figure


@in_style
def dose_response(table: pd.DataFrame, *, question: str) -> Figure:
    """Share that stayed by level of satisfaction, with intervals and the customers per level."""
    figure, axes = canvas(height=3.0)
    shown = table.dropna(subset=["retention"])
    x = shown["satisfaction"].to_numpy(float)
    with_intervals(axes, x, shown["retention"], shown["ci_low"], shown["ci_high"], color=DO)
    axes.plot(x, shown["retention"], color=DO, linewidth=1, alpha=0.5)
    for level, share, high in zip(x, shown["retention"], shown["ci_high"], strict=True):
        value_above(axes, (level, high), percent(share))
    axes.set_xticks(
        x,
        [f"{number(level, 0)}\n{number(n, 0)}" for level, n in zip(x, shown["n"], strict=True)],
    )
    axes.margins(x=0.1, y=0.17)
    axes.set_xlabel(question)
    axes.set_ylabel(_("Stayed"))
    format_axis(axes, "y", lambda value: percent(value, 0) if value <= 100 else "")
    return figure


@in_style
def contrasts(table: pd.DataFrame, *, labels: list[str], xlabel: str) -> Figure:
    """Estimates with intervals beside the line of no difference; one row each, the first on top."""
    figure, axes = canvas(height=0.75 + 0.42 * len(table))
    y = np.arange(len(table))[::-1]
    axes.axvline(0, color=SOFT, linewidth=1)
    with_intervals(
        axes, y, table["estimate"], table["ci_low"], table["ci_high"], color=DO, horizontal=True
    )
    name_rows(axes, y, labels)
    # Right-aligned with the axis, so that a long label grows into the room of the row labels.
    axes.set_xlabel(xlabel, loc="right")
    axes.margins(y=0.3)
    format_axis(axes, "x", lambda value: number(value, 0 if abs(value) >= 1 or not value else 1))
    axes.locator_params(axis="x", integer=True, nbins=6)
    return figure


@in_style
def ledger(table: pd.DataFrame, *, labels: dict[str, str]) -> Figure:
    """What they said against what they did: one bar per word, as long as its share of customers."""
    figure, axes = canvas(height=2.2)
    said = [word for word in ("satisfied", "neutral", "dissatisfied") if word in set(table["said"])]
    y = np.arange(len(said))[::-1]
    share = 100 * table.pivot(index="said", columns="did", values="share").reindex(said)
    share = share.reindex(columns=["stayed", "left"]).astype(float)
    start = np.zeros(len(said))
    parts_on_top = np.nan_to_num(share.iloc[0].to_numpy(float))
    for did, color in (("stayed", LINE), ("left", DO)):
        width = share[did].to_numpy()
        axes.barh(y, np.nan_to_num(width), left=start, color=color, height=BAR, label=labels[did])
        for at, left, value in zip(y, start, width, strict=True):
            # Nothing at the foot of a bar has no room for its label; at its end it has.
            if not np.isnan(value) and (value or left):
                inside = value > 8
                axes.annotate(
                    percent(value),
                    (left + (value / 2 if inside else value), at),
                    xytext=(0 if inside else 5, 0),
                    textcoords="offset points",
                    ha="center" if inside else "left",
                    va="center",
                    color="white" if inside and did == "left" else INK,
                )
        start = start + np.nan_to_num(width)
    # A bar that lacks a withheld part must not look whole.
    for at, end, parts in zip(y, start, share.to_numpy(), strict=True):
        withheld = [labels[did] for did, part in zip(share, parts, strict=True) if np.isnan(part)]
        if withheld:
            words = _("{what}: not shown").format(what=listed(withheld))
            axes.annotate(
                words, (end, at), xytext=(5, 0), textcoords="offset points", va="center", color=SOFT
            )
    name_rows(axes, y, [labels[word] for word in said])
    axes.margins(x=0.12)
    axes.set_xlabel(_("Share of those who answered"))
    if (parts_on_top > 0).all():
        for did, x, color in (("stayed", 0.0, SOFT), ("left", parts_on_top[0], DO)):
            top = (x, y[0] + BAR / 2)
            name_mark(axes, top, labels[did], color=color, side="left", rise=3)
    else:
        legend_above(figure)
    format_axis(axes, "x", lambda value: percent(value, 0))
    return figure


def name_rows(axes: Axes, at: np.ndarray, labels: list[str]) -> None:
    """Name the rows of a figure that runs along the x axis, and rule it that way."""
    axes.set_yticks(at, labels, color=INK)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")


def with_intervals(
    axes: Axes,
    at: np.ndarray,
    value: pd.Series,
    low: pd.Series,
    high: pd.Series,
    *,
    color: str,
    horizontal: bool = False,
    label: str | None = None,
    size: float = 7,
) -> None:
    center = value.to_numpy(float)
    spread = np.vstack([center - low.to_numpy(float), high.to_numpy(float) - center]).clip(min=0)
    x, y = (center, at) if horizontal else (at, center)
    x_error, y_error = (spread, None) if horizontal else (None, spread)
    look: Any = {"fmt": "o", "color": color, "markersize": size, "elinewidth": 2, "capsize": 0}
    axes.errorbar(x, y, xerr=x_error, yerr=y_error, label=label, **look)


def value_above(axes: Axes, place: tuple[float, float], text: str) -> None:
    """Write a value above the end of its interval, and of the dot that may be there too."""
    clear: Any = {"textcoords": "offset points", "ha": "center", "fontweight": "bold"}
    axes.annotate(text, place, xytext=(0, 7), **clear)


def name_ends(axes: Axes, at: Sequence[float], periods: Sequence[str]) -> None:
    """Name the first and the last period; in between there is no room for another on a phone.

    Where names are long their year stands below, so that they don't meet.
    """
    names = [_in_lines(periods[0]), _in_lines(periods[-1])]
    axes.set_xticks([at[0], at[-1]], names)
    left, right = axes.get_xticklabels()
    left.set_horizontalalignment("left")
    right.set_horizontalalignment("right")
    if all("\n" in name for name in names):
        # Letters may be of different height in both; the line that the years stand on is one.
        axes.tick_params(axis="x", pad=27)
        for label in (left, right):
            label.set_verticalalignment("baseline")


def _in_lines(period: str, most: int = 10) -> str:
    return period if len(period) <= most else re.sub(r"\s(?=\d{4}\b)", "\n", period)


def short(name: str, most: int = 24) -> str:
    """A name for a figure, cut off after so many letters."""
    return name if len(name) <= most else name[: most - 1] + "…"

"""Figures of models: the curve, retention over a year, and chances against what happened.

Each is drawn from the table of its finding alone. Estimates have
their band or interval.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from saydo.languages import gettext as _
from saydo.languages import number, percent
from saydo.report.figures import value_above, with_intervals
from saydo.report.style import DO, INK, LINE, SOFT, canvas, format_axis, legend_above, styled


def curve(table: pd.DataFrame, *, question: str, model: str) -> Figure:
    """Predicted retention by answer, with its band, beside the unadjusted and the raw shares.

    Args:
        table: One row per answer: `satisfaction`, `retention`, `ci_low`, `ci_high`, `unadjusted`,
            `observed` (%), `n` (customers who gave it); null where withheld.
        question: Label of the axis of answers.
        model: What the line is called.
    """
    with styled():
        figure, axes = canvas(height=3.2)
        x = table["satisfaction"].to_numpy(float)
        low, high = (table[name].to_numpy(float) for name in ("ci_low", "ci_high"))
        axes.fill_between(x, low, high, color=DO, alpha=0.15, linewidth=0)
        unadjusted = table["unadjusted"].to_numpy(float)
        if not np.isnan(unadjusted).all():
            axes.plot(x, unadjusted, "--", color=SOFT, linewidth=2, label=_("unadjusted"))
        predicted: Any = {"color": DO, "linewidth": 1.5, "marker": "o", "markersize": 4}
        axes.plot(x, table["retention"].to_numpy(float), label=model, **predicted)
        # A ring, so that a prediction that equals the count shows within it.
        ring: Any = {"markersize": 9, "markerfacecolor": "none", "zorder": 3}
        axes.plot(x, table["observed"].to_numpy(float), "o", color=INK, label=_("counted"), **ring)
        counts = ["–" if pd.isna(n) else number(int(n), 0) for n in table["n"]]
        ticks = [f"{number(at, 0)}\n{n}" for at, n in zip(x, counts, strict=True)]
        axes.set_xticks(x, ticks)
        # Withheld answers keep their place.
        axes.set_xlim(x[0] - 0.3, x[-1] + 0.3)
        axes.margins(y=0.1)
        axes.set_xlabel(question)
        axes.set_ylabel(_("Stayed"))
        legend_above(figure, 3)
        _in_percent(axes, "y")
        return figure


def retention_by_answer(table: pd.DataFrame, *, question: str, stayed: str) -> Figure:
    """Predicted retention by answer with its interval, written out.

    Args:
        table: One row per answer: `satisfaction`, `estimate`, `ci_low`, `ci_high` (%).
        question: Label of the axis of answers.
        stayed: Label of the other one.
    """
    with styled():
        figure, axes = canvas(height=2.8)
        x = table["satisfaction"].to_numpy(float)
        bounds = table["ci_low"], table["ci_high"]
        with_intervals(axes, x, table["estimate"], *bounds, color=DO, size=6)
        for at, share, top in zip(x, table["estimate"], table["ci_high"], strict=True):
            value_above(axes, (at, top), percent(share, 0))
        axes.set_xticks(x, [number(at, 0) for at in x])
        axes.margins(x=0.1, y=0.17)
        axes.set_xlabel(question)
        axes.set_ylabel(stayed)
        _in_percent(axes, "y")
        return figure


def calibration(table: pd.DataFrame) -> Figure:
    """Share that stayed against what was predicted, by group, with the line where both agree.

    Args:
        table: One row per group: `predicted`, `observed`, `ci_low`, `ci_high` (%).
    """
    with styled():
        figure, axes = canvas(height=3.4)
        ends = table[["predicted", "observed"]].to_numpy(float)
        low, high = float(ends.min()), float(ends.max())
        axes.plot([low, high], [low, high], color=LINE, linewidth=3, label=_("as predicted"))
        at = table["predicted"].to_numpy(float)
        bounds = table["ci_low"], table["ci_high"]
        with_intervals(axes, at, table["observed"], *bounds, color=DO, label=_("counted"), size=6)
        axes.set_xlabel(_("Predicted to stay"))
        axes.set_ylabel(_("Stayed"))
        legend_above(figure)
        axes.locator_params(axis="x", nbins=6)
        _in_percent(axes, "x")
        _in_percent(axes, "y")
        return figure


def _in_percent(axes: Axes, which: str) -> None:
    format_axis(axes, which, lambda value: percent(value, 0) if 0 <= value <= 100 else "")

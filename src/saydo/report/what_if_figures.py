"""Whether more of the same brings as much again, drawn from the table of its finding alone."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from saydo.languages import gettext as _
from saydo.languages import signed
from saydo.report.figures import value_above, with_intervals
from saydo.report.style import DO, SOFT, canvas, format_axis, styled


def gains_figure(table: pd.DataFrame, *, xlabel: str, ylabel: str) -> Figure:
    """Gains by how much is changed, with the line on which each part would bring as much.

    Args:
        table: One row per multiple: `times`, `label` (how much that is), `change`, `ci_low`,
            `ci_high`, `lost` (what is missing to the line).
        xlabel: What is changed.
        ylabel: Unit of the gain.
    """
    x, y = table["times"].to_numpy(float), table["change"].to_numpy(float)
    with styled():
        figure, axes = canvas(height=2.6)
        axes.axhline(0, color=SOFT, linewidth=1)
        line = y + table["lost"].to_numpy(float)
        straight = (0, (3, 3))
        axes.plot(x, line, color=SOFT, linewidth=1.2, linestyle=straight, label=_("in proportion"))
        axes.plot(x, y, color=DO, linewidth=1, alpha=0.5)
        with_intervals(axes, x, table["change"], table["ci_low"], table["ci_high"], color=DO)
        for at, value, high in zip(x, y, table["ci_high"], strict=True):
            value_above(axes, (at, high), signed(value, 2))
        axes.set_xticks(x, list(table["label"]))
        axes.margins(x=0.12, y=0.2)
        axes.set_xlabel(xlabel)
        axes.set_title(ylabel, fontweight="normal", fontsize=11, color=SOFT)
        figure.legend(loc="outside lower left", frameon=False, borderpad=0)
        axes.locator_params(axis="y", nbins=5)
        format_axis(axes, "y", lambda value: signed(value, 0 if value == int(value) else 1))
    return figure

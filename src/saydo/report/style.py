"""One look for all figures: colours, type and size, and the canvas they are drawn on.

Figures are drawn small (480 px wide), so that their text can still be read on a phone, and are
saved as SVG with their text as text: sharp at any size, found by search, shaped by the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

SAY = "#1c5d99"
DO = "#a8480f"
INK = "#1b2430"
SOFT = "#56616f"
LINE = "#d8dde3"

STYLE: dict[str, Any] = {
    "font.size": 11,
    "font.family": "sans-serif",
    "axes.edgecolor": SOFT,
    "axes.labelcolor": SOFT,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "ytick.major.size": 0,
    "svg.fonttype": "none",
    # The ids in an SVG are made from this, so that the same figure is the same bytes.
    "svg.hashsalt": "saydo",
    # Text that people typed is never mathematics.
    "text.parse_math": False,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw and save in saydo's look in a `with` block, and leave the user's own settings alone."""
    with rc_context(STYLE):
        yield


def canvas(*, width: float = 4.8, height: float = 2.7) -> tuple[Figure, Axes]:
    """A figure (inches, at 100 px each) with one pair of axes; no window, no global state."""
    figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
    return figure, figure.subplots()


def format_axis(axes: Axes, which: str, text: Callable[[float], str]) -> None:
    """Label the ticks of the x or y axis in the active language."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _position: text(value)))

"""One look for all figures: colours, type and size, and the canvas they are drawn on.

Figures are drawn small (480 px wide), so that their text can still be read on a phone, and are
saved as SVG with their text as text: sharp at any size, found by search, shaped by the browser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
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
PAPER = "#ffffff"

IN_THE_DARK: Mapping[str, str] = {
    INK: "#e7eaee",
    SOFT: "#a9b3be",
    LINE: "#3a444f",
    PAPER: "#14191f",
    SAY: "#78b4ee",
    DO: "#f2995f",
}
"""What each colour becomes for readers who prefer dark pages; the theme has the same."""

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


def for_both_modes(svg: str) -> str:
    """An SVG drawn in saydo's colours that follows the reader's choice of light or dark.

    A picture on a page is a document of its own, which knows the mode of the page it stands on.
    """
    names = {color: f"--{index}" for index, color in enumerate(IN_THE_DARK)}
    light = ";".join(f"{name}:{color}" for color, name in names.items())
    dark = ";".join(f"{name}:{IN_THE_DARK[color]}" for color, name in names.items())
    root, rest = svg.split(">", 1)
    colors = re.compile("|".join(names))

    def changed(tag: re.Match[str]) -> str:
        named = colors.sub(lambda color: f"var({names[color[0]]})", tag[0])
        return _FONTS.sub("", named)

    # Said once, not for each text: a third of a figure's bytes are names of fonts.
    fonts = _FONTS.search(rest)
    family = f";font-family:{fonts[1]}" if fonts else ""
    # Each text runs in its own direction: a picture knows nothing of the page's.
    style = (
        f"svg{{{light}}}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}"
        f"text{{unicode-bidi:plaintext{family}}}"
    )
    return f"{root}><style>{style}</style>{_STYLED.sub(changed, rest)}"


_STYLED = re.compile("<[^<>]* style=[^<>]*>")
"""Tags, and so never a text that somebody typed."""
_FONTS = re.compile(r"font-family: ([^;\"]*); ?")


def legend_above(figure: Figure, n_columns: int = 2) -> None:
    """What the marks mean, above the axes and from their edge on."""
    figure.legend(loc="outside upper left", ncols=n_columns, frameon=False, borderpad=0)


def format_axis(axes: Axes, which: str, text: Callable[[float], str]) -> None:
    """Label the ticks of the x or y axis in the active language."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _position: text(value)))

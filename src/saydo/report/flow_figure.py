"""A flow picture: from which segment to which, drawn from the table of moves alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from saydo.languages import number
from saydo.report.style import DO, INK, LINE, SOFT, canvas, styled

GAP, NAME = 0.05, 0.38
"""Inches: between two blocks, and the room that a name with its number needs."""
WIDTH = 0.035
"""Of a block, where the bands between are 1."""


def flow(table: pd.DataFrame, *, then: str, now: str) -> Figure:
    """Bands as wide as the customers who went; those who moved in colour.

    Args:
        table: One row per pair: `segment_from`, `segment_to`, `n` (missing where withheld).
        then: The first day, in words.
        now: The second.
    """
    pairs = table[table["n"].notna() & (table["n"] > 0)].astype({"n": float})
    with styled():
        n_most = max(pairs["segment_from"].nunique(), pairs["segment_to"].nunique())
        height = max(3.0, 0.9 + 0.46 * n_most)
        before = _blocks(pairs, "segment_from", table, height)
        after = _blocks(pairs, "segment_to", table, height)
        figure, axes = canvas(height=height)
        axes.set_axis_off()
        axes.set_xlim(-0.62, 1.62)
        axes.set_ylim(1.02, -0.1)
        left = before["top"].to_dict()
        right = after["top"].to_dict()
        # First those who stayed, so that who moved lies above them.
        for row in pairs.sort_values("n", ascending=False).itertuples():
            one, other = row.segment_from, row.segment_to
            high = row.n * before["scale"].iloc[0], row.n * after["scale"].iloc[0]
            _band(axes, left[one], right[other], *high, has_moved=one != other)
            left[one] += high[0]
            right[other] += high[1]
        for blocks, x, side in ((before, 0.0, "right"), (after, 1.0, "left")):
            for name, block in blocks.iterrows():
                _block(axes, str(name), block, x, side)
        for x, text, side in ((0.0, then, "right"), (1.0, now, "left")):
            axes.text(x, -0.03, text, ha=side, va="bottom", color=SOFT)
    return figure


def _blocks(pairs: pd.DataFrame, column: str, table: pd.DataFrame, inches: float) -> pd.DataFrame:
    """One block per segment, as high as its customers: `n`, `top`, `height`, `scale`, `is_whole`
    (none of its pairs is withheld)."""
    # The same order on both sides, so that who stayed goes straight across.
    names = dict.fromkeys([*table["segment_from"], *table["segment_to"]])
    order = [name for name in names if name in set(pairs[column])]
    n = pairs.groupby(column)["n"].sum().reindex(order)
    gap, least = GAP / inches, NAME / inches
    free = 1.0 - gap * (len(n) - 1)
    room = n / n.sum() * free
    # Small blocks get the room that their name needs; the others yield it.
    while (is_small := room < least - 1e-9).any() and not is_small.all():
        fixed = room <= least
        rest = free - least * int(fixed.sum())
        room = (n / n[~fixed].sum() * rest).where(~fixed, least)
    scale = float((room / n).min())
    top = room.cumsum().shift(fill_value=0.0) + gap * np.arange(len(n))
    height = n * scale
    is_whole = table["n"].notna().groupby(table[column]).all().reindex(order)
    return pd.DataFrame(
        {
            "n": n,
            "top": top + (room - height) / 2,
            "height": height,
            "scale": scale,
            "is_whole": is_whole,
        }
    )


def _band(
    axes: Axes, left: float, right: float, high: float, high_right: float, *, has_moved: bool
) -> None:
    start, end = WIDTH, 1 - WIDTH
    points = [
        (start, left), (0.5, left), (0.5, right), (end, right),
        (end, right + high_right), (0.5, right + high_right), (0.5, left + high),
        (start, left + high), (start, left),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    color, alpha = (DO, 0.45) if has_moved else (LINE, 0.8)
    axes.add_patch(PathPatch(Path(points, codes), facecolor=color, alpha=alpha, linewidth=0))


def _block(axes: Axes, name: str, block: pd.Series, x: float, side: str) -> None:
    start = x if side == "right" else x - WIDTH
    axes.fill_between(
        [start, start + WIDTH],
        block["top"],
        block["top"] + block["height"],
        color=SOFT,
        linewidth=0,
    )
    middle = block["top"] + block["height"] / 2
    at = x - 0.02 if side == "right" else x + 0.02
    text = name if len(name) <= 22 else name[:21] + "…"
    axes.text(at, middle, text, ha=side, va="bottom", color=INK, fontsize=10, fontweight="bold")
    # Of a block of which a part is withheld only what is shown is known.
    count = number(block["n"], 0) if block["is_whole"] else f"≥ {number(block['n'], 0)}"
    axes.text(at, middle, count, ha=side, va="top", color=SOFT, fontsize=9)

"""What marks stand for, said where they stand, in place of a legend.

A legend sends readers to and fro. Yet marks may lie anywhere, and words of other languages are
longer: where names would meet each other, or what else is written, `fitted` gives a legend instead.
Artists so named have their label too, which that legend shows.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text

MARK_NAME = "name of a mark"
"""Label of texts that name marks."""

SHIFTS = {"right": -2, "left": 2, "center": 0}
"""Points by which a word keeps away from its mark, by the side that ends at it."""


def name_mark(
    axes: Axes, place: tuple[float, float], word: str, *, color: str, side: str, rise: float = 10
) -> None:
    """Say above a mark what it is.

    Args:
        axes: On which it is drawn.
        place: Where.
        word: What it is.
        color: Of the word.
        side: Of the word that stands at the mark: `left`, `right` or `center`.
        rise: Points to the foot of the word.
    """
    text = axes.annotate(
        word,
        place,
        xytext=(SHIFTS[side], rise),
        textcoords="offset points",
        ha=side,
        va="bottom",
        color=color,
    )
    text.set_label(MARK_NAME)


def name_pair(axes: Axes, at: float, *pair: tuple[float, str, str], rise: float = 10) -> None:
    """Say above two marks of a row what they are, each word on its own side of the other.

    Args:
        axes: On which rows are drawn, the first on top.
        at: Height of the row.
        pair: Where each mark stands, what it is, and its colour; missing values are left out.
        rise: Points to the foot of the words.
    """
    there = sorted((mark for mark in pair if not np.isnan(mark[0])), key=lambda mark: mark[0])
    # Away from each other, for the marks may be in one place.
    sides = ("right", "left") if len(there) > 1 else ("center",)
    for (x, word, color), side in zip(there, sides[: len(there)], strict=True):
        name_mark(axes, (x, at), word, color=color, side=side, rise=rise)


def mark_names(axes: Axes) -> list[Text]:
    """The names of marks on these axes."""
    return [text for text in axes.texts if text.get_label() == MARK_NAME]

"""Figures for those who read from right to left: the same picture, seen in a mirror, its text not.

A page has one reading direction. In Arabic the first period and the axis of values stand on the
right, rows are named on the right and grow to the left, and legends begin on the right. Google's
charts do so of themselves (the axis of measures moves to the right, the first of the domain begins
there), and Excel's in a sheet that runs from right to left. Arabic textbooks of mathematics draw
planes of two numbers from left to right; here these are mirrored too, for next to rows that run
the other way a reader would take one for the other, and each axis names its numbers.

Working on the drawn SVG and not on matplotlib's artists makes the mirroring exact: nothing can come
to overlap or be cut off that did not before, and no figure needs to know of it.
"""

from __future__ import annotations

import re

_WIDTH = re.compile(r'<svg[^>]*\bviewBox="0 0 ([\d.]+) ')
_WHOLE = '<g id="figure_1">'
_TEXT = re.compile(r"<text\b[^>]*>")
_ANCHOR = re.compile(r"text-anchor: (start|end|middle)")
_OTHER = {"start": "end", "end": "start", "middle": "middle"}


def mirrored(svg: str) -> str:
    """A figure as matplotlib draws it, from right to left.

    Args:
        svg: With text as text (`svg.fonttype: none`).

    Raises:
        ValueError: It has not the form that matplotlib gives to an SVG.
    """
    size = _WIDTH.search(svg)
    if size is None or svg.count(_WHOLE) != 1:
        raise ValueError("not an SVG as matplotlib writes it, which alone can be mirrored")
    whole = f'{_WHOLE[:-1]} transform="translate({size[1]} 0) scale(-1 1)">'
    return _TEXT.sub(_readable, svg.replace(_WHOLE, whole))


def _readable(tag: re.Match[str]) -> str:
    """A text's tag that mirrors it once more, about its own place: it reads as before, and grows to
    the other side from where it is anchored."""
    text = tag[0]
    at = re.search(r' x="([-\d.]+)"', text)
    back = f" translate({2 * float(at[1]):.6f} 0) scale(-1 1)" if at else " scale(-1 1)"
    turned = re.sub(r'( transform="[^"]*)"', lambda found: f'{found[1]}{back}"', text)
    if turned == text:
        turned = f'{text[:-1]} transform="{back.strip()}">'
    if _ANCHOR.search(turned):
        return _ANCHOR.sub(lambda found: f"text-anchor: {_OTHER[found[1]]}", turned)
    return turned.replace('style="', 'style="text-anchor: end; ', 1)

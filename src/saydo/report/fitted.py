"""Labels and legends that fit their figure, however long the language makes them.

matplotlib gives room to the height of titles and axis labels, but not to their width: what is wider
than its figure is cut off at the edge. A legend beside another column is cut off likewise. Names at
marks that meet other words become a legend.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from saydo.report.mark_names import mark_names
from saydo.report.style import legend_above

MARGIN = 2.0
"""Pixels to the edge that are left, for fonts of readers are not quite as wide as those here."""
MOST_LINES = 4


def fitted(figure: Figure) -> bool:
    """Whether anything reached beyond the canvas, and was given another line or another row.

    Args:
        figure: Which has been drawn, so that its layout is known; draw it again if this is true.
    """
    width, height = figure.bbox.size
    measure = RendererAgg(width, height, figure.dpi)
    wide = [text for text in _labels(figure) if not _is_within(text, figure, measure)]
    for text in wide:
        _in_lines(text, figure, measure)
    unnamed = _has_legend_for_names(figure, measure)
    return _has_narrower_legend(figure, measure) or unnamed or bool(wide)


def _labels(figure: Figure) -> Iterator[Text]:
    """Titles and names of axes."""
    for axes in figure.axes:
        titles = [child for child in axes.get_children() if isinstance(child, Text)]
        annotations = set(axes.texts)
        for text in (*titles, axes.xaxis.label, axes.yaxis.label):
            if text.get_text() and text not in annotations:
                yield text


def _is_within(text: Text, figure: Figure, measure: RendererAgg) -> bool:
    box, (width, height) = text.get_window_extent(measure), figure.bbox.size
    # Names of upright axes run along the height.
    low, high, room = (box.y0, box.y1, height) if text.get_rotation() else (box.x0, box.x1, width)
    return bool(low >= MARGIN and high <= room - MARGIN)


def _in_lines(text: Text, figure: Figure, measure: RendererAgg) -> None:
    """Break a text into as few lines as fit, of about the same length."""
    words = " ".join(text.get_text().split("\n"))
    for n_lines in range(2, MOST_LINES + 1):
        text.set_text("\n".join(_balanced(words, n_lines)))
        if _is_within(text, figure, measure):
            return


def _balanced(words: str, n_lines: int) -> list[str]:
    """The narrowest lines of which no more than `n_lines` are needed."""
    for width in range(len(words) // n_lines, len(words)):
        lines = wrap(words, max(width, 1), break_long_words=False, break_on_hyphens=False)
        if len(lines) <= n_lines:
            return lines
    return [words]


def _has_legend_for_names(figure: Figure, measure: RendererAgg) -> bool:
    """Whether names of marks met something written, and a legend stands in their place."""
    for axes in figure.axes:
        names = mark_names(axes)
        others = [text for text in (*axes.texts, *axes.get_yticklabels()) if text.get_text()]
        if any(_meets(name, others, measure) or not _is_within(name, figure, measure)
               for name in names):  # fmt: skip
            for name in names:
                name.remove()
            legend_above(figure, len(names))
            return True
    return False


def _meets(text: Text, others: Sequence[Text], measure: RendererAgg) -> bool:
    box = text.get_window_extent(measure)
    return any(box.overlaps(each.get_window_extent(measure)) for each in others if each is not text)


def _has_narrower_legend(figure: Figure, measure: RendererAgg) -> bool:
    """Whether the legend above was too wide, and has fewer columns now."""
    changed = False
    for legend in list(figure.legends):
        for n_columns in range(len(legend.get_texts()) - 1, 0, -1):
            if figure.legends[-1].get_window_extent(measure).width <= figure.bbox.width - MARGIN:
                break
            figure.legends[-1].remove()
            legend_above(figure, n_columns)
            changed = True
    return changed

"""A finding: whatever the analysis has to say, as table, figure, sentence and verdict.

In Jupyter a finding shows itself: the sentence, the figure, and the table folded under it. In code,
`finding.table` is the DataFrame, `finding.figure()` the matplotlib figure drawn from it alone, and
`finding.result` whatever was fitted.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from saydo.languages import gettext as _
from saydo.languages import is_right_to_left
from saydo.report import html
from saydo.report.escaping import OVERRIDES
from saydo.report.mirror import mirrored

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Verdict = Literal[
    "estimated", "association only", "no relation found", "refused", "not measured", "described"
]
"""How far the evidence carries. `described`: a count or a share, which claims no relation."""


@dataclass(frozen=True, repr=False)
class Finding:
    """One thing that the analysis has to say."""

    table: pd.DataFrame
    sentence: str
    verdict: Verdict = "described"
    reason: str = ""
    """Why the verdict is no better; shown as a banner."""
    draw: Callable[[pd.DataFrame], Figure] | None = None
    alternative: str = ""
    """What the figure shows, for those who can't see it; computed from the table."""
    columns: Sequence[html.Shown] = ()
    """How the table is shown; empty: it is not shown."""
    caption: str = ""
    body: str = ""
    """HTML that shows the table in its own way, in place of the folded table."""
    is_folded: bool = True
    is_answer: bool = False
    """Stands at the head of a page."""
    result: Any = None
    """The fitted model, for those who want to go on from there."""

    def figure(self) -> Figure:
        """The figure, drawn from `table` alone.

        Raises:
            ValueError: This finding has none (a refused model, say).
        """
        if self.draw is None:
            raise ValueError(f"This finding has no figure: {self.reason or self.sentence}")
        return self.draw(self.table)

    def picture(self) -> str:
        """The figure as an HTML `figure`, or nothing where there is none."""
        if self.draw is None:
            return ""
        source = svg(self.figure())
        encoded = base64.b64encode(source).decode()
        alt = html.escape(self.alternative)
        return f'<figure><img src="data:image/svg+xml;base64,{encoded}" alt="{alt}"></figure>'

    def __repr__(self) -> str:
        # A console shows it, and every executed notebook holds it: in words, not as a table.
        return f"<{self.verdict}: {self.sentence or self.reason or self.caption}>"

    def _repr_html_(self) -> str:
        parts = [banner(self.verdict, self.reason)] if self.reason else []
        parts.append(html.paragraphs([self.sentence], css="" if self.is_answer else "sentence"))
        parts += [self.picture(), self.body]
        if self.columns and len(self.table):
            shown = html.table(self.table, self.columns, caption=self.caption)
            summary = html.counted(len(self.table))
            parts.append(html.folded(summary, shown) if self.is_folded else shown)
        css = "answer" if self.is_answer else "finding"
        return f'<section class="{css}">{"".join(parts)}</section>'


@dataclass(frozen=True, repr=False)
class Panel:
    """Several small findings side by side, which share one table."""

    table: pd.DataFrame
    findings: Sequence[Finding]
    sentence: str = ""
    behind: str = ""
    """HTML of the table behind the figures."""

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.findings)) or f"<{self.sentence}>"

    def _repr_html_(self) -> str:
        cells = "".join(
            f'<div class="cell">{each.picture()}{html.paragraphs([each.sentence])}</div>'
            for each in self.findings
        )
        head = html.paragraphs([self.sentence], css="sentence")
        cells = f'<div class="multiples">{cells}</div>'
        return f'<section class="finding">{head}{cells}{self.behind}</section>'


def not_measured(table: pd.DataFrame, *, otherwise: str) -> Finding:
    """A finding that says why there is none: the table's first reason, or else `otherwise`."""
    reason = next((text for text in table["reason"] if text), otherwise)
    return Finding(table, "", "not measured", reason)


def banner(verdict: Verdict, reason: str) -> str:
    """A notice of what the evidence can't carry."""
    heads = {
        "association only": _("Association only"),
        "no relation found": _("No clear relation found"),
        "refused": _("No estimate: the data can't support one"),
    }
    head = heads.get(verdict, "")
    css = " refused" if verdict == "refused" else ""
    strong = f"<strong>{html.escape(head)}</strong>" if head else ""
    return f'<div class="banner{css}" role="note">{strong}{html.escape(reason)}</div>'


def svg(figure: Figure) -> bytes:
    """The figure as SVG, the same bytes each time it is drawn."""
    # matplotlib is loaded when a figure is first needed.
    from saydo.report.fitted import fitted
    from saydo.report.style import for_both_modes, styled

    buffer = BytesIO()
    with styled():
        _draw(figure, buffer)
        if fitted(figure):
            _draw(figure, buffer)
    # The XML prologue and the DOCTYPE are for standalone files.
    text = buffer.getvalue().decode().translate(OVERRIDES)
    drawn = text[text.index("<svg") :]
    return for_both_modes(mirrored(drawn) if is_right_to_left() else drawn).encode()


def _draw(figure: Figure, buffer: BytesIO) -> None:
    buffer.seek(0)
    buffer.truncate()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})

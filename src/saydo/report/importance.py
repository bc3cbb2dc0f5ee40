"""What do customers expect of each attribute, and what do they find? In words and figures.

Takes `tables/importance`; returns findings.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from saydo.languages import gettext as _
from saydo.languages import listed, name, number, signed
from saydo.report import figures, html
from saydo.report.finding import Finding, not_measured


def expectations(importance: pd.DataFrame, *, segment: str) -> Finding:
    """What was expected of each attribute, and what was found; widest shortfall first."""
    rows = importance[importance["segment"] == segment].sort_values("rank", na_position="last")
    shown = rows[rows["expectation_gap"].notna()]
    if shown.empty:
        return not_measured(rows, otherwise=_("No expectations were asked."))
    two, two_signed = partial(number, digits=2), partial(signed, digits=2)
    short = shown[shown["expectation_gap_high"] < 0]
    if len(short):
        worst = short.iloc[0]
        words = _(
            "Furthest short falls {attribute}: {found} found, {expected} expected, a gap of {gap} "
            "(95% interval {low} to {high}; n = {n})."
        )
        sentence = words.format(
            attribute=name(worst["attribute"]),
            found=number(worst["performance"], 2),
            expected=number(worst["expectation"], 2),
            gap=two_signed(worst["expectation_gap"]),
            low=two_signed(worst["expectation_gap_low"]),
            high=two_signed(worst["expectation_gap_high"]),
            n=number(int(worst["n"]), 0),
        )
    else:
        sentence = _("Nothing falls clearly short of what they expect.")
    return Finding(
        table=shown,
        sentence=sentence,
        draw=figures.expectation_gaps,
        alternative=_("Found and expected by attribute: {values}.").format(
            values=listed(
                f"{name(row.attribute)} {two(row.performance)} / {two(row.expectation)}"
                for row in shown.itertuples()
            )
        ),
        columns=[
            html.Shown("attribute", _("Attribute"), numeric=False),
            html.Shown("expectation", _("Expected"), two),
            html.Shown("performance", _("Found"), two),
            html.Shown("expectation_gap", _("Gap"), two_signed),
            *html.bounds(two_signed, low="expectation_gap_low", high="expectation_gap_high"),
            html.Shown("stated", _("Importance, as stated"), two),
            html.Shown("n", "n", lambda n: number(n, 0)),
        ],
        caption=_("Expectations, in scale points"),
    )

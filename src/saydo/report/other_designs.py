"""Who says one thing and does the other, and do segments differ? In words and figures.

Takes the tables of `drivers.other_designs` and `drivers.contradictions`; returns findings. The
reasons in the tables are the sentences where nothing can be told.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from saydo.drivers.contradictions import GROUPS
from saydo.languages import gettext as _
from saydo.languages import listed, money, name, noop, number, percent
from saydo.params import ALL
from saydo.report import figures, html
from saydo.report.finding import Finding, not_measured
from saydo.report.model_words import as_sentence

SCALES = noop("The same log-odds are more percentage points where more leave.")

TWO = partial(number, digits=2)
COUNT = partial(number, digits=0)


def contradictions(table: pd.DataFrame, *, segment: str, currency: str) -> Finding:
    """The delighted who left, complainers who stayed, and silent churn."""
    rows = table[table["segment"] == segment]
    shown = rows[rows["share"].notna()] if "share" in rows else rows.iloc[:0]
    if shown.empty:
        return not_measured(rows, otherwise=_("Nobody could be watched."))
    words = {
        "delighted_who_left": _("{share} of those who gave the highest answer left all the same."),
        "complainers_who_stayed": _("{share} of those who had complained stayed."),
        "silent_churn": _(
            "{share} of those who left had neither complained nor given a dissatisfied answer."
        ),
    }
    in_percent = shown.assign(
        **{column: 100 * shown[column].astype(float) for column in ("share", "ci_low", "ci_high")}
    )
    cash = partial(money, currency=currency)
    return Finding(
        table=in_percent,
        sentence=" ".join(
            [
                *(
                    words[row.group].format(share=percent(row.share))
                    for row in in_percent.itertuples()
                ),
                *(as_sentence(each) for each in dict.fromkeys(filter(None, in_percent["reason"]))),
            ]
        ),
        columns=[
            html.Shown("group", _("{Customers}"), lambda group: _(GROUPS[group]), numeric=False),
            html.Shown("n", "n", COUNT),
            html.Shown("n_among", _("Among"), COUNT),
            html.Shown("share", _("Share"), percent),
            *html.bounds(percent),
            html.Shown("revenue", _("Revenue in the year before"), cash),
        ],
        caption=_("Saying one thing and doing the other"),
        is_folded=False,
    )


def segments_differ(table: pd.DataFrame) -> Finding:
    """Whether satisfaction matters more for staying in some segments than in others."""
    if "effect" not in table or table["effect"].isna().all():
        return not_measured(table, otherwise=_("Segments could not be compared."))
    shown = table[table["effect"].notna()]
    total = table.set_index("segment").loc[ALL]
    labels = [name(segment) for segment in shown["segment"]]
    drawn = {"effect": "estimate", "effect_low": "ci_low", "effect_high": "ci_high"}
    return Finding(
        table=shown,
        sentence=" ".join([total["reason"], _(SCALES)]),
        draw=lambda frame: figures.contrasts(
            frame.drop(columns=list(drawn.values())).rename(columns=drawn),
            labels=labels,
            xlabel=_("Percentage points of staying, per point"),
        ),
        alternative=_("Percentage points of staying per point of satisfaction: {values}.").format(
            values=listed(
                f"{label} {number(value, 2)}"
                for label, value in zip(labels, shown["effect"], strict=True)
            )
        ),
        columns=[
            html.Shown("segment", _("Segment"), name, numeric=False),
            html.Shown("effect", _("Believed, pp per point"), TWO),
            *html.bounds(TWO, low="effect_low", high="effect_high"),
            html.Shown("weight", _("Weight of its own data"), lambda w: percent(100 * w, 0)),
            html.Shown("n", "n", COUNT),
            html.Shown("reason", _("Why"), numeric=False),
        ],
        caption=_("What a point goes with, drawn towards the other segments where data are few"),
    )

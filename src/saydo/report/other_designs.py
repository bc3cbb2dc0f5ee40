"""Who answers, who says one thing and does the other, and do segments differ? In words and figures.

Takes the tables of `drivers.other_designs` and `drivers.contradictions`; returns findings. The
reasons in the tables are the sentences where nothing can be told.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from saydo.drivers.contradictions import GROUPS
from saydo.languages import gettext as _
from saydo.languages import listed, money, name, noop, number, percent, signed
from saydo.params import ALL
from saydo.report import figures, html
from saydo.report.finding import Finding, not_measured

SCALES = noop("The same log-odds are more percentage points where more leave.")

ONE = partial(signed, digits=1)
TWO = partial(number, digits=2)
COUNT = partial(number, digits=0)


def who_answers(responders: pd.DataFrame, reweighted: pd.DataFrame, *, segment: str) -> Finding:
    """Whether those who answered stayed as the others did, and what weighting for it changes."""
    rows = responders[responders["segment"] == segment]
    if "retention_answered" not in rows or rows["retention_answered"].isna().all():
        return not_measured(rows, otherwise=_("Nobody could be watched."))
    row = rows.iloc[0]
    parts = [
        _(
            "{share} of those who could be watched had answered. Of them {answered} stayed "
            "(n = {n_answered}), of the others {silent} (n = {n_silent}): a difference of "
            "{difference} percentage points (95% interval {low} to {high})."
        ).format(
            share=percent(row["answered_share"]),
            answered=percent(row["retention_answered"]),
            silent=percent(row["retention_silent"]),
            n_answered=COUNT(int(row["n_answered"])),
            n_silent=COUNT(int(row["n_silent"])),
            difference=ONE(row["difference"]),
            low=ONE(row["ci_low"]),
            high=ONE(row["ci_high"]),
        )
    ]
    own = reweighted[(reweighted["segment"] == segment) & reweighted["estimate"].notna()]
    means = own[own["term"] == "mean_satisfaction"].set_index("model")["estimate"]
    if {"unweighted", "weighted"} <= set(means.index):
        words = _(
            "Weighted for who answers, mean satisfaction is {weighted} instead of {unweighted}."
        )
        parts.append(
            words.format(
                weighted=number(means["weighted"], 2), unweighted=number(means["unweighted"], 2)
            )
        )
    return Finding(
        table=own,
        sentence=" ".join(parts),
        columns=[
            html.Shown("term", _("What"), _reading, numeric=False),
            html.Shown("model", _("Answers"), _weighting, numeric=False),
            html.Shown("estimate", _("Estimate"), TWO),
            *html.bounds(TWO),
            html.Shown("n", "n", COUNT),
        ],
        caption=_("With and without weights for who answers"),
    )


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
            words[row.group].format(share=percent(row.share)) for row in in_percent.itertuples()
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


def _reading(term: str) -> str:
    labels = {
        "mean_satisfaction": _("Mean satisfaction, points"),
        "share_satisfied": _("Satisfied, %"),
        "nps": "NPS",
        "average_marginal_effect": _("marginal effect (pp)"),
    }
    if term.startswith("retention["):
        return _("Stayed of those who answered {level}, %").format(level=term[10:-1])
    return labels.get(term, term)


def _weighting(model: str) -> str:
    labels = {
        "unweighted": _("as given"),
        "weighted": _("weighted"),
        "difference": _("difference"),
    }
    return labels.get(model, model)

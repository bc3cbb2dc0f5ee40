"""Does asking itself change who stays? In words and a figure.

Takes `tables/asking`; returns a finding that is never more than an association: who is asked may
differ from who is not in ways that no table tells.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from saydo.languages import gettext as _
from saydo.languages import listed, number, signed
from saydo.report import figures, html
from saydo.report.answering import known
from saydo.report.finding import Finding, not_measured

ONE = partial(signed, digits=1)
COUNT = partial(number, digits=0)

HEADLINE = "aipw"
"""Right if either the chances to be asked are modelled right, or staying is."""


def asking(table: pd.DataFrame, *, segment: str) -> Finding:
    """Whether those asked stayed more or less often than those like them who were not."""
    rows = table[table["segment"] == segment]
    shown = known(rows, segment)
    if shown.empty:
        if "verdict" in rows and (rows["verdict"] == "refused").any():
            return Finding(rows, "", "refused", rows["reason"].iloc[0])
        return not_measured(rows, otherwise=_("Nobody could be watched."))
    by_model = shown.set_index("model")
    row = by_model.loc[HEADLINE]
    sentence = _(
        "{asked} had been asked before the watch began, {others} had not. Staying of those asked "
        "less that of the others: {plain} percentage points (95% interval {plain_low} to "
        "{plain_high}); against those like them, {change} ({low} to {high})."
    ).format(
        asked=COUNT(int(row["n_asked"])),
        others=COUNT(int(row["n"] - row["n_asked"])),
        plain=ONE(by_model.loc["difference", "estimate"]),
        plain_low=ONE(by_model.loc["difference", "ci_low"]),
        plain_high=ONE(by_model.loc["difference", "ci_high"]),
        change=ONE(row["estimate"]),
        low=ONE(row["ci_low"]),
        high=ONE(row["ci_high"]),
    )
    labels = [_method(model) for model in shown["model"]]
    return Finding(
        table=shown.assign(n_not_asked=shown["n"] - shown["n_asked"]),
        sentence=sentence,
        verdict=row["verdict"],
        reason=row["reason"],
        draw=lambda frame: figures.contrasts(
            frame, labels=labels, xlabel=_("Percentage points of staying, asked less not asked")
        ),
        alternative=_("Percentage points of staying, asked less not asked: {values}.").format(
            values=listed(
                f"{label} {ONE(value)}"
                for label, value in zip(labels, shown["estimate"], strict=True)
            )
        ),
        columns=[
            html.Shown("model", _("Compared"), _method, numeric=False),
            html.Shown("estimate", _("Difference, pp"), partial(signed, digits=2)),
            *html.bounds(partial(signed, digits=2)),
            html.Shown("n_asked", _("Asked"), COUNT),
            html.Shown("n_not_asked", _("Not asked"), COUNT),
            html.Shown("n_left", _("Left"), COUNT),
        ],
        caption=_("Staying of those asked less that of those not asked"),
    )


def _method(model: str) -> str:
    labels = {
        "difference": _("as it is"),
        "ipw": _("weighted (IPW)"),
        "aipw": _("weighted and modelled (AIPW)"),
    }
    return labels[model]

"""What do customers say, and what do they do? The two side by side, in words and figures.

Takes `tables/ledger`; returns findings.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd

from saydo.languages import gettext as _
from saydo.languages import listed, money, noop, number, percent
from saydo.report import figures, html
from saydo.report.finding import Finding, not_measured
from saydo.report.model_words import as_sentence

WORDS = {
    "satisfied": noop("satisfied"),
    "neutral": noop("in between"),
    "dissatisfied": noop("dissatisfied"),
    "stayed": noop("stayed"),
    "left": noop("left"),
}


def ledger(table: pd.DataFrame, *, segment: str, currency: str) -> Finding:
    """The satisfied who left and the dissatisfied who stayed: how many, and what they had spent."""
    rows = table[table["segment"] == segment]
    share = rows.set_index(["said", "did"])["share"] if len(rows) else pd.Series(dtype=float)
    if share.dropna().empty:
        return not_measured(rows, otherwise=_("Nobody could be watched."))
    parts = []
    has_money = bool(rows["revenue"].notna().any())
    cash = partial(money, currency=currency)
    delighted, loyal = share.get(("satisfied", "left")), share.get(("dissatisfied", "stayed"))
    if pd.notna(delighted):
        words = _("{share} of those who answered were satisfied and left all the same.")
        parts.append(words.format(share=percent(100 * delighted)))
        parts.append(_brought(rows, cash))
    if pd.notna(loyal):
        words = _("{share} were dissatisfied and stayed.")
        parts.append(words.format(share=percent(100 * loyal)))
    # The figure marks what is not counted; why revenue is not told only words can say.
    reasons = rows.loc[rows["n"].notna(), "reason"] if parts else rows["reason"]
    parts += [as_sentence(each) for each in dict.fromkeys(filter(None, reasons))]
    labels = {word: _(text) for word, text in WORDS.items()}
    in_percent = rows.assign(
        **{name: 100 * rows[name].astype(float) for name in ("ci_low", "ci_high")},
        percent=100 * rows["share"].astype(float),
    )
    return Finding(
        table=in_percent,
        sentence=" ".join(filter(None, parts)),
        draw=partial(figures.ledger, labels=labels),
        alternative=_("Share of those who answered: {values}.").format(
            values=listed(
                f"{labels[said]}, {labels[did]}: {percent(100 * value)}"
                for (said, did), value in share.dropna().items()
            )
        ),
        columns=[
            html.Shown("said", _("Said"), lambda word: labels[word], numeric=False),
            html.Shown("did", _("Did"), lambda word: labels[word], numeric=False),
            html.Shown("n", _("{Customers}"), lambda n: number(n, 0)),
            html.Shown("percent", _("Share"), percent),
            *html.bounds(percent),
            *(
                [
                    html.Shown("revenue", _("Revenue in the year before"), cash),
                    *html.bounds(cash, low="revenue_low", high="revenue_high"),
                ]
                if has_money
                else []
            ),
        ],
        caption=_("Say against do"),
        is_folded=False,
    )


def _brought(rows: pd.DataFrame, cash: Callable[[float], str]) -> str:
    """What the satisfied who left had spent."""
    row = rows[(rows["said"] == "satisfied") & (rows["did"] == "left")].iloc[0]
    if pd.isna(row["revenue"]):
        return ""
    return _(
        "In the year before they had brought {revenue} (95% interval {low} to {high}; n = {n})."
    ).format(
        revenue=cash(row["revenue"]),
        low=cash(max(row["revenue_low"], 0.0)),
        high=cash(row["revenue_high"]),
        n=number(int(row["n"]), 0),
    )

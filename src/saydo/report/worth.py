"""What should be improved first, and what would it bring? In words and a figure.

Takes `tables/improvements`; returns a finding. Every number rests on answers that were observed:
`CAUTION` says so.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from saydo.drivers.worth import CAUTION
from saydo.languages import gettext as _
from saydo.languages import listed, money, name, number, percent, plus, signed
from saydo.report import figures, html
from saydo.report.finding import Finding, not_measured

CLEAR = 0.9
"""Probability from which an attribute is called the best one to improve."""

BOUNDS = ("estimate", "ci_low", "ci_high")

TWO = partial(signed, digits=2)


def margins_to_come(discount_rate: float) -> str:
    """What it is that a point more is worth: which margins, for how long, at what discount."""
    words = _(
        "Margins to come: revenue less cost as over the last twelve months, for each further year "
        "that {customers} stay, discounted by {rate} a year."
    )
    rate = round(100 * discount_rate, 1)
    return words.format(rate=percent(rate, 0 if rate == round(rate) else 1))


def improvements(
    table: pd.DataFrame, *, segment: str, currency: str, discount_rate: float
) -> Finding:
    """What a point more of each attribute would bring, the likeliest best on top."""
    rows = table[table["segment"] == segment]
    why_not = untold(rows)
    if why_not is not None:
        return why_not
    shown = rows[rows["satisfaction"].notna()].sort_values("rank")
    has_staying = bool(shown["retention"].notna().all())
    outcome = "retention" if has_staying else "satisfaction"
    unit = (
        _("Percentage points of staying, for one point more")
        if has_staying
        else _("Points of satisfaction, for one point more")
    )
    drawn = [outcome, f"{outcome}_low", f"{outcome}_high"]
    labels = [name(attribute) for attribute in shown["attribute"]]
    parts = [_first(shown), _nothing(shown), _(CAUTION)]
    has_value = bool(shown["value"].notna().any())
    return Finding(
        table=shown,
        sentence=" ".join(filter(None, parts)),
        verdict="association only",
        reason=shown["reason"].iloc[0],
        draw=lambda table: figures.contrasts(
            table.rename(columns=dict(zip(drawn, BOUNDS, strict=True))), labels=labels, xlabel=unit
        ),
        alternative=_("What one point more of each would bring: {values}.").format(
            values=listed(
                f"{label} {TWO(value)}" for label, value in zip(labels, shown[outcome], strict=True)
            )
        ),
        columns=[
            html.Shown("attribute", _("Attribute"), name, numeric=False),
            html.Shown("p_best", _("Probability of being best"), chance),
            *_columns("satisfaction", _("Satisfaction, points"), TWO),
            *_columns("retention", _("Staying, pp"), TWO),
            *_columns("value", _("Value of a {customer}"), partial(signed_money, currency)),
            html.Shown("n", "n", lambda n: number(n, 0)),
        ],
        caption=_("One point more of each attribute"),
        body=html.paragraphs([margins_to_come(discount_rate)] if has_value else [], css="note"),
    )


def first_sentence(table: pd.DataFrame, *, segment: str) -> str:
    """Which attribute to improve first in a segment, in words; nothing where none can be told."""
    rows = table[table["segment"] == segment]
    if untold(rows) is not None:
        return ""
    best = rows.sort_values("rank").iloc[0]
    if best["satisfaction_low"] <= 0:
        return _("No attribute is clearly worth improving.")
    words = _("Improve {attribute} first: best with a probability of {chance}.")
    if best["p_best"] < CLEAR:
        words = _(
            "Which attribute to improve first is not clear; likeliest is {attribute} ({chance})."
        )
    return words.format(attribute=name(best["attribute"]), chance=chance(best["p_best"]))


def untold(rows: pd.DataFrame) -> Finding | None:
    """Why nothing can be told of a segment's improvements; None where something can."""
    row = rows.iloc[0]
    if row["verdict"] == "refused":
        return Finding(rows, "", "refused", row["reason"])
    if rows["satisfaction"].isna().all():
        return not_measured(rows, otherwise=_("No attributes were asked about."))
    return None


def _first(shown: pd.DataFrame) -> str:
    """Which attribute to improve, as clearly as the draws allow."""
    best = shown.iloc[0]
    numbers = {
        "attribute": name(best["attribute"]),
        "chance": chance(best["p_best"]),
        "change": TWO(best["satisfaction"]),
        "low": TWO(best["satisfaction_low"]),
        "high": TWO(best["satisfaction_high"]),
        "n": number(int(best["n"]), 0),
    }
    if best["satisfaction_low"] <= 0:
        return _(
            "No attribute is clearly worth improving: a point more of {attribute} goes with "
            "{change} points of satisfaction (95% interval {low} to {high}; n = {n})."
        ).format(**numbers)
    if best["p_best"] < CLEAR:
        words = _(
            "Which attribute to improve first is not clear. Likeliest is {attribute} ({chance}): a "
            "point more goes with {change} points of satisfaction (95% interval {low} to {high}; "
            "n = {n})."
        )
        return words.format(**numbers)
    sentence = _(
        "Improve {attribute} first (best with a probability of {chance}): a point more goes with "
        "{change} points of satisfaction (95% interval {low} to {high}; n = {n})."
    ).format(**numbers)
    if pd.isna(best["retention"]):
        return sentence
    words = _(
        "Through satisfaction, staying would change by {change} percentage points "
        "({low} to {high})."
    )
    staying = words.format(
        change=TWO(best["retention"]),
        low=TWO(best["retention_low"]),
        high=TWO(best["retention_high"]),
    )
    return f"{sentence} {staying}"


def _nothing(shown: pd.DataFrame) -> str:
    """The attributes from which no gain can be seen."""
    brings_nothing = shown.loc[shown["satisfaction_low"] <= 0, "attribute"]
    if brings_nothing.empty or len(brings_nothing) == len(shown):
        return ""
    words = _("Improving {names} further would bring nothing that can be seen.")
    return words.format(names=listed(name(each) for each in brings_nothing))


def _columns(outcome: str, label: str, text: partial[str]) -> list[html.Shown]:
    return [
        html.Shown(outcome, label, text),
        *html.bounds(text, low=f"{outcome}_low", high=f"{outcome}_high"),
    ]


def chance(value: float) -> str:
    """A probability, never as certainty: draws are finite."""
    if value > 0.99:
        return _("more than {share}").format(share=percent(99.0, 0))
    return (
        _("less than {share}").format(share=percent(1.0, 0))
        if value < 0.01
        else percent(100 * value, 0)
    )


def signed_money(currency: str, value: float) -> str:
    """An amount with its sign, a plus too."""
    text = money(value, currency)
    return plus(text) if value > 0 else text

"""What would a change bring, step by step, and would more of it bring as much again?

Takes what `drivers.worth` returned for changes that somebody asked for; returns findings. Every
number rests on answers that were observed: `CAUTION` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd

from saydo.drivers.worth import CAUTION, OUTCOMES
from saydo.languages import gettext as _
from saydo.languages import listed, money, name, number, signed
from saydo.report import html, values
from saydo.report.finding import Finding
from saydo.report.what_if_figures import gains_figure

TWO = partial(signed, digits=2)

UNITS = {
    "satisfaction": "scale points",
    "retention": "%",
    "retention_year": "%",
    "value": "money",
    "value_of_all": "money",
    "break_even": "money",
}
"""Of outcomes, as `values` knows them."""


def what_if(
    table: pd.DataFrame,
    *,
    changes: Mapping[str, float],
    satisfied: float,
    currency: str,
    why_no_staying: str = "",
) -> Finding:
    """What the changes asked for would bring, step by step.

    Args:
        table: As `drivers.worth.what_if` returns it.
        changes: Points more of each attribute.
        satisfied: Percentage points more who are satisfied.
        currency: Three letters.
        why_no_staying: Why nothing is told of staying, where it ends at satisfaction.
    """
    steps = table.set_index("outcome")
    parts = [
        _(
            "{changes}: satisfaction {change} points (95% interval {low} to {high}; n = {n})."
        ).format(
            changes=_asked(changes, satisfied),
            n=number(int(steps.loc["satisfaction", "n"]), 0),
            **_numbers(steps.loc["satisfaction"]),
        )
    ]
    if "retention" in steps.index:
        words = _("Staying {change} percentage points ({low} to {high}).")
        parts.append(words.format(**_numbers(steps.loc["retention"])))
    else:
        parts.append(why_no_staying)
    if "break_even" in steps.index:
        parts.append(_break_even(steps.loc["break_even"], currency))
    elif "retention" in steps.index:
        parts.append(_("What that is worth is not known: there is no margin."))
    return Finding(
        table=table.assign(label=[_(OUTCOMES[outcome]) for outcome in table["outcome"]]),
        sentence=" ".join(filter(None, [*parts, _(CAUTION)])),
        verdict="association only",
        body=_step_by_step(table, currency),
    )


def gains(table: pd.DataFrame, *, changes: Mapping[str, float], satisfied: float) -> Finding:
    """What half of the changes, and more of them, would bring.

    Args:
        table: As `drivers.worth.gains` returns it.
        changes: Points more of each attribute; once.
        satisfied: Percentage points more who are satisfied; once.
    """
    outcome = "retention" if "retention" in set(table["outcome"]) else "satisfaction"
    shown = table[table["outcome"] == outcome].assign(label=_multiples(table, changes, satisfied))
    unit = (
        _("percentage points of staying") if outcome == "retention" else _("points of satisfaction")
    )
    return Finding(
        table=shown,
        sentence=_more(shown.iloc[-1], unit),
        verdict="association only",
        draw=partial(gains_figure, xlabel=_changed(changes, satisfied), ylabel=unit),
        alternative=_("What it would bring, in {unit}: {values}.").format(
            unit=unit,
            values=listed(f"{row.label} {TWO(row.change)}" for row in shown.itertuples()),
        ),
        columns=[
            html.Shown("label", _changed(changes, satisfied), numeric=False),
            html.Shown("change", _("Gain, {unit}").format(unit=unit), TWO),
            *html.bounds(TWO),
            html.Shown("lost", _("Less than in proportion, by"), TWO),
            *html.bounds(TWO, low="lost_low", high="lost_high"),
            html.Shown("n", "n", lambda n: number(n, 0)),
        ],
        caption=_("What half as much, and more, would bring"),
    )


def _asked(changes: Mapping[str, float], satisfied: float) -> str:
    """The changes in words."""
    asked = [f"{name(attribute)} {_points(points)}" for attribute, points in changes.items()]
    if satisfied:
        asked.append(_("satisfied {points} pp").format(points=_points(satisfied)))
    return listed(asked)


def _points(value: float) -> str:
    """With a tenth, or with as many digits as it was asked for."""
    return signed(value, 1 if round(value, 1) == value else 2)


def _changed(changes: Mapping[str, float], satisfied: float) -> str:
    """What it is that changes by so many points, or times."""
    if len(changes) + bool(satisfied) > 1:
        return _asked(changes, satisfied)
    return name(next(iter(changes))) if changes else _("satisfied, pp")


def _break_even(row: pd.Series, currency: str) -> str:
    return _("It pays up to a cost of {cost} per {customer} ({low} to {high}).").format(
        cost=money(max(row["change"], 0.0), currency),
        low=money(max(row["ci_low"], 0.0), currency),
        high=money(max(row["ci_high"], 0.0), currency),
    )


def _step_by_step(table: pd.DataFrame, currency: str) -> str:
    """Every step in its own unit."""
    rows = []
    for row in table.itertuples():
        unit = UNITS[row.outcome]
        low, high = (
            values.change(end, unit, currency=currency) for end in (row.ci_low, row.ci_high)
        )
        rows.append(
            {
                "label": _(OUTCOMES[row.outcome]),
                "before": values.shown(row.before, unit, currency=currency),
                "after": values.shown(row.after, unit, currency=currency),
                "change": values.change(row.change, unit, currency=currency),
                "interval": _("{low} to {high}").format(low=low, high=high),
                "n": number(int(row.n), 0),
            }
        )
    columns = [
        html.Shown("label", _("What changes"), numeric=False),
        html.Shown("before", _("Now")),
        html.Shown("after", _("Then")),
        html.Shown("change", _("Change")),
        html.Shown("interval", _("95% interval")),
        html.Shown("n", _("Respondents")),
    ]
    return html.table(pd.DataFrame(rows), columns, caption=_("What would change"))


def _multiples(table: pd.DataFrame, changes: Mapping[str, float], satisfied: float) -> list[str]:
    """How much was asked for, row by row: in points where there is one change, else in times."""
    times = table["times"].drop_duplicates()
    if len(changes) + bool(satisfied) > 1:
        return [f"× {number(often, 1)}" for often in times]
    once = next(iter(changes.values()), satisfied)
    return [_points(often * once) for often in times]


def _more(row: pd.Series, unit: str) -> str:
    """Whether more of the same brings less, by the largest multiple."""
    if row["lost_low"] > 0:
        lead = _("More of the same brings less and less.")
    elif row["lost_high"] < 0:
        lead = _("More of the same brings more and more.")
    else:
        lead = _("Whether more of the same brings less is not clear.")
    words = _(
        "{times} times as much would bring {change} {unit} ({low} to {high}): {lost} against "
        "{times} times what once brings (95% interval {lost_low} to {lost_high}; n = {n})."
    )
    told = words.format(
        times=number(row["times"], 0 if row["times"] == int(row["times"]) else 1),
        unit=unit,
        lost=TWO(-row["lost"]),
        lost_low=TWO(-row["lost_high"]),
        lost_high=TWO(-row["lost_low"]),
        n=number(int(row["n"]), 0),
        **_numbers(row),
    )
    return f"{lead} {told}"


def _numbers(row: pd.Series) -> dict[str, str]:
    return {"change": TWO(row["change"]), "low": TWO(row["ci_low"]), "high": TWO(row["ci_high"])}

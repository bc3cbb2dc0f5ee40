"""Do they say what we want them to come to say? The objectives of a segment, each with its tests.

Takes `tables/objectives` and, for the figures, `tables/kpis`; returns a finding: the answer in one
sentence, then each objective as its voice with its measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from saydo.kpis import KPIS
from saydo.languages import gettext as _
from saydo.languages import listed, ngettext, noop, number, percent
from saydo.params import Params
from saydo.periods import MONTHS
from saydo.report import html
from saydo.report import objective_words as say
from saydo.report.finding import Finding
from saydo.report.kpi_cards import STATUS
from saydo.report.objective_figure import objective_figure
from saydo.report.style import DO, INK, SAY
from saydo.report.values import shown

Row = Mapping[str, Any]

ALONE: Mapping[str, str] = {
    "reached": noop("The objective is reached."),
    "not reached": noop("The objective is not reached."),
    "uncertain": noop("Whether the objective is reached can't be told yet."),
    "not measured": noop("Whether the objective is reached was not measured."),
}
"""The answer where there is only one objective."""

SIDES: Mapping[str, str] = {
    "say": noop("What they say"),
    "do": noop("What they do"),
    "both": noop("Say against do"),
}


def objectives(table: pd.DataFrame, kpis: pd.DataFrame, *, segment: str, params: Params) -> Finding:
    """Each objective of a segment in the customer's own voice, with the KPIs that test it.

    Args:
        table: `saydo.objectives.table.COLUMNS`, of all segments.
        kpis: `saydo.kpis.compute.COLUMNS`, of all segments.
        segment: The page's.
        params: For the length of periods and the currency.
    """
    rows = table[table["segment"] == segment].reset_index(drop=True)
    history = kpis[kpis["segment"] == segment]
    parts = []
    for _number, measures in rows.groupby("objective", sort=True):
        quoted = html.escape(_("“{voice}”")).format(voice=html.name(measures["voice"].iloc[0]))
        cells = "".join(_cell(row, history, params) for row in measures.to_dict("records"))
        parts.append(f'<h3>{quoted}</h3><div class="multiples">{cells}</div>')
    if len(rows):
        parts.append(_folded(rows, params))
    if rows["value"].notna().any():
        note = _(
            "“Reached” is the probability that the true value is on the target's good side, told "
            "from the value and its interval alone. The forecast draws the trend on through these "
            "periods, straight on the scale that keeps it possible (logarithms for times and "
            "amounts, log-odds for shares), no further ahead than they reach back; it knows "
            "nothing of plans, and takes a step for a trend."
        )
        parts.append(html.paragraphs([note], css="note"))
    return Finding(table=rows, sentence=answer(rows), body="".join(parts))


def answer(rows: pd.DataFrame) -> str:
    """How many objectives are reached, how many can't be told yet, and what would tell."""
    if rows.empty:
        return _(
            "No objectives are set for this segment; add some under “objectives” in the params."
        )
    states = {number: outcome(part["status"]) for number, part in rows.groupby("objective")}
    found = list(states.values())
    if len(found) == 1:
        return " ".join([_(ALONE[found[0]]), *_to_tell(rows, states)])
    reached = ngettext(
        "{reached} of {all} objectives is reached",
        "{reached} of {all} objectives are reached",
        found.count("reached"),
    )
    parts = [reached.format(reached=found.count("reached"), all=len(found))]
    if missed := found.count("not reached"):
        words = ngettext("{count} is not reached", "{count} are not reached", missed)
        parts.append(words.format(count=missed))
    if unclear := found.count("uncertain"):
        words = ngettext("{count} can't be told yet", "{count} can't be told yet", unclear)
        parts.append(words.format(count=unclear))
    if absent := found.count("not measured"):
        words = ngettext("{count} is not measured", "{count} are not measured", absent)
        parts.append(words.format(count=absent))
    return " ".join([_("{parts}.").format(parts=listed(parts)), *_to_tell(rows, states)])


def _to_tell(rows: pd.DataFrame, states: Mapping[Any, str]) -> list[str]:
    """What it would take to tell of the objectives that can't be told of yet, if it is known."""
    # Of one that is missed by one measure, nothing more need be known.
    open_yet = [number for number, state in states.items() if state == "uncertain"]
    needed = say.needed(rows[rows["objective"].isin(open_yet)])
    return [_("To tell, it would take {more}.").format(more=needed)] if needed else []


def outcome(statuses: pd.Series) -> str:
    """An objective is reached with all its measures, and not reached with one that is not."""
    found = set(statuses.replace("no target", "not measured"))
    for state in ("not reached", "not measured", "uncertain"):
        if state in found:
            return state
    return "reached"


def _cell(row: Row, history: pd.DataFrame, params: Params) -> str:
    """One measure: which side it is of, its figure, and what there is to say of it."""
    kpi = KPIS[row["kpi"]]
    side = f'<p class="note">{html.escape(_(SIDES[kpi.side]))}</p>'
    if pd.isna(row["value"]):
        words = _("{kpi}: not measured ({reason}).").format(kpi=_(kpi.label), reason=row["reason"])
        return f'<div class="cell">{side}{html.paragraphs([words])}</div>'
    notes = [say.sure(row), say.more(row), say.ahead(row, params), say.caveat(row)]
    return (
        f'<div class="cell">{side}{_picture(row, history, params)}'
        f"{html.paragraphs([say.now(row, params)])}{_status(row)}"
        f"{html.paragraphs(notes, css='note')}</div>"
    )


def _status(row: Row) -> str:
    if row["status"] not in STATUS:
        return ""
    sign, words = STATUS[row["status"]]
    text = _("{sign} {status}").format(sign=sign, status=_(words))
    css = row["status"].replace(" ", "-")
    return f'<p class="status {css}">{html.escape(text)}</p>'


def _picture(row: Row, history: pd.DataFrame, params: Params) -> str:
    kpi = KPIS[row["kpi"]]
    text = partial(shown, unit=kpi.unit, currency=params.currency)
    table = _periods(row, history, params)
    measured = [
        f"{each.period} {text(each.value)}" for each in table.itertuples() if not each.is_forecast
    ]
    told = _("{kpi} by period: {values}.").format(kpi=_(kpi.label), values=listed(measured))
    goal = _("Target: {goal}.").format(goal=say.goal(row, params))
    return Finding(
        table,
        "",
        draw=partial(
            objective_figure,
            target=row["target"],
            title=_(kpi.label),
            text=text,
            color={"say": SAY, "do": DO}.get(kpi.side, INK),
        ),
        alternative=" ".join([told, goal, say.ahead(row, params)]),
    ).picture()


def _periods(row: Row, history: pd.DataFrame, params: Params) -> pd.DataFrame:
    """What the figure draws: a row per measured period, and one for the forecast."""
    past = history[(history["kpi"] == row["kpi"]) & history["value"].notna()]
    past = past[past["period_end"] <= row["period_end"]].sort_values("period_start")
    table = past[["period_end", "value", "ci_low", "ci_high"]].assign(is_forecast=False)
    if not pd.isna(row["forecast"]):
        ahead = {
            "period_end": row["forecast_end"],
            "value": row["forecast"],
            "ci_low": row["forecast_low"],
            "ci_high": row["forecast_high"],
            "is_forecast": True,
        }
        table = pd.concat([table, pd.DataFrame([ahead])], ignore_index=True)
    ends = pd.to_datetime(table["period_end"])
    return table.assign(
        at=(ends.dt.year * 12 + ends.dt.month) // MONTHS[params.period],
        period=[say.period_of(end, params) for end in ends],
    )


def _folded(rows: pd.DataFrame, params: Params) -> str:
    """All measures as a table, each number in its KPI's unit."""

    def text(name: str) -> list[str | None]:
        return [
            None
            if pd.isna(row[name])
            else shown(row[name], KPIS[row["kpi"]].unit, currency=params.currency)
            for row in rows.to_dict("records")
        ]

    def reach(low: str, high: str) -> list[str | None]:
        return [say.interval_of(row, low, high, params) or None for row in rows.to_dict("records")]

    worded = rows.assign(
        label=[_(KPIS[name].label) for name in rows["kpi"]],
        target=text("target"),
        value=text("value"),
        forecast=text("forecast"),
        reach=reach("ci_low", "ci_high"),
        forecast_reach=reach("forecast_low", "forecast_high"),
    )
    columns = [
        html.Shown("label", _("KPI"), numeric=False),
        html.Shown("target", _("Target")),
        html.Shown("value", _("Value")),
        html.Shown("reach", _("95% interval")),
        html.Shown("n", "n", lambda n: number(n, 0)),
        html.Shown("p_reached", _("Reached"), say.chance_share),
        html.Shown("attainment", _("Of the way gone"), lambda value: percent(value, 0)),
        html.Shown("forecast", _("Forecast")),
        html.Shown("forecast_reach", _("95% prediction interval")),
        html.Shown("p_by", _("Reached by then"), say.chance_share),
    ]
    return html.folded(
        html.counted(len(rows)),
        html.table(worded, columns, caption=_("Objectives")),
    )

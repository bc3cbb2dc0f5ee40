"""What changed since the period before? The clearest moves of key KPIs, in all segments.

Takes `tables/kpis` and returns a finding.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from saydo.kpis import KPIS
from saydo.kpis.intervals import CONFIDENCE
from saydo.languages import gettext as _
from saydo.languages import listed, name, ngettext, number
from saydo.params import ALL, Params
from saydo.periods import MONTHS
from saydo.report import html
from saydo.report.finding import Finding
from saydo.report.kpi_cards import change_of, period_of
from saydo.report.movement import latest
from saydo.report.values import segment_name, shown

SHOWN = 10
TOLD = 3


def since_last_period(kpis: pd.DataFrame, *, params: Params) -> Finding:
    """Which key KPIs changed clearly since the period before, the clearest first."""
    core = kpis[kpis["kpi"].map(lambda kpi: KPIS[kpi].is_core)]
    now = latest(core, months=MONTHS[params.period])
    # Without an interval there is nothing to tell a change from chance by.
    compared = now[now["reach"].notna() & (now["reach"] > 0) & now["change"].notna()]
    moved = compared[compared["is_clear"]]
    strength = (moved["change"] / moved["reach"]).abs()
    moved = moved.loc[strength.sort_values(ascending=False, kind="stable").index]
    if compared.empty:
        return Finding(moved, _("Nothing can be compared with the period before."))
    of_all = moved[moved["segment"] == ALL]
    by_chance = (1 - CONFIDENCE) * len(compared)
    sentence = " ".join(
        filter(
            None,
            [
                _everyone(of_all, compared, params),
                _counted(len(moved), len(compared), by_chance),
                _("Seasons are part of it."),
            ],
        )
    )
    clearest = moved.head(SHOWN)
    rows = clearest.to_dict("records")
    table = clearest.assign(
        kpi_name=[_(KPIS[row["kpi"]].label) for row in rows],
        whose=[segment_name(row["segment"]) for row in rows],
        then=[_value(row, "before", params) for row in rows],
        now=[_value(row, "value", params) for row in rows],
        moved=[change_of(row, params) for row in rows],
    )
    first = compared.iloc[0]
    caption = ngettext(
        "The clearest change since the period before",
        "The {count} clearest changes since the period before",
        len(table),
    )
    return Finding(
        table=table,
        sentence=sentence,
        columns=[
            html.Shown("kpi_name", _("KPI"), numeric=False),
            html.Shown("whose", _("Segment"), name, numeric=False),
            html.Shown("then", period_of(first["before_start"], params)),
            html.Shown("now", period_of(first["period_start"], params)),
            html.Shown("moved", _("Change")),
            html.Shown("n", "n", lambda n: number(n, 0)),
        ],
        caption=caption.format(count=number(len(table), 0)),
        is_folded=False,
    )


def _value(row: dict[str, Any], column: str, params: Params) -> str:
    return shown(row[column], KPIS[row["kpi"]].unit, currency=params.currency)


def _everyone(moved: pd.DataFrame, compared: pd.DataFrame, params: Params) -> str:
    """What changed for everyone."""
    then = period_of(compared["before_start"].iloc[0], params)
    if moved.empty:
        words = _("For all {customers} no key KPI changed clearly since {then}.")
        return words.format(then=then)
    words = _("For all {customers} most clearly since {then}: {changes}.")
    told = [
        _("{kpi} {change}").format(kpi=_(KPIS[row["kpi"]].label), change=change_of(row, params))
        for row in moved.head(TOLD).to_dict("records")
    ]
    return words.format(then=then, changes=listed(told))


def _counted(n_moved: int, n_compared: int, by_chance: float) -> str:
    """How many moved, beside how many would seem to without any change."""
    words = ngettext(
        "Of {all} comparisons of segments and KPIs {count} is clear; about {chance} would be by "
        "chance alone.",
        "Of {all} comparisons of segments and KPIs {count} are clear; about {chance} would be by "
        "chance alone.",
        n_moved,
    )
    return words.format(
        all=number(n_compared, 0), count=number(n_moved, 0), chance=number(by_chance, 0)
    )

"""What do segments say and do? Key KPIs side by side, with their intervals.

Takes the table of KPIs and the sizes of segments; returns a finding.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from saydo.kpis import KPIS
from saydo.languages import gettext as _
from saydo.languages import money, name, number, percent
from saydo.params import ALL, Params
from saydo.report import html, segment_figures
from saydo.report.finding import Finding, not_measured
from saydo.report.kpi_cards import interval_of, period_of
from saydo.report.movement import latest
from saydo.report.style import DO, SAY
from saydo.report.values import enumerated, shown

COMPARED = ("csat_top2", "nps", "crr", "churn_period", "repeat_purchase_rate",
            "revenue_per_customer")  # fmt: skip
"""What they say and do, as far as it is measured."""

TOLD = ("csat_top2", "nps", "revenue_per_customer")
"""KPIs whose range is told in words; of staying the answer tells."""


def say_and_do(kpis: pd.DataFrame, sizes: pd.DataFrame, *, params: Params) -> Finding:
    """What each segment says and does: key KPIs side by side, with their intervals."""
    now = latest(kpis[kpis["kpi"].isin(COMPARED)])
    order = [segment for segment in sizes["segment"] if segment != ALL]
    rows = now[now["segment"].isin(order)]
    rows = rows[rows["kpi"].isin(rows.loc[rows["value"].notna(), "kpi"])]
    if rows.empty:
        return not_measured(now, otherwise=_("No KPI is known of any segment."))
    everyone = now[now["segment"] == ALL].set_index("kpi")["value"]
    parts = []
    for kpi in COMPARED:
        of_kpi = rows[rows["kpi"] == kpi].set_index("segment")
        of_kpi = of_kpi.reindex([each for each in order if each in of_kpi.index]).reset_index()
        if len(of_kpi):
            parts.append(_one_kpi(of_kpi, kpi, float(everyone.get(kpi, np.nan)), params))
    table = pd.concat([part.table for part in parts], ignore_index=True)
    cells = "".join(f'<div class="cell">{part.picture()}</div>' for part in parts)
    caption = _("What segments say and do, with 95% intervals")
    folded = html.folded(html.counted(len(table)), html.table(table, _columns(), caption=caption))
    sentences = [_range(part.table) for part in parts]
    sentences.append(_("The broken line is everyone together."))
    if params.segments_follow_answers:
        sentences.append(
            _(
                "Segments are drawn by what {customers} said: what they say sets them apart also "
                "because of how they were chosen."
            )
        )
    elif params.segments_follow_behaviour:
        sentences.append(
            _(
                "Segments are drawn by what {customers} did: what they do sets them apart also "
                "because of how they were chosen."
            )
        )
    body = f'<div class="multiples">{cells}</div>{folded}'
    by_kpi = {part.table["kpi"][0]: part for part in parts}
    return Finding(table, " ".join(filter(None, sentences)), body=body, result=by_kpi)


def _range(table: pd.DataFrame) -> str:
    """Which segments have the lowest and the highest value, if they are clearly apart."""
    known = table[table["value"].notna()]
    if len(known) < 2 or known["kpi"].iloc[0] not in TOLD:
        return ""
    low, high = known.loc[known["value"].idxmin()], known.loc[known["value"].idxmax()]
    # Where nothing varies, as where nobody ordered, there is no interval.
    least = low["value"] if pd.isna(low["ci_high"]) else low["ci_high"]
    most = high["value"] if pd.isna(high["ci_low"]) else high["ci_low"]
    if least >= most:
        words = _("{kpi}: no two segments are clearly apart.")
    else:
        words = _("{kpi}: lowest in {low} ({low_value}), highest in {high} ({high_value}).")
    return words.format(
        kpi=low["label"],
        low=name(low["segment"]),
        low_value=low["value_text"],
        high=name(high["segment"]),
        high_value=high["value_text"],
    )


def _one_kpi(rows: pd.DataFrame, kpi: str, everyone: float, params: Params) -> Finding:
    """One KPI by segment; its table has the words that are shown."""
    declared = KPIS[kpi]
    text = partial(shown, unit=declared.unit, currency=params.currency)
    columns = ["segment", "kpi", "period_start", "value", "ci_low", "ci_high", "n", "reason"]
    table = rows[columns].assign(
        label=_(declared.label),
        period=[period_of(start, params) for start in rows["period_start"]],
        value_text=[None if pd.isna(value) else text(value) for value in rows["value"]],
        interval_text=[interval_of(row, params) or None for row in rows.to_dict("records")],
    )
    known = table[table["value"].notna()]
    pairs = zip(known["segment"], known["value_text"], strict=True)
    return Finding(
        table,
        "",
        draw=lambda table: segment_figures.by_segment(
            table[table["value"].notna()],
            title=_(declared.label),
            text=_on_axis(declared.unit, params.currency),
            color=SAY if declared.side == "say" else DO,
            everyone=everyone,
        ),
        alternative=_("{kpi} by segment: {values}.").format(
            kpi=_(declared.label), values=enumerated([f"{name(who)} {text}" for who, text in pairs])
        ),
    )


def _on_axis(unit: str, currency: str) -> Callable[[float], str]:
    """Words for the ticks of an axis, which are round numbers and stand close together."""
    if unit.startswith("%"):
        return lambda value: percent(value, 0) if value <= 100 else ""
    if unit.startswith("money"):
        return lambda value: money(value, currency, 0)
    return lambda value: number(value, 0)


def _columns() -> list[html.Shown]:
    return [
        html.Shown("segment", _("Segment"), numeric=False),
        html.Shown("label", _("KPI"), numeric=False),
        html.Shown("period", _("Period"), numeric=False),
        html.Shown("value_text", _("Value")),
        html.Shown("interval_text", _("95% interval")),
        html.Shown("n", "n", lambda n: number(n, 0)),
        html.Shown("reason", _("Beware"), numeric=False),
    ]

"""How do the segments compare? One table of all, and how staying differs and developed in each.

Takes `tables/kpis`, one row per segment, KPI and period, and returns findings. Figures draw so many
segments as can be read; the tables have all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from saydo.kpis import KPIS
from saydo.kpis.intervals import CONFIDENCE
from saydo.languages import gettext as _
from saydo.languages import listed, name, ngettext, number
from saydo.params import ALL, Params
from saydo.report import figures, html, pair_figures
from saydo.report.by_period import Line, by_period
from saydo.report.finding import Finding, Panel
from saydo.report.kpi_cards import interval_of, moved, movement_sentence, period_of
from saydo.report.movement import latest
from saydo.report.style import DO
from saydo.report.values import change, enumerated, segment_name, shown

STAYING = ("crr", "repeat_purchase_rate", "renewal_rate", "purchase_frequency")
"""The KPI of staying by which segments are compared: the first that is measured."""

COMPARED = ("crr", "csat_top2", "nps", "frt_median", "revenue_per_customer")

MOST_DRAWN = 12
"""Segments in a figure."""

MOST_TOLD = 3
"""Segments in a sentence; the tables have the others."""


def compare(
    kpis: pd.DataFrame, segments: pd.DataFrame, *, params: Params, names: Sequence[str] = COMPARED
) -> Finding:
    """Segments by key KPIs: value, interval and movement, with the way to each segment's pages."""
    now = latest(kpis[kpis["kpi"].isin(names)])
    values = now.pivot(index="segment", columns="kpi", values="value")
    chosen = [name for name in names if name in values and values[name].notna().any()]
    cells = {(row["segment"], row["kpi"]): row for row in now.to_dict("records")}
    period = period_of(now["period_start"].max(), params)
    has_change = now["change"].notna().any()
    words = _("{period}, with 95% intervals")
    if has_change:
        words = _("{period}, with 95% intervals and the change since {then}")
    caption = words.format(period=period, then=period_of(now["before_start"].max(), params))
    heads = [_("{Customers}, former ones too"), *(_(KPIS[name].label) for name in chosen)]
    rows = [
        _row(row, [cells[(row.segment, name)] for name in chosen], params)
        for row in segments.itertuples()
    ]
    body = html.sortable(
        [_("Segment"), *heads],
        rows,
        caption=caption,
        find=_("Find a segment") if _many(rows) else "",
    )
    legend = (
        [_("▲ ▼ mark a clear change in a year, ◆ one that may be chance.")] if has_change else []
    )
    if has_change and params.segments_follow_behaviour:
        legend.append(
            _(
                "Segments are formed by what {customers} did until now: against their own past "
                "they also differ because of how they were chosen."
            )
        )
    return Finding(table=now, sentence=" ".join(legend), body=body)


def _many(rows: Sequence[object]) -> bool:
    return len(rows) > MOST_DRAWN


def _row(row: Any, cells: Sequence[Mapping[str, Any]], params: Params) -> str:
    link = f'<a href="{html.escape(row.slug)}/scorecard.html">{segment_html(row.segment)}</a>'
    count = (
        "<td>–"
        if pd.isna(row.n_customers)
        else f'<td data-v="{int(row.n_customers)}">{number(row.n_customers, 0)}'
    )
    head = f'<tr><th scope="row">{link}</th>{count}</td>'
    return head + "".join(_cell(cell, params) for cell in cells) + "</tr>"


def _cell(row: Mapping[str, Any], params: Params) -> str:
    if pd.isna(row["value"]):
        return f'<td title="{html.escape(row["reason"])}">–</td>'
    value = shown(float(row["value"]), str(row["unit"]), currency=params.currency)
    lines = [interval_of(row, params), moved(row, params, since=False)]
    if row["is_earlier"]:
        lines.insert(0, period_of(row["period_start"], params))
    small = "".join(f"<small>{html.escape(line)}</small>" for line in lines if line)
    return f'<td data-v="{row["value"]:.6g}">{html.escape(value)}{small}</td>'


def then_and_now(kpis: pd.DataFrame, *, params: Params) -> Finding:
    """How staying differs between segments, now and a year before."""
    now = latest(kpis[kpis["kpi"].isin(STAYING)])
    kpi = staying(now)
    if kpi is None:
        return Finding(now, _("Nothing is known of whether {customers} stay."), "not measured")
    declared = KPIS[kpi]
    table = now[(now["kpi"] == kpi) & now["value"].notna()].sort_values("value")
    words = partial(shown, unit=declared.unit, currency=params.currency)
    clear = table[table["is_clear"] & (table["segment"] != ALL)].sort_values("change")
    fell, rose = clear[clear["change"] < 0], clear[clear["change"] > 0].iloc[::-1]
    sentences = [
        _("{kpi} in {period}.").format(
            kpi=_(declared.label), period=period_of(table["period_start"].iloc[0], params)
        )
    ]
    for rows, text in (
        (fell, _("It clearly fell in {segments}.")),
        (rose, _("It clearly rose in {segments}.")),
    ):
        if len(rows):
            sentences.append(text.format(segments=_moved_ones(rows, declared.unit, params)))
    if clear.empty and table["change"].notna().any():
        sentences.append(_("No segment changed clearly in a year."))
    sentences.append(_by_chance(int(table["change"].notna().sum())))
    drawn = most_telling(table)
    sentences.append(_drawn_of(len(drawn), len(table)))
    named = table.assign(segment=[segment_name(name) for name in table["segment"]])
    return Finding(
        table=named,
        sentence=" ".join(filter(None, sentences)),
        draw=lambda table: pair_figures.segments_then_and_now(
            table.loc[drawn],
            text=words,
            then=period_of(table["before_start"].iloc[0], params),
            now=period_of(table["period_start"].iloc[0], params),
        ),
        alternative=_("{kpi} by segment: {values}.").format(
            kpi=_(declared.label),
            values=listed(
                f"{name(row.segment)} {words(row.value)}" for row in named.loc[drawn].itertuples()
            ),
        ),
        columns=[
            html.Shown("segment", _("Segment"), numeric=False),
            html.Shown("value", _(declared.label), words),
            *html.bounds(words),
            html.Shown("n", "n", lambda n: number(n, 0)),
            html.Shown("before", _("A year before"), words),
        ],
        caption=_(declared.label),
    )


def staying(now: pd.DataFrame) -> str | None:
    """The KPI of staying that is measured, in what `latest` returned; None if none is."""
    measured = set(now.loc[now["value"].notna(), "kpi"])
    return next((kpi for kpi in STAYING if kpi in measured), None)


def most_telling(table: pd.DataFrame) -> pd.Index:
    """Where in the table, lowest first, the segments are that a figure has room for: everyone,
    whichever moved most and clearly, and then the lowest."""
    if len(table) <= MOST_DRAWN:
        return table.index
    clear = table[table["is_clear"]]
    moved_most = clear.loc[clear["change"].abs().sort_values(ascending=False).index]
    order = [
        *table.index[table["segment"] == ALL],
        *moved_most.index[: MOST_DRAWN // 2],
        *table.index,
    ]
    chosen = set(list(dict.fromkeys(order))[:MOST_DRAWN])
    return table.index[[at in chosen for at in table.index]]


def _by_chance(n_compared: int) -> str:
    """How many of so many would seem to have moved, had none."""
    n_chance = round((1 - CONFIDENCE) * n_compared)
    if not n_chance:
        return ""
    words = ngettext(
        "Of {all} that did not change about {count} would look so by chance.",
        "Of {all} that did not change about {count} would look so by chance.",
        n_chance,
    )
    return words.format(all=number(n_compared, 0), count=number(n_chance, 0))


def _drawn_of(n_drawn: int, n_all: int) -> str:
    if n_drawn == n_all:
        return ""
    words = ngettext(
        "Of {count} segment {drawn} are drawn: those that moved most, and the lowest.",
        "Of {count} segments {drawn} are drawn: those that moved most, and the lowest.",
        n_all,
    )
    return words.format(count=number(n_all, 0), drawn=number(n_drawn, 0))


def _moved_ones(rows: pd.DataFrame, unit: str, params: Params) -> str:
    differs = partial(change, unit=unit, currency=params.currency)
    told = [f"{name(row.segment)} ({differs(row.change)})" for row in rows.itertuples()]
    return enumerated(told, most=MOST_TOLD)


def over_time(kpis: pd.DataFrame, *, params: Params) -> Panel:
    """How staying developed in each segment, on one scale."""
    now = latest(kpis[kpis["kpi"].isin(STAYING)])
    kpi = staying(now)
    if kpi is None:
        return Panel(now, [], _("Nothing is known of whether {customers} stay."))
    now = now[(now["kpi"] == kpi) & now["value"].notna()].sort_values("value")
    n_all = len(now)
    now = now.loc[most_telling(now)]
    rows = kpis[(kpis["kpi"] == kpi) & kpis["segment"].isin(now["segment"])]
    rows = rows.sort_values("period_start")
    if rows["period_start"].nunique() < 2:
        return Panel(rows, [], _("No KPI was measured in two periods or more."))
    bounds = rows[["value", "ci_low", "ci_high"]].astype("float64")
    limits = float(bounds.min(axis=None)), float(bounds.max(axis=None))
    findings = [
        _development(rows[rows["segment"] == row["segment"]], row, limits, params)
        for row in now.to_dict("records")
    ]
    label = _(KPIS[kpi].label)
    sentence = _("{kpi} of each segment, lowest first, all on one scale.").format(kpi=label)
    words = partial(shown, unit=KPIS[kpi].unit, currency=params.currency)
    lines = [
        Line(segment_name(segment), finding.table, words)
        for segment, finding in zip(now["segment"], findings, strict=True)
    ]
    caption = _("{kpi} by period and segment, with 95% intervals").format(kpi=label)
    return Panel(
        rows,
        findings,
        " ".join(filter(None, [sentence, _drawn_of(len(now), n_all)])),
        by_period(lines, caption=caption),
    )


def _development(
    rows: pd.DataFrame, now: Mapping[str, Any], limits: tuple[float, float], params: Params
) -> Finding:
    declared = KPIS[now["kpi"]]
    words = partial(shown, unit=declared.unit, currency=params.currency)
    table = rows.assign(period=[period_of(start, params) for start in rows["period_start"]])
    whose = segment_name(now["segment"])
    told = listed(
        f"{row.period} {words(row.value)}" for row in table.itertuples() if row.value == row.value
    )
    return Finding(
        table=table,
        sentence=moved(now, params) or movement_sentence(now, params),
        draw=partial(figures.trend, title=whose, text=words, color=DO, limits=limits),
        alternative=_("{kpi} by period: {values}.").format(kpi=name(whose), values=told),
    )


def segment_html(segment: str) -> str:
    """A segment's name as HTML."""
    return html.name(segment_name(segment))

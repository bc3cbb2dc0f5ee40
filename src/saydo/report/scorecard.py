"""The scorecard of one segment: what customers say beside what they do, theme by theme.

Takes the tidy table of KPIs (`tables/kpis`) and returns findings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pandas as pd

from saydo.kpis import KPIS, THEMES
from saydo.languages import gettext as _
from saydo.languages import listed, ngettext, noop, number
from saydo.params import Params
from saydo.report import figures, html
from saydo.report.by_period import Line, by_period
from saydo.report.definitions import Pages
from saydo.report.finding import Finding, Panel
from saydo.report.key_numbers import key_numbers
from saydo.report.kpi_cards import Row, absent, card, key_number, movement_sentence, period_of
from saydo.report.movement import latest
from saydo.report.style import DO, INK, SAY
from saydo.report.values import shown

KEY_KPIS = ("crr", "churn_period", "csat_top2", "nps", "frt_median", "revenue_per_customer")
"""What the page opens with, in this order: those that are measured."""

TREND_KPIS = ("crr", "csat_mean", "nps", "ces2_mean", "frt_median", "revenue_per_customer", "otif")

Drawn = Callable[[pd.DataFrame], str]
"""KPIs' rows as entries of the scorecard, in HTML."""

SIDES: Mapping[str, str] = {
    "say": noop("What they say"),
    "do": noop("What they do"),
    "both": noop("Say against do"),
}


def answer(kpis: pd.DataFrame, *, segment: str, params: Params) -> Finding:
    """The head of the page: how retention and satisfaction stand, and the key numbers."""
    table = _of(latest(kpis), segment)
    measured = table[table["value"].notna()].set_index("kpi", drop=False)
    keys = [name for name in KEY_KPIS if name in measured.index]
    leading = [name for name in keys if name in ("crr", "csat_top2", "nps")][:2] or keys[:1]
    sentences = [movement_sentence(measured.loc[name], params) for name in leading]
    if not sentences:
        sentences = [_("Nothing could be measured for this segment; see below what is missing.")]
    return Finding(
        table=table,
        sentence=" ".join(sentences),
        body=key_numbers(key_number(measured.loc[name], params) for name in keys),
        is_answer=True,
    )


def scorecard(
    kpis: pd.DataFrame,
    *,
    segment: str,
    params: Params,
    definitions: Pages | None = None,
) -> Finding:
    """All KPIs by theme, say beside do, each with value, interval, n, trend, target and status.

    Args:
        kpis: `tables/kpis`, at least of this segment.
        segment: The segment.
        params: The study.
        definitions: Pages to which the names of KPIs lead, by theme, as seen from this one.
    """
    table = _of(latest(kpis), segment)
    by_period = _of(kpis, segment).sort_values("period_start")
    history = by_period["value"].astype("float64").groupby(by_period["kpi"]).agg(list)

    def drawn(rows: pd.DataFrame) -> str:
        measured = rows["value"].notna()
        cards = [
            card(row, history[row["kpi"]], params, definitions=definitions)
            for _index, row in rows[measured].iterrows()
        ]
        cards += [
            absent(same["kpi"], str(reason), definitions=definitions)
            for reason, same in rows[~measured].groupby("reason", sort=False, dropna=False)
        ]
        return "".join(cards)

    themes = [
        _theme(title, table[table["theme"] == theme], drawn)
        for theme, title in THEMES.items()
        if (table["theme"] == theme).any()
    ]
    n_measured = int(table["value"].notna().sum())
    sentence = _("{measured} of {all} KPIs could be measured in {period}.").format(
        measured=n_measured,
        all=len(table),
        period=period_of(table["period_start"].iloc[0], params),
    )
    note = _(
        "Small print: the 95% interval (none for a full count), what the number rests on (n: "
        "answers, orders, tickets, {customers}), the change from a year before (▲ ▼ where it is "
        "clear, ◆ where it may be chance), and the target. Of 100 KPIs that did not change, about "
        "5 look clear by chance."
    )
    body = html.paragraphs([note], css="note") + "".join(themes)
    return Finding(table=table, sentence=sentence, body=body)


def trends(
    kpis: pd.DataFrame, *, segment: str, params: Params, names: Sequence[str] | None = None
) -> Panel:
    """The key KPIs over the periods, each with its interval."""
    rows = _of(kpis, segment)
    rows = rows[rows["kpi"].isin(names or TREND_KPIS)]
    measured = rows["value"].groupby(rows["kpi"]).count()
    chosen = [name for name in (names or TREND_KPIS) if measured.get(name, 0) >= 2]
    now = latest(rows).set_index("kpi", drop=False)
    findings = [_trend(rows[rows["kpi"] == name], now.loc[name], params) for name in chosen]
    sentence = "" if findings else _("No KPI was measured in two periods or more.")
    lines = [
        Line(
            _(KPIS[name].label),
            finding.table,
            partial(shown, unit=KPIS[name].unit, currency=params.currency),
        )
        for name, finding in zip(chosen, findings, strict=True)
    ]
    behind = by_period(lines, caption=_("Key KPIs by period, with 95% intervals"))
    return Panel(rows[rows["kpi"].isin(chosen)], findings, sentence, behind)


def trend(kpis: pd.DataFrame, kpi: str, *, segment: str, params: Params) -> Finding:
    """One KPI over the periods."""
    rows = _of(kpis[kpis["kpi"] == kpi], segment)
    return _trend(rows, latest(rows).iloc[0], params)


def _trend(rows: pd.DataFrame, now: Row, params: Params) -> Finding:
    """Of one KPI's rows of one segment, and what `latest` makes of them."""
    declared = KPIS[now["kpi"]]
    rows = rows.sort_values("period_start")
    table = rows.assign(period=[period_of(start, params) for start in rows["period_start"]])
    words = partial(shown, unit=declared.unit, currency=params.currency)
    sentence = (
        _("Not measured in the last period: {reason}.").format(reason=now["reason"])
        if pd.isna(now["value"])
        else movement_sentence(now, params)
    )
    return Finding(
        table=table,
        sentence=sentence,
        draw=partial(
            figures.trend,
            title=_(declared.label),
            text=words,
            color={"say": SAY, "do": DO}.get(declared.side, INK),
        ),
        alternative=_("{kpi} by period: {values}.").format(
            kpi=_(declared.label),
            values=listed(
                f"{row.period} {words(row.value)}"
                for row in table.itertuples()
                if row.value == row.value
            ),
        ),
        columns=[
            html.Shown("period", _("Period"), numeric=False),
            html.Shown("value", _(declared.label), words),
            *html.bounds(words),
            html.Shown("n", "n", lambda n: number(n, 0)),
        ],
        caption=_(declared.label),
    )


def _of(table: pd.DataFrame, segment: str) -> pd.DataFrame:
    return table[table["segment"] == segment]


def _theme(title: str, rows: pd.DataFrame, drawn: Drawn) -> str:
    """A theme's key KPIs in two columns, say beside do, with the others folded below them."""
    is_core = rows["kpi"].map(lambda name: KPIS[name].is_core)
    key, others = rows[is_core], rows[~is_core]
    if key.empty:
        key, others = others, key
    folded = ""
    if len(others):
        words = ngettext("{count} further KPI", "{count} further KPIs", len(others))
        summary = words.format(count=number(len(others), 0))
        columns = _columns(others, drawn, nothing="")
        folded = html.folded(summary, f'<div class="theme">{columns}</div>')
    nothing = "" if len(others) else _("No KPI of this theme.")
    columns = _columns(key, drawn, nothing=nothing)
    return f'<div class="theme"><h3>{html.escape(_(title))}</h3>{columns}</div>{folded}'


def _columns(rows: pd.DataFrame, drawn: Drawn, *, nothing: str) -> str:
    """Two columns: say, and do with what joins both; `nothing` is what an empty one tells."""
    columns = []
    for sides in (("say",), ("do", "both")):
        parts = [
            _side(rows[rows["side"] == side], side, drawn)
            for side in sides
            if (rows["side"] == side).any()
        ]
        empty = ""
        if nothing:
            head = f"<h4>{html.escape(_(SIDES[sides[0]]))}</h4>"
            words = f'<p class="none">{html.escape(nothing)}</p>'
            empty = f'<div class="side {sides[0]}">{head}{words}</div>'
        columns.append("".join(parts) or empty)
    # The theme gives a column that stands alone the room of both.
    return "".join(f"<div>{column}</div>" for column in columns if column)


def _side(rows: pd.DataFrame, side: str, drawn: Drawn) -> str:
    return f'<div class="side {side}"><h4>{html.escape(_(SIDES[side]))}</h4>{drawn(rows)}</div>'

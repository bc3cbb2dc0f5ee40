"""The overview: which segment needs attention, and why.

Takes the tidy tables of KPIs and of expectations, and returns findings that compare segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from saydo.kpis import KPIS
from saydo.languages import gettext as _
from saydo.languages import listed, name, number
from saydo.params import ALL, Params
from saydo.report import figures, html
from saydo.report.finding import Finding, not_measured
from saydo.report.kpi_cards import change_of, interval_of, moved, movement_sentence, period_of
from saydo.report.movement import latest
from saydo.report.values import change, shown

STAYING = ("crr", "repeat_purchase_rate", "renewal_rate", "purchase_frequency")
"""The KPI of staying by which segments are compared: the first that is measured."""

SAYING = ("csat_top2", "nps")
"""What segments are compared by where nothing is known of staying."""

COMPARED = ("crr", "csat_top2", "nps", "frt_median", "revenue_per_customer")


def answer(kpis: pd.DataFrame, importance: pd.DataFrame, *, params: Params) -> Finding:
    """Which segment to look at first, how its retention moved, and what it misses most."""
    now = latest(kpis)
    everyone = now[now["segment"] == ALL].set_index("kpi", drop=False)
    measured = [kpi for kpi in (*STAYING, *SAYING) if pd.notna(everyone["value"].get(kpi))]
    sentences = []
    if not set(measured) & set(STAYING):
        words = _("Nothing is known of whether {customers} stay: {reason}.")
        sentences.append(words.format(reason=everyone.loc[STAYING[0], "reason"]))
    if not measured:
        return Finding(now, sentences[0], is_answer=True)
    leading = now[now["kpi"] == measured[0]]
    sentences.append(movement_sentence(everyone.loc[measured[0]], params))
    first = needs_attention(leading)
    if first is not None:
        row = leading[leading["segment"] == first].iloc[0]
        words = _("Look first at “{segment}”: {value}, {change} since {then}.")
        if not (row["is_clear"] and _is_worse(row)):
            words = _("Look first at “{segment}”: {value}, the lowest of the segments.")
        sentences.append(
            words.format(
                segment=name(first),
                value=_value_and_interval(row, params),
                change=change_of(row, params),
                then=period_of(row["before_start"], params),
            )
        )
        sentences.append(worst_gap_sentence(importance, first))
    return Finding(leading, " ".join(filter(None, sentences)), is_answer=True)


def needs_attention(staying: pd.DataFrame) -> str | None:
    """The segment whose staying clearly fell most, or else the lowest, if clearly below everyone.

    Args:
        staying: One row per segment, as `movement.latest` returns, of one KPI.
    """
    segments = staying[(staying["segment"] != ALL) & staying["value"].notna()]
    if segments.empty:
        return None
    better = KPIS[segments["kpi"].iloc[0]].better
    sign = -1 if better == "lower" else 1
    fell = segments[segments["is_clear"] & (sign * segments["change"] < 0)]
    if len(fell):
        return str(fell.loc[(sign * fell["change"]).idxmin(), "segment"])
    lowest = segments.loc[(sign * segments["value"]).idxmin()]
    everyone = staying.loc[staying["segment"] == ALL, "value"].iloc[0]
    best_case = lowest["ci_low"] if better == "lower" else lowest["ci_high"]
    return str(lowest["segment"]) if sign * best_case < sign * everyone else None


def _is_worse(row: pd.Series) -> bool:
    return bool(row["change"] > 0 if KPIS[row["kpi"]].better == "lower" else row["change"] < 0)


def worst_gap_sentence(importance: pd.DataFrame, segment: str) -> str:
    """What falls furthest short of what this segment expects, if anything does."""
    rows = importance[(importance["segment"] == segment) & (importance["rank"] == 1)]
    rows = rows[rows["expectation_gap"] < 0]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    words = _(
        "What falls furthest short of what they expect is {attribute}: "
        "{found} found, {expected} expected (n = {n})."
    )
    return words.format(
        attribute=name(row["attribute"]),
        found=number(row["performance"], 1),
        expected=number(row["expectation"], 1),
        n=number(int(row["n"]), 0),
    )


def compare(
    kpis: pd.DataFrame, segments: pd.DataFrame, *, params: Params, names: Sequence[str] = COMPARED
) -> Finding:
    """Segments by key KPIs: value, interval and movement, with the way to each segment's pages."""
    now = latest(kpis[kpis["kpi"].isin(names)])
    values = now.pivot(index="segment", columns="kpi", values="value")
    chosen = [name for name in names if name in values and values[name].notna().any()]
    cells = {(row["segment"], row["kpi"]): row for row in now.to_dict("records")}
    head = "".join(
        f'<th scope="col">{html.escape(text)}</th>'
        for text in [_("{Customers}, former ones too"), *(_(KPIS[name].label) for name in chosen)]
    )
    rows = []
    for row in segments.itertuples():
        link = f'<a href="{html.escape(row.slug)}/scorecard.html">{_segment(row.segment)}</a>'
        count = "–" if pd.isna(row.n_customers) else number(row.n_customers, 0)
        rows.append(
            f'<tr><th scope="row">{link}</th><td>{count}</td>'
            + "".join(_cell(cells[(row.segment, name)], params) for name in chosen)
            + "</tr>"
        )
    period = period_of(now["period_start"].max(), params)
    has_change = now["change"].notna().any()
    words = _("{period}, with 95% intervals")
    if has_change:
        words = _("{period}, with 95% intervals and the change since {then}")
    caption = words.format(period=period, then=period_of(now["before_start"].max(), params))
    body = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{html.escape(caption)}">'
        f"<table><caption>{html.escape(caption)}</caption>"
        f'<thead><tr><th scope="col" class="text">{html.escape(_("Segment"))}</th>'
        f"{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
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
    sentence = " ".join(legend)
    return Finding(table=now, sentence=sentence, body=body)


def then_and_now(kpis: pd.DataFrame, *, params: Params) -> Finding:
    """How staying differs between segments, now and a year before."""
    now = latest(kpis)
    measured = [name for name in STAYING if now.loc[now["kpi"] == name, "value"].notna().any()]
    if not measured:
        return Finding(now, _("Nothing is known of whether {customers} stay."), "not measured")
    declared = KPIS[measured[0]]
    table = now[(now["kpi"] == declared.name) & now["value"].notna()].sort_values("value")
    words = partial(shown, unit=declared.unit, currency=params.currency)
    differs = partial(change, unit=declared.unit, currency=params.currency)
    clear = table[table["is_clear"] & (table["segment"] != ALL)]
    fell = [row for row in clear.itertuples() if row.change < 0]
    rose = [row for row in clear.itertuples() if row.change > 0]
    sentences = [
        _("{kpi} in {period}.").format(
            kpi=_(declared.label), period=period_of(table["period_start"].iloc[0], params)
        )
    ]
    for rows, text in (
        (fell, _("It clearly fell in {segments}.")),
        (rose, _("It clearly rose in {segments}.")),
    ):
        if rows:
            moved_ones = listed(f"{name(row.segment)} ({differs(row.change)})" for row in rows)
            sentences.append(text.format(segments=moved_ones))
    if not fell and not rose and table["change"].notna().any():
        sentences.append(_("No segment changed clearly in a year."))
    shown_rows = table.assign(segment=[_name(name) for name in table["segment"]])
    return Finding(
        table=shown_rows,
        sentence=" ".join(sentences),
        draw=partial(
            figures.segments_then_and_now,
            text=words,
            then=period_of(table["before_start"].iloc[0], params),
            now=period_of(table["period_start"].iloc[0], params),
        ),
        alternative=_("{kpi} by segment: {values}.").format(
            kpi=_(declared.label),
            values=listed(
                f"{name(row.segment)} {words(row.value)}" for row in shown_rows.itertuples()
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


def gaps(importance: pd.DataFrame) -> Finding:
    """For each segment the attribute that falls furthest short of what it expects."""
    worst = importance[(importance["rank"] == 1) & (importance["segment"] != ALL)]
    worst = worst[worst["expectation_gap"].notna()].sort_values("expectation_gap")
    if worst.empty:
        return not_measured(importance, otherwise=_("Nothing was asked."))
    clear = worst[worst["expectation_gap_high"] < 0]
    row = worst.iloc[0]
    sentence = (
        _("The widest gap is {attribute} in “{segment}”: {gap} points of the scale.").format(
            attribute=name(row["attribute"]),
            segment=name(row["segment"]),
            gap=number(row["expectation_gap"], 2),
        )
        if len(clear)
        else _("In no segment does anything fall clearly short of what is expected.")
    )
    two = partial(number, digits=2)
    return Finding(
        table=worst,
        sentence=sentence,
        columns=[
            html.Shown("segment", _("Segment"), numeric=False),
            html.Shown("attribute", _("Widest gap"), numeric=False),
            html.Shown("expectation", _("Expected"), two),
            html.Shown("performance", _("Found"), two),
            html.Shown("expectation_gap", _("Gap"), two),
            *html.bounds(two, low="expectation_gap_low", high="expectation_gap_high"),
            html.Shown("n", "n", lambda n: number(n, 0)),
        ],
        caption=_("The widest gap of each segment, in scale points"),
        is_folded=False,
    )


def _value_and_interval(row: pd.Series, params: Params) -> str:
    value = shown(row["value"], row["unit"], currency=params.currency)
    return f"{value} ({reach})" if (reach := interval_of(row, params)) else value


def _name(segment: str) -> str:
    return _("All {customers}") if segment == ALL else segment


def _segment(segment: str) -> str:
    return html.name(_name(segment))


def _cell(row: dict[str, object], params: Params) -> str:
    if pd.isna(row["value"]):
        return f'<td title="{html.escape(row["reason"])}">–</td>'
    value = shown(float(row["value"]), str(row["unit"]), currency=params.currency)  # type: ignore[arg-type]
    lines = [interval_of(row, params), moved(row, params, since=False)]
    if row["is_earlier"]:
        lines.insert(0, period_of(row["period_start"], params))
    small = "".join(f'<br><span class="ci">{html.escape(line)}</span>' for line in lines if line)
    return f"<td>{html.escape(value)}{small}</td>"

"""Where does each segment stand? In words, on a map, and in a table.

Takes `tables/segment_positions`; returns a finding.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from saydo.kpis import KPIS
from saydo.kpis.intervals import CONFIDENCE, Z
from saydo.languages import gettext as _
from saydo.languages import listed, name, ngettext, number, percent
from saydo.params import ALL, Params
from saydo.report import html
from saydo.report.finding import Finding
from saydo.report.kpi_cards import period_of
from saydo.report.strategy_map import MAPPED, MOST_DRAWN, growth_text, in_words, segment_map
from saydo.report.values import interval, sample_size, segment_name, shown
from saydo.segments.way import UNKNOWN


def strategy(positions: pd.DataFrame, *, params: Params) -> Finding:
    """Each segment's share, profitability, satisfaction and growth.

    Args:
        positions: As `segments.positions.positions` returns them.
        params: Of the study.
    """
    table = wide(positions)
    parts = table[table["segment"] != ALL]
    if parts.empty:
        return Finding(table, _("There is one segment, of everyone: no other to set it against."))
    on_map = parts.dropna(subset=MAPPED).nlargest(MOST_DRAWN, "share_of_revenue")
    has_map = len(on_map) > 1
    sentences = [_revenue(parts), _growth(parts, params), _satisfaction(table, params)]
    sentences += [_worry(table), *_absent(positions)]
    if has_map:
        sentences.append(_left_off(len(parts) - len(on_map)))
        sentences.append(_("On the map the targets are marked.") if params.targets else "")
    if params.segments_follow_behaviour:
        words = _("Segments are formed by what {customers} did until now, so growth is not told.")
        sentences.append(words)
    return Finding(
        table=table,
        sentence=" ".join(filter(None, sentences)),
        draw=partial(segment_map, params=params) if has_map else None,
        alternative=in_words(on_map, params) if has_map else "",
        columns=_columns(table, params),
        caption=_("Where segments stand"),
    )


def wide(positions: pd.DataFrame) -> pd.DataFrame:
    """One row per segment, `all` first, with a column per measure, its bounds, n, KPI and period,
    and the segment's name as `label`."""
    order = list(dict.fromkeys(positions["segment"]))
    by_measure = positions.set_index(["segment", "measure"])
    columns: dict[str, pd.Series] = {}
    for measure in dict.fromkeys(positions["measure"]):
        own = by_measure.xs(measure, level="measure").reindex(order)
        columns[measure] = own["value"].astype("float64")
        for end, column in (("low", "ci_low"), ("high", "ci_high"), ("n", "n")):
            columns[f"{measure}_{end}"] = own[column].astype("float64")
        columns[f"{measure}_kpi"] = own["kpi"].fillna("")
        columns[f"{measure}_start"] = own["period_start"]
    table = pd.DataFrame(columns, index=pd.Index(order, name="segment")).reset_index()
    return table.assign(label=table["segment"].map(segment_name))


def _revenue(parts: pd.DataFrame) -> str:
    known = parts[parts["share_of_revenue"].notna() & (parts["segment"] != _(UNKNOWN))]
    if known.empty:
        return ""
    row = known.loc[known["share_of_revenue"].idxmax()]
    words = _("Most revenue comes from {segment}: {revenue}.")
    if pd.notna(row["share_of_customers"]):
        words = _("Most revenue comes from {segment}: {revenue}, from {people} of {customers}.")
    return words.format(
        segment=name(row["segment"]),
        revenue=percent(row["share_of_revenue"]),
        people=percent(row["share_of_customers"]),
    )


def _growth(parts: pd.DataFrame, params: Params) -> str:
    known = parts[parts["revenue_growth"].notna()].sort_values("revenue_growth")
    if len(known) < 2:
        return ""
    least, most = known.iloc[0], known.iloc[-1]
    words = _("From {then} to {period} revenue grew most in {most} and least in {least}.")
    period = pd.Timestamp(most["revenue_growth_start"])
    return words.format(
        then=period_of(period - pd.DateOffset(years=1), params),
        period=period_of(period, params),
        most=f"{name(most['segment'])} ({growth_text(most['revenue_growth'])})",
        least=f"{name(least['segment'])} ({growth_text(least['revenue_growth'])})",
    )


def _satisfaction(table: pd.DataFrame, params: Params) -> str:
    known = table[(table["segment"] != ALL) & table["satisfaction"].notna()]
    if len(known) < 2:
        return ""
    ranked = known.sort_values("satisfaction")
    least, most = ranked.iloc[0], ranked.iloc[-1]
    below = np.hypot(
        least["satisfaction_high"] - least["satisfaction"],
        most["satisfaction"] - most["satisfaction_low"],
    )
    # The two furthest apart of many: a pair is clear if it would be among all pairs (Bonferroni).
    pairs = len(known) * (len(known) - 1) / 2
    below *= stats.norm.ppf(1 - (1 - CONFIDENCE) / 2 / pairs) / Z
    words = (
        _("{kpi} is highest in {most} and lowest in {least}.")
        if most["satisfaction"] - least["satisfaction"] > below
        else _("{kpi} differs between no two segments clearly: {most} at most, {least} at least.")
    )
    kpi = KPIS[most["satisfaction_kpi"]]
    return words.format(
        kpi=_(kpi.label),
        most=f"{name(most['segment'])} ({_with_interval(most, params)})",
        least=f"{name(least['segment'])} ({_with_interval(least, params)})",
    )


def _with_interval(row: pd.Series, params: Params) -> str:
    unit = KPIS[row["satisfaction_kpi"]].unit
    value = shown(row["satisfaction"], unit, currency=params.currency)
    n = row["satisfaction_n"]
    if pd.isna(row["satisfaction_low"]) or pd.isna(row["satisfaction_high"]):
        return f"{value}; {sample_size(n)}"
    low, high = row["satisfaction_low"], row["satisfaction_high"]
    words = _("{value}, 95% interval {interval}; n = {n}")
    return words.format(
        value=value,
        interval=interval(low, high, unit, currency=params.currency),
        n=number(n, 0),
    )


def _worry(table: pd.DataFrame) -> str:
    """Segments that shrink and are clearly less satisfied than everyone."""
    everyone = table.loc[table["segment"] == ALL, "satisfaction"].iloc[0]
    is_low = (table["satisfaction_high"] < everyone) & (table["revenue_growth"] < 0)
    found = table[is_low & (table["segment"] != ALL)]
    if found.empty:
        return ""
    words = ngettext(
        "Less revenue than a year before, and clearly less satisfied than everyone: {segments}.",
        "Less revenue than a year before, and clearly less satisfied than everyone: {segments}.",
        len(found),
    )
    return words.format(segments=listed(map(name, found["segment"])))


def _absent(positions: pd.DataFrame) -> list[str]:
    """What is measured of nobody, and why."""
    labels = _labels()
    everyone = positions[(positions["segment"] == ALL) & positions["value"].isna()]
    words = _("{what} is not measured ({reason}).")
    return [
        words.format(what=labels[row.measure], reason=row.reason)
        for row in everyone.itertuples()
        if row.measure in labels
    ]


def _labels() -> dict[str, str]:
    return {
        "share_of_revenue": _("Share of revenue"),
        "profit": _("Profit"),
        "satisfaction": _("Satisfaction"),
        "revenue_growth": _("Growth of revenue"),
        "customer_growth": _("Growth in {customers}"),
    }


def _left_off(count: int) -> str:
    if not count:
        return ""
    words = ngettext(
        "{count} segment is not on the map: too small, or not known enough of.",
        "{count} segments are not on the map: too small, or not known enough of.",
        count,
    )
    return words.format(count=number(count, 0))


def _columns(table: pd.DataFrame, params: Params) -> list[html.Shown]:
    labels = _labels()
    columns = [html.Shown("label", _("Segment"), numeric=False)]
    columns += [
        html.Shown("share_of_customers", _("Share of {customers}"), percent),
        html.Shown("share_of_revenue", labels["share_of_revenue"], percent),
    ]
    for measure in ("profit", "satisfaction"):
        if table[measure].isna().all():
            continue
        kpi = KPIS[table[f"{measure}_kpi"].iloc[0]]
        text = partial(shown, unit=kpi.unit, currency=params.currency)
        columns += [
            html.Shown(measure, _(kpi.label), text),
            *html.bounds(text, low=f"{measure}_low", high=f"{measure}_high"),
            html.Shown(f"{measure}_n", "n", lambda n: number(n, 0)),
        ]
    columns += [
        html.Shown(measure, labels[measure], growth_text)
        for measure in ("revenue_growth", "customer_growth")
        if table[measure].notna().any()
    ]
    return columns

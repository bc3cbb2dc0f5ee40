"""How large are the segments, what are they worth, and how do they fare? In words and figures.

Takes the sizes of segments, where they stand (`tables/segment_positions`) and the table of KPIs;
returns findings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from saydo.kpis import KPIS
from saydo.languages import gettext as _
from saydo.languages import name, ngettext, number, percent
from saydo.params import ALL, Params
from saydo.report import html, segment_figures
from saydo.report.finding import Finding
from saydo.report.key_numbers import KeyNumber, key_numbers
from saydo.report.kpi_cards import interval_of, key_number, period_of
from saydo.report.movement import latest
from saydo.report.values import enumerated, people, sample_size, shown
from saydo.segments.way import UNKNOWN

STAYING = ("crr", "repeat_purchase_rate", "renewal_rate")
"""By which it is told who leaves: the first that is measured."""


def answer(
    sizes: pd.DataFrame, positions: pd.DataFrame, kpis: pd.DataFrame, *, params: Params
) -> Finding:
    """How many segments there are, the largest, the one that brings most, and who leaves most."""
    count = int(sizes.loc[sizes["segment"] == ALL, "n_customers"].iloc[0])
    parts = sizes[sizes["segment"] != ALL]
    shown_parts = parts[parts["n_customers"].notna()]
    # Those of whom it isn't known where they belong are no segment that could be an answer.
    known = shown_parts[shown_parts["segment"] != _(UNKNOWN)]
    unknown = shown_parts[shown_parts["segment"] == _(UNKNOWN)]
    n_named = int((parts["segment"] != _(UNKNOWN)).sum())
    sentences = [
        ngettext("{people} in {count} segment.", "{people} in {count} segments.", n_named).format(
            people=people(count), count=number(n_named, 0)
        )
    ]
    if len(known):
        largest = known.iloc[0]
        words = _("The largest, {segment}, has {share} of them.")
        share = percent(100 * float(largest["share"]))
        sentences.append(words.format(segment=name(largest["segment"]), share=share))
    if len(unknown):
        words = _("Of {share} it is not known where they belong.")
        sentences.append(words.format(share=percent(100 * float(unknown["share"].iloc[0]))))
    sentences.append(_hidden(len(parts) - len(shown_parts)))
    numbers = [KeyNumber(_("{Customers}, former ones too"), number(count, 0))]
    if len(parts) > 1:
        now = latest(kpis)
        valued = with_value(sizes, positions, now)
        fewest = _fewest(now)
        sentences += [_most_valuable(valued, params), _leave_most(fewest, params)]
        numbers += [*_largest(known), *_best(valued, params), *_lowest(fewest, params)]
    return Finding(
        parts, " ".join(filter(None, sentences)), body=key_numbers(numbers), is_answer=True
    )


def _largest(known: pd.DataFrame) -> Sequence[KeyNumber]:
    return [
        KeyNumber(
            _("Largest segment"),
            name(row.segment),
            (percent(100 * float(row.share)), sample_size(row.n_customers)),
        )
        for row in known.head(1).itertuples()
    ]


def _best(table: pd.DataFrame, params: Params) -> Sequence[KeyNumber]:
    known = table[(table["segment"] != _(UNKNOWN)) & table["revenue"].notna()]
    return [
        KeyNumber(
            _("Most revenue comes from"),
            name(row.segment),
            (percent(row.revenue), period_of(row.period_start, params)),
            side="do",
        )
        for row in known.nlargest(1, "revenue").itertuples()
    ]


def _lowest(fewest: tuple[dict[str, Any], bool] | None, params: Params) -> Sequence[KeyNumber]:
    """Where fewest stay, where that is clear."""
    if fewest is None or not fewest[1]:
        return []
    row = fewest[0]
    return [key_number(row, params, of=name(row["segment"]))]


def _hidden(count: int) -> str:
    if not count:
        return ""
    words = ngettext(
        "The size of {count} segment is not shown: it is too small.",
        "The sizes of {count} segments are not shown: they are too small, or would give away "
        "those that are.",
        count,
    )
    return words.format(count=number(count, 0))


def with_value(sizes: pd.DataFrame, positions: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Segments, without `all`, beside what they bring in the last period.

    Args:
        sizes: As `segment_sizes` returns them.
        positions: As `segments.positions.positions` returns them.
        now: KPIs as `movement.latest` returns them.

    Returns:
        `sizes` with `percent` (of customers), `revenue` and `profit` (% of that of all; missing
        where it is not known, or all make no profit), `period_start`.
    """
    revenue = positions[positions["measure"] == "share_of_revenue"].set_index("segment")
    earned = now[now["kpi"] == "customer_profit"].set_index("segment")
    profit = earned["value"].astype("float64") * earned["weight"].astype("float64")
    total = profit.get(ALL, np.nan)
    table = sizes.assign(
        percent=100 * sizes["share"].astype("Float64"),
        revenue=revenue["value"].reindex(sizes["segment"]).to_numpy(float),
        profit=(100 * profit / total if total > 0 else profit * np.nan)
        .reindex(sizes["segment"])
        .to_numpy(float),
        period_start=pd.to_datetime(revenue["period_start"]).max(),
    )
    return table[table["segment"] != ALL].reset_index(drop=True)


def _most_valuable(table: pd.DataFrame, params: Params) -> str:
    """Which segment brings most, by profit or else by revenue."""
    known = table[table["segment"] != _(UNKNOWN)]
    for column, words in (
        ("profit", _("Most profit comes from {segment}: {share} in {period}, from {of_all}.")),
        ("revenue", _("Most revenue comes from {segment}: {share} in {period}, from {of_all}.")),
    ):
        if known[column].notna().any():
            best = known.loc[known[column].idxmax()]
            return words.format(
                segment=name(best["segment"]),
                share=percent(best[column]),
                period=period_of(best["period_start"], params),
                of_all=_("{share} of {customers}").format(share=percent(best["percent"])),
            )
    return ""


def _leave_most(fewest: tuple[dict[str, Any], bool] | None, params: Params) -> str:
    """Where fewest stay, as clearly as the intervals allow."""
    if fewest is None:
        return _("Where fewest stay is not known.")
    first, is_clear = fewest
    chosen = first["kpi"]
    words = (
        _("Fewest stay in {segment}: {kpi} {value} (95% interval {interval}; n = {n}).")
        if is_clear
        else _(
            "Where fewest stay is not clear; lowest stands {segment}: {kpi} {value} (95% interval "
            "{interval}; n = {n})."
        )
    )
    return words.format(
        segment=name(first["segment"]),
        kpi=_(KPIS[chosen].label),
        value=shown(first["value"], KPIS[chosen].unit, currency=params.currency),
        interval=interval_of(first, params),
        n=number(first["n"], 0),
    )


def _fewest(now: pd.DataFrame) -> tuple[dict[str, Any], bool] | None:
    """The segment of which fewest stay, and whether it is clear that they are fewer than in the
    next one."""
    rows = now[now["kpi"].isin(STAYING) & (now["segment"] != ALL) & now["value"].notna()]
    chosen = next((kpi for kpi in STAYING if (rows["kpi"] == kpi).sum() > 1), None)
    if chosen is None:
        return None
    ordered = rows[rows["kpi"] == chosen].sort_values("value")
    first, second = ordered.iloc[:2].to_dict("records")
    apart = np.hypot(first["ci_high"] - first["value"], second["value"] - second["ci_low"])
    return first, bool(second["value"] - first["value"] > apart)


def sizes_and_value(
    sizes: pd.DataFrame, positions: pd.DataFrame, kpis: pd.DataFrame, *, params: Params
) -> Finding:
    """How many customers each segment has, beside what it brings."""
    table = with_value(sizes, positions, latest(kpis))
    drawn = table[table["n_customers"].notna()]
    told = [column for column in ("revenue", "profit") if table[column].notna().any()]
    if told:
        words = _("Revenue and profit are of {period}; profit is of those whose costs are known.")
        sentence = words.format(period=period_of(table["period_start"].iloc[0], params))
    else:
        of_revenue = positions[positions["measure"] == "share_of_revenue"]
        words = _("What they bring is not measured: {reason}.")
        sentence = words.format(reason=of_revenue["reason"].iloc[0])
    sentence = " ".join(filter(None, [sentence, _hidden(len(table) - len(drawn)), _others(drawn)]))
    labels = {"percent": _("{Customers}"), "revenue": _("Revenue"), "profit": _("Profit")}
    return Finding(
        table=table,
        sentence=sentence,
        draw=_drawn if len(drawn) else None,
        alternative=_("Share of {customers} by segment: {values}.").format(
            values=enumerated([_in_words(row, labels) for row in drawn.to_dict("records")])
        ),
        columns=[
            html.Shown("segment", _("Segment"), numeric=False),
            html.Shown("n_customers", _("{Customers}, former ones too"), lambda n: number(n, 0)),
            html.Shown("percent", _("Share of {customers}"), percent),
            *(html.Shown(column, labels[column], percent) for column in told),
        ],
        caption=_("Segments by size; shares of the total"),
    )


def _drawn(table: pd.DataFrame) -> segment_figures.Figure:
    return segment_figures.sizes_and_value(table[table["n_customers"].notna()])


def _in_words(row: dict[str, Any], labels: dict[str, str]) -> str:
    told = [
        f"{label} {percent(row[column])}"
        for column, label in labels.items()
        if pd.notna(row[column])
    ]
    return f"{name(row['segment'])} ({', '.join(told)})"


def _others(drawn: pd.DataFrame) -> str:
    if len(drawn) <= segment_figures.MOST_DRAWN:
        return ""
    words = _("The figure has the {count} largest; the table has all.")
    return words.format(count=number(segment_figures.MOST_DRAWN, 0))

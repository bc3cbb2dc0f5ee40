"""How much of the profit comes from how many, and how much do others take back?

Takes `tables/whale_curve`; returns a finding.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from saydo.languages import gettext as _
from saydo.languages import money, ngettext, number, percent
from saydo.params import ALL, Params
from saydo.report import html, strategy_figures
from saydo.report.finding import Finding, not_measured

TOP = 20
"""Percent of customers whose share of the profit is told in words."""


def whale_curve(table: pd.DataFrame, *, segment: str, params: Params) -> Finding:
    """Profit added up over a segment's customers, the most profitable first.

    Args:
        table: As `segments.whale_curve.whale_curve` returns it.
        segment: Of whom; for `all` the segments are set side by side too.
        params: Of the study.
    """
    rows = table[table["segment"] == segment]
    if rows.empty or rows["n"].isna().all():
        # Without costs there is one row, of everyone.
        told = rows if len(rows) else table
        words = _("not measured ({reason})")
        return not_measured(
            told.assign(reason=[words.format(reason=each) for each in told["reason"]]),
            otherwise=_("No profits are known."),
        )
    has_curve = bool(rows["percent_of_profit"].notna().all())
    parts = [_top(rows) if has_curve else _no_profit(rows, params), _losing(rows), _left_out(rows)]
    return Finding(
        table=rows,
        sentence=" ".join(filter(None, parts)),
        draw=strategy_figures.whale_curve if has_curve else None,
        alternative=_in_words(rows) if has_curve else "",
        columns=[
            html.Shown("percent_of_customers", _("{Customers}, up to"), percent),
            html.Shown("percent_of_profit", _("Profit, added up"), percent),
            html.Shown("n", "n", partial(number, digits=0)),
            html.Shown("profit", _("Profit of these"), partial(money, currency=params.currency)),
        ],
        caption=_("Profit of the last twelve months, the most profitable {customers} first"),
        body=_by_segment(table, params) if segment == ALL else "",
    )


def _top(rows: pd.DataFrame) -> str:
    """What the best part brings, at the end of the group that comes nearest."""
    row = rows.loc[(rows["percent_of_customers"] - TOP).abs().idxmin()]
    words = _(
        "The most profitable {people} of {customers} bring {profit} of the profit of the last "
        "twelve months (n = {n}; a full count)."
    )
    return words.format(
        people=percent(row["percent_of_customers"], 0),
        profit=percent(row["percent_of_profit"], 0),
        n=number(int(rows["n"].sum()), 0),
    )


def _no_profit(rows: pd.DataFrame, params: Params) -> str:
    words = _("There is no profit in all: {profit} in twelve months (n = {n}).")
    return words.format(
        profit=money(rows["profit"].sum(), params.currency), n=number(int(rows["n"].sum()), 0)
    )


def _losing(rows: pd.DataFrame) -> str:
    row = rows.iloc[0]
    if pd.isna(row["percent_losing"]):
        return _("How many cost more than they bring in is not shown: too few, on one side.")
    if row["percent_losing"] == 0:
        return _("Nobody costs more than they bring in.")
    if pd.isna(row["percent_taken_back"]):
        return _("All cost more than they bring in.")
    words = _("{share} cost more than they bring in, and take {back} of what others bring back.")
    if pd.notna(row["peak"]):
        words = _(
            "Profit peaks at {peak}: {share} cost more than they bring in, and take {back} of what "
            "others bring back."
        )
    return words.format(
        peak=percent(row["peak"]),
        share=percent(row["percent_losing"]),
        back=percent(row["percent_taken_back"]),
    )


def _left_out(rows: pd.DataFrame) -> str:
    count = rows["n_left_out"].iloc[0]
    if pd.isna(count) or not count:
        return ""
    words = ngettext(
        "{count} {customer} with an order of unknown cost is left out.",
        "{count} {customers} with an order of unknown cost are left out.",
        int(count),
    )
    return words.format(count=number(int(count), 0))


def _in_words(rows: pd.DataFrame) -> str:
    """The curve at every fifth, for those who can't see it."""
    at = [
        rows.loc[(rows["percent_of_customers"] - part).abs().idxmin()] for part in (20, 40, 60, 80)
    ]
    words = _("{profit} of profit at {people} of {customers}")
    told = dict.fromkeys(
        words.format(
            profit=percent(row["percent_of_profit"], 0),
            people=percent(row["percent_of_customers"], 0),
        )
        for row in at
    )
    return _("Cumulative profit, the most profitable first: {values}.").format(
        values="; ".join(told)
    )


def _by_segment(table: pd.DataFrame, params: Params) -> str:
    """The peak of each segment, as a folded table; nothing where there is one segment."""
    of = table.groupby("segment", sort=False)
    facts = of[["peak", "percent_losing", "percent_taken_back", "reason"]].first()
    facts = facts.assign(n=of["n"].sum(min_count=1), profit=of["profit"].sum(min_count=1))
    facts = facts.drop(index=ALL).reset_index()
    if facts.empty:
        return ""
    facts["profit"] = np.where(facts["n"].isna(), np.nan, facts["profit"])
    caption = _("Profit by segment, last twelve months")
    columns = [
        html.Shown("segment", _("Segment"), numeric=False),
        html.Shown("profit", _("Profit"), partial(money, currency=params.currency)),
        html.Shown("peak", _("Peak"), percent),
        html.Shown("percent_losing", _("Cost more than they bring in"), percent),
        html.Shown("percent_taken_back", _("Taken back"), percent),
        html.Shown("n", "n", partial(number, digits=0)),
        html.Shown("reason", _("Why not"), numeric=False),
    ]
    return html.folded(caption, html.table(facts, columns, caption=caption))

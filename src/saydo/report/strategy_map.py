"""Satisfaction against growth, segment by segment: the map, and the same in words.

Takes the table of `report.strategy.wide`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from saydo.kpis import KPIS
from saydo.kpis.kpi import Unit
from saydo.languages import gettext as _
from saydo.languages import name, number, percent, plus
from saydo.params import ALL, Params
from saydo.report.strategy_figures import bubbles
from saydo.report.values import shown

MOST_DRAWN = 12
"""More places than these on one map can't be told apart; the largest are drawn."""

MAPPED = ["satisfaction", "revenue_growth", "share_of_revenue"]


def growth_text(value: float) -> str:
    """A growth, with its sign."""
    text = percent(value)
    return plus(text) if round(value, 1) > 0 else text


def segment_map(table: pd.DataFrame, *, params: Params) -> Figure:
    parts = table[table["segment"] != ALL].dropna(subset=MAPPED)
    parts = parts.nlargest(MOST_DRAWN, "share_of_revenue")
    kpi = KPIS[parts["satisfaction_kpi"].iloc[0]]
    places = pd.DataFrame(
        {
            "x": parts["revenue_growth"],
            "y": parts["satisfaction"],
            "y_low": parts["satisfaction_low"],
            "y_high": parts["satisfaction_high"],
            "area": parts["share_of_revenue"],
            "is_marked": parts["segment"].isin(params.targets),
        }
    )
    below = _("{share} of revenue")
    return bubbles(
        places,
        labels=[
            (row.segment, below.format(share=percent(row.share_of_revenue)))
            for row in parts.itertuples()
        ],
        axis_labels=(_("Growth of revenue in a year"), _(kpi.label)),
        texts=(growth_text_short, _satisfaction_short(kpi.unit)),
        cut=table.loc[table["segment"] == ALL, "satisfaction"].iloc[0],
    )


def _satisfaction_short(unit: Unit) -> Callable[[float], str]:
    """How satisfaction is told on an axis, where no share lies beyond its ends."""
    if unit != "%":
        return partial(number, digits=1)
    return lambda value: percent(value, 0) if 0 <= value <= 100 else ""


def growth_text_short(value: float) -> str:
    """A growth on an axis."""
    text = percent(value, 0)
    return plus(text) if round(value) > 0 else text


def in_words(drawn: pd.DataFrame, params: Params) -> str:
    """The map for those who can't see it."""
    words = _("{segment}: {satisfaction}, revenue {growth}, {share} of all revenue")
    kpi = KPIS[drawn["satisfaction_kpi"].iloc[0]]
    told = (
        words.format(
            segment=name(row.segment),
            satisfaction=shown(row.satisfaction, kpi.unit, currency=params.currency),
            growth=growth_text(row.revenue_growth),
            share=percent(row.share_of_revenue),
        )
        for row in drawn.itertuples()
    )
    return _("{kpi} against growth of revenue. {values}.").format(
        kpi=_(kpi.label), values="; ".join(told)
    )

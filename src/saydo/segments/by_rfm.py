"""Segments by recency, frequency and monetary value of orders (RFM).

Each of the three is scored 1 to `scores` by quantiles of the customers who ever ordered; the
highest score is the best (bought most recently, most often, most). Equal values always get equal
scores, so that where most customers bought once the lower frequency scores are one group.

Names follow the grid of recency against the mean of frequency and monetary score that is usual in
retail; the eleven names cover all of it without overlap.
"""

from __future__ import annotations

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from saydo.errors import DataError, Problem
from saydo.languages import gettext as _
from saydo.languages import noop


class _Cell(NamedTuple):
    """Recency scores and joint frequency–monetary scores, of 5, that bear a name."""

    name: str
    recency: tuple[int, int]
    value: tuple[int, int]


GRID = (
    _Cell(noop("Champions"), (4, 5), (4, 5)),
    _Cell(noop("Loyal"), (3, 5), (3, 5)),
    _Cell(noop("Potential loyalists"), (4, 5), (2, 2)),
    _Cell(noop("New"), (5, 5), (1, 1)),
    _Cell(noop("Promising"), (4, 4), (1, 1)),
    _Cell(noop("Need attention"), (3, 3), (2, 2)),
    _Cell(noop("About to sleep"), (3, 3), (1, 1)),
    _Cell(noop("Can't lose them"), (1, 1), (4, 5)),
    _Cell(noop("At risk"), (1, 2), (3, 5)),
    _Cell(noop("Hibernating"), (2, 2), (1, 2)),
    _Cell(noop("Lost"), (1, 1), (1, 2)),
)
"""The first cell that holds names the segment."""

NEVER_ORDERED = noop("Never ordered")


def by_rfm(features: ir.Table, *, scores: int = 5) -> tuple[ir.Table, pd.DataFrame]:
    """`customer_id`, `segment`, and the cut points: `measure`, `score`, `above` (its unit: days,
    orders or money): a score takes values over `above`, up to the next score's.

    Where nobody ordered yet there are no cut points (NaN).

    Raises:
        DataError: There is no table of orders.
    """
    if "recency_days" not in features.columns:
        what = "rfm needs the table orders, which is not in data.tables"
        raise DataError("segments", [Problem("segments.method", what)])
    buyers = features.filter(features.frequency > 0)
    # Recency is negated, so that more is better for all three.
    measures = {
        "recency": -buyers.recency_days.cast("float64"),
        "frequency": buyers.frequency.cast("float64"),
        "monetary": buyers.spend,
    }
    levels = [step / scores for step in range(1, scores)]
    quantiles = {
        f"{measure}_{index}": value.quantile(level)
        for measure, value in measures.items()
        for index, level in enumerate(levels)
    }
    found = buyers.aggregate(**quantiles).execute().iloc[0]
    cuts = {
        measure: [float(found[f"{measure}_{index}"]) for index in range(scores - 1)]
        for measure in measures
    }
    scored = features.mutate(
        r=_score(-features.recency_days.cast("float64"), cuts["recency"]),
        f=_score(features.frequency.cast("float64"), cuts["frequency"]),
        m=_score(features.spend, cuts["monetary"]),
    )
    recency = _of_five(scored.r, scores)
    value = _of_five(((scored.f + scored.m + 1) / 2).floor(), scores)
    named = ibis.cases(
        (features.frequency == 0, _(NEVER_ORDERED)),
        *[
            (recency.between(*cell.recency) & value.between(*cell.value), _(cell.name))
            for cell in GRID
        ],
    )
    return scored.select("customer_id", segment=named), _cut_table(cuts)


def _score(value: ir.NumericValue, cuts: list[float]) -> ir.NumericValue:
    """1 plus the number of cut points below the value: ties fall on the same side."""
    score = ibis.literal(1)
    for cut in cuts:
        score = score + (value > cut).cast("int64")
    return score


def _of_five(score: ir.NumericValue, scores: int) -> ir.NumericValue:
    return (score * 5 / scores).ceil().cast("int64")


def _cut_table(cuts: dict[str, list[float]]) -> pd.DataFrame:
    rows = [
        {"measure": measure, "score": index + 2, "above": cut}
        for measure, values in cuts.items()
        for index, cut in enumerate(values)
    ]
    table = pd.DataFrame(rows)
    table.loc[table["measure"] == "recency", "above"] *= -1
    return table

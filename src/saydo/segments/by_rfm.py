"""Segments by recency, frequency and monetary value of orders (RFM).

Each of the three is scored from 1 by quantiles of the customers who ever ordered, or by cut points
of one's own; the highest score is the best (bought most recently, most often, most). Equal values
always get equal scores, so that where most customers bought once the lower frequency scores are one
group. Scores of other than five steps are stretched to five before the grid is read.

Names follow the grid of recency against the mean of frequency and monetary score that is usual in
retail; the eleven names cover all of it without overlap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.errors import DataError, Problem
from saydo.languages import gettext as _
from saydo.languages import noop
from saydo.params import ByRfm
from saydo.problems import no_such
from saydo.segments.features import customer_features
from saydo.segments.way import Learned, Way
from saydo.tables.checked import Tables
from saydo.tables.declared import COUNT, NUMBER, TEXT, as_declared


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


MEASURES = ("recency", "frequency", "monetary")
"""In days since the last order, orders, and the study's currency."""

CUTS: Mapping[str, str] = {
    "measure": TEXT,
    "score": COUNT,
    "cut": NUMBER,
    "n_customers": COUNT,
    "share": NUMBER,
}
"""Columns of `segment_cuts`, with their types."""


def _features(tables: Tables, how: ByRfm, as_of: date) -> ir.Table:
    """One row per customer: `MEASURES`, of orders or from columns of customers that `how` names.

    Raises:
        DataError: There is no table of orders, or no such column.
    """
    named = {measure: getattr(how.columns, measure) for measure in MEASURES}
    problems = []
    if not all(named.values()) and "orders" not in tables:
        what = (
            "rfm needs the table orders, which is not in data.tables, or columns of customers that "
            "hold all three under segments.columns"
        )
        problems.append(Problem("segments.method", what))
    given = tables["customers"].columns
    problems += [
        Problem(f"segments.columns.{measure}", no_such("column of customers", column, given))
        for measure, column in named.items()
        if column and column not in given
    ]
    if problems:
        raise DataError("segments", problems)
    # Only what is read: tickets would be counted for nothing.
    read = {name: tables[name] for name in ("customers", "orders") if name in tables}
    features = customer_features(Tables(tables.connection, read), as_of=as_of)
    own = {"recency": "recency_days", "frequency": "frequency", "monetary": "spend"}
    return features.select(
        "customer_id",
        **{
            measure: features[named[measure] or own[measure]].cast("float64")
            for measure in MEASURES
        },
    )


def _learn(features: ir.Table, how: ByRfm) -> Learned:
    """Cut points per measure, ascending: those declared, or quantiles of the customers who ordered.

    Raises:
        DataError: Nobody has ordered yet.
    """
    cuts: dict[str, list[float]] = {
        measure: list(declared)
        for measure in MEASURES
        if (declared := getattr(how.cuts, measure)) is not None
    }
    open_ = [measure for measure in MEASURES if measure not in cuts]
    if not open_:
        return cuts
    buyers = features.filter(_ordered(features))
    # Of recency less is better: its quantiles count from the other side. All of a measure at once,
    # so that the engine sorts it once.
    quantiles = {
        measure: buyers[measure].quantile(
            [1 - level if measure == "recency" else level for level in how.levels]
        )
        for measure in open_
    }
    found = buyers.aggregate(**quantiles).execute().iloc[0]
    if any(np.ndim(found[measure]) == 0 or pd.isna(found[measure]).any() for measure in open_):
        what = "no customer has an order up to the day of the run; check ordered_at and as_of"
        raise DataError("segments", [Problem("segments.method", what)])
    for measure in open_:
        cuts[measure] = sorted(_rounded(cut) for cut in found[measure])
    return {measure: cuts[measure] for measure in MEASURES}


def _place(features: ir.Table, how: ByRfm, learned: Learned) -> ir.Table:
    """`customer_id`, `segment`: the name of the customer's cell of the grid."""
    r, f, m = (score_of(features[measure], learned[measure], measure) for measure in MEASURES)
    recency, frequency, monetary = (
        _of_five(score, len(learned[measure]) + 1)
        for score, measure in zip((r, f, m), MEASURES, strict=True)
    )
    scored = features.mutate(r=recency, f=frequency, m=monetary)
    value = ((scored.f + scored.m + 1) / 2).floor().cast("int64")
    cells = [
        (scored.r.between(*cell.recency) & value.between(*cell.value), _(cell.name))
        for cell in GRID
    ]
    named = ibis.cases((~_ordered(scored), _(NEVER_ORDERED)), *cells)
    return scored.select("customer_id", segment=named)


def _explain(features: ir.Table, how: ByRfm, learned: Learned) -> dict[str, pd.DataFrame]:
    """`segment_cuts`: `measure`, `score`, `cut` (days, orders or money), and how many customers
    have that score: `n_customers`, `share` of those who ordered. Who has the score or a higher one
    is under the cut point in recency, over it in the others; who is just at it has a lower score,
    as `score_of` counts. The lowest score has no cut point."""
    buyers = features.filter(_ordered(features))
    rows = []
    for measure in MEASURES:
        cuts = learned[measure]
        score = score_of(buyers[measure], cuts, measure)
        counts = buyers.group_by(score=score).agg(n=buyers.count()).execute()
        n = counts.set_index("score")["n"]
        in_order = cuts[::-1] if measure == "recency" else cuts
        rows += [
            {
                "measure": measure,
                "score": score,
                "cut": cut,
                "n_customers": int(n.get(score, 0)),
                "share": float(n.get(score, 0)) / float(n.sum()),
            }
            for score, cut in enumerate([float("nan"), *in_order], start=1)
        ]
    return {"segment_cuts": as_declared(pd.DataFrame(rows), CUTS)}


def _ordered(features: ir.Table) -> ir.BooleanValue:
    return (features.frequency > 0).fill_null(False)


def _rounded(cut: float) -> float:
    """To ten digits, which no order of adding changes. Fewer would move a cut point off the value
    that it is when many customers share that, and with it all of them."""
    return float(f"{cut:.10g}")


def score_of(value: ir.NumericValue, cuts: Sequence[float], measure: str) -> ir.NumericValue:
    """1 plus the number of cut points that are passed: ties fall on the same side, also of sums
    that differ in the last digit because they were added up in another order."""
    score = ibis.literal(1, "int64")
    for cut in cuts:
        margin = 1e-9 * max(1.0, abs(cut))
        passed = value < cut - margin if measure == "recency" else value > cut + margin
        score = score + passed.fill_null(False).cast("int64")
    return score


def _of_five(score: ir.NumericValue, scores: int) -> ir.NumericValue:
    return score if scores == 5 else (score * 5 / scores).ceil().cast("int64")


BY_RFM = Way(place=_place, learn=_learn, features=_features, explain=_explain)

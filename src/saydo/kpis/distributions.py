"""How are values spread? Measures that need every value, not only sums of them.

The engine counts rows by value (`levels`), for all segments and periods in one query; counts add up
over segments, so that `all` is exact, and so is a median. This costs as many rows as there are
distinct values: declare values at the grain in which the field reports them (days, whole minutes),
not in microseconds.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.kpis import intervals
from saydo.kpis.measures import Aggregate, Measure, Rows, as_estimate, everyone, without
from saydo.languages import noop as _


class Distribution(Measure):
    """A measure of counts by level."""

    reads_index = True

    @abstractmethod
    def levels(self, rows: ir.Table) -> Mapping[str, ir.Value]:
        """Columns by whose distinct values rows are counted."""

    def totals(self, rows: ir.Table) -> Mapping[str, ir.Value]:
        """Columns that are added up over the rows of each level; none, as a rule."""
        return {}

    def counted(self, rows: ir.Table) -> ir.BooleanValue:
        """Rows that are counted; those of the first base if a measure does not say otherwise."""
        return self.bases(rows)[0]

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        raise TypeError(f"{type(self).__name__} is estimated from counts: call estimate_from")

    @abstractmethod
    def estimate_from(self, sums: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
        """As `estimate`, with the counts by level too.

        Args:
            sums: One row per segment and period, as `estimate` takes it.
            counts: One row per segment, period and distinct levels that occur: the columns of
                `levels` and of `totals`, and `count`. Indexed by segment and period, `all`
                included.
        """


@dataclass(frozen=True)
class Quantile(Distribution):
    """Quantile of `of` among rows, exact; interval from order statistics.

    A null counts as longer than any value: what is not over yet is censored. A bound that would be
    such a null, or lie beyond the sample, is empty.
    """

    interval = _("order statistics")

    of: Rows
    q: float = 0.5
    among: Rows = everyone

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return {"n": Aggregate(self.among(rows).sum())}

    def levels(self, rows: ir.Table) -> Mapping[str, ir.Value]:
        return {"value": self.of(rows)}

    def estimate_from(self, sums: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
        n = sums["n"]
        # Between two ranks as R's type 7 has it, so that a median of two is their mean.
        place = 1 + (n - 1) * self.q
        half = intervals.Z * np.sqrt(n * self.q * (1 - self.q))
        ranks = pd.DataFrame(
            {
                "below": np.floor(place),
                "above": np.ceil(place),
                # The number of values below the quantile is binomial; its normal approximation
                # with continuity correction holds at least 95 % for every n from 11 on
                # (Conover 1999, Practical Nonparametric Statistics, 3.2).
                "low": np.floor(n * self.q + 0.5 - half),
                "high": np.ceil(n * self.q - 0.5 + half) + 1,
            }
        )
        at = values_at(counts, ranks)
        part = place - np.floor(place)
        value = at["below"] + np.where(part > 0, part * (at["above"] - at["below"]), 0.0)
        estimate = as_estimate(n, value, at["low"], at["high"])
        return without(estimate, value.isna() & (n > 0), _("too many are still open"))

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (self.among(rows),)


def values_at(counts: pd.DataFrame, ranks: pd.DataFrame) -> pd.DataFrame:
    """The values at these ranks (1 is the smallest; nulls are the largest), from counts by `value`.

    Args:
        counts: `value` and `count`, indexed by segment and period.
        ranks: One row per segment and period; any columns of ranks.

    Returns:
        Values in the shape of `ranks`; NaN where there is no such rank, or a null lies there.
    """
    cell = list(counts.index.names)
    rows = counts.reset_index().sort_values([*cell, "value"], na_position="last")
    upto = rows.groupby(cell)["count"].cumsum()
    before = upto - rows["count"]
    found = pd.DataFrame(np.nan, index=ranks.index, columns=ranks.columns)
    place = ranks.reindex(pd.MultiIndex.from_frame(rows[cell]))
    for name in ranks.columns:
        rank = place[name].to_numpy()
        there = rows[(before < rank) & (rank <= upto)]
        at = pd.Series(
            there["value"].to_numpy("float64"), index=pd.MultiIndex.from_frame(there[cell])
        )
        found[name] = at.reindex(ranks.index)
    return found

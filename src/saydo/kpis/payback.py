"""After how many months has a new customer earned what it cost to win them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.kpis import intervals
from saydo.kpis.measures import Aggregate, Measure, Rows, as_estimate, divide, residual, without
from saydo.languages import noop as _


@dataclass(frozen=True)
class Payback(Measure):
    """Spend per new customer over the monthly margin of a customer, in months.

    The interval is made on the log scale, from the relative variances of the number of new
    customers (Poisson's) and of the margin per customer-month (delta method).
    """

    interval = _("delta method, on the log scale")

    spend: Rows
    known: Rows
    """Number of rows that tell the spend; where there is none it is unknown, not zero."""
    new: Rows
    margin: Rows
    presence: Rows
    """Part of the period in which someone was a customer."""
    months: Rows
    """How many the period has, in every row."""
    among: Rows
    """Customers whose margin counts."""

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        among = self.among(rows)
        margin, presence = (of(rows).cast("float64") for of in (self.margin, self.presence))
        return {
            "n": Aggregate(self.new(rows).sum()),
            "spend": Aggregate(self.spend(rows).sum()),
            "known": Aggregate(self.known(rows).sum()),
            "customers": Aggregate(among.sum()),
            "x": Aggregate(margin.sum(where=among)),
            "y": Aggregate(presence.sum(where=among)),
            "xx": Aggregate((margin * margin).sum(where=among)),
            "xy": Aggregate((margin * presence).sum(where=among)),
            "yy": Aggregate((presence * presence).sum(where=among)),
            "months": Aggregate(self.months(rows).max(), "max"),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        margin = divide(sums["x"], sums["y"])
        value = sums["months"] * divide(divide(sums["spend"], sums["n"]), margin)
        squares = residual(sums["xx"] + margin**2 * sums["yy"], 2 * margin * sums["xy"])
        customers = sums["customers"]
        variance = divide(squares * divide(customers, customers - 1), sums["x"] ** 2)
        half = intervals.Z * np.sqrt(variance + divide(pd.Series(1.0, sums.index), sums["n"]))
        estimate = as_estimate(sums["n"], value, value * np.exp(-half), value * np.exp(half))
        is_earning = margin > 0
        estimate = without(
            estimate, ~is_earning & (sums["n"] > 0), _("without a margin nothing is paid back")
        )
        return without(estimate, sums["known"] == 0, _("spend is not known for the whole period"))

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (self.new(rows), self.among(rows))

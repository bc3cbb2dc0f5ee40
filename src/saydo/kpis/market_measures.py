"""How do we stand among all brands? Measures of market figures, and of what buyers spend.

Market figures are full counts of sales: nothing was drawn, so that there is no interval. Those of
wallets rest on respondents and have one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.kpis import intervals
from saydo.kpis.measures import (
    FULL_COUNT,
    Aggregate,
    Mean,
    Measure,
    Rows,
    as_estimate,
    divide,
    everyone,
    without,
)
from saydo.kpis.value_measures import delta_variance, products
from saydo.languages import noop as _


class _FullCount(Measure):
    """Of all there is, about nobody."""

    interval = FULL_COUNT

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return ()

    def _exact(self, value: pd.Series) -> pd.DataFrame:
        nothing = pd.Series(np.nan, value.index)
        return as_estimate(nothing, value, nothing, nothing)


@dataclass(frozen=True)
class TotalRatio(_FullCount):
    """Sum of `of` over sum of `per`, times `times`, in rows where both are known."""

    of: Rows
    per: Rows
    times: float = 1

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        of, per = self.of(rows), self.per(rows)
        known = of.notnull() & per.notnull()
        return {"of": Aggregate(of.sum(where=known)), "per": Aggregate(per.sum(where=known))}

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        return self._exact(self.times * divide(sums["of"], sums["per"]))


@dataclass(frozen=True)
class ToLargestRival(_FullCount):
    """Our `amount` over that of the largest brand that is not ours; one row per brand."""

    amount: Rows

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        amount = self.amount(rows)
        return {
            "own": Aggregate(amount.sum(where=rows.is_own)),
            "rival": Aggregate(amount.max(where=~rows.is_own), "max"),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        return self._exact(divide(sums["own"], sums["rival"]))


@dataclass(frozen=True)
class DevelopmentIndex(_FullCount):
    """100 · `amount` per head in target markets over `amount` per head in all, these included."""

    amount: Rows

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        amount, heads = self.amount(rows), rows.population
        known = amount.notnull() & (heads > 0)
        there = known & rows.is_target
        return {
            "amount": Aggregate(amount.sum(where=known)),
            "heads": Aggregate(heads.sum(where=known)),
            "amount_there": Aggregate(amount.sum(where=there)),
            "heads_there": Aggregate(heads.sum(where=there)),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        there = divide(sums["amount_there"], sums["heads_there"])
        return self._exact(100 * divide(there, divide(sums["amount"], sums["heads"])))


@dataclass(frozen=True)
class WithinMarkets(_FullCount):
    """Change of our share from a year before that happened within markets, in percentage points.

    Σ (w₀ + w₁)/2 · (s₁ − s₀) with s our share of a market and w the market's share of all revenue.
    The rest of the change, Σ (s₀ + s₁)/2 · (w₁ − w₀), is that of the mix. A market that is new or
    gone has no change of share: it is mix altogether.
    """

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        now, before = rows.revenue, rows.revenue_before
        both = (now > 0) & (before > 0)
        change = rows.own_revenue / now.nullif(0) - rows.own_revenue_before / before.nullif(0)
        return {
            "now": Aggregate(now.sum()),
            "before": Aggregate(before.sum()),
            "weighted_now": Aggregate((now * change).sum(where=both).fill_null(0)),
            "weighted_before": Aggregate((before * change).sum(where=both).fill_null(0)),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        now = divide(sums["weighted_now"], sums["now"])
        before = divide(sums["weighted_before"], sums["before"])
        return self._exact(100 * (now + before) / 2)


@dataclass(frozen=True)
class HeavyUsage(Measure):
    """Mean `amount` of those for whom `of` holds over the mean of all; one row per person."""

    interval = _("delta method, of the logarithm")

    of: Rows
    amount: Rows
    among: Rows = everyone

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        ours, amount = self.of(rows).ifelse(1.0, 0.0), self.amount(rows)
        one = ours * 0.0 + 1.0
        columns = {"ours": ours, "amount": amount, "of_ours": ours * amount, "one": one}
        return products(columns, among=self.among(rows))

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        per_ours = divide(sums["of_ours"], sums["ours"])
        index = divide(per_ours, divide(sums["amount"], sums["one"]))
        signs = {"of_ours": 1, "ours": -1, "amount": -1, "one": 1}
        gradient = {name: sign / sums[name].where(sums[name] > 0) for name, sign in signs.items()}
        # Those of whom we know that they spend on us, not all respondents, limit what is known.
        low, high = intervals.student(np.log(index), delta_variance(sums, gradient), sums["ours"])
        estimate = as_estimate(sums["n"], index, np.exp(low), np.exp(high))
        only_ours = (sums["n"] > 0) & (sums["ours"] == sums["one"])
        return without(estimate, only_ours, _("nobody who buys only from others was asked"))

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        among, ours = self.among(rows), self.of(rows)
        return (among & ours, among)


@dataclass(frozen=True)
class RepertoireMean(Mean):
    """`Mean`, with a caveat where fewer than `least` percent use several brands."""

    several: Rows = everyone
    least: float = 40

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        several = Aggregate((self.among(rows) & self.several(rows)).sum())
        return {**super().aggregates(rows), "several": several}

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        estimate = super().estimate(sums)
        few = 100 * divide(sums["several"], sums["n"]) < self.least
        estimate.loc[few, "reason"] = _(
            "the rule is for markets in which many use several brands; here few do"
        )
        return estimate

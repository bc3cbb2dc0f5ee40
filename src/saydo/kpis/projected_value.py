"""What will customers be worth? BG/NBD says how often they buy, gamma-gamma how much they spend.

The value of a customer is Σ (purchases expected in a month) · (mean margin of one) / (1 + d)ᵗ over
the months of a horizon, t the middle of the month in years. What a model says of purchases *until*
a month is cumulative; it is the difference to the month before that is discounted. Margin is spend
times one share for all: that of margin in revenue, in the last twelve months' orders of known cost.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.interpolate import BarycentricInterpolator

from saydo.errors import NotEstimable
from saydo.kpis import gamma_gamma, intervals, lifetimes
from saydo.kpis.distributions import Distribution
from saydo.kpis.gamma_gamma import GammaGamma
from saydo.kpis.lifetimes import BgNbd, Distinct
from saydo.kpis.measures import Aggregate, as_estimate
from saydo.languages import noop as _
from saydo.params import ALL
from saydo.tables.value_marts import GRAIN_OF_SPEND

Array = npt.NDArray[np.float64]

WEEKS_IN_MONTH = 365.25 / 12 / 7

_LEVELS = (
    "is_timing",
    "x",
    "weeks_to_last",
    "weeks",
    "knows_first",
    "is_current",
    "is_new",
    "level",
)
_TOTALS = ("n_customers", "spend", "spend_squared", "revenue", "margin")
_FEW_ORDERS = _("the orders do not tell who stopped from who buys seldom")
_FEW_SPENDERS = _("the orders do not tell what {customers} will spend")
_NOTHING_COSTED = _("the cost of no order of the last twelve months is known")
_POINTS, _FEW_POINTS = 20, 12
"""At which values are computed by purchases and by time: enough for nine digits between them, or
for five of how they move with a parameter."""
_REACHES = 40
"""At which purchases to come are computed by how far ahead: enough for ten digits at least."""


@dataclass(frozen=True)
class ProjectedValue(Distribution):
    """Mean value over current customers. Reads the mart `purchase_histories`."""

    interval = _("sandwich, on the log scale")

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return {
            "n": Aggregate(_current(rows).sum()),
            "months": Aggregate(rows.horizon.max(), "max"),
            "yearly": Aggregate(rows.discount_rate.max(), "max"),
        }

    def levels(self, rows: ir.Table) -> Mapping[str, ir.Value]:
        return {name: rows[name] for name in _LEVELS}

    def totals(self, rows: ir.Table) -> Mapping[str, ir.Value]:
        return {name: rows[name] for name in _TOTALS}

    def counted(self, rows: ir.Table) -> ir.BooleanValue:
        counted: ir.BooleanValue = rows.is_timing.notnull()
        return counted

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        # A row stands for several persons.
        return (_current(rows),)

    def estimate_from(self, sums: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
        patterns: dict[Hashable, pd.DataFrame] = dict(iter(counts.groupby(level=[0, 1])))
        nothing = pd.Series(np.nan, sums.index)
        estimate = as_estimate(sums["n"], nothing, nothing, nothing)
        for cell in self._cells(sums):
            months, yearly = int(sums.loc[cell, "months"]), float(sums.loc[cell, "yearly"])
            try:
                base = Base.of(patterns[cell], months=months, yearly=yearly)
            except NotEstimable as refusal:
                estimate.loc[cell, "reason"] = str(refusal)
                continue
            value, error = self._value(base)
            far = np.exp(intervals.Z * error / abs(value))
            low, high = sorted([value / far, value * far])
            estimate.loc[cell, ["value", "ci_low", "ci_high"]] = [value, low, high]
        return estimate

    def _cells(self, sums: pd.DataFrame) -> pd.Index:
        return sums.index[sums["n"] > 0]

    def _value(self, base: Base) -> tuple[float, float]:
        return base.mean()


@dataclass(frozen=True)
class ProjectedEquity(ProjectedValue):
    """Sum of the values of current customers and of those expected to come; of `all` alone."""

    def _cells(self, sums: pd.DataFrame) -> pd.Index:
        cells = super()._cells(sums)
        return cells[cells.get_level_values("segment") == ALL]

    def _value(self, base: Base) -> tuple[float, float]:
        mean, error = base.mean()
        per_won, error_of_won = base.per_won()
        value = base.n_current * mean + base.n_won * per_won
        # Both rest on the same models: their errors go together. How many come is by chance.
        known = base.n_current * error + base.n_won * error_of_won
        return value, float(np.hypot(known, per_won * np.sqrt(base.n_won)))


@dataclass(frozen=True)
class Base:
    """Customers of one segment by their histories, and the models fitted to them."""

    rows: pd.DataFrame
    """Patterns of timing, of `n_customers` each."""
    timing: lifetimes.Fit
    spending: gamma_gamma.Fit
    margin: float
    """Share of margin in revenue."""
    months: int
    yearly: float

    @classmethod
    def of(cls, patterns: pd.DataFrame, *, months: int, yearly: float) -> Base:
        """Raises `NotEstimable`, in words for a page, where one of the models can't be fitted."""
        # In one order on every engine, so that sums of floats are the same to the last digit.
        patterns = patterns.sort_values(list(_LEVELS)).reset_index(drop=True)
        is_timing = patterns["is_timing"].astype(bool)
        rows, levels = patterns[is_timing].reset_index(drop=True), patterns[~is_timing]
        known = rows[rows["knows_first"].astype(bool)]
        revenue = float(rows["revenue"].sum())
        if revenue <= 0:
            raise NotEstimable(_NOTHING_COSTED)
        try:
            timing = lifetimes.fit(*_times(known), _customers(known))
        except NotEstimable:
            raise NotEstimable(_FEW_ORDERS) from None
        try:
            spending = gamma_gamma.fit(
                levels["x"].to_numpy("float64") + 1,
                np.exp(GRAIN_OF_SPEND * levels["level"].to_numpy("float64")),
                _customers(levels),
            )
        except NotEstimable:
            raise NotEstimable(_FEW_SPENDERS) from None
        margin = float(rows["margin"].sum()) / revenue
        return cls(rows, timing, spending, margin, months, yearly)

    @property
    def n_current(self) -> float:
        """Customers at the end of the period."""
        return float(_customers(self.rows)[self._is_current].sum())

    @property
    def n_won(self) -> float:
        """Customers won in the last twelve months."""
        return float(_customers(self.rows)[self.rows["is_new"].to_numpy(bool)].sum())

    def mean(self) -> tuple[float, float]:
        """Mean value of a current customer, and its standard error."""
        purchases = self._purchases(self.timing.model)
        mean = self._mean(purchases, self.spending.model)
        # Influence of a customer: what they add to the mean, a + b·spend, and what their timing
        # does to the model; their spend does so apart, for it has nothing to do with timing.
        count, n = _customers(self.rows), self.rows["x"].to_numpy("float64") + 1
        model = self.spending.model
        worth = self.margin * purchases * model.mean_spend(n, np.zeros(len(n)))
        by_spend = worth / model.gamma
        a = np.where(self._is_current, worth - mean, 0.0) / self.n_current
        b = np.where(self._is_current, by_spend, 0.0) / self.n_current
        a[self.rows["knows_first"].to_numpy(bool)] += self.timing.moves(
            lambda timing: self._mean(self._purchases(timing, n_points=_FEW_POINTS), model)
        )
        spend, squared = (
            self.rows[name].to_numpy("float64") for name in ("spend", "spend_squared")
        )
        variance = float((count * a**2 + 2 * a * b * spend + b**2 * squared).sum())
        variance += self.spending.variance(lambda spending: self._mean(purchases, spending))
        return mean, float(np.sqrt(variance))

    def per_won(self) -> tuple[float, float]:
        """Value of all who come in the horizon, per customer of a year, and its standard error."""
        purchases = self._purchases_of_won(self.timing.model)
        spend = self.spending.model.mean
        moves = self.timing.moves(self._purchases_of_won)
        by_timing = float((self.timing.count * moves**2).sum())
        by_spend = self.spending.variance(lambda model: model.mean)
        error = np.sqrt(spend**2 * by_timing + purchases**2 * by_spend)
        return self.margin * spend * purchases, float(abs(self.margin) * error)

    @cached_property
    def _times(self) -> tuple[Array, Array, Array]:
        return _times(self.rows)

    @cached_property
    def _by_x(self) -> Distinct:
        return np.unique(self._times[0], return_inverse=True)

    @cached_property
    def _by_end(self) -> Distinct:
        return np.unique(self._times[2], return_inverse=True)

    @cached_property
    def _is_current(self) -> npt.NDArray[np.bool_]:
        return self.rows["is_current"].to_numpy(bool)

    def _mean(self, purchases: Array, model: GammaGamma) -> float:
        """Mean value of a current customer, from discounted purchases of each pattern."""
        n = self.rows["x"].to_numpy("float64") + 1
        count = _customers(self.rows)
        spend = self.rows["spend"].to_numpy("float64")
        # Sums over the customers of a pattern: the mean spend of each is linear in their spend.
        each = model.p / (model.p * n + model.q - 1) * (model.gamma * count + spend)
        return self.margin * float((purchases * each)[self._is_current].sum()) / self.n_current

    def _purchases(self, model: BgNbd, *, n_points: int = _POINTS) -> Array:
        """Expected purchases within the horizon, each discounted, of a customer of each pattern."""
        if_alive = _if_alive(
            model,
            self._by_x,
            self._by_end,
            months=self.months,
            yearly=self.yearly,
            n_points=n_points,
        )
        return model.p_alive(*self._times) * if_alive

    def _purchases_of_won(self, model: BgNbd) -> float:
        """Discounted purchases within the horizon of those who come in it, one a year.

        A twelfth comes in each month, in its middle, and buys at once.
        """
        nobody = np.zeros(self.months)
        ahead = WEEKS_IN_MONTH * np.arange(1, self.months + 1, dtype="float64")
        until = model.expected_purchases(nobody, nobody, nobody, ahead)
        monthly = np.diff(until, prepend=0.0)
        weights = _discounts(self.months, self.yearly)
        later = np.cumsum(monthly * weights)
        # Who comes in the first month has all months but that one before them.
        each = 1 + np.concatenate([later[-2::-1], [0.0]]) if self.months > 1 else np.ones(1)
        return float((weights * each).sum()) / 12


def _if_alive(
    model: BgNbd, by_x: Distinct, by_end: Distinct, *, months: int, yearly: float, n_points: int
) -> Array:
    """Discounted purchases within the horizon of customers who still buy.

    Smooth in purchases and in time: computed at some points of each, and interpolated between them.
    """
    (times, which), (weeks, when) = by_x, by_end
    ends, purchases = _points(weeks, n_points), _points(times, n_points)
    ahead = WEEKS_IN_MONTH * np.arange(1, months + 1, dtype="float64")
    reach, place = np.unique(ahead / (model.alpha + ends[:, None]), return_inverse=True)
    points = _points(reach, _REACHES)
    of_points = np.column_stack([model.if_alive(float(x), points) for x in purchases])
    until = _between(points, of_points, reach)[place.reshape(-1, months)]
    monthly = np.diff(until, axis=1, prepend=0.0)
    value = np.einsum("emx,m->xe", monthly, _discounts(months, yearly))
    table = _between(ends, _between(purchases, value, times).T, weeks)
    found: Array = table[when, which]
    return found


def _points(values: Array, n_points: int) -> Array:
    """All of the values, if few; or else Chebyshev's points over their range, in the logarithm."""
    if len(values) <= n_points:
        return values
    low, high = np.log1p(values[[0, -1]])
    places = np.cos(np.pi * np.arange(n_points) / (n_points - 1))[::-1]
    points: Array = np.expm1((low + high) / 2 + (high - low) / 2 * places)
    return points


def _between(points: Array, value: Array, at: Array) -> Array:
    """Rows of `value`, which are at `points`, at these other points."""
    if np.array_equal(points, at):
        return value
    found: Array = BarycentricInterpolator(np.log1p(points), value)(np.log1p(at))
    return found


def _discounts(months: int, yearly: float) -> Array:
    return (1 + yearly) ** (-(np.arange(months) + 0.5) / 12)


def _times(rows: pd.DataFrame) -> tuple[Array, Array, Array]:
    """`x`, `t_x` and `t_end` in weeks, each in the middle of its week."""
    x = rows["x"].to_numpy("float64")
    last = np.where(x > 0, rows["weeks_to_last"].to_numpy("float64") + 0.5, 0.0)
    return x, last, rows["weeks"].to_numpy("float64") + 0.5


def _customers(rows: pd.DataFrame) -> Array:
    return rows["n_customers"].to_numpy("float64")


def _current(rows: ir.Table) -> ir.Value:
    return (rows.is_timing & rows.is_current).ifelse(rows.n_customers, 0)

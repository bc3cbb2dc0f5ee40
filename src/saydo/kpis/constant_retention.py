"""What is a customer worth if all goes on as in this period? Value at a constant retention rate.

With margin m per customer and window (the time over which staying is told), retention r and the
discount rate d over the window, the margins to come are worth Σ m·rᵗ/(1+d)ᵗ = m·r/(1+d−r), or with
one margin received at once m·(1+d)/(1+d−r).

References:
    Gupta & Lehmann (2003), Customers as assets, J. Interactive Marketing 17(1), 9–24.
"""

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
class RetentionValue(Measure):
    """m·r/(1+d−r); interval by MOVER, from Student's of the margin and Wilson's of retention.

    A plain delta interval would take a retention of 100 % in a small sample for certain.

    References:
        Zou & Donner (2008), Construction of confidence limits about effect measures: a general
        approach, Statistics in Medicine 27, 1693–1702.
    """

    interval = _("MOVER, of Student's and Wilson's")

    margin: Rows
    """Margin of a customer over the period."""
    presence: Rows
    """Customers that a row is on average, 0 to 1."""
    earns: Rows
    """Rows whose margin is known."""
    watched: Rows
    """Customers at the start of whom it is known whether they stayed."""
    stayed: Rows
    windows: Rows
    """Windows in a period; the same in every row."""
    discount: Rows
    """Discount rate over a window; the same in every row."""

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        among, watched = self.earns(rows), self.watched(rows)
        x, y = self.margin(rows).cast("float64"), self.presence(rows).cast("float64")
        kept = watched & self.stayed(rows)
        either = among & watched
        return {
            "n": Aggregate(watched.sum()),
            "kept": Aggregate(kept.sum()),
            "earners": Aggregate(among.sum()),
            "x": Aggregate(x.sum(where=among)),
            "y": Aggregate(y.sum(where=among)),
            "xx": Aggregate((x * x).sum(where=among)),
            "xy": Aggregate((x * y).sum(where=among)),
            "yy": Aggregate((y * y).sum(where=among)),
            "x_watched": Aggregate(x.sum(where=either)),
            "y_watched": Aggregate(y.sum(where=either)),
            "x_kept": Aggregate(x.sum(where=among & kept)),
            "y_kept": Aggregate(y.sum(where=among & kept)),
            "windows": Aggregate(self.windows(rows).max(), "max"),
            "discount": Aggregate(self.discount(rows).max(), "max"),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        m, r = _margin(sums), divide(sums["kept"], sums["n"])
        value = self._worth(m, r, sums["discount"])
        below, above = self._spread(sums)
        estimate = as_estimate(sums["n"], value, value - np.sqrt(below), value + np.sqrt(above))
        endless = (sums["n"] > 0) & (1 + sums["discount"] - r <= 0)
        return without(estimate, endless, _("nobody left, and without discounting it has no end"))

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (self.watched(rows), self.earns(rows))

    def _worth(self, m: pd.Series, r: pd.Series, d: pd.Series) -> pd.Series:
        return m * divide(r, 1 + d - r)

    def _spread(self, sums: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
        """Squared distances from the value to its bounds."""
        m, r, d = _margin(sums), divide(sums["kept"], sums["n"]), sums["discount"]
        value = self._worth(m, r, d)
        errors = residual(
            sums["xx"] + _ratio(sums) ** 2 * sums["yy"], 2 * _ratio(sums) * sums["xy"]
        )
        scale = divide(
            divide(sums["earners"], sums["earners"] - 1), (sums["y"] * sums["windows"]) ** 2
        )
        margins = intervals.student(m, errors * scale, sums["earners"])
        rates = [pd.Series(bound, sums.index) for bound in intervals.wilson(r, sums["n"])]
        by_margin = [self._worth(pd.Series(at, sums.index), r, d) - value for at in margins]
        by_rate = [self._worth(m, at, d) - value for at in rates]
        # Where the value falls as retention rises, its lower bound is at the higher rate.
        falls = m < 0
        by_rate = [by_rate[0].where(~falls, by_rate[1]), by_rate[1].where(~falls, by_rate[0])]
        link = _correlation(sums, errors).where(~falls, -_correlation(sums, errors))
        below, above = (
            a**2 + b**2 + 2 * link * a * b for a, b in zip(by_margin, by_rate, strict=True)
        )
        return below.clip(lower=0), above.clip(lower=0)


@dataclass(frozen=True)
class ValueOverCost(RetentionValue):
    """m·(1+d)/(1+d−r) over what it cost to win a customer; MOVER, with Garwood's of the new."""

    interval = _("MOVER, of Student's, Wilson's and Garwood's")

    cost: Rows
    """What was spent on winning customers."""
    known: Rows
    """Number of rows that tell the cost; where there is none it is unknown, not zero."""
    won: Rows
    """Customers won."""

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return {
            **super().aggregates(rows),
            "cost": Aggregate(self.cost(rows).sum()),
            "known": Aggregate(self.known(rows).sum()),
            "won": Aggregate(self.won(rows).sum()),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        m, r, won = _margin(sums), divide(sums["kept"], sums["n"]), sums["won"]
        worth = self._worth(m, r, sums["discount"])
        per_won = divide(worth, sums["cost"])
        fewest, most = intervals.garwood(won)
        below, above = (spread * divide(won, sums["cost"]) ** 2 for spread in self._spread(sums))
        sides = [per_won * (fewest - won), per_won * (most - won)]
        is_loss = per_won < 0
        down, up = sides[0].where(~is_loss, sides[1]), sides[1].where(~is_loss, sides[0])
        value = per_won * won
        estimate = as_estimate(
            won, value, value - np.sqrt(below + down**2), value + np.sqrt(above + up**2)
        )
        estimate = without(estimate, won == 0, "")
        estimate = without(
            estimate, (won > 0) & (sums["cost"] == 0), _("nothing was spent on winning {customers}")
        )
        return without(estimate, sums["known"] == 0, _("spend is not known for the whole period"))

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (*super().bases(rows), self.won(rows))

    def _worth(self, m: pd.Series, r: pd.Series, d: pd.Series) -> pd.Series:
        return m * divide(1 + d, 1 + d - r)


def _ratio(sums: pd.DataFrame) -> pd.Series:
    return divide(sums["x"], sums["y"])


def _margin(sums: pd.DataFrame) -> pd.Series:
    """Margin per customer and window."""
    return divide(_ratio(sums), sums["windows"])


def _correlation(sums: pd.DataFrame, errors: pd.Series) -> pd.Series:
    """Of the margin and the retention rate, over customers; 0 where one does not vary."""
    r, ratio = divide(sums["kept"], sums["n"]), _ratio(sums)
    shared = (sums["x_kept"] - r * sums["x_watched"]) - ratio * (
        sums["y_kept"] - r * sums["y_watched"]
    )
    spread = np.sqrt(errors * sums["n"] * r * (1 - r))
    return divide(shared, spread).clip(-1, 1).fillna(0)

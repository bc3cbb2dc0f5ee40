"""Segments by the market of each customer, with a segment of any other way within it.

What lies within markets is learned from the customers of all markets together, so that champions
are champions by the same measure wherever they buy.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from saydo.errors import DataError, Problem
from saydo.params import ByMarket
from saydo.segments.way import Learned, Way, learns_nothing
from saydo.tables.checked import Tables

BETWEEN = " · "
"""Stands between the market and the segment within it, as in “North · Champions”."""

_OWN = "market_of_customer"
"""Holds the market among features that may have a column of that name of their own."""


def by_market(within: Way | None) -> Way:
    """The way that puts customers in markets, and there in the segments of another way.

    Args:
        within: That other way; None for markets alone. It is given `how.within`, and what it learns
            is pinned under `within`.
    """
    if within is None:
        return Way(place=_place_in_markets, features=_markets)
    inner = within

    def features(tables: Tables, how: ByMarket, as_of: date) -> ir.Table:
        markets = _markets(tables, how, as_of).rename(market_id="customer_id")
        rows = inner.features(tables, how.within, as_of)
        return rows.left_join(markets, rows.customer_id == markets.market_id).drop("market_id")

    def learn(features: ir.Table, how: ByMarket) -> Learned:
        return {"within": dict(inner.learn(features.drop(_OWN), how.within))}

    def refit(features: ir.Table, how: ByMarket, learned: Learned) -> Learned:
        again = inner.learn_again(features.drop(_OWN), how.within, learned.get("within", {}))
        return {"within": dict(again)}

    def place(features: ir.Table, how: ByMarket, learned: Learned) -> ir.Table:
        placed = inner.place(features.drop(_OWN), how.within, learned.get("within", {}))
        placed = placed.select(placed_id="customer_id", inner="segment")
        markets = features.select("customer_id", _OWN)
        both = markets.left_join(placed, markets.customer_id == placed.placed_id)
        # Without one of the two nothing is known of where the customer belongs.
        return both.select("customer_id", segment=both[_OWN] + ibis.literal(BETWEEN) + both.inner)

    def explain(features: ir.Table, how: ByMarket, learned: Learned) -> Mapping[str, pd.DataFrame]:
        return inner.explain(features.drop(_OWN), how.within, learned.get("within", {}))

    return Way(
        place=place,
        learn=learns_nothing if inner.learn is learns_nothing else learn,
        features=features,
        explain=explain,
        finds_groups=inner.finds_groups,
        refit=refit,
    )


def _markets(tables: Tables, how: ByMarket, as_of: date) -> ir.Table:
    """`customer_id` and the market of every customer.

    Raises:
        DataError: Customers have no column `market`.
    """
    customers = tables["customers"]
    if "market" not in customers.columns:
        what = "market needs the column market of customers; map it under data.tables.customers"
        raise DataError("segments", [Problem("segments.method", what)])
    return customers.select("customer_id", **{_OWN: customers.market})


def _place_in_markets(features: ir.Table, how: ByMarket, learned: Learned) -> ir.Table:
    return features.select("customer_id", segment=_OWN)

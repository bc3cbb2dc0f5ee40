"""Which customers stand for all? As many as are wanted, chosen by a digest of their id.

A digest has nothing to do with what customers are like, so that those with the first digests are
as good as drawn at random; and it is the same on every engine, in whatever order rows come, and
next month: the sample of the same customers is the same.
"""

from __future__ import annotations

import ibis.expr.types as ir
import pandas as pd

MOST_FETCHED = 20_000
"""Customers whose rows leave the engine to learn from."""


def sample(features: ir.Table, n: int = MOST_FETCHED) -> pd.DataFrame:
    """The rows of `n` customers, or of all if they are fewer, in the order of their digests.

    Args:
        features: One row per customer, `customer_id` and whatever is to be fetched.
        n: How many.
    """
    digest = features.customer_id.cast("string").hexdigest("md5")
    first = features.mutate(digest=digest).order_by("digest").limit(n)
    fetched: pd.DataFrame = first.execute().sort_values("digest", ignore_index=True)
    return fetched.drop(columns="digest")

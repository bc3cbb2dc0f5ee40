"""Profit, markets and segments within markets are the same on Spark as on DuckDB."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.params import parse
from saydo.segments import assign
from saydo.segments.market_positions import market_positions
from saydo.segments.whale_curve import whale_curve
from saydo.tables.checked import Tables
from saydo.tables.engine import moved

pytestmark = pytest.mark.spark

AS_OF = date(2025, 12, 31)
STUDY = parse(
    {
        "study": "Both",
        "data": {"tables": {"orders": {"path": "orders.csv"}}},
        "segments": {"method": "market", "within": {"method": "rfm", "scores": 3}},
    }
)


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Two hundred customers with three orders each, in two markets or none that is known."""
    rng = np.random.default_rng(11)
    ids = [f"{number:03}" for number in range(200)]
    n = 600
    orders = pd.DataFrame(
        {
            "order_id": [f"o{number}" for number in range(n)],
            "customer_id": rng.choice(ids, n),
            "ordered_at": pd.Timestamp("2025-02-01")
            + pd.to_timedelta(rng.integers(0, 330, n), "D"),
            "revenue": rng.uniform(10, 90, n).round(2),
            "cost": np.where(rng.random(n) < 0.01, np.nan, rng.uniform(5, 60, n).round(2)),
        }
    )
    costs = pd.DataFrame(
        {"customer_id": ids, "month": pd.Timestamp("2025-05-01"), "cost_to_serve": 25.0}
    )
    customers = pd.DataFrame({"customer_id": ids, "market": (["North", "Coast"] * 99) + [None] * 2})
    market = pd.DataFrame(
        [
            {"month": month, "market": name, "brand": brand, "is_own": brand == "A",
             "revenue": float(rng.integers(100, 200))}
            for month in pd.date_range("2024-01-01", "2025-12-01", freq="MS")
            for name in ("North", "Coast")
            for brand in "Axy"
        ]
    )  # fmt: skip
    return Tables.of({"customers": customers, "orders": orders, "costs": costs, "market": market})


def test_everyone_is_in_the_same_segment_of_the_same_market_and_profit_adds_up_alike(tables, spark):
    found = []
    for each in (tables, moved(tables, spark)):
        drawn = assign(each, STUDY, as_of=AS_OF)
        placed = drawn.table.execute().sort_values("customer_id").reset_index(drop=True)
        curve = whale_curve(each, drawn.table, as_of=AS_OF, min_cell=5)
        found.append((placed, curve, market_positions(each, as_of=AS_OF)))
    for ours, theirs in zip(*found, strict=True):
        pd.testing.assert_frame_equal(ours, theirs, check_dtype=False, rtol=1e-9)
    assert found[0][0]["segment"].nunique() > 4
    assert len(found[0][1]) > 40

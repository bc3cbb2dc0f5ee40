"""The same customers are in the same segments, in whatever order their rows come."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.params import parse
from saydo.segments import WAYS, assign
from saydo.segments.by_rfm import BY_RFM
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)
RULES = [
    {"name": "Regulars", "when": "spend > 60 and frequency >= 3"},
    {"name": "Lapsed", "when": "recency_days > 200"},
]
HOW = {
    "column": {"column": "market"},
    "rules": {"rules": RULES},
    "rfm": {},
    "clusters": {"clusters": 3},
    "needs": {},
    "market": {"within": {"method": "rfm"}},
}
"""Per way of segmenting, what else params say."""


def frames() -> dict[str, pd.DataFrame]:
    """600 customers; prices of few cents, so that sums of floats differ by their order, and many
    customers with the same sum."""
    rng = np.random.default_rng(3)
    customers = pd.DataFrame(
        {
            "customer_id": [f"c{number:04d}" for number in range(600)],
            "market": rng.choice(["North", "South", None], 600),
        }
    )
    buyers = rng.integers(0, 500, 3000)
    heavy = np.where(buyers < 150, 300, 0)
    orders = pd.DataFrame(
        {
            "order_id": [f"o{number}" for number in range(3000)],
            "customer_id": customers["customer_id"].to_numpy()[buyers],
            "ordered_at": pd.Timestamp("2025-12-30")
            - pd.to_timedelta(rng.integers(0, 100, 3000) + heavy, unit="D"),
            "revenue": rng.choice([0.1, 0.2, 0.7, 10.1, 29.9], 3000),
        }
    )
    return {"customers": customers, "orders": orders, "answers": wants(rng, customers)}


def wants(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    """Three groups, each of which finds another item important; every second customer answered."""
    items = ["price", "speed", "advice"]
    rows = [
        {
            "customer_id": customer,
            "item": item,
            "aspect": "importance",
            "score": float(
                np.clip(round(rng.normal(4.6 if place == number % 3 else 2.2, 0.7)), 1, 5)
            ),
            "scale_min": 1.0,
            "scale_max": 5.0,
            "answered_at": pd.Timestamp("2025-11-15"),
        }
        for number, customer in enumerate(customers["customer_id"])
        if number % 2
        for place, item in enumerate(items)
    ]
    return pd.DataFrame(rows)


def shuffled(given: dict[str, pd.DataFrame], seed: int) -> dict[str, pd.DataFrame]:
    return {
        name: frame.sample(frac=1, random_state=seed + number, ignore_index=True)
        for number, (name, frame) in enumerate(given.items())
    }


def study(method: str):
    return parse(
        {
            "study": "Test",
            "data": {"tables": {"orders": {"path": "orders.csv"}}},
            "segments": {"method": method, **HOW[method]},
        }
    )


def assigned(given: dict[str, pd.DataFrame], method: str):
    found = assign(Tables.of(given), study(method), as_of=AS_OF)
    table = found.table.execute().sort_values("customer_id", ignore_index=True)
    return found.definition, table


def test_every_way_is_here():
    # A function of one's own is the study's.
    assert set(WAYS) - set(HOW) <= {"own"}


@pytest.mark.parametrize("method", HOW)
def test_rows_in_another_order_put_everyone_into_the_same_segment(method):
    given = frames()
    definition, table = assigned(given, method)
    assert table["segment"].nunique() >= 3
    for seed in (1, 2):
        again, same = assigned(shuffled(given, seed), method)
        assert again.learned == definition.learned
        pd.testing.assert_frame_equal(same, table)


def test_sums_that_differ_in_the_last_digit_are_the_same_sum():
    # In floats 0.1 + 0.2 + 0.7 is 1.0 and 0.7 + 0.2 + 0.1 is 0.9999999999999999.
    assert 0.1 + 0.2 + 0.7 > 0.7 + 0.2 + 0.1
    how = study("rfm").segments
    features = Tables.of({"customers": pd.DataFrame({"customer_id": ["a", "b"]})})["customers"]
    sums = (features.customer_id == "a").ifelse(0.1 + 0.2 + 0.7, 0.7 + 0.2 + 0.1)
    features = features.mutate(recency=1.0, frequency=1.0, monetary=sums)
    for cut in (0.1 + 0.2 + 0.7, 0.7 + 0.2 + 0.1):
        learned = {"recency": [5.0], "frequency": [0.0], "monetary": [cut, 3.0, 4.0, 5.0]}
        placed = BY_RFM.place(features, how, learned).execute()
        assert placed["segment"].nunique() == 1

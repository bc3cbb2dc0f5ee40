"""A small company made by hand, whose every customer a reader can follow."""

from datetime import date

import pandas as pd
import pytest

from saydo.params import parse
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)
"""With a horizon of 92 days, the watch is the last quarter: the landmark is 1 October."""


@pytest.fixture
def params_of():
    """Params of a study by contract with a watch of 92 days, changed as asked."""

    def make(**changes):
        satisfaction = {"horizon_days": 92, "adjust_for": [], **changes.pop("satisfaction", {})}
        return parse(
            {
                "study": "by hand",
                "data": {"tables": {"customers": {"path": "customers.csv"}}},
                "retention": changes.pop("retention", {"kind": "contract"}),
                "satisfaction": {key: x for key, x in satisfaction.items() if x is not None},
                **changes,
            }
        )

    return make


@pytest.fixture
def tables_of():
    """Tables from lists of rows: customers (id, acquired, left), answers (id, at, score)."""

    def make(customer_rows, answer_rows=(), **more):
        frames = {
            "customers": pd.DataFrame(
                customer_rows, columns=["customer_id", "acquired_on", "left_on"]
            ).assign(
                acquired_on=lambda frame: pd.to_datetime(frame["acquired_on"]),
                left_on=lambda frame: pd.to_datetime(frame["left_on"]),
            ),
            "answers": pd.DataFrame(
                answer_rows, columns=["customer_id", "answered_at", "score"]
            ).assign(
                answered_at=lambda frame: pd.to_datetime(frame["answered_at"], format="mixed"),
                item="satisfaction",
                scale_min=1.0,
                scale_max=5.0,
            ),
        }
        return Tables.of(frames | more)

    return make


@pytest.fixture
def assign():
    """An assignment: customers by segment, or everyone to one."""

    def make(tables, segments=None):
        customers = tables["customers"].select("customer_id")
        if segments is None:
            import ibis

            return customers.mutate(segment=ibis.literal("a"))
        frame = pd.DataFrame(segments.items(), columns=["customer_id", "segment"])
        return tables.connection.create_table("assignments", frame, temp=True)

    return make

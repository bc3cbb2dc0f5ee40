"""Small tables by hand, and what `compute` makes of them."""

from datetime import date

import ibis
import pandas as pd
import pytest

from saydo import params as params_module
from saydo.kpis import KPIS
from saydo.kpis.compute import compute
from saydo.tables.checked import Tables

CONTRACT = {"kind": "contract"}


@pytest.fixture(scope="session")
def params_of():
    """Params with these keys; one quarter, shown however few customers there are."""

    def make(**keys):
        raw = {
            "study": "By hand",
            "as_of": "2025-12-31",
            "period": "quarter",
            "periods": 1,
            "data": {"tables": {"orders": {"path": "orders.csv"}}},
            "retention": CONTRACT,
            "privacy": {"min_cell": 1},
        }
        return params_module.parse({**raw, **keys})

    return make


@pytest.fixture(scope="session")
def kpi_table(params_of):
    """`compute` on frames; `segments` maps customers to segments (all in one if left out)."""

    def make(frames, *names, kpis=None, segments=None, as_of=date(2025, 12, 31), **keys):
        tables = Tables.of(frames)
        if segments is None:
            assignments = tables["customers"].select("customer_id", segment=ibis.literal("one"))
        else:
            assignments = ibis.memtable(
                pd.DataFrame(segments.items(), columns=["customer_id", "segment"]),
                schema={"customer_id": "string", "segment": "string"},
            )
        kpis = kpis or [KPIS[name] for name in names] or None
        return compute(tables, assignments, params=params_of(**keys), as_of=as_of, kpis=kpis)

    return make


@pytest.fixture(scope="session")
def measured(kpi_table):
    """The row of one KPI, for everyone in the last period."""

    def make(frames, name, **keys):
        table = kpi_table(frames, name, **keys)
        return table[table["segment"] == "all"].iloc[-1]

    return make

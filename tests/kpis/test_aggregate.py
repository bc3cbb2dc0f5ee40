"""Aggregates lie at their place of the grid: `all` first, segments, and the unassigned last."""

from dataclasses import dataclass, replace

import ibis
import numpy as np
import pandas as pd
import pytest

from saydo.kpis import KPIS
from saydo.kpis.aggregate import Cells, aggregate
from saydo.kpis.measures import Aggregate, Measure, as_estimate
from saydo.params import ALL
from saydo.tables.marts import Mart

STARTS = pd.to_datetime(["2025-01-01", "2025-02-01", "2025-03-01"])
GRID = pd.MultiIndex.from_product(
    [[ALL, "big", "small"], STARTS], names=["segment", "period_start"]
)


@dataclass(frozen=True)
class Spent(Measure):
    """What was spent, and the least of it; told segments in place of n if it reads the index."""

    reads_index: bool = False

    def aggregates(self, rows):
        return {"total": Aggregate(rows.spent.sum()), "least": Aggregate(rows.spent.min(), "min")}

    def estimate(self, sums):
        n = sums["total"]
        if self.reads_index:
            n = pd.Series((sums.index.get_level_values("segment") == "small") * 1.0, sums.index)
        return as_estimate(n, sums["total"], sums["least"], sums["least"])

    def bases(self, rows):
        return (rows.spent.notnull(),)


def cells(measure: Measure) -> tuple[Cells, object]:
    """Of two segments and of nobody's; in February only `big` has a row, in March nobody."""
    january, february = (day.date() for day in STARTS[:2])
    rows = pd.DataFrame(
        {
            "segment": ["small", "big", "big", None, "small", "big", "not on the grid"],
            "period_start": [january] * 5 + [february, january],
            "person": list("abcdefg"),
            "spent": [3.0, 1.0, 4.0, 9.0, None, None, 2.0],
        }
    )
    connection = ibis.duckdb.connect()
    table = connection.create_table("rows", rows)
    table = table.mutate(period_start=table.period_start.cast("date"))
    kpi = replace(next(iter(KPIS.values())), name="case", measure=measure, otherwise=())
    mart = Mart(build=lambda scope: table)
    return aggregate(mart, [kpi], None, GRID), kpi


def test_sums_of_nothing_are_zero_only_where_others_have_rows():
    found, kpi = cells(Spent())
    sums = found.of(kpi, "sums").to_numpy().reshape(3, 3, 2)
    nan = np.nan
    # January, February, March, of all, big and small.
    np.testing.assert_array_equal(sums[..., 0], [[19, 0, nan], [5, 0, nan], [3, 0, nan]])
    np.testing.assert_array_equal(sums[..., 1], [[1, nan, nan], [1, nan, nan], [3, nan, nan]])


def test_people_of_no_segment_come_last():
    found, kpi = cells(Spent())
    people = found.of(kpi, "people").to_numpy().reshape(4, 3)
    nan = np.nan
    np.testing.assert_array_equal(people, [[5, 0, nan], [2, 0, nan], [1, 0, nan], [1, 0, nan]])


@pytest.mark.parametrize("reads_index", [False, True])
def test_estimates_are_rows_counted_from_0_whatever_a_measure_is_told(reads_index):
    found, kpi = cells(Spent(reads_index))
    estimate = found.estimate(kpi)
    assert list(estimate.index) == list(range(len(GRID)))
    if reads_index:
        assert list(estimate["n"]) == [0] * 6 + [1] * 3

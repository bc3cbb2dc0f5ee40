"""Digests by which pages know whether what they read has changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from saydo.runs.digests import digest_of_read, digests_of, half_of

TABLE = pd.DataFrame(
    {
        "segment": ["all", "a", "b", "a", None],
        "value": pd.array([1, 2, None, 4, 5], dtype="Float64"),
        "told": ["x", "y", None, "z", "of all"],
    }
)


def shared(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether either half of the digests is the same."""
    a, b = (str(digests_of(each)["whole"]) for each in (one, other))
    return any(half_of(a, number) == half_of(b, number) for number in (0, 1))


def changed(**values: object) -> list[str]:
    """Whose digest is another when these cells ({column: (row, value)}) have another value."""
    table = TABLE.copy()
    for column, (row, value) in values.items():
        table.loc[row, column] = value
    before, after = digests_of(TABLE), digests_of(table)
    old, new = before["segments"], after["segments"]
    parts = [name for name in old if old[name] != new.get(name)]
    return parts + ["whole"] * (before["whole"] != after["whole"])


@pytest.mark.parametrize(
    ("cell", "who"),
    [
        ({"value": (1, 2.5)}, ["a", "whole"]),
        ({"value": (2, 0.0)}, ["b", "whole"]),
        ({"told": (3, None)}, ["a", "whole"]),
        ({"told": (4, "of each")}, ["all", "a", "b", "", "whole"]),
        ({"value": (1, 2.0)}, []),
    ],
)
def test_a_digest_changes_with_the_rows_of_its_segment_and_no_other(cell, who):
    assert changed(**cell) == who


@pytest.mark.parametrize("dtype", ["float64", "Float64"])
def test_last_digits_which_differ_each_time_change_no_digest(dtype):
    values = [0.1 + 0.2, 1e300, -7.0, None, 0.0, 123456.789, float("inf"), 2.0]
    again = [0.3, 1e300 * (1 + 1e-15), -7.0, None, -1e-17, 123456.789 + 1e-10, float("inf"), 2.0]
    tables = [pd.DataFrame({"value": pd.array(each, dtype=dtype)}) for each in (values, again)]
    assert shared(*tables)
    other = tables[1].copy()
    other.loc[7, "value"] = 2.0 * (1 + 1e-8)
    assert not shared(other, tables[0])


def test_a_number_on_the_edge_of_rounding_changes_one_half_only():
    edges = 1 + (np.arange(2000) + 0.5) * 2.0**-31
    values = [pd.DataFrame({"value": [edge]}) for edge in edges]
    nearby = [pd.DataFrame({"value": [edge * (1 + sign * 2e-16)]}) for edge, sign in
              zip(edges, np.resize([1, -1], 2000), strict=True)]  # fmt: skip
    assert all(map(shared, values, nearby))
    assert not all(digests_of(a) == digests_of(b) for a, b in zip(values, nearby, strict=True))


def test_a_digest_changes_with_columns_types_and_the_order_of_its_rows():
    same = digests_of(TABLE.copy())
    assert same == digests_of(TABLE)
    for other in (
        TABLE.rename(columns={"told": "said"}),
        TABLE.astype({"value": "float64"}),
        TABLE[["segment", "told", "value"]],
        TABLE.iloc[[0, 3, 2, 1, 4]],
    ):
        assert digests_of(other)["segments"]["a"] != same["segments"]["a"]
    # Rows of others in between don't matter.
    assert digests_of(TABLE.iloc[[2, 1, 0, 3, 4]])["segments"]["a"] == same["segments"]["a"]


def test_what_was_read_is_a_table_its_rows_of_segments_or_nothing():
    digests = {"kpis": digests_of(TABLE), "watch": digests_of(TABLE[["value"]])}
    assert digest_of_read(digests, "kpis", None) == digests["kpis"]["whole"]
    of_a = digests["kpis"]["segments"]["a"]
    assert digest_of_read(digests, "kpis", ["a"]) == of_a
    assert digest_of_read(digests, "kpis", ["a", "all"]).startswith(of_a)
    assert digest_of_read(digests, "kpis", ["c"]) == digests["kpis"]["segments"][""]
    gone = digest_of_read({}, "kpis", ["a"])
    assert gone == digest_of_read({}, "other", None) != of_a

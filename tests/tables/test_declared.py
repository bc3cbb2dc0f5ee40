"""Tables of results have the columns that they declare, whatever the rows."""

import numpy as np
import pandas as pd
import pytest

from saydo.tables.declared import COUNT, DAY, NUMBER, TEXT, YES_NO, as_declared, none_of

COLUMNS = {"segment": TEXT, "n": COUNT, "share": NUMBER, "is_new": YES_NO, "from_on": DAY}
TYPES = ["str", "Int64", "float64", "boolean", "datetime64[us]"]


def types_of(table: pd.DataFrame) -> list[str]:
    return [str(kind) for kind in table.dtypes]


@pytest.mark.parametrize(
    "rows",
    [
        {"from_on": [pd.Timestamp("2025-12-31")], "segment": ["a"], "share": [1], "n": [3.0]},
        {"segment": ["a", "b"], "n": [pd.NA, 3], "share": [pd.NA, 0.5], "is_new": [None, True]},
        {"segment": [None], "n": [np.nan], "share": [None], "from_on": [pd.NaT]},
        {"segment": ["a"]},
        {},
    ],
)
def test_columns_their_order_and_types_are_those_declared(rows):
    table = as_declared(pd.DataFrame(rows), COLUMNS)
    assert list(table) == list(COLUMNS)
    assert types_of(table) == TYPES


def test_values_stay_and_what_rows_lack_is_null():
    rows = pd.DataFrame({"share": [0.5, pd.NA], "n": [3.0, np.nan], "segment": ["a", None]})
    table = as_declared(rows, COLUMNS)
    assert table["n"].tolist() == [3, pd.NA]
    assert table["share"].iloc[0] == 0.5 and np.isnan(table["share"].iloc[1])
    assert table["segment"].iloc[0] == "a" and pd.isna(table["segment"].iloc[1])
    assert table[["is_new", "from_on"]].isna().all(axis=None)


def test_days_of_any_precision_become_one():
    days = pd.Series(pd.to_datetime(["2025-12-31"]))
    for unit in ("s", "ms", "ns"):
        table = as_declared(pd.DataFrame({"from_on": days.dt.as_unit(unit)}), COLUMNS)
        assert types_of(table) == TYPES
        assert table["from_on"].tolist() == days.tolist()


def test_no_rows_have_the_columns_too():
    assert types_of(none_of(COLUMNS)) == TYPES
    assert len(none_of(COLUMNS)) == 0


def test_a_column_that_is_not_declared_is_not_lost_in_silence():
    with pytest.raises(ValueError, match="not declared: typo"):
        as_declared(pd.DataFrame({"segment": ["a"], "typo": [1]}), COLUMNS)


def test_a_fraction_is_no_count():
    with pytest.raises(TypeError):
        as_declared(pd.DataFrame({"n": [0.5]}), COLUMNS)

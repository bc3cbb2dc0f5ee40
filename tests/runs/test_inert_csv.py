"""Tables as files: nothing that people typed runs where they are opened."""

import pandas as pd
import pytest

from saydo.runs.write_tables import inert


@pytest.mark.parametrize("typed", ["=1+1", "@SUM(A1)", "+cmd|' /C'!A0", "-2+3", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(typed):
    assert inert(pd.DataFrame({"a": [typed]}))["a"].tolist() == ["'" + typed]


@pytest.mark.parametrize("typed", ["a=b", "-5", "+33 6 12 34", "−3", "", "'=1"])
def test_numbers_and_other_texts_stay_as_they_are(typed):
    assert inert(pd.DataFrame({"a": [typed]}))["a"].tolist() == [typed]


def test_types_and_missing_values_stay():
    table = pd.DataFrame(
        {
            "who": ["=a", None],
            "kind": pd.Categorical(["=a", "b"]),
            "n": pd.array([1, None], dtype="Int64"),
            "day": pd.to_datetime(["2025-01-01", None]),
        }
    )
    safe = inert(table)
    assert safe["who"].tolist()[0] == "'=a" and pd.isna(safe["who"][1])
    assert safe["kind"].tolist() == ["'=a", "b"]
    pd.testing.assert_frame_equal(safe[["n", "day"]], table[["n", "day"]])

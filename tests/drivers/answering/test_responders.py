"""Everyone present with their answer or none, and the retention of both."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.answering import responders, response_patterns
from saydo.drivers.exposures import exposures

AS_OF = date(2025, 12, 31)

CUSTOMERS = [
    ("says", "2024-01-15", None),
    ("says_and_leaves", "2024-01-15", "2025-11-30"),
    ("silent", "2024-01-15", None),
    ("silent_leaves", "2024-01-15", "2025-12-01"),
    ("late", "2024-01-15", None),
    ("stale", "2020-01-15", None),
    ("other_scale", "2024-01-15", None),
    ("gone", "2024-01-15", "2025-09-30"),
    ("new", "2025-10-02", None),
]
ANSWERS = [
    ("says", "2025-09-01", 4),
    ("says_and_leaves", "2025-09-01", 2),
    ("late", "2025-10-05", 5),
    ("stale", "2024-01-01", 5),
    ("other_scale", "2025-09-01", 5),
    ("gone", "2025-09-01", 1),
]


def grouped(**rows):
    """Patterns from segment=(answered stayed, answered left, silent stayed, silent left)."""
    frame = pd.DataFrame(
        [
            (segment, said, stayed, left)
            for segment, (a, b, c, d) in rows.items()
            for said, stayed, left in ((4.0, a, b), (np.nan, c, d))
        ],
        columns=["segment", "satisfaction", "n_stayed", "n_left"],
    )
    return frame.assign(scale_min=1.0, scale_max=5.0)


def test_patterns_hold_everyone_present_and_an_answer_only_of_those_who_gave_one_in_time(
    params_of, tables_of, assign
):
    tables = tables_of(CUSTOMERS, ANSWERS)
    answers = tables["answers"].execute()
    answers.loc[answers["customer_id"] == "other_scale", "scale_max"] = 10.0
    tables = type(tables).of({"customers": tables["customers"].execute(), "answers": answers})
    exposed = exposures(tables, assign(tables), params=params_of(), as_of=AS_OF)
    found = response_patterns(exposed)
    everyone = found[found["segment"] == "all"].set_index("satisfaction")
    assert everyone.loc[4.0, ["n_stayed", "n_left"]].tolist() == [1, 0]
    assert everyone.loc[2.0, ["n_stayed", "n_left"]].tolist() == [0, 1]
    # The silent, the late, the stale and the one on another scale; not the gone, nor the new.
    assert everyone[everyone.index.isna()][["n_stayed", "n_left"]].to_numpy().tolist() == [[4, 1]]
    assert len(everyone) == 3
    assert (found["scale_max"] == 5).all()


def test_retention_of_respondents_and_silent_stand_side_by_side():
    # Newcombe (1998), Stat. Med. 17, table II (a): 56/70 − 48/80, method 10: 0.0524 to 0.3339.
    table = responders(grouped(all=(56, 14, 48, 32))).iloc[0]
    assert table[["n", "n_answered", "n_silent"]].tolist() == [150, 70, 80]
    assert table["retention_answered"] == pytest.approx(80)
    assert table["retention_silent"] == pytest.approx(60)
    assert table["difference"] == pytest.approx(20)
    assert table["ci_low"] == pytest.approx(5.24, abs=0.005)
    assert table["ci_high"] == pytest.approx(33.39, abs=0.005)
    # Wilson's interval of 70 out of 150, by R: prop.test(70, 150, correct = FALSE)$conf.int
    assert table["answered_share"] == pytest.approx(100 * 70 / 150)
    assert table["share_low"] == pytest.approx(38.8660508, abs=1e-6)
    assert table["share_high"] == pytest.approx(54.6337509, abs=1e-6)


def test_a_segment_where_everyone_or_nobody_answered_has_no_difference():
    table = responders(grouped(all=(60, 30, 30, 30), a=(60, 30, 0, 0), b=(0, 0, 30, 30)))
    table = table.set_index("segment")
    assert np.isnan(table.loc["a", "retention_silent"]) and np.isnan(table.loc["b", "ci_low"])
    assert table.loc["b", "answered_share"] == 0
    assert table.loc["a", "retention_answered"] == pytest.approx(200 / 3)


def test_few_silent_are_withheld_and_so_is_whatever_they_could_be_derived_from():
    table = responders(
        grouped(all=(200, 60, 100, 43), a=(100, 30, 2, 1), b=(50, 10, 60, 22), c=(50, 20, 38, 20))
    ).set_index("segment")
    shown = table["n_silent"].notna()
    assert not shown["a"]
    # With one segment withheld alone, everyone less the others would give it back.
    assert (~shown[["a", "b", "c"]]).sum() >= 2
    assert table.loc["a", ["n_answered", "retention_answered", "difference"]].isna().all()
    assert table.loc["a", "reason"].startswith("withheld: fewer than 11")
    assert shown["all"]

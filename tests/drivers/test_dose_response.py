"""Retention by level: published intervals, exact rates, small groups withheld."""

import pandas as pd
import pytest

from saydo.drivers.dose_response import dose_response


def patterns(*rows):
    table = pd.DataFrame(rows, columns=["segment", "satisfaction", "n_stayed", "n_left"])
    everyone = table.groupby("satisfaction")[["n_stayed", "n_left"]].sum().reset_index()
    both = pd.concat([everyone.assign(segment="all"), table], ignore_index=True)
    return both.assign(scale_min=1.0, scale_max=5.0)


@pytest.mark.parametrize(
    ("stayed", "n", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    [(81, 263, 25.53, 36.62), (15, 148, 6.24, 16.05), (0, 20, 0.0, 16.11), (1, 29, 0.61, 17.18)],
)
def test_intervals_are_those_of_wilson_as_published(stayed, n, low, high):
    row = dose_response(patterns(("a", 3.0, stayed, n - stayed))).iloc[0]
    assert row["retention"] == pytest.approx(100 * stayed / n)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((low, high), abs=0.005)


def test_patterns_of_one_level_are_added_up():
    table = dose_response(patterns(("a", 3.0, 20, 5), ("a", 3.0, 10, 15), ("a", 4.0, 30, 0)))
    of_a = table[table.segment == "a"].set_index("satisfaction")
    assert list(of_a["n"]) == [50, 30]
    assert list(of_a["retention"]) == [60.0, 100.0]


def test_a_small_level_is_withheld_with_the_one_that_would_reveal_it():
    table = dose_response(
        patterns(("a", 1.0, 3, 2), ("a", 2.0, 20, 5), ("a", 3.0, 50, 5), ("b", 3.0, 40, 2))
    )
    of_a = table[table.segment == "a"].set_index("satisfaction")
    # 5 customers gave 1; level 2 is the next smallest.
    assert list(of_a["n"].isna()) == [True, True, False]
    assert of_a.loc[2.0, ["retention", "ci_low", "ci_high", "n_stayed", "n_left"]].isna().all()
    assert of_a.loc[1.0, "reason"] == of_a.loc[2.0, "reason"] != ""
    # Only `a` has levels 1 and 2, so that `all` would show them too.
    of_all = table[table.segment == "all"].set_index("satisfaction")
    assert list(of_all["n"].isna()) == [True, True, False]

"""What sets segments apart, against R and by hand."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from saydo.params import parse
from saydo.segments.profiles import COLUMNS, profiled_features, profiles
from saydo.tables.checked import Tables

A, B = [1, 2, 3, 4, 5, 6, 7], [2, 4, 4, 6, 9]
SPENT_A, SPENT_B = [0, 0, 10, 20, 400, 35], [5, 50, 60, 1000]


def told(segments: list[str], *, hidden=(), min_cell=1, **features: list) -> pd.DataFrame:
    """Profiles by segment, of customers in this order."""
    ids = [f"{number:04d}" for number in range(len(segments))]
    table = profiles(
        ibis.memtable(pd.DataFrame({"customer_id": ids, **features})),
        ibis.memtable(pd.DataFrame({"customer_id": ids, "segment": segments})),
        hidden=hidden,
        min_cell=min_cell,
    )
    return table.set_index("segment")


def test_a_difference_of_means_is_hedges_g_with_its_interval():
    # R 4.2, metafor 3.8: escalc("SMD", m1i=mean(x), sd1i=sd(x), n1i=7, m2i=mean(y), sd2i=sd(y),
    # n2i=5) with x = 1:7 and y = c(2,4,4,6,9): yi, and yi ± 1.96 sqrt(vi).
    row = told(["a"] * 7 + ["b"] * 5, age=A + B).loc["a"]
    estimate = row["difference"], row["ci_low"], row["ci_high"]
    assert estimate == pytest.approx((-0.3899311883, -1.5481229906, 0.7682606139))
    means_and_n = row[["mean", "others_mean", "n", "n_others"]].tolist()
    assert means_and_n == pytest.approx([4, 5, 7, 5])


def test_everyone_else_is_all_other_segments_together():
    # The same as above, with y in three segments: others are pooled, not averaged.
    row = told(["a"] * 7 + ["b", "c", "c", "d", "b"], age=A + B).loc["a"]
    assert row["difference"] == pytest.approx(-0.3899311883)
    assert row["others_mean"] == pytest.approx(5)


def test_money_is_compared_on_the_logarithm_and_told_in_money():
    # R: escalc("SMD") as above on log1p(c(0,0,10,20,400,35)) and log1p(c(5,50,60,1000)).
    row = told(["a"] * 6 + ["b"] * 4, spend=SPENT_A + SPENT_B).loc["a"]
    estimate = row["difference"], row["ci_low"], row["ci_high"]
    assert estimate == pytest.approx((-0.6843336784, -1.9845482826, 0.6158809259))
    # The geometric mean of 1 + x: ((1·1·11·21·401·36)^(1/6) − 1) and ((6·51·61·1001)^(1/4) − 1).
    assert row["mean"] == pytest.approx((11 * 21 * 401 * 36) ** (1 / 6) - 1)
    assert row["others_mean"] == pytest.approx((6 * 51 * 61 * 1001) ** (1 / 4) - 1)


def test_a_difference_of_shares_is_cohens_h_with_its_interval():
    # R 4.2, effectsize 0.8.3: cohens_h(matrix(c(15, 12, 5, 28), 2, byrow = TRUE)).
    yes = [True] * 15 + [False] * 5 + [True] * 12 + [False] * 28
    row = told(["a"] * 20 + ["b"] * 40, is_member=yes).loc["a"]
    estimate = row["difference"], row["ci_low"], row["ci_high"]
    assert estimate == pytest.approx((0.9351156217, 0.3983573786, 1.471873865))
    assert (row["mean"], row["others_mean"]) == pytest.approx((0.75, 0.3))


def test_large_numbers_that_differ_little_lose_nothing():
    # A shift moves no difference, even where squares would need more than sixteen digits.
    row = told(["a"] * 7 + ["b"] * 5, since=[1e9 + value for value in A + B]).loc["a"]
    assert row["difference"] == pytest.approx(-0.3899311883, rel=1e-6)


def test_who_is_not_known_is_left_out_of_that_feature_alone():
    found = told(["a", "a", "b", "b"], age=[1.0, None, 3.0, 4.0], size=[1.0, 2.0, 3.0, 5.0])
    n = found.set_index("feature", append=True)["n"]
    assert n["a", "age"] == 1 and n["a", "size"] == 2


def test_texts_and_what_is_the_same_for_all_set_nobody_apart():
    found = told(["a", "a", "b"], age=[1, 2, 3], same=[7, 7, 7], place=["x", "y", "z"])
    assert set(found["feature"]) == {"age"}


def test_groups_without_any_spread_have_no_standardised_difference():
    row = told(["a", "a", "b", "b"], age=[1, 1, 2, 2]).loc["a"]
    assert np.isnan(row["difference"]) and np.isnan(row["ci_low"])
    assert (row["mean"], row["others_mean"]) == (1, 2)


def test_a_segment_alone_has_nobody_to_differ_from():
    assert told(["a"] * 5, age=[1, 2, 3, 4, 5]).empty


def test_segments_whose_size_is_hidden_are_not_told():
    found = told(["a"] * 3 + ["b"] * 3 + ["c"] * 3, hidden=["b"], age=list(range(9)))
    assert list(found.index) == ["a", "c"]


def test_too_few_known_of_a_feature_hide_it_with_one_more_of_the_segments():
    # Of b only two have an age. Hidden alone they could be had from the others and their total.
    age = [*range(30), 1.0, 2.0, *[None] * 18, *range(20)]
    found = told(["a"] * 30 + ["b"] * 20 + ["c"] * 20, min_cell=11, age=age)
    assert list(found.index) == ["a"]


def test_without_any_number_there_is_a_table_without_rows():
    table = told(["a", "b"], place=["x", "y"]).reset_index()
    assert set(table.columns) == set(COLUMNS) and table.empty


def test_satisfaction_is_the_last_answer_and_none_that_is_too_old():
    answers = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c"],
            "item": ["satisfaction", "satisfaction", "satisfaction", "other"],
            "score": [1.0, 4.0, 2.0, 5.0],
            "scale_min": 1.0,
            "scale_max": 5.0,
            "answered_at": pd.to_datetime(["2025-12-01", "2025-12-20", "2020-01-01", "2025-12-20"]),
        }
    )
    study = {"study": "Test", "data": {"tables": {"answers": {"path": "a.csv"}}}}
    tables = Tables.of({"answers": answers})
    found = profiled_features(tables, params=parse(study), as_of=date(2025, 12, 31)).execute()
    scores = found.set_index("customer_id")["satisfaction"]
    assert scores["a"] == 4 and scores[["b", "c"]].isna().all()

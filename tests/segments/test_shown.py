"""Counts of few people don't stand in the tables that explain segments."""

import pandas as pd

from saydo.segments.shown import shown


def test_a_score_of_few_is_withheld_with_another_that_would_give_it_away():
    cuts = pd.DataFrame(
        {
            "measure": ["frequency"] * 4 + ["monetary"] * 2,
            "score": [1, 2, 3, 4, 1, 2],
            "n_customers": [500, 40, 30, 3, 300, 273],
            "share": [0.87, 0.07, 0.05, 0.01, 0.52, 0.48],
        }
    )
    found = shown({"segment_cuts": cuts}, min_cell=11)["segment_cuts"]
    assert list(found["n_customers"].isna()) == [False, False, True, True, False, False]
    assert list(found["share"].isna()) == [False, False, True, True, False, False]


def test_the_centre_of_a_group_of_few_is_not_told():
    centres = pd.DataFrame(
        {
            "segment": ["A", "B"],
            "feature": "spend",
            "centre": [1.0, 9.0],
            "score": 0.5,
            "n": [50, 5],
        }
    )
    found = shown({"cluster_centres": centres}, min_cell=11)["cluster_centres"]
    assert list(found["segment"]) == ["A", "B"]
    assert found.loc[1, ["centre", "score", "n"]].isna().all()
    assert found.loc[0, "n"] == 50


def test_few_placed_or_few_not_placed_are_not_counted():
    def placed(n_silent: int, n_placed: int) -> pd.Series:
        row = {
            "n_silent": n_silent,
            "n_placed": n_placed,
            "share_placed": n_placed / n_silent,
            "probability": 0.6,
            "n": 900,
        }
        found = shown({"need_placing": pd.DataFrame([row])}, min_cell=11)["need_placing"]
        return found[["n_placed", "share_placed", "probability"]].isna().iloc[0]

    assert placed(100, 5).all() and placed(100, 95).all()
    assert not placed(100, 50).any() and not placed(100, 0).any() and not placed(100, 100).any()

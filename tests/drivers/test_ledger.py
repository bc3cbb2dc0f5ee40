"""The ledger: who said what and did what, by the scale's own top and bottom."""

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from saydo.drivers.dose_response import dose_response
from saydo.drivers.ledger import ledger


def patterns(counts, scale=(1.0, 5.0)):
    rows = [
        (segment, float(answer), *scale, *n)
        for segment in ("all", "a")
        for answer, n in counts.items()
    ]
    names = ["segment", "satisfaction", "scale_min", "scale_max", "n_stayed", "n_left"]
    return pd.DataFrame(rows, columns=names)


@pytest.mark.parametrize(
    ("scale", "dissatisfied", "satisfied"),
    [
        ((1, 5), [1, 2], [4, 5]),
        ((1, 7), [1, 2], [6, 7]),
        ((1, 4), [1], [4]),
        ((1, 3), [1], [3]),
        ((0, 1), [0], [1]),
        ((0, 10), [0, 1, 2], [8, 9, 10]),
        ((1, 10), [1, 2, 3], [8, 9, 10]),
        ((-2, 2), [-2, -1], [1, 2]),
    ],
)
def test_top_and_bottom_of_every_scale(scale, dissatisfied, satisfied):
    points = range(scale[0], scale[1] + 1)
    counts = dict.fromkeys(points, (100, 100))
    table = ledger(patterns(counts, tuple(map(float, scale))))
    n = table[(table.segment == "a") & (table.did == "left")].set_index("said")["n"]
    assert n["dissatisfied"] == 100 * len(dissatisfied)
    assert n["satisfied"] == 100 * len(satisfied)
    assert n["neutral"] == 100 * (len(points) - len(dissatisfied) - len(satisfied))


def test_cells_count_shares_of_all_who_answered():
    counts = {1: (12, 20), 2: (18, 20), 3: (60, 30), 4: (100, 15), 5: (200, 25)}
    table = ledger(patterns(counts))
    of_a = table[table.segment == "a"].set_index(["said", "did"])
    assert of_a["n"].to_dict() == {
        ("satisfied", "stayed"): 300,
        ("satisfied", "left"): 40,
        ("neutral", "stayed"): 60,
        ("neutral", "left"): 30,
        ("dissatisfied", "stayed"): 30,
        ("dissatisfied", "left"): 40,
    }
    assert of_a["share"].sum() == pytest.approx(1)
    cell = of_a.loc[("satisfied", "left")]
    assert cell["share"] == pytest.approx(0.08)
    low, high = proportion_confint(40, 500, method="wilson")
    assert (cell["ci_low"], cell["ci_high"]) == pytest.approx((low, high))


def test_a_word_is_withheld_where_one_of_its_answers_is():
    # Five who answered 5 must not show, and answer 2 with its 38 hides them: neither "satisfied"
    # (105 less the 100 of answer 4) nor "dissatisfied" may give them back.
    counts = {1: (40, 20), 2: (18, 20), 3: (60, 30), 4: (80, 20), 5: (4, 1)}
    frame = patterns(counts)
    levels = dose_response(frame).query("segment == 'a'").set_index("satisfaction")
    assert levels.index[levels["n"].isna()].to_list() == [2, 5]
    table = ledger(frame)
    hidden = table[(table.segment == "a") & table["n"].isna()]
    assert list(zip(hidden.said, hidden.did, strict=True)) == [
        ("satisfied", "stayed"),
        ("satisfied", "left"),
        ("dissatisfied", "stayed"),
        ("dissatisfied", "left"),
    ]
    assert (hidden["reason"] != "").all()
    assert hidden[["share", "ci_low", "ci_high"]].isna().all(axis=None)


def test_every_segment_has_six_rows_in_one_order():
    table = ledger(patterns({5: (50, 20)}))
    assert list(table["segment"]) == ["all"] * 6 + ["a"] * 6
    assert list(table["said"][:6]) == ["satisfied"] * 2 + ["neutral"] * 2 + ["dissatisfied"] * 2
    assert list(table["did"][:2]) == ["stayed", "left"]

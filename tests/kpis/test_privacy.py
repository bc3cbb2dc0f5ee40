"""Nothing about too few people is shown, and nothing shown gives it away."""

import numpy as np
import pandas as pd
import pytest

from saydo.privacy import withheld

MIN = 11


def hidden(people, unassigned=0):
    return list(withheld(np.array(people), unassigned, min_cell=MIN))


def test_a_single_small_segment_takes_the_next_smallest_with_it():
    assert hidden([50, 5, 20]) == [False, True, True]


def test_two_small_segments_with_too_few_between_them_take_another():
    # 3 + 4 = 7: their sum, which `all` gives away, would be about 7 people.
    assert hidden([3, 4, 30, 40]) == [True, True, True, False]
    assert hidden([6, 5, 30, 40]) == [True, True, False, False]


def test_empty_segments_are_known_and_hide_nothing():
    assert hidden([0, 5, 0, 30, 40]) == [False, True, False, True, False]


def test_people_of_no_segment_hide_others_and_are_hidden():
    assert hidden([5, 30, 40], unassigned=20) == [True, False, False]
    assert hidden([20, 30, 40], unassigned=3) == [True, False, False]
    assert hidden([20, 30, 40], unassigned=12) == [False, False, False]


def test_cells_of_one_person_each_are_not_told_by_their_sum():
    # Eleven segments of one: the sum says 11 people in 11 cells that are not empty.
    assert hidden([1] * 11 + [50]) == [True] * 12


def test_large_segments_are_all_shown():
    assert not any(hidden([11, 12, 500]))


@pytest.mark.parametrize("seed", range(4))
def test_no_small_cell_can_be_worked_out_from_what_is_shown(seed):
    rng = np.random.default_rng(seed)
    for _ in range(1000):
        people = rng.choice([0, 0, 1, 2, 5, 9, 10, 11, 13, 40, 300], size=rng.integers(1, 8))
        unassigned = int(rng.choice([0, 0, 3, 15]))
        everyone = int(people.sum()) + unassigned
        flags = withheld(people, unassigned, min_cell=MIN)
        assert not np.any(~flags & (people > 0) & (people < MIN))
        if everyone < MIN:
            continue  # `all` is withheld too, so that there is nothing to subtract from
        rest = everyone - int(people[~flags].sum())
        unknown = int((flags & (people > 0)).sum()) + (unassigned > 0)
        secret = [*people[flags], *([unassigned] if unassigned else [])]
        if any(0 < cell < MIN for cell in secret):
            # What a subtraction gives is about enough people, in cells that could share it out in
            # more ways than one.
            assert rest >= MIN
            assert unknown >= 2
            assert rest > unknown


def frames():
    """30 answers in one segment, 20 in another, 4 in a third."""
    people = (
        [f"a{n}" for n in range(30)] + [f"b{n}" for n in range(20)] + [f"c{n}" for n in range(4)]
    )
    frame = pd.DataFrame({"customer_id": people, "score": [4, 5] * 27})
    frame["answered_at"] = pd.Timestamp("2025-11-01")
    return {"answers": frame.assign(item="satisfaction", scale_min=1, scale_max=5)}


SEGMENTS = {
    **{f"a{n}": "large" for n in range(30)},
    **{f"b{n}": "medium" for n in range(20)},
    **{f"c{n}": "small" for n in range(4)},
}


def test_value_interval_and_n_are_withheld_with_the_reason(kpi_table):
    table = kpi_table(
        frames(), "csat_mean", "csat_top2", segments=SEGMENTS, privacy={"min_cell": MIN}
    )
    for _, rows in table.groupby("kpi"):
        rows = rows.set_index("segment")
        shown = rows[["value", "ci_low", "ci_high", "n"]].notna().all(axis=1)
        assert shown.to_dict() == {"all": True, "large": True, "medium": False, "small": False}
        withheld_rows = rows[~shown]
        assert withheld_rows[["value", "ci_low", "ci_high", "n"]].isna().all(axis=None)
        assert set(withheld_rows["reason"]) == {
            "withheld, to protect groups of fewer than 11 customers"
        }
        assert set(withheld_rows["status"]) == {"not measured"}


def test_people_are_counted_and_not_answers(measured):
    # Twelve answers of ten people.
    answers = frames()["answers"].head(12).assign(customer_id=[f"a{n % 10}" for n in range(12)])
    row = measured({"answers": answers}, "csat_mean", privacy={"min_cell": MIN})
    assert pd.isna(row["n"])
    assert measured({"answers": answers}, "csat_mean", privacy={"min_cell": 10})["n"] == 12


def test_nameless_answers_count_as_a_person_each(measured):
    answers = frames()["answers"].head(12).assign(customer_id=[*"abcdef", *[None] * 6])
    tables = {"answers": answers, "customers": pd.DataFrame({"customer_id": list("abcdef")})}
    assert measured(tables, "csat_mean", privacy={"min_cell": 12})["n"] == 12
    assert pd.isna(measured(tables, "csat_mean", privacy={"min_cell": 13})["n"])


def test_few_new_customers_are_not_given_away_by_the_acquisition_rate(kpi_table):
    # 2 new of segment b, 20 of a, 30 of c; a hundred at the start of each.
    rows = [(f"{s}{n}", "2024-01-01", None, s) for s in "abc" for n in range(100)]
    new = {"a": 20, "b": 2, "c": 30}
    rows += [(f"{s}new{n}", "2025-11-01", None, s) for s in new for n in range(new[s])]
    people = pd.DataFrame(rows, columns=["customer_id", "acquired_on", "left_on", "segment"])
    segments = dict(zip(people["customer_id"], people["segment"], strict=True))
    table = kpi_table(
        {"customers": people},
        "new_customers",
        "acquisition_rate",
        "crr",
        segments=segments,
        privacy={"min_cell": MIN},
    )
    shown = table[table["value"].notna()].groupby("kpi")["segment"].agg(list)
    assert shown["new_customers"] == ["all", "c"]
    assert shown["acquisition_rate"] == ["all", "c"]
    assert shown["crr"] == ["all", "c", "a", "b"]

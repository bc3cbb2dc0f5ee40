"""Survey KPIs against arithmetic on a few answers."""

import pandas as pd
import pytest


def answers(item, scores, scale, **columns):
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(len(scores))],
            "item": item,
            "score": scores,
            "scale_min": scale[0],
            "scale_max": scale[1],
            "answered_at": pd.Timestamp("2025-11-01"),
        }
    )
    return {"answers": frame.assign(**columns)}


def test_nps_counts_0_to_6_as_detractors_and_passives_in_the_base(measured):
    # 3 promoters (10, 9, 9), 2 passives (8, 7), 3 detractors (6, 1, 0): 100·(3 − 3)/8; then 2 − 3.
    assert measured(answers("recommend", [10, 9, 9, 8, 7, 6, 1, 0], (0, 10)), "nps")["value"] == 0
    row = measured(answers("recommend", [10, 9, 8, 7, 6, 1, 0], (0, 10)), "nps")
    assert row["value"] == pytest.approx(100 * (2 - 3) / 7)
    assert row["n"] == 7


def test_weighted_nps(measured):
    # Promoter 3, passive 1, detractor 2: 100·(3 − 2)/6.
    frames = answers("recommend", [9, 8, 3], (0, 10), weight=[3.0, 1.0, 2.0])
    assert measured(frames, "nps")["value"] == pytest.approx(100 / 6)


def test_nps_is_not_computed_on_another_scale(measured):
    row = measured(answers("recommend", [10, 9, 1], (1, 10)), "nps")
    assert pd.isna(row["value"])
    assert (row["n"], row["status"]) == (0, "not measured")
    assert row["reason"] == "answers are not on a 0–10 scale"


def test_nps_leaves_out_transactional_surveys_and_other_aspects(measured):
    frames = answers(
        "recommend",
        [10, 10, 0, 0],
        (0, 10),
        survey=["relationship", None, "Transactional", "relationship"],
        aspect=["score", None, "score", "importance"],
    )
    row = measured(frames, "nps")
    assert (row["value"], row["n"]) == (100, 2)


def test_top_two_box_is_the_two_highest_points_of_the_scale(measured):
    # 1–5: 4 and 5 of 4 answers; 0–10: 9 and 10 of 4 answers.
    on_5 = answers("satisfaction", [5, 4, 3, 1], (1, 5))
    on_11 = answers("satisfaction", [10, 9, 8, 0], (0, 10))
    assert measured(on_5, "csat_top2")["value"] == 50
    assert measured(on_11, "csat_top2")["value"] == 50


def test_top_two_box_of_three_points_is_refused(measured):
    row = measured(answers("satisfaction", [3, 2, 1], (1, 3)), "csat_top2")
    assert row["reason"] == "top-two-box needs a scale of 4 to 11 points"


def test_satisfaction_is_the_item_that_params_name(measured):
    frames = answers(["overall", "overall", "satisfaction"], [5, 2, 1], (1, 5))
    row = measured(frames, "csat_mean", satisfaction={"item": "overall"})
    assert (row["value"], row["n"]) == (3.5, 2)


def test_effort_is_on_1_to_7_only(measured):
    # (7 + 6 + 2) / 3; the answer on 1–5 is of the older score, where low was good.
    frames = answers("easy", [7, 6, 2, 1], (1, 7))
    frames["answers"].loc[3, "scale_max"] = 5
    assert measured(frames, "ces2_mean")["value"] == 5


def test_effort_of_the_published_example(measured):
    # A thousand answers whose mean is given as 4.08 (CYS, Customer Effort Score): 4080 points.
    scores = [4] * 920 + [5] * 80
    assert measured(answers("easy", scores, (1, 7)), "ces2_mean")["value"] == pytest.approx(4.08)


def test_answers_count_in_the_quarter_of_their_date(kpi_table):
    frames = answers("satisfaction", [5, 3, 1, 4], (1, 5))
    frames["answers"]["answered_at"] = pd.to_datetime(
        ["2025-09-30 23:59", "2025-10-01", "2025-12-31 23:59", None], format="mixed"
    )
    table = kpi_table(frames, "csat_mean", periods=2)
    assert list(table[table["segment"] == "all"]["value"]) == [5, 2]


def test_answers_without_a_column_for_dates_count_in_the_last_quarter(kpi_table):
    frames = answers("satisfaction", [5, 3], (1, 5))
    frames["answers"] = frames["answers"].drop(columns="answered_at")
    table = kpi_table(frames, "csat_mean", periods=2)
    everyone = table[table["segment"] == "all"]
    assert list(everyone["value"].isna()) == [True, False]
    assert list(everyone["reason"]) == ["no answers in this period", ""]


def test_anonymous_answers_count_for_everyone_only(kpi_table):
    frames = answers("satisfaction", [5, 3, 1], (1, 5))
    frames["answers"].loc[2, "customer_id"] = None
    table = kpi_table(frames, "csat_mean").set_index("segment")
    assert tuple(table.loc["all", ["value", "n"]]) == (3, 3)
    assert tuple(table.loc["one", ["value", "n"]]) == (4, 2)

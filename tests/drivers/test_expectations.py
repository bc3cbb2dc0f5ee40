"""Importance, performance and expectation: means, gaps within the respondent, and who counts."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from saydo.drivers.expectations import expectations, expectations_lack
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)


def answers(rows):
    names = ["customer_id", "item", "aspect", "score"]
    table = pd.DataFrame([row[:4] for row in rows], columns=names)
    days = [row[4] if len(row) > 4 else "2025-12-01" for row in rows]
    return table.assign(answered_at=pd.to_datetime(days), scale_min=1.0, scale_max=5.0)


def rated(scores, item, aspect):
    return [(f"c{number}", item, aspect, score) for number, score in enumerate(scores)]


def tables_of(rows, **changes):
    return Tables.of({"answers": answers(rows).assign(**changes)})


def of_all(table):
    return table[table.segment == "all"].set_index("attribute")


def test_the_gap_is_a_paired_difference_with_its_t_interval(params_of, assign):
    rng = np.random.default_rng(2)
    speed, expected = rng.integers(1, 6, 30), rng.integers(2, 6, 30)
    importance = rng.integers(3, 6, 30)
    rows = [
        *rated(speed, "speed", "score"),
        # Five of them said nothing about what they expected.
        *rated(expected[:25], "speed", "expectation"),
        # And one only what was expected.
        ("c99", "speed", "expectation", 5),
        *rated(importance, "speed", "importance"),
        *rated(speed, "satisfaction", "score"),
    ]
    tables = tables_of(rows)
    table = expectations(tables, assign(tables), params=params_of(), as_of=AS_OF)
    assert list(table["segment"]) == ["all", "a"]
    assert list(table["attribute"].unique()) == ["speed"]
    row = of_all(table).loc["speed"]
    # As scipy's paired t-test: stats.ttest_rel(speed, expected).confidence_interval().
    paired = stats.ttest_rel(speed[:25], expected[:25]).confidence_interval()
    assert row["expectation_gap"] == pytest.approx((speed[:25] - expected[:25]).mean())
    assert row["expectation_gap_low"] == pytest.approx(paired.low)
    assert row["expectation_gap_high"] == pytest.approx(paired.high)
    single = stats.ttest_1samp(importance, 0).confidence_interval()
    assert row["stated"] == pytest.approx(importance.mean())
    assert (row["stated_low"], row["stated_high"]) == pytest.approx((single.low, single.high))
    assert row["performance"] == pytest.approx(speed.mean())
    assert (row["n"], row["performance_n"], row["expectation_n"]) == (31, 30, 26)
    assert row["expectation_gap_n"] == 25
    assert row["reason"] == ""
    assert row[["derived_rwa", "derived_lmg"]].isna().all()


def test_the_worst_shortfall_ranks_first(params_of, assign):
    rows = []
    for item, scores in {"price": 4, "speed": 2, "ease": 3}.items():
        rows += rated([scores] * 20, item, "score")
        rows += rated([4] * 20, item, "expectation")
    tables = tables_of(rows)
    table = of_all(expectations(tables, assign(tables), params=params_of(), as_of=AS_OF))
    assert table["rank"].to_dict() == {"speed": 1, "ease": 2, "price": 3}
    assert table["expectation_gap"].to_dict() == {"speed": -2, "ease": -1, "price": 0}
    assert (table["reason"] == "not asked: importance").all()


def test_the_last_answer_of_each_respondent_in_the_period_counts(params_of, assign):
    rows = [
        *rated([1] * 20, "speed", "expectation"),
        *rated([1] * 20, "speed", "score"),
        # Later, and so in its stead.
        *[(f"c{number}", "speed", "score", 3, "2025-12-30") for number in range(10)],
        # Longer ago than max_age_days: 365 days before 1 January 2026.
        *[(f"d{number}", "speed", "score", 5, "2024-12-31") for number in range(10)],
        *[(f"e{number}", "speed", "score", 5, "2025-01-01") for number in range(10)],
    ]
    tables = tables_of(rows)
    row = of_all(expectations(tables, assign(tables), params=params_of(), as_of=AS_OF)).loc["speed"]
    assert row["performance_n"] == 30
    assert row["performance"] == pytest.approx((10 * 3 + 10 * 1 + 10 * 5) / 30)
    assert row["expectation_gap"] == pytest.approx(1.0)


def test_all_counts_the_anonymous_whose_answers_make_no_gap(params_of, assign):
    rows = [
        *rated([2] * 20, "speed", "score"),
        *rated([4] * 20, "speed", "expectation"),
        *[(None, "speed", "score", 5)] * 20,
    ]
    tables = tables_of(rows)
    table = expectations(tables, assign(tables), params=params_of(), as_of=AS_OF)
    assert of_all(table).loc["speed", "performance"] == pytest.approx(3.5)
    assert of_all(table).loc["speed", "expectation_gap_n"] == 20
    of_segment = table[table.segment == "a"].iloc[0]
    assert of_segment["performance"] == 2.0


def test_several_respondents_of_one_customer_are_paired_with_themselves(params_of, assign):
    rows = [
        (f"c{number % 12}", "speed", aspect, score)
        for aspect, scores in {"score": [1, 5], "expectation": [2, 4]}.items()
        for number, score in enumerate(np.repeat(scores, 12))
    ]
    tables = tables_of(rows, respondent_id=[f"r{number}" for number in range(24)] * 2)
    row = of_all(expectations(tables, assign(tables), params=params_of(), as_of=AS_OF)).loc["speed"]
    assert row["expectation_gap_n"] == 24
    # Half fall short by 1 and half exceed by 1.
    assert row["expectation_gap"] == 0.0
    assert row["expectation_gap_high"] == pytest.approx(
        stats.t.ppf(0.975, 23) * np.sqrt(24 / 23 / 24)
    )


def test_a_score_and_an_expectation_on_two_scales_have_no_gap(params_of, assign):
    rows = [*rated([4] * 20, "speed", "score"), *rated([9] * 20, "speed", "expectation")]
    tables = tables_of(rows, scale_max=[5.0] * 20 + [10.0] * 20)
    row = of_all(expectations(tables, assign(tables), params=params_of(), as_of=AS_OF)).loc["speed"]
    assert pd.isna(row["expectation_gap"]) and pd.isna(row["rank"])
    assert row["expectation"] == 9.0
    assert "not asked: importance" in row["reason"] and "different scales" in row["reason"]


def test_a_few_respondents_are_withheld_with_what_would_reveal_them(params_of, assign):
    rows = [*rated([2] * 60, "speed", "score"), *rated([4] * 60, "speed", "expectation")]
    tables = tables_of(rows)
    segments = {
        f"c{number}": "a" if number < 5 else "b" if number < 25 else "c" for number in range(60)
    }
    table = expectations(tables, assign(tables, segments), params=params_of(), as_of=AS_OF)
    table = table.set_index("segment")
    assert table["performance"].isna().to_dict() == {"all": False, "a": True, "b": True, "c": False}
    assert table.loc[["a", "b"], ["n", "expectation_gap", "rank"]].isna().all(axis=None)
    assert "withheld" in table.loc["a", "reason"]


def test_without_aspects_it_says_what_is_needed(params_of, assign):
    frame = answers(rated([3] * 20, "satisfaction", "score"))
    tables = Tables.of({"answers": frame.drop(columns="aspect")})
    assert expectations_lack(tables) == "needs answers.aspect"
    tables = Tables.of({"answers": frame})
    assert expectations_lack(tables) is None
    assert expectations(tables, assign(tables), params=params_of(), as_of=AS_OF).empty

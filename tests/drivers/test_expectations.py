"""Importance, performance and expectation: means, gaps within the respondent, and who counts."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from saydo.drivers.expectations import expectations, expectations_lack, no_expectations
from saydo.drivers.importance import lmg
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
    assert row[["minimum", "adequacy", "superiority", "zone", "p_best"]].isna().all()


def test_the_worst_shortfall_ranks_first(params_of, assign):
    rows = []
    for item, scores in {"price": 4, "speed": 2, "ease": 3}.items():
        rows += rated([scores] * 20, item, "score")
        rows += rated([4] * 20, item, "expectation")
    tables = tables_of(rows)
    table = of_all(expectations(tables, assign(tables), params=params_of(), as_of=AS_OF))
    assert table["rank"].to_dict() == {"speed": 1, "ease": 2, "price": 3}
    assert table["expectation_gap"].to_dict() == {"speed": -2, "ease": -1, "price": 0}
    reason = "not asked: importance; importance not derived: nobody rated satisfaction and all"
    assert table["reason"].str.startswith(reason).all()


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


def company(n=400, seed=3):
    """Speed decides, and falls short; ease is said to matter, and goes with nothing."""
    rng = np.random.default_rng(seed)
    speed, ease = rng.integers(1, 5, n), rng.integers(3, 6, n)
    satisfaction = np.clip(speed + rng.integers(0, 3, n), 1, 5)
    said = {
        ("speed", "score"): speed,
        ("ease", "score"): ease,
        ("satisfaction", "score"): satisfaction,
        ("speed", "importance"): rng.integers(1, 4, n),
        ("ease", "importance"): rng.integers(3, 6, n),
        ("speed", "expectation"): rng.integers(2, 5, n),
        ("ease", "expectation"): rng.integers(3, 6, n),
        ("speed", "minimum"): np.full(n, 2),
        ("ease", "minimum"): np.full(n, 2),
    }
    rows = [row for (item, aspect), scores in said.items() for row in rated(scores, item, aspect)]
    return rows, {key: np.asarray(scores, float) for key, scores in said.items()}


def kano_answers():
    # Must-be: neutral with it, disliked without it.
    pairs = [("speed", 3, 5)] * 40 + [("ease", 3, 3)] * 40
    table = pd.DataFrame(pairs, columns=["feature", "functional", "dysfunctional"])
    return table.assign(respondent_id=[f"r{n % 40}" for n in range(80)])


def test_all_ways_of_asking_stand_side_by_side(params_of, assign):
    rows, said = company()
    tables = Tables.of({"answers": answers(rows), "kano": kano_answers()})
    segments = {f"c{number}": "a" if number < 200 else "b" for number in range(400)}
    table = expectations(tables, assign(tables, segments), params=params_of(), as_of=AS_OF)
    assert list(table.groupby("segment", sort=False).size().items()) == [
        ("all", 2),
        ("a", 2),
        ("b", 2),
    ]
    for segment, people in (("all", slice(None)), ("a", slice(200)), ("b", slice(200, None))):
        of = table[table.segment == segment].set_index("attribute")
        scores = [said[item, "score"][people] for item in ("satisfaction", "ease", "speed")]
        parts = lmg(np.corrcoef(scores))
        assert of["derived_lmg"].to_list() == pytest.approx(list(parts))
        assert (of["derived_n"] == len(scores[0])).all() and (of["n_incomplete"] == 0).all()
        superiority = said["speed", "score"][people] - said["speed", "expectation"][people]
        assert of.loc["speed", "superiority"] == pytest.approx(superiority.mean())
        assert of.loc["speed", "adequacy"] == pytest.approx(scores[2].mean() - 2)
    speed, ease = (of_all(table).loc[name] for name in ("speed", "ease"))
    assert (speed["quadrant"], ease["quadrant"]) == ("concentrate", "overkill")
    assert (speed["disagrees"], ease["disagrees"]) == ("understated", "overstated")
    assert (speed["zone"], ease["zone"]) == ("within", "unclear")
    assert speed["kind"] == "performance" and speed["reference"] == "expectation"
    assert speed["penalty_high"] < 0 < speed["reward_low"]
    assert (speed["kano"], ease["kano"]) == ("basic", "indifferent")
    elsewhere = table[table.segment != "all"]
    assert elsewhere[["kano", "kano_n"]].isna().all(axis=None)
    asked = elsewhere["attribute"].isin(["speed", "ease"])
    assert (elsewhere["kano_of_all"] == asked).all() and asked.any()
    assert (table["reason"] == "").all() and table["p_best"].isna().all()


def test_a_segment_that_cant_be_modelled_says_why_and_keeps_what_is_stated(params_of, assign):
    rows, said = company()
    tables = tables_of(rows)
    segments = {f"c{number}": "few" if number < 20 else "many" for number in range(400)}
    table = expectations(tables, assign(tables, segments), params=params_of(), as_of=AS_OF)
    few = table[table.segment == "few"].set_index("attribute").loc["speed"]
    assert few["stated"] == pytest.approx(said["speed", "importance"][:20].mean())
    assert few[["derived_rwa", "derived_lmg_low", "quadrant", "disagrees"]].isna().all()
    assert "20 rated all attributes and satisfaction; 30 are needed" in few["reason"]
    many = table[table.segment == "many"]
    assert many["derived_lmg"].notna().all() and (many["reason"] == "").all()


def test_derived_importance_is_withheld_with_the_segment_that_would_reveal_it(params_of, assign):
    rows, _said = company()
    # Of segment a only five gave satisfaction.
    kept = [row for row in rows if row[1] != "satisfaction" or not 5 <= int(row[0][1:]) < 100]
    tables = tables_of(kept)
    segments = {
        f"c{number}": "a" if number < 100 else "b" if number < 200 else "c" for number in range(400)
    }
    table = expectations(tables, assign(tables, segments), params=params_of(), as_of=AS_OF)
    derived_n = table.groupby("segment")["derived_n"].first()
    assert derived_n.isna().to_dict() == {"a": True, "all": False, "b": True, "c": False}
    b = table[table.segment == "b"].iloc[0]
    assert b[["derived_lmg", "r_squared", "penalty", "kind", "quadrant"]].isna().all()
    assert b["stated"] > 0 and "withheld" in b["reason"]
    # Nor the number of the incomplete, which would give it as a difference from n.
    assert table.groupby("segment")["n_incomplete"].first()["all"] == 95
    assert table.loc[table.segment.isin(["a", "b"]), "n_incomplete"].isna().all()


def test_every_number_and_word_has_its_type(params_of, assign):
    rows, _said = company(n=60)
    tables = tables_of(rows)
    found = expectations(tables, assign(tables), params=params_of(), as_of=AS_OF)
    assert list(found.columns) == list(no_expectations().columns)
    for name in ("derived_lmg", "penalty", "kano_better", "p_best", "adequacy_low"):
        assert found[name].dtype == "float64", name
    assert found["quadrant_is_clear"].dtype == "boolean"
    for name in ("n", "derived_n", "kano_n", "n_incomplete", "rank_derived"):
        assert found[name].dtype == "Int64", name

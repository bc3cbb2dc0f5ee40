"""The table of readings and the effect: with weights, without, and the difference."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from saydo.drivers.answering import reweighted
from saydo.drivers.dose_response import dose_response
from saydo.drivers.retention_models import COLUMNS


def by_term(table):
    return table.set_index(["model", "term"])


def test_every_term_stands_unweighted_weighted_and_as_a_difference(simulated, counted):
    patterns = counted(simulated(1500, 1))
    table = reweighted(patterns, segment="all", adjust_for=("usage",))
    assert set(COLUMNS) - {"is_headline"} <= set(table.columns)
    terms = ["mean_satisfaction", "share_satisfied", *(f"retention[{x}]" for x in range(1, 6))]
    assert list(table["term"].unique()) == [*terms, "average_marginal_effect"]
    wide = table.pivot(index="term", columns="model", values="estimate")
    assert wide["difference"].to_numpy() == pytest.approx(wide["weighted"] - wide["unweighted"])
    assert (table["ci_low"] < table["ci_high"]).all()
    found = by_term(table)
    assert found.loc[("weighted", "average_marginal_effect"), "verdict"] == "estimated"
    # Who answers uses more and stays more: everyone is less satisfied than respondents.
    assert found.loc[("difference", "mean_satisfaction"), "ci_high"] < 0
    assert found.loc[("difference", "mean_satisfaction"), "p_value"] < 1e-6


def test_unweighted_readings_are_those_of_the_raw_table(simulated, counted):
    patterns = counted(simulated(1500, 1))
    answered = patterns.dropna(subset=["satisfaction"])
    found = by_term(reweighted(patterns, segment="all"))["estimate"].xs("unweighted")
    raw = dose_response(answered, min_cell=1).set_index("satisfaction")
    for level in range(1, 6):
        assert found[f"retention[{level}]"] == pytest.approx(raw.loc[level, "retention"])
    satisfied = raw["n"][[4, 5]].sum() / raw["n"].sum()
    assert found["share_satisfied"] == pytest.approx(100 * satisfied)
    mean = (raw["n"] * raw.index).sum() / raw["n"].sum()
    assert found["mean_satisfaction"] == pytest.approx(mean)


def test_the_interval_of_an_unweighted_share_is_wilsons(simulated, counted):
    patterns = counted(simulated(1500, 1))
    raw = dose_response(patterns.dropna(subset=["satisfaction"]), min_cell=1)
    found = by_term(reweighted(patterns, segment="all")).xs("unweighted")
    for row in raw.itertuples():
        term = found.loc[f"retention[{row.satisfaction:g}]"]
        assert term[["ci_low", "ci_high"]].tolist() == pytest.approx([row.ci_low, row.ci_high])
        assert term["n_effective"] == pytest.approx(row.n)


def test_where_all_of_a_level_stayed_the_interval_is_not_a_point(simulated, counted):
    patterns = counted(simulated(1500, 2))
    patterns.loc[patterns["satisfaction"] == 5, "n_left"] = 0
    found = by_term(reweighted(patterns, segment="all"))
    for model in ("unweighted", "weighted"):
        row = found.loc[(model, "retention[5]")]
        assert row["estimate"] == pytest.approx(100)
        low, _high = proportion_confint(row["n_effective"], row["n_effective"], method="wilson")
        assert row["ci_low"] == pytest.approx(100 * low)
        assert row["ci_low"] < 99.5


def test_nps_is_told_of_0_to_10_only(simulated, counted):
    patterns = counted(simulated(1500, 3))
    assert "nps" not in set(reweighted(patterns, segment="all")["term"])
    tens = patterns.assign(satisfaction=2 * patterns["satisfaction"], scale_min=0, scale_max=10)
    found = by_term(reweighted(tens.astype({"scale_min": float}), segment="all"))
    # 10 promotes; 2, 4 and 6 detract; 8 does neither.
    n = (
        patterns.assign(n=patterns["n_stayed"] + patterns["n_left"])
        .groupby("satisfaction")["n"]
        .sum()
    )
    expected = 100 * (n[5] - n[[1, 2, 3]].sum()) / n.sum()
    row = found.loc[("unweighted", "nps")]
    assert row["estimate"] == pytest.approx(expected)
    # p + d − (p − d)², the variance of the multinomial.
    p, d = n[5] / n.sum(), n[[1, 2, 3]].sum() / n.sum()
    error = 100 * np.sqrt((p + d - (p - d) ** 2) / n.sum())
    assert row["std_error"] == pytest.approx(error)


def test_an_effect_adjusted_for_nothing_is_an_association(simulated, counted):
    patterns = counted(simulated(1500, 1))
    found = by_term(reweighted(patterns, segment="all"))
    assert found.loc[("weighted", "average_marginal_effect"), "verdict"] == "association only"
    late = reweighted(patterns, segment="all", adjust_for=("usage",), has_time_order=False)
    assert (
        by_term(late).loc[("weighted", "average_marginal_effect"), "verdict"] == "association only"
    )


def test_withheld_answers_have_no_number_and_no_estimate_from_which_they_follow(simulated, counted):
    patterns = counted(simulated(1500, 1))
    table = reweighted(patterns, segment="all", adjust_for=("usage",), withheld_levels=[1.0, 2.0])
    found = by_term(table)
    for model in ("unweighted", "weighted", "difference"):
        row = found.loc[(model, "retention[2]")]
        assert row[["estimate", "std_error", "ci_low", "n", "n_effective"]].isna().all()
        assert row["reason"].startswith("withheld")
    plain = found.loc[("unweighted", "mean_satisfaction"), "estimate"]
    assert plain == round(plain, 1)
    # Neither 1 nor 2 is satisfied: what is counted there is no secret.
    assert np.isfinite(found.loc[("weighted", "share_satisfied"), "estimate"])
    top = by_term(reweighted(patterns, segment="all", withheld_levels=[1.0, 5.0]))
    assert top["estimate"].xs("share_satisfied", level="term").isna().all()
    adjusted = found.loc[("weighted", "mean_satisfaction"), "estimate"]
    assert adjusted != round(adjusted, 1)


def test_too_few_who_left_refuse_the_effect_but_not_the_readings(simulated, counted):
    patterns = counted(simulated(1500, 4))
    # Five who left answered, and five are silent, one of each usage.
    said = patterns["satisfaction"].fillna(3.0)
    patterns["n_left"] = (said == 3).astype(int)
    table = reweighted(patterns, segment="all", adjust_for=("usage",))
    found = by_term(table)
    row = found.loc[("weighted", "average_marginal_effect")]
    assert row["verdict"] == "refused" and np.isnan(row["estimate"])
    assert "at least 10 who stayed and 10 who left" in row["reason"]
    assert np.isfinite(found.loc[("weighted", "mean_satisfaction"), "estimate"])


def test_without_anyone_silent_there_is_one_row_with_the_reason(simulated, counted):
    patterns = counted(simulated(1500, 1)).dropna(subset=["satisfaction"])
    row = reweighted(patterns, segment="all")
    assert len(row) == 1 and row["verdict"].item() == "refused"
    assert "10 who did not" in row["reason"].item()


def test_a_segment_of_fewer_than_min_cell_shows_not_even_its_size(small):
    few = small().head(2)
    row = reweighted(few, segment="a", min_cell=50).iloc[0]
    assert row[["n", "n_left", "estimate"]].isna().all() and "withheld" in row["reason"]

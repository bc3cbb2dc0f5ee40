"""The evidence gate on cases with a known right answer, and the verdict that follows."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from saydo.drivers.assess import assess
from saydo.drivers.evidence import CHECKS, evidence, verdict
from saydo.drivers.exposures import Watch
from saydo.drivers.non_response import Counts
from saydo.drivers.predictions import predictions
from saydo.drivers.retention_models import retention_models

SOUND = Watch(
    as_of=date(2025, 12, 31),
    horizon_days=92,
    landmark=date(2025, 10, 1),
    item="satisfaction",
    scale=(1.0, 5.0),
    has_time_order=True,
    covariates=("tenure",),
    last_activity=date(2025, 12, 30),
    activity_rate=1.0,
)


def simulated(slope, *, n=4000, seed=0, tenure_slope=0.3, level=0.0):
    """Patterns of n customers whose log-odds of staying rise by `slope` per point."""
    rng = np.random.default_rng(seed)
    satisfaction = rng.integers(1, 6, n).astype(float)
    tenure = rng.integers(0, 8, n) / 2
    log_odds = level + slope * (satisfaction - 3) + tenure_slope * tenure
    stayed = rng.random(n) < expit(log_odds)
    rows = pd.DataFrame({"satisfaction": satisfaction, "tenure": tenure, "stayed": stayed})
    return counted(rows)


def counted(rows):
    names = [name for name in rows.columns if name != "stayed"]
    counts = rows.groupby(names, dropna=False)["stayed"].agg(n_stayed="sum", n="size").reset_index()
    return counts.assign(
        segment="a",
        scale_min=1.0,
        scale_max=5.0,
        n_stayed=counts["n_stayed"].astype(int),
        n_left=(counts["n"] - counts["n_stayed"]).astype(int),
    ).drop(columns="n")


def by_level(n_stayed, n_left):
    return pd.DataFrame(
        {
            "segment": "a",
            "satisfaction": np.arange(1.0, len(n_stayed) + 1),
            "scale_min": 1.0,
            "scale_max": 5.0,
            "n_stayed": n_stayed,
            "n_left": n_left,
        }
    )


def judge(patterns, watch=SOUND, **options):
    total = int(patterns[["n_stayed", "n_left"]].to_numpy().sum())
    options = {"left_out": {"watched": total}, "min_cell": 1, **options}
    return assess(patterns, segment="a", watch=watch, **options)


def outcomes(assessment):
    table = evidence(assessment)
    assert set(table["check"]) <= set(CHECKS)
    assert (table["reason"].str.len() > 10).all()
    return dict(zip(table["check"], table["outcome"], strict=True))


def test_sound_data_are_estimated_with_the_true_effect_in_the_interval():
    assessment = judge(simulated(0.5))
    assert assessment.verdict == "estimated"
    assert assessment.headline.name == "adjusted levels"
    assert set(outcomes(assessment).values()) == {"pass"}
    table = retention_models(assessment)
    row = table[table.is_headline & (table.term == "average_marginal_effect")].iloc[0]
    # The mean step over levels 1 to 4 and tenures 0 to 3.5, from the truth itself.
    s, tenure = np.meshgrid([1.0, 2, 3, 4], np.arange(8) / 2)
    truth = 100 * np.mean(expit(0.5 * (s - 2) + 0.3 * tenure) - expit(0.5 * (s - 3) + 0.3 * tenure))
    assert row["ci_low"] < truth < row["ci_high"]
    assert f"{row['estimate']:+.2f}" in assessment.reason


def test_all_models_stand_side_by_side():
    table = retention_models(judge(simulated(0.5)))
    assert list(table["model"].unique()) == [
        "unadjusted linear",
        "unadjusted curved",
        "unadjusted levels",
        "adjusted linear",
        "adjusted curved",
        "adjusted levels",
    ]
    unadjusted = table[table.model.str.startswith("unadjusted")]
    assert (unadjusted["verdict"] == "association only").all()
    assert list(table[table.model == "adjusted linear"]["term"]) == [
        "average_marginal_effect",
        "intercept",
        "satisfaction",
        "tenure",
    ]
    assert table[["estimate", "std_error", "ci_low", "ci_high", "p_value"]].notna().all(axis=None)


def test_no_slope_is_no_relation_found_with_what_would_have_been_seen():
    assessment = judge(simulated(0.0))
    assert assessment.verdict == "no relation found"
    expected = 2.8016 * assessment.headline.effect.std_error
    assert f"Only from about {expected:.2f} on would one" in assessment.reason


def refused(assessment, check):
    """Asserts that a refusal leaves no number, and gives its reason."""
    assert assessment.verdict == "refused"
    assert outcomes(assessment)[check] == "refuse"
    assert assessment.headline is None
    table = retention_models(assessment)
    assert (table["verdict"] == "refused").all()
    assert table[["estimate", "std_error", "ci_low", "ci_high", "p_value"]].isna().all(axis=None)
    assert (table["reason"] == assessment.reason).all()
    return assessment.reason


def test_telecom_answers_written_after_the_outcome_are_refused():
    # Counts of IBM's telecom data: who answered 1 or 2 all left, who answered 4 or 5 none.
    data = by_level([0, 0, 2236, 1789, 1149], [922, 518, 429, 0, 0])
    reason = refused(judge(data, replace(SOUND, covariates=())), "separation")
    assert "left answered 3 or less and everyone who stayed 3 or more" in reason
    assert "71%" in reason


def test_a_leak_with_a_few_exceptions_is_refused_too():
    data = by_level([5, 4, 2236, 1789, 1149], [922, 518, 429, 3, 2])
    assessment = judge(data, replace(SOUND, covariates=()))
    assert outcomes(assessment)["separation"] == "pass"
    assert "knowledge of the outcome" in refused(assessment, "leak")


def test_a_leak_that_is_not_in_order_is_refused():
    # Codes rather than a scale: 2 and 4 mean gone.
    data = by_level([400, 3, 300, 2, 500], [4, 200, 3, 250, 5])
    refused(judge(data, replace(SOUND, covariates=())), "leak")


@pytest.mark.parametrize(
    ("n_stayed", "n_left", "words"),
    [
        ([40, 50, 60], [2, 2, 1], "150 customers stayed and 5 left"),
        ([40, 50, 60], [0, 0, 0], "150 customers stayed and fewer than 1 left"),
        ([3, 3, 3], [40, 50, 60], "9 customers stayed and 150 left"),
    ],
)
def test_fewer_than_ten_on_one_side_are_refused_with_the_numbers(n_stayed, n_left, words):
    reason = refused(judge(by_level(n_stayed, n_left), replace(SOUND, covariates=())), "counts")
    assert words in reason
    assert "satisfaction.horizon_days" in reason


def test_ten_on_each_side_are_enough():
    data = by_level([4, 3, 3], [3, 3, 4])
    assert judge(data, replace(SOUND, covariates=())).verdict == "no relation found"


def test_reasons_name_no_count_under_min_cell():
    reason = refused(judge(by_level([40, 50], [3, 4]), min_cell=11), "counts")
    assert "fewer than 11 left" in reason
    assert "7" not in reason


def test_one_answer_given_by_all_is_refused():
    data = by_level([40, 50], [20, 20]).assign(satisfaction=4.0)
    assert "Everyone answered 4" in refused(judge(data), "variation")


def test_without_time_order_it_is_an_association():
    by_label = replace(SOUND, landmark=None, has_time_order=False)
    assessment = judge(simulated(0.5), by_label)
    assert assessment.verdict == "association only"
    assert outcomes(assessment)["time_order"] == "warn"
    assert "unknown whether answers came before" in assessment.reason
    table = retention_models(assessment)
    assert (table["verdict"] == "association only").all()
    assert table["estimate"].notna().all()


def test_nothing_adjusted_for_is_an_association():
    assessment = judge(simulated(0.5), replace(SOUND, covariates=()))
    assert assessment.verdict == "association only"
    assert outcomes(assessment)["covariates"] == "warn"


@pytest.mark.parametrize(
    ("last", "rate", "outcome"),
    [
        # A shop that sells every day: ten days without an order are the end of the data.
        (date(2025, 12, 21), 1.0, "refuse"),
        (date(2025, 12, 28), 1.0, "warn"),
        (date(2025, 12, 30), 1.0, "pass"),
        # One that sells on the first of the month: thirty days are nothing.
        (date(2025, 12, 1), 12 / 365, "pass"),
    ],
)
def test_data_that_end_before_the_watch_are_refused(last, rate, outcome):
    watch = replace(SOUND, last_activity=last, activity_rate=rate)
    assessment = judge(simulated(0.5), watch)
    assert outcomes(assessment)["horizon"] == outcome
    if outcome == "refuse":
        assert "21 Dec 2025" in refused(assessment, "horizon")


def test_answers_that_all_came_after_the_landmark_are_an_unfinished_horizon():
    assessment = judge(
        simulated(0.5).head(0), left_out={"watched": 0, "answered_later": 500, "not_active": 3}
    )
    assert "after 1 Oct 2025" in refused(assessment, "horizon")


def test_nobody_to_watch_is_not_measured():
    assessment = judge(simulated(0.5).head(0), left_out={"watched": 0, "never_answered": 500})
    assert assessment.verdict == "not measured"
    assert "None of 500 customers" in assessment.reason
    assert (retention_models(assessment)["verdict"] == "not measured").all()


def with_fax(n_stayed, n_left):
    """Customers by shop, and these, without exception alike, by fax."""
    data = simulated(0.5).assign(channel="shop")
    fax = by_level(n_stayed, n_left).assign(tenure=1.0, channel="fax")
    watch = replace(SOUND, covariates=("tenure", "channel"))
    return judge(pd.concat([data, fax], ignore_index=True), watch)


@pytest.mark.parametrize("fax", [([20, 30, 10], [0, 0, 0]), ([0, 0, 0], [4, 4, 4])])
def test_a_category_that_tells_of_many_whether_they_stay_refuses_the_adjusted_models_only(fax):
    assessment = with_fax(*fax)
    assert assessment.verdict == "association only"
    assert assessment.headline.name == "unadjusted levels"
    assert outcomes(assessment)["adjusted_model"] == "refuse"
    assert "channel[shop]" in assessment.reason and "separation" in assessment.reason
    table = retention_models(assessment)
    adjusted = table[table.model.str.startswith("adjusted")]
    assert (adjusted["verdict"] == "refused").all() and adjusted["estimate"].isna().all()
    assert table[~table.index.isin(adjusted.index)]["estimate"].notna().all()


def test_a_small_category_where_all_stayed_is_estimated_by_firths_likelihood_and_says_so():
    assessment = with_fax([2, 3, 1], [0, 0, 0])
    assert assessment.verdict == "estimated"
    assert assessment.headline.name == "adjusted levels"
    assert "Firth" in assessment.reason and "channel[shop]" in assessment.reason
    # Six in four thousand more or less leave the effect of satisfaction where it was.
    without = judge(simulated(0.5)).headline.effect
    assert assessment.headline.effect.estimate == pytest.approx(without.estimate, abs=0.05)
    table = retention_models(assessment).set_index(["model", "term"]).loc["adjusted levels"]
    shop = table.loc["channel[shop]"]
    firthmodels = pytest.importorskip("firthmodels")
    other = firthmodels.FirthLogisticRegression(backend="numpy", gtol=1e-9, xtol=1e-9)
    firth = other.fit(*rows_of(assessment.headline.fit))
    assert shop["estimate"] == pytest.approx(firth.coef_[-1], abs=1e-4)
    # Not a Wald interval: those who stayed without exception make it longer on one side.
    assert shop["estimate"] - shop["ci_low"] > 1.2 * (shop["ci_high"] - shop["estimate"])
    assert predictions(assessment)["retention"].notna().all()


def rows_of(fitted):
    """Design without intercept and outcome, a row per customer."""
    counts = fitted.patterns[["n_stayed", "n_left"]].to_numpy()
    matrix = fitted.design.matrix[:, 1:]
    rows = np.vstack([np.repeat(matrix, counts[:, place], axis=0) for place in (0, 1)])
    return rows, np.repeat([1, 0], counts.sum(axis=0))


def test_a_covariate_that_saw_the_outcome_refuses_the_adjusted_models_and_is_named():
    rng = np.random.default_rng(7)
    n = 4000
    stayed = rng.random(n) < 0.7
    rows = pd.DataFrame(
        {
            "satisfaction": rng.integers(1, 6, n).astype(float),
            "tenure": rng.integers(0, 8, n) / 2,
            # A score of the risk to leave, computed with hindsight: wrong in one case of fifty.
            "churn_score": np.where(stayed ^ (rng.random(n) < 0.02), 10.0, 90.0),
            "stayed": stayed,
        }
    )
    watch = replace(SOUND, covariates=("tenure", "churn_score"))
    assessment = judge(counted(rows), watch)
    assert assessment.verdict == "no relation found"
    assert not assessment.headline.adjust_for
    assert outcomes(assessment)["adjusted_model"] == "refuse"
    assert "With churn_score the model" in assessment.reason


def test_known_only_of_those_who_stayed_a_covariate_refuses_the_adjusted_models():
    data = simulated(0.5)
    data["tenure"] = data["tenure"].where(data["n_left"] == 0)
    assessment = judge(data)
    assert assessment.headline.adjust_for == ()
    assert "covariates are all known" in assessment.reason


def test_adjusting_that_turns_the_sign_is_warned_of():
    # Kidney stones (Charig et al., 1986, BMJ 292): open surgery (1) against percutaneous (2);
    # stayed = success. By size of the stone 93 and 73 % against 87 and 69 %, yet 78 against 83 %.
    data = pd.DataFrame(
        {
            "segment": "a",
            "satisfaction": [1.0, 1.0, 2.0, 2.0],
            "scale_min": 1.0,
            "scale_max": 2.0,
            "size": ["small", "large", "small", "large"],
            "n_stayed": [81, 192, 234, 55],
            "n_left": [6, 71, 36, 25],
        }
    )
    assessment = judge(data, replace(SOUND, covariates=("size",)))
    assert outcomes(assessment)["direction"] == "warn"
    table = retention_models(assessment).set_index(["model", "term"])
    effect = table["estimate"].xs("average_marginal_effect", level="term")
    assert effect["unadjusted linear"] == pytest.approx(100 * (289 / 350 - 273 / 350))
    assert effect["adjusted linear"] < 0


def test_the_satisfied_leaving_more_often_is_warned_of_and_no_more_than_an_association():
    assessment = judge(simulated(-0.5))
    assert outcomes(assessment)["direction"] == "warn"
    assert assessment.verdict == assessment.headline.verdict == "association only"
    assert "Check that high scores mean satisfied" in assessment.reason
    table = retention_models(assessment)
    assert table["is_headline"].any()
    assert "estimated" not in set(table["verdict"])


def reason_of(assessment, check):
    return evidence(assessment).set_index("check").loc[check, "reason"]


def test_a_relation_says_how_strong_a_hidden_cause_would_have_to_be():
    # 200 of 500 dissatisfied left, 100 of 1,000 satisfied: 4 times as often; E-value 4 + √12.
    data = by_level([150, 150, 90, 450, 450], [100, 100, 10, 50, 50])
    assessment = judge(data, replace(SOUND, covariates=()))
    assert outcomes(assessment)["hidden_cause"] == "pass"
    assert "left 4.00 times as often" in reason_of(assessment, "hidden_cause")
    assert "by a factor of 7.46" in reason_of(assessment, "hidden_cause")


def test_a_weak_relation_is_easily_explained_away_and_no_relation_needs_no_explanation():
    data = by_level([6800, 6900, 7000, 7100, 7200], [3200, 3100, 3000, 2900, 2800])
    assessment = judge(data, replace(SOUND, covariates=()))
    assert assessment.verdict == "association only"
    assert outcomes(assessment)["hidden_cause"] == "warn"
    assert "hidden_cause" not in outcomes(judge(simulated(0.0)))


def test_attributes_recorded_now_are_hindsight():
    assessment = judge(simulated(0.5), replace(SOUND, attributes=("tenure",)))
    assert outcomes(assessment)["hindsight"] == "warn"
    assert "tenure: as recorded now" in reason_of(assessment, "hindsight")
    assert assessment.verdict == "estimated"


@pytest.mark.parametrize(("days", "outcome"), [(30.0, "pass"), (120.0, "warn"), (None, "pass")])
def test_behaviour_counted_long_after_the_answer_is_hindsight(days, outcome):
    data = simulated(0.5).rename(columns={"tenure": "spend"})
    watch = replace(SOUND, covariates=("spend",), answer_age_days=days)
    assessment = judge(data, watch)
    assert outcomes(assessment)["hindsight"] == outcome
    # Tenure only passes with time, whatever the answer.
    watch = replace(SOUND, answer_age_days=days)
    assert outcomes(judge(simulated(0.5), watch))["hindsight"] == "pass"


def test_covariates_that_say_the_same_are_named():
    data = simulated(0.5, n=8000)
    data["months"] = data["tenure"] * 12 + np.random.default_rng(1).integers(-1, 2, len(data))
    assessment = judge(data, replace(SOUND, covariates=("tenure", "months")))
    assert outcomes(assessment)["collinearity"] == "warn"
    assert "tenure, months say nearly the same" in reason_of(assessment, "collinearity")


def test_a_covariate_that_repeats_satisfaction_is_named_with_the_item():
    data = simulated(0.5, n=8000)
    data["recommends"] = data["satisfaction"] + 0.1 * np.random.default_rng(1).normal(
        size=len(data)
    )
    assessment = judge(data, replace(SOUND, covariates=("tenure", "recommends")))
    assert outcomes(assessment)["collinearity"] == "warn"
    assert "satisfaction, recommends say nearly" in reason_of(assessment, "collinearity")


@pytest.mark.parametrize(
    ("silent", "outcome", "words"),
    [
        (Counts(0, 0), "pass", "Everyone who could be watched"),
        (Counts(3, 2), "pass", "Too few customers to compare"),
        (Counts(800, 200), "warn", "90.0% of them stayed, against 80.0% of the others"),
        (Counts(898, 102), "pass", "no clear difference"),
    ],
)
def test_answering_that_goes_with_staying_is_warned_of(silent, outcome, words):
    data = by_level([170, 180, 180, 180, 190], [30, 20, 20, 20, 10])
    assessment = judge(data, replace(SOUND, covariates=()), silent=silent, min_cell=11)
    assert outcomes(assessment)["non_response"] == outcome
    assert words in reason_of(assessment, "non_response")


def test_the_headline_is_a_curve_where_a_level_is_thin_and_a_line_between_two():
    data = simulated(0.5)
    thin = data[(data.satisfaction != 2) | (data.tenure < 0.5)].copy()
    thin.loc[thin.satisfaction == 2, ["n_stayed", "n_left"]] = [20, 4]
    assessment = judge(thin)
    assert assessment.headline.name == "adjusted curved"
    thin.loc[thin.satisfaction == 2, "n_left"] = 5
    assert judge(thin).headline.name == "adjusted levels"
    two = thin[thin.satisfaction >= 4]
    assert judge(two).headline.name == "adjusted linear"


def test_many_coefficients_on_few_customers_are_warned_of():
    data = simulated(0.5, n=40)
    assert outcomes(judge(data))["terms"] == "warn"


def test_what_could_not_be_adjusted_for_is_said():
    watch = replace(SOUND, lacking={"spend": "needs orders"})
    table = evidence(judge(simulated(0.5), watch)).set_index("check")
    assert table.loc["covariates", "outcome"] == "warn"
    assert "Not adjusted for spend: needs orders" in table.loc["covariates", "reason"]


def test_the_verdict_is_one_row_with_the_model_it_rests_on():
    row = verdict(judge(simulated(0.5)))
    assert row.to_dict("records") == [
        {
            "segment": "a",
            "verdict": "estimated",
            "model": "adjusted levels",
            "reason": row["reason"].item(),
        }
    ]

"""Kaplan–Meier with delayed entry against R's survival package, and at the edges."""

import numpy as np
import pandas as pd
import pytest

from saydo.kpis.survival import DAYS_PER_MONTH, MedianSurvival, Survival, curve

LIVES = pd.DataFrame(
    {
        "entry": [0, 0, 0, 0, 0, 30, 100, 200, 200, 350, 400, 0, 0, 50],
        "exit": [20, 90, 365, 365, 400, 120, 465, 300, 565, 380, 765, 200, 10, 210],
        "left": [1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1],
    }
)
"""R: entry <- c(…); exit <- c(…); left <- c(…)
library(survival); f <- survfit(Surv(entry, exit, left) ~ 1, conf.type = "log-log")"""


def counts_of(lives):
    """Counts by age and step, as the engine gives them."""
    begins = lives.assign(age=lives["entry"], step="begins")
    ends = lives.assign(age=lives["exit"], step=np.where(lives["left"] == 1, "leaves", "ends"))
    rows = pd.concat([begins, ends])
    counts = rows.groupby(["age", "step"]).size().rename("count").reset_index()
    return counts.assign(segment="all", period_start=1).set_index(["segment", "period_start"])


def estimated(measure, lives, **sums):
    index = pd.MultiIndex.from_tuples([("all", 1)], names=["segment", "period_start"])
    known = pd.DataFrame({"n": float(len(lives)), **sums}, index=index)
    return measure.estimate_from(known, counts_of(lives)).iloc[0]


def survival(lives, months):
    measure = Survival(age=None, step=None, months=None)
    return estimated(measure, lives, months=float(months))


def median(lives):
    return estimated(MedianSurvival(age=None, step=None), lives)


def alike(n, *, entry=0, exit=400, left=0):
    return pd.DataFrame({"entry": [entry] * n, "exit": exit, "left": left})


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (6, (52.4781341108, 17.8235191698, 78.5799695016)),
        (12, (31.2369845898, 8.6359807319, 57.5347622710)),
    ],
)
def test_survival_equals_that_of_r(months, expected):
    # R: summary(f, times = c(6, 12) * 365.25 / 12)[c("surv", "lower", "upper")]
    row = survival(LIVES, months)
    assert tuple(row[["value", "ci_low", "ci_high"]]) == pytest.approx(expected)
    assert (row["n"], row["reason"]) == (14, "")


def test_median_equals_that_of_r():
    # R: quantile(f, 0.5): 210, from 10 to 380
    row = median(LIVES)
    days = row[["value", "ci_low", "ci_high"]].to_numpy(float) * DAYS_PER_MONTH
    assert tuple(days) == pytest.approx((210, 10, 380))


def test_customers_are_not_at_risk_before_the_age_at_which_they_were_first_seen():
    # Ten from the first day, five of whom leave at 100; ninety more, seen from 200 on, all stay.
    # Taking those for watched from the start would give 95 % at a year: 1 − 5/100.
    lives = pd.concat([alike(5, exit=100, left=1), alike(5), alike(90, entry=200)])
    assert survival(lives, 12)["value"] == pytest.approx(50)


def test_someone_leaving_on_the_day_another_comes_is_not_compared_with_them():
    # At 100 one of two leaves and eight come: at risk are two.
    lives = pd.concat([alike(1, exit=100, left=1), alike(1), alike(8, entry=100)])
    assert survival(lives, 12)["value"] == pytest.approx(50)


def test_without_a_loss_the_interval_does_not_collapse():
    # Wilson of 20 of 20. R: prop.test(20, 20, correct = FALSE)$conf.int[1]
    row = survival(alike(20), 12)
    assert tuple(row[["value", "ci_low", "ci_high"]]) == pytest.approx((100, 83.8874816, 100))


def test_when_all_have_left_the_interval_does_not_collapse():
    # Wilson of 0 of 20.
    row = survival(alike(20, exit=50, left=1), 12)
    assert tuple(row[["value", "ci_low", "ci_high"]]) == pytest.approx((0, 0, 16.1125184))


def test_survival_is_not_told_beyond_what_was_watched():
    row = survival(alike(20, exit=300), 12)
    assert pd.isna(row["value"])
    assert row["reason"] == "nobody was watched for that long"


@pytest.mark.parametrize(
    "lives",
    [
        alike(20, entry=100),
        pd.concat([alike(9, exit=90), alike(20, entry=100)]),
        pd.concat([alike(1, exit=90, left=1), alike(20, entry=90)]),
        pd.concat([alike(3, exit=90, left=1), alike(20, entry=95)]),
    ],
    ids=["from-age-100", "gap", "last-one-leaves", "gap-after-all-left"],
)
def test_survival_is_not_told_over_ages_at_which_nobody_was_watched(lives):
    for row in (survival(lives, 12), median(lives)):
        assert pd.isna(row["value"])
        assert row["reason"] == "at some age nobody, or hardly anybody, was watched"


def test_the_median_is_not_told_while_more_than_half_stay():
    lives = pd.concat([alike(4, exit=100, left=1), alike(6)])
    row = median(lives)
    assert pd.isna(row["value"])
    assert row["reason"] == "more than half stay longer than anyone was watched"


def test_the_median_of_ten_lives_that_are_over_is_the_fifth():
    lives = pd.DataFrame({"entry": 0, "exit": range(10, 110, 10), "left": 1})
    assert median(lives)["value"] * DAYS_PER_MONTH == pytest.approx(50)


def test_nobody_has_no_curve():
    index = pd.MultiIndex.from_tuples([("all", 1)], names=["segment", "period_start"])
    nobody = pd.DataFrame({"n": [0.0], "months": [np.nan]}, index=index)
    row = Survival(age=None, step=None, months=None).estimate_from(nobody, counts_of(LIVES)[:0])
    assert pd.isna(row["value"].item())
    assert row["reason"].item() == ""


def test_the_interval_holds_the_truth_as_often_as_it_says():
    # Lives of a constant hazard, half of them met late, all watched for one year.
    truth, held = np.exp(-1.0), 0
    for seed in range(400):
        random = np.random.default_rng(seed)
        entry = np.where(np.arange(600) < 300, 0.0, random.uniform(0, 365, 600)).round()
        life = np.ceil(random.exponential(365.25, 600))
        seen = life > entry
        entry, life = entry[seen][:200], life[seen][:200]
        end = np.minimum(life, entry + 366)
        lives = pd.DataFrame({"entry": entry, "exit": end, "left": (life <= end).astype(int)})
        row = survival(lives, 12)
        held += row["ci_low"] <= 100 * truth <= row["ci_high"]
    # Binomial: 380 of 400, give or take 4.4.
    assert 367 <= held <= 393


def test_the_curve_tells_who_was_at_risk():
    ages = np.array([0.0, 10.0, 20.0])
    found = curve(ages, np.array([5.0, 2, 0]), np.array([0.0, 1, 1]), np.array([0.0, 0, 5]))
    assert list(found.at_risk) == [0, 5, 6]
    assert found.survival == pytest.approx([1, 4 / 5, 4 / 5 * 5 / 6])

"""Measures of surveys against R, published numbers and simulated samples with known truth."""

import ibis
import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from saydo.kpis.measures import MIXED_SCALES
from saydo.kpis.survey_measures import (
    AnswerShare,
    BoxShare,
    PartOfSum,
    RespondentBias,
    ScoreRatio,
    newcombe,
)

BIAS = RespondentBias(of=lambda rows: rows.stayed, responded=lambda rows: rows.responded)
AGREEMENT = AnswerShare(
    hits=lambda rows: rows.hits, answers=lambda rows: rows.answers, count=lambda rows: rows.n
)
GAP = ScoreRatio(
    of=lambda rows: rows.total, per=lambda rows: rows.n, among=lambda rows: rows.n > 0, scale_of="s"
)


def estimates(measure, **columns):
    """One estimate per `sample`."""
    rows = ibis.memtable(pd.DataFrame({"sample": 0, **columns}))
    rows = rows.mutate(period_start=ibis.date(2025, 10, 1))
    aggregates = {name: each.of for name, each in measure.aggregates(rows).items()}
    sums = rows.group_by("sample").agg(**aggregates).execute().set_index("sample").sort_index()
    return measure.estimate(sums.astype("float64"))


def estimate(measure, **columns):
    return estimates(measure, **columns).iloc[0]


def interval(row):
    return row["ci_low"], row["ci_high"]


def on_one_scale(columns, low=1, high=5):
    return {**columns, "s_low_min": low, "s_low_max": low, "s_high_min": high, "s_high_max": high}


def test_answer_share_takes_the_respondent_as_the_unit_of_chance():
    # R: hits <- c(2,1,0,3,0); n <- c(3,1,2,3,1); w <- c(1,2,1,.5,2); x <- w*hits; y <- w*n
    #    p <- sum(x)/sum(y); k <- sum(n)/sum(y); z <- qnorm(.975)
    #    m <- min(p*(1-p)*sum(n)^2 / (sum((x-p*y)^2)*k^2), sum(n))
    #    (p + z^2/(2*m) + c(-1,1)*z*sqrt(p*(1-p)/m + z^2/(4*m^2))) / (1 + z^2/m)
    hits, n, w = np.array([2, 1, 0, 3, 0]), np.array([3, 1, 2, 3, 1]), np.array([1, 2, 1, 0.5, 2])
    found = estimate(AGREEMENT, hits=w * hits, answers=w * n, n=n)
    assert (found["value"], found["n"]) == (pytest.approx(52.3809523810), 10)
    assert interval(found) == pytest.approx((22.1451113028, 80.9667370853))
    # Only ratios of weights matter.
    assert interval(estimate(AGREEMENT, hits=w * hits / 900, answers=w * n / 900, n=n)) == (
        pytest.approx(interval(found))
    )


def test_answer_share_of_all_alike_keeps_an_interval_of_as_many_as_respondents():
    # R: prop.test(3, 3, correct = FALSE)$conf.int[1]; twelve answers, but of three respondents.
    found = estimate(AGREEMENT, hits=[4, 4, 4], answers=[4, 4, 4], n=[4, 4, 4])
    assert interval(found) == pytest.approx((43.8502968, 100))
    assert estimate(AGREEMENT, hits=[0], answers=[0], n=[0])[["value", "ci_low"]].isna().all()


def test_a_negative_share_has_its_bounds_in_order():
    negative = AnswerShare(AGREEMENT.hits, AGREEMENT.answers, AGREEMENT.count, times=-1)
    found = estimate(negative, hits=[1, 0, 1, 1], answers=[1, 1, 1, 1], n=[1, 1, 1, 1])
    # R: -prop.test(3, 4, correct = FALSE)$conf.int
    assert (found["value"], *interval(found)) == pytest.approx((-0.75, -0.954412739, -0.300641843))


def test_mean_gap_and_its_interval_over_respondents():
    # R: t <- c(-1,.5,-3,2); m <- c(2,1,3,2); r <- sum(t)/sum(m)
    #    r + c(-1,1) * qt(.975, 3) * sqrt(sum((t-r*m)^2) * 4/3 / sum(m)^2)
    columns = {"total": [-1, 0.5, -3, 2, 0], "n": [2, 1, 3, 2, 0]}
    found = estimate(GAP, **on_one_scale(columns))
    assert (found["value"], found["n"]) == (-0.1875, 4)
    assert interval(found) == pytest.approx((-1.80797885809, 1.43297885809))
    alone = estimate(GAP, **on_one_scale({"total": [1.0], "n": [2]}))
    assert alone["value"] == 0.5
    assert alone[["ci_low", "ci_high"]].isna().all()


def test_no_mean_of_scores_on_different_scales():
    columns = on_one_scale({"total": [1.0, 2.0], "n": [1, 1]}, high=[5, 10])
    assert (estimate(GAP, **columns)["reason"], estimate(GAP, **columns)["n"]) == (MIXED_SCALES, 2)


def test_no_share_of_boxes_on_different_scales_unless_those_do_not_count():
    top = BoxShare(of=lambda rows: rows.x >= rows.scale_max, among=lambda rows: rows.counts)
    columns = {"x": [5, 3, 10], "scale_min": [1, 1, 0], "scale_max": [5, 5, 10]}
    mixed = estimate(top, **columns, counts=True)
    assert (pd.isna(mixed["value"]), mixed["reason"]) == (True, MIXED_SCALES)
    assert estimate(top, **columns, counts=[True, True, False])["value"] == 50


def asked(n_stayed, n_left, responded):
    n = n_stayed + n_left
    return pd.DataFrame({"stayed": np.arange(n) < n_stayed, "responded": np.full(n, responded)})


def test_newcombe_of_the_published_example():
    # Newcombe (1998), table II, (a): 56/70 − 48/80 by method 10, 0.0524 to 0.3339.
    found = newcombe(*(np.array([number]) for number in (56 / 70, 70.0, 48 / 80, 80.0)))
    assert (found[0][0], found[1][0]) == (
        pytest.approx(0.0524, abs=5e-5),
        pytest.approx(0.3339, abs=5e-5),
    )
    other = confint_proportions_2indep(56, 70, 48, 80, method="newcomb")
    assert (found[0][0], found[1][0]) == pytest.approx(other)


def test_respondent_bias_is_respondents_less_all_who_were_asked():
    # 56 of 70 respondents and 48 of 80 others stayed: 80 % − 104/150 = 8/15 · 20 points.
    # R: wil <- function(x, n) {p <- x/n; z <- qnorm(.975)
    #      (p + z^2/(2*n) + c(-1,1)*z*sqrt(p*(1-p)/n + z^2/(4*n^2)))/(1 + z^2/n)}
    #    a <- wil(56,70); b <- wil(48,80); d <- .2; q <- 80/150; s <- wil(80,150)
    #    l <- d - sqrt((.8-a[1])^2 + (b[2]-.6)^2); u <- d + sqrt((a[2]-.8)^2 + (.6-b[1])^2)
    #    100 * c(q*d - sqrt((q*(d-l))^2 + (d*(q-s[1]))^2), q*d + sqrt((q*(u-d))^2 + (d*(s[2]-q))^2))
    rows = pd.concat([asked(56, 14, True), asked(48, 32, False)])
    found = estimate(BIAS, **rows)
    assert (found["value"], found["n"]) == (pytest.approx(100 * (56 / 70 - 104 / 150)), 150)
    assert interval(found) == pytest.approx((2.63666434424, 17.97500421163))
    # Who left changes sides with who stayed, and the interval is the same, mirrored.
    mirrored = estimate(BIAS, **rows.assign(stayed=~rows["stayed"]))
    assert interval(mirrored) == pytest.approx((-17.97500421163, -2.63666434424))


def test_respondent_bias_needs_both_kinds():
    assert estimate(BIAS, **asked(3, 1, True))["reason"] == "everybody answered"
    assert estimate(BIAS, **asked(3, 1, False))["reason"] == "nobody answered"
    one_each = estimate(BIAS, **pd.concat([asked(1, 0, True), asked(1, 0, False)]))
    assert one_each["value"] == 0
    assert one_each["ci_low"] < -20 < 20 < one_each["ci_high"]


SAMPLES, RESPONDENTS = 1000, 200
SAMPLE = np.repeat(np.arange(SAMPLES), RESPONDENTS)


def covered(measure, truth, **columns):
    found = estimates(measure, sample=SAMPLE, **columns)
    return ((found["ci_low"] <= truth) & (truth <= found["ci_high"])).mean()


def test_respondent_bias_covers():
    # 38 % answer; 97 % of them stay, and 93 % of the others: 0.62 · 4 points.
    rng = np.random.default_rng(11)
    responded = rng.random(SAMPLE.size) < 0.38
    stayed = rng.random(SAMPLE.size) < np.where(responded, 0.97, 0.93)
    assert 0.93 < covered(BIAS, 0.62 * 4, responded=responded, stayed=stayed) < 0.97


def test_answer_share_covers_though_answers_of_a_respondent_are_alike_and_weights_differ():
    rng = np.random.default_rng(12)
    n = 1 + rng.poisson(2, SAMPLE.size)
    hits, w = rng.binomial(n, rng.beta(3, 2, SAMPLE.size)), rng.gamma(4, 0.25, SAMPLE.size)
    assert 0.93 < covered(AGREEMENT, 60, hits=w * hits, answers=w * n, n=n) < 0.97


def test_mean_gap_covers():
    rng = np.random.default_rng(13)
    n = rng.integers(1, 5, SAMPLE.size)
    total = n * rng.normal(-0.4, 0.8, SAMPLE.size) + rng.normal(0, np.sqrt(n))
    assert 0.93 < covered(GAP, -0.4, **on_one_scale({"total": total, "n": n})) < 0.97


def test_part_of_sum_is_of_rows_in_which_both_are_known_and_never_above_the_whole():
    # (10 + 5) / (40 + 10).
    share = PartOfSum(lambda rows: rows.own, lambda rows: rows.every, lambda rows: rows.known)
    found = estimate(share, own=[10, 5, 70], every=[40, 10, 80], known=[True, True, False])
    assert (found["value"], pd.isna(found["ci_low"])) == (30, True)
    assert estimate(share, own=[3], every=[2], known=[True])["reason"] == (
        "our part is larger than the whole"
    )

"""The shifted beta-geometric model against the paper that defines it, and by its own story."""

import numpy as np
import pandas as pd
import pytest

from saydo.errors import NotEstimable
from saydo.kpis.projections import ProjectedRetention, shifted_beta_geometric

PUBLISHED = (1000, 631, 468, 382, 326, 289, 262, 241)
"""Still there after 0, 1, … 7 renewals; Fader & Hardie (2007), "regular" customers."""


def cohort(there, *, entry=0):
    """Lives of a cohort that is watched from `entry` periods on."""
    lost = [(entry, age, True, there[age] - there[age + 1]) for age in range(entry, len(there) - 1)]
    rows = [*lost, (entry, len(there) - 1, False, there[-1])]
    return pd.DataFrame(rows, columns=["entry", "periods", "is_lost", "count"])


def estimated(lives):
    index = pd.MultiIndex.from_tuples([("all", 1)], names=["segment", "period_start"])
    n = float(lives.loc[~lives["is_lost"], "count"].sum())
    counts = lives.assign(segment="all", period_start=1).set_index(["segment", "period_start"])
    measure = ProjectedRetention(entry=None, periods=None, is_lost=None)
    return measure.estimate_from(pd.DataFrame({"n": n}, index=index), counts).iloc[0]


def simulated(n, *, alpha, beta, random):
    """Customers met at 0 to 3 periods of age and watched for four."""
    chance = random.beta(alpha, beta, n)
    entry = random.integers(0, 4, n)
    life = random.geometric(np.maximum(chance, 1e-9))
    seen = life > entry
    entry, life = entry[seen], life[seen]
    is_lost = life <= entry + 4
    periods = np.where(is_lost, life - 1, entry + 4)
    lives = pd.DataFrame({"entry": entry, "periods": periods, "is_lost": is_lost})
    return lives.groupby(["entry", "periods", "is_lost"]).size().rename("count").reset_index()


def test_the_published_cohort_gives_the_parameters_of_its_likelihood():
    # alpha 0.7041, beta 1.1820; the paper rounds them to 0.704 and 1.182.
    assert shifted_beta_geometric(cohort(PUBLISHED)) == pytest.approx((0.7041, 1.1820), abs=5e-5)


def test_the_published_cohort_is_projected_by_the_formula_of_the_paper():
    # All 241 have renewed seven times: r = (beta + 7) / (alpha + beta + 7).
    row = estimated(cohort(PUBLISHED))
    assert row["value"] == pytest.approx(100 * (1.1820 + 7) / (0.7041 + 1.1820 + 7), abs=5e-4)
    assert row["n"] == 241
    # The interval of the parameters alone, by the delta method, for all have the same age.
    # R: n <- c(1000, 631, 468, 382, 326, 289, 262, 241)
    #    ll <- function(q) { a <- exp(q[1]); b <- exp(q[2])
    #      -sum(-diff(n) * (lbeta(a + 1, b + 0:6) - lbeta(a, b))) - 241 * (lbeta(a, b + 7) -
    #      lbeta(a, b)) }
    #    o <- optim(c(-.4, .2), ll, method = "BFGS", hessian = TRUE, control = list(reltol = 1e-14))
    #    e <- exp(o$par); r <- (e[2] + 7) / (sum(e) + 7)
    #    g <- c(-r * e[1], (1 - r) * e[2]) / (sum(e) + 7)
    #    plogis(qlogis(r) + c(-1.96, 1.96) * sqrt(g %*% solve(o$hessian) %*% g) / r / (1 - r))
    # That trusts the model; ours holds whether or not it is right, and comes near where it is.
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((90.902, 93.111), abs=0.1)


def test_who_is_met_late_is_compared_with_those_who_lasted_as_long():
    # Of the published cohort only what happened after the second renewal: the likelihood of that is
    # not the one of a cohort of 468 in its first year.
    late = shifted_beta_geometric(cohort(PUBLISHED, entry=2))
    assert late != pytest.approx(shifted_beta_geometric(cohort(PUBLISHED[2:])), rel=0.05)
    # R: as above, with lbeta(a, b + 2) in place of lbeta(a, b), ages 2:6 and 241 left
    assert late == pytest.approx((0.585176, 0.560999), rel=1e-4)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    alpha, beta = 0.7, 2.0
    many = simulated(400_000, alpha=alpha, beta=beta, random=np.random.default_rng(0))
    there = many[~many["is_lost"]]
    truth = np.average(
        (beta + there["periods"]) / (alpha + beta + there["periods"]), weights=there["count"]
    )
    held = 0
    for seed in range(200):
        lives = simulated(1000, alpha=alpha, beta=beta, random=np.random.default_rng(seed + 1))
        row = estimated(lives)
        held += row["ci_low"] <= 100 * truth <= row["ci_high"]
    # Binomial: 190 of 200, give or take 3.1.
    assert 181 <= held <= 199


def test_customers_who_are_all_alike_can_be_projected():
    # A chance of 0.2 for all: alpha + beta runs off to its bound, retention stays at 80 %.
    lives = simulated(5000, alpha=2e5, beta=8e5, random=np.random.default_rng(1))
    row = estimated(lives)
    assert row["value"] == pytest.approx(80, abs=1.5)
    assert row["ci_low"] < 80 < row["ci_high"]


def test_nothing_is_projected_from_hardly_any_losses():
    there = (1000, 997, 995, 991)
    with pytest.raises(NotEstimable):
        shifted_beta_geometric(cohort(there))
    row = estimated(cohort(there))
    assert pd.isna(row["value"])
    assert row["reason"] == "too few were lost in the periods shown to project from"


def test_who_was_not_watched_for_a_whole_period_is_projected_but_tells_nothing():
    late = pd.DataFrame({"entry": [0], "periods": [0], "is_lost": [False], "count": [500]})
    lives = pd.concat([cohort(PUBLISHED), late])
    assert shifted_beta_geometric(lives) == pytest.approx((0.7041, 1.1820), abs=5e-5)
    first, eighth = 1.1820 / 1.8861, 8.1820 / 8.8861
    mean = (500 * first + 241 * eighth) / 741
    assert estimated(lives)["value"] == pytest.approx(100 * mean, abs=5e-3)

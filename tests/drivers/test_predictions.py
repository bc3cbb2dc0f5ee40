"""Predicted retention equals raw rates, R and a bootstrap, and gives nothing away."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from saydo.drivers.assess import assess
from saydo.drivers.dose_response import withheld_levels
from saydo.drivers.exposures import Watch
from saydo.drivers.fit import fit
from saydo.drivers.likelihood import maximum
from saydo.drivers.predictions import guarded, predicted, predictions

WATCH = Watch(
    as_of=date(2025, 12, 31),
    horizon_days=92,
    landmark=date(2025, 10, 1),
    item="satisfaction",
    scale=(1.0, 5.0),
    has_time_order=True,
    covariates=("tenure", "channel"),
    last_activity=date(2025, 12, 30),
    activity_rate=1.0,
)
STAYED = "20 5 11 8 4 9 29 11 31 8 24 35 34 14 18 27 24 29 22 19 20 15 21 28 36 29 25 20 20 40"
LEFT = "35 22 15 30 12 10 27 24 15 20 18 16 15 15 9 15 10 17 16 9 6 6 7 14 8 20 7 6 1 11"
LEVELS = np.repeat(np.arange(1.0, 6), 6)
PATTERNS = pd.DataFrame(
    {
        "segment": "all",
        "satisfaction": LEVELS,
        "scale_min": 1.0,
        "scale_max": 5.0,
        "tenure": np.tile(np.repeat([1.0, 2.5, 4.0], 2), 5),
        "channel": np.tile(["online", "shop"], 15),
        "n_stayed": [int(n) for n in STAYED.split()],
        "n_left": [int(n) for n in LEFT.split()],
    }
)


def judge(patterns, **options):
    total = int(patterns[["n_stayed", "n_left"]].to_numpy().sum())
    options = {"left_out": {"watched": total}, "min_cell": 1, "watch": WATCH, **options}
    return assess(patterns, segment="all", **options)


def numbers(rows):
    return np.array([[row["retention"], row["ci_low"], row["ci_high"]] for row in rows])


# R 4.2.2: with m the glm of the form (see test_fit), n the customers of each row and
# f <- function(b, s) { m$coefficients <- b
#   qlogis(sum(n / sum(n) * predict(m, transform(PATTERNS, satisfaction = s), type = "response"))) }
# g its central differences by 1e-5 and se <- sqrt(g %*% vcov(m) %*% g):
# 100 * plogis(f(coef(m), s) + c(0, -1, 1) * qnorm(.975) * se) for s in 1:5
FROM_R = {
    "linear": [
        (38.11969129, 33.17190108, 43.32700763),
        (49.03028538, 45.31246992, 52.75885874),
        (60.03207439, 56.97193358, 63.01586065),
        (70.12771706, 66.54251753, 73.48183862),
        (78.61265842, 74.30741519, 82.36766743),
    ],
    "spline": [
        (34.04516467, 28.05327727, 40.59474812),
        (50.32640843, 46.34472390, 54.30395723),
        (63.74633598, 59.00799168, 68.23183923),
        (71.33457810, 67.64712762, 74.75856875),
        (75.70048953, 70.15539350, 80.50165719),
    ],
    "threshold": [
        (32.51113841, 26.07935419, 39.67772601),
        (53.22283026, 47.97800871, 58.39738675),
        (61.84901138, 58.42831179, 65.15609645),
        (69.80167195, 66.23645763, 73.14306743),
        (76.73875341, 71.91692225, 80.95196159),
    ],
    "levels": [
        (32.51391329, 26.08284171, 39.67945003),
        (52.35859437, 46.31051220, 58.33828427),
        (64.09270052, 57.71163473, 70.01123581),
        (67.83057212, 60.77273873, 74.15851095),
        (77.04681766, 71.19062265, 82.01336391),
    ],
}


@pytest.mark.parametrize("form", FROM_R)
def test_predicted_retention_and_its_interval_equal_those_of_r(form):
    rows = predicted(fit(PATTERNS, form=form, adjust_for=["tenure", "channel"]))
    np.testing.assert_allclose(numbers(rows), FROM_R[form], atol=1e-6)


def test_without_covariates_it_is_the_prediction_of_statsmodels():
    fitted = fit(PATTERNS, form="linear")
    frame = fitted.result.get_prediction(fitted.design.matrix).summary_frame(alpha=0.05)
    expected = 100 * frame[["mean", "mean_ci_lower", "mean_ci_upper"]].to_numpy()
    np.testing.assert_allclose(numbers(predicted(fitted)), expected, atol=1e-9)


def test_by_level_and_unadjusted_it_is_the_raw_rate_with_its_interval_of_log_odds():
    rows = numbers(predicted(fit(PATTERNS, form="levels")))
    counts = PATTERNS.groupby("satisfaction")[["n_stayed", "n_left"]].sum().to_numpy(float)
    rates = counts[:, 0] / counts.sum(axis=1)
    # Variance of a log-odds: 1 / stayed + 1 / left.
    reach = 1.959963984540054 * np.sqrt((1 / counts).sum(axis=1))
    expected = np.column_stack([rates, expit(logit(rates) - reach), expit(logit(rates) + reach)])
    np.testing.assert_allclose(rows, 100 * expected, atol=1e-7)


def test_standard_errors_are_those_of_a_parametric_bootstrap():
    fitted = fit(PATTERNS, form="spline", adjust_for=["tenure", "channel"])
    made, rng = fitted.design, np.random.default_rng(3)
    n = (fitted.patterns["n_stayed"] + fitted.patterns["n_left"]).to_numpy()
    draws = []
    for _ in range(1000):
        stayed = rng.binomial(n, fitted.chances())
        again = maximum(made.matrix, stayed, n - stayed).coefficients
        chances = [expit(made.at(np.full(30, float(level))) @ again) for level in range(1, 6)]
        draws.append([np.average(chance, weights=n) for chance in chances])
    spread = logit(np.array(draws)).std(axis=0)
    rows = numbers(predicted(fitted)) / 100
    std_errors = (logit(rows[:, 2]) - logit(rows[:, 1])) / (2 * 1.959963984540054)
    # A thousand draws tell a standard error to 2.2 %.
    assert std_errors == pytest.approx(spread, rel=0.07)


def test_standardising_takes_away_what_the_covariate_alone_does():
    # Within each channel nothing depends on the answer: 90 % stay online and 50 % in the shop.
    data = PATTERNS.head(4).assign(
        satisfaction=[1.0, 1.0, 2.0, 2.0],
        scale_max=2.0,
        n_stayed=[9, 50, 90, 5],
        n_left=[1, 50, 10, 5],
    )
    adjusted = numbers(predicted(fit(data, form="levels", adjust_for=["channel"])))[:, 0]
    # Half are online: (90 + 50) / 2 at both levels; raw they are 54 and 86 %.
    assert adjusted == pytest.approx([70, 70], abs=1e-8)
    raw = numbers(predicted(fit(data, form="levels")))[:, 0]
    assert raw == pytest.approx([100 * 59 / 110, 100 * 95 / 110], abs=1e-8)


def test_adjusted_and_unadjusted_stand_side_by_side_with_their_n():
    table = predictions(judge(PATTERNS))
    assert list(table.columns[:3]) == ["segment", "model", "satisfaction"]
    assert table.groupby("model", sort=False).size().to_dict() == {
        f"{kind} {form}": 5
        for kind in ("unadjusted", "adjusted")
        for form in ("linear", "curved", "levels")
    }
    assert set(table["n"]) == {1072} and set(table["n_left"]) == {436}
    levels = table[table["model"] == "adjusted levels"]
    assert levels["is_headline"].all()
    np.testing.assert_allclose(
        levels[["retention", "ci_low", "ci_high"]], FROM_R["levels"], atol=1e-6
    )


def test_what_the_gate_refuses_has_no_prediction_but_its_reason():
    few = PATTERNS.assign(n_left=0)
    few.loc[0, "n_left"] = 5
    assessment = judge(few)
    table = predictions(assessment)
    assert table["retention"].isna().all() and table["satisfaction"].isna().all()
    assert set(table["reason"]) == {assessment.reason}
    assert set(table["verdict"]) == {"refused"}


def test_where_an_answer_is_withheld_raw_rates_are_and_adjusted_ones_are_rounded():
    data = PATTERNS.copy()
    # Nine customers answered 1: fewer than 11.
    data.loc[data["satisfaction"] == 1, ["n_stayed", "n_left"]] = [[1, 1]] * 3 + [[1, 0]] * 3
    table = predictions(judge(data, min_cell=11), min_cell=11)
    hidden = withheld_levels(data, min_cell=11)
    withheld = set(hidden.columns[hidden.loc["all"]])
    assert 1.0 in withheld and len(withheld) < 5
    safe = guarded(table, hidden, min_cell=11)
    unadjusted = safe["model"].str.startswith("unadjusted")
    blank = safe[["retention", "ci_low", "ci_high"]].isna().all(axis="columns")
    assert (blank == (unadjusted | safe["satisfaction"].isin(withheld))).all()
    assert safe.loc[blank, "reason"].str.contains("withheld").all()
    shown = safe.loc[~blank, ["retention", "ci_low", "ci_high"]]
    assert not shown.empty and (shown == shown.round(0)).all(axis=None)
    # A segment without withheld answers stays as it is.
    nothing = withheld_levels(PATTERNS, min_cell=11)
    pd.testing.assert_frame_equal(guarded(table, nothing, min_cell=11), table)

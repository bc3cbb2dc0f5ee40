"""Trends drawn on: against R, and against a known truth."""

import math

import numpy as np
import pytest

from saydo.errors import NotEstimable
from saydo.kpis.intervals import Z
from saydo.objectives.estimates import Estimate
from saydo.objectives.forecast import between_periods, forecast

Y = (31, 33, 32.5, 35, 36.5, 36, 38.5, 39)
V = (0.2, 0.3, 0.1, 0.4, 0.2, 0.1, 0.3, 0.2)
NAN = math.nan


def counts(values, **keys):
    """Full counts, by the number of their period from 1."""
    return {
        number: Estimate(float(value), is_count=True, **keys)
        for number, value in enumerate(values, start=1)
    }


def sampled(values, variances):
    halves = [Z * math.sqrt(v) for v in variances]
    return {
        number: Estimate(float(value), value - half, value + half, 400)
        for number, (value, half) in enumerate(zip(values, halves, strict=True), start=1)
    }


def test_without_sampling_error_it_is_least_squares():
    # R: x <- 1:8; y <- c(31,33,32.5,35,36.5,36,38.5,39)
    #    predict(lm(y ~ x), data.frame(x = 12), interval = "prediction")
    seen = forecast(counts(Y), due=12, year=None)
    assert seen.value == pytest.approx(43.71428571)
    assert seen.interval == pytest.approx((40.91718926, 46.51138217))


def test_with_sampling_error_it_is_weighted_by_both_variances():
    # R: v <- c(.2,.3,.1,.4,.2,.1,.3,.2); m <- function(t2) lm(y ~ x, weights = 1/(v+t2))
    #    t2 <- uniroot(function(t2) sum(resid(m(t2))^2/(v+t2)) - 6, c(0, 10), tol=1e-13)$root
    #    f <- m(t2); d <- c(1, 12); at <- sum(coef(f)*d)
    #    se <- sqrt(t2 + t(d) %*% summary(f)$cov.unscaled %*% d); at + c(-1,1)*qt(.975,6)*se
    x = np.arange(1.0, 9)
    design = np.column_stack([np.ones(8), x])
    assert between_periods(np.array(Y), np.array(V), design) == pytest.approx(0.3613717967)
    seen = forecast(sampled(Y, V), due=12, year=None)
    assert seen.value == pytest.approx(43.6575106044)
    assert seen.interval == pytest.approx((40.9780131801, 46.3370080287))


def test_where_chance_alone_explains_how_they_stray_nothing_is_added():
    design = np.column_stack([np.ones(8), np.arange(8.0)])
    assert between_periods(np.array(Y), np.full(8, 9.0), design) == 0


def test_shares_are_extrapolated_by_their_logit():
    # R: y <- qlogis(c(.80,.81,.83,.82,.85,.86)); f <- lm(y ~ x); x from 1 to 6
    #    plogis(predict(f, data.frame(x=8), interval="prediction"))
    #    q <- predict(f, data.frame(x=8), se.fit=TRUE); s <- sqrt(q$se.fit^2+q$residual.scale^2)
    #    pt((qlogis(.9)-q$fit)/s, 4, lower.tail=FALSE)
    history = counts((80, 81, 83, 82, 85, 86), range=(0, 100))
    seen = forecast(history, due=8, year=None)
    assert seen.value == pytest.approx(87.6317208)
    assert seen.interval == pytest.approx((84.52042665, 90.19024539))
    assert seen.p_reached(target=90, better="higher") == pytest.approx(0.03167786477)
    assert seen.p_reached(target=90, better="lower") == pytest.approx(1 - 0.03167786477)


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        ((97, 98, 98.8, 99.2, 99.6, 99.9), (0, 100)),
        ((70, 80, 85, 92, 96, 98), (-100, 100)),
        ((9, 5, 3, 2, 0.8, 0.4), (0, math.inf)),
        # On the end of the range there is no logit, and the forecast is cut off.
        ((96, 97, 98, 98, 99, 100), (0, 100)),
        ((5, 3, 2, 1, 1, 0), (0, math.inf)),
    ],
)
def test_no_forecast_leaves_the_range(values, bounds):
    seen = forecast(counts(values, range=bounds), due=11, year=None)
    low, high = seen.interval
    assert bounds[0] <= low <= seen.value <= high <= bounds[1]
    assert seen.p_reached(target=bounds[0], better="higher") == 1
    if math.isfinite(bounds[1]):
        assert seen.p_reached(target=bounds[1], better="lower") == 1


def test_seasons_that_differ_clearly_are_allowed_for():
    # R: y <- c(31,33,32.5,41,36.5,37,38.5,45); s <- factor(x %% 4)
    #    anova(lm(y ~ x), lm(y ~ x + s))  gives p = 0.0106
    #    predict(lm(y ~ x + s), data.frame(x = 12, s = factor(0, 0:3)), interval = "prediction")
    history = counts((31, 33, 32.5, 41, 36.5, 37, 38.5, 45))
    seen = forecast(history, due=12, year=4)
    assert seen.is_seasonal
    assert seen.value == pytest.approx(50.3125)
    assert seen.interval == pytest.approx((46.55434048, 54.07065952))
    assert not forecast(history, due=12, year=None).is_seasonal
    # A fourth quarter of 43 instead of 45, and p = 0.061: no season.
    weaker = counts((31, 33, 32.5, 39, 36.5, 36, 38.5, 43))
    assert not forecast(weaker, due=12, year=4).is_seasonal


def test_one_year_and_a_half_tell_nothing_of_seasons():
    history = counts((31, 33, 32.5, 41, 36.5, 37))
    assert not forecast(history, due=8, year=4).is_seasonal


def test_periods_without_a_value_or_an_interval_are_left_out():
    history = sampled(Y, V)
    short = {number: history[number] for number in (1, 2, 4, 6, 7, 8)}
    for nothing in (Estimate(NAN), Estimate(39.0, n=12)):
        holey = short | {3: nothing, 5: nothing}
        assert forecast(holey, due=10, year=None).interval == pytest.approx(
            forecast(short, due=10, year=None).interval
        )


def test_it_refuses_fewer_than_four_periods_and_says_how_many_there_are():
    with pytest.raises(NotEstimable, match="a trend needs 4 periods, and 3 were measured"):
        forecast(counts((1, 2, 4)), due=4, year=None)
    with pytest.raises(NotEstimable, match="and 0 were measured"):
        forecast({1: Estimate(NAN)}, due=4, year=None)


def test_it_refuses_to_look_further_ahead_than_back():
    forecast(counts(Y), due=16, year=None)
    with pytest.raises(NotEstimable, match="further ahead than the 8 periods measured so far"):
        forecast(counts(Y), due=17, year=None)


def test_periods_that_are_all_on_one_line_do_not_make_a_certain_future():
    with pytest.raises(NotEstimable, match="all periods lie on one line"):
        forecast(counts((10, 12, 14, 16, 18)), due=7, year=None)
    with pytest.raises(NotEstimable, match="all periods lie on one line"):
        forecast(counts((5, 5, 5, 5)), due=6, year=None)


def test_closer_to_zero_is_between_both_ends():
    seen = forecast(counts((-8, -6, -5, -3.5)), due=6, year=None)
    above = seen.p_reached(target=2, better="lower")
    below = seen.p_reached(target=-2, better="lower")
    assert seen.p_reached(target=2, better="closer to 0") == pytest.approx(above - below)
    assert math.isnan(seen.p_reached(target=2, better="context"))


@pytest.mark.parametrize(("stray", "error"), [(0.0, 1.0), (1.0, 1.0), (1.0, 0.01)])
def test_prediction_intervals_hold_the_true_level(stray, error):
    # 95 % intervals; too wide where nothing but sampling error is at work, never below 92 %.
    random = np.random.default_rng(7)
    held = []
    for _ in range(400):
        level = 50 + 0.3 * np.arange(12) + random.normal(0, stray, 12)
        y = level[:8] + random.normal(0, error, 8)
        low, high = forecast(sampled(y, [error**2] * 8), due=12, year=None).interval
        held.append(low <= level[11] <= high)
    assert np.mean(held) > 0.92
    if stray and error < 0.1:
        assert np.mean(held) < 0.98

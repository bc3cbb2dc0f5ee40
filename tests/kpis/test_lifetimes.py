"""The BG/NBD model against the paper that defines it, R, and customers made by its own story."""

import numpy as np
import pytest
from scipy import special

from saydo.errors import NotEstimable
from saydo.kpis.lifetimes import BgNbd, fit

PUBLISHED = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
"""Fitted to 2,357 customers of CDNOW, in weeks; Fader, Hardie & Lee (2005), table 2."""

PATTERNS = (
    np.array([0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 6, 9]),
    np.array([0, 0, 0, 2, 9, 25, 14, 33, 30, 21, 37, 38]),
    np.array([39, 30, 20, 39, 39, 30, 39, 36, 34, 39, 39, 40]),
    np.array([40, 30, 20, 8, 6, 5, 4, 4, 3, 3, 2, 2]),
)
"""x, t_x, t_end and how many customers."""


def one(x, t_x, t_end):
    return tuple(np.array([float(value)]) for value in (x, t_x, t_end))


def simulated(model, n, random):
    """x, t_x, t_end and whether alive, of customers watched for 20 to 60 weeks."""
    rate = random.gamma(model.r, 1 / model.alpha, n)
    chance = random.beta(model.a, model.b, n)
    t_end = random.uniform(20, 60, n)
    x, t_x, alive = np.zeros(n), np.zeros(n), np.ones(n, dtype=bool)
    buying = np.arange(n)
    while len(buying):
        at = t_x[buying] + random.exponential(1 / rate[buying])
        in_time = at <= t_end[buying]
        buying, at = buying[in_time], at[in_time]
        x[buying], t_x[buying] = x[buying] + 1, at
        stops = random.random(len(buying)) < chance[buying]
        alive[buying[stops]] = False
        buying = buying[~stops]
    return x, t_x, t_end, alive


def test_expected_purchases_of_the_published_example():
    # Fader, Hardie & Lee (2005), 5: two repeat purchases, the last in week 30.43 of 38.86: 1.226 in
    # the 39 weeks to come.
    mean = PUBLISHED.expected_purchases(*one(2, 30.43, 38.86), 39.0)
    assert mean.item() == pytest.approx(1.226, abs=5e-4)


@pytest.mark.parametrize("ahead", [1.0, 39.0, 500.0])
def test_expected_purchases_equal_the_closed_form_of_the_paper(ahead):
    x, t_x, t_end = np.array([0.0, 1, 5, 30]), np.array([0.0, 1, 20, 38]), np.array([1, 39, 25, 39])
    r, alpha, a, b = PUBLISHED.r, PUBLISHED.alpha, PUBLISHED.a, PUBLISHED.b
    series = special.hyp2f1(r + x, b + x, a + b + x - 1, ahead / (alpha + t_end + ahead))
    shrink = ((alpha + t_end) / (alpha + t_end + ahead)) ** (r + x)
    closed = (a + b + x - 1) / (a - 1) * (1 - shrink * series)
    alive = np.array(
        [1, *(1 / (1 + a / (b + x - 1) * ((alpha + t_end) / (alpha + t_x)) ** (r + x)))[1:]]
    )
    mean = PUBLISHED.expected_purchases(x, t_x, t_end, ahead)
    assert mean == pytest.approx(closed * alive, rel=1e-9)


def test_expected_purchases_have_no_gap_where_the_closed_form_has():
    below, at, above = (
        BgNbd(0.5, 5, a, 2).expected_purchases(*one(3, 10, 20), 30.0) for a in (0.999, 1.0, 1.001)
    )
    assert at == pytest.approx((below + above) / 2, rel=1e-6)


def test_who_bought_once_is_alive_and_who_fell_silent_hardly():
    # x = 1: 1 / (1 + a/b · ((alpha + T)/(alpha + t_x))^(r + 1)), by hand with a = b = 1, r = 1,
    # alpha = 2, T = 8, t_x = 3: 1 / (1 + (10/5)²) = 0.2.
    model = BgNbd(1, 2, 1, 1)
    assert model.p_alive(*one(1, 3, 8)).item() == pytest.approx(0.2)
    assert model.p_alive(*one(0, 0, 8)).item() == 1


def test_fit_equals_that_of_r():
    # R: ll <- function(q) { r <- exp(q[1]); al <- exp(q[2]); a <- exp(q[3]); b <- exp(q[4])
    #      A3 <- (al + T)^-(r + x); A4 <- ifelse(x > 0, a / (b + x - 1) * (al + tx)^-(r + x), 0)
    #      -sum(n * (lgamma(r + x) - lgamma(r) + r * log(al) + lgamma(a + b) + lgamma(b + x) -
    #           lgamma(b) - lgamma(a + b + x) + log(A3 + A4))) }
    #    exp(optim(c(0, 1, 0, 0), ll, method = "BFGS", control = list(reltol = 1e-15))$par)
    model = fit(*PATTERNS).model
    assert (model.r, model.alpha, model.a, model.b) == pytest.approx(
        (0.2298930392, 8.6403588093, 0.1394525616, 0.3254376459), rel=1e-6
    )


def test_mean_of_p_alive_equals_that_of_r():
    # R: sum(n * ifelse(x > 0, 1 / (1 + a/(b+x-1) * ((al+T)/(al+tx))^(r+x)), 1)) / sum(n)
    fitted = fit(*PATTERNS)
    mean, _ = fitted.mean(lambda model: model.p_alive(fitted.x, fitted.t_x, fitted.t_end))
    assert mean == pytest.approx(0.8897611993, rel=1e-6)


def test_fit_does_not_depend_on_the_unit_of_time():
    x, t_x, t_end, count = PATTERNS
    weeks, days = fit(x, t_x, t_end, count).model, fit(x, 7 * t_x, 7 * t_end, count).model
    assert (days.r, days.alpha, days.a, days.b) == pytest.approx(
        (weeks.r, 7 * weeks.alpha, weeks.a, weeks.b), rel=1e-6
    )


def test_fit_recovers_the_model_that_made_the_customers():
    x, t_x, t_end, _ = simulated(PUBLISHED, 100_000, np.random.default_rng(1))
    model = fit(x, t_x, t_end, np.ones_like(x)).model
    # Tolerances are three standard errors, as seen over repeated draws.
    assert (model.r, model.alpha) == (
        pytest.approx(0.243, abs=0.006),
        pytest.approx(4.414, abs=0.25),
    )
    assert model.a / (model.a + model.b) == pytest.approx(0.793 / 3.219, abs=0.015)


def test_the_interval_of_mean_p_alive_holds_the_truth_as_often_as_it_says():
    model = BgNbd(0.8, 4.4, 0.8, 2.4)
    truth = simulated(model, 200_000, np.random.default_rng(0))[3].mean()
    held = 0
    for seed in range(200):
        x, t_x, t_end, _ = simulated(model, 300, np.random.default_rng(seed))
        fitted = fit(x, t_x, t_end, np.ones_like(x))
        mean, error = fitted.mean(lambda m, f=fitted: m.p_alive(f.x, f.t_x, f.t_end))
        held += abs(mean - truth) < 1.96 * error
    # Binomial: 95 % of 200 is 190, give or take 3.1.
    assert 181 <= held <= 199


def test_nothing_is_fitted_where_hardly_anyone_bought_again():
    x, t_x, t_end = np.array([0, 1]), np.array([0, 5]), np.array([20, 20])
    with pytest.raises(NotEstimable, match="9 customers bought again"):
        fit(x, t_x, t_end, np.array([1000, 9]))


def test_nothing_is_fitted_where_nobody_can_have_stopped():
    # All bought on the very last day: whatever the rates, nobody has fallen silent.
    x, t_end = np.array([1, 2, 3]), np.array([20, 20, 20])
    with pytest.raises(NotEstimable, match="do not tell customers who stopped"):
        fit(x, t_end, t_end, np.array([50, 50, 50]))


def test_customers_who_are_all_alike_can_be_fitted():
    # One rate and one chance to stop for all: r and a + b run off to their bounds, P(alive) stays.
    random = np.random.default_rng(3)
    alike = BgNbd(r=1e5, alpha=1e6, a=2e4, b=8e4)
    x, t_x, t_end, alive = simulated(alike, 5_000, random)
    fitted = fit(x, t_x, t_end, np.ones_like(x))
    mean, error = fitted.mean(lambda m: m.p_alive(fitted.x, fitted.t_x, fitted.t_end))
    assert mean == pytest.approx(alive.mean(), abs=0.03)
    assert 0.001 < error < 0.02

"""The gamma-gamma model against published values, another program, and a known truth."""

import numpy as np
import pytest

from saydo.errors import NotEstimable
from saydo.kpis import gamma_gamma
from saydo.kpis.gamma_gamma import GammaGamma

CDNOW = GammaGamma(p=6.25, q=3.74, gamma=15.44)
"""Fader, Hardie & Lee (2005), of the repeat purchases of 946 buyers of CDs."""


def test_mean_spend_of_customers_is_as_published():
    # Fader & Hardie (2013), The gamma-gamma model of monetary value, and the tests of lifetimes: of
    # customers with this number of purchases and mean; parameters have two decimals only.
    n = np.array([2.0, 1, 0, 7, 1, 2])
    mean = np.array([22.35, 11.77, 0, 73.74, 11.77, 25.55])
    expected = [24.65, 18.91, 35.17, 71.46, 18.91, 27.28]
    assert CDNOW.mean_spend(n, n * mean) == pytest.approx(expected, rel=2e-3)


def test_mean_spend_of_the_unknown_is_that_of_all():
    assert CDNOW.mean_spend(np.zeros(1), np.zeros(1)) == pytest.approx(CDNOW.mean)


N = np.array([1.0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 5, 6, 8, 10, 12])
MEAN = np.array([2.0, 9, 70, 4, 16, 30, 90, 8, 20, 55, 14, 38, 9, 25, 60, 17])
COUNT = np.array([5.0, 9, 2, 3, 7, 5, 1, 3, 6, 2, 4, 3, 2, 2, 1, 2])


def test_parameters_are_those_of_another_program():
    # R: n <- c(1,1,1,2,2,2,2,3,3,3,4,5,6,8,10,12)
    #    z <- c(2,9,70,4,16,30,90,8,20,55,14,38,9,25,60,17)
    #    k <- c(5,9,2,3,7,5,1,3,6,2,4,3,2,2,1,2)
    #    f <- function(v) { p <- exp(v[1]); q <- 1 + exp(v[2]); g <- exp(v[3])
    #      -sum(k*(lgamma(p*n+q) - lgamma(p*n) - lgamma(q) + q*log(g) + (p*n-1)*log(z)
    #      + p*n*log(n) - (p*n+q)*log(g + n*z))) }
    #    o <- optim(c(1, 1, 3), f, method = "BFGS", control = list(reltol = 1e-15, maxit = 1e4))
    #    c(exp(o$par[1]), 1 + exp(o$par[2]), exp(o$par[3]))
    model = gamma_gamma.fit(N, MEAN, COUNT).model
    assert (model.p, model.q, model.gamma) == pytest.approx(
        (1.15387354896, 5.72258949288, 90.95271983613), rel=1e-4
    )


def test_patterns_with_counts_fit_as_rows_do():
    times = COUNT.astype(int)
    rows = gamma_gamma.fit(np.repeat(N, times), np.repeat(MEAN, times), np.ones(times.sum())).model
    model = gamma_gamma.fit(N, MEAN, COUNT).model
    assert model.mean == pytest.approx(rows.mean, rel=1e-6)


def spenders(rng, size, *, p=3.0, q=4.0, gamma=20.0):
    """Customers of a known model, each with a number of purchases and their mean spend."""
    n = rng.geometric(0.3, size).astype(float)
    rate = rng.gamma(q, 1 / gamma, size)
    return n, rng.gamma(p * n, 1 / rate) / n


def test_parameters_of_a_known_truth_are_found():
    n, mean = spenders(np.random.default_rng(8), 100_000)
    model = gamma_gamma.fit(n, mean, np.ones(len(n))).model
    assert (model.p, model.q, model.gamma) == pytest.approx((3, 4, 20), rel=0.03)


def test_variance_is_that_between_samples():
    rng = np.random.default_rng(9)
    found, said = [], []
    for _sample in range(200):
        n, mean = spenders(rng, 400)
        fitted = gamma_gamma.fit(n, mean, np.ones(400))
        found.append(fitted.model.mean)
        said.append(fitted.variance(lambda model: model.mean))
    # The mean of all is p·gamma / (q − 1) = 20; the sd of 200 sds is about 5 %.
    assert np.mean(found) == pytest.approx(20, abs=0.2)
    assert np.sqrt(np.mean(said)) == pytest.approx(np.std(found), rel=0.15)


def test_customers_who_are_all_alike_have_a_mean_all_the_same():
    fitted = gamma_gamma.fit(np.array([1.0, 4.0]), np.array([10.0, 10.0]), np.array([20.0, 20.0]))
    assert fitted.model.mean == pytest.approx(10, rel=1e-2)
    assert np.isfinite(fitted.variance(lambda model: model.mean))


def test_one_purchase_each_tells_no_model():
    with pytest.raises(NotEstimable, match="9 customers bought twice or more"):
        gamma_gamma.fit(np.array([1.0, 2.0]), np.array([10.0, 20.0]), np.array([500.0, 9.0]))

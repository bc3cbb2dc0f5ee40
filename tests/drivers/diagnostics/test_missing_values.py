"""Multiple imputation on counts: by known truth, by statsmodels, and by Rubin's arithmetic."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit
from scipy.stats import t
from statsmodels.imputation.mice import MICE, MICEData

from saydo.drivers.diagnostics.matching import Donors
from saydo.drivers.diagnostics.missing import missing
from saydo.drivers.diagnostics.rubin import pooled
from saydo.drivers.fit import fit
from saydo.errors import NotEstimable


def rows_of(n, seed=0):
    """Customers of whom tenure tells much of satisfaction, and both of staying."""
    rng = np.random.default_rng(seed)
    tenure = rng.integers(0, 8, n) / 2
    satisfaction = np.clip(np.round(2 + 0.6 * tenure + rng.normal(size=n)), 1, 5)
    stayed = rng.random(n) < expit(-1 + 0.5 * (satisfaction - 3) + 0.4 * tenure)
    return pd.DataFrame({"satisfaction": satisfaction, "tenure": tenure, "stayed": stayed})


def counted(rows):
    names = [name for name in rows.columns if name != "stayed"]
    sums = rows.assign(n_stayed=rows.stayed * 1, n_left=~rows.stayed * 1)
    sums = sums.groupby(names, dropna=False, as_index=False)[["n_stayed", "n_left"]].sum()
    return sums.assign(segment="a", scale_min=1.0, scale_max=5.0)


def with_silent(rows, seed=1):
    """The same, without the answers of many who left early or stayed late."""
    rng = np.random.default_rng(seed)
    chance = np.where(rows.stayed == (rows.tenure > 1.5), 0.7, 0.1)
    return rows.assign(satisfaction=rows.satisfaction.mask(rng.random(len(rows)) < chance))


def effect(table, cases):
    return table[(table.cases == cases) & (table.term == "average_marginal_effect")].iloc[0]


def test_nothing_missing_changes_nothing():
    data = counted(rows_of(800))
    table = missing(data, adjust_for=["tenure"], imputations=2)
    complete, imputed = effect(table, "complete"), effect(table, "imputed")
    expected = fit(data, adjust_for=["tenure"]).marginal_effect()
    for one in (complete, imputed):
        assert one["estimate"] == pytest.approx(expected.estimate)
        assert one["std_error"] == pytest.approx(expected.std_error)
        assert one["missing_information"] == 0
        assert one["n_imputed"] == 0


def test_answers_missing_at_random_are_made_good():
    # Of everyone the unadjusted effect is known, as the answers were only taken away here.
    rows = rows_of(6000)
    truth = fit(counted(rows)).marginal_effect().estimate
    table = missing(counted(with_silent(rows)), imputations=10)
    complete, imputed = effect(table, "complete"), effect(table, "imputed")
    assert abs(complete["estimate"] - truth) > 5
    assert abs(imputed["estimate"] - truth) < abs(complete["estimate"] - truth) / 5
    assert imputed["ci_low"] < truth < imputed["ci_high"]
    assert imputed["n"] == 6000
    assert imputed["n_imputed"] == with_silent(rows).satisfaction.isna().sum()
    assert 0.1 < imputed["missing_information"] < 0.9


def test_two_columns_with_gaps_are_imputed_from_each_other():
    rng = np.random.default_rng(2)
    rows = rows_of(6000).assign(visits=lambda one: np.round(one.tenure + rng.normal(size=6000)))
    truth = fit(counted(rows), adjust_for=["visits"]).marginal_effect()
    gaps = with_silent(rows).assign(visits=rows.visits.mask(rng.random(6000) < 0.3))
    table = missing(counted(gaps), adjust_for=["visits"], imputations=8, iterations=5)
    imputed, complete = effect(table, "imputed"), effect(table, "complete")
    assert imputed["estimate"] == pytest.approx(truth.estimate, abs=2 * imputed["std_error"])
    assert abs(complete["estimate"] - truth.estimate) > 4
    assert complete["n"] < 6000 == imputed["n"]


def test_it_agrees_with_the_mice_of_statsmodels_on_rows():
    rows = with_silent(rows_of(1000, seed=4))
    ours = missing(counted(rows), adjust_for=["tenure"], imputations=30).set_index(
        ["cases", "term"]
    )
    data = MICEData(rows.assign(stayed=rows.stayed * 1.0), k_pmm=10, rng=np.random.default_rng(0))
    family = {"family": sm.families.Binomial()}
    formula = "stayed ~ satisfaction + tenure"
    theirs = MICE(formula, sm.GLM, data, n_skip=1, init_kwds=family)
    theirs.fit(1, 30)
    found = [(one.params.iloc[1], one.bse.iloc[1] ** 2) for one in theirs.results_list]
    # Rubin's rules on its completed tables: the errors of its summary are larger than these.
    slopes, variances = (np.array(each)[:, None] for each in zip(*found, strict=True))
    estimate, variance, _df, _share = pooled(slopes, variances, known_df=997)
    row = ours.loc[("imputed", "satisfaction")]
    # Both are random: means of 30, of which each differs by most of a standard error.
    assert row["estimate"] == pytest.approx(estimate.item(), abs=0.4 * row["std_error"])
    assert row["std_error"] == pytest.approx(np.sqrt(variance.item()), rel=0.2)


def test_rubins_rules_are_their_arithmetic():
    # Estimates 1, 2, 3 with variances 0.5: B = 1, T = 0.5 + 4/3, λ = (4/3) / T = 8/11.
    estimate, variance, df, share = pooled(
        np.array([[1.0], [2.0], [3.0]]), np.full((3, 1), 0.5), known_df=100
    )
    assert estimate.item() == 2
    assert variance.item() == pytest.approx(11 / 6)
    assert share.item() == pytest.approx(8 / 11)
    # Barnard & Rubin: ν_m = 2 / λ², ν_obs = 101/103 · 100 · 3/11.
    by_rubin, observed = 2 * (11 / 8) ** 2, 101 / 103 * 100 * 3 / 11
    assert df.item() == pytest.approx(by_rubin * observed / (by_rubin + observed))
    assert t.ppf(0.975, df.item()) > 2.5


def test_categories_unknown_are_left_out_and_known_ones_kept():
    rows = with_silent(rows_of(2000)).assign(channel="shop")
    rows.loc[rows.index[::3], "channel"] = "web"
    rows.loc[rows.index[::10], "channel"] = None
    table = missing(counted(rows), adjust_for=["channel"], imputations=3)
    assert effect(table, "imputed")["n"] == 1800
    assert "channel[web]" in set(table["term"])


def test_a_field_known_of_few_is_refused():
    rows = with_silent(rows_of(1000)).assign(visits=np.nan)
    rows.loc[:40, "visits"] = 3.0
    with pytest.raises(NotEstimable, match="visits is known of too few"):
        missing(counted(rows), imputations=2)


def test_customers_drawn_as_counts_are_like_those_drawn_one_by_one():
    # Of a hundred customers like each other, 60 answered 4 and 40 answered 2.
    known = np.ones((2, 1)), np.array([4.0, 2.0]), np.array([60.0, 40.0])
    rng = np.random.default_rng(1)
    wanted = np.ones((1, 1))
    values, counts = Donors(*known, wanted, rng).counts(np.array([100_000]), rng)
    assert values.tolist() == [2, 4]
    assert counts.sum() == 100_000
    assert counts[0, 1] / 1e5 == pytest.approx(0.6, abs=4 * np.sqrt(0.6 * 0.4 / 1e5))
    one_by_one = Donors(*known, np.ones((100_000, 1)), rng).values(rng)
    assert (one_by_one == 4).mean() == pytest.approx(0.6, abs=4 * np.sqrt(0.6 * 0.4 / 1e5))


def test_where_few_are_alike_the_nearest_ten_are_drawn_from_either_way():
    # One customer per prediction: ten donors around the wanted one, each as likely.
    x = np.column_stack([np.ones(100), np.arange(100.0)])
    y = np.arange(100.0)
    rng = np.random.default_rng(2)
    donors = Donors(x, y, np.ones(100), np.array([[1.0, 50.0]]), rng)
    values, counts = donors.counts(np.array([100_000]), rng)
    drawn = values[counts[0] > 0]
    assert drawn.tolist() == pytest.approx(np.arange(45, 56), abs=1)
    assert {donors.values(rng).item() for _nth in range(300)} <= set(drawn)


def test_a_thousand_times_as_many_customers_are_no_more_rows():
    data = counted(with_silent(rows_of(2000)))
    many = data.assign(n_stayed=1000 * data.n_stayed, n_left=1000 * data.n_left)
    table = missing(many, imputations=2)
    assert effect(table, "imputed")["n"] == 2_000_000


def test_too_many_to_be_drawn_one_by_one_are_refused():
    rng = np.random.default_rng(3)
    rows = with_silent(rows_of(2000)).assign(visits=rng.integers(0, 5, 2000) * 1.0)
    data = counted(rows.assign(visits=rows.visits.mask(rng.random(2000) < 0.2)))
    many = data.assign(n_stayed=1000 * data.n_stayed, n_left=1000 * data.n_left)
    with pytest.raises(NotEstimable, match="lack several fields"):
        missing(many, imputations=2)


def test_one_column_of_many_values_is_drawn_one_by_one():
    rng = np.random.default_rng(6)
    rows = rows_of(3000).assign(spend=lambda one: np.round(10 * one.tenure + rng.normal(size=3000)))
    truth = fit(counted(rows), adjust_for=["spend"]).marginal_effect()
    gaps = rows.assign(spend=rows.spend.mask(rng.random(3000) < 0.3))
    imputed = effect(missing(counted(gaps), adjust_for=["spend"], imputations=5), "imputed")
    assert imputed["estimate"] == pytest.approx(truth.estimate, abs=imputed["std_error"])
    assert imputed["n"] == 3000

"""Within-customer change: what it tells, who tells it, and where it can't be told."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from statsmodels.discrete.conditional_models import ConditionalLogit

from saydo.drivers.exposures import Watch
from saydo.drivers.panel.histories import Histories
from saydo.drivers.panel.repeated import repeated
from saydo.drivers.panel.table import table
from saydo.drivers.panel.within import fit_within, within

WATCH = Watch(date(2025, 12, 31), 92, date(2025, 10, 1), "satisfaction", (1.0, 5.0), True)


def simulated(n=600, effect=0.0, seed=3):
    """Those who buy more are more satisfied: the same customer, with `effect` per point."""
    rng = np.random.default_rng(seed)
    level = rng.normal(size=n)
    satisfaction = np.clip(np.round(3 + level[:, None] + rng.normal(size=(n, 4))), 1, 5)
    log_odds = 1.5 * level[:, None] + effect * (satisfaction - 3) + np.linspace(0.4, -0.4, 4)
    bought = rng.random((n, 4)) < expit(log_odds)
    customer, wave = np.indices((n, 4)).reshape(2, -1)
    return pd.DataFrame(
        {
            "history": customer,
            "segment": "all",
            "n": 1,
            "wave": [f"2025-0{place + 1}" for place in wave],
            "satisfaction": satisfaction[customer, wave],
            "stayed": bought[customer, wave].astype(int),
            "is_active": rng.random(n * 4) < 0.8,
        }
    )


def rows_of(rows, kind="purchase", watch=WATCH):
    return table(within(Histories(rows, watch, kind), segment="all"), min_cell=11)


def test_customers_who_are_fond_of_everything_do_not_pass_for_an_effect():
    rows = simulated(effect=0.0)
    between = table(repeated(Histories(rows, WATCH, "purchase"), segment="all"), min_cell=11)
    assert between["ci_low"].iloc[0] > 3  # percentage points, where there is nothing
    inside = rows_of(rows).iloc[0]
    assert inside["term"] == "satisfaction"
    assert inside["verdict"] == "no relation found"
    assert inside["ci_low"] < 0 < inside["ci_high"]
    assert "covers 1" in inside["reason"]


def test_an_effect_within_customers_is_found_and_told_as_odds():
    rows = simulated(effect=0.6)
    found = rows_of(rows)
    row = found.iloc[0]
    assert row["verdict"] == "estimated"
    assert abs(row["estimate"] - 0.6) < 3 * row["std_error"]
    assert f"{np.exp(row['estimate']):.2f} times the odds of buying" in row["reason"]
    assert list(found["term"]) == [
        "satisfaction",
        "wave[2025-02]",
        "wave[2025-03]",
        "wave[2025-04]",
    ]


def test_the_estimate_is_that_of_statsmodels_on_rows_of_all_waves():
    # All waves, also of those who had lapsed: active ones alone are chosen by past outcomes.
    rows = simulated(n=150, effect=0.6)
    fit = fit_within(rows)
    waves = pd.get_dummies(rows["wave"], dtype=float).iloc[:, 1:]
    matrix = pd.concat([waves, rows["satisfaction"]], axis=1).to_numpy()
    with pytest.warns(UserWarning, match="no within-group variance"):
        theirs = ConditionalLogit(rows["stayed"].to_numpy(), matrix, groups=rows["history"])
    assert fit.names[-1] == "satisfaction"
    assert theirs.score(fit.params) == pytest.approx(np.zeros(4), abs=1e-8)
    assert theirs.loglike(fit.params) == pytest.approx(fit.log_likelihood, abs=1e-9)


def test_it_is_told_how_many_vary():
    rows = simulated(effect=0.6)
    by_customer = rows.groupby("history").agg(
        bought=("stayed", "nunique"), said=("satisfaction", "nunique")
    )
    row = rows_of(rows).iloc[0]
    assert row["n"] == 600
    assert row["n_varying"] == (by_customer["bought"] > 1).sum()
    assert row["n_changing"] == ((by_customer["bought"] > 1) & (by_customer["said"] > 1)).sum()
    assert row["n_changing"] < row["n_varying"] < 600


def test_a_wave_that_explains_itself_entirely_is_left_out_as_in_the_limit():
    # R's clogit lets the term of a wave in which nobody stayed run off to −27, and gives the same
    # others: 0.677435213601 for satisfaction (histories of test_conditional, first one longer).
    histories = {
        "11 20 31 40 51 30": 3,
        "20 31 11 40": 5,
        "10 21 30 51 41": 2,
        "31 30 51": 7,
        "21 40 41 10": 4,
        "50 31 41 21 10 20": 2,
        "51 50 30": 6,
        "30 40 51": 5,
        "10 20 31": 8,
        "41 21 10 30": 3,
    }
    rows = pd.DataFrame(
        [
            (history, n, f"w{wave}", float(one[0]), int(one[1]))
            for history, (waves, n) in enumerate(histories.items())
            for wave, one in enumerate(waves.split(), start=1)
        ],
        columns=["history", "n", "wave", "satisfaction", "stayed"],
    )
    fit = fit_within(rows)
    assert fit.names == ("wave[w2]", "wave[w3]", "wave[w4]", "wave[w5]", "satisfaction")
    assert fit.params[-1] == pytest.approx(0.677435213601, abs=1e-9)
    assert np.sqrt(fit.covariance[-1, -1]) == pytest.approx(0.187705218390, abs=1e-9)


def test_leaving_once_and_for_all_is_refused():
    found = rows_of(simulated(), kind="contract")
    assert list(found["verdict"]) == ["refused"]
    assert found["estimate"].isna().all()
    assert "Leaving comes once" in found["reason"].item()


def test_covariates_made_of_past_orders_are_not_adjusted_for():
    rows = simulated(effect=0.6)
    rng = np.random.default_rng(1)
    rows = rows.assign(recency=rng.normal(size=len(rows)), tickets=rng.integers(0, 3, len(rows)))
    watch = Watch(**{**vars(WATCH), "covariates": ("recency", "tickets")})
    found = rows_of(rows, watch=watch)
    adjusted = found[found["model"] == "adjusted within"]
    assert list(adjusted["term"])[:2] == ["satisfaction", "tickets"]
    assert "recency" not in set(found["term"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda rows: rows[rows["history"] < 25], "an estimate needs at least 20"),
        (lambda rows: rows.assign(stayed=1), "an estimate needs at least"),
        (lambda rows: rows.assign(satisfaction=rows["history"] % 5 + 1.0), "needs at least"),
        (lambda rows: rows[rows["wave"] == "2025-01"], "needs at least"),
        (
            lambda rows: rows.assign(stayed=(rows["satisfaction"] > 3).astype(int)),
            "separation",
        ),
        (
            lambda rows: rows.assign(
                stayed=((rows["satisfaction"] > 3) ^ (rows.index % 40 == 0)).astype(int)
            ),
            "tells almost perfectly",
        ),
        (
            lambda rows: rows.assign(
                satisfaction=1.0 + rows["wave"].str[-1].astype(int),
            ),
            "satisfaction is fixed by wave",
        ),
    ],
)
def test_what_cannot_be_estimated_is_a_row_with_its_reason(change, reason):
    found = rows_of(change(simulated()))
    assert list(found["verdict"]) == ["refused"]
    assert found["estimate"].isna().all()
    assert reason.lower() in found["reason"].item().lower()

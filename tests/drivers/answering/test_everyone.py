"""All tables about who answers, from tables to tables."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.answering import response_patterns, who_answers
from saydo.drivers.exposures import exposures
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)


@pytest.fixture(scope="module")
def company():
    """1,500 customers of two channels; who stays answers more often, and so does the web."""
    rng = np.random.default_rng(21)
    n = 1500
    web = rng.random(n) < 0.5
    said = np.clip(np.round(3 + 0.8 * web + rng.normal(size=n)), 1, 5)
    leaves = rng.random(n) < 0.55 - 0.1 * said
    answers = rng.random(n) < 0.35 + 0.25 * web + 0.15 * ~leaves
    names = np.array([f"c{number}" for number in range(n)])
    day = pd.Timestamp("2025-10-01") + pd.to_timedelta(rng.integers(0, 92, n), unit="D")
    invited = rng.random(n) < 0.6
    return {
        "customers": pd.DataFrame(
            {
                "customer_id": names,
                "acquired_on": pd.Timestamp("2024-01-01"),
                "left_on": pd.Series(day).where(leaves),
                "channel": np.where(web, "web", "shop"),
            }
        ),
        "answers": pd.DataFrame(
            {
                "customer_id": names[answers],
                "answered_at": pd.Timestamp("2025-09-01"),
                "item": "satisfaction",
                "score": said[answers],
                "scale_min": 1.0,
                "scale_max": 5.0,
            }
        ),
        "invitations": pd.DataFrame(
            {"customer_id": names[invited], "sent_at": pd.Timestamp("2025-08-25")}
        ),
    }


@pytest.fixture
def told(company, params_of, assign):
    def make(segments=None, **options):
        tables = Tables.of(company)
        params = params_of(satisfaction={"adjust_for": ["channel"]})
        exposed = exposures(tables, assign(tables, segments), params=params, as_of=AS_OF)
        invitations = tables["invitations"] if options.pop("with_invitations", True) else None
        patterns = response_patterns(exposed)
        return who_answers(exposed, patterns, invitations, max_age_days=365, **options)

    return make


def test_every_segment_is_in_every_table_with_numbers_or_a_reason(told, company):
    names = company["customers"]["customer_id"]
    segments = {name: "tiny" if place < 9 else "rest" for place, name in enumerate(names)}
    tables = told(segments)
    assert set(tables) == {"responders", "reweighted", "response_balance", "silent", "asking"}
    for name, table in tables.items():
        assert list(table["segment"].unique()) == ["all", "rest", "tiny"], name
        numbers = table.select_dtypes("number").drop(columns=["delta"], errors="ignore")
        empty = numbers.isna().all(axis=1)
        assert (table.loc[empty, "reason"].str.len() > 10).all(), name
        tiny = numbers[table["segment"] == "tiny"]
        assert tiny.isna().all(axis=None), name


def test_weights_make_respondents_like_everyone_and_the_silent_are_told_of(told):
    tables = told()
    row = tables["responders"].set_index("segment").loc["all"]
    assert row["difference"] > 5 and row["ci_low"] > 0
    balance = tables["response_balance"].query("segment == 'all'").set_index("term")
    assert balance.loc["stayed", "before"] > 0.1
    assert balance["is_balanced"].all()
    silent = tables["silent"].query("segment == 'all'")
    mean = silent[silent["term"] == "mean_satisfaction"].set_index("delta")["estimate"]
    weighted = tables["reweighted"].query("segment == 'all' and model == 'weighted'")
    weighted = weighted.set_index("term")["estimate"]
    assert mean[0.0] == pytest.approx(weighted["mean_satisfaction"])
    assert mean.is_monotonic_decreasing
    for table in (balance, silent):
        assert (table["n"] == row["n_answered"]).all()
    asking = tables["asking"].query("segment == 'all'").set_index("model")
    # Invitations were random: nothing goes with them.
    assert asking.loc["aipw", "ci_low"] < 0 < asking.loc["aipw", "ci_high"]


def test_without_invitations_asking_is_not_measured(told):
    table = told(with_invitations=False)["asking"]
    assert (table["verdict"] == "not measured").all()
    assert table["reason"].str.contains("needs invitations").all()


def test_an_effect_that_is_refused_is_told_nowhere_and_means_are(told):
    tables = told(no_effect={"all": "a leak"})
    for name in ("reweighted", "silent"):
        table = tables[name].query("segment == 'all'")
        is_effect = table["term"] == "average_marginal_effect"
        assert is_effect.any() and table.loc[is_effect, "estimate"].isna().all(), name
        assert (table.loc[is_effect, "reason"] == "a leak").all(), name
        assert table.loc[table["term"] == "mean_satisfaction", "estimate"].notna().all(), name

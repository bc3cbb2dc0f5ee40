"""Hazard models as rows: what they say, what they withhold, and that they tell the truth."""

from datetime import date
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.hazards.models import cox_fit, cox_rows, discrete_rows
from saydo.drivers.hazards.spells import MONTH, WEEK, Spells
from saydo.drivers.model_table import COLUMNS
from saydo.drivers.verdicts import ASSOCIATION, ESTIMATED, NO_RELATION, REFUSED

RATIO = "log_hazard_ratio_of_leaving: satisfaction"


def simulated(*, ratio=-0.5, size=2000, seed=1, changes=0.0):
    """Spells with a known log hazard ratio, which may change by so much after 20 units."""
    rng = np.random.default_rng(seed)
    score = rng.integers(1, 6, size).astype(float)
    trait = rng.integers(0, 2, size).astype(float)
    early = rng.exponential(1 / (0.02 * np.exp(ratio * (score - 3) + 0.3 * trait)))
    late = rng.exponential(1 / (0.02 * np.exp((ratio + changes) * (score - 3) + 0.3 * trait)))
    over = np.ceil(np.where(early < 20, early, 20 + late))
    ends = rng.integers(10, 60, size)
    frame = pd.DataFrame(
        {
            "segment": "all",
            "start": 0,
            "stop": np.minimum(over, ends).astype(int),
            "satisfaction": score,
            "trait": trait,
            "left": over <= ends,
            "n": 1,
            "n_entered": 1,
        }
    )
    return found(frame, covariates=("trait",))


def found(frame, *, covariates=(), days=MONTH):
    nobody = pd.DataFrame(columns=["segment", "reason", "n"])
    day = date(2025, 12, 31)
    return Spells(frame, nobody, day, day, days, "satisfaction", covariates)


@pytest.mark.parametrize("rows_of", [cox_rows, discrete_rows])
def test_a_known_hazard_ratio_is_found_and_told_of_leaving(rows_of):
    table = rows_of(simulated())
    assert table.columns.tolist() == list(COLUMNS)
    row = table[table["term"] == RATIO].iloc[0]
    assert row["ci_low"] < -0.5 < row["ci_high"]
    assert row["estimate"] == pytest.approx(-0.5, abs=0.1)
    assert (row["verdict"], row["n"]) == (ESTIMATED, 2000)
    assert row["n_left"] == int(simulated().table["left"].sum())
    times = f"{np.exp(row['estimate']):.2f} times the risk of leaving"
    assert times in row["reason"]
    assert "Adjusted for trait." in row["reason"]
    assert row["model"].startswith("adjusted ")


def test_cox_and_discrete_hazards_agree():
    spells = simulated()
    one, other = (rows.set_index("term") for rows in (cox_rows(spells), discrete_rows(spells)))
    assert one.loc[RATIO, "estimate"] == pytest.approx(other.loc[RATIO, "estimate"], abs=0.01)
    assert one.loc[RATIO, "std_error"] == pytest.approx(other.loc[RATIO, "std_error"], rel=0.03)


def test_without_covariates_it_is_an_association_only():
    table = cox_rows(simulated(), adjust_for=())
    assert table["verdict"].unique().tolist() == [ASSOCIATION]
    assert table["model"].unique().tolist() == ["unadjusted Cox"]
    assert "Nothing was adjusted for." in table["reason"].iloc[0]


def test_no_relation_says_what_would_have_shown():
    row = cox_rows(simulated(ratio=0.0)).iloc[0]
    assert row["verdict"] == NO_RELATION
    # 2.80 standard errors: 5 % and 80 % power.
    assert f"{np.exp(2.8016 * row['std_error']):.2f} times" in row["reason"]


def test_a_ratio_that_changes_with_tenure_is_said_to_be_an_average():
    steady, changing = cox_rows(simulated()), cox_rows(simulated(changes=0.6))
    place = "proportional_hazards[satisfaction]"
    assert steady.set_index("term").loc[place, "p_value"] > 0.05
    assert changing.set_index("term").loc[place, "p_value"] < 0.001
    assert "its average" not in steady["reason"].iloc[0]
    assert "its average" in changing["reason"].iloc[0]


def test_retention_over_a_year_is_told_per_answer_with_its_interval():
    table = discrete_rows(simulated()).set_index("term")
    chances = [table.loc[f"retention_over_12_months[satisfaction={x}]"] for x in (1, 3, 5)]
    assert [row["estimate"] for row in chances] == sorted(row["estimate"] for row in chances)
    for row in chances:
        assert row["ci_low"] < row["estimate"] < row["ci_high"]
    # The hazard of a month is 0.02 · e^{0.3 · trait} at 3, so that a year's retention is near 75 %.
    truth = 100 * np.mean([np.exp(-0.24), np.exp(-0.24 * np.exp(0.3))])
    assert chances[1]["ci_low"] < truth < chances[1]["ci_high"]


def test_odds_are_called_odds():
    row = discrete_rows(simulated(), link="logit").iloc[0]
    assert row["term"] == "log_odds_ratio_of_leaving_in_a_month: satisfaction"
    assert "times the odds of leaving within a month" in row["reason"]


def test_where_nobody_was_watched_for_a_year_retention_over_it_has_its_reason():
    frame = simulated().table
    short = frame[frame["stop"] <= 11]
    table = discrete_rows(found(short, covariates=("trait",))).set_index("term")
    row = table.loc["retention_over_12_months"]
    assert np.isnan(row["estimate"])
    assert row["reason"] == "Nobody was watched for that long."


@pytest.mark.parametrize("rows_of", [cox_rows, discrete_rows])
def test_too_few_and_separated_are_one_row_without_numbers(rows_of):
    frame = simulated().table
    few = pd.concat([frame[frame["left"]].head(9), frame[~frame["left"]].head(40)])
    separated = frame.assign(left=frame["left"] & (frame["satisfaction"] == 1))
    for changed, reason in ((few, "an estimate needs at least 10"), (separated, "infinite")):
        table = rows_of(found(changed, covariates=("trait",)), adjust_for=())
        assert table["term"].tolist() == [RATIO]
        assert table["verdict"].tolist() == [REFUSED]
        assert np.isnan(table["estimate"].iloc[0])
        assert reason in table["reason"].iloc[0]


def test_under_the_smallest_cell_not_even_counts_are_told():
    table = cox_rows(found(simulated().table.head(8)))
    assert table["n"].isna().all()
    assert table["n_left"].isna().all()
    assert "Fewer than 11" in table["reason"].iloc[0]


def test_customers_with_an_unknown_covariate_are_left_out_whole():
    spells = simulated()
    spells.table.loc[:499, "trait"] = np.nan
    table = cox_rows(spells)
    assert table["n"].unique().tolist() == [1500]
    expected, _design = cox_fit(spells.table.iloc[500:], adjust_for=["trait"])
    assert table["estimate"].iloc[0] == expected.coefficients[0]


def test_customers_are_counted_once_and_not_by_their_spells():
    frame = simulated().table
    long = frame[frame["stop"] > 4]
    cut = pd.concat(
        [
            frame[frame["stop"] <= 4],
            long.assign(stop=4, left=False),
            long.assign(start=4, n_entered=0),
        ]
    )
    one = cox_rows(found(frame, covariates=("trait",)))
    other = cox_rows(found(cut, covariates=("trait",)))
    pd.testing.assert_frame_equal(one, other)


def test_discrete_hazards_take_months():
    with pytest.raises(ValueError, match="spells in months"):
        discrete_rows(found(simulated().table, days=WEEK))


@pytest.mark.parametrize("name", ["Cox, weeks", "discrete-time hazards"])
def test_intervals_hold_a_known_truth_with_late_entries(name, monkeypatch):
    # A few of the draws of benchmarks/truths, so that they keep working: of 20 intervals
    # of 95 % at least 16 hold the truth with probability 0.997.
    monkeypatch.syspath_prepend(Path(__file__).parents[3] / "benchmarks")
    simulations = import_module("truths.hazard").SIMULATIONS
    draws = [simulations[name](np.random.default_rng([7, seed])) for seed in range(20)]
    assert sum(draw.ci_low <= draw.truth <= draw.ci_high for draw in draws) >= 16

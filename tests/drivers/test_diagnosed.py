"""Diagnostics of every segment: all are there, and none gives a withheld answer back."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from saydo.drivers.assess import Assessment
from saydo.drivers.diagnosed import diagnosed, every_segment
from saydo.drivers.diagnostics import NAMES
from saydo.drivers.firth import firth
from saydo.drivers.fit import fit
from saydo.drivers.models import Model

WITHHELD = "withheld: fewer than 11 customers, or would reveal such a group"


@pytest.fixture(scope="module")
def everyone():
    """1,500 customers with tenure; every third is silent."""
    rng = np.random.default_rng(5)
    n = 1500
    rows = pd.DataFrame(
        {"satisfaction": rng.integers(1, 6, n) * 1.0, "tenure": rng.integers(0, 6, n) / 2}
    )
    stays = rng.random(n) < expit(0.8 + 0.5 * (rows.satisfaction - 3) + 0.3 * (rows.tenure - 1))
    rows.loc[::3, "satisfaction"] = np.nan
    counts = rows.assign(n_stayed=stays * 1, n_left=~stays * 1)
    counts = counts.groupby(["satisfaction", "tenure"], as_index=False, dropna=False).sum()
    return counts.assign(segment="a", scale_min=1.0, scale_max=5.0)


def assessed(everyone, *, adjust_for=("tenure",), fitting=fit, segment="a"):
    fitted = fitting(everyone.dropna(subset=["satisfaction"]), adjust_for=adjust_for)
    model = Model("linear", tuple(adjust_for), "estimated", "", fitted.n, fitted.n_left, fitted)
    return Assessment(segment, "estimated", "", model, (model,), ())


def tables_of(everyone, *, hidden=(), **options):
    return diagnosed(assessed(everyone, **options), everyone, hidden=hidden, min_cell=11)


def test_every_table_names_segment_and_model(everyone):
    tables = tables_of(everyone)
    assert set(tables) == set(NAMES)
    for name, table in tables.items():
        assert set(table["segment"]) == {"a"}, name
        assert set(table["model"]) == {"adjusted linear"}, name
        assert "reason" in table, name


def test_the_complete_cases_are_those_of_the_model_that_speaks(everyone):
    effect = assessed(everyone).headline.fit.marginal_effect()
    rows = tables_of(everyone)["missing_answers"].set_index(["cases", "term"])
    told = rows.loc[("complete", "average_marginal_effect")]
    assert told["estimate"] == pytest.approx(effect.estimate)
    assert told["n"] == 1000
    imputed = rows.loc[("imputed", "average_marginal_effect")]
    assert (imputed["n"], imputed["n_imputed"]) == (1500, 500)


def test_where_answers_are_withheld_an_unadjusted_model_tells_nothing(everyone):
    for name, table in tables_of(everyone, adjust_for=(), hidden=[1.0]).items():
        assert table["reason"].to_list() == [WITHHELD], name
        assert table.drop(columns=["segment", "model", "reason"]).isna().all(axis=None), name


def test_where_answers_are_withheld_an_adjusted_model_tells_no_likelihood_and_no_digits(everyone):
    tables = tables_of(everyone, hidden=[1.0])
    assert tables["likelihood_ratio"]["reason"].to_list() == [WITHHELD]
    assert "deviance_explained" not in set(tables["added_value"]["measure"])
    assert set(tables["missing_answers"]["term"]) == {"average_marginal_effect"}
    groups = tables["calibration"]
    assert groups["n_stayed"].isna().all()
    for name in ("predicted", "observed", "ci_low", "ci_high"):
        assert (groups[name] == groups[name].round(0)).all(), name
    slope = tables["calibration_tests"]["estimate"]
    assert (slope == slope.round(1)).all()
    levels = tables["residuals"].set_index("satisfaction")
    assert levels.loc[1.0].drop(["segment", "model", "reason"]).isna().all()
    assert (levels["expected"].dropna() % 1 == 0).all()
    told = tables["influence"]
    assert len(told) == 1 and told[["effect", "at_most"]].notna().all(axis=None)
    about = ["segment", "model", "effect", "at_most", "reason"]
    assert told.drop(columns=about).isna().all(axis=None)


def test_a_penalised_model_is_not_looked_into(everyone):
    for table in tables_of(everyone, fitting=firth).values():
        assert "this one is penalised" in table["reason"].item()


def test_a_segment_without_a_model_has_nothing(everyone):
    refused = Assessment("a", "refused", "Only 3 left.", None, (), ())
    assert diagnosed(refused, everyone, hidden=(), min_cell=11) == {}


def test_every_segment_is_in_every_table_and_counts_of_the_silent_are_withheld(everyone):
    parts = [tables_of(everyone), {}]
    reasons = {"all": "Too early.", "a": ""}
    responders = pd.DataFrame({"segment": ["all", "a"], "reason": ["", WITHHELD]})
    found = every_segment(parts, reasons, responders)
    assert set(found) == set(NAMES)
    for name, table in found.items():
        assert list(table["segment"].unique()) == ["all", "a"], name
        assert table["reason"].iloc[0] == "Too early.", name
    own = found["missing_answers"][found["missing_answers"]["segment"] == "a"]
    imputed = own["cases"] == "imputed"
    assert own.loc[imputed, ["n", "n_left", "n_imputed"]].isna().all(axis=None)
    assert own.loc[~imputed, "n"].eq(1000).all()


def test_without_any_model_there_are_reasons_only():
    responders = pd.DataFrame({"segment": ["all"], "reason": [""]})
    found = every_segment([], {"all": "Too early."}, responders)
    for name in NAMES:
        assert found[name]["reason"].to_list() == ["Too early."], name


def test_columns_and_types_are_the_same_with_numbers_withheld_or_refused(everyone):
    responders = pd.DataFrame({"segment": ["a"], "reason": [""]})
    told = every_segment([tables_of(everyone)], {"a": ""}, responders)
    for part in (
        tables_of(everyone, hidden=[1.0]),
        tables_of(everyone, hidden=[1.0], adjust_for=()),
        tables_of(everyone, fitting=firth),
        {},
    ):
        found = every_segment([part], {"a": "Too early."}, responders)
        for name in NAMES:
            pd.testing.assert_series_equal(found[name].dtypes, told[name].dtypes, obj=name)


def test_the_reason_why_nothing_is_imputed_stays_where_answers_are_withheld(everyone):
    # Of whom too few have a tenure it can't be told of the others; that is no effect to leave out.
    n = everyone["n_stayed"] + everyone["n_left"]
    lonely = everyone.assign(age=np.where(n == n.min(), 30.0, np.nan))
    rows = diagnosed(assessed(everyone), lonely, hidden=[1.0], min_cell=11)["missing_answers"]
    assert rows["reason"].tolist() == ["age is known of too few customers to tell it of others"]

"""What the table of models gives away, and what it must not."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.assess import Assessment
from saydo.drivers.exposures import Watch
from saydo.drivers.model_table import EFFECT
from saydo.drivers.models import model_of
from saydo.drivers.retention_models import COLUMNS, guarded, retention_models


def models() -> pd.DataFrame:
    rows = [
        ("a", "unadjusted linear", EFFECT, 1.234567, False),
        ("a", "unadjusted linear", "satisfaction", 0.345678, False),
        ("a", "adjusted linear", EFFECT, 2.345678, True),
        ("a", "adjusted linear", "tenure", 0.123456, True),
        ("b", "unadjusted linear", EFFECT, 3.456789, True),
        ("b", "unadjusted linear", "intercept", 0.456789, True),
        ("c", "unadjusted linear", EFFECT, 4.567891, True),
        ("c", "unadjusted linear", "intercept", 0.567891, True),
    ]
    table = pd.DataFrame(rows, columns=["segment", "model", "term", "estimate", "is_headline"])
    numbers = dict.fromkeys(["std_error", "ci_low", "ci_high", "p_value"], 0.0123456)
    table = table.assign(**numbers, n=100, n_left=20, verdict="estimated", reason="")
    return table[list(COLUMNS)]


def test_unadjusted_estimates_could_be_solved_for_withheld_answers():
    # Two levels are withheld of a segment in which 3 and 2 are shown. From the slope, intercept,
    # n and n_left of a logistic line the unknown counts follow: its score equations are linear.
    import statsmodels.api as sm

    levels = np.array([1.0, 2, 3, 5])
    stayed, left = np.array([72.0, 185, 86, 5]), np.array([26.0, 34, 8, 0])
    fit = sm.GLM(np.c_[stayed, left], sm.add_constant(levels), family=sm.families.Binomial()).fit()
    chance = fit.predict(sm.add_constant(levels))
    n = stayed + left
    unknown, shown = [0, 3], [1, 2]
    # Σ n = N, and Σ n p = Σ stayed: two equations in n(1) and n(5).
    equations = np.vstack([np.ones(2), chance[unknown]])
    known = [n.sum() - n[shown].sum(), stayed.sum() - (n * chance)[shown].sum()]
    assert np.linalg.solve(equations, known) == pytest.approx(n[unknown], abs=1e-4)


def test_where_answers_are_withheld_no_model_gives_them_back():
    kept = guarded(models(), segments=["a", "b"], min_cell=11)
    of_a = kept[kept["segment"] == "a"].set_index("model")
    assert list(of_a["term"]) == [EFFECT, EFFECT]
    assert np.isnan(of_a.loc["unadjusted linear", "estimate"])
    assert "withheld" in of_a.loc["unadjusted linear", "reason"]
    assert of_a.loc["adjusted linear", "estimate"] == 2.345678
    of_b = kept[kept["segment"] == "b"]
    assert list(of_b["estimate"]) == [3.5]  # it speaks for the segment, but rounded
    pd.testing.assert_frame_equal(
        kept[kept["segment"] == "c"].reset_index(drop=True),
        models().query("segment == 'c'").reset_index(drop=True),
    )


def of_form(form: str, n_levels: int) -> pd.DataFrame:
    """The table of one unadjusted model."""
    stayed = np.array([40, 90, 130, 140, 150])[:n_levels]
    patterns = pd.DataFrame(
        {
            "segment": "a",
            "satisfaction": np.arange(1.0, n_levels + 1),
            "scale_min": 1.0,
            "scale_max": float(n_levels),
            "n_stayed": stayed,
            "n_left": 180 - stayed,
        }
    )
    watch = Watch(date(2025, 12, 31), 92, date(2025, 10, 1), "satisfaction", (1.0, 5.0), True)
    model = model_of(patterns, form=form, adjust_for=(), watch=watch, min_cell=11, confidence=0.95)
    found = Assessment("a", model.verdict, model.reason, model, (model,), ())
    return retention_models(found).set_index("term")


def test_slopes_beside_a_kink_that_was_searched_for_claim_no_precision():
    table = of_form("threshold", 5)
    doubts = ["std_error", "ci_low", "ci_high", "p_value"]
    assert list(table.index) == [EFFECT, "intercept", "satisfaction", "satisfaction above 3"]
    assert table["estimate"].notna().all()
    assert table.loc[["satisfaction", "satisfaction above 3"], doubts].isna().all(axis=None)
    assert table.loc[[EFFECT, "intercept"], doubts].notna().all(axis=None)


@pytest.mark.parametrize(("form", "n_levels"), [("threshold", 3), ("spline", 5), ("levels", 5)])
def test_what_was_not_searched_for_has_its_errors(form, n_levels):
    table = of_form(form, n_levels)
    assert table[["std_error", "ci_low", "ci_high", "p_value"]].notna().all(axis=None)

"""All diagnostics of one model, on data whose model is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from saydo.drivers.diagnostics import diagnose
from saydo.drivers.fit import fit


def simulated(chance_of, *, n=20_000, seed=0):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {"satisfaction": rng.integers(1, 6, n) * 1.0, "tenure": rng.integers(0, 8, n) / 2}
    )
    stays = rng.random(n) < chance_of(rows.satisfaction, rows.tenure)
    counts = rows.assign(n_stayed=stays * 1, n_left=~stays * 1)
    counts = counts.groupby(["satisfaction", "tenure"], as_index=False).sum()
    return counts.assign(segment="a", scale_min=1.0, scale_max=5.0)


def right(satisfaction, tenure):
    return expit(0.2 + 0.5 * (satisfaction - 3) + 0.3 * (tenure - 2))


def wrong_for_a_line(satisfaction, tenure):
    return expit(0.2 - 1.2 * (satisfaction < 3) + 1.5 * (tenure - 2))


def test_the_right_model_passes_all():
    tables = diagnose(fit(simulated(right), adjust_for=["tenure"]))
    tests = tables["calibration_tests"].set_index("measure")
    assert (tests["p_value"] > 0.01).all()
    slope = tests.loc["calibration_slope"]
    assert slope["ci_low"] < 1 < slope["ci_high"]
    shown = tables["calibration"]
    assert (
        (shown["ci_low"] < shown["predicted"]) & (shown["predicted"] < shown["ci_high"])
    ).mean() >= 0.8
    assert tables["residuals"]["residual"].abs().max() < 3
    assert tables["likelihood_ratio"]["p_value"].item() < 1e-6
    assert tables["influence"]["change"].abs().max() < 1


def test_a_straight_line_where_there_is_a_step_leaves_residuals():
    data = simulated(wrong_for_a_line)
    straight = diagnose(fit(data, adjust_for=["tenure"]))
    stepped = diagnose(fit(data, form="levels", adjust_for=["tenure"]))
    assert straight["residuals"]["residual"].abs().max() > 5
    assert stepped["residuals"]["residual"].abs().max() == 0
    gained = [
        each["added_value"].set_index("measure")["with_satisfaction"]
        for each in (straight, stepped)
    ]
    assert gained[1]["deviance_explained"] > gained[0]["deviance_explained"]


def test_every_estimate_has_its_n_and_what_is_withheld_its_reason():
    tables = diagnose(fit(simulated(right, n=400), adjust_for=["tenure"]), hidden=[1.0, 2.0])
    assert (tables["residuals"]["reason"] != "").to_list() == [True, True, False, False, False]
    for name, table in tables.items():
        assert "n" in table.columns, name
        if "reason" in table.columns:
            assert (table["n"].notna() | (table["reason"] != "")).all(), name
    assert tables["influence"]["reason"].ne("").any()
    assert tables["added_value"]["n"].to_list() == pytest.approx([400] * 3)

"""Residuals by level, against R, and what they are for."""

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.diagnostics.residuals import residuals
from saydo.drivers.fit import fit


def data(n_stayed, n_left, tenure=None):
    frame = pd.DataFrame({"segment": "a", "satisfaction": np.arange(len(n_stayed)) % 5 + 1.0})
    frame = frame.assign(scale_min=1.0, scale_max=5.0, n_stayed=n_stayed, n_left=n_left)
    return frame if tenure is None else frame.assign(tenure=tenure)


def test_one_pattern_per_level_has_the_standardised_residuals_of_r():
    # R: s <- c(3, 8, 20, 40, 30); l <- c(9, 8, 12, 10, 2); x <- 1:5
    #    m <- glm(cbind(s, l) ~ x, family = binomial, control = list(epsilon = 1e-14))
    #    rstandard(m, type = "pearson"); fitted(m)
    table = residuals(fit(data([3, 8, 20, 40, 30], [9, 8, 12, 10, 2])), min_cell=1)
    expected = [-0.033404170475181, 0.561091325672053, -0.396712098775244]
    expected += [-0.398599186674156, 0.643893948988662]
    assert table["residual"].to_list() == pytest.approx(expected, rel=1e-7)
    fitted = [0.25309826128976, 0.44379378210243, 0.65262495270583, 0.81562369888003]
    assert (table["expected"] / 100).to_list() == pytest.approx(
        [*fitted, 0.91240427875925], rel=1e-8
    )


def test_several_patterns_of_a_level_are_summed_with_their_covariance():
    # Splitting every pattern in two of the same covariates changes nothing.
    whole = data([6, 16, 40, 80, 60], [18, 16, 24, 20, 4])
    halves = data([3, 8, 20, 40, 30] * 2, [9, 8, 12, 10, 2] * 2, tenure=np.repeat([0.0, 1.0], 5))
    one = residuals(fit(whole), min_cell=1)
    # Tenure has no effect here, and is told apart from satisfaction exactly.
    two = residuals(fit(halves, adjust_for=["tenure"]), min_cell=1)
    columns = ["n", "observed", "expected", "residual"]
    pd.testing.assert_frame_equal(one[columns], two[columns], check_exact=False, rtol=1e-6)


def test_a_model_by_level_misses_nothing_by_construction():
    table = residuals(fit(data([3, 8, 20, 40, 30], [9, 8, 12, 10, 2]), form="levels"), min_cell=1)
    assert (table["residual"] == 0).all()
    assert table["expected"].to_list() == pytest.approx(table["observed"].to_list())


def test_a_line_through_a_threshold_leaves_residuals_in_a_row():
    # 60 % of those who answered 1 to 3 stay, 90 % of 4 and 5.
    table = residuals(fit(data([600, 600, 600, 900, 900], [400, 400, 400, 100, 100])))
    assert (np.sign(table["residual"]) == [1, -1, -1, 1, 1]).all()
    assert table["residual"].abs().max() > 5


def test_withheld_levels_show_nothing():
    fitted = fit(data([3, 8, 20, 40, 30], [6, 8, 12, 10, 2]))
    table = residuals(fitted, hidden=[5.0], min_cell=11)
    is_hidden = table["reason"] != ""
    assert table["satisfaction"][is_hidden].to_list() == [1.0, 5.0]
    told = ["n", "observed", "ci_low", "ci_high", "expected", "residual"]
    assert table.loc[is_hidden, told].isna().all(axis=None)
    assert table.loc[~is_hidden, told].notna().all(axis=None)

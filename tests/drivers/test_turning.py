"""Simpson's paradox is seen where it is, with the kidney stones' own numbers, and not in noise."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from saydo.drivers.fit import fit
from saydo.drivers.predictions import predicted
from saydo.drivers.turning import turn

# Charig et al. (1986), BMJ 292:879: open surgery (1) against percutaneous nephrolithotomy (2);
# stayed = free of stones. 93 against 87 % of small stones, 73 against 69 % of large ones.
KIDNEY_STONES = pd.DataFrame(
    {
        "segment": "all",
        "satisfaction": [1.0, 1.0, 2.0, 2.0],
        "scale_min": 1.0,
        "scale_max": 2.0,
        "size": ["small", "large", "small", "large"],
        "n_stayed": [81, 192, 234, 55],
        "n_left": [87 - 81, 263 - 192, 270 - 234, 80 - 55],
    }
)


def confounded(rng, *, slope, n=1500):
    """Customers of long tenure are more satisfied, and stay more often anyway."""
    tenure = rng.integers(0, 5, n) / 1.0
    satisfaction = np.clip(np.rint(1.5 + 0.6 * tenure + rng.normal(0, 1, n)), 1, 5)
    stayed = rng.random(n) < expit(slope * (satisfaction - 3) + 0.6 * (tenure - 2) + 0.5)
    rows = pd.DataFrame({"satisfaction": satisfaction, "tenure": tenure, "stayed": stayed})
    counts = rows.groupby(["satisfaction", "tenure"])["stayed"].agg(n_stayed="sum", n="size")
    counts = counts.reset_index().assign(segment="all", scale_min=1.0, scale_max=5.0)
    return counts.assign(n_left=counts["n"] - counts["n_stayed"]).drop(columns="n")


def test_the_kidney_stones_are_a_reversal():
    found = turn(fit(KIDNEY_STONES, adjust_for=["size"]))
    # As published: 273 of 350 (78 %) against 289 of 350 (83 %) in all.
    assert found.unadjusted == pytest.approx(100 * (289 - 273) / 350)
    # R 4.2.2: m <- glm(cbind(n_stayed, n_left) ~ satisfaction + size, binomial, KIDNEY_STONES)
    # 100 * weighted.mean(predict(m, up, type = "response") - predict(m, now, type = "response"),
    #     c(87, 263)), now and up those of satisfaction 1, with 1 and with 2
    assert found.adjusted == pytest.approx(-6.46768719054, abs=1e-6)
    assert found.is_reversal()
    # Though neither effect alone is clear of 0.
    for effect in (fit(KIDNEY_STONES), fit(KIDNEY_STONES, adjust_for=["size"])):
        found = effect.marginal_effect()
        assert abs(found.estimate) < 1.96 * found.std_error


def test_predicted_rates_of_the_kidney_stones_turn_too():
    raw = [row["retention"] for row in predicted(fit(KIDNEY_STONES))]
    assert raw == pytest.approx([78.0, 100 * 289 / 350], abs=1e-8)
    adjusted = [row["retention"] for row in predicted(fit(KIDNEY_STONES, adjust_for=["size"]))]
    assert adjusted[0] > adjusted[1]
    # Near direct standardisation of the published rates (357 small stones, 343 large ones): the
    # model has one odds ratio for both sizes.
    by_size = np.array([[81 / 87, 192 / 263], [234 / 270, 55 / 80]])
    assert adjusted == pytest.approx(100 * by_size @ [357 / 700, 343 / 700], abs=1)


@pytest.mark.parametrize("form", ["linear", "levels", "spline"])
def test_the_difference_varies_as_in_a_bootstrap_of_customers(form):
    data = confounded(np.random.default_rng(1), slope=0.2)
    found = turn(fit(data, form=form, adjust_for=["tenure"]))
    cells = data[["n_stayed", "n_left"]].to_numpy()
    rng = np.random.default_rng(2)
    draws = []
    for _ in range(120):
        again = rng.multinomial(cells.sum(), cells.ravel() / cells.sum()).reshape(-1, 2)
        resample = data.assign(n_stayed=again[:, 0], n_left=again[:, 1])
        draws.append(turn(fit(resample, form=form, adjust_for=["tenure"])).difference.estimate)
    # 120 draws tell a standard error to 6.5 %.
    assert found.difference.std_error == pytest.approx(np.std(draws), rel=0.2)
    adjusted = fit(data, form=form, adjust_for=["tenure"]).marginal_effect()
    assert found.adjusted == pytest.approx(adjusted.estimate, abs=1e-8)
    alone = fit(data, form=form).marginal_effect()
    assert found.unadjusted == pytest.approx(alone.estimate, abs=1e-8)


def test_the_unadjusted_effect_is_of_those_whose_covariates_are_known():
    unknown = KIDNEY_STONES.assign(size=None, n_stayed=500, n_left=10)
    both = pd.concat([KIDNEY_STONES, unknown], ignore_index=True)
    found = turn(fit(both, adjust_for=["size"]))
    assert found.unadjusted == pytest.approx(100 * (289 - 273) / 350)


def test_confounding_that_weakens_an_effect_is_no_reversal():
    found = turn(fit(confounded(np.random.default_rng(3), slope=0.4), adjust_for=["tenure"]))
    assert 0 < found.adjusted < found.unadjusted and not found.is_reversal()


def test_signs_that_differ_by_chance_are_no_reversal():
    rng = np.random.default_rng(5)
    answers, tenure = np.repeat(np.arange(1.0, 6), 5), np.tile(np.arange(5.0), 5)
    n = 10 + 20 * (answers - 1 == tenure).astype(int)
    turned = reversals = 0
    for _ in range(60):
        # Neither the answer nor the tenure has anything to do with staying.
        stayed = rng.binomial(n, 0.7)
        data = pd.DataFrame(
            {
                "segment": "all",
                "satisfaction": answers,
                "scale_min": 1.0,
                "scale_max": 5.0,
                "tenure": tenure,
                "n_stayed": stayed,
                "n_left": n - stayed,
            }
        )
        found = turn(fit(data, adjust_for=["tenure"]))
        turned += found.unadjusted * found.adjusted < 0
        reversals += found.is_reversal()
    # Signs differ often, and adjusting moves nothing in 19 of 20.
    assert turned > 3
    assert reversals <= 3

"""The marginal model of several waves: rows with their verdict, or the reason why not."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit

from saydo.drivers.exposures import Watch
from saydo.drivers.model_table import EFFECT
from saydo.drivers.panel.histories import Histories
from saydo.drivers.panel.repeated import fit_repeated, repeated
from saydo.drivers.panel.table import COLUMNS, table
from saydo.errors import NotEstimable

WATCH = Watch(date(2025, 12, 31), 92, date(2025, 10, 1), "satisfaction", (1.0, 5.0), True)


def simulated(n=400, effect=0.5, seed=1, kind="purchase", **more):
    """Histories of four waves; buying again, or leaving for good."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(n):
        level = rng.normal()
        for wave in range(4):
            satisfaction = rng.integers(1, 6)
            stayed = int(rng.random() < expit(level + effect * (satisfaction - 2) + 0.3 * wave))
            rows.append(
                (customer, "all", 1, f"2025-0{wave + 1}", float(satisfaction), stayed, True)
            )
            if kind == "contract" and not stayed:
                break
    names = ["history", "segment", "n", "wave", "satisfaction", "stayed", "is_active"]
    return Histories(pd.DataFrame(rows, columns=names), WATCH, kind, **more)


def rows_of(made, **options):
    return table(repeated(made, segment="all", **options), min_cell=11)


def test_errors_are_those_of_clusters_not_of_rows():
    made = simulated()
    rows = made.rows
    matrix = pd.get_dummies(rows["wave"], dtype=float).iloc[:, 1:]
    matrix = sm.add_constant(pd.concat([rows["satisfaction"], matrix], axis=1))
    for name, structure in [
        ("independence", sm.cov_struct.Independence()),
        ("exchangeable", sm.cov_struct.Exchangeable()),
    ]:
        model = sm.GEE(
            rows["stayed"],
            matrix,
            groups=rows["history"],
            family=sm.families.Binomial(),
            cov_struct=structure,
        )
        theirs = model.fit(cov_type="bias_reduced", ctol=1e-13, maxiter=500)
        found = rows_of(made, correlation=name).set_index("term")
        ours = found.loc["satisfaction"]
        assert ours["estimate"] == pytest.approx(theirs.params["satisfaction"], abs=1e-9)
        assert ours["std_error"] == pytest.approx(theirs.bse["satisfaction"], abs=1e-9)
        assert ours["ci_low"] == pytest.approx(theirs.conf_int().loc["satisfaction", 0], abs=1e-9)
    assert "wave[2025-03]" in found.index
    assert (found["n"] == 400).all()
    assert (found["n_rows"] == 1600).all()


def test_the_marginal_effect_is_the_mean_step_with_an_error_by_the_delta_method():
    made = simulated()
    fitted = fit_repeated(made.rows, scale_max=5.0)
    effect = fitted.marginal_effect()

    def mean_step(params):
        rows = made.rows[made.rows["satisfaction"] < 5]
        waves = pd.get_dummies(made.rows["wave"], dtype=float).iloc[:, 1:].loc[rows.index]
        base = params[0] + waves.to_numpy() @ params[2:]
        s = rows["satisfaction"].to_numpy()
        return 100 * (expit(base + params[1] * (s + 1)) - expit(base + params[1] * s)).mean()

    params, step = fitted.gee.params, 1e-6
    gradient = np.array(
        [
            (mean_step(params + step * e) - mean_step(params - step * e)) / (2 * step)
            for e in np.eye(len(params))
        ]
    )
    assert effect.estimate == pytest.approx(mean_step(params), abs=1e-10)
    variance = gradient @ fitted.gee.covariance @ gradient
    assert effect.std_error == pytest.approx(np.sqrt(variance), rel=1e-6)
    row = rows_of(made).iloc[0]
    assert row["term"] == EFFECT
    assert row["estimate"] == pytest.approx(effect.estimate)
    assert row["verdict"] == "association only"


def test_customers_counted_together_are_customers_counted_one_by_one():
    made = simulated(n=150)
    thrice = made.rows.assign(n=3)
    copies = [made.rows.assign(history=made.rows["history"] + 1000 * copy) for copy in range(3)]
    one = rows_of(Histories(thrice, WATCH, "purchase"))
    other = rows_of(Histories(pd.concat(copies), WATCH, "purchase"))
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)


def test_only_active_customers_count():
    made = simulated(n=150)
    lapsed = made.rows.assign(history=made.rows["history"] + 1000, is_active=False, stayed=0)
    both = Histories(pd.concat([made.rows, lapsed]), WATCH, "purchase")
    pd.testing.assert_frame_equal(rows_of(made), rows_of(both))


def test_a_wave_that_nobody_left_is_no_coefficient():
    made = simulated(n=150)
    calm = made.rows.assign(stayed=made.rows["stayed"].where(made.rows["wave"] != "2025-02", 1))
    found = rows_of(Histories(calm, WATCH, "purchase"))
    without = rows_of(Histories(calm[calm["wave"] != "2025-02"], WATCH, "purchase"))
    assert found["estimate"].notna().all()
    pd.testing.assert_frame_equal(found, without)


def test_exchangeable_waves_are_never_more_than_an_association():
    rows = simulated().rows
    watch = Watch(**{**vars(WATCH), "covariates": ("tenure",)})
    made = Histories(rows.assign(tenure=rows["history"] % 3 + 0.5), watch, "contract")
    plain = table(repeated(made, segment="all"), min_cell=11).set_index("model")
    assert set(plain.index) == {"unadjusted waves", "adjusted waves"}
    assert (plain.loc["adjusted waves", "verdict"] == "estimated").all()
    compared = table(repeated(made, segment="all", correlation="exchangeable"), min_cell=11)
    assert (compared["verdict"] == "association only").all()
    assert compared["reason"].str.contains("For comparison only").all()


def test_an_adjusted_model_leaves_out_waves_whose_covariate_is_unknown():
    made = simulated()
    rng = np.random.default_rng(5)
    tenure = rng.choice([1.0, 2.0, np.nan], len(made.rows))
    watch = Watch(**{**vars(WATCH), "covariates": ("tenure",)})
    found = table(
        repeated(Histories(made.rows.assign(tenure=tenure), watch, "purchase"), segment="all"),
        min_cell=11,
    )
    adjusted = found[found["model"] == "adjusted waves"].set_index("term")
    assert list(adjusted.index[:4]) == [EFFECT, "intercept", "satisfaction", "tenure"]
    assert adjusted.loc[EFFECT, "n_rows"] == (~np.isnan(tenure)).sum()
    assert adjusted.loc[EFFECT, "verdict"] == "estimated"
    assert list(found.columns) == list(COLUMNS)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda rows: rows.iloc[0:0], "fewer than 11 customers"),
        (lambda rows: rows[rows["history"] < 8], "fewer than 11 customers"),
        (lambda rows: rows.assign(stayed=1), "in no wave did some stay and others leave"),
        (lambda rows: rows.assign(satisfaction=3.0), "everyone gave the same answer"),
        (
            lambda rows: rows.assign(stayed=(rows["satisfaction"] > 2).astype(int)),
            "separation",
        ),
        (
            lambda rows: rows.assign(
                stayed=((rows["satisfaction"] > 2) ^ (rows.index % 40 == 0)).astype(int)
            ),
            "tells almost perfectly who left",
        ),
    ],
)
def test_what_cannot_be_estimated_is_a_row_with_its_reason(change, reason):
    made = simulated(n=200)
    found = rows_of(Histories(change(made.rows), WATCH, "purchase"))
    assert (found["verdict"] == "refused").all()
    assert found["estimate"].isna().all()
    assert found["reason"].str.lower().str.contains(reason.lower()).all()


def test_nobody_leaving_in_any_wave_has_no_fit():
    rows = simulated(n=50).rows.assign(stayed=1)
    with pytest.raises(NotEstimable, match="in no wave did some stay and others leave"):
        fit_repeated(rows, scale_max=5.0)

"""Asked against not asked: the same as statsmodels on rows, and a randomised truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit
from statsmodels.treatment.treatment_effects import TreatmentEffect

from saydo.drivers.answering.treatment import aipw, compared, difference, ipw
from saydo.errors import NotEstimable


def drawn(n, seed, *, effect=0.4, by_tenure=0.6):
    """Rows of customers, of whom those with long tenure are asked, and stay, more often."""
    rng = np.random.default_rng(seed)
    tenure = rng.integers(0, 5, n) / 2
    channel = rng.choice(["fax", "shop", "web"], n)
    asked = rng.random(n) < expit(-0.5 + by_tenure * tenure - 0.5 * (channel == "shop"))
    stayed = rng.random(n) < expit(-0.3 + 0.4 * tenure + effect * asked)
    return pd.DataFrame({"asked": asked, "tenure": tenure, "channel": channel, "stayed": stayed})


def counted(rows):
    counts = rows.groupby(["asked", "tenure", "channel"], dropna=False)["stayed"]
    counts = counts.agg(["sum", "size"]).reset_index()
    counts = counts.assign(n_stayed=counts["sum"], n_left=counts["size"] - counts["sum"])
    return counts.drop(columns=["sum", "size"]).assign(segment="all")


def on_rows(rows):
    x = np.column_stack([rows["tenure"], rows["channel"] == "shop", rows["channel"] == "web"])
    x = sm.add_constant(x.astype(float))
    asked = rows["asked"].to_numpy(int)
    chances = sm.Logit(asked, x).fit(disp=0, tol=1e-13)
    outcome = sm.OLS(rows["stayed"].to_numpy(float), x)
    return TreatmentEffect(outcome, asked, results_select=chances)


def test_on_counts_they_equal_statsmodels_on_rows_errors_too():
    rows = drawn(500, 1)
    cells, library = compared(counted(rows)), on_rows(rows)
    for own, name in ((ipw, "ipw"), (aipw, "aipw")):
        found = own(cells)
        estimate, *_means = getattr(library, name)(return_results=False)
        assert found.value == pytest.approx(estimate, abs=1e-10)
        errors = getattr(library, name)().results_gmm.bse
        assert found.std_error == pytest.approx(errors[0], rel=1e-6)


def test_without_adjusting_it_is_the_difference_of_two_shares():
    rows = counted(drawn(400, 2))
    sums = rows.groupby("asked")[["n_stayed", "n_left"]].sum()
    n = sums.sum(axis=1)
    share = sums["n_stayed"] / n
    found = difference(compared(rows))
    assert found.value == pytest.approx(share[True] - share[False])
    assert found.std_error == pytest.approx(np.sqrt((share * (1 - share) / n).sum()))
    # With nothing to adjust for all three agree.
    alone = rows.groupby(["segment", "asked"])[["n_stayed", "n_left"]].sum().reset_index()
    for one in (ipw, aipw):
        assert one(compared(alone)).value == pytest.approx(found.value)
        assert one(compared(alone)).std_error == pytest.approx(found.std_error, rel=1e-6)


def test_who_is_asked_is_adjusted_for():
    # No effect, but tenure makes both asking and staying likelier.
    cells = compared(counted(drawn(20_000, 3, effect=0.0, by_tenure=1.2)))
    assert difference(cells).value > 5 * difference(cells).std_error
    for one in (ipw, aipw):
        assert abs(one(cells).value) < 2.5 * one(cells).std_error


def test_without_overlap_it_is_a_refusal_that_names_the_share():
    rows = drawn(1000, 4)
    rows.loc[rows["channel"] == "fax", "asked"] = True
    share = f"{100 * (rows['channel'] == 'fax').mean():.0f}%"
    with pytest.raises(NotEstimable, match=f"{share} of the customers are nearly always"):
        compared(counted(rows))


def test_too_few_asked_are_a_refusal():
    rows = drawn(300, 5)
    rows["asked"] = np.arange(300) < 9
    with pytest.raises(NotEstimable, match="at least 10 customers who were asked"):
        compared(counted(rows))

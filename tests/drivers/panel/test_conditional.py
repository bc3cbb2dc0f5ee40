"""Each customer against themselves: conditional likelihood on counted histories."""

import itertools

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.conditional_models import ConditionalLogit

from saydo.drivers.panel.conditional import _choices, conditional_logit
from saydo.drivers.separation import Separated
from saydo.errors import NotEstimable

# R's `infert` (Trichopoulos et al. 1976, Br. J. Obst. Gynaec. 83), 83 matched sets reduced to
# distinct ones: per woman case, spontaneous, induced; and how many sets are so.
INFERT = """
100 000 000:3 100 000 001:1 100 002 010:1 100 010 010:1 100 010 020:1 101 000 000:3 101 000 001:4
101 000 010:3 101 002 011:1 101 010 020:1 102 000 000:1 102 000 001:1 102 000 002:1 102 001 001:1
102 002 002:1 102 002 012:1 102 010 020:2 102 011 011:1 110 000 000:5 110 000 001:7 110 000 010:4
110 001 001:1 110 001 010:2 110 002 010:1 110 010 010:2 111 000 000:1 111 000 002:1 111 001 001:1
111 002 011:1 111 010 020:1 112 010 011:2 112 011 020:1 112 020 021:1 120 000 000:4 120 000 001:2
120 000 002:2 120 001 001:3 120 001 002:2 120 001 010:1 120 001 011:1 120 011 020:2 120 020:1
121 002 002:3 121 002 012:1 121 011 012:1 121 012 020:1
"""

# By hand: per wave satisfaction and stayed, and how many customers.
BY_HAND = {
    "11 20 31 40 51": 3,
    "20 31 11 40": 5,
    "10 21 30 51 41": 2,
    "31 30 51": 7,
    "21 40 41 10": 4,
    "50 31 41 21 10": 2,
    "51 50 30": 6,
    "30 40 51": 5,
    "10 20 31": 8,
    "41 21 10 30": 3,
    "51 51 51": 9,  # who never varies says nothing
}


def infert():
    sets = INFERT.replace(" ", "|").replace("\n", "|").split("|")
    rows, history, held = [], 0, []
    for word in filter(None, sets):
        digits, _colon, n = word.partition(":")
        held.append(digits)
        if n:
            rows += [(history, int(n), *map(int, one)) for one in held]
            history, held = history + 1, []
    return pd.DataFrame(rows, columns=["history", "n", "case", "spontaneous", "induced"])


def by_hand():
    rows = [
        (history, n, wave, int(one[0]), int(one[1]))
        for history, (waves, n) in enumerate(BY_HAND.items())
        for wave, one in enumerate(waves.split(), start=1)
    ]
    return pd.DataFrame(rows, columns=["history", "n", "wave", "satisfaction", "stayed"])


def fitted(rows, matrix, outcome, names):
    counts = rows["history"].to_numpy(), rows["n"].to_numpy()
    return conditional_logit(matrix, rows[outcome].to_numpy(), *counts, names=names)


def with_waves(rows):
    waves = [(rows["wave"] == wave).to_numpy(float) for wave in range(2, 6)]
    return np.column_stack([rows["satisfaction"], *waves])


NAMES = ("satisfaction", "w2", "w3", "w4", "w5")


def test_the_matched_sets_of_infert_give_what_r_prints():
    # R 4.x, survival: clogit(case ~ spontaneous + induced + strata(stratum), data = infert)
    rows = infert()
    assert rows.groupby("history")["n"].first().sum() == 83
    fit = fitted(rows, rows[["spontaneous", "induced"]].to_numpy(float), "case", ("s", "i"))
    assert fit.params == pytest.approx([1.98587551668, 1.40901163188], abs=1e-9)
    covariance = [[0.1242164487518, 0.0927258778824], [0.0927258778824, 0.1301134616646]]
    np.testing.assert_allclose(fit.covariance, covariance, atol=1e-9)
    assert fit.log_likelihood_null == pytest.approx(-90.7793548513, abs=1e-9)
    assert fit.log_likelihood == pytest.approx(-64.2022369244, abs=1e-9)


def test_histories_of_several_lengths_give_what_r_gives_on_rows():
    # R 4.2.2, survival 3.5-3, on a row per customer and wave of BY_HAND:
    # clogit(stayed ~ satisfaction + factor(wave) + strata(id), rows, method = "exact",
    #        control = coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50))
    rows = by_hand()
    fit = fitted(rows, with_waves(rows), "stayed", NAMES)
    estimates = [0.677435213601, -1.224783829615, 0.528893123192, -2.599436189809, -0.736218635688]
    errors = [0.187705218390, 0.446412724542, 0.462108083279, 0.772743833751, 1.092012356390]
    assert fit.params == pytest.approx(estimates, abs=1e-9)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(errors, abs=1e-9)
    assert fit.log_likelihood_null == pytest.approx(-66.1831287871, abs=1e-9)
    assert fit.log_likelihood == pytest.approx(-44.9898317735, abs=1e-9)


def test_calling_the_outcome_by_its_opposite_turns_the_signs_alone():
    # Two of three are then chosen: another path through the recursion, the same likelihood.
    rows = infert().assign(control=lambda frame: 1 - frame["case"])
    matrix = rows[["spontaneous", "induced"]].to_numpy(float)
    one, other = (fitted(rows, matrix, name, ("s", "i")) for name in ("case", "control"))
    assert other.params == pytest.approx(-one.params, abs=1e-10)
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-10)


@pytest.mark.filterwarnings("ignore:Dropped 9 groups")
def test_the_likelihood_is_that_of_statsmodels_on_rows():
    rows = by_hand()
    fit = fitted(rows, with_waves(rows), "stayed", NAMES)
    copies = [
        part.assign(customer=f"{history}-{copy}")
        for history, part in rows.groupby("history")
        for copy in range(part["n"].iloc[0])
    ]
    expanded = pd.concat(copies, ignore_index=True)
    theirs = ConditionalLogit(
        expanded["stayed"].to_numpy(),
        with_waves(expanded),
        groups=expanded["customer"].to_numpy(),
    )
    assert theirs.loglike(fit.params) == pytest.approx(fit.log_likelihood, abs=1e-9)
    assert theirs.score(fit.params) == pytest.approx(np.zeros(5), abs=1e-8)
    steps = 1e-5 * np.eye(5)
    hessian = [(theirs.score(fit.params + s) - theirs.score(fit.params - s)) / 2e-5 for s in steps]
    np.testing.assert_allclose(np.linalg.inv(-np.array(hessian)), fit.covariance, rtol=1e-6)


def test_probabilities_of_all_histories_with_the_same_total_add_up_to_one():
    # Each outcome with two of four stayed, under the same coefficients: by enumeration.
    matrix = np.array([[1.0], [4.0], [2.0], [5.0]])
    weight = 0.37
    ways = list(itertools.combinations(range(4), 2))
    sums = [np.exp(weight * matrix[list(way), 0].sum()) for way in ways]
    log_sum, mean, spread = _choices(weight * matrix.T, matrix[None], np.array([2]))
    chance = np.array(sums) / sum(sums)
    totals = np.array([matrix[list(way), 0].sum() for way in ways])
    assert log_sum[0] == pytest.approx(np.log(sum(sums)), abs=1e-12)
    assert mean[0, 0] == pytest.approx(chance @ totals, abs=1e-12)
    variance = chance @ (totals - chance @ totals) ** 2
    assert spread[0, 0, 0] == pytest.approx(variance, abs=1e-12)


def test_two_waves_are_mcnemars_pairs():
    # Of discordant pairs, 21 more satisfied when they stayed and 7 less: log(21 / 7).
    rows = pd.DataFrame(
        {
            "history": [0, 0, 1, 1],
            "n": [21, 21, 7, 7],
            "satisfied": [1, 0, 0, 1],
            "stayed": [1, 0, 1, 0],
        }
    )
    fit = fitted(rows, rows[["satisfied"]].to_numpy(float), "stayed", ("satisfied",))
    assert fit.params[0] == pytest.approx(np.log(3), abs=1e-10)
    assert fit.covariance[0, 0] == pytest.approx(1 / 21 + 1 / 7, abs=1e-10)


def test_what_is_constant_in_a_customer_drops_out_and_is_no_coefficient():
    rows = by_hand()
    matrix = np.column_stack([rows["history"] * 0.7, with_waves(rows)])
    fit = fitted(rows, matrix, "stayed", ("level", *NAMES))
    plain = fitted(rows, with_waves(rows), "stayed", NAMES)
    assert fit.names == NAMES
    assert fit.params == pytest.approx(plain.params, abs=1e-10)


def test_a_term_of_time_separates_whoever_leaves_once():
    # 1, …, 1, 0: later waves are always those of leaving (Allison & Christakis, 2006).
    histories = {"51 40": 10, "41 51 30": 12, "30 41 51 20": 9, "41 50": 8, "31 31 40": 10}
    # Each with the outcome of leaving: stayed until the last wave.
    rows = pd.DataFrame(
        [
            (history, n, wave, int(one[0]), int(wave < len(waves.split()) - 1))
            for history, (waves, n) in enumerate(histories.items())
            for wave, one in enumerate(waves.split())
        ],
        columns=["history", "n", "wave", "satisfaction", "stayed"],
    )
    with pytest.raises(Separated) as refusal:
        fitted(rows, rows[["satisfaction", "wave"]].to_numpy(float), "stayed", ("s", "wave"))
    assert "wave" in refusal.value.columns


def test_without_anyone_who_varies_there_is_no_estimate():
    rows = by_hand().assign(stayed=1)
    with pytest.raises(NotEstimable, match="no customer stayed in one wave and not in another"):
        fitted(rows, with_waves(rows), "stayed", NAMES)

"""Does weighting by who answers bring back what everyone would have said?

A population in which the satisfied use the service more, complain less, stay more often, and answer
more often: through usage, complaints and staying, all of which are known of everyone. So answering
depends on satisfaction, marginally and strongly, yet not beyond what is known. Everything is
discrete and the truth is a sum over all cells, without simulation.

`SIMULATIONS` holds the weighted estimates, `UNWEIGHTED` the same without weights, of the same
customers for the same seed. `BEYOND` is the same population with answering that depends on
satisfaction itself too: there weights are not enough, and no weights could be.

python benchmarks/truths/answering.py [RUNS]      bias with and without weights, and coverage
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import expit, softmax
from scipy.stats import norm

from saydo.drivers.answering.influence import (
    Answers,
    Estimate,
    as_given,
    as_weighted,
    marginal_effect,
)
from saydo.drivers.answering.reweighted import mean_satisfaction
from saydo.drivers.answering.weights import response_weights
from truths import Draw

N = 1_000
MIDDLE = 0.4
"""Log-odds of staying in the middle of the scale."""
SLOPE = 0.45
"""Log-odds of staying per point of satisfaction."""
ON = ("usage", "complained")
LEVELS = np.arange(1.0, 6.0)
Reading = Callable[[Answers], Estimate]


def chance_of_staying(cells: pd.DataFrame, *, more: float = 0.0) -> np.ndarray:
    """Had satisfaction been `more` points higher."""
    said = cells["satisfaction"] + more
    return expit(MIDDLE + SLOPE * (said - 3) + 0.3 * cells["usage"] - 0.6 * cells["complained"])


@cache
def population(beyond: float = 0.0) -> pd.DataFrame:
    """Every kind of customer with its `share`, and its `chance` to answer.

    Args:
        beyond: Log-odds of answering per point of satisfaction, given all that is known.
    """
    kinds = pd.DataFrame(
        list(product(range(5), (0, 1), LEVELS, (True, False))),
        columns=["usage", "complained", "satisfaction", "stayed"],
    ).astype({"usage": float, "complained": float})
    usage = np.array([0.15, 0.25, 0.3, 0.2, 0.1])[kinds["usage"].astype(int)]
    complaint = expit(-0.5 - 0.5 * (kinds["usage"] - 2))
    complaint = np.where(kinds["complained"] == 1, complaint, 1 - complaint)
    centre = 3.2 + 0.5 * (kinds["usage"] - 2) - 0.9 * kinds["complained"]
    distance = LEVELS[None, :] - centre.to_numpy()[:, None]
    said = softmax(-(distance**2) / 1.6, axis=1)
    said = said[np.arange(len(kinds)), kinds["satisfaction"].astype(int) - 1]
    stays = chance_of_staying(kinds)
    stays = np.where(kinds["stayed"], stays, 1 - stays)
    answers = expit(
        -0.6
        + 0.4 * (kinds["usage"] - 2)
        - 0.8 * kinds["complained"]
        + 1.2 * kinds["stayed"]
        + beyond * (kinds["satisfaction"] - 3)
    )
    return kinds.assign(share=usage * complaint * said * stays, chance=answers)


def true_mean() -> float:
    """Mean satisfaction of everyone, in points."""
    everyone = population()
    return float(everyone["share"] @ everyone["satisfaction"])


def true_effect() -> float:
    """Mean step in the chance of staying of everyone below the top, in percentage points."""
    below = population()
    below = below[below["satisfaction"] < LEVELS[-1]]
    step = chance_of_staying(below, more=1.0) - chance_of_staying(below)
    return float(100 * below["share"] @ step / below["share"].sum())


def sample(rng: np.random.Generator, *, beyond: float = 0.0, n: int = N) -> pd.DataFrame:
    """Response patterns of `n` customers."""
    kinds = population(beyond)
    counts = rng.multinomial(n, kinds["share"] / kinds["share"].sum())
    answered = rng.binomial(counts, kinds["chance"])
    both = pd.concat(
        [
            kinds.assign(n=answered),
            kinds.assign(n=counts - answered, satisfaction=np.nan),
        ]
    )
    both = both.assign(n_stayed=both["n"] * both["stayed"], n_left=both["n"] * ~both["stayed"])
    keys = ["satisfaction", *ON]
    patterns = both.groupby(keys, dropna=False)[["n_stayed", "n_left"]].sum().reset_index()
    return patterns.assign(segment="all", scale_min=LEVELS[0], scale_max=LEVELS[-1])


effect: Reading = partial(marginal_effect, adjust_for=ON)


def draw(
    rng: np.random.Generator,
    *,
    reading: Reading,
    truth: Callable[[], float],
    is_weighted: bool = True,
    beyond: float = 0.0,
) -> Draw:
    """One sample, read with or without weights."""
    weights = response_weights(sample(rng, beyond=beyond))
    found = reading((as_weighted if is_weighted else as_given)(weights))
    reach = norm.ppf(0.975) * found.std_error
    return Draw(found.value, found.value - reach, found.value + reach, truth())


SIMULATIONS: Mapping[str, Callable[[np.random.Generator], Draw]] = {
    "mean satisfaction, weighted": partial(draw, reading=mean_satisfaction, truth=true_mean),
    "marginal effect, weighted": partial(draw, reading=effect, truth=true_effect),
}
WEIGHTING: Mapping[str, Mapping[str, Callable[[np.random.Generator], Draw]]] = {
    f"{name.removesuffix(', weighted')}{words}": {
        "weighted": partial(one, beyond=beyond),
        "unweighted": partial(one, beyond=beyond, is_weighted=False),
    }
    for words, beyond in (("", 0.0), (", beyond what is known", 0.3))
    for name, one in SIMULATIONS.items()
    if isinstance(one, partial)
}
"""Results with and without weights: where answering depends on satisfaction by way of what is known
of everyone, and where it does beyond that, which no weights take away."""

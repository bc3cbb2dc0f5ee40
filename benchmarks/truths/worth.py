"""What-if: one point more of an attribute, in satisfaction and in staying.

Customers of three attributes with expectations, of whom satisfaction loses 0.7 a point short and
gains 0.2 a point beyond, rounded to 1 to 5; they stay by a logit that is curved in it. The truth is
the same change in a population of two million, by the same steps with nothing unsure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import expit

from saydo.drivers.fit import fit
from saydo.drivers.worth import Formation, Responses, Steps, curve, formation, what_if
from truths import Draw

ATTRIBUTES = ("speed", "price", "ease")
N, POPULATION, DRAWS = 1_000, 2_000_000, 500
HORIZON_DAYS = 90
PENALTY, REWARD = np.array([0.7, 0.3, 0.0]), np.array([0.2, 0.1, 0.0])
LOGITS = np.array([-0.5, 0.3, 0.9, 1.4, 1.7])
"""Of staying, for answers 1 to 5: on a curve."""


def customers(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Patterns of what customers said and whether they stayed."""
    performance = rng.integers(1, 6, (n, 3))
    expected = rng.integers(3, 6, (n, 3))
    gap = performance - expected
    pull = np.minimum(gap, 0) @ PENALTY + np.maximum(gap, 0) @ REWARD
    satisfaction = np.clip(np.round(4.2 + pull + rng.normal(0, 0.7, n)), 1, 5).astype(int)
    stayed = rng.random(n) < expit(LOGITS[satisfaction - 1])
    columns = {"satisfaction": satisfaction, "stayed": stayed}
    for place, name in enumerate(ATTRIBUTES):
        columns |= {name: performance[:, place], f"expected {name}": expected[:, place]}
    rows = pd.DataFrame(columns)
    return rows.groupby(list(rows.columns), as_index=False).size().rename(columns={"size": "n"})


def steps(rows: pd.DataFrame, *, draws: int, seed: int) -> Steps:
    """Both models, on the same customers."""
    said = rows.drop(columns="stayed").assign(segment="all", period="", is_recent=True)
    scales = dict.fromkeys(("satisfaction", *ATTRIBUTES), (1.0, 5.0))
    made: Formation = formation(
        Responses(said, ATTRIBUTES, scales, "satisfaction"), segment="all", draws=draws, seed=seed
    )
    counts = rows.pivot_table(
        index="satisfaction", columns="stayed", values="n", aggfunc="sum", fill_value=0
    )
    patterns = pd.DataFrame(
        {
            "segment": "all",
            "satisfaction": counts.index.to_numpy(float),
            "scale_min": 1.0,
            "scale_max": 5.0,
            "n_stayed": counts[True].to_numpy(),
            "n_left": counts[False].to_numpy(),
        }
    )
    fitted = fit(patterns, form="levels")
    return Steps(made, curve(fitted, horizon_days=HORIZON_DAYS, draws=draws, seed=seed + 1))


@cache
def truth(changes: tuple[tuple[str, float], ...]) -> pd.Series:
    """The change by outcome in the population."""
    rows = customers(np.random.default_rng(20_261_122), POPULATION)
    table = what_if(steps(rows, draws=2, seed=0), changes=dict(changes))
    return table.set_index("outcome")["change"]


def simulation(
    changes: tuple[tuple[str, float], ...], outcome: str
) -> Callable[[np.random.Generator], Draw]:
    """One study of `N` customers."""

    def drawn(rng: np.random.Generator) -> Draw:
        seed = int(rng.integers(2**31))
        known = steps(customers(rng, N), draws=DRAWS, seed=seed)
        row = what_if(known, changes=dict(changes)).set_index("outcome").loc[outcome]
        return Draw(row["change"], row["ci_low"], row["ci_high"], truth(changes)[outcome])

    return drawn


CHANGES = {
    "speed +1": (("speed", 1.0),),
    "ease +1": (("ease", 1.0),),
    "speed +2 and price +2": (("speed", 2.0), ("price", 2.0)),
}
SIMULATIONS: Mapping[str, Callable[[np.random.Generator], Draw]] = {
    f"what-if: {name}, {outcome}": simulation(changes, outcome)
    for name, changes in CHANGES.items()
    for outcome in ("satisfaction", "retention")
}
"""Ease brings nothing: an interval that misses zero there is an error of the first kind."""

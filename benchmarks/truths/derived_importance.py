"""Do intervals of derived importance, of penalties and of rewards hold what is true of everyone?

A population of 400,000 responses with halo (who is content rates all attributes higher) is made
once; its own relative weights, LMG and contrasts, by saydo's formulas on all of it, are the truth,
and studies of 1,000 are drawn from it. Speed matters most, ease not at all by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from saydo.drivers.importance.derived import derived
from saydo.drivers.importance.penalty_reward import penalty_reward
from saydo.drivers.importance.responses import Responses
from truths import Draw

N = 1_000
ATTRIBUTES = ("speed", "price", "quality", "ease")
WEIGHTS = (0.6, 0.3, 0.15, 0.0)
PENALTY, REWARD = 1.5, 0.5
SCALES = {(name, "score"): (1.0, 5.0) for name in ATTRIBUTES}


@cache
def population() -> pd.DataFrame:
    """Patterns of satisfaction and scores, with their number among everyone."""
    rng = np.random.default_rng(2025)
    n = 400_000
    halo = rng.normal(0, 0.6, n)
    levels = np.array([3.2, 3.6, 3.9, 3.4])
    found = halo[:, None] + levels + rng.normal(0, 0.8, (n, 4))
    scores = found.round().clip(1, 5)
    gap = scores - 3
    worth = np.where(gap < 0, PENALTY, REWARD) * np.sign(gap)
    latent = 3.5 + worth @ np.array(WEIGHTS) + 0.3 * halo + rng.normal(0, 0.6, n)
    table = pd.DataFrame(scores, columns=[f"score_{name}" for name in ATTRIBUTES])
    table = table.assign(satisfaction=latent.round().clip(1, 5))
    for name in ATTRIBUTES:
        table[f"met_{name}"] = np.sign(table[f"score_{name}"] - 3)
    counted = table.value_counts(sort=False).rename("n").reset_index()
    return counted.assign(segment="all")


def responses(patterns: pd.DataFrame) -> Responses:
    """These patterns as those of one study."""
    return Responses(
        scores=patterns,
        importances=pd.DataFrame({"segment": []}),
        n_incomplete={"all": 0},
        attributes=ATTRIBUTES,
        stated=(),
        references=dict.fromkeys(ATTRIBUTES, "middle"),
        scales=SCALES,
    )


@cache
def truth() -> pd.DataFrame:
    """Of everyone: importance, penalties and rewards by attribute."""
    everyone = responses(population())
    importance = derived(everyone, segment="all", replicates=2).table()
    contrasts = penalty_reward(everyone, segment="all")
    return importance.merge(contrasts, on="attribute").set_index("attribute")


def study(rng: np.random.Generator) -> Responses:
    """Responses of 1,000 drawn from everyone."""
    everyone = population()
    counts = rng.multinomial(N, everyone["n"] / everyone["n"].sum())
    drawn = everyone.assign(n=counts)
    return responses(drawn[drawn["n"] > 0].reset_index(drop=True))


def _importance(column: str, attribute: str) -> Callable[[np.random.Generator], Draw]:
    def draw(rng: np.random.Generator) -> Draw:
        table = derived(study(rng), segment="all").table().set_index("attribute")
        return _draw(table, column, attribute)

    return draw


def _contrast(column: str, attribute: str) -> Callable[[np.random.Generator], Draw]:
    def draw(rng: np.random.Generator) -> Draw:
        table = penalty_reward(study(rng), segment="all").set_index("attribute")
        return _draw(table, column, attribute)

    return draw


def _draw(table: pd.DataFrame, column: str, attribute: str) -> Draw:
    row = table.loc[attribute]
    return Draw(
        estimate=float(row[column]),
        ci_low=float(row[f"{column}_low"]),
        ci_high=float(row[f"{column}_high"]),
        truth=float(truth().loc[attribute, column]),
    )


SIMULATIONS = {
    "relative weight of ease": _importance("derived_rwa", "ease"),
    "LMG of speed": _importance("derived_lmg", "speed"),
    "penalty of speed": _contrast("penalty", "speed"),
    "reward of ease": _contrast("reward", "ease"),
}

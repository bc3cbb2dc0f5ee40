"""Several waves of 1,000 customers: do the within-customer and the marginal model tell the truth?

Customers differ in how likely they are to buy, and those more likely are more satisfied: whoever
compares customers with each other finds satisfaction at work where it does nothing. Six waves, with
a trend; answers carried over from wave to wave; some waves without an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import expit

from saydo.drivers.exposures import Watch
from saydo.drivers.panel import Histories, repeated, table, within
from truths import Draw

N, WAVES = 1_000, 6
LEVELS = np.arange(1, 6)
WATCH = Watch(date(2025, 12, 31), 90, date(2025, 10, 3), "satisfaction", (1.0, 5.0), True)
TREND = np.linspace(0.5, -0.5, WAVES)
CALM = np.array([0.05, 0.15, 0.3, 0.3, 0.2])
FOND = np.array([0.02, 0.08, 0.2, 0.35, 0.35])
"""How often each level is given, by customers who seldom buy and by those who often do."""
GAP = 0.25
"""By how much the latter are likelier to buy than the former, who give the same answer."""


def _said(rng: Generator, chances: NDArray[np.float64]) -> NDArray[np.int64]:
    """Answers of customers by wave; with chance 0.4 the last one still stands."""
    levels = 1 + (rng.random((N, WAVES, 1)) > chances.cumsum(axis=1)[:, None, :-1]).sum(axis=2)
    for wave in range(1, WAVES):
        stands = rng.random(N) < 0.4
        levels[stands, wave] = levels[stands, wave - 1]
    return levels


def _histories(
    rng: Generator, satisfaction: NDArray[np.int64], bought: NDArray[np.bool_], kind: str
) -> Histories:
    """As if from tables; a tenth of the waves have no answer."""
    customer, wave = np.nonzero(rng.random((N, WAVES)) > 0.1)
    rows = pd.DataFrame(
        {
            "history": customer,
            "segment": "all",
            "n": 1,
            "wave": [f"wave {place}" for place in wave],
            "satisfaction": satisfaction[customer, wave].astype(float),
            "stayed": bought[customer, wave].astype("int64"),
            "is_active": True,
        }
    )
    return Histories(rows, WATCH, kind)


def _draw(found: pd.DataFrame, model: str, truth: float) -> Draw:
    row = found[found["model"] == model].iloc[0]
    p_value = float(row["p_value"]) if truth == 0 else None
    return Draw(float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"]), truth, p_value)


def _within(log_odds: float) -> Callable[[Generator], Draw]:
    """Conditional logit: log-odds of buying per point, in the same customer."""

    def simulate(rng: Generator) -> Draw:
        level = rng.normal(size=N)
        mix = expit(1.5 * level)[:, None]
        satisfaction = _said(rng, mix * FOND + (1 - mix) * CALM)
        chance = expit(level[:, None] + log_odds * (satisfaction - 3) + TREND)
        bought = rng.random((N, WAVES)) < chance
        made = _histories(rng, satisfaction, bought, "purchase")
        return _draw(table(within(made, segment="all"), min_cell=11), "unadjusted within", log_odds)

    return simulate


def _marginal(log_odds: float) -> Callable[[Generator], Draw]:
    """Independence GEE: percentage points of staying per point, over all customers.

    Fond and calm customers differ by `GAP` in their chance of buying, so that their waves are
    correlated, and the fond say higher levels. What is true of everyone who says a level is exactly
    logistic: the fond lie above it by the share of the calm among who says so, and these below it.
    """
    said = np.stack([CALM, FOND])
    is_fond = FOND / (CALM + FOND)
    everyone = expit(0.2 + log_odds * (LEVELS - 3))
    chance = np.stack([everyone - GAP * is_fond, everyone + GAP * (1 - is_fond)])
    shares = said.mean(axis=0)[:-1]
    truth = 100 * float(shares @ np.diff(everyone) / shares.sum())

    def simulate(rng: Generator) -> Draw:
        kind = rng.integers(0, 2, N)
        satisfaction = _said(rng, said[kind])
        bought = rng.random((N, WAVES)) < chance[kind[:, None], satisfaction - 1]
        made = _histories(rng, satisfaction, bought, "purchase")
        found = table(repeated(made, segment="all"), min_cell=11)
        return _draw(found, "unadjusted waves", truth)

    return simulate


SIMULATIONS: Mapping[str, Callable[[Generator], Draw]] = {
    "within customers, log-odds 0.4 per point": _within(0.4),
    "within customers, no relation": _within(0.0),
    "several waves, marginal effect": _marginal(0.3),
    "several waves, no relation": _marginal(0.0),
}

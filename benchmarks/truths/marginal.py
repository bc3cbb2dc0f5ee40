"""One landmark: marginal effects, predictions, kinks and returns of studies whose truth is known.

A thousand customers answer on a scale of 1 to 5, mostly high; who has been a customer for longer is
more satisfied and stays more often anyway. Log-odds of staying follow a curve of the answer. The
truth is of the customers drawn, as the models' standard errors have it: a segment is not a sample
of customers but all of them, and what is left to chance is who stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import expit

from saydo.drivers.exposures import Watch
from saydo.drivers.fit import fit
from saydo.drivers.fitted import MarginalEffect
from saydo.drivers.forms import compare
from saydo.drivers.kinks import search
from saydo.drivers.models import headline_of, model_of
from saydo.drivers.predictions import predicted
from saydo.drivers.returns import returns_of
from truths import Draw

Curve = Callable[[np.ndarray], np.ndarray]
N = 1000
TENURE = 0.4
"""Log-odds of staying per doubling of tenure."""
WATCH = Watch(date(2025, 12, 31), 92, date(2025, 10, 1), "satisfaction", (1.0, 5.0), True)


def flat(s: np.ndarray) -> np.ndarray:
    return 0.0 * s


def straight(s: np.ndarray) -> np.ndarray:
    return 0.4 * (s - 3)


def kinked(s: np.ndarray) -> np.ndarray:
    """Penalty below 3, next to no reward above."""
    return 0.9 * np.minimum(s - 3, 0) + 0.1 * np.maximum(s - 3, 0)


def saturating(s: np.ndarray) -> np.ndarray:
    """In the space of none of the forms but levels."""
    return 1.6 * (1 - np.exp(-(s - 1) / 1.5)) - 1


def customers(rng: np.random.Generator, curve: Curve) -> pd.DataFrame:
    """Patterns of a thousand customers."""
    tenure = rng.integers(0, 11, N) / 2
    leaning = np.clip(rng.normal(0.25 * (tenure - 2.5) + 3.5, 1.2, N), 1, 5)
    satisfaction = np.rint(leaning)
    stayed = rng.random(N) < expit(0.3 + curve(satisfaction) + TENURE * (tenure - 2.5))
    rows = pd.DataFrame({"satisfaction": satisfaction, "tenure": tenure, "stayed": stayed})
    counts = rows.groupby(["satisfaction", "tenure"])["stayed"].agg(n_stayed="sum", n="size")
    counts = counts.reset_index().assign(segment="all", scale_min=1.0, scale_max=5.0)
    return counts.assign(n_left=counts["n"] - counts["n_stayed"]).drop(columns="n")


def retention(patterns: pd.DataFrame, curve: Curve, satisfaction: np.ndarray) -> np.ndarray:
    """True chances of staying of every pattern, had its customers answered this."""
    return expit(0.3 + curve(satisfaction) + TENURE * (patterns["tenure"].to_numpy() - 2.5))


def true_effect(patterns: pd.DataFrame, curve: Curve) -> float:
    """Percentage points of staying that one point goes with, over those below the top."""
    below = patterns[patterns["satisfaction"] < 5]
    now = below["satisfaction"].to_numpy()
    step = retention(below, curve, now + 1) - retention(below, curve, now)
    return 100 * float(np.average(step, weights=below["n_stayed"] + below["n_left"]))


def true_retention(patterns: pd.DataFrame, curve: Curve, level: float) -> float:
    """Percent who would stay, had everyone answered this."""
    chances = retention(patterns, curve, np.full(len(patterns), level))
    return 100 * float(np.average(chances, weights=patterns["n_stayed"] + patterns["n_left"]))


def drawn(found: MarginalEffect, patterns: pd.DataFrame, curve: Curve) -> Draw:
    """An effect with the truth, and its test where that is that there is none."""
    p_value = found.p_value if curve is flat else None
    truth = true_effect(patterns, curve)
    return Draw(found.estimate, found.ci_low, found.ci_high, truth, p_value)


def effect(rng: np.random.Generator, *, curve: Curve, form: str) -> Draw:
    """The marginal effect by a form named beforehand."""
    patterns = customers(rng, curve)
    found = fit(patterns, form=form, adjust_for=["tenure"]).marginal_effect()
    return drawn(found, patterns, curve)


def headline(rng: np.random.Generator, *, curve: Curve) -> Draw:
    """The marginal effect by the model that speaks for the segment."""
    patterns = customers(rng, curve)
    about = {"adjust_for": ("tenure",), "watch": WATCH, "min_cell": 11, "confidence": 0.95}
    models = [model_of(patterns, form=form, **about) for form in ("linear", "curved", "levels")]
    return drawn(headline_of(models).effect, patterns, curve)


def chosen(rng: np.random.Generator, *, curve: Curve) -> Draw:
    """The marginal effect by the form that the data chose: why it is not the headline."""
    patterns = customers(rng, curve)
    table = compare(patterns, adjust_for=["tenure"])
    form = table.loc[table["is_chosen"], "form"].item()
    found = fit(patterns, form=form, adjust_for=["tenure"]).marginal_effect()
    return drawn(found, patterns, curve)


def prediction(rng: np.random.Generator, *, curve: Curve, form: str, level: float) -> Draw:
    """Predicted retention at a level."""
    patterns = customers(rng, curve)
    rows = predicted(fit(patterns, form=form, adjust_for=["tenure"]))
    row = next(row for row in rows if row["satisfaction"] == level)
    truth = true_retention(patterns, curve, level)
    return Draw(row["retention"], row["ci_low"], row["ci_high"], truth)


def returns(rng: np.random.Generator, *, curve: Curve) -> Draw:
    """What a point brings above the middle of the scale, less what it brings below."""
    patterns = customers(rng, curve)
    found = returns_of(fit(patterns, form="spline", adjust_for=["tenure"]))
    low, middle, high = (true_retention(patterns, curve, level) for level in (1, 3, 5))
    truth = (high - 2 * middle + low) / 2
    return Draw(found.contrast, found.contrast_low, found.contrast_high, truth)


def kink(rng: np.random.Generator, *, curve: Curve) -> Draw:
    """Where it bends."""
    found = search(customers(rng, curve), adjust_for=["tenure"])
    return Draw(found.best.form.kink, *found.interval(), 3.0)


def bend(rng: np.random.Generator) -> Draw:
    """Whether it bends at all, where it does not: the p-value of the search."""
    patterns = customers(rng, straight)
    table = compare(patterns, adjust_for=["tenure"], forms=("linear", "threshold"), folds=2)
    row = table.set_index("form").loc["threshold"]
    fitted = fit(patterns, form="threshold", adjust_for=["tenure"]).result
    low, high = fitted.conf_int().iloc[2]
    return Draw(fitted.params.iloc[2], low, high, 0.0, row["p_value"])


SIMULATIONS: Mapping[str, Callable[[np.random.Generator], Draw]] = {
    "marginal effect, no relation, straight line": partial(effect, curve=flat, form="linear"),
    "marginal effect, no relation, by level": partial(effect, curve=flat, form="levels"),
    "marginal effect, no relation, headline": partial(headline, curve=flat),
    "marginal effect, straight line": partial(effect, curve=straight, form="linear"),
    "marginal effect, spline": partial(effect, curve=straight, form="spline"),
    "marginal effect, threshold at the likeliest kink": partial(
        effect, curve=kinked, form="threshold"
    ),
    "marginal effect, headline on a saturating curve": partial(headline, curve=saturating),
    "predicted retention at 2, by level": partial(
        prediction, curve=saturating, form="levels", level=2.0
    ),
    "predicted retention at 5, spline": partial(
        prediction, curve=straight, form="spline", level=5.0
    ),
    "returns": partial(returns, curve=straight),
}
"""Results whose intervals are to hold in 95 of 100 studies."""

CAUTIONS: Mapping[str, Callable[[np.random.Generator], Draw]] = {
    "marginal effect, form chosen by the data": partial(chosen, curve=saturating),
    "returns of a kink, by the spline": partial(returns, curve=kinked),
    "kink": partial(kink, curve=kinked),
    "bend of a straight line: Wald at the likeliest kink": bend,
}
"""For comparison, what is not to hold just as often: an interval after choosing, one of a form that
is only near the truth, one that moves in whole levels and so holds more often, and one after a
search, whose p-value is that of the whole search and errs as often as it says."""

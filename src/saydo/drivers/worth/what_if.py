"""What would an improvement bring? From attributes through satisfaction to staying and to money.

Each step is a model with draws of what is not sure about it, and draw by draw each step takes what
the step before gave:

    points more of an attribute ─ formation ─► satisfaction ─ curve ─► staying ─ multiple ─► money

The steps are sure or unsure independently of each other: what satisfaction says of staying, given
the answers, tells nothing of how the answers came about. Improvements stop at the top of a scale
and pay less beyond what is expected, where the data say so. Everything rests on the arrows being
causes, which no model of observed answers can show: `CAUTION` belongs to every number from here.

`what_if` takes the steps of one segment and returns one row per outcome; `improvements` compares
one point more of every attribute, with the probability that it is the best.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saydo.drivers.draws import middle
from saydo.drivers.worth.formation import Formation
from saydo.drivers.worth.money import Margin, multiple, yearly
from saydo.drivers.worth.staying import Curve
from saydo.errors import UnknownName
from saydo.languages import noop as _

Array = NDArray[np.float64]

DRAWS = 1_000

CAUTION = _(
    "This holds if answers move staying as they go with it: {customers} were observed, and nothing "
    "was tried out."
)

OUTCOMES: Mapping[str, str] = {
    "satisfaction": _("Satisfaction, points"),
    "retention": _("Staying over the horizon, %"),
    "retention_year": _("Staying over a year, %"),
    "value": _("Value of a {customer}, currency"),
    "value_of_all": _("Value of all {customers}, currency"),
    "break_even": _("Cost per {customer} up to which it pays, currency"),
}
"""What changes, and its unit."""


@dataclass(frozen=True)
class Steps:
    """What is known of one segment, step by step; later steps are None where nothing is."""

    formation: Formation
    curve: Curve | None = None
    margin: Margin | None = None
    n_customers: int = 0
    """Customers now, to whom the change would come."""
    discount_rate: float = 0.1
    """Of a year."""


def what_if(
    steps: Steps,
    *,
    changes: Mapping[str, float] | None = None,
    satisfied: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """What would change if attributes were better by so many points, or more were satisfied.

    Args:
        steps: Of one segment.
        changes: Points more (or less) of each attribute named, all at once.
        satisfied: Percentage points of customers more who give a satisfied answer (the top
            quarter of the scale): those nearest below move up to its lowest answer.
        confidence: Coverage of intervals.
        seed: Of the draws of margins.

    Returns:
        `outcome` (a key of `OUTCOMES`), `before`, `after`, `change`, `ci_low`, `ci_high` (of the
        change: quantiles of the draws), `p_above_zero` (share of draws), `n` (respondents),
        `n_recent` (those of them who say where things stand). Of several changes each counts from
        where things stand now, and they add up.

    Raises:
        UnknownName: There is no such attribute.
        ValueError: Nothing changes.
    """
    changes = dict(changes or {})
    for name in changes:
        if name not in steps.formation.attributes:
            raise UnknownName("attribute", name, steps.formation.attributes)
    if not any(changes.values()) and not satisfied:
        raise ValueError("what_if: name an attribute with the points it changes by, or `satisfied`")
    shifts = [_shifted(steps.formation, name, points) for name, points in changes.items()]
    if satisfied:
        shifts.append(_more_satisfied(steps.formation, satisfied))
    return _outcomes(steps, shifts, confidence=confidence, seed=seed)


def improvements(
    steps: Steps, *, points: float = 1.0, confidence: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """One row per attribute: what so many points more of it would bring, and how likely it is best.

    Returns:
        `attribute`; `satisfaction`, `retention`, `value` (changes as in `what_if`), each with
        `_low` and `_high`; `p_best` (probability that no other attribute brings more satisfaction;
        the way from there on is the same for all of them), `rank` (1 is best, by `p_best`, then by
        change), `n` (respondents), `n_recent` (those
        of them who say where things stand). Best first.
    """
    formation = steps.formation
    rows, drawn = [], []
    for name in formation.attributes:
        shift = _shifted(formation, name, points)
        drawn.append(_mean(shift.change, shift.weights))
        table = _outcomes(steps, [shift], confidence=confidence, seed=seed).set_index("outcome")
        row: dict[str, object] = {"attribute": name}
        for outcome in ("satisfaction", "retention", "value"):
            known = outcome in table.index
            for column, source in (("", "change"), ("_low", "ci_low"), ("_high", "ci_high")):
                row[outcome + column] = table.loc[outcome, source] if known else np.nan
        rows.append(row)
    changes = np.column_stack(drawn)[1:]
    best = np.bincount(changes.argmax(axis=1), minlength=changes.shape[1]) / len(changes)
    table = pd.DataFrame(rows).assign(p_best=best, n=formation.n, n_recent=formation.n_recent)
    table = table.sort_values(["p_best", "satisfaction"], ascending=False, ignore_index=True)
    return table.assign(rank=np.arange(1, len(table) + 1))


@dataclass(frozen=True)
class _Shift:
    """Respondents in cells, and by how much their satisfaction changes, in every draw."""

    satisfaction: Array
    weights: Array
    change: Array


def _shifted(formation: Formation, attribute: str, points: float) -> _Shift:
    return _Shift(*formation.of(attribute), formation.change(attribute, points))


def _more_satisfied(formation: Formation, percent: float) -> _Shift:
    """Those nearest below the satisfied move up, until so many percent of all are more."""
    low, high = formation.scale
    cut = high - (high - low) / 4
    satisfaction, weights = formation.of(formation.attributes[0])
    levels, which = np.unique(satisfaction, return_inverse=True)
    by_level = np.column_stack([weights[:, which == k].sum(axis=1) for k in range(len(levels))])
    to_move = by_level.sum(axis=1) * percent / 100
    change = np.zeros_like(by_level)
    for k in np.flatnonzero(levels < cut)[::-1]:
        moved = np.minimum(to_move, by_level[:, k])
        # The share of a level that moves up, times the way: a mean over its respondents.
        change[:, k] = np.divide(moved, by_level[:, k], where=by_level[:, k] > 0, out=0 * moved)
        to_move = to_move - moved
    return _Shift(levels, by_level, change * (np.ceil(cut) - levels))


def _outcomes(steps: Steps, shifts: list[_Shift], *, confidence: float, seed: int) -> pd.DataFrame:
    first = shifts[0]
    before = _mean(np.broadcast_to(first.satisfaction, first.weights.shape), first.weights)
    change = sum((_mean(each.change, each.weights) for each in shifts), np.zeros(len(before)))
    found = {"satisfaction": (before, before + change)}
    if steps.curve is not None:
        found |= _staying(steps, shifts, seed=seed)
    rows = [_row(name, *pair, confidence) for name, pair in found.items()]
    return pd.DataFrame(rows).assign(n=steps.formation.n, n_recent=steps.formation.n_recent)


def _staying(steps: Steps, shifts: list[_Shift], *, seed: int) -> dict[str, tuple[Array, Array]]:
    curve = steps.curve
    assert curve is not None
    first = shifts[0]
    now = _mean(curve.at(first.satisfaction[None, :]), first.weights)
    gain = np.zeros(len(now))
    for each in shifts:
        moved = curve.at(each.satisfaction[None, :] + each.change)
        gain = gain + _mean(moved - curve.at(each.satisfaction[None, :]), each.weights)
    then = np.clip(now + gain, 0.0, 1.0)
    a_year = [yearly(each, horizon_days=curve.horizon_days) for each in (now, then)]
    found = {
        "retention": (100 * now, 100 * then),
        "retention_year": (100 * a_year[0], 100 * a_year[1]),
    }
    if steps.margin is not None:
        margin = steps.margin.drawn(len(now) - 1, seed + 1)
        value = [margin * multiple(each, discount_rate=steps.discount_rate) for each in a_year]
        found["value"] = (value[0], value[1])
        n = steps.n_customers
        found["value_of_all"] = (n * value[0], n * value[1])
        found["break_even"] = (np.zeros(len(now)), value[1] - value[0])
    return found


def _mean(of: Array, weights: Array) -> Array:
    return np.asarray((of * weights).sum(axis=1) / weights.sum(axis=1))


def _row(name: str, before: Array, after: Array, confidence: float) -> dict[str, object]:
    change = after - before
    low, high = middle(change[1:], confidence=confidence)
    return {
        "outcome": name,
        "before": before[0],
        "after": after[0],
        "change": change[0],
        "ci_low": low,
        "ci_high": high,
        "p_above_zero": float((change[1:] > 0).mean()),
    }

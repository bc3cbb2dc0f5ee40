"""What follows from a change in satisfaction: staying, over the horizon and a year, and money.

Takes the steps of one segment and respondents moved; returns every outcome now and then, in every
draw. Respondents are carried one by one: the mean over them is taken after the curve of staying,
not before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saydo.drivers.worth.formation import Formation
from saydo.drivers.worth.money import Margin, multiple, yearly
from saydo.drivers.worth.standing import Moved
from saydo.drivers.worth.staying import Curve
from saydo.languages import noop as _
from saydo.tables.scope import satisfied_from

Array = NDArray[np.float64]

OUTCOMES: Mapping[str, str] = {
    "satisfaction": _("Satisfaction"),
    "retention": _("Staying over the horizon"),
    "retention_year": _("Staying over a year"),
    "value": _("Value of a {customer}"),
    "value_of_all": _("Value of all {customers}"),
    "break_even": _("Cost per {customer} up to which it pays"),
}
"""What changes, and its label: points, twice a percentage, and three times money. Translated when
shown."""


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


@dataclass(frozen=True)
class Shift:
    """Respondents in cells, of whom a share is lifted to a satisfied answer, and all are moved."""

    moved: Moved
    lifted: Array | None
    """Share of every cell, shape (1 + draws, cells); None: nobody is."""
    floor: float
    """Lowest satisfied answer."""

    def means(self, of: Callable[[Array], Array]) -> tuple[Array, Array]:
        """Means over respondents, now and then, of something that follows from satisfaction (an
        array with a row per draw, or one), in every draw."""
        here, change = self.moved.satisfaction[None, :], self.moved.change
        then = of(here + change)
        if self.lifted is not None:
            then = then + self.lifted * (of(self.floor + change) - then)
        return self._mean(of(here)), self._mean(then)

    def _mean(self, values: Array) -> Array:
        weights = self.moved.weights
        return np.asarray((values * weights).sum(axis=1) / weights.sum(axis=1))


def shift(formation: Formation, changes: Mapping[str, float], satisfied: float) -> Shift:
    """Respondents moved by changes of attributes, of whom so many percent of all are lifted to a
    satisfied answer first."""
    moved = formation.moved(changes)
    cut = float(satisfied_from(*formation.scale))
    return Shift(moved, _lifted(moved, cut, satisfied) if satisfied else None, float(np.ceil(cut)))


def _lifted(moved: Moved, cut: float, percent: float) -> Array:
    """Share of every cell that moves up, nearest below the satisfied first, until so many percent
    of all have."""
    levels, which = np.unique(moved.satisfaction, return_inverse=True)
    there = np.column_stack(
        [moved.weights[:, which == place].sum(axis=1) for place in range(len(levels))]
    )
    to_move = there.sum(axis=1) * percent / 100
    share = np.zeros_like(there)
    for place in np.flatnonzero(levels < cut)[::-1]:
        moving = np.minimum(to_move, there[:, place])
        known = there[:, place] > 0
        np.divide(moving, there[:, place], where=known, out=share[:, place])
        to_move = to_move - moving
    return share[:, which]


def outcomes(steps: Steps, shifted: Shift, *, seed: int) -> dict[str, tuple[Array, Array]]:
    """Every outcome now and then, in every draw."""
    now, then = shifted.means(lambda answers: answers)
    # The line knows no ends; a mean can't be beyond those of its scale.
    found = {"satisfaction": (now, np.clip(then, *steps.formation.scale))}
    return found if steps.curve is None else found | _staying(steps, steps.curve, shifted, seed)


def _staying(
    steps: Steps, curve: Curve, shifted: Shift, seed: int
) -> dict[str, tuple[Array, Array]]:
    chances = shifted.means(curve.at)
    a_year = [yearly(each, horizon_days=curve.horizon_days) for each in chances]
    found = {
        "retention": (100 * chances[0], 100 * chances[1]),
        "retention_year": (100 * a_year[0], 100 * a_year[1]),
    }
    if steps.margin is not None:
        margin = steps.margin.drawn(len(chances[0]) - 1, seed + 1)
        value = [margin * multiple(each, discount_rate=steps.discount_rate) for each in a_year]
        found["value"] = (value[0], value[1])
        n = steps.n_customers
        found["value_of_all"] = (n * value[0], n * value[1])
        found["break_even"] = (np.zeros(len(margin)), value[1] - value[0])
    return found

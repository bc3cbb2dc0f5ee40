"""What would an improvement bring? From attributes through satisfaction to staying and to money.

Each step is a model with draws of what is not sure about it, and draw by draw each step takes what
the step before gave:

    points more of an attribute ─ formation ─► satisfaction ─ curve ─► staying ─ multiple ─► money

The steps are sure or unsure independently of each other: what satisfaction says of staying, given
the answers, tells nothing of how the answers came about. Improvements stop at the top of a scale
and pay less beyond what is expected, where the data say so. Everything rests on the arrows being
causes, which no model of observed answers can show: `CAUTION` belongs to every number from here.

Several changes come to the same respondents, and are carried through all steps together.

`what_if` takes the steps of one segment and returns one row per outcome; `gains` asks for more and
for less of the same; `improvements` compares one point more of every attribute, with the
probability that it is the best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saydo.drivers.draws import middle
from saydo.drivers.worth.outcomes import Steps, outcomes, shift
from saydo.errors import UnknownName
from saydo.languages import noop as _

Array = NDArray[np.float64]

DRAWS = 1_000

TIMES = (0.5, 1.0, 1.5, 2.0)
"""Multiples of a change for which `gains` tells what it would bring."""

_UNKNOWN = np.full(2, np.nan)

CAUTION = _(
    "This holds if answers move staying as they go with it: {customers} were observed, and nothing "
    "was tried out."
)


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
            quarter of the scale): those nearest below move up to its lowest answer, and the changes
            come to them from there.
        confidence: Coverage of intervals.
        seed: Of the draws of margins.

    Returns:
        `outcome` (a key of `OUTCOMES`), `before`, `after`, `change`, `ci_low`, `ci_high` (of the
        change: the middle of the draws), `p_above_zero` (share of draws), `n` (respondents),
        `n_recent` (those of them who say where things stand).

    Raises:
        UnknownName: There is no such attribute.
        ValueError: Nothing changes.
    """
    changes = _checked(steps, changes, satisfied)
    found = outcomes(steps, shift(steps.formation, changes, satisfied), seed=seed)
    rows = [_row(name, *pair, confidence) for name, pair in found.items()]
    return pd.DataFrame(rows).assign(n=steps.formation.n, n_recent=steps.formation.n_recent)


def gains(
    steps: Steps,
    *,
    changes: Mapping[str, float] | None = None,
    satisfied: float = 0.0,
    times: Sequence[float] = TIMES,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """What so many times the changes would bring: whether more of the same brings as much again.

    Args:
        steps: Of one segment.
        changes: As `what_if` takes them.
        satisfied: As `what_if` takes it.
        times: By what the changes are multiplied.
        confidence: Coverage of intervals.
        seed: Of the draws of margins.

    Returns:
        `times`, `outcome`, `change`, `ci_low`, `ci_high` (as `what_if` has them); `lost` (so many
        times the change of once, less this change: above 0 where returns diminish) with `lost_low`
        and `lost_high`; `n`, `n_recent`. One row per multiple and outcome.

    Raises:
        UnknownName: There is no such attribute.
        ValueError: Nothing changes.
    """
    changes = _checked(steps, changes, satisfied)

    def drawn(often: float) -> dict[str, Array]:
        points = {name: often * more for name, more in changes.items()}
        shifted = shift(steps.formation, points, often * satisfied)
        found = outcomes(steps, shifted, seed=seed)
        return {name: after - before for name, (before, after) in found.items()}

    once = drawn(1.0)
    rows: list[dict[str, object]] = []
    for often in times:
        for name, change in (once if often == 1 else drawn(often)).items():
            lost = often * once[name] - change
            row = {"times": often, "outcome": name}
            row |= _with_interval("change", change, confidence, low="ci_low", high="ci_high")
            rows.append(row | _with_interval("lost", lost, confidence))
    return pd.DataFrame(rows).assign(n=steps.formation.n, n_recent=steps.formation.n_recent)


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
        found = outcomes(steps, shift(formation, {name: points}, 0.0), seed=seed)
        drawn.append(found["satisfaction"][1] - found["satisfaction"][0])
        row: dict[str, object] = {"attribute": name}
        for outcome in ("satisfaction", "retention", "value"):
            before, after = found.get(outcome, (_UNKNOWN, _UNKNOWN))
            row |= _with_interval(outcome, after - before, confidence)
        rows.append(row)
    changes = np.column_stack(drawn)[1:]
    best = np.bincount(changes.argmax(axis=1), minlength=changes.shape[1]) / len(changes)
    table = pd.DataFrame(rows).assign(p_best=best, n=formation.n, n_recent=formation.n_recent)
    table = table.sort_values(["p_best", "satisfaction"], ascending=False, ignore_index=True)
    return table.assign(rank=np.arange(1, len(table) + 1))


def _checked(
    steps: Steps, changes: Mapping[str, float] | None, satisfied: float
) -> dict[str, float]:
    """The changes that are any."""
    for name in changes or ():
        if name not in steps.formation.attributes:
            raise UnknownName("attribute", name, steps.formation.attributes)
    found = {name: points for name, points in (changes or {}).items() if points}
    if not found and not satisfied:
        raise ValueError("what_if: name an attribute with the points it changes by, or `satisfied`")
    return found


def _row(name: str, before: Array, after: Array, confidence: float) -> dict[str, object]:
    change = after - before
    found = {"outcome": name, "before": before[0], "after": after[0]}
    found |= _with_interval("change", change, confidence, low="ci_low", high="ci_high")
    return found | {"p_above_zero": float((change[1:] > 0).mean())}


def _with_interval(
    name: str, drawn: Array, confidence: float, *, low: str = "", high: str = ""
) -> dict[str, object]:
    """An estimate (the first) with the middle of its draws."""
    ends = middle(drawn[1:], confidence=confidence)
    return {name: drawn[0], low or f"{name}_low": ends[0], high or f"{name}_high": ends[1]}

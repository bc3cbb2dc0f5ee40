"""Is the model calibrated, does it tell, does anyone drive it, and would the silent change it?

`diagnose` gives every table of one fit; where one can't be made, it is a row with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

import pandas as pd

from saydo.drivers.diagnostics.added import (
    ADDED_VALUE,
    LIKELIHOOD_RATIO,
    added_value,
    likelihood_ratio,
)
from saydo.drivers.diagnostics.calibration import (
    CALIBRATION,
    CALIBRATION_TESTS,
    calibration,
    calibration_tests,
)
from saydo.drivers.diagnostics.held_out import held_out
from saydo.drivers.diagnostics.influence import INFLUENCE, influence, largest_change, leverage
from saydo.drivers.diagnostics.missing import MISSING_ANSWERS, missing
from saydo.drivers.diagnostics.residuals import RESIDUALS, residuals
from saydo.drivers.fit import Fit
from saydo.errors import NotEstimable
from saydo.tables.declared import as_declared

__all__ = [
    "COLUMNS",
    "NAMES",
    "added_value",
    "calibration",
    "calibration_tests",
    "diagnose",
    "held_out",
    "influence",
    "largest_change",
    "leverage",
    "likelihood_ratio",
    "missing",
    "residuals",
]

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "calibration": CALIBRATION,
    "calibration_tests": CALIBRATION_TESTS,
    "added_value": ADDED_VALUE,
    "likelihood_ratio": LIKELIHOOD_RATIO,
    "residuals": RESIDUALS,
    "influence": INFLUENCE,
    "missing_answers": MISSING_ANSWERS,
}
"""Of each table of diagnostics: the type of each column."""

NAMES = tuple(COLUMNS)
"""Tables of diagnostics."""


def diagnose(
    fit: Fit,
    everyone: pd.DataFrame | None = None,
    *,
    hidden: Collection[float] = (),
    min_cell: int = 11,
    confidence: float = 0.95,
) -> dict[str, pd.DataFrame]:
    """Every diagnostic table of one model.

    Args:
        fit: The model that speaks for a segment.
        everyone: Patterns of all its customers, the silent among them, as `missing` takes them;
            without them nothing is told of missing answers.
        hidden: Levels of satisfaction to withhold, as `withheld_levels` says.
        min_cell: Fewest customers about whom anything is shown.
        confidence: Coverage of intervals.

    Returns:
        Tables by name, of `NAMES`, as the functions of these names return them (`missing` for
        `missing_answers`), each with its `COLUMNS`, among them a `reason`: empty, or why there is
        nothing.
    """
    found = {
        "likelihood_ratio": _or_reason(partial(likelihood_ratio, fit)),
        "residuals": residuals(fit, hidden=hidden, min_cell=min_cell, confidence=confidence),
        "influence": influence(fit, min_cell=min_cell),
    }
    if everyone is not None:
        found["missing_answers"] = _or_reason(
            partial(
                missing,
                everyone,
                form=fit.form,
                adjust_for=fit.adjust_for,
                confidence=confidence,
            )
        )
    found |= _of_unseen(fit, min_cell=min_cell, confidence=confidence)
    return {name: as_declared(table, COLUMNS[name]) for name, table in found.items()}


def _of_unseen(fit: Fit, *, min_cell: int, confidence: float) -> dict[str, pd.DataFrame]:
    """What customers tell whom the model had not seen."""
    try:
        unseen = held_out(fit)
    except NotEstimable as refusal:
        absent = pd.DataFrame({"reason": [f"{refusal}"]})
        return dict.fromkeys(("calibration", "calibration_tests", "added_value"), absent)
    told = unseen["chance"], unseen["n_stayed"], unseen["n_left"]
    return {
        "calibration": calibration(*told, min_cell=min_cell, confidence=confidence),
        "calibration_tests": calibration_tests(*told, confidence=confidence).assign(reason=""),
        "added_value": added_value(unseen, confidence=confidence).assign(reason=""),
    }


def _or_reason(table: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """The table with an empty `reason`, or one row with the reason why there is none."""
    try:
        return table().assign(reason="")
    except NotEstimable as refusal:
        # That it can't be told is what is told.
        return pd.DataFrame({"reason": [f"{refusal}"]})

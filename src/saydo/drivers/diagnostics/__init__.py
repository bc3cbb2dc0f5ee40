"""Is the model calibrated, does it tell, and does anyone drive it?

`diagnose` gives every table of one fit, but for `missing`, which takes the silent too.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from saydo.drivers.diagnostics.added import added_value, likelihood_ratio
from saydo.drivers.diagnostics.calibration import calibration, calibration_tests
from saydo.drivers.diagnostics.held_out import held_out
from saydo.drivers.diagnostics.influence import influence, leverage
from saydo.drivers.diagnostics.missing import missing
from saydo.drivers.diagnostics.residuals import residuals
from saydo.drivers.fit import Fit

__all__ = [
    "added_value",
    "calibration",
    "calibration_tests",
    "diagnose",
    "held_out",
    "influence",
    "leverage",
    "likelihood_ratio",
    "missing",
    "residuals",
]


def diagnose(
    fit: Fit, *, hidden: Collection[float] = (), min_cell: int = 11, confidence: float = 0.95
) -> dict[str, pd.DataFrame]:
    """Every diagnostic table of one model.

    Args:
        fit: The model that speaks for a segment.
        hidden: Levels of satisfaction to withhold, as `withheld_levels` says.
        min_cell: Fewest customers about whom anything is shown.
        confidence: Coverage of intervals.

    Returns:
        `calibration`, `calibration_tests`, `added_value`, `likelihood_ratio`, `residuals`,
        `influence`: as the functions of the same names return them.

    Raises:
        NotEstimable: Too few stayed or left to set a part of them aside.
    """
    unseen = held_out(fit)
    told = unseen["chance"], unseen["n_stayed"], unseen["n_left"]
    return {
        "calibration": calibration(*told, min_cell=min_cell, confidence=confidence),
        "calibration_tests": calibration_tests(*told, confidence=confidence),
        "added_value": added_value(unseen, confidence=confidence),
        "likelihood_ratio": likelihood_ratio(fit),
        "residuals": residuals(fit, hidden=hidden, min_cell=min_cell, confidence=confidence),
        "influence": influence(fit, min_cell=min_cell),
    }

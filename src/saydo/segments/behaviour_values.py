"""What customers do, as numbers that a linear model can read.

Amounts are taken as logarithms, for most are small and a few very large, and standardised; whether
there is any amount at all (who never ordered has no recency) is a number of its own. The same
numbers twice: of a frame that a model learns from, and as an expression of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saydo.segments.need_answers import BEHAVIOURS
from saydo.segments.need_groups import rounded


def measures_of(respondents: pd.DataFrame) -> list[dict[str, Any]]:
    """What is read of behaviour: all that is not the same of everyone."""
    found = []
    for name in (each for each in BEHAVIOURS if each in respondents):
        raw = respondents[name].astype("Float64")
        for kind, values in (("amount", _logarithm(raw.dropna())), ("absent", raw.isna())):
            numbers = values.to_numpy("float64")
            if len(numbers) and numbers.std() > 1e-9:
                mean, sd = rounded(numbers.mean()), rounded(numbers.std())
                found.append({"name": name, "kind": kind, "mean": mean, "sd": sd})
    return found


def _logarithm(values: pd.Series) -> pd.Series:
    numbers = values.to_numpy("float64")
    return pd.Series(np.sign(numbers) * np.log1p(np.abs(numbers)))


def values_of(respondents: pd.DataFrame, measure: Mapping[str, Any]) -> NDArray[np.float64]:
    """As `value_in`, of a frame."""
    raw = respondents[measure["name"]].astype("Float64")
    numbers = raw.to_numpy("float64", na_value=np.nan)
    if measure["kind"] == "absent":
        numbers = np.isnan(numbers).astype(float)
    else:
        numbers = np.sign(numbers) * np.log1p(np.abs(numbers))
    standardised = (numbers - measure["mean"]) / measure["sd"]
    # What differs by the order of a sum on the engine must not change what is learned.
    return np.asarray(np.nan_to_num(standardised).round(9))


def value_in(silent: ir.Table, measure: Mapping[str, Any]) -> ir.FloatingValue:
    """A behaviour's logarithm (of less than nothing, with its sign) or absence, standardised; an
    amount that is not known counts as the mean."""
    raw = silent[measure["name"]].cast("float64")
    if measure["kind"] == "absent":
        number = raw.isnull().cast("float64")
    else:
        size = (raw.abs() + 1).ln()
        number = (raw < 0).ifelse(-size, size)
    return ((number - measure["mean"]) / measure["sd"]).fill_null(0.0)

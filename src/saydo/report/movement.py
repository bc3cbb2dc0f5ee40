"""How KPIs moved: the latest period beside the same one a year before.

Takes the tidy table of KPIs, one row per segment, KPI and period; returns one row per segment and
KPI.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from saydo.params import PeriodLength

PERIODS_A_YEAR: dict[PeriodLength, int] = {"month": 12, "quarter": 4, "year": 1}


def latest(kpis: pd.DataFrame, *, length: PeriodLength) -> pd.DataFrame:
    """The last period of each segment and KPI, and how it differs from a year before.

    The same period a year before, because customers have seasons; the first period shown, where the
    trend is shorter than a year. The two are compared as independent samples; where the same
    customers are in both, the true uncertainty of the change is smaller, so that a change called
    clear is clear.

    Returns:
        The rows of the last period, with `before`, `before_low`, `before_high` (the KPI's unit),
        `before_start` (date), `change` (the KPI's unit) and `is_clear` (the 95 % interval of the
        change leaves out zero).
    """
    starts = sorted(kpis["period_start"].unique())
    then = starts[max(0, len(starts) - 1 - PERIODS_A_YEAR[length])]
    keys = ["segment", "kpi"]
    now = kpis[kpis["period_start"] == starts[-1]]
    earlier = kpis.loc[kpis["period_start"] == then, [*keys, "value", "ci_low", "ci_high"]]
    names = {"value": "before", "ci_low": "before_low", "ci_high": "before_high"}
    table = now.merge(earlier.rename(columns=names), on=keys, how="left", validate="1:1")
    table["before_start"] = then
    numbers = ["value", "ci_low", "ci_high", *names.values()]
    table[numbers] = table[numbers].astype("float64")
    if then == starts[-1]:
        table[list(names.values())] = np.nan
    table["change"] = table["value"] - table["before"]
    # An interval need not be symmetric: the half that faces the other estimate is the one to use.
    rose = table["change"] > 0
    near_now = np.where(rose, table["value"] - table["ci_low"], table["ci_high"] - table["value"])
    near_then = np.where(
        rose, table["before_high"] - table["before"], table["before"] - table["before_low"]
    )
    table["is_clear"] = table["change"].abs() > np.hypot(near_now, near_then)
    return table

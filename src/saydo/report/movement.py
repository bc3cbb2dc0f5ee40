"""How KPIs moved: the latest period beside the same one a year before.

Takes the tidy table of KPIs, one row per segment, KPI and period; returns one row per segment and
KPI.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from saydo.languages import gettext as _


def latest(kpis: pd.DataFrame, *, months: int = 12) -> pd.DataFrame:
    """The last period of each segment and KPI, and how it differs from a year before.

    The same period a year before, because customers have seasons; no change where the trend is
    shorter than that. Where staying can't be known yet of the last periods, because the wait for an
    order is not over, the last for which it is known is taken. The two are compared as independent
    samples; where the same customers are in both, the true uncertainty of the change is smaller.

    Args:
        kpis: `tables/kpis`.
        months: How far back the other period lies, if not a year.

    Returns:
        One row per segment and KPI, with `is_earlier` (not of the last period), `before`,
        `before_low`, `before_high` (the KPI's unit), `before_start` (date), `change` (the KPI's
        unit), `reach` (how far the change's 95 % interval goes towards zero) and `is_clear` (that
        interval leaves out zero).
    """
    keys = ["segment", "kpi"]
    # Which periods are open yet is the same in all segments: a segment's own rows tell it.
    open_yet = kpis["reason"] == _("window not finished")
    is_closed_once = (~open_yet).groupby(kpis["kpi"]).transform("any")
    now = kpis[~open_yet | ~is_closed_once]
    now = now[now["period_start"] == now.groupby("kpi")["period_start"].transform("max")]
    now = now.assign(is_earlier=now["period_start"] < kpis["period_start"].max())
    back = pd.DateOffset(months=months)
    now = now.assign(before_start=pd.to_datetime(now["period_start"]) - back)
    earlier = kpis[["period_start", *keys, "value", "ci_low", "ci_high"]]
    earlier = earlier.assign(before_start=pd.to_datetime(earlier["period_start"]))
    earlier = earlier.drop(columns="period_start")
    names = {"value": "before", "ci_low": "before_low", "ci_high": "before_high"}
    earlier = earlier.rename(columns=names)
    table = now.merge(earlier, on=[*keys, "before_start"], how="left", validate="1:1")
    numbers = ["value", "ci_low", "ci_high", *names.values()]
    table[numbers] = table[numbers].astype("float64")
    table["change"] = table["value"] - table["before"]
    # An interval need not be symmetric: the half that faces the other estimate is the one to use.
    rose = table["change"] > 0
    near_now = np.where(rose, table["value"] - table["ci_low"], table["ci_high"] - table["value"])
    near_then = np.where(
        rose, table["before_high"] - table["before"], table["before"] - table["before_low"]
    )
    table["reach"] = np.hypot(near_now, near_then)
    table["is_clear"] = table["change"].abs() > table["reach"]
    return table

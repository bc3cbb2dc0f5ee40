"""How has a KPI come along in a segment? Its rows in `tables/kpis`, where an objective names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from saydo.languages import gettext as _
from saydo.params import Params

Row = Mapping[str, Any]
"""A row of `tables/kpis`, by its columns."""

Histories = Mapping[tuple[str, str], list[Row]]
"""Per segment and KPI: one row per period, oldest first."""


def histories(kpis: pd.DataFrame, params: Params) -> Histories:
    """The rows of every KPI that an objective names, in every segment."""
    named = {measure.kpi for objective in params.objectives for measure in objective.measures}
    rows = kpis[kpis["kpi"].isin(named)].sort_values("period_start", kind="stable")
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows.to_dict("records"):
        found.setdefault((row["segment"], row["kpi"]), []).append(row)
    return found


def over(history: list[Row]) -> list[Row]:
    """The periods of which it is known who stayed; all of them, if that is known of none.

    Where staying means to buy again within a wait, the last periods are open until it is over.
    """
    is_open = _("window not finished")
    return [row for row in history if row["reason"] != is_open] or history

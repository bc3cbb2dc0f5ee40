"""How has a KPI come along in a segment? Its rows in `tables/kpis`, where an objective names it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from saydo.languages import gettext as _
from saydo.params import Params

Histories = Mapping[tuple[str, str], pd.DataFrame]
"""Per segment and KPI: one row per period, oldest first."""


def histories(kpis: pd.DataFrame, params: Params) -> Histories:
    """The rows of every KPI that an objective names, in every segment."""
    named = {measure.kpi for objective in params.objectives for measure in objective.measures}
    rows = kpis[kpis["kpi"].isin(named)].sort_values("period_start", kind="stable")
    return {(str(key[0]), str(key[1])): part for key, part in rows.groupby(["segment", "kpi"])}


def over(history: pd.DataFrame) -> pd.DataFrame:
    """The periods of which it is known who stayed; all of them, if that is known of none.

    Where staying means to buy again within a wait, the last periods are open until it is over.
    """
    known = history[history["reason"] != _("window not finished")]
    return known if len(known) else history

"""How far are the objectives attained? The KPI that says so, as its declaration.

Apart from `attainment`, which computes it, so that `saydo.kpis` can list it.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir
import pandas as pd

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Aggregate, Measure
from saydo.languages import noop as _

NAME = "target_attainment"


class OfTargets(Measure):
    """Made of the other KPIs by `saydo.objectives.attainment`, and of no mart."""

    interval = _("sum of the halves of its measures' intervals, divided by their number")

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return {}

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        raise TypeError(f"{NAME} is made of the table of KPIs, by saydo.objectives.attainment.")

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return ()


TARGET_ATTAINMENT = Kpi(
    name=NAME,
    label=_("Attainment of targets"),
    definition=_(
        "How much of the way from the baseline to the target has been gone, as a mean over the "
        "measures of a segment's objectives; 0 at the baseline, 100 at the target."
    ),
    formula="mean of 100*(actual-baseline)/(target-baseline)",
    theme="relationship",
    side="both",
    unit="%",
    better="higher",
    needs={},
    mart="objectives",
    measure=OfTargets(),
    source="ClearPoint, Balanced scorecard: series evaluation; Kaplan & Norton (1996)",
    pitfall=_(
        "Without a baseline in the params it is counted from the first period shown, which moves "
        "on with time. A baseline near the target makes small changes look large, and a mean "
        "hides a measure that has lost ground behind one that has more than reached its target."
    ),
    nothing=_("no objectives are set for this segment"),
    settings=("objectives",),
)

OBJECTIVES = (TARGET_ATTAINMENT,)
"""Every KPI about objectives."""

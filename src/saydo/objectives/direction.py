"""Which way is better, for a measure of an objective?

As its KPI says, or, where that leaves it to the context, as the params say.
"""

from __future__ import annotations

from saydo.kpis.kpi import Better, Kpi
from saydo.params import Measure


def better_of(measure: Measure, kpi: Kpi) -> Better:
    """The direction of a measure; `context` where neither its KPI nor the params say."""
    return measure.better or "context" if kpi.better == "context" else kpi.better

"""How do we do? Every KPI, by theme.

To add one, declare it in its theme's file and put it in that file's tuple.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from saydo.kpis.acquisition import ACQUISITION
from saydo.kpis.awareness import AWARENESS
from saydo.kpis.expectation_gaps import EXPECTATION_GAPS
from saydo.kpis.intentions import INTENTIONS
from saydo.kpis.kpi import THEMES, Kpi
from saydo.kpis.listening import LISTENING
from saydo.kpis.market_share import MARKET_SHARE
from saydo.kpis.profitability import PROFITABILITY
from saydo.kpis.relationship import RELATIONSHIP
from saydo.kpis.retention import RETENTION
from saydo.kpis.satisfaction import SATISFACTION
from saydo.kpis.service import SERVICE
from saydo.kpis.value_proposition import VALUE_PROPOSITION
from saydo.objectives.declared import OBJECTIVES

__all__ = ["KPIS", "THEMES", "Kpi"]

KPIS: Mapping[str, Kpi] = MappingProxyType(
    {
        kpi.name: kpi
        for theme in (
            SATISFACTION,
            RETENTION,
            INTENTIONS,
            ACQUISITION,
            PROFITABILITY,
            MARKET_SHARE,
            AWARENESS,
            SERVICE,
            VALUE_PROPOSITION,
            EXPECTATION_GAPS,
            RELATIONSHIP,
            LISTENING,
            OBJECTIVES,
        )
        for kpi in theme
    }
)
"""Every KPI by its name, in the order of a scorecard."""

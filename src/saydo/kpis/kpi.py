"""What is a KPI? Its declaration, from which reports, docs and tests take all they say of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import ibis.expr.types as ir

from saydo.kpis.measures import FULL_COUNT, Measure
from saydo.languages import noop as _

Theme = Literal[
    "satisfaction",
    "retention",
    "acquisition",
    "profitability",
    "market_share",
    "awareness",
    "service",
    "relationship",
]
Side = Literal["say", "do", "both"]
Better = Literal["higher", "lower", "closer to 0", "context"]
Unit = Literal[
    "%",
    "% per period",
    "points",
    "pp",
    "scale points",
    "stars",
    "rank",
    "count",
    "money",
    "money per customer",
    "orders per customer",
    "categories per customer",
    "hours",
    "days",
    "months",
    "ratio",
    "index",
    "per 100",
    "per 1000",
]

THEMES: Mapping[Theme, str] = MappingProxyType(
    {
        "satisfaction": _("Satisfaction"),
        "retention": _("Retention"),
        "acquisition": _("Acquisition"),
        "profitability": _("Profitability"),
        "market_share": _("Market share"),
        "awareness": _("Awareness"),
        "service": _("Service"),
        "relationship": _("Relationship"),
    }
)
"""Every theme and its heading, in the order of a scorecard."""


@dataclass(frozen=True)
class Kpi:
    """One key performance indicator."""

    name: str
    label: str
    definition: str
    """One sentence that settles numerator, denominator and time."""
    formula: str
    """The same for one segment and period, as a formula; not translated."""
    theme: Theme
    side: Side
    unit: Unit
    better: Better
    needs: Mapping[str, tuple[str, ...]]
    """Tables and columns it can't do without, besides those that tell who is a customer."""
    mart: str
    measure: Measure
    source: str
    """Who defined it."""
    pitfall: str
    """What to heed before believing or comparing it."""
    nothing: str
    """Reason shown when nothing was there to compute it from."""
    range: tuple[float, float] = (-math.inf, math.inf)
    """Lowest and highest possible value."""
    uses: Literal["", "presence", "stay", "presence and stay", "contract"] = ""
    """Whether it needs to know by date who is a customer (presence), and whether customers stayed
    (stay). Labels without dates can tell the second only; only contracts tell the day of leaving
    (contract)."""
    settings: tuple[str, ...] = ()
    """Keys of params that it can't do without, such as `definitions.value_event`."""
    is_core: bool = False
    """One of the few of its theme that a page shows first."""
    last_only: bool = False
    """A projection, which is made for the last period alone."""
    by_segment: bool = True
    """Whether its data can be told apart by segment; if not, only `all` has it."""
    otherwise: tuple[tuple[Callable[[ir.Table], ir.Value], str], ...] = field(default=())
    """Rows that do not count, and the reason to show instead of `nothing` where there are some."""

    @property
    def needs_presence(self) -> bool:
        """Whether it must be known by date who is a customer."""
        return "presence" in self.uses or self.uses == "contract"

    @property
    def is_full_count(self) -> bool:
        """Whether it is known in full wherever it is known, as sums of a whole market are."""
        return self.measure.interval == FULL_COUNT

    @property
    def needs_stay(self) -> bool:
        """Whether it must be known who stayed, so that the window has to be over."""
        return "stay" in self.uses

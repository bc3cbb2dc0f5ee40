"""How much of the market is ours? KPIs of share."""

from __future__ import annotations

from saydo.kpis.kpi import Kpi
from saydo.kpis.pooled import PartOfTotal
from saydo.languages import noop as _

MARKET_SHARE_VALUE = Kpi(
    name="market_share_value",
    label=_("Market share, value"),
    definition=_("Revenue of our brands over revenue of all brands in the market"),
    formula="100 · Σ own revenue / Σ revenue",
    theme="market_share",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"market": ("month", "is_own", "revenue")},
    mart="market",
    by_segment=False,
    measure=PartOfTotal(of=lambda market: market.is_own, amount=lambda market: market.revenue),
    nothing=_("no market figures in this period"),
    source="Farris et al. (2010), Marketing Metrics, 2nd ed.",
    pitfall=_(
        "How the market is drawn decides it, and our sales ex works must not be set against retail "
        "sales of others. A full count, so it has no interval."
    ),
)

MARKET_SHARE = (MARKET_SHARE_VALUE,)
"""KPIs of this theme."""

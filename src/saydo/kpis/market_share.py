"""How much of the market is ours? KPIs of share, of market figures and of wallets."""

from __future__ import annotations

from saydo.kpis.kpi import Kpi
from saydo.kpis.market_measures import (
    DevelopmentIndex,
    HeavyUsage,
    RepertoireMean,
    ToLargestRival,
    TotalRatio,
    WithinMarkets,
)
from saydo.kpis.pooled import PartOfTotal
from saydo.kpis.value_measures import AmountShare
from saydo.languages import noop as _

_NO_FIGURES = _("no market figures in this period")
_NOBODY_ASKED = _("no respondents in this period")
_FARRIS = "Farris et al. (2010), Marketing Metrics, 2nd ed., ch. 2"

MARKET_SHARE_VALUE = Kpi(
    name="market_share_value",
    is_core=True,
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
    nothing=_NO_FIGURES,
    source="Farris et al. (2010), Marketing Metrics, 2nd ed.",
    pitfall=_(
        "How the market is drawn decides it, and our sales ex works must not be set against retail "
        "sales of others. A full count, so it has no interval."
    ),
)

MARKET_SHARE_UNITS = Kpi(
    name="market_share_units",
    label=_("Market share, units"),
    definition=_("Units of our brands sold in the period over units of all brands in the market"),
    formula="100 · Σ own units / Σ units",
    theme="market_share",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"market": ("month", "is_own", "units")},
    mart="market",
    by_segment=False,
    measure=PartOfTotal(of=lambda market: market.is_own, amount=lambda market: market.units),
    nothing=_NO_FIGURES,
    source=_FARRIS,
    pitfall=_(
        "Units must be of one size. Below the share by value, our prices are above the market's. "
        "A full count, so it has no interval."
    ),
)

RELATIVE_MARKET_SHARE = Kpi(
    name="relative_market_share",
    label=_("Relative market share"),
    definition=_(
        "Revenue of our brands over that of the largest brand that is not ours, in all markets "
        "together"
    ),
    formula="Σ own revenue / max over other brands (Σ revenue)",
    theme="market_share",
    side="do",
    unit="ratio",
    better="higher",
    range=(0, float("inf")),
    needs={"market": ("month", "brand", "is_own", "revenue")},
    mart="brands",
    by_segment=False,
    measure=ToLargestRival(amount=lambda brands: brands.revenue),
    nothing=_("no market figures of rivals in this period"),
    source="Farris et al. (2010), Marketing Metrics, 2nd ed., ch. 2; Henderson (1973), BCG",
    pitfall=_(
        "Above 1 we lead. Several brands of ours count together, those of a rival one by one: a "
        "rival's must be given as one brand to count as one. A full count, so it has no interval."
    ),
)

SEGMENT_SHARE = Kpi(
    name="segment_share",
    label=_("Market share in target markets"),
    definition=_("Revenue of our brands over revenue of all brands, in the markets aimed at"),
    formula="100 · Σ own revenue / Σ revenue, over definitions.target_markets",
    theme="market_share",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"market": ("month", "market", "is_own", "revenue")},
    settings=("definitions.target_markets",),
    mart="market",
    by_segment=False,
    measure=PartOfTotal(
        of=lambda market: market.is_own & market.is_target,
        amount=lambda market: market.is_target.ifelse(market.revenue, 0.0),
    ),
    nothing=_("no figures of target markets in this period"),
    source="Kaplan & Norton (1996), The Balanced Scorecard, ch. 4",
    pitfall=_(
        "Ours and the market's sales are split by the same rule, for both come from one table. A "
        "full count, so it has no interval."
    ),
)

ACCOUNT_SHARE = Kpi(
    name="account_share",
    label=_("Share of wallet"),
    definition=_(
        "What respondents who buy our brands spend on these, over all that the same respondents "
        "spend in the category"
    ),
    formula="100 · Σ spend with us / Σ category spend, over our buyers",
    theme="market_share",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"wallet": ("is_own", "spend", "category_spend")},
    mart="wallets",
    by_segment=False,
    measure=AmountShare(
        of=lambda wallets: wallets.own_spend,
        per=lambda wallets: wallets.category_spend,
        among=lambda wallets: (wallets.own_spend > 0) & (wallets.category_spend > 0),
    ),
    nothing=_("no respondents who buy our brands in this period"),
    source="Kaplan & Norton (1996); Farris et al. (2010), share of requirements",
    pitfall=_(
        "A ratio of sums, so that large wallets weigh more; the mean of everyone's share is higher "
        "where small wallets are more loyal. Category spend is mostly as respondents recall it."
    ),
)

WALLET_ALLOCATION = Kpi(
    name="wallet_allocation",
    label=_("Expected share of wallet"),
    definition=_(
        "Mean over respondents who rank our brand among those they use of the share of wallet that "
        "the Wallet Allocation Rule expects from its rank"
    ),
    formula="100 · mean of (1 − rank / (brands + 1)) · 2 / brands",
    theme="market_share",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"wallet": ("is_own", "rank")},
    mart="wallets",
    by_segment=False,
    measure=RepertoireMean(
        of=lambda wallets: 100 * wallets.own_allocation,
        among=lambda wallets: wallets.own_allocation.notnull(),
        several=lambda wallets: wallets.n_brands > 1,
    ),
    nothing=_("nobody ranked our brand in this period"),
    source="Keiningham, Aksoy, Buoye & Cooil (2011), Harvard Business Review 89(10)",
    pitfall=_(
        "A rule of thumb for markets where at least 40 % use several brands, and not what is "
        "spent: compare it with the share of wallet. Brands that tie share the mean of their "
        "places, and several brands of ours add up."
    ),
)

PENETRATION = Kpi(
    name="penetration",
    label=_("Brand penetration"),
    definition=_("Buyers of our brands in a month over the population, the period's months pooled"),
    formula="100 · Σ own buyers / Σ population, over markets and months",
    theme="market_share",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"market": ("month", "market", "is_own", "buyers", "population")},
    mart="market_months",
    by_segment=False,
    measure=TotalRatio(
        of=lambda months: months.own_buyers, per=lambda months: months.population, times=100
    ),
    nothing=_NO_FIGURES,
    source=_FARRIS,
    pitfall=_(
        "Of all who could buy, not of those who buy the category. By the month: who buys in each "
        "of three is one buyer in each, and longer windows would give more. Who buys two brands of "
        "ours counts with both. A full count, so it has no interval."
    ),
)

PENETRATION_SHARE = Kpi(
    name="penetration_share",
    label=_("Penetration share"),
    definition=_(
        "Buyers of our brands in a month over buyers of any brand, the period's months pooled"
    ),
    formula="100 · Σ own buyers / Σ category buyers, over markets and months",
    theme="market_share",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"market": ("month", "market", "is_own", "buyers", "category_buyers")},
    mart="market_months",
    by_segment=False,
    measure=TotalRatio(
        of=lambda months: months.own_buyers, per=lambda months: months.category_buyers, times=100
    ),
    nothing=_NO_FIGURES,
    source=_FARRIS,
    pitfall=_(
        "Buyers of the category must be counted once: the sum of each brand's buyers holds those "
        "who buy several brands several times. A full count, so it has no interval."
    ),
)

HEAVY_USAGE_INDEX = Kpi(
    name="heavy_usage_index",
    label=_("Heavy usage index"),
    definition=_(
        "Mean category spend of respondents who buy our brands over mean category spend of all "
        "respondents"
    ),
    formula="(Σ category spend / n, of our buyers) / (Σ category spend / n, of all)",
    theme="market_share",
    side="do",
    unit="ratio",
    better="higher",
    range=(0, float("inf")),
    needs={"wallet": ("is_own", "spend", "category_spend")},
    mart="wallets",
    by_segment=False,
    measure=HeavyUsage(
        of=lambda wallets: (wallets.own_spend > 0).fill_null(False),
        amount=lambda wallets: wallets.category_spend,
        among=lambda wallets: wallets.category_spend > 0,
    ),
    nothing=_NOBODY_ASKED,
    source=_FARRIS,
    pitfall=_(
        "Respondents must be buyers of the category, also those who buy only from others. Market "
        "share is penetration share times share of wallet times this index, if all three are of "
        "the same buyers and months."
    ),
)

BDI = Kpi(
    name="bdi",
    label=_("Brand development index"),
    definition=_(
        "Revenue of our brands per head in the markets aimed at, against that in all markets: 100 "
        "is the same"
    ),
    formula="100 · (own revenue / population, target markets) / (own revenue / population, all)",
    theme="market_share",
    side="do",
    unit="index",
    better="higher",
    range=(0, float("inf")),
    needs={"market": ("month", "market", "is_own", "revenue", "population")},
    settings=("definitions.target_markets",),
    mart="market_months",
    by_segment=False,
    measure=DevelopmentIndex(amount=lambda months: months.own_revenue),
    nothing=_("no figures of target markets in this period"),
    source=_FARRIS,
    pitfall=_(
        "Per head, not of sales alone, which would follow the size of markets. All markets include "
        "those aimed at. A full count, so it has no interval."
    ),
)

CDI = Kpi(
    name="cdi",
    label=_("Category development index"),
    definition=_(
        "Revenue of all brands per head in the markets aimed at, against that in all markets: 100 "
        "is the same"
    ),
    formula="100 · (revenue / population, target markets) / (revenue / population, all)",
    theme="market_share",
    side="do",
    unit="index",
    better="context",
    range=(0, float("inf")),
    needs={"market": ("month", "market", "revenue", "population")},
    settings=("definitions.target_markets",),
    mart="market_months",
    by_segment=False,
    measure=DevelopmentIndex(amount=lambda months: months.revenue),
    nothing=_("no figures of target markets in this period"),
    source=_FARRIS,
    pitfall=_(
        "Says how rich the markets aimed at are, not how we do there: read it beside the brand's "
        "index. A full count, so it has no interval."
    ),
)

SHARE_OF_NEW = Kpi(
    name="share_of_new",
    label=_("Share of new buyers"),
    definition=_("First-time buyers of our brands over first-time buyers of each brand, added up"),
    formula="100 · Σ own new buyers / Σ new buyers",
    theme="market_share",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"market": ("month", "is_own", "new_buyers")},
    mart="market",
    by_segment=False,
    measure=PartOfTotal(of=lambda market: market.is_own, amount=lambda market: market.new_buyers),
    nothing=_NO_FIGURES,
    source="Farris et al. (2010), Marketing Metrics, 2nd ed., trial; leading indicator of share",
    pitfall=_(
        "New to the brand, not to the category: who tries two brands counts with both. Above the "
        "market share, the share will grow if the new stay as others do. A full count, so it has "
        "no interval."
    ),
)

SHARE_STABILITY = Kpi(
    name="share_stability",
    label=_("Change in market share within markets"),
    definition=_(
        "Change of our share of revenue in each market from a year before, weighed by the mean of "
        "the market's parts of all revenue then and now"
    ),
    formula="100 · Σ (w₀ + w₁) / 2 · (s₁ − s₀), over markets",
    theme="market_share",
    side="do",
    unit="pp",
    better="higher",
    range=(-100, 100),
    needs={"market": ("month", "market", "is_own", "revenue")},
    mart="market_years",
    by_segment=False,
    measure=WithinMarkets(),
    nothing=_("no market figures of the same months a year before"),
    source="Marshall (1923) and Edgeworth (1925), index weights; Simpson (1951)",
    pitfall=_(
        "What is left of the change in share once the sizes of markets are held: total share can "
        "fall while it rises in every market. A market that is new or gone counts with the mix. "
        "A full count, so it has no interval."
    ),
)

MARKET_SHARE = (
    MARKET_SHARE_VALUE,
    MARKET_SHARE_UNITS,
    RELATIVE_MARKET_SHARE,
    SEGMENT_SHARE,
    ACCOUNT_SHARE,
    WALLET_ALLOCATION,
    PENETRATION,
    PENETRATION_SHARE,
    HEAVY_USAGE_INDEX,
    BDI,
    CDI,
    SHARE_OF_NEW,
    SHARE_STABILITY,
)
"""KPIs of this theme."""

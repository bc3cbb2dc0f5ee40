"""Do we win customers, and at what cost? KPIs of winning them."""

from __future__ import annotations

from saydo.kpis.conversion import CONVERSION
from saydo.kpis.kpi import Kpi
from saydo.kpis.margins import average_presence, earns, margin
from saydo.kpis.measures import Share
from saydo.kpis.payback import Payback
from saydo.kpis.pooled import CostPer, Count, Rate, Ratio
from saydo.languages import noop as _

NEW_CUSTOMERS = Kpi(
    name="new_customers",
    is_core=True,
    label=_("New {customers}"),
    definition=_("{Customers} whose first day, or first order ever, lies in the period"),
    formula="count(first day in the period)",
    theme="acquisition",
    side="do",
    unit="count",
    better="higher",
    range=(0, float("inf")),
    needs={},
    uses="presence",
    mart="customers",
    measure=Count(of=lambda customers: customers.is_new),
    nothing=_("no new {customers} in this period"),
    source="Kaplan & Norton (1996), The Balanced Scorecard, ch. 4",
    pitfall=_(
        "First ever, not first this year: who comes back is not new. Merged accounts make new "
        "{customers} of old ones, and so do first orders older than the data."
    ),
)

ACQUISITION_RATE = Kpi(
    name="acquisition_rate",
    is_core=True,
    label=_("Acquisition rate"),
    definition=_("New {customers} per 100 {customers} at the start of the period"),
    formula="100 · new / at the start",
    theme="acquisition",
    side="do",
    unit="%",
    better="higher",
    range=(0, float("inf")),
    needs={},
    uses="presence",
    mart="customers",
    measure=Rate(
        events=lambda customers: customers.is_new,
        exposure=lambda customers: customers.active_at_start,
        times=100,
        protects_events=True,
    ),
    nothing=_("no {customers} at the start of this period"),
    source=_("Industry use"),
    pitfall=_("High in a young business whatever it does, because few were there before."),
)

CAC = Kpi(
    name="cac",
    is_core=True,
    label=_("{Customer} acquisition cost"),
    definition=_("Spend on winning {customers} in the period per new {customer} in it"),
    formula="spend / new",
    theme="acquisition",
    side="do",
    unit="money per customer",
    better="lower",
    range=(0, float("inf")),
    needs={"marketing": ("month", "spend")},
    uses="presence",
    mart="customers",
    by_segment=False,
    measure=CostPer(
        cost=lambda customers: customers.spend,
        known=lambda customers: customers.n_spend_months,
        count=lambda customers: customers.is_new,
    ),
    nothing=_("no new {customers} in this period"),
    source="Farris et al. (2010), Marketing Metrics, 2nd ed.",
    pitfall=_(
        "Over all new {customers}, also those who would have come anyway. Spend works with a "
        "delay, and money spent on keeping {customers} must not be in it."
    ),
)

NET_CUSTOMER_GROWTH = Kpi(
    name="net_customer_growth",
    label=_("Net {customer} growth"),
    definition=_(
        "{Customers} at the end of the period less those at its start, per 100 at its start"
    ),
    formula="100 · (at the end − at the start) / at the start; (new − lost) / start",
    theme="acquisition",
    side="do",
    unit="%",
    better="higher",
    range=(-100, float("inf")),
    needs={},
    uses="presence",
    mart="customers",
    measure=Ratio(
        of=lambda customers: (
            customers.active_at_end.cast("int64") - customers.active_at_start.cast("int64")
        ),
        per=lambda customers: customers.active_at_start,
        among=lambda customers: customers.n_ends > 0,
        times=100,
        zero_elsewhere=True,
    ),
    nothing=_("no {customers} at the start of this period"),
    source="ClearPoint Strategy on the balanced scorecard",
    pitfall=_(
        "It hides losses behind gains: read it beside churn. Who came and left within the period "
        "counts on neither side; where staying means buying again, who came back is a gain."
    ),
)

CAC_PAYBACK = Kpi(
    name="cac_payback",
    label=_("Payback of the acquisition cost"),
    definition=_(
        "Spend on winning {customers} in the period per new {customer}, over the gross margin of "
        "the period's orders per {customer} and month"
    ),
    formula="(spend / new) / (Σ (revenue − cost) / (mean of start and end · months))",
    theme="acquisition",
    side="do",
    unit="months",
    better="lower",
    range=(0, float("inf")),
    needs={
        "marketing": ("month", "spend"),
        "orders": ("customer_id", "ordered_at", "revenue", "cost"),
    },
    uses="presence",
    mart="customers",
    by_segment=False,
    measure=Payback(
        spend=lambda customers: customers.spend,
        known=lambda customers: customers.n_spend_months,
        new=lambda customers: customers.is_new,
        margin=margin,
        presence=average_presence,
        months=lambda customers: customers.n_months,
        among=earns,
    ),
    nothing=_("no new {customers} in this period"),
    source=_("Software-as-a-service use"),
    pitfall=_(
        "Margin, not revenue, and that of all {customers}: new ones begin with an order, so that "
        "their first weeks would promise too much. Who leaves before paying back is not allowed "
        "for. Whoever has an order without a cost is left out of the margin."
    ),
)

COST_PER_LEAD = Kpi(
    name="cost_per_lead",
    label=_("Cost per lead"),
    definition=_("Spend on winning {customers} in the period per lead that came in during it"),
    formula="spend / leads",
    theme="acquisition",
    side="do",
    unit="money",
    better="lower",
    range=(0, float("inf")),
    needs={"marketing": ("month", "spend"), "leads": ("created_at",)},
    mart="leads",
    by_segment=False,
    measure=CostPer(
        cost=lambda leads: leads.spend,
        known=lambda leads: leads.n_spend_months,
        count=lambda leads: leads.lead_id.notnull(),
    ),
    nothing=_("no leads in this period"),
    source="PeopleSoft Enterprise Marketing, metrics",
    pitfall=_(
        "All spend over all leads, also of channels that bring {customers} without a lead. Cheap "
        "leads that never convert make it look well: read it beside the conversion of leads."
    ),
)

NEW_REVENUE_SHARE = Kpi(
    name="new_revenue_share",
    label=_("Revenue from new {customers}"),
    definition=_("Share of the period's revenue that comes from {customers} won in the period"),
    formula="100 · revenue of new / revenue",
    theme="acquisition",
    side="do",
    unit="%",
    better="context",
    range=(0, 100),
    needs={"orders": ("customer_id", "ordered_at", "revenue")},
    uses="presence",
    mart="customers",
    measure=Ratio(
        of=lambda customers: customers.is_new.ifelse(customers.revenue, 0),
        per=lambda customers: customers.revenue,
        among=lambda customers: customers.n_orders > 0,
        times=100,
        zero_elsewhere=True,
    ),
    nothing=_("no revenue in this period"),
    source="Kaplan & Norton (1996), The Balanced Scorecard, ch. 4",
    pitfall=_(
        "New within the period, so that a longer period has more of it: shares of months do not "
        "compare with those of years. It rises when old {customers} stop buying, too."
    ),
)

REFERRAL_RATE = Kpi(
    name="referral_rate",
    label=_("Referral rate"),
    definition=_("Share of the period's new {customers} whom another {customer} referred"),
    formula="100 · new with a referrer / new",
    theme="acquisition",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"customers": ("referred_by",)},
    uses="presence",
    mart="customers",
    measure=Share(
        of=lambda customers: customers.is_referred, among=lambda customers: customers.is_new
    ),
    nothing=_("no new {customers} in this period"),
    source="Reichheld (2003), The one number you need to grow, Harvard Business Review 81",
    pitfall=_(
        "Only referrals that were noted: who came on a friend's word and did not say so counts as "
        "not referred. The deed behind the word of those who would recommend us."
    ),
)

ACQUISITION = (
    NEW_CUSTOMERS,
    ACQUISITION_RATE,
    NET_CUSTOMER_GROWTH,
    CAC,
    CAC_PAYBACK,
    COST_PER_LEAD,
    *CONVERSION,
    NEW_REVENUE_SHARE,
    REFERRAL_RATE,
)
"""KPIs of this theme."""

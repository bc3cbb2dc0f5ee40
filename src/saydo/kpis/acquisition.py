"""Do we win customers, and at what cost? KPIs of winning them."""

from __future__ import annotations

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Share
from saydo.kpis.pooled import CostPer, Count, Rate
from saydo.languages import noop as _

NEW_CUSTOMERS = Kpi(
    name="new_customers",
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

LEAD_CONVERSION = Kpi(
    name="lead_conversion",
    label=_("Lead conversion rate"),
    definition=_("Share of the leads that came in during the period who have become {customers}"),
    formula="100 · leads converted / leads",
    theme="acquisition",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"leads": ("created_at", "converted_at")},
    mart="leads",
    by_segment=False,
    measure=Share(
        of=lambda leads: leads.converted_at.notnull(),
        among=lambda leads: leads.lead_id.notnull(),
    ),
    nothing=_("no leads in this period"),
    source=_("Industry use"),
    pitfall=_(
        "Each lead counts in the period in which it came in, so that the latest periods still rise "
        "as their leads are won. {Customers} won in a period over leads of that period mix cohorts."
    ),
)

ACQUISITION = (NEW_CUSTOMERS, ACQUISITION_RATE, CAC, LEAD_CONVERSION)
"""KPIs of this theme."""

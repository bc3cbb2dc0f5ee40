"""Do we keep what we promise? KPIs of help, delivery, quality and first value."""

from __future__ import annotations

from math import inf

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Share
from saydo.kpis.pooled import PooledShare, Rate
from saydo.kpis.sales import RETURN_RATE
from saydo.kpis.service_help import HELP
from saydo.kpis.service_times import TIMES
from saydo.languages import noop as _

OTIF = Kpi(
    name="otif",
    is_core=True,
    label=_("On time in full"),
    definition=_("Share of orders promised for the period that came complete and by the promise"),
    formula="100 · on time and complete / due",
    theme="service",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"orders": ("promised_at", "delivered_at", "is_complete")},
    mart="deliveries",
    measure=PooledShare(
        hits=lambda customers: customers.n_on_time,
        trials=lambda customers: customers.n_due,
    ),
    nothing=_("no deliveries due in this period"),
    source="APICS Dictionary, 16th ed.",
    pitfall=_(
        "Due and not delivered is a failure. Against the first promise: dates moved later flatter "
        "it. A promise without a time of day holds until that day ends; orders without one are "
        "left out."
    ),
)

DEFECT_RATE = Kpi(
    name="defect_rate",
    label=_("Defect rate as seen by {customers}"),
    definition=_(
        "Complaints of the period about definitions.defect_topic per 1,000 units ordered in it"
    ),
    formula="1000 · complaints about the product / units",
    theme="service",
    side="do",
    unit="per 1000",
    better="lower",
    range=(0, inf),
    needs={
        "tickets": ("customer_id", "opened_at", "topic", "is_complaint"),
        "orders": ("customer_id", "ordered_at", "quantity"),
    },
    mart="customers",
    measure=Rate(
        events=lambda customers: customers.n_defects,
        exposure=lambda customers: customers.quantity,
        times=1000,
    ),
    nothing=_("no units ordered in this period"),
    source="Kaplan & Norton (1996), The Balanced Scorecard, ch. 4",
    pitfall=_(
        "Each complaint counts as one unit, and most defects are never reported. Reports come "
        "late, so that many are about units of the period before: in a growing business it looks "
        "better than it is."
    ),
)

ACTIVATION_RATE = Kpi(
    name="activation_rate",
    label=_("Activation rate"),
    definition=_(
        "Share of new {customers} with definitions.value_event within their first "
        "definitions.activation_days, among those for whom these ended in the period"
    ),
    formula="100 · reached the event within the days / new",
    theme="service",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"customers": ("acquired_on",), "events": ("customer_id", "event", "at")},
    settings=("definitions.value_event",),
    mart="activations",
    measure=Share(of=lambda customers: customers.is_activated),
    nothing=_("no new {customer}'s first days ended in this period"),
    source=_("Industry use"),
    pitfall=_(
        "Everyone has had the same number of days, and those who left within them stay in. What "
        "counts as value is a choice: an event that comes before anything useful happens is "
        "reached by all."
    ),
)

SERVICE = (*TIMES, *HELP, OTIF, DEFECT_RATE, RETURN_RATE, ACTIVATION_RATE)
"""KPIs of this theme."""

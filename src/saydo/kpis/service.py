"""Do we keep what we promise? KPIs of help and delivery."""

from __future__ import annotations

from saydo.kpis.distributions import Quantile
from saydo.kpis.kpi import Kpi
from saydo.kpis.pooled import PooledShare
from saydo.languages import noop as _

FRT_MEDIAN = Kpi(
    name="frt_median",
    label=_("First reply time (median)"),
    definition=_(
        "Median time from opening a ticket to the first reply by a person, over tickets opened in "
        "the period"
    ),
    formula="median(first reply − opened)",
    theme="service",
    side="do",
    unit="hours",
    better="lower",
    range=(0, float("inf")),
    needs={"tickets": ("customer_id", "opened_at", "first_reply_at")},
    mart="tickets",
    measure=Quantile(of=lambda tickets: tickets.hours_to_reply),
    nothing=_("no tickets in this period"),
    source="Zendesk, Explore metrics",
    pitfall=_(
        "Calendar hours. Automatic replies must not count as first ones. Tickets without a reply "
        "count as slower than any other, so those of the last days weigh on it."
    ),
)

OTIF = Kpi(
    name="otif",
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

SERVICE = (FRT_MEDIAN, OTIF)
"""KPIs of this theme."""

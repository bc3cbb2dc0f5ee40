"""How long does it take? KPIs of waiting: for replies, solutions, deliveries and first value.

Medians by Kaplan–Meier: what is not over yet counts with the time it has taken so far. Left out it
would flatter, and taken for endless it would do the opposite.
"""

from __future__ import annotations

from math import inf

from saydo.kpis.distributions import Quantile
from saydo.kpis.kpi import Kpi
from saydo.kpis.waiting import MedianCountedWait, MedianWait
from saydo.languages import noop as _

_OPENED = ("customer_id", "opened_at")
_NO_TICKETS = _("no tickets in this period")
_ZENDESK = "Zendesk, About native Support time duration metrics"

FRT_MEDIAN = Kpi(
    name="frt_median",
    is_core=True,
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
    range=(0, inf),
    needs={"tickets": (*_OPENED, "first_reply_at")},
    mart="tickets",
    measure=MedianWait(
        time=lambda tickets: tickets.hours_to_reply, is_over=lambda tickets: tickets.is_replied
    ),
    nothing=_NO_TICKETS,
    source=_ZENDESK,
    pitfall=_(
        "Calendar hours. Automatic replies must not count as first ones. Tickets without a reply "
        "count with the time they have waited so far (Kaplan–Meier): left out, they would flatter "
        "it."
    ),
)

FIRST_RESOLUTION_TIME = Kpi(
    name="first_resolution_time",
    label=_("First resolution time (median)"),
    definition=_(
        "Median time from opening a ticket to its first being marked as solved, over tickets "
        "opened in the period"
    ),
    formula="median(first solved − opened)",
    theme="service",
    side="do",
    unit="hours",
    better="lower",
    range=(0, inf),
    needs={"tickets": (*_OPENED, "first_solved_at")},
    mart="tickets",
    measure=MedianWait(
        time=lambda tickets: tickets.hours_to_first_solution,
        is_over=lambda tickets: tickets.is_solved_first,
    ),
    nothing=_NO_TICKETS,
    source=_ZENDESK,
    pitfall=_(
        "The first solution may not be the last: see full resolution time. Calendar hours. Tickets "
        "still open count with the time they have been so far (Kaplan–Meier)."
    ),
)

FULL_RESOLUTION_TIME = Kpi(
    name="full_resolution_time",
    label=_("Full resolution time (median)"),
    definition=_(
        "Median time from opening a ticket to its being solved for good, over tickets opened in "
        "the period"
    ),
    formula="median(last solved − opened)",
    theme="service",
    side="do",
    unit="hours",
    better="lower",
    range=(0, inf),
    needs={"tickets": (*_OPENED, "solved_at")},
    mart="tickets",
    measure=MedianWait(
        time=lambda tickets: tickets.hours_to_solution, is_over=lambda tickets: tickets.is_solved
    ),
    nothing=_NO_TICKETS,
    source=_ZENDESK,
    pitfall=_(
        "Opening a ticket again extends it, also after the period. Calendar hours. Tickets still "
        "open count with the time they have been so far (Kaplan–Meier)."
    ),
)

REQUESTER_WAIT = Kpi(
    name="requester_wait",
    label=_("Requester wait time (median)"),
    definition=_(
        "Median time that a ticket was new, open or on hold, over tickets opened in the period"
    ),
    formula="median(hours new, open or on hold)",
    theme="service",
    side="do",
    unit="hours",
    better="lower",
    range=(0, inf),
    needs={"tickets": (*_OPENED, "wait_hours")},
    mart="tickets",
    measure=Quantile(of=lambda tickets: tickets.wait_hours),
    nothing=_NO_TICKETS,
    source=_ZENDESK,
    pitfall=_(
        "Time in which we waited for the requester is not in it, so that a question back stops the "
        "clock. Tickets whose wait is not known yet count as longer than any other."
    ),
)

LEAD_TIME = Kpi(
    name="lead_time",
    label=_("Order-to-delivery time (median)"),
    definition=_("Median time from order to delivery, over orders of the period"),
    formula="median(delivered − ordered)",
    theme="service",
    side="do",
    unit="days",
    better="lower",
    range=(0, inf),
    needs={"orders": ("customer_id", "ordered_at", "delivered_at")},
    mart="shipments",
    measure=MedianCountedWait(
        time=lambda orders: orders.days_to_delivery,
        is_over=lambda orders: orders.is_delivered,
        n=lambda orders: orders.n_orders,
        n_people=lambda orders: orders.n_people,
    ),
    nothing=_("no orders in this period"),
    source=_("Industry use"),
    pitfall=_(
        "Orders still under way count with the time they have taken so far (Kaplan–Meier): left "
        "out, the slow ones of the last days would be missing. Orders called off must not be in "
        "the table. In whole hours where times of day are known."
    ),
)

TIME_TO_VALUE = Kpi(
    name="time_to_value",
    label=_("Time to value (median)"),
    definition=_(
        "Median time from the first day as a {customer} to the first definitions.value_event, over "
        "{customers} whose first day lies in the period"
    ),
    formula="median(first value event − first day), by Kaplan–Meier",
    theme="service",
    side="do",
    unit="days",
    better="lower",
    range=(0, inf),
    needs={"customers": ("acquired_on",), "events": ("customer_id", "event", "at")},
    settings=("definitions.value_event",),
    mart="newcomers",
    measure=MedianWait(
        time=lambda customers: customers.days_to_value,
        is_over=lambda customers: customers.has_reached,
    ),
    nothing=_("no new {customers} in this period"),
    source="Kaplan & Meier (1958), J. Amer. Statist. Assoc. 53; QuestionPro, time to value",
    pitfall=_(
        "{Customers} who have not reached it count with the days until they left or the last day "
        "known: left out, they would make it look faster than it is. One event stands for value in "
        "all segments, which may come for different things."
    ),
)

TIMES = (
    FRT_MEDIAN,
    FIRST_RESOLUTION_TIME,
    FULL_RESOLUTION_TIME,
    REQUESTER_WAIT,
    LEAD_TIME,
    TIME_TO_VALUE,
)
"""KPIs of how long it takes."""

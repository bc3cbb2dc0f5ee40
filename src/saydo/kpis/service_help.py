"""Does who asks for help get it? KPIs of tickets, and of customers who help themselves."""

from __future__ import annotations

from math import inf

from saydo.kpis.kpi import Kpi
from saydo.kpis.pooled import PooledShare, Rate
from saydo.languages import noop as _

_OPENED = ("customer_id", "opened_at")
_NONE_SOLVED = _("no tickets solved in this period")

ONE_TOUCH_RATE = Kpi(
    name="one_touch_rate",
    label=_("One-touch resolution rate"),
    definition=_(
        "Share of tickets solved for good in the period with exactly one reply, among those with a "
        "known number of replies"
    ),
    formula="100 · solved with one reply / solved",
    theme="service",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"tickets": (*_OPENED, "solved_at", "replies")},
    mart="help_given",
    measure=PooledShare(
        hits=lambda customers: customers.n_one_touch,
        trials=lambda customers: customers.n_replies_known,
    ),
    nothing=_NONE_SOLVED,
    source="Zendesk, How are one-touch resolutions calculated?",
    pitfall=_(
        "Published as fewer than two replies and as exactly one: here exactly one, because a "
        "ticket closed without a word was not solved by a touch. Such tickets stay in the base."
    ),
)

FCR = Kpi(
    name="fcr",
    label=_("First-contact resolution"),
    definition=_(
        "Share of issues answered within a fixed wait without another ticket of the {customer} on "
        "the topic in that time, among those whose wait ended in the period"
    ),
    formula="100 · answered, no other ticket on the topic within the wait / issues",
    theme="service",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"tickets": (*_OPENED, "first_reply_at", "topic")},
    mart="help_given",
    measure=PooledShare(
        hits=lambda customers: customers.n_settled,
        trials=lambda customers: customers.n_issues,
    ),
    nothing=_("no issue's wait ended in this period"),
    source="Cleveland (2019), Call Center Management on Fast Forward, 4th ed.",
    pitfall=_(
        "As our records have it, not as {customers} say: who gives up after a reply counts as "
        "helped. The wait is definitions.repeat_contact_days, where 7 and 30 days are both in use. "
        "A ticket that follows another within it belongs to the same issue; tickets without a "
        "topic are left out."
    ),
)

REOPEN_RATE = Kpi(
    name="reopen_rate",
    label=_("Reopen rate"),
    definition=_(
        "Share of tickets solved for good in the period that had been opened again at least once"
    ),
    formula="100 · opened again / solved",
    theme="service",
    side="do",
    unit="%",
    better="lower",
    range=(0, 100),
    needs={"tickets": (*_OPENED, "solved_at", "reopens")},
    mart="help_given",
    measure=PooledShare(
        hits=lambda customers: customers.n_reopened,
        trials=lambda customers: customers.n_reopens_known,
    ),
    nothing=_NONE_SOLVED,
    source=_("Zendesk; industry use"),
    pitfall=_(
        "A word of thanks opens a ticket again in many help desks. Each ticket counts once, when "
        "its last solution came, so that one just solved for the first time is not judged too "
        "early; one open again counts when it is solved."
    ),
)

CONTACT_RATE = Kpi(
    name="contact_rate",
    label=_("Contact rate"),
    definition=_("Tickets opened in the period per 100 orders in it"),
    formula="100 · tickets / orders",
    theme="service",
    side="do",
    unit="per 100",
    better="lower",
    range=(0, inf),
    needs={"tickets": _OPENED, "orders": ("customer_id", "ordered_at")},
    mart="customers",
    measure=Rate(
        events=lambda customers: customers.n_tickets,
        exposure=lambda customers: customers.n_orders,
        times=100,
    ),
    nothing=_("no orders in this period"),
    source=_("Industry use"),
    pitfall=_(
        "Low may mean hard to reach. A ticket may be about an order of the period before, so that "
        "it rises when orders fall."
    ),
)

ESCALATION_RATE = Kpi(
    name="escalation_rate",
    label=_("Escalation rate"),
    definition=_("Share of tickets opened in the period that were passed to a higher level"),
    formula="100 · escalated / tickets",
    theme="service",
    side="do",
    unit="%",
    better="lower",
    range=(0, 100),
    needs={"tickets": (*_OPENED, "is_escalated")},
    mart="help_given",
    measure=PooledShare(
        hits=lambda customers: customers.n_escalated,
        trials=lambda customers: customers.n_escalation_known,
    ),
    nothing=_("no tickets in this period"),
    source=_("Industry use"),
    pitfall=_(
        "Tickets of the last days can still be escalated. A low rate may mean that nobody dares "
        "to. Tickets of which it is not known are left out."
    ),
)

SLA_ATTAINMENT = Kpi(
    name="sla_attainment",
    label=_("Service-level attainment"),
    definition=_(
        "Share of tickets whose first reply was due in the period that had it by then; it is due "
        "definitions.reply_target_hours after opening"
    ),
    formula="100 · replied within the target / due",
    theme="service",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"tickets": (*_OPENED, "first_reply_at")},
    mart="help_given",
    measure=PooledShare(
        hits=lambda customers: customers.n_in_time,
        trials=lambda customers: customers.n_due,
    ),
    nothing=_("no replies due in this period"),
    source=_("Industry use"),
    pitfall=_(
        "Calendar hours: the clock is never paused, neither at night nor while we wait for the "
        "requester. A ticket without a reply when it was due is a failure."
    ),
)

SELF_SERVICE_RATE = Kpi(
    name="self_service_rate",
    label=_("Self-service success"),
    definition=_(
        "Share of help sessions after which the {customer} opened no ticket for a fixed wait, "
        "among those whose wait ended in the period"
    ),
    formula="100 · sessions without a ticket within the wait / sessions",
    theme="service",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"events": ("customer_id", "event", "at"), "tickets": _OPENED},
    settings=("definitions.help_event",),
    mart="help_given",
    measure=PooledShare(
        hits=lambda customers: customers.n_self_served,
        trials=lambda customers: customers.n_sessions,
    ),
    nothing=_("no help session's wait ended in this period"),
    source=_("Industry use"),
    pitfall=_(
        "Giving up looks like success. All that a {customer} reads on one day is one session; the "
        "wait is definitions.self_service_days from its beginning."
    ),
)

HELP = (
    ONE_TOUCH_RATE,
    FCR,
    REOPEN_RATE,
    CONTACT_RATE,
    ESCALATION_RATE,
    SLA_ATTAINMENT,
    SELF_SERVICE_RATE,
)
"""KPIs of help, but for how long it takes."""

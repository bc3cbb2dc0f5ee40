"""How do customers and we get on? KPIs of complaints, and of words against deeds."""

from __future__ import annotations

from saydo.kpis.engagement import ENGAGEMENT
from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Share
from saydo.kpis.pooled import Rate
from saydo.languages import noop as _

_COMPLAINTS = ("customer_id", "opened_at", "is_complaint")

COMPLAINT_RATE = Kpi(
    name="complaint_rate",
    is_core=True,
    label=_("Complaint rate"),
    definition=_("Complaints of the period per 1,000 orders in it"),
    formula="1000 · complaints / orders",
    theme="relationship",
    side="do",
    unit="per 1000",
    better="lower",
    range=(0, float("inf")),
    needs={"tickets": _COMPLAINTS, "orders": ("customer_id", "ordered_at")},
    mart="customers",
    measure=Rate(
        events=lambda customers: customers.n_complaints,
        exposure=lambda customers: customers.n_orders,
        times=1000,
    ),
    nothing=_("no orders in this period"),
    source="ISO 10002",
    pitfall=_(
        "Most unhappy {customers} never complain, and an easier way to do so raises it. A "
        "complaint may be about an order of the period before."
    ),
)

SAY_DO_GAP = Kpi(
    name="say_do_gap",
    is_core=True,
    label=_("Say-do gap"),
    definition=_(
        "Share of respondents whose deeds belie their words: satisfied, yet lost in the period, or "
        "dissatisfied, yet still there"
    ),
    formula="100 · (satisfied and lost + dissatisfied and stayed) / answered before",
    theme="relationship",
    side="both",
    unit="%",
    better="lower",
    range=(0, 100),
    needs={"answers": ("customer_id", "item", "score", "answered_at")},
    uses="presence and stay",
    mart="said_and_did",
    measure=Share(
        of=lambda people: (
            (people.is_satisfied & ~people.stayed) | (people.is_dissatisfied & people.stayed)
        )
    ),
    nothing=_("no answers before this period"),
    source="QuestionPro on the balanced scorecard",
    pitfall=_(
        "Respondents only, by their last answer before the period. Satisfied is the top quarter of "
        "the scale, dissatisfied the bottom quarter; who is in between is never off."
    ),
)

LOYAL_COMPLAINER = Kpi(
    name="loyal_complainer",
    is_core=True,
    label=_("Loyal complainer share"),
    definition=_(
        "Share of complainers who ordered again within a fixed wait, among those for whom that "
        "wait ended in the period"
    ),
    formula="100 · ordered again / complained",
    theme="relationship",
    side="both",
    unit="%",
    better="context",
    range=(0, 100),
    needs={"tickets": _COMPLAINTS, "orders": ("customer_id", "ordered_at")},
    mart="complainers",
    measure=Share(of=lambda complainers: complainers.bought_again),
    nothing=_("nobody's wait after a complaint ended in this period"),
    source="QuestionPro on the balanced scorecard",
    pitfall=_(
        "Good recovery raises it, and so does having nowhere else to go. The wait is that of "
        "retention or satisfaction in the params file."
    ),
)

RELATIONSHIP = (COMPLAINT_RATE, SAY_DO_GAP, LOYAL_COMPLAINER, *ENGAGEMENT)
"""KPIs of this theme."""

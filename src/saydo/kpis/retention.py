"""Do customers stay, renew and come back? KPIs of keeping them."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from saydo.kpis.buying_again import BUYING_AGAIN
from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Share
from saydo.kpis.pooled import PooledShare, Ratio
from saydo.kpis.staying import STAYING
from saydo.languages import noop as _

_NOBODY_THERE = _("no {customers} at the start of this period")


def _watched(customers: ir.Table) -> ir.Value:
    return customers.active_at_start & customers.stayed.notnull()


CRR = Kpi(
    name="crr",
    is_core=True,
    label=_("{Customer} retention rate"),
    definition=_("Share of {customers} at the start of the period who are still there at its end"),
    formula="100 · (E − N) / S, that is: stayed / at the start",
    theme="retention",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={},
    uses="stay",
    mart="customers",
    measure=Share(of=lambda customers: customers.stayed, among=_watched),
    nothing=_NOBODY_THERE,
    source="Farris et al. (2010), Marketing Metrics, 2nd ed.",
    pitfall=_(
        "{Customers} won within the period are on neither side. Rates over periods of different "
        "length can't be compared; where staying means buying again, the length is that wait."
    ),
)

CHURN_PERIOD = Kpi(
    name="churn_period",
    is_core=True,
    label=_("{Customer} churn rate"),
    definition=_("Share of {customers} at the start of the period who are lost within it"),
    formula="100 · lost of those at the start / at the start",
    theme="retention",
    side="do",
    unit="%",
    better="lower",
    range=(0, 100),
    needs={},
    uses="stay",
    mart="customers",
    measure=Share(of=lambda customers: ~customers.stayed, among=_watched),
    nothing=_NOBODY_THERE,
    source="Recurly (2014), A better way to calculate your churn rate",
    pitfall=_(
        "Losses among {customers} won within the period are left out: counted in, they would make "
        "churn rise with growth. There is no single definition, so name this one when comparing."
    ),
)

RENEWAL_RATE = Kpi(
    name="renewal_rate",
    is_core=True,
    label=_("Renewal rate"),
    definition=_("Share of contracts due for renewal in the period that were renewed"),
    formula="100 · renewed / due",
    theme="retention",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"subscriptions": ("renewal_due_on", "renewed")},
    mart="contracts",
    measure=PooledShare(
        hits=lambda customers: customers.n_renewed,
        trials=lambda customers: customers.n_due,
    ),
    nothing=_("no contracts due in this period"),
    source=_("Balanced scorecards, {customer} perspective"),
    pitfall=_(
        "Of contracts due, not of all. A contract due without a word counts as not renewed; one "
        "renewed early counts when it was due. Trials are left out."
    ),
)

REPEAT_PURCHASE_RATE = Kpi(
    name="repeat_purchase_rate",
    is_core=True,
    label=_("Repeat purchase rate"),
    definition=_(
        "Share of {customers} who ordered again within a fixed wait after their first order, among "
        "those for whom that wait ended in the period"
    ),
    formula="100 · with two or more orders in the wait / with a first order whose wait ended",
    theme="retention",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"orders": ("customer_id", "ordered_at")},
    mart="first_purchases",
    measure=Share(of=lambda customers: customers.n_orders >= 2),
    nothing=_("nobody's wait after a first order ended in this period"),
    source=_("Industry use"),
    pitfall=_(
        "The wait is that of retention or satisfaction in the params file. Without it, recent "
        "{customers}, who had little time, would pull it down. First orders older than the data "
        "are not known as such, and an account is not always a person."
    ),
)

NRR = Kpi(
    name="nrr",
    is_core=True,
    label=_("Net revenue retention"),
    definition=_(
        "Recurring revenue on the period's last day from the {customers} of twelve months before, "
        "over their revenue then"
    ),
    formula="100 · (MRR₀ + expansion − contraction − churn) / MRR₀",
    theme="retention",
    side="do",
    unit="%",
    better="higher",
    range=(0, float("inf")),
    needs={"subscriptions": ("ends_on", "monthly_revenue")},
    mart="contracts",
    measure=Ratio(
        of=lambda customers: customers.mrr_now,
        per=lambda customers: customers.mrr_before,
        among=lambda customers: customers.mrr_before > 0,
        times=100,
    ),
    nothing=_("no recurring revenue twelve months before"),
    source=_("Software-as-a-service use"),
    pitfall=_(
        "New {customers} are left out. Some use a base of 30 days instead of twelve months. A few "
        "large contracts can hide many lost ones."
    ),
)

GRR = Kpi(
    name="grr",
    label=_("Gross revenue retention"),
    definition=_(
        "What was kept, by the period's last day, of the recurring revenue twelve months before: "
        "of each {customer} at most as much as then, over that revenue"
    ),
    formula="100 · Σ min(MRR now, MRR₀) / Σ MRR₀",
    theme="retention",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"subscriptions": ("ends_on", "monthly_revenue")},
    mart="contracts",
    measure=Ratio(
        of=lambda customers: ibis.least(customers.mrr_now, customers.mrr_before),
        per=lambda customers: customers.mrr_before,
        among=lambda customers: customers.mrr_before > 0,
        times=100,
    ),
    nothing=_("no recurring revenue twelve months before"),
    source=_("Software-as-a-service use"),
    pitfall=_(
        "Growth is cut off {customer} by {customer}, not in total, where that of some would hide "
        "the losses of others. It can't exceed 100%, nor net revenue retention."
    ),
)

REVENUE_CHURN = Kpi(
    name="revenue_churn",
    label=_("Revenue churn"),
    definition=_(
        "Recurring revenue of twelve months before from {customers} who pay nothing any more on "
        "the period's last day, over all recurring revenue then"
    ),
    formula="100 · Σ MRR₀ where MRR now is 0 / Σ MRR₀",
    theme="retention",
    side="do",
    unit="%",
    better="lower",
    range=(0, 100),
    needs={"subscriptions": ("ends_on", "monthly_revenue")},
    mart="contracts",
    measure=Ratio(
        of=lambda customers: (customers.mrr_now > 0).ifelse(0.0, customers.mrr_before),
        per=lambda customers: customers.mrr_before,
        among=lambda customers: customers.mrr_before > 0,
        times=100,
    ),
    nothing=_("no recurring revenue twelve months before"),
    source=_("Software-as-a-service use"),
    pitfall=_(
        "Lost by cancellation alone: who pays less counts as kept. With contraction counted too it "
        "is 100% less gross revenue retention. Who came back by the last day was not lost."
    ),
)

PURCHASE_FREQUENCY = Kpi(
    name="purchase_frequency",
    is_core=True,
    label=_("Purchase frequency"),
    definition=_("Orders per {customer} who ordered in the period"),
    formula="orders / buyers",
    theme="retention",
    side="do",
    unit="orders per customer",
    better="higher",
    range=(1, float("inf")),
    needs={"orders": ("customer_id", "ordered_at")},
    mart="customers",
    measure=Ratio(
        of=lambda customers: customers.n_orders,
        per=lambda customers: customers.n_orders > 0,
        among=lambda customers: customers.n_orders > 0,
        zero_elsewhere=True,
    ),
    nothing=_("no orders in this period"),
    source="QuestionPro on the balanced scorecard",
    pitfall=_("Per buyer, not per {customer}: it can rise because rare buyers stopped buying."),
)

SILENT_CHURN = Kpi(
    name="silent_churn",
    is_core=True,
    label=_("Silent churn"),
    definition=_(
        "Share of {customers} lost in the period who neither complained nor gave a low score "
        "before, among those who had been asked"
    ),
    formula="100 · lost without a sign / lost and asked before",
    theme="retention",
    side="both",
    unit="%",
    better="lower",
    range=(0, 100),
    needs={
        "answers": ("customer_id", "item", "score", "answered_at"),
        "tickets": ("customer_id", "opened_at", "is_complaint"),
    },
    uses="presence and stay",
    mart="departures",
    measure=Share(of=lambda lost: ~lost.spoke_up),
    nothing=_("nobody lost in this period had been asked"),
    source="QuestionPro on the balanced scorecard",
    pitfall=_(
        "Who was never asked was not silent and is left out. Without a table of invitations only "
        "those who answered are known to have been asked."
    ),
)

RETENTION = (
    CRR,
    CHURN_PERIOD,
    RENEWAL_RATE,
    REPEAT_PURCHASE_RATE,
    NRR,
    GRR,
    REVENUE_CHURN,
    PURCHASE_FREQUENCY,
    SILENT_CHURN,
    *STAYING,
    *BUYING_AGAIN,
)
"""KPIs of this theme."""

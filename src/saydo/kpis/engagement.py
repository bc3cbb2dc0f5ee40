"""Do customers make use of what they have? KPIs of activity, use and membership."""

from __future__ import annotations

import ibis.expr.types as ir

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Mean, Share
from saydo.kpis.pooled import PooledShare
from saydo.languages import noop as _

_NOBODY_AT_THE_END = _("no {customers} at the end of this period")


def _is_at_end(customers: ir.Table) -> ir.Value:
    return customers.active_at_end


TENURE_MEAN = Kpi(
    name="tenure_mean",
    label=_("Average tenure"),
    definition=_(
        "Mean number of days from the first day as a {customer} until the last day of the period, "
        "of those who are {customers} on it"
    ),
    formula="Σ (last day of the period − first day) / at the end",
    theme="relationship",
    side="do",
    unit="days",
    better="higher",
    range=(0, float("inf")),
    needs={"customers": ("acquired_on",)},
    uses="presence",
    mart="customers",
    measure=Mean(
        of=lambda customers: customers.tenure_days.cast("float64"),
        among=lambda customers: customers.active_at_end & customers.acquired_on.notnull(),
    ),
    nothing=_NOBODY_AT_THE_END,
    source="Bolton (1998), Marketing Science 17, 45–65",
    pitfall=_(
        "No estimate of how long {customers} stay: these are not over, and long ones are likelier "
        "to be met. Winning many new {customers} lowers it. Those of unknown first day are left "
        "out."
    ),
)

ACTIVE_RATE = Kpi(
    name="active_rate",
    label=_("Active {customer} rate"),
    definition=_(
        "Share of the {customers} at the end of the period who did anything that the events tell "
        "of within it"
    ),
    formula="100 · with an event in the period / at the end",
    theme="relationship",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"events": ("customer_id", "at")},
    uses="presence",
    mart="customers",
    measure=Share(of=lambda customers: customers.n_events > 0, among=_is_at_end),
    nothing=_NOBODY_AT_THE_END,
    source=_("Industry use"),
    pitfall=_(
        "Any event counts, also one that needs no will, such as an automatic log-in: give only "
        "those that mean something. Who left within the period is not among them. A longer period "
        "has more who are active."
    ),
)

ENGAGEMENT_DEPTH = Kpi(
    name="engagement_depth",
    label=_("Usage depth"),
    definition=_(
        "Share of the features paid for that {customers} used in the period, over all {customers} "
        "at its end"
    ),
    formula="100 · Σ distinct features used / (at the end · features)",
    theme="relationship",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"events": ("customer_id", "event", "at")},
    uses="presence",
    settings=("definitions.features",),
    mart="customers",
    measure=PooledShare(
        hits=lambda customers: customers.active_at_end.ifelse(customers.n_features_used, 0),
        trials=lambda customers: customers.active_at_end.ifelse(customers.n_features, 0),
    ),
    nothing=_NOBODY_AT_THE_END,
    source=_("{Customer} success use"),
    pitfall=_(
        "Every {customer} is taken to have paid for all of `definitions.features`. A feature used "
        "once counts as much as one used daily. {Customers} without any event count as using none."
    ),
)

PROGRAM_PARTICIPATION = Kpi(
    name="program_participation",
    label=_("Loyalty-programme participation"),
    definition=_(
        "Share of the {customers} who ordered in the period who belong to the loyalty programme"
    ),
    formula="100 · members who ordered / all who ordered",
    theme="relationship",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"customers": ("is_member",), "orders": ("customer_id", "ordered_at")},
    mart="customers",
    measure=Share(
        of=lambda customers: customers.is_member,
        among=lambda customers: (customers.n_orders > 0) & customers.is_member.notnull(),
    ),
    nothing=_("no orders in this period"),
    source=_("Industry use"),
    pitfall=_(
        "Members may have been better {customers} before they joined, so that buying more does "
        "not show that the programme works. Membership is as it stands today, for earlier periods "
        "too; where it is not known, {customers} are left out."
    ),
)

ENGAGEMENT = (TENURE_MEAN, ACTIVE_RATE, ENGAGEMENT_DEPTH, PROGRAM_PARTICIPATION)
"""KPIs of this file."""

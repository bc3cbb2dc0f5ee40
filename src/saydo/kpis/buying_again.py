"""Do customers buy again, and when? KPIs of retention that are told from orders alone."""

from __future__ import annotations

import ibis.expr.types as ir

from saydo.kpis.distributions import Quantile
from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Share
from saydo.kpis.projections import MeanPAlive
from saydo.languages import noop as _

_ORDERS = {"orders": ("customer_id", "ordered_at")}


def _is_watched_cohort(buyers: ir.Table) -> ir.BooleanValue:
    watched: ir.BooleanValue = buyers.is_cohort & buyers.is_watched
    return watched


P_ALIVE = Kpi(
    name="p_alive",
    label=_("Chance of still being a buyer"),
    definition=_(
        "Mean chance of all who ever ordered that, at the end of the period, they have not stopped "
        "for good, by the BG/NBD model of their numbers and times of orders"
    ),
    formula="100 · mean of 1 / (1 + [x>0] · a/(b+x−1) · ((α+T)/(α+tₓ))^(r+x))",
    theme="retention",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs=_ORDERS,
    mart="order_histories",
    last_only=True,
    measure=MeanPAlive(
        x=lambda buyers: buyers.x,
        weeks_to_last=lambda buyers: buyers.weeks_to_last,
        weeks=lambda buyers: buyers.weeks,
    ),
    nothing=_("nobody with a known first order"),
    source="Fader, Hardie & Lee (2005), Marketing Science 24, 275–284",
    pitfall=_(
        "Who ordered but once counts as alive, for the model has stopping follow a further order. "
        "Orders of one day are one, and the first is no repeat. {Customers} won before the orders "
        "begin are left out; times are in weeks."
    ),
)

REPEAT_WITHIN_W = Kpi(
    name="repeat_within_w",
    label=_("Repeat within a fixed time"),
    definition=_(
        "Share of {customers} who ordered again within a fixed time after their first order, by "
        "default 180 days, among those for whom that time ended in the period"
    ),
    formula="100 · second order within the time / first orders whose time ended",
    theme="retention",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs=_ORDERS,
    mart="first_orders",
    measure=Share(of=lambda buyers: buyers.has_repeated, among=lambda buyers: ~buyers.is_cohort),
    nothing=_("nobody's time after a first order ended in this period"),
    source=_("Industry use"),
    pitfall=_(
        "Whose time is not over is left out, not counted as lost. It tells of first orders that "
        "lie one such time back. The time is `definitions.repeat_days`; first orders older than "
        "the data are not known as such."
    ),
)

FIRST_TO_SECOND = Kpi(
    name="first_to_second",
    label=_("First-to-second order conversion"),
    definition=_(
        "Share of the {customers} whose first order lies in the period who ordered again within a "
        "fixed time after it, by default 180 days"
    ),
    formula="100 · second order within the time / first orders in the period",
    theme="retention",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs=_ORDERS,
    mart="first_orders",
    measure=Share(of=lambda buyers: buyers.has_repeated, among=_is_watched_cohort),
    nothing=_("nobody's first order lies in this period"),
    otherwise=((lambda buyers: buyers.is_cohort & ~buyers.is_watched, _("window not finished")),),
    source=_("Industry use"),
    pitfall=_(
        "Shown only once that time is over for all of the period's first orders, so that the "
        "latest periods have none yet. The same time for everyone, `definitions.repeat_days`: "
        "older cohorts had no longer to come back."
    ),
)

REACTIVATION_RATE = Kpi(
    name="reactivation_rate",
    label=_("Reactivation rate"),
    definition=_(
        "Share of the {customers} who had lapsed when the period began, with no order for a fixed "
        "time, who ordered in it"
    ),
    formula="100 · lapsed at the start and ordered / lapsed at the start",
    theme="retention",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs=_ORDERS,
    mart="order_histories",
    measure=Share(of=lambda buyers: buyers.ordered, among=lambda buyers: buyers.was_lapsed),
    nothing=_("nobody had lapsed when this period began"),
    source="Court323, Glossary of retention metrics",
    pitfall=_(
        "It falls as the lapsed pile up, for everyone who ever ordered is among them. The time "
        "after which one has lapsed is a choice (`definitions.lapse_days`): the shorter it is, the "
        "more come back who had never gone."
    ),
)

LAPSE_RATE = Kpi(
    name="lapse_rate",
    label=_("Lapse rate"),
    definition=_(
        "Share of the {customers} who were active when the period began, with an order in a fixed "
        "time before, who at its end had not ordered for as long"
    ),
    formula="100 · active at the start and lapsed at the end / active at the start",
    theme="retention",
    side="do",
    unit="%",
    better="lower",
    range=(0, 100),
    needs=_ORDERS,
    mart="order_histories",
    measure=Share(of=lambda buyers: buyers.has_lapsed, among=lambda buyers: buyers.was_active),
    nothing=_("nobody was active when this period began"),
    source=_("Practice of recency, frequency and monetary value (RFM)"),
    pitfall=_(
        "Who lapsed within the period and came back in it has not lapsed. The time is a choice "
        "(`definitions.lapse_days`): take one that few gaps between orders exceed, or look at the "
        "chance of still being a buyer."
    ),
)

RECENCY_DAYS = Kpi(
    name="recency_days",
    label=_("Days since last purchase"),
    definition=_(
        "Median number of days from the last order until the last day of the period, of all who "
        "had ordered by then"
    ),
    formula="median(last day of the period − day of the last order)",
    theme="retention",
    side="do",
    unit="days",
    better="lower",
    range=(0, float("inf")),
    needs=_ORDERS,
    mart="order_histories",
    measure=Quantile(of=lambda buyers: buyers.days_since),
    nothing=_("nobody had ordered by the end of this period"),
    source="Hughes (1994), Strategic Database Marketing",
    pitfall=_(
        "Everyone who ever ordered counts, also those long gone, so that it creeps up as the "
        "records grow longer. The day it is counted to is fixed: the period's last."
    ),
)

INTERPURCHASE_DAYS = Kpi(
    name="interpurchase_days",
    label=_("Days between purchases"),
    definition=_(
        "Median over repeat buyers of their mean number of days between orders, over the gaps that "
        "ended with an order in the period"
    ),
    formula="median of (last order − the one before the first gap) / gaps, per repeat buyer",
    theme="retention",
    side="do",
    unit="days",
    better="lower",
    range=(0, float("inf")),
    needs=_ORDERS,
    mart="order_histories",
    measure=Quantile(
        of=lambda buyers: buyers.days_between,
        among=lambda buyers: buyers.days_between.notnull(),
    ),
    nothing=_("nobody ordered again in this period"),
    source="ClearPoint Strategy on the balanced scorecard",
    pitfall=_(
        "Only repeat buyers have it, so that it says nothing of those who have stopped. Each buyer "
        "counts once, however many gaps; orders of one day are one. A gap may have begun long "
        "before the period."
    ),
)

BUYING_AGAIN = (
    P_ALIVE,
    REPEAT_WITHIN_W,
    FIRST_TO_SECOND,
    REACTIVATION_RATE,
    LAPSE_RATE,
    RECENCY_DAYS,
    INTERPURCHASE_DAYS,
)
"""KPIs of this file."""

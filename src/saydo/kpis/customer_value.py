"""What is a customer worth over a lifetime, so far and to come? KPIs of customer value."""

from __future__ import annotations

from saydo.kpis.constant_retention import RetentionValue, ValueOverCost
from saydo.kpis.kpi import Kpi
from saydo.kpis.margins import average_presence, earns, margin
from saydo.kpis.measures import Mean, Rows
from saydo.languages import noop as _

_COSTED_ORDERS = {"orders": ("customer_id", "ordered_at", "revenue", "cost")}

_CONSTANT_RETENTION: dict[str, Rows] = {
    "margin": margin,
    "presence": average_presence,
    "earns": earns,
    "watched": lambda customers: customers.active_at_start & customers.stayed.notnull(),
    "stayed": lambda customers: customers.stayed,
    "windows": lambda customers: customers.n_windows,
    "discount": lambda customers: customers.discount_rate,
}


CLV_HIST = Kpi(
    name="clv_hist",
    label=_("Margin to date per {customer}"),
    definition=_(
        "Mean over {customers} at the period's end of revenue less cost of goods of all their "
        "orders in the data until then"
    ),
    formula="Σ (revenue − cost), of all orders to date / at the end",
    theme="profitability",
    side="do",
    unit="money per customer",
    better="higher",
    needs=_COSTED_ORDERS,
    uses="presence",
    mart="value_to_date",
    measure=Mean(
        of=lambda customers: customers.margin,
        among=lambda customers: customers.n_uncosted == 0,
    ),
    nothing=_("no {customers} at the end of this period"),
    source=_("Industry use"),
    pitfall=_(
        "Often called lifetime value, though nothing is projected. It rises with age, and with the "
        "time that the data reach back: compare segments of like age only. {Customers} with an "
        "order of unknown cost are left out."
    ),
)


CLV_RETENTION = Kpi(
    name="clv_retention",
    label=_("Lifetime value at constant retention"),
    definition=_(
        "Worth today of the margins to come of one {customer}, if margin and retention stay as in "
        "the period; the margin of the period itself is not in it"
    ),
    formula="m · r / (1 + d − r), per period or wait for an order: margin m, retention r, rate d",
    theme="profitability",
    side="do",
    unit="money per customer",
    better="higher",
    needs=_COSTED_ORDERS,
    uses="presence and stay",
    mart="customers",
    measure=RetentionValue(**_CONSTANT_RETENTION),
    nothing=_("no {customers} at the start of this period"),
    source="Gupta & Lehmann (2003), Journal of Interactive Marketing 17(1)",
    pitfall=_(
        "The first margin is out; with it, the value would be higher by one. A constant rate "
        "understates what a mixed group is worth, for the loyal stay on. Margin, rate and "
        "discounting are all over the same time; seasons of the period go into all the future."
    ),
)


LTV_CAC = Kpi(
    name="ltv_cac",
    label=_("Lifetime value to acquisition cost"),
    definition=_(
        "Worth of one {customer} won, at the margin and retention of the period and with the "
        "first margin, over the spend on winning per new {customer} in the same period"
    ),
    formula="m · (1 + d) / (1 + d − r) / (spend / new)",
    theme="profitability",
    side="do",
    unit="ratio",
    better="higher",
    needs={**_COSTED_ORDERS, "marketing": ("month", "spend")},
    uses="presence and stay",
    mart="customers",
    by_segment=False,
    measure=ValueOverCost(
        **_CONSTANT_RETENTION,
        cost=lambda customers: customers.spend,
        known=lambda customers: customers.n_spend_months,
        won=lambda customers: customers.is_new,
    ),
    nothing=_("no new {customers} in this period"),
    source="Gupta & Lehmann (2005), Managing Customers as Investments, ch. 2",
    pitfall=_(
        "Both sides are of the same period and of everyone. It takes the new to earn and stay as "
        "all {customers} do; new ones mostly leave sooner, so that it flatters. Without an end: a "
        "horizon of some years would give less."
    ),
)

CUSTOMER_VALUE = (
    CLV_HIST,
    CLV_RETENTION,
    LTV_CAC,
)
"""KPIs of customer value, of the theme profitability."""

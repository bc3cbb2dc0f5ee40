"""What is a customer worth over a lifetime, so far and to come? KPIs of customer value."""

from __future__ import annotations

from saydo.kpis.constant_retention import RetentionValue, ValueOverCost
from saydo.kpis.kpi import Kpi
from saydo.kpis.margins import average_presence, earns, margin
from saydo.kpis.measures import Mean, Rows
from saydo.kpis.projected_value import ProjectedEquity, ProjectedValue
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
        among=lambda customers: customers.is_costed,
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
    source="Gupta & Lehmann (2005), ch. 2",
    pitfall=_(
        "Both sides are of the same period and of everyone. It takes the new to earn and stay as "
        "all {customers} do; new ones mostly leave sooner, so that it flatters. Without an end: a "
        "horizon of some years would give less."
    ),
)

CLV_PROB = Kpi(
    name="clv_prob",
    label=_("Lifetime value, projected"),
    definition=_(
        "Mean over {customers} at the period's end who ever ordered of the discounted margins "
        "expected of them in the next definitions.clv_months: purchases by the BG/NBD model, spend "
        "by the gamma-gamma model, times the margin's share of revenue"
    ),
    formula="Σ over months (E[x(t)] − E[x(t−1)]) · E[spend] · margin share / (1 + d)^(t − ½)",
    theme="profitability",
    side="do",
    unit="money per customer",
    better="higher",
    needs=_COSTED_ORDERS,
    uses="presence",
    mart="purchase_histories",
    last_only=True,
    measure=ProjectedValue(),
    nothing=_("no {customers} with orders at the end of this period"),
    source="Fader, Hardie & Lee (2005), J. Marketing Research 42 and Marketing Science 24",
    pitfall=_(
        "Purchases are discounted month by month, not as they add up, at a yearly rate. How much "
        "is spent must not depend on how often. The margin's share is that of the last year. Of "
        "{customers} from before the orders begin only these are known: the models are fitted "
        "without them, and value them by what they ordered since."
    ),
)

CUSTOMER_EQUITY = Kpi(
    name="customer_equity",
    label=_("{Customer} equity"),
    definition=_(
        "Discounted margins expected in the next definitions.clv_months of all {customers} at the "
        "period's end who ever ordered, and of those who will come if as many do as in the last "
        "twelve months, their first orders included"
    ),
    formula="Σ projected value of current + Σ over months (new a month · value from then on)",
    theme="profitability",
    side="do",
    unit="money",
    better="higher",
    needs=_COSTED_ORDERS,
    uses="presence",
    mart="purchase_histories",
    last_only=True,
    by_segment=False,
    measure=ProjectedEquity(),
    nothing=_("no {customers} with orders at the end of this period"),
    source="Rust, Lemon & Zeithaml (2004), Journal of Marketing 68",
    pitfall=_(
        "Before what it costs to serve and to win. It grows with the horizon, and takes as given "
        "that as many come, and buy and spend as until now. See the projected lifetime value for "
        "what its models take for granted."
    ),
)

CUSTOMER_VALUE = (CLV_HIST, CLV_RETENTION, LTV_CAC, CLV_PROB, CUSTOMER_EQUITY)
"""KPIs of customer value, of the theme profitability."""

"""What are customers worth? KPIs of revenue and profit in a period."""

from __future__ import annotations

from saydo.kpis.concentration import Peak
from saydo.kpis.customer_value import CUSTOMER_VALUE
from saydo.kpis.kpi import Kpi
from saydo.kpis.margins import average_presence, earns, margin, profit, was_served
from saydo.kpis.measures import Mean, Share
from saydo.kpis.pooled import Ratio
from saydo.kpis.sales import SALES
from saydo.kpis.value_measures import KnownRatio
from saydo.languages import noop as _

_COSTED = {
    "orders": ("customer_id", "ordered_at", "revenue", "cost"),
    "costs": ("customer_id", "month", "cost_to_serve"),
}
_NOBODY_SERVED = _("nobody ordered or was served in this period")


REVENUE_PER_CUSTOMER = Kpi(
    name="revenue_per_customer",
    is_core=True,
    label=_("Revenue per {customer}"),
    definition=_(
        "Revenue of the period over the mean of the numbers of {customers} at its start and end"
    ),
    formula="Σ revenue / ((at the start + at the end) / 2)",
    theme="profitability",
    side="do",
    unit="money per customer",
    better="higher",
    needs={"orders": ("customer_id", "ordered_at", "revenue")},
    uses="presence",
    mart="customers",
    measure=Ratio(
        of=lambda customers: customers.revenue,
        per=average_presence,
        among=lambda customers: (customers.n_ends > 0) | (customers.n_orders > 0),
        zero_elsewhere=True,
    ),
    nothing=_("no {customers} in this period"),
    source="PeopleSoft Enterprise Balanced Scorecard",
    pitfall=_("{Customers} at both ends without an order count too; per buyer it would be higher."),
)


CUSTOMER_PROFIT = Kpi(
    name="customer_profit",
    is_core=True,
    label=_("{Customer} profitability"),
    definition=_(
        "Mean of revenue less cost of goods and cost to serve, over {customers} who ordered or "
        "were served in the period"
    ),
    formula="Σ (revenue − cost − cost to serve) / served",
    theme="profitability",
    side="do",
    unit="money per customer",
    better="higher",
    needs=_COSTED,
    mart="customers",
    measure=Mean(of=profit, among=was_served),
    nothing=_NOBODY_SERVED,
    source="Kaplan & Norton (1996); Kaplan & Narayanan (2001)",
    pitfall=_(
        "How shared costs are allocated decides its sign. The cost of winning a {customer} is not "
        "in it. {Customers} with an order of unknown cost are left out."
    ),
)


UNPROFITABLE_SHARE = Kpi(
    name="unprofitable_share",
    is_core=True,
    label=_("Share of unprofitable {customers}"),
    definition=_(
        "Share of {customers} who ordered or were served in the period and cost more than they "
        "brought in"
    ),
    formula="100 · with a loss / served",
    theme="profitability",
    side="do",
    unit="%",
    better="lower",
    range=(0, 100),
    needs=_COSTED,
    mart="customers",
    measure=Share(of=lambda customers: profit(customers) < 0, among=was_served),
    nothing=_NOBODY_SERVED,
    source="Kaplan & Narayanan (2001), Journal of Cost Management 15",
    pitfall=_(
        "Recent {customers} look unprofitable, and so do those who didn't order in a short period."
    ),
)


WHALE_CURVE_PEAK = Kpi(
    name="whale_curve_peak",
    label=_("Peak of the whale curve"),
    definition=_(
        "Profit of all {customers} with a profit in the period over the profit of all who ordered "
        "or were served"
    ),
    formula="100 · Σ max(profit, 0) / Σ profit",
    theme="profitability",
    side="do",
    unit="%",
    better="lower",
    range=(100, float("inf")),
    needs=_COSTED,
    mart="customers",
    measure=Peak(
        of=lambda customers: (profit(customers) > 0).ifelse(profit(customers), 0.0),
        per=profit,
        among=was_served,
    ),
    nothing=_NOBODY_SERVED,
    source="Kaplan & Narayanan (2001), Journal of Cost Management 15; Kaplan & Cooper (1998)",
    pitfall=_(
        "At 100 % nobody costs more than they bring in. Not defined without a profit in all, and "
        "without bounds where it is not sure that there is one. {Customers} with an order of "
        "unknown cost are left out."
    ),
)


GROSS_MARGIN_CUSTOMER = Kpi(
    name="gross_margin_customer",
    label=_("Gross margin per {customer}"),
    definition=_(
        "Revenue less cost of goods of the period over the mean of the numbers of {customers} at "
        "its start and end"
    ),
    formula="Σ (revenue − cost) / ((at the start + at the end) / 2)",
    theme="profitability",
    side="do",
    unit="money per customer",
    better="higher",
    needs={"orders": ("customer_id", "ordered_at", "revenue", "cost")},
    uses="presence",
    mart="customers",
    measure=Ratio(of=margin, per=average_presence, among=earns),
    nothing=_("no {customers} in this period"),
    source="Farris et al. (2010), Marketing Metrics, 2nd ed., ch. 3",
    pitfall=_(
        "Before what it costs to serve and to win them. {Customers} with an order of unknown cost "
        "are left out on both sides."
    ),
)


COST_TO_SERVE = Kpi(
    name="cost_to_serve",
    label=_("Cost to serve per {customer}"),
    definition=_(
        "Cost to serve of the period over the mean of the numbers of {customers} at its start and "
        "end"
    ),
    formula="Σ cost to serve / ((at the start + at the end) / 2)",
    theme="profitability",
    side="do",
    unit="money per customer",
    better="lower",
    needs={"costs": ("customer_id", "month", "cost_to_serve")},
    uses="presence",
    mart="customers",
    measure=KnownRatio(
        of=lambda customers: customers.cost_to_serve,
        per=average_presence,
        among=lambda customers: (customers.n_ends > 0) | (customers.n_cost_months > 0),
        zero_elsewhere=True,
        known=lambda customers: customers.n_cost_months > 0,
        unknown=_("no costs are known in this period"),
    ),
    nothing=_("no {customers} in this period"),
    source="Kaplan & Anderson (2007), Time-Driven Activity-Based Costing",
    pitfall=_(
        "As good as the rule by which costs are put down to {customers}; spread evenly they say "
        "nothing. Who has no costs in the table counts as having cost nothing."
    ),
)

PROFITABILITY = (
    REVENUE_PER_CUSTOMER,
    CUSTOMER_PROFIT,
    UNPROFITABLE_SHARE,
    WHALE_CURVE_PEAK,
    GROSS_MARGIN_CUSTOMER,
    COST_TO_SERVE,
    *SALES,
    *CUSTOMER_VALUE,
)
"""KPIs of this theme."""

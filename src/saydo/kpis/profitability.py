"""What are customers worth? KPIs of revenue and profit."""

from __future__ import annotations

import ibis.expr.types as ir

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Mean, Share
from saydo.kpis.pooled import Ratio
from saydo.languages import noop as _

_COSTED = {
    "orders": ("customer_id", "ordered_at", "revenue", "cost"),
    "costs": ("customer_id", "month", "cost_to_serve"),
}
_NO_ORDERS = _("no orders in this period")
_NOBODY_SERVED = _("nobody ordered or was served in this period")


def _average_presence(customers: ir.Table) -> ir.Value:
    """1 for a customer at both ends of the period, ½ at one of them."""
    return customers.n_ends / 2


def _was_served(customers: ir.Table) -> ir.Value:
    # Without the cost of every order the profit is not known.
    return ((customers.n_orders > 0) | (customers.n_cost_months > 0)) & (customers.n_uncosted == 0)


def _profit(customers: ir.Table) -> ir.Value:
    return customers.revenue - customers.cost - customers.cost_to_serve


REVENUE_PER_CUSTOMER = Kpi(
    name="revenue_per_customer",
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
        per=_average_presence,
        among=lambda customers: (customers.n_ends > 0) | (customers.n_orders > 0),
    ),
    nothing=_("no {customers} in this period"),
    source="PeopleSoft Enterprise Balanced Scorecard",
    pitfall=_("{Customers} at both ends without an order count too; per buyer it would be higher."),
)

AOV = Kpi(
    name="aov",
    label=_("Average order value"),
    definition=_("Revenue of the period per order"),
    formula="Σ revenue / orders",
    theme="profitability",
    side="do",
    unit="money",
    better="higher",
    needs={"orders": ("customer_id", "ordered_at", "revenue")},
    mart="customers",
    measure=Ratio(
        of=lambda customers: customers.revenue,
        per=lambda customers: customers.n_orders,
        among=lambda customers: customers.n_orders > 0,
    ),
    nothing=_NO_ORDERS,
    source="PeopleSoft Enterprise Balanced Scorecard",
    pitfall=_("Net of discount, tax and freight, but before what is sent back."),
)

CUSTOMER_PROFIT = Kpi(
    name="customer_profit",
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
    measure=Mean(of=_profit, among=_was_served),
    nothing=_NOBODY_SERVED,
    source="Kaplan & Norton (1996); Kaplan & Narayanan (2001)",
    pitfall=_(
        "How shared costs are allocated decides its sign. The cost of winning a {customer} is not "
        "in it. {Customers} with an order of unknown cost are left out."
    ),
)

UNPROFITABLE_SHARE = Kpi(
    name="unprofitable_share",
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
    measure=Share(of=lambda customers: _profit(customers) < 0, among=_was_served),
    nothing=_NOBODY_SERVED,
    source="Kaplan & Narayanan (2001), Journal of Cost Management 15",
    pitfall=_(
        "Recent {customers} look unprofitable, and so do those who didn't order in a short period."
    ),
)

PROFITABILITY = (REVENUE_PER_CUSTOMER, AOV, CUSTOMER_PROFIT, UNPROFITABLE_SHARE)
"""KPIs of this theme."""

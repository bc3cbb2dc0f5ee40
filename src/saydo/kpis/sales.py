"""How much is sold, at what price, and to how few? KPIs of orders and of recurring revenue."""

from __future__ import annotations

from saydo.kpis.concentration import TopShare
from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Mean
from saydo.kpis.pooled import Ratio
from saydo.kpis.value_measures import AmountShare, Total
from saydo.languages import noop as _

_ORDERS = ("customer_id", "ordered_at", "revenue")
_NO_ORDERS = _("no orders in this period")
_INFINITE = float("inf")


AOV = Kpi(
    name="aov",
    is_core=True,
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
        zero_elsewhere=True,
    ),
    nothing=_NO_ORDERS,
    source="PeopleSoft Enterprise Balanced Scorecard",
    pitfall=_("Net of discount, tax and freight, but before what is sent back."),
)


ORDERS_VOLUME = Kpi(
    name="orders_volume",
    label=_("Order volume"),
    definition=_("Number of orders in the period"),
    formula="count(orders)",
    theme="profitability",
    side="do",
    unit="count",
    better="higher",
    range=(0, _INFINITE),
    needs={"orders": ("customer_id", "ordered_at")},
    mart="customers",
    measure=Total(of=lambda customers: customers.n_orders),
    nothing=_NO_ORDERS,
    source="QuestionPro on the balanced scorecard",
    pitfall=_(
        "Orders, not their worth: splitting one in two doubles it. Its interval says how far a "
        "period of the same demand might have differed; the orders themselves are all counted."
    ),
)


DISCOUNT_RATE_GIVEN = Kpi(
    name="discount_rate_given",
    label=_("Average discount"),
    definition=_("Discounts of the period over the list value of the same orders"),
    formula="100 · Σ discount / Σ list value",
    theme="profitability",
    side="do",
    unit="%",
    better="lower",
    range=(0, 100),
    needs={"orders": ("customer_id", "ordered_at", "discount", "list_value")},
    mart="customers",
    measure=AmountShare(
        of=lambda customers: customers.listed_discount,
        per=lambda customers: customers.list_value,
        among=lambda customers: customers.list_value > 0,
    ),
    nothing=_("no orders with a list value in this period"),
    source="PeopleSoft Enterprise Balanced Scorecard",
    pitfall=_(
        "Of the gross value, before the discount; of net sales it would be higher. An order "
        "without a discount in the data had none; one without a list value is left out."
    ),
)


CROSS_SELL_RATIO = Kpi(
    name="cross_sell_ratio",
    label=_("Categories per buyer"),
    definition=_("Mean number of different product categories that a buyer ordered in the period"),
    formula="Σ distinct categories / buyers",
    theme="profitability",
    side="do",
    unit="categories per customer",
    better="higher",
    range=(1, _INFINITE),
    needs={"orders": ("customer_id", "ordered_at", "category")},
    mart="customers",
    measure=Mean(
        of=lambda customers: customers.n_categories,
        among=lambda customers: customers.n_categories > 0,
    ),
    nothing=_("no orders with a category in this period"),
    source=_("Industry use"),
    pitfall=_(
        "Rises with the length of the period and with how finely products are sorted. Who ordered "
        "nothing is left out, so that it can rise because rare buyers stopped buying."
    ),
)


EXPANSION_RATE = Kpi(
    name="expansion_rate",
    label=_("Expansion revenue rate"),
    definition=_(
        "What {customers} of twelve months before pay more on the period's last day than then, "
        "over the recurring revenue of all of them then"
    ),
    formula="100 · Σ max(MRR₁ − MRR₀, 0) / Σ MRR₀, over those with MRR₀ > 0",
    theme="profitability",
    side="do",
    unit="%",
    better="higher",
    range=(0, _INFINITE),
    needs={"subscriptions": ("ends_on", "monthly_revenue")},
    mart="contracts",
    measure=Ratio(
        of=lambda customers: (customers.mrr_now > customers.mrr_before).ifelse(
            customers.mrr_now - customers.mrr_before, 0.0
        ),
        per=lambda customers: customers.mrr_before,
        among=lambda customers: customers.mrr_before > 0,
        times=100,
    ),
    nothing=_("no recurring revenue twelve months before"),
    source=_("Software-as-a-service use"),
    pitfall=_(
        "Higher prices count as much as more bought. New {customers} are left out, and nothing is "
        "taken off for those who pay less or left: see net revenue retention."
    ),
)


REV_CONCENTRATION = Kpi(
    name="rev_concentration",
    label=_("Revenue of the top tenth"),
    definition=_(
        "Share of the period's revenue that comes from the tenth of buyers who spent most"
    ),
    formula="100 · Σ revenue of the top n / 10 buyers / Σ revenue",
    theme="profitability",
    side="do",
    unit="%",
    better="context",
    range=(10, 100),
    needs={"orders": _ORDERS},
    mart="buyers",
    measure=TopShare(
        of=lambda buyers: buyers.revenue,
        cut=lambda buyers: buyers.cut,
        cut_of_all=lambda buyers: buyers.cut_of_all,
    ),
    nothing=_NO_ORDERS,
    source="Lorenz (1905), J. Am. Statist. Assoc. 9; Schmittlein, Cooper & Morrison (1993)",
    pitfall=_(
        "The tenth is of each segment's own buyers, so that segments do not add up to all. 10 % if "
        "all spend the same; short periods look more concentrated than long ones, for some buyers "
        "just did not buy often by chance."
    ),
)

RETURN_RATE = Kpi(
    name="return_rate",
    label=_("Return rate"),
    definition=_(
        "Value sent back of orders whose time to be sent back ended in the period, over the "
        "revenue of these orders"
    ),
    formula="100 · Σ returned value / Σ revenue, of orders definitions.return_days before",
    theme="service",
    side="do",
    unit="%",
    better="lower",
    range=(0, _INFINITE),
    needs={"orders": (*_ORDERS, "returned_value")},
    mart="settled_orders",
    measure=AmountShare(
        of=lambda customers: customers.returned_value,
        per=lambda customers: customers.revenue,
    ),
    nothing=_("no orders whose time to be sent back ended in this period"),
    source=_("Industry use"),
    pitfall=_(
        "By the order, not by the day of return: returns of this period over sales of this period "
        "mix cohorts. Each order has had its time; what came back later still counts, so that "
        "older periods may rise a little. An order without a returned value had none."
    ),
)

SALES = (
    AOV,
    ORDERS_VOLUME,
    DISCOUNT_RATE_GIVEN,
    CROSS_SELL_RATIO,
    EXPANSION_RATE,
    REV_CONCENTRATION,
)
"""KPIs of sales, of the theme profitability."""

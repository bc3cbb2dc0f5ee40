"""What did a customer bring in? Columns of the mart `customers` that KPIs of profit share."""

from __future__ import annotations

import ibis.expr.types as ir


def average_presence(customers: ir.Table) -> ir.Value:
    """1 for a customer at both ends of the period, ½ at one of them."""
    return customers.n_ends / 2


def margin(customers: ir.Table) -> ir.Value:
    """Revenue less cost of goods."""
    return customers.revenue - customers.cost


def profit(customers: ir.Table) -> ir.Value:
    """Revenue less cost of goods and cost to serve."""
    return margin(customers) - customers.cost_to_serve


def earns(customers: ir.Table) -> ir.Value:
    """Customers, or buyers, whose margin is known: none of their orders lacks its cost."""
    return ((customers.n_ends > 0) | (customers.n_orders > 0)) & (customers.n_uncosted == 0)


def was_served(customers: ir.Table) -> ir.Value:
    """Who ordered or was served, and whose profit is known."""
    return ((customers.n_orders > 0) | (customers.n_cost_months > 0)) & (customers.n_uncosted == 0)

"""What do all brands sell, and what do buyers spend with each? Marts of the market and of wallets.

Rows of the market are about brands and places, not persons; they are in nobody's segment. Each mart
takes a `Scope` and has a column only if the tables have what it is made of.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from saydo.tables.scope import Scope, in_periods

_NOBODY = ibis.null("string")


def market(scope: Scope) -> ir.Table:
    """Sales of the whole market, one row per month, market and brand, with `is_target`."""
    rows = in_periods(scope.tables["market"], scope.tables["market"].month, scope)
    return rows.mutate(segment=_NOBODY, is_target=_is_target(rows, scope))


def brands(scope: Scope) -> ir.Table:
    """Sales by brand, one row per period and brand: `is_own`, `revenue`."""
    rows = in_periods(scope.tables["market"], scope.tables["market"].month, scope)
    sums = rows.group_by("period_start", "brand").agg(
        is_own=rows.is_own.any(), revenue=rows.revenue.sum()
    )
    return sums.mutate(segment=_NOBODY)


def market_months(scope: Scope) -> ir.Table:
    """Markets month by month: what could be bought, and by how many.

    One row per month and market: `is_target`, `own_revenue`, `revenue`, `own_buyers`,
    `category_buyers` and `population`, which stand beside every brand and count once.
    """
    rows = in_periods(scope.tables["market"], scope.tables["market"].month, scope)
    columns = {
        f"own_{name}": rows[name].sum(where=rows.is_own)
        for name in ("revenue", "buyers")
        if name in rows.columns
    }
    if "revenue" in rows.columns:
        columns["revenue"] = rows.revenue.sum()
    for name in ("category_buyers", "population"):
        if name in rows.columns:
            columns[name] = rows[name].max()
    sums = rows.group_by("period_start", "month", "market").agg(**columns)
    return sums.mutate(segment=_NOBODY, is_target=_is_target(sums, scope))


def market_years(scope: Scope) -> ir.Table:
    """Markets in a period and in the same months a year before.

    One row per period and market: `own_revenue` and `revenue`, and both `…_before`. Only periods
    that have figures of as many months then as now: otherwise seasons would look like change.
    """
    given = scope.tables["market"]
    later = given.mutate(month=(given.month + ibis.interval(years=1)).cast("date"))
    now = _sold(in_periods(given, given.month, scope))
    before = _sold(in_periods(later, later.month, scope))
    before = before.rename({f"{name}_before": name for name in before.columns})
    both = now.outer_join(
        before,
        [now.market == before.market_before, now.period_start == before.period_start_before],
    )
    names = ("own_revenue", "revenue", "own_revenue_before", "revenue_before")
    rows = both.select(
        period_start=ibis.coalesce(both.period_start, both.period_start_before),
        market=ibis.coalesce(both.market, both.market_before),
        n_months=both.n_months.fill_null(0),
        n_months_before=both.n_months_before.fill_null(0),
        **{name: both[name].fill_null(0) for name in names},
    )
    period = ibis.window(group_by=rows.period_start)
    months = rows.mutate(
        n_months=rows.n_months.max().over(period),
        n_months_before=rows.n_months_before.max().over(period),
    )
    return months.filter(months.n_months == months.n_months_before).mutate(segment=_NOBODY)


def wallets(scope: Scope) -> ir.Table:
    """What each respondent spends, with us and in all, one row per respondent.

    `own_spend`, `category_spend`, `n_brands` (ranked), `own_allocation`: the share of wallet that
    the Wallet Allocation Rule expects for our brands from their ranks; null where none of ours is
    ranked. Brands of the same rank share the mean of their places, however ties were written.
    """
    rows = scope.tables["wallet"]
    person = rows.group_by("respondent_id")
    columns = {}
    if "asked_at" in rows.columns:
        columns["asked_at"] = rows.asked_at.max()
    if "spend" in rows.columns:
        columns["own_spend"] = rows.spend.sum(where=rows.is_own)
    if "category_spend" in rows.columns:
        columns["category_spend"] = rows.category_spend.max()
    people = person.agg(n_rows=rows.count(), **columns)
    if "rank" in rows.columns:
        ranked = _allocations(rows).rename(ranker="respondent_id")
        people = people.left_join(ranked, people.respondent_id == ranked.ranker).drop("ranker")
    if "asked_at" in rows.columns:
        people = in_periods(people, people.asked_at, scope)
    else:
        people = people.mutate(period_start=ibis.literal(scope.periods[-1].start))
    return people.mutate(segment=_NOBODY).rename(person="respondent_id")


def _is_target(rows: ir.Table, scope: Scope) -> ir.Value:
    targets = scope.params.definitions.target_markets
    return rows.market.isin(targets) if targets else ibis.literal(False)


def _sold(rows: ir.Table) -> ir.Table:
    return rows.group_by("period_start", "market").agg(
        own_revenue=rows.revenue.sum(where=rows.is_own).fill_null(0),
        revenue=rows.revenue.sum().fill_null(0),
        n_months=rows.month.nunique(),
    )


def _allocations(rows: ir.Table) -> ir.Table:
    """`n_brands` and `own_allocation` of each respondent who ranked brands."""
    used = rows.filter(rows["rank"].notnull())
    ties = used.group_by("respondent_id", "rank").agg(n_tied=used.count(), n_own=used.is_own.sum())
    by_person = ibis.window(group_by=ties.respondent_id)
    upto = ibis.window(group_by=ties.respondent_id, order_by=ties["rank"], following=0)
    places = ties.mutate(
        n_brands=ties.n_tied.sum().over(by_person), last_place=ties.n_tied.sum().over(upto)
    )
    # (1 − rank / (brands + 1)) · 2 / brands, Keiningham et al. (2011), Harvard Business Review 89.
    place = places.last_place - (places.n_tied - 1) / 2
    expected = (1 - place / (places.n_brands + 1)) * 2 / places.n_brands
    return places.group_by("respondent_id").agg(
        n_brands=places.n_brands.max(),
        own_allocation=(expected * places.n_own).sum(where=places.n_own > 0),
    )

"""How do people see us among others, and what is said of us in public? Marts beyond our survey.

Each takes a `Scope` and returns rows with `segment`, `period_start`, `person` where rows are about
persons, and the columns its docstring names. Respondents of market research and rows about brands
are in nobody's segment.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from saydo.tables.contract import CONTRACT
from saydo.tables.scope import Scope, in_periods, with_segment

RESPONDENT = ("segment", "period_start", "person")


def brand_tracker(scope: Scope) -> ir.Table:
    """Respondents among all buyers of the category, one row each.

    The columns of the table, `weight` (1 where the survey has none), and `image`, the sum of the
    scores given to image items (numeric columns that the contract doesn't name), of `n_images`.
    """
    rows = in_periods(scope.tables["brand_tracker"], scope.tables["brand_tracker"].asked_at, scope)
    if "weight" not in rows.columns:
        rows = rows.mutate(weight=ibis.literal(1.0))
    items = [rows[name] for name in rows.columns if _is_image(rows, name)]
    image, n_images = ibis.literal(0.0), ibis.literal(0)
    for item in items:
        image += item.cast("float64").fill_null(0.0)
        n_images += item.notnull().cast("int64")
    return rows.mutate(
        segment=ibis.null("string"), person=rows.respondent_id, image=image, n_images=n_images
    )


def brand_ranks(scope: Scope) -> ir.Table:
    """Respondents who ranked our brand and another one: `rank` of ours, ties at their mean rank.

    Of several brands of ours the mean counts.
    """
    rows = _asked(scope.tables["wallet"], scope)
    ranked = rows.filter(rows["rank"].notnull())
    own = ranked.filter(ranked.is_own)
    others = ranked.select(other="respondent_id", other_rank="rank")
    pairs = own.join(others, own.respondent_id == others.other)
    each = pairs.group_by("period_start", "respondent_id", "brand").agg(
        n_ranked=pairs.count(),
        n_before=(pairs.other_rank < pairs["rank"]).sum(),
        n_alike=(pairs.other_rank == pairs["rank"]).sum(),
    )
    each = each.filter(each.n_ranked > 1)
    # Brands on one rank share the places that they take up: of two in front each is at 1.5.
    rank = each.n_before + (each.n_alike + 1) / 2
    people = each.group_by("period_start", "respondent_id").agg(rank=rank.mean())
    return people.mutate(segment=ibis.null("string")).rename(person="respondent_id")


def kano(scope: Scope) -> ir.Table:
    """Respondents to Kano's pairs of questions: how many features they place how.

    By Kano's evaluation table: `n_clear`, neither questionable (both liked or both disliked) nor
    reverse (rather without); of these `n_delighting` (attractive or one-dimensional: liked if
    there) and `n_missed` (one-dimensional or must-be: disliked if not there). `n_answers` in all.
    """
    rows = _asked(scope.tables["kano"], scope)
    # Reverse and questionable are all with 1 (like) without it, or 5 (dislike) with it.
    is_clear = (rows.functional <= 4) & (rows.dysfunctional >= 2)
    rows = rows.mutate(segment=ibis.null("string"), person=rows.respondent_id)
    return rows.group_by(*RESPONDENT).agg(
        n_answers=rows.count(),
        n_clear=is_clear.sum(),
        n_delighting=(is_clear & (rows.functional == 1)).sum(),
        n_missed=(is_clear & (rows.dysfunctional == 5)).sum(),
    )


def public_comments(scope: Scope) -> ir.Table:
    """Reviews and public mentions with a rating, one row each: `is_review`, `rating`.

    Of several reviews of a customer in a period the last counts.
    """
    definitions = scope.params.definitions
    comments = scope.tables["comments"]
    channels = (definitions.review_channel, definitions.social_channel)
    rows = comments.filter(comments.channel.isin(channels), comments.rating.notnull())
    if "customer_id" not in rows.columns:
        rows = rows.mutate(customer_id=ibis.null("string"))
    rows = in_periods(rows, rows.written_at, scope)
    rows = rows.mutate(is_review=rows.channel == definitions.review_channel)
    last_first = ibis.window(
        group_by=[rows.customer_id, rows.period_start, rows.is_review],
        order_by=[rows.written_at.desc(), rows.comment_id.desc()],
    )
    rows = rows.mutate(nth=ibis.row_number().over(last_first))
    rows = rows.filter(~rows.is_review | rows.customer_id.isnull() | (rows.nth == 0))
    return with_segment(rows, scope).select(
        "segment", "period_start", "is_review", "rating", person="customer_id"
    )


def advertising(scope: Scope) -> ir.Table:
    """Spending of ours and of all brands, one row per month, market and channel."""
    rows = in_periods(scope.tables["marketing"], scope.tables["marketing"].month, scope)
    return rows.mutate(segment=ibis.null("string"))


def searches(scope: Scope) -> ir.Table:
    """Web searches, one row per month and brand."""
    rows = in_periods(scope.tables["searches"], scope.tables["searches"].month, scope)
    return rows.mutate(segment=ibis.null("string"))


def _asked(rows: ir.Table, scope: Scope) -> ir.Table:
    """Answers of the periods; without a column for dates all are of the last period."""
    if "asked_at" in rows.columns:
        return in_periods(rows, rows.asked_at, scope)
    return rows.mutate(period_start=ibis.literal(scope.periods[-1].start))


def _is_image(rows: ir.Table, name: str) -> bool:
    known = (*CONTRACT["brand_tracker"].names, "period_start")
    type_ = rows[name].type()
    return name not in known and type_.is_numeric() and not type_.is_boolean()

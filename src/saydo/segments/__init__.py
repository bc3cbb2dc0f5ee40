"""Who belongs together? Every customer in exactly one segment.

`assign` takes checked tables and the params' `segments`, and returns an `Assignment`. The segment
`all` is not assigned: it is the roll-up of everyone, made where aggregates are made. A way of
segmenting is one file here: a function from features to `customer_id, segment`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from saydo.errors import DataError, Problem
from saydo.languages import gettext as _
from saydo.params import ALL, ByColumn, ByRfm, ByRules, Params, Segments
from saydo.privacy import withheld
from saydo.segments.by_column import by_column
from saydo.segments.by_rfm import by_rfm
from saydo.segments.by_rules import by_rules
from saydo.segments.features import customer_features
from saydo.slug import slug
from saydo.tables.checked import Tables

MOST_SEGMENTS = 5000
"""More values than this are ids rather than segments."""


@dataclass(frozen=True)
class Assignment:
    """Who is in which segment."""

    table: ir.Table
    """`customer_id`, `segment`: one row per customer, no segment empty."""
    cuts: pd.DataFrame | None = None
    """The cut points that were used, for methods that compute them."""


def assign(tables: Tables, params: Params, *, as_of: date) -> Assignment:
    """Assign every customer to one segment, as `params.segments` says.

    Without `segments` in params, nobody is in any and reports show `all` alone: the table is empty.

    Raises:
        DataError: The column, or a column in a rule, does not exist; or the values are no segments.
    """
    how = params.segments
    if how is None:
        nobody = tables["customers"].filter(ibis.literal(False))
        table = nobody.select("customer_id", segment=ibis.null("string"))
        return Assignment(table)
    table, cuts = _drawn(tables, how, as_of=as_of)
    if cuts is not None and cuts["above"].isna().any():
        what = "no customer has an order up to the day of the run; check ordered_at and as_of"
        raise DataError("segments", [Problem("segments.method", what)])
    named = tables.keep("assignments", table)
    _check_names(named, how.method)
    return Assignment(named, cuts)


def assignments_before(
    tables: Tables, params: Params, assignment: Assignment, *, day: date
) -> ir.Table:
    """`customer_id`, `segment`: who was in which of today's segments when a day began.

    Where segments follow behaviour, the one that a customer is in today may follow from what they
    did since: whoever watches from that day on needs the one before. Attributes are as recorded
    now. Whoever was in a segment that today has nobody is in none.

    Args:
        tables: Checked tables.
        params: How segments are drawn.
        assignment: Today's.
        day: The first that is not known yet.
    """
    if params.segments is None or not params.segments_follow_behaviour:
        return assignment.table
    drawn, _cuts = _drawn(tables, params.segments, as_of=day - timedelta(days=1))
    today = assignment.table.select("segment").distinct()
    return tables.keep("assignments_before", drawn.semi_join(today, "segment"))


def _drawn(tables: Tables, how: Segments, *, as_of: date) -> tuple[ir.Table, pd.DataFrame | None]:
    """`customer_id`, `segment` by what is known up to a day; the cut points, if there are any."""
    features = customer_features(tables, as_of=as_of)
    cuts = None
    match how:
        case ByColumn():
            table = by_column(features, column=how.column)
        case ByRules():
            table = by_rules(features, rules=how.rules, otherwise=how.otherwise)
        case ByRfm():
            table, cuts = by_rfm(features, scores=how.scores)
    return table.select("customer_id", segment=table.segment.fill_null(_("unknown"))), cuts


def segment_sizes(assignments: ir.Table, *, n_customers: int, min_cell: int) -> pd.DataFrame:
    """Segments by size, `all` first: `segment`, `slug`, `n_customers`, `share` (0 to 1).

    Where a segment has fewer than `min_cell` customers its size is not shown. Nor are as many of
    the next smallest as it takes to hide it: two at least, with `min_cell` customers in all.
    """
    sizes: pd.DataFrame = assignments.group_by("segment").agg(n_customers=ibis._.count()).execute()
    sizes = sizes.sort_values(["n_customers", "segment"], ascending=[False, True])
    people = sizes["n_customers"].to_numpy()
    hidden = withheld(people, n_customers - int(people.sum()), min_cell=min_cell)
    everyone = pd.DataFrame({"segment": [ALL], "n_customers": [n_customers]})
    shown = sizes.assign(n_customers=sizes["n_customers"].astype("Int64").mask(hidden))
    result = pd.concat([everyone.astype({"n_customers": "Int64"}), shown], ignore_index=True)
    result.insert(1, "slug", [name if name == ALL else slug(name) for name in result["segment"]])
    result["share"] = result["n_customers"].astype("Float64") / max(n_customers, 1)
    return result


def _check_names(assignments: ir.Table, method: str) -> None:
    names = assignments.segment.nunique().execute()
    problems = []
    if names > MOST_SEGMENTS:
        what = f"gives {names:,} segments (at most {MOST_SEGMENTS:,}); group the values first"
        problems.append(Problem(f"segments ({method})", what))
    if assignments.filter(assignments.segment == ALL).count().execute():
        what = f"a segment can't be called {ALL!r}, which means everyone; rename that value"
        problems.append(Problem(f"segments ({method})", what))
    if problems:
        raise DataError("segments", problems)

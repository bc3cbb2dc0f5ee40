"""Who belongs together? Every customer in exactly one segment.

`assign` takes checked tables and the params' `segments`, and returns an `Assignment`. The segment
`all` is not assigned: it is the roll-up of everyone, made where aggregates are made. A way of
segmenting is one file here, with a `Way`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

import ibis
import ibis.expr.types as ir
import pandas as pd

from saydo.errors import DataError, Problem
from saydo.languages import gettext as _
from saydo.params import ALL, ByMarket, Params, Segments
from saydo.privacy import withheld
from saydo.segments.by_clusters import BY_CLUSTERS
from saydo.segments.by_column import BY_COLUMN
from saydo.segments.by_market import by_market
from saydo.segments.by_needs import BY_NEEDS
from saydo.segments.by_own import BY_OWN
from saydo.segments.by_rfm import BY_RFM
from saydo.segments.by_rules import BY_RULES
from saydo.segments.definition import Definition
from saydo.segments.shown import shown
from saydo.segments.way import UNKNOWN, Way, learns_nothing
from saydo.slug import slug
from saydo.tables.checked import Tables

WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "column": BY_COLUMN,
        "rules": BY_RULES,
        "rfm": BY_RFM,
        "clusters": BY_CLUSTERS,
        "needs": BY_NEEDS,
        "own": BY_OWN,
    }
)
"""Every way of segmenting by its method in params, but `market`, which has another within it."""

MOST_SEGMENTS = 5000
"""More values than this are ids rather than segments."""


def way_of(how: Segments) -> Way:
    """The way that params ask for."""
    if isinstance(how, ByMarket):
        return by_market(way_of(how.within) if how.within else None)
    return WAYS[how.method]


@dataclass(frozen=True)
class Assignment:
    """Who is in which segment."""

    table: ir.Table
    """`customer_id`, `segment`: one row per customer, no segment empty."""
    definition: Definition | None = None
    """How they got there; None without segments."""
    explained: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Tables of results that show how."""
    features: ir.Table | None = None
    """What they were drawn by: one row per customer."""


def assign(
    tables: Tables, params: Params, *, as_of: date, pinned: Definition | None = None
) -> Assignment:
    """Assign every customer to one segment, as `params.segments` says.

    Without `segments` in params, nobody is in any and reports show `all` alone: the table is empty.

    Args:
        tables: Checked tables.
        params: How segments are drawn.
        as_of: Last day known.
        pinned: What an earlier run had learned; learned anew if left out.

    Raises:
        DataError: The column, or a column in a rule, does not exist; or the values are no segments.
    """
    how = params.segments
    if how is None:
        nobody = tables["customers"].filter(ibis.literal(False))
        table = nobody.select("customer_id", segment=ibis.null("string"))
        return Assignment(table)
    way = way_of(how)
    features = _features(tables, how, as_of=as_of, name="features")
    used = pinned or Definition(how.method, settings_of(how), as_of, way.learn(features, how))
    named = tables.keep("assignments", _named(way.place(features, how, used.learned)))
    _check_names(named, how.method)
    explained = way.explain(features, how, used.learned)
    may_be_shown = shown(explained, min_cell=params.privacy.min_cell)
    return Assignment(named, used, may_be_shown, features)


def settings_of(how: Segments) -> Mapping[str, object]:
    """What params say of segments, as a pin holds it."""
    return how.model_dump(mode="json", exclude={"method", "refit"})


def learns(how: Segments) -> bool:
    """Whether anything is learned from customers that a pin could hold."""
    return way_of(how).learn is not learns_nothing


def is_usable(pinned: Definition, how: Segments) -> bool:
    """Whether a pin is of these settings, and params don't say to learn anew."""
    is_same = (pinned.method, dict(pinned.settings)) == (how.method, dict(settings_of(how)))
    return is_same and not getattr(how, "refit", False)


def assignments_before(
    tables: Tables, params: Params, assignment: Assignment, *, day: date
) -> ir.Table:
    """`customer_id`, `segment`: who was in which of today's segments when a day began.

    Where segments follow behaviour, the one that a customer is in today may follow from what they
    did since: whoever watches from that day on needs the one before. It is drawn by what was
    learned before that day; only where the segments themselves are learned, and were not pinned
    before, by what was learned since, or they would be others. Attributes are as recorded now.
    Whoever was in a segment that today has nobody is in none.

    Args:
        tables: Checked tables.
        params: How segments are drawn.
        assignment: Today's.
        day: The first that is not known yet.
    """
    how, definition = params.segments, assignment.definition
    if how is None or definition is None or not how.follows_behaviour:
        return assignment.table
    way = way_of(how)
    features = _features(tables, how, as_of=day - timedelta(days=1), name="features_before")
    learned = definition.learned
    if definition.learned_on >= day and not way.finds_groups:
        # Where there was nothing to learn from yet, nobody is placed by what was learned since:
        # nobody had ordered. Whatever else could be wrong, `assign` has told.
        with suppress(DataError):
            learned = way.learn(features, how)
    drawn = _named(way.place(features, how, learned))
    today = assignment.table.select("segment").distinct()
    return tables.keep("assignments_before", drawn.semi_join(today, "segment"))


def placed_on(tables: Tables, how: Segments, definition: Definition, *, day: date) -> ir.Table:
    """`customer_id`, `segment`: where a definition puts every customer, by what they had done.

    Attributes are as recorded now, and those who were no customers yet are placed too.

    Args:
        tables: Checked tables.
        how: How segments are drawn.
        definition: What was learned, on that day or another.
        day: The last that is known of.
    """
    features = _features(tables, how, as_of=day, name="features_then")
    placed = way_of(how).place(features, how, definition.learned)
    return tables.keep(f"placed_on_{day:%Y%m%d}", _named(placed))


def _features(tables: Tables, how: Segments, *, as_of: date, name: str) -> ir.Table:
    # Kept: they are read to learn, to place and to explain.
    return tables.keep(name, way_of(how).features(tables, how, as_of))


def _named(drawn: ir.Table) -> ir.Table:
    return drawn.select("customer_id", segment=drawn.segment.fill_null(_(UNKNOWN)))


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

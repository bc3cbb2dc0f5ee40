"""Who has moved from one segment to another since the last period began?

Both days are drawn by one definition, today's, so that only those move whose behaviour changed (or
whose last order grew older). Whoever came or left in between comes from, or goes to, nowhere: two
ends that are no segments.

What is shown can't be turned into a group of fewer than `min_cell`. Sizes of today's segments are
shown beside the moves, and add up to everyone; they count also those who left long ago. So the
table that is protected is the whole one: a column adds up to today's size, with a row, never shown,
of those who had left; a row adds up to the segment's size before, as an earlier report may have
shown it. Then

- segments whose size is withheld on either day are one line together, as their sizes can be known
  only together;
- an end with too few people is not shown at all: those who came are then in the row never shown,
  those who left in no column;
- of what is left `suppression.withheld` withholds the small cells, and others until no row, column
  or chain of them gives one back, as in the tables of drivers.

Shares divide by the sum of their row, which is known already. That tables of two runs are not
subtracted from each other is assumed here as everywhere.
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from saydo.languages import gettext as _
from saydo.languages import noop
from saydo.params import ALL, Params
from saydo.periods import last_periods
from saydo.privacy import withheld
from saydo.segments import Assignment, placed_on
from saydo.suppression import withheld as withheld_of_table
from saydo.suppression import withheld_reason
from saydo.tables.checked import Tables

NOT_YET = noop("Not yet a {customer}")
NO_LONGER = noop("No longer a {customer}")
SMALLER = noop("Smaller segments")
"""Stands for segments that can't be shown one by one. In `segment_from` and `segment_to`, as the
two ends are, in the study's language."""

MOST_SEGMENTS = 40
"""More than these, the largest, can't be followed; the others are among the smaller."""

COLUMNS = {
    "segment_from": "str",
    "segment_to": "str",
    "n": "Int64",
    "share": "Float64",
    "ci_low": "Float64",
    "ci_high": "Float64",
    "from_on": "datetime64[us]",
    "to_on": "datetime64[us]",
    "reason": "str",
}

# No names that a segment can have.
_CAME, _WENT, _SMALL = "\0came", "\0went", "\0small"


def moves(
    tables: Tables, assignment: Assignment, sizes: pd.DataFrame, *, params: Params, as_of: date
) -> pd.DataFrame:
    """How many went from each segment to each, from the day before the last period to `as_of`.

    Args:
        tables: Checked tables.
        assignment: Today's segments.
        sizes: Theirs, as `segment_sizes` shows them.
        params: How segments are drawn.
        as_of: Last day known.

    Returns:
        One row per pair, also of those between whom nobody moved: `segment_from`, `segment_to` (the
        largest first, then `SMALLER`, then `NOT_YET` or `NO_LONGER`, each only where there are
        any), `n`, `share` of those of `segment_from` (0 to 1) with its 95 % interval (Wilson)
        `ci_low`, `ci_high`, `from_on`, `to_on` (at the end of which days), `reason` (why withheld,
        else empty). Where nothing can be told, one row of `all` with the reason.
    """
    how, definition = params.segments, assignment.definition
    if how is None or definition is None:
        return _untold(_("there are no segments"))
    if not how.follows_behaviour:
        reason = _("segments follow what is recorded of {customers}, not what they do")
        return _untold(reason)
    since = day_before(params, as_of=as_of)
    before = placed_on(tables, how, definition, day=since)
    counts = _counts(tables["customers"], before, assignment.table, since=since, as_of=as_of)
    if not counts["was_there"].any():
        return _untold(_("there were no {customers} when the last period began"))
    min_cell = params.privacy.min_cell
    small = dict.fromkeys(_too_small(counts, sizes, min_cell=min_cell), _SMALL)
    counts = counts.replace({"before": small, "today": small})
    today = [name for name in sizes["segment"] if name not in {ALL, *small}]
    others = sorted({*counts["before"]} - {*today, _SMALL})
    table = _told(counts, [*today, *others], min_cell)
    names = {_CAME: _(NOT_YET), _WENT: _(NO_LONGER), _SMALL: _(SMALLER)}
    table = table.replace({"segment_from": names, "segment_to": names})
    days = {"from_on": pd.Timestamp(since), "to_on": pd.Timestamp(as_of)}
    return table.assign(**days).astype(COLUMNS)[list(COLUMNS)]


def day_before(params: Params, *, as_of: date) -> date:
    """The day before the last complete period: the end of the one before it."""
    last = last_periods(as_of, length=params.period, number=1)[0]
    return last.start - timedelta(days=1)


def _counts(
    customers: ir.Table, before: ir.Table, today: ir.Table, *, since: date, as_of: date
) -> pd.DataFrame:
    """`before`, `today` (segments of the two days), `came`, `gone` (left by `since`), `went` (left
    by `as_of`), `was_there`, `n`: customers who are alike in all of these."""
    no = ibis.literal(False)
    came = (customers.acquired_on > since) if "acquired_on" in customers.columns else no
    left_on = customers.left_on if "left_on" in customers.columns else ibis.null("date")
    people = customers.select(
        "customer_id",
        came=came.fill_null(False),
        gone=(left_on <= since).fill_null(False),
        went=(left_on <= as_of).fill_null(False),
    )
    people = people.join(before.rename(before="segment"), "customer_id")
    people = people.join(today.rename(today="segment"), "customer_id")
    keys = ["came", "gone", "went", "before", "today"]
    counts: pd.DataFrame = people.group_by(*keys).agg(n=people.count()).execute()
    counts["was_there"] = ~(counts["came"] | counts["gone"])
    return counts.sort_values(keys, ignore_index=True)


def _too_small(counts: pd.DataFrame, sizes: pd.DataFrame, *, min_cell: int) -> set[str]:
    """Segments that are not shown one by one: of either day those whose size would be withheld."""
    parts = sizes[sizes["segment"] != ALL]
    there = counts[counts["was_there"]].groupby("before")["n"].sum()
    there = there.sort_index().sort_values(ascending=False, kind="stable")
    hidden = withheld(there.to_numpy(dtype=np.int64), 0, min_cell=min_cell)
    not_followed = {*parts["segment"][MOST_SEGMENTS:], *there.index[MOST_SEGMENTS:]}
    return {*parts.loc[parts["n_customers"].isna(), "segment"], *there.index[hidden], *not_followed}


def _told(counts: pd.DataFrame, order: list[str], min_cell: int) -> pd.DataFrame:
    """One row per pair, less what must not be shown."""
    to = counts["today"].mask(counts["went"], _WENT)
    crossed = counts.assign(row=counts["before"].mask(counts["came"], _CAME), column=to)
    crossed = crossed[~crossed["gone"]]
    cells = crossed.pivot_table("n", "row", "column", aggfunc="sum", fill_value=0)
    rows = [name for name in [*order, _SMALL, _CAME] if name in cells.index]
    columns = [name for name in [*order, _SMALL, _WENT] if name in cells.columns]
    cells = cells.reindex(index=rows, columns=columns).astype("int64")
    known = _shown_ends(cells, min_cell)
    # Today's sizes are shown, and hold also those who have left.
    everyone = counts.groupby("today")["n"].sum().reindex(known.columns)
    everyone = everyone.fillna(known.sum()).astype("int64").rename(ALL)
    # Those who stayed are most: they are shown rather than a few who left.
    counted = pd.concat([known, everyone.to_frame().T])
    hidden = withheld_of_table(counted, min_cell=min_cell, smallest_first=True)
    hidden = hidden.reindex(index=rows, columns=columns, fill_value=True)
    long = pd.DataFrame({"n": cells.stack(), "is_hidden": hidden.stack()})
    long = long.rename_axis(["segment_from", "segment_to"]).reset_index()
    n = long["n"].mask(long["is_hidden"])
    base = long["segment_from"].map(known.sum(axis=1)).where(lambda total: total > 0)
    low, high = proportion_confint(n, base, alpha=0.05, method="wilson")
    reason = np.where(long["is_hidden"], withheld_reason(min_cell), "")
    return long.assign(n=n, share=n / base, ci_low=low, ci_high=high, reason=reason)


def _shown_ends(cells: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """The table without those who came, or left, where they are too few to be told of."""
    if _CAME in cells.index and cells.loc[_CAME].sum() < min_cell:
        cells = cells.drop(index=_CAME)
    if _WENT in cells.columns and cells[_WENT].sum() < min_cell:
        cells = cells.drop(columns=_WENT)
    return cells


def _untold(reason: str) -> pd.DataFrame:
    row = dict.fromkeys(COLUMNS) | {"segment_from": ALL, "segment_to": ALL, "reason": reason}
    return pd.DataFrame([row]).astype(COLUMNS)

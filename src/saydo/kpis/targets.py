"""Do the segments we compete for fare better than the rest?

The key KPIs of everyone in the segments that the params call `targets`, together, beside those of
everyone in another segment, and the difference.

The interval of the difference is made of the intervals of both (MOVER, *method of variance
estimates recovery*): with values a, b and bounds (l, u) of each, independent as nobody is in both,

    low  = (a − b) − √((a − l_a)² + (u_b − b)²)
    high = (a − b) + √((u_a − a)² + (b − l_b)²)

So it needs no standard error, and an interval that is not symmetric keeps its shape: of two Wilson
intervals it makes Newcombe's hybrid score interval, of two normal ones the usual one.

References:
    Newcombe (1998), Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17, 873–890, method 10. Zou & Donner (2008), Construction of confidence
    limits about effect measures: a general approach, Statistics in Medicine 27, 1693–1702.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.kpis import KPIS
from saydo.kpis.compute import compute
from saydo.languages import gettext as _
from saydo.params import ALL, Params
from saydo.tables.checked import Tables

TARGETS, REST = "targets", "rest"

Verdict = Literal["higher", "lower", "not told apart", "not measured"]
"""Of the targets against the rest; the first two where the interval leaves out zero."""

COLUMNS = (
    "kpi",
    "period_start",
    "targets",
    "targets_low",
    "targets_high",
    "rest",
    "rest_low",
    "rest_high",
    "difference",
    "ci_low",
    "ci_high",
    "n_targets",
    "n_rest",
    "verdict",
    "reason",
)
"""Columns of `targets`, in this order."""

_KEY = ["kpi", "period_start"]


def targets(
    tables: Tables, assignments: ir.Table, kpis: pd.DataFrame, *, params: Params, as_of: date
) -> pd.DataFrame:
    """The key KPIs of the targets beside those of the rest.

    Twenty KPIs compared at 95 % are expected to show one difference where there is none.

    Args:
        tables: Checked tables.
        assignments: `customer_id`, `segment`, one row per customer.
        kpis: What is shown of segments, as `compute` returns it: where one is withheld there, the
            targets less their segments that are shown would give it away, so nothing is shown here.
        params: `targets`, and what KPIs need.
        as_of: Last day of the last period or later.

    Returns:
        `COLUMNS`, one row per key KPI that segments have, and period; values, `difference` (targets
        less rest) and bounds in the KPI's unit, `n_targets` and `n_rest` what each value rests on,
        as in the table of KPIs. `verdict` as `Verdict` says; `reason`, why there is no difference,
        or what to heed of it. No rows where params have no targets.
    """
    if not params.targets:
        return pd.DataFrame(columns=list(COLUMNS))
    is_target = assignments.segment.isin(params.targets)
    halves = assignments.mutate(segment=is_target.ifelse(TARGETS, REST))
    halves = tables.keep("targets_and_rest", halves.select("customer_id", "segment"))
    # A number of customers says how many the targets are, not how they fare.
    core = [kpi for kpi in KPIS.values() if kpi.is_core and kpi.by_segment and kpi.unit != "count"]
    found = compute(tables, halves, params=params, as_of=as_of, kpis=core)
    return compared(found, withheld_in=kpis)


def compared(found: pd.DataFrame, *, withheld_in: pd.DataFrame) -> pd.DataFrame:
    """The difference of the segments `TARGETS` and `REST`.

    Args:
        found: KPIs of both, as `compute` returns them.
        withheld_in: KPIs of the segments that these are made of.
    """
    sides = [found[found["segment"] == side].set_index(_KEY) for side in (TARGETS, REST)]
    ours, theirs = sides[0], sides[1].reindex(sides[0].index)
    rows = pd.DataFrame(index=ours.index)
    for side, of in ((TARGETS, ours), (REST, theirs)):
        numbers = of[["value", "ci_low", "ci_high", "n"]].astype("float64")
        rows[[side, f"{side}_low", f"{side}_high", f"n_{side}"]] = numbers
    gives_away = pd.Series(rows.index.isin(_withheld(withheld_in)), rows.index)
    rows.loc[gives_away] = np.nan
    rows["difference"], rows["ci_low"], rows["ci_high"] = difference(rows)
    rows["verdict"] = [
        verdict(*row) for row in rows[["difference", "ci_low", "ci_high"]].itertuples(index=False)
    ]
    reasons = ours["reason"].where(ours["reason"] != "", theirs["reason"])
    is_bare = rows["difference"].notna() & rows["ci_low"].isna() & rows["ci_high"].isna()
    rows["reason"] = reasons.mask(
        gives_away, _("withheld: it would give away a segment that is too small to show")
    ).mask(is_bare & (reasons == ""), _("it is not known how far chance might have moved it"))
    return rows.reset_index()[list(COLUMNS)]


def difference(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """`targets` less `rest` of each row, with its 95 % interval by MOVER; NaN where not known."""
    ours, theirs = rows[TARGETS], rows[REST]
    gap = ours - theirs
    below = np.hypot(ours - rows["targets_low"], rows["rest_high"] - theirs)
    above = np.hypot(rows["targets_high"] - ours, theirs - rows["rest_low"])
    return gap, gap - below, gap + above


def verdict(difference: float, low: float, high: float) -> Verdict:
    """What can be said of a difference; a bound that is NaN is open."""
    if np.isnan(difference):
        return "not measured"
    if low > 0:
        return "higher"
    return "lower" if high < 0 else "not told apart"


def _withheld(kpis: pd.DataFrame) -> pd.MultiIndex:
    """KPIs and periods of which everyone is shown, but not every segment: some are withheld.

    Of a segment about which there is nothing to tell, n is known to be zero; of one that is
    withheld it is not shown either.
    """
    is_all = kpis["segment"] == ALL
    told = kpis[is_all & kpis["value"].notna()].set_index(_KEY).index
    silent = kpis[~is_all & kpis["value"].isna() & kpis["n"].isna()].set_index(_KEY).index
    return silent.unique().intersection(told.unique())

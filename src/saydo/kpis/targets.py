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

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.kpis import KPIS
from saydo.kpis.aggregate import aggregate
from saydo.kpis.compute import compute, lacking
from saydo.kpis.kpi import Kpi
from saydo.languages import gettext as _
from saydo.params import ALL, Params
from saydo.periods import last_periods
from saydo.privacy import withheld
from saydo.tables.checked import Tables
from saydo.tables.declared import DAY, NUMBER, TEXT, as_declared, none_of
from saydo.tables.marts import MARTS
from saydo.tables.scope import Scope

TARGETS, REST = "targets", "rest"

Verdict = Literal["higher", "lower", "not told apart", "not measured"]
"""Of the targets against the rest; the first two where the interval leaves out zero."""

COLUMNS: Mapping[str, str] = {
    "kpi": TEXT,
    "period_start": DAY,
    **dict.fromkeys(("targets", "targets_low", "targets_high"), NUMBER),
    **dict.fromkeys(("rest", "rest_low", "rest_high"), NUMBER),
    **dict.fromkeys(("difference", "ci_low", "ci_high", "n_targets", "n_rest"), NUMBER),
    **dict.fromkeys(("verdict", "reason"), TEXT),
}

_KEY = ["kpi", "period_start"]


def targets(tables: Tables, assignments: ir.Table, *, params: Params, as_of: date) -> pd.DataFrame:
    """The key KPIs of the targets beside those of the rest.

    Twenty KPIs compared at 95 % are expected to show one difference where there is none.

    Args:
        tables: Checked tables.
        assignments: `customer_id`, `segment`, one row per customer.
        params: `targets`, and what KPIs need.
        as_of: Last day of the last period or later.

    Returns:
        `COLUMNS`, one row per key KPI that segments have, and period; values, `difference` (targets
        less rest) and bounds in the KPI's unit, `n_targets` and `n_rest` what each value rests on,
        as in the table of KPIs. `verdict` as `Verdict` says; `reason`, why there is no difference,
        or what to heed of it. No rows where params have no targets.
    """
    if not params.targets:
        return none_of(COLUMNS)
    is_target = assignments.segment.isin(params.targets)
    halves = assignments.mutate(segment=is_target.ifelse(TARGETS, REST))
    halves = tables.keep("targets_and_rest", halves.select("customer_id", "segment"))
    # A number of customers says how many the targets are, not how they fare.
    core = [kpi for kpi in KPIS.values() if kpi.is_core and kpi.by_segment and kpi.unit != "count"]
    found = compute(tables, halves, params=params, as_of=as_of, kpis=core)
    known = [kpi for kpi in core if lacking(kpi, tables, params) is None]
    giving_away = _giving_away(tables, assignments, known, params=params, as_of=as_of)
    return compared(found, giving_away=giving_away)


def compared(found: pd.DataFrame, *, giving_away: pd.MultiIndex) -> pd.DataFrame:
    """The difference of the segments `TARGETS` and `REST`.

    Args:
        found: KPIs of both, as `compute` returns them.
        giving_away: KPIs and periods of which nothing may be shown.
    """
    sides = [found[found["segment"] == side].set_index(_KEY) for side in (TARGETS, REST)]
    ours, theirs = sides[0], sides[1].reindex(sides[0].index)
    rows = pd.DataFrame(index=ours.index)
    for side, of in ((TARGETS, ours), (REST, theirs)):
        numbers = of[["value", "ci_low", "ci_high", "n"]].astype("float64")
        rows[[side, f"{side}_low", f"{side}_high", f"n_{side}"]] = numbers
    gives_away = pd.Series(rows.index.isin(giving_away), rows.index)
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
    return as_declared(rows.reset_index(), COLUMNS)


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


def _giving_away(
    tables: Tables,
    assignments: ir.Table,
    kpis: Sequence[Kpi],
    *,
    params: Params,
    as_of: date,
) -> pd.MultiIndex:
    """KPIs and periods in which the targets, less their segments that are shown, would give away
    one that is withheld.

    Whoever knows all segments that are shown, and the targets together, knows the withheld ones
    among the targets together, and those among the rest together with customers of no segment. Both
    must be nobody, or as many as `privacy.withheld` asks for.
    """
    periods = tuple(last_periods(as_of, length=params.period, number=params.periods))
    scope = Scope(tables, assignments, periods, params, as_of)
    names = sorted(assignments.select("segment").distinct().execute()["segment"].dropna())
    starts = pd.to_datetime([period.start for period in periods])
    grid = pd.MultiIndex.from_product([[ALL, *names], starts], names=["segment", "period_start"])
    is_target = np.isin(names, params.targets)
    found = []
    for mart in dict.fromkeys(kpi.mart for kpi in kpis):
        of_mart = [kpi for kpi in kpis if kpi.mart == mart]
        cells = aggregate(MARTS[mart], of_mart, scope, grid)
        for kpi in of_mart:
            people = cells.of(kpi, "people").fillna(0).astype("int64").to_numpy()
            counts = people.reshape(len(names) + 2, len(periods), -1)
            found += [
                (kpi.name, start)
                for place, start in enumerate(starts)
                if _gives_away(counts[:, place], is_target, min_cell=params.privacy.min_cell)
            ]
    return (
        pd.MultiIndex.from_tuples(found, names=_KEY)
        if found
        else pd.MultiIndex.from_arrays([[], []], names=_KEY)
    )


def _gives_away(counts: np.ndarray, is_target: np.ndarray, *, min_cell: int) -> bool:
    """Whether withheld segments could be told from the targets together.

    Args:
        counts: People by segment, `all` first and those of no segment last, and base of the KPI.
        is_target: Of each segment.
        min_cell: Fewest people about whom anything is shown.
    """
    parts, nowhere = counts[1:-1], counts[-1]
    hidden = np.zeros(len(parts), dtype=bool)
    for base in range(parts.shape[1]):
        hidden |= withheld(parts[:, base], int(nowhere[base]), min_cell=min_cell)
    for base in range(parts.shape[1]):
        for side, others in ((hidden & is_target, 0), (hidden & ~is_target, int(nowhere[base]))):
            people = int(parts[side, base].sum()) + others
            n_cells = int((parts[side, base] > 0).sum()) + (others > 0)
            if side.any() and 0 < people < max(min_cell, n_cells + 1):
                return True
    return False

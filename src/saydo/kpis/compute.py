"""How do we do? All KPIs, for all segments and periods, with intervals, targets and reasons.

Takes the checked tables, the assignment to segments and the params; returns the tidy table `kpis`
that every page reads. What can't be measured is in it too, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from operator import attrgetter
from typing import TypeAlias

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from saydo.kpis import KPIS
from saydo.kpis.aggregate import Cells, aggregate
from saydo.kpis.kpi import Kpi
from saydo.kpis.status import status
from saydo.languages import gettext as _
from saydo.languages import listed, ngettext
from saydo.objectives.attainment import attainment
from saydo.objectives.declared import TARGET_ATTAINMENT
from saydo.params import ALL, Params
from saydo.periods import last_periods
from saydo.privacy import too_small, withheld
from saydo.tables.checked import Tables
from saydo.tables.duck import DuckDb
from saydo.tables.marts import MARTS
from saydo.tables.presence import is_watched, presence_needs
from saydo.tables.scope import Scope

COLUMNS = (
    "segment",
    "period_start",
    "period_end",
    "kpi",
    "side",
    "theme",
    "unit",
    "better",
    "value",
    "ci_low",
    "ci_high",
    "n",
    "target",
    "status",
    "reason",
    "weight",
)
"""Columns of the result, in this order."""

Mask: TypeAlias = npt.NDArray[np.bool_]

_SHOWN = ["value", "ci_low", "ci_high", "n", "weight"]


def compute(
    tables: Tables,
    assignments: ir.Table,
    *,
    params: Params,
    as_of: date,
    kpis: Sequence[Kpi] | None = None,
) -> pd.DataFrame:
    """Every KPI in every segment and period, `all` first.

    Args:
        tables: Checked tables; what they lack is told as the reason.
        assignments: `customer_id`, `segment`, one row per customer.
        params: Periods, retention, satisfaction, objectives and privacy.
        as_of: Last day of the last period or later.
        kpis: Only these; all if left out.

    Returns:
        `COLUMNS`, ordered by KPI, segment (by size) and period. `value` and its 95 % interval
        `ci_low`, `ci_high` are in the KPI's unit; a bound is empty where it can't be told. `n` is
        what the estimate rests on. `target` is that of an objective, in the last period. `status`
        is one of `saydo.kpis.status.Status`. `reason` says, in the study's language, why there is
        no value, or what to heed if there is one. `weight` is
        what values of segments are weighted with to give that of `all`; empty where that can't be.
    """
    chosen = tuple(KPIS.values() if kpis is None else kpis)
    periods = last_periods(as_of, length=params.period, number=params.periods)
    scope = Scope(tables, assignments, tuple(periods), params, as_of)
    lacks = {kpi.name: lacking(kpi, tables, params) for kpi in chosen}
    segments = [ALL, *_by_size(assignments)]
    grid = pd.MultiIndex.from_product(
        [segments, pd.to_datetime([period.start for period in periods])],
        names=["segment", "period_start"],
    )
    measurable = [kpi for kpi in chosen if not lacks[kpi.name]]
    # Matrices are small here: threads for them would only get in the engine's way.
    with threadpool_limits(1, "blas"):
        parts = {
            kpi.name: _measured(kpi, cells, grid, scope)
            for kpis_of_mart, cells in _aggregated(measurable, scope, grid)
            for kpi in kpis_of_mart
        }
    rows = [
        parts[kpi.name] if kpi.name in parts else _not_measured(grid, lacks[kpi.name] or "")
        for kpi in chosen
    ]
    table = pd.concat([_declared(chosen, grid), pd.concat(rows, ignore_index=True)], axis="columns")
    ends = {pd.Timestamp(period.start): pd.Timestamp(period.end) for period in periods}
    table["period_end"] = table["period_start"].map(ends)
    table = _with_targets(table, params, last=pd.Timestamp(periods[-1].start))[list(COLUMNS)]
    return _with_attainment(table, params)


def _aggregated(
    kpis: Sequence[Kpi], scope: Scope, grid: pd.MultiIndex
) -> Iterator[tuple[list[Kpi], Cells]]:
    """KPIs with the aggregates of their mart, one mart after the other.

    The engine works ahead, while what it has found is estimated from here; if several threads may
    ask it, one puts its query into SQL while it answers that of the other.
    """
    of_mart = {name: [kpi for kpi in kpis if kpi.mart == name] for name in MARTS}
    n_threads = 2 if isinstance(scope.tables.connection, DuckDb) else 1
    engine = ThreadPoolExecutor(n_threads, thread_name_prefix="aggregate")
    try:
        ahead = [
            (chosen, engine.submit(aggregate, MARTS[name], chosen, scope, grid))
            for name, chosen in of_mart.items()
            if chosen
        ]
        for chosen, cells in ahead:
            yield chosen, cells.result()
    finally:
        engine.shutdown(cancel_futures=True)


def _with_attainment(table: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The table with the one KPI that is made of the others."""
    is_attainment = table["kpi"] == TARGET_ATTAINMENT.name
    if not is_attainment.any() or not params.objectives:
        return table
    rows = attainment(table, params).set_index(table.index[is_attainment])
    table.loc[is_attainment] = rows
    return table


def lacking(kpi: Kpi, tables: Tables, params: Params) -> str | None:
    """What a KPI lacks ("needs tickets"), or None if it can be measured."""
    needs = dict(kpi.needs)
    settings = [key for key in kpi.settings if not attrgetter(key)(params)]
    if kpi.uses and params.retention is None:
        settings.insert(0, "retention")
    elif params.retention is not None and kpi.uses:
        if kpi.needs_presence and params.retention.kind == "label":
            return _("labels without dates")
        if kpi.uses == "contract" and params.retention.kind != "contract":
            return _("without contracts the day of leaving is not known")
        for table, columns in presence_needs(params.retention).items():
            needs[table] = tuple(dict.fromkeys([*needs.get(table, ()), *columns]))
    unset = _("needs {names} in params").format(names=listed(settings)) if settings else None
    return listed(filter(None, (tables.lacks(needs), unset))) or None


def _by_size(assignments: ir.Table) -> list[str]:
    sizes = assignments.group_by("segment").agg(n=ibis._.count())
    sizes = sizes.filter(sizes.segment.notnull())
    return list(sizes.order_by(sizes.n.desc(), sizes.segment).execute()["segment"])


def _declared(kpis: Sequence[Kpi], grid: pd.MultiIndex) -> pd.DataFrame:
    """What KPIs say of themselves, once for each place of the grid."""
    names = ("kpi", "side", "theme", "unit", "better")
    said = [(kpi.name, kpi.side, kpi.theme, kpi.unit, kpi.better) for kpi in kpis]
    declared = pd.DataFrame(said, columns=names)
    declared = declared.loc[declared.index.repeat(len(grid))].reset_index(drop=True)
    places = grid.to_frame(index=False)
    return pd.concat([pd.concat([places] * len(kpis), ignore_index=True), declared], axis="columns")


def _not_measured(grid: pd.MultiIndex, reason: str) -> pd.DataFrame:
    return pd.DataFrame(np.nan, index=range(len(grid)), columns=_SHOWN).assign(reason=reason)


def _measured(kpi: Kpi, cells: Cells, grid: pd.MultiIndex, scope: Scope) -> pd.DataFrame:
    """Estimates of one KPI over the grid, less those that may not be shown or mean nothing."""
    rows = cells.estimate(kpi)
    # What can't be needs no interval: a share of a few, by the delta method, may reach below zero.
    rows["ci_low"] = rows["ci_low"].clip(lower=kpi.range[0])
    rows["ci_high"] = rows["ci_high"].clip(upper=kpi.range[1])
    reasons = rows["reason"].map(_)
    is_nothing = rows["value"].isna() & (reasons == "")
    reasons = reasons.mask(is_nothing, _(kpi.nothing))
    only = cells.of(kpi, "otherwise")
    for number, (_condition, reason) in reversed(list(enumerate(kpi.otherwise))):
        reasons = reasons.mask(is_nothing & (only[str(number)] > 0), _(reason))
    rows["reason"] = reasons
    _withhold(rows, kpi, cells, scope)
    starts = grid.get_level_values("period_start")
    if kpi.needs_stay:
        _blank_unwatched(rows, starts, scope)
    if kpi.last_only:
        _blank(rows, starts != starts.max(), _("projected from the last period only"))
    if not kpi.by_segment:
        is_part = grid.get_level_values("segment") != ALL
        _blank(rows, is_part, _("not split by segment"))
    return rows


def _blank(rows: pd.DataFrame, where: Mask, reason: str) -> None:
    if where.any():
        # Column by column: an assignment through `loc` takes twenty times as long.
        for name in _SHOWN:
            rows[name] = np.where(where, np.nan, rows[name])
        rows["reason"] = np.where(where, reason, rows["reason"])


def _withhold(rows: pd.DataFrame, kpi: Kpi, cells: Cells, scope: Scope) -> None:
    """Blanks cells about too few people, and as many others as it takes to hide those."""
    min_cell = scope.params.privacy.min_cell
    people = cells.of(kpi, "people").fillna(0).astype("int64")
    n_periods = len(scope.periods)
    is_hidden = np.zeros((len(rows) // n_periods, n_periods), dtype=bool)
    for base in people.columns:
        counts = people[base].to_numpy().reshape(-1, n_periods)  # `all` first, unassigned last
        is_hidden[0] |= too_small(counts[0], min_cell=min_cell)
        for period in range(n_periods):
            is_hidden[1:, period] |= withheld(
                counts[1:-1, period], int(counts[-1, period]), min_cell=min_cell
            )
    # One reason for both: which of them is the small one would narrow down how small it is.
    reason = ngettext(
        "withheld, to protect groups of fewer than {count} {customer}",
        "withheld, to protect groups of fewer than {count} {customers}",
        min_cell,
    )
    _blank(rows, is_hidden.ravel(), reason.format(count=min_cell))


def _blank_unwatched(rows: pd.DataFrame, starts: pd.DatetimeIndex, scope: Scope) -> None:
    """Blanks periods over which it is not known who stayed."""
    retention = scope.params.retention
    assert retention is not None  # or the KPI would lack it
    if retention.kind == "label":
        caveat = _("labels without dates")
        _blank(rows, starts != pd.Timestamp(scope.periods[-1].start), caveat)
        rows.loc[rows["value"].notna(), "reason"] = caveat
        return
    unfinished = [
        pd.Timestamp(period.start)
        for period in scope.periods
        if not is_watched(period, retention=retention, as_of=scope.as_of)
    ]
    _blank(rows, starts.isin(unfinished), _("window not finished"))


def _with_targets(table: pd.DataFrame, params: Params, *, last: pd.Timestamp) -> pd.DataFrame:
    """Adds `target`, where an objective has one (the first of several), and `status`."""
    table["target"] = np.nan
    is_last = table["period_start"] == last
    for objective in params.objectives:
        in_segment = is_last & (table["segment"] == objective.segment)
        for measure in objective.measures:
            cell = in_segment & (table["kpi"] == measure.kpi) & table["target"].isna()
            table.loc[cell, "target"] = measure.target
    estimates = zip(*(table[name] for name in (*_SHOWN[:3], "target", "better")), strict=True)
    table["status"] = [
        status(value, low, high, target=target, better=better)
        for value, low, high, target, better in estimates
    ]
    return table

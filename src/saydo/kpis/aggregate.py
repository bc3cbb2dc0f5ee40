"""What does the engine compute? One query per mart, for all of its KPIs, segments and periods.

Takes a mart and KPIs; returns one row per segment (`all` and the unassigned included) and period,
with the aggregates of every KPI: what its measure asks for, and the distinct persons behind it.
Measures that need every value have their values counted, in one more query each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from saydo.kpis.distributions import Distribution
from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Aggregate
from saydo.params import ALL
from saydo.tables.marts import Mart
from saydo.tables.scope import Scope

UNASSIGNED = "\ue000"
"""Stands for rows of no known customer, who are in no segment. Private use: no name is this."""

KEY = ["segment", "period_start"]

Array: TypeAlias = npt.NDArray[np.float64]

_REDUCTIONS = (ops.Sum, ops.Min, ops.Max, ops.CountDistinct)

_TOTAL = "total "
"""Begins the name of a total, which may be that of a column of the mart."""

Part = Literal["sums", "people", "otherwise"]


@dataclass
class _Plan:
    """Aggregates to compute; what several KPIs ask for is computed once."""

    parts: dict[tuple[str, Part], dict[str, str]] = field(default_factory=dict)
    """Per KPI and part: what it calls an aggregate, and the column that holds it."""
    aggregates: dict[str, Aggregate] = field(default_factory=dict)
    _known: dict[object, str] = field(default_factory=dict)

    def add(self, kpi: Kpi, part: Part, name: str, aggregate: Aggregate) -> None:
        column = self._known.setdefault(aggregate.of.op(), f"a{len(self._known)}")
        self.parts.setdefault((kpi.name, part), {})[name] = column
        self.aggregates[column] = aggregate


@dataclass(frozen=True)
class Cells:
    """Aggregates of a mart, as the engine gave them."""

    grid: pd.MultiIndex
    """Segments, `all` first, times periods."""
    found: Mapping[str, Array]
    """Each distinct aggregate, in the order of the grid, and after it for the unassigned in each
    period. A segment without rows has a sum of zero in a period in which others have rows; in one
    in which nobody has any, nothing is known."""
    plan: _Plan
    counts: Mapping[str, pd.DataFrame]
    """Rows by level, of each KPI whose measure is a distribution; indexed by segment and period."""

    @property
    def n_places(self) -> int:
        """Places of the grid, and those of the unassigned."""
        return len(self.grid) + len(self.grid.unique("period_start"))

    def estimate(self, kpi: Kpi) -> pd.DataFrame:
        """What the KPI's measure makes of them, one row per place of the grid, in its order."""
        sums = self.of(kpi, "sums")
        if not kpi.measure.reads_index:
            return kpi.measure.estimate(sums)
        sums = sums.set_axis(self.grid, axis="index")
        if isinstance(kpi.measure, Distribution):
            estimate = kpi.measure.estimate_from(sums, self.counts[kpi.name])
        else:
            estimate = kpi.measure.estimate(sums)
        return estimate.reset_index(drop=True)

    def of(self, kpi: Kpi, part: Part) -> pd.DataFrame:
        """The KPI's aggregates: of its measure (`sums`), distinct `people` in each group that it
        tells about, the unassigned included, or rows that do not count (`otherwise`).

        One row per place of the grid, in its order, counted from 0: to carry segments and periods
        through every sum and difference takes pandas longer than these.
        """
        columns = self.plan.parts.get((kpi.name, part), {})
        places = pd.RangeIndex(self.n_places if part == "people" else len(self.grid))
        sums = {name: self.found[column][: len(places)] for name, column in columns.items()}
        return pd.DataFrame(sums, index=places)


def aggregate(mart: Mart, kpis: Sequence[Kpi], scope: Scope, grid: pd.MultiIndex) -> Cells:
    """Aggregates of these KPIs, which are all of this mart, in one query.

    Args:
        mart: Rows to aggregate.
        kpis: What to aggregate them for.
        scope: Of whom and when.
        grid: Segments, `all` first, times periods.
    """
    has_counts = any(isinstance(kpi.measure, Distribution) for kpi in kpis)
    parts = []
    for share in scope.shares() if mart.is_wide and not has_counts else (scope,):
        rows = mart.build(share)
        plan = _plan(mart, kpis, rows)
        parts.append(_fetched(_by_key(rows, plan)))
    found = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    found = found.astype(dict.fromkeys(plan.aggregates, "float64")).copy()  # in one piece
    by_period = found.groupby("period_start")
    rolled_up = [
        by_period[names].agg(how)
        for how in ("sum", "min", "max")
        if (names := [name for name, each in plan.aggregates.items() if each.roll_up == how])
    ]
    everyone = pd.concat(rolled_up, axis="columns").reset_index()
    everyone.insert(0, "segment", ALL)
    table = pd.concat([found, everyone], ignore_index=True)
    return Cells(grid, _on_grid(table, plan, grid), plan, _all_counts(kpis, rows))


def _on_grid(table: pd.DataFrame, plan: _Plan, grid: pd.MultiIndex) -> dict[str, Array]:
    """Each aggregate at the places of the grid, and of the unassigned."""
    segments, periods = grid.unique("segment"), grid.unique("period_start")
    places = segments.append(pd.Index([UNASSIGNED])).get_indexer(table["segment"])
    columns = periods.get_indexer(table["period_start"])
    is_placed = (places >= 0) & (columns >= 0)
    placed = {}
    for name, each in plan.aggregates.items():
        whole = np.full((len(segments) + 1, len(periods)), np.nan)
        if each.roll_up == "sum":
            whole[:, columns[columns >= 0]] = 0.0
        values = table[name].to_numpy()
        known = is_placed & ~np.isnan(values)
        whole[places[known], columns[known]] = values[known]
        placed[name] = whole.ravel()
    return placed


def _all_counts(kpis: Sequence[Kpi], rows: ir.Table) -> dict[str, pd.DataFrame]:
    """Counts of each KPI whose measure is a distribution; the same object for the same counts."""
    queries = {
        kpi.name: _counted(kpi.measure, rows)
        for kpi in kpis
        if isinstance(kpi.measure, Distribution)
    }
    found = {query.op(): None for query in queries.values()}
    counts = {node: _with_everyone(_fetched(node.to_expr())) for node in found}
    return {name: counts[query.op()] for name, query in queries.items()}


def _counted(measure: Distribution, rows: ir.Table) -> ir.Table:
    """Rows by level in every segment, with the totals that the measure asks for."""
    levels, totals = measure.levels(rows), measure.totals(rows)
    counted = rows.filter(measure.counted(rows)).mutate(**levels, **totals)
    sums = {_TOTAL + name: counted[name].sum() for name in totals}
    return counted.group_by(*KEY, *levels).agg(count=counted.count(), **sums)


def _with_everyone(found: pd.DataFrame) -> pd.DataFrame:
    """The counts of segments, and those of `all`."""
    added = [name for name in found.columns if name == "count" or name.startswith(_TOTAL)]
    levels = [name for name in found.columns if name not in (*added, "segment")]
    everyone = found.groupby(levels, as_index=False, dropna=False)[added].sum()
    whole = pd.concat([found, everyone.assign(segment=ALL)], ignore_index=True)
    # Of few distinct values: as codes they are compared and grouped many times as fast.
    whole["segment"] = whole["segment"].astype("category")
    return whole.set_index(KEY).rename(columns=lambda name: name.removeprefix(_TOTAL))


def _fetched(query: ir.Table) -> pd.DataFrame:
    found: pd.DataFrame = query.execute()
    found["segment"] = found["segment"].astype("str").fillna(UNASSIGNED)
    found["period_start"] = pd.to_datetime(found["period_start"])
    return found


def _plan(mart: Mart, kpis: Sequence[Kpi], rows: ir.Table) -> _Plan:
    plan = _Plan()
    for kpi in kpis:
        for name, aggregate in kpi.measure.aggregates(rows).items():
            plan.add(kpi, "sums", name, aggregate)
        for number, (condition, _) in enumerate(kpi.otherwise):
            plan.add(kpi, "otherwise", str(number), Aggregate(condition(rows).sum()))
        for number, base in enumerate(kpi.measure.bases(rows) if mart.people else ()):
            plan.add(kpi, "people", str(number), Aggregate(_people(mart, rows, base)))
    return plan


def _by_key(rows: ir.Table, plan: _Plan) -> ir.Table:
    """The rows aggregated by segment and period.

    What is aggregated is computed in columns of its own first, each once: within `case when` DuckDB
    would compute anew whatever aggregates have in common. And it is `case when` in place of
    `filter (where …)`, for DuckDB evaluates the conditions of filters one by one. Together they
    make the hundred aggregates of a mart ten times as fast.
    """
    nodes = dict.fromkeys(
        node
        for aggregate in plan.aggregates.values()
        for node in aggregate.of.op().find(_REDUCTIONS, filter=ops.Value)  # not within the mart
    )
    computed = dict.fromkeys(
        value
        for node in nodes
        for value in (node.arg, node.where)
        if value is not None and not isinstance(value, ops.Field)
    )
    names = {value: f"v{number}" for number, value in enumerate(computed)}
    wide = rows.mutate(**{name: value.to_expr() for value, name in names.items()})

    def column(value: ops.Value) -> ops.Value:
        return wide[value.name if isinstance(value, ops.Field) else names[value]].op()

    plain = {
        node: type(node)(
            column(node.arg)
            if node.where is None
            else ops.IfElse(column(node.where), column(node.arg), _nothing(node)),
            where=None,
        )
        for node in nodes
    }
    return wide.group_by(*KEY).agg(
        **{
            name: aggregate.of.op().replace(plain, filter=ops.Value).to_expr()
            for name, aggregate in plan.aggregates.items()
        }
    )


def _nothing(node: ops.Reduction) -> ops.Value:
    """What changes nothing of an aggregate. Not null of a sum: DuckDB adds zeros in two thirds of
    the time in which it leaves out nulls. A sum of nothing is 0 in `Cells` in any case."""
    if not isinstance(node, ops.Sum):
        return ops.NULL
    return ops.Literal(False if node.arg.dtype.is_boolean() else 0, dtype=node.arg.dtype)


def _people(mart: Mart, rows: ir.Table, base: ir.Value) -> ir.Scalar:
    """Distinct persons. As each is in one segment only, they can be added up over segments."""
    if mart.is_unique:
        return base.sum()
    nameless = (base & rows.person.isnull()).sum()
    return rows.person.nunique(where=base) + nameless.fill_null(0)

"""What would another published definition say? Rivals of the KPIs whose definitions differ.

A rival is a KPI of its own on the same mart, so that it costs no further query. `sensitivity`
compares each with the definition that saydo uses: would the order of the segments change, or the
status of a target?
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import NetShare
from saydo.kpis.pooled import Rate, Ratio
from saydo.kpis.profitability import REVENUE_PER_CUSTOMER
from saydo.kpis.retention import CHURN_PERIOD, CRR
from saydo.kpis.satisfaction import CSAT_TOP2, NPS
from saydo.kpis.status import status
from saydo.kpis.survey_measures import BoxShare
from saydo.languages import noop as _
from saydo.params import ALL


def _rival(of: Kpi, key: str, label: str, formula: str, **changes: object) -> Kpi:
    return replace(of, name=f"{of.name}.{key}", label=label, formula=formula, **changes)  # type: ignore[arg-type]


def _middle(answers: ir.Table) -> ir.Value:
    return (answers.scale_min + answers.scale_max) / 2


def _lost(customers: ir.Table) -> ir.Value:
    return (customers.active_at_start & ~customers.stayed).fill_null(False).cast("int64")


def _there(customers: ir.Table) -> ir.Value:
    return (customers.active_at_start & customers.stayed.notnull()).fill_null(False).cast("int64")


def _left_new(customers: ir.Table) -> ir.Value:
    return customers.left_new.fill_null(False).cast("int64")


def _came_or_stayed(customers: ir.Table) -> ir.Value:
    return (customers.active_at_end & ~customers.is_new).fill_null(False).cast("int64")


_NPS, _CSAT = NPS.measure, CSAT_TOP2.measure
assert isinstance(_NPS, NetShare) and isinstance(_CSAT, BoxShare)

_ALL_RIVALS = (
    _rival(
        NPS,
        "european",
        _("promoters 8 to 10, detractors 0 to 5"),
        "100 · (answers 8–10 − answers 0–5) / answers",
        measure=NetShare(
            up=lambda answers: answers.score >= 8,
            down=lambda answers: answers.score <= 5,
            among=_NPS.among,
            weight=_NPS.weight,
        ),
    ),
    _rival(
        CSAT_TOP2,
        "top",
        _("the highest point only"),
        "100 · answers on the top point / answers",
        measure=BoxShare(
            of=lambda answers: answers.score >= answers.scale_max,
            among=_CSAT.among,
            weight=_CSAT.weight,
        ),
    ),
    _rival(
        CSAT_TOP2,
        "middle",
        _("the middle of the scale counts as satisfied too"),
        "100 · answers at the middle or above / answers",
        measure=BoxShare(
            of=lambda answers: answers.score >= _middle(answers),
            among=_CSAT.among,
            weight=_CSAT.weight,
        ),
    ),
    _rival(
        CHURN_PERIOD,
        "with_new",
        _("losses of new {customers} count too"),
        "100 · (lost of those at the start + new and lost) / at the start",
        measure=Rate(
            events=lambda customers: _lost(customers) + _left_new(customers),
            exposure=_there,
            times=100,
        ),
        range=(0, float("inf")),
        uses="presence and stay",
    ),
    _rival(
        CHURN_PERIOD,
        "average_base",
        _("per {customer} on average, at the start and the end of the period"),
        "100 · lost of those at the start / ((at the start + at the end) / 2)",
        measure=Ratio(
            of=_lost,
            per=lambda customers: customers.n_ends / 2,
            among=lambda customers: customers.n_ends > 0,
            times=100,
        ),
        range=(0, float("inf")),
        uses="presence and stay",
    ),
    _rival(
        CRR,
        "returned",
        _("{customers} who came back count as kept"),
        "100 · (at the end − new) / at the start",
        measure=Ratio(
            of=_came_or_stayed,
            per=_there,
            among=lambda customers: customers.n_ends > 0,
            times=100,
        ),
        range=(0, float("inf")),
        uses="presence and stay",
    ),
    _rival(
        REVENUE_PER_CUSTOMER,
        "buyers",
        _("per buyer, not per {customer}"),
        "Σ revenue / buyers",
        measure=Ratio(
            of=lambda customers: customers.revenue,
            per=lambda customers: customers.n_orders > 0,
            among=lambda customers: customers.n_orders > 0,
            zero_elsewhere=True,
        ),
    ),
)

RIVALS: Mapping[str, Kpi] = MappingProxyType({rival.name: rival for rival in _ALL_RIVALS})
"""Rivals by name, which is that of the KPI, a point, and what they do otherwise."""

SENSITIVITY = (
    "kpi",
    "rival",
    "period_start",
    "segment",
    "standard",
    "value",
    "ci_low",
    "ci_high",
    "n",
    "rank_standard",
    "rank",
    "status_standard",
    "status",
    "reason",
)
"""Columns of `sensitivity`, in this order."""


def standard_of(rival: str) -> str:
    """The name of the KPI that a rival defines otherwise."""
    return rival.split(".", 1)[0]


def sensitivity(kpis: pd.DataFrame, rivals: pd.DataFrame) -> pd.DataFrame:
    """Each rival beside the standard, by segment, in the last period for which both are known.

    Args:
        kpis: As `compute` returns it.
        rivals: The same of `RIVALS`.

    Returns:
        `SENSITIVITY`. Ranks are among segments that both have a value for, 1 is the best; `all` has
        none. `status` compares with the target of the standard.
    """
    parts = []
    for name, rows in rivals.groupby("kpi", sort=False):
        standard = kpis[kpis["kpi"] == standard_of(str(name))]
        known = standard[(standard["segment"] == ALL) & standard["value"].notna()]
        if known.empty:
            continue
        last = known["period_start"].max()
        of = standard[standard["period_start"] == last].set_index("segment")
        rows = rows[rows["period_start"] == last].set_index("segment")
        table = rows[["value", "ci_low", "ci_high", "n", "reason", "period_start"]].assign(
            kpi=standard_of(str(name)),
            rival=name,
            standard=of["value"],
            status_standard=of["status"],
            status=[
                status(row.value, row.ci_low, row.ci_high, target=target, better=row.better)
                for row, target in zip(rows.itertuples(), of["target"], strict=True)
            ],
        )
        both = table["value"].notna() & table["standard"].notna() & (table.index != ALL)
        low_is_good = of["better"].iloc[0] == "lower"
        for column, values in (("rank_standard", "standard"), ("rank", "value")):
            ranks = table.loc[both, values].rank(ascending=low_is_good, method="min")
            table[column] = ranks.reindex(table.index)
        parts.append(table.reset_index())
    if not parts:
        return pd.DataFrame(columns=list(SENSITIVITY))
    return pd.concat(parts, ignore_index=True)[list(SENSITIVITY)]


def changed_ranks(rows: pd.DataFrame) -> pd.DataFrame:
    """The segments of one rival that would stand elsewhere in the order, best first."""
    moved = rows["rank"].notna() & ~np.isclose(rows["rank"], rows["rank_standard"])
    return rows[moved].sort_values("rank_standard")

"""Who says one thing and does the other? Three groups that a mean of satisfaction hides.

Takes exposures and tables; returns, per segment, how many delighted customers left, how many who
complained stayed, and how many left without a word, with what they had been worth. What customers
had said is what was known when the watch began: that nobody saw it coming is the point.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from saydo.drivers.covariates import YEAR
from saydo.drivers.dose_response import withheld_levels
from saydo.drivers.exposures import Exposures, Watch
from saydo.drivers.ledger import revenue_before, total_interval, without_revenue
from saydo.languages import gettext
from saydo.languages import noop as _
from saydo.suppression import withheld, withheld_reason
from saydo.tables.checked import Tables
from saydo.tables.days import midnight
from saydo.tables.declared import COUNT, NUMBER, TEXT, as_declared
from saydo.tables.scope import dissatisfied_to, satisfied_from

GROUPS: Mapping[str, str] = {
    "delighted_who_left": _("Gave the highest answer, and left"),
    "complainers_who_stayed": _("Complained in the year before, and stayed"),
    "silent_churn": _("Left without a complaint or a dissatisfied answer"),
}
"""Each is counted among: those who gave the highest answer; who complained; who left."""

MONEY = ("revenue", "revenue_low", "revenue_high")
NUMBERS = ("n", "n_among", "share", "ci_low", "ci_high", *MONEY)
COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("segment", "group"), TEXT),
    **dict.fromkeys(NUMBERS, NUMBER),
    **dict.fromkeys(("n", "n_among"), COUNT),
    "reason": TEXT,
}


def contradictions(
    exposures: Exposures,
    tables: Tables,
    patterns: pd.DataFrame,
    *,
    min_cell: int = 11,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The delighted who left, the complainers who stayed, and silent churn.

    The first are of those who answered, the others of everyone who was there when the watch began.
    A group is withheld where those among whom it is counted are few, or where the highest answer is
    (see `dose_response`).

    Args:
        exposures: Everyone present, and what was watched.
        tables: Tickets with `is_complaint`, and orders, for what they can tell.
        patterns: Of the same exposures.
        min_cell: Fewest customers about whom anything is shown.
        confidence: Coverage of the intervals.

    Returns:
        `segment` (`all` first), `group` (a key of `GROUPS`), `n`, `n_among` (customers), `share`,
        `ci_low`, `ci_high` (0 to 1, of `n_among`; Wilson), `revenue`, `revenue_low`, `revenue_high`
        (of the group in the 365 days before the watch; normal), `reason` (why not measured or
        withheld; else empty). Three rows per segment.
    """
    lack = _complaints_lack(tables, exposures.watch)
    spent = revenue_before(tables, exposures.watch)
    cells = _cells(exposures, None if lack else _complainers(tables, exposures.watch), spent)
    segments = ["all", *sorted(cells["segment"].dropna().unique())]
    everyone = cells.assign(segment="all")
    cells = pd.concat([everyone, cells[cells["segment"].notna()]], ignore_index=True)
    among = {
        "delighted_who_left": cells["is_delighted"],
        "complainers_who_stayed": cells["complained"],
        "silent_churn": ~cells["stayed"],
    }
    within = {
        "delighted_who_left": cells["is_delighted"] & ~cells["stayed"],
        "complainers_who_stayed": cells["complained"] & cells["stayed"],
        "silent_churn": ~cells["stayed"] & ~cells["complained"] & ~cells["is_dissatisfied"],
    }
    rows = pd.concat(
        [
            _sums(cells, within[group], segments).assign(
                n_among=_sums(cells, among[group], segments)["n"], group=group
            )
            for group in GROUPS
        ]
    ).reset_index()
    order = {name: place for place, name in enumerate(segments)}
    rows = rows.sort_values(
        "segment", key=lambda names: names.map(order), kind="stable", ignore_index=True
    )
    low, high = proportion_confint(
        rows["n"], rows["n_among"].clip(lower=1), alpha=1 - confidence, method="wilson"
    )
    nobody = rows["n_among"] == 0
    rows["share"] = rows["n"] / rows["n_among"].where(~nobody)
    rows["ci_low"], rows["ci_high"] = np.where(nobody, np.nan, [low, high])
    size = rows["n_among"].where(rows["n_among"] > 1)
    rows["revenue_low"], rows["revenue_high"] = total_interval(
        rows["revenue"], rows["revenue_squared"], size, confidence=confidence
    )
    if spent is None:
        rows[list(MONEY)] = np.nan
    rows["reason"] = ""
    few = _few_spent(rows, patterns, exposures.watch, min_cell)
    rows = without_revenue(rows, few, min_cell=min_cell)
    measured = [group for group in GROUPS if lack is None or group == "delighted_who_left"]
    hidden = _hidden(rows, patterns, measured, exposures.watch, min_cell)
    rows = as_declared(rows[list(COLUMNS)], COLUMNS)
    rows.loc[hidden, list(NUMBERS)] = pd.NA
    rows.loc[hidden, "reason"] = withheld_reason(min_cell)
    absent = ~rows["group"].isin(measured)
    rows.loc[absent, list(NUMBERS)] = pd.NA
    rows.loc[absent, "reason"] = gettext("Not measured ({lack}).").format(lack=lack)
    return rows


def _few_spent(
    rows: pd.DataFrame, patterns: pd.DataFrame, watch: Watch, min_cell: int
) -> np.ndarray:
    """Whether a group is of few customers, or what it spent would tell what few others did.

    The ledger tells what all the satisfied who left had spent: less the delighted among them, it
    tells of the others.
    """
    wide = rows.pivot(index="segment", columns="group", values="n").astype(int)
    few = withheld(wide, min_cell=min_cell, rows_add_up=False)
    if watch.scale is not None:
        answers = patterns["satisfaction"]
        others = (answers >= satisfied_from(*watch.scale)) & (answers < watch.scale[1])
        left = patterns[others].groupby("segment")["n_left"].sum()
        parts = wide[["delighted_who_left"]].assign(
            others=left.reindex(wide.index, fill_value=0).astype(int)
        )
        few["delighted_who_left"] |= withheld(parts, min_cell=min_cell)["delighted_who_left"]
    keys = pd.MultiIndex.from_frame(rows[["segment", "group"]])
    return few.stack().reindex(keys).to_numpy(bool)


def _complaints_lack(tables: Tables, watch: Watch) -> str | None:
    lack = tables.lacks({"tickets": ("customer_id", "opened_at", "is_complaint")})
    if lack is None and watch.landmark is None:
        return gettext(
            "it is not known when {customers} left, so that this would count time after it"
        )
    return lack


def _complainers(tables: Tables, watch: Watch) -> ir.Table:
    """Customers with a complaint in the year before the watch."""
    assert watch.landmark is not None  # `_complaints_lack` has asked
    tickets = tables["tickets"]
    start, before = (midnight(day) for day in (watch.landmark, watch.landmark - YEAR))
    complaints = tickets.filter(
        tickets.is_complaint, tickets.opened_at >= before, tickets.opened_at < start
    )
    return complaints.select("customer_id").distinct().mutate(complained=ibis.literal(True))


def _cells(
    exposures: Exposures, complainers: ir.Table | None, spent: ir.Table | None
) -> pd.DataFrame:
    """Everyone present, counted by segment and by all that the groups are told by."""
    low, high = exposures.watch.scale or (0.0, 0.0)
    present = exposures.present
    answered = present.left_out.isnull()
    rows = present.select(
        "customer_id",
        "segment",
        "stayed",
        is_delighted=answered & (present.satisfaction >= high),
        is_dissatisfied=answered & (present.satisfaction <= dissatisfied_to(low, high)),
    )
    if complainers is not None:
        rows = rows.left_join(complainers, "customer_id").drop("customer_id_right")
    else:
        rows = rows.mutate(complained=ibis.literal(False))
    if spent is not None:
        rows = rows.left_join(spent, "customer_id").drop("customer_id_right")
    else:
        rows = rows.mutate(revenue=ibis.literal(0.0))
    flags = {
        name: rows[name].fill_null(False)
        for name in ("stayed", "is_delighted", "is_dissatisfied", "complained")
    }
    revenue = rows.revenue.cast("float64").fill_null(0.0)
    return (
        rows.group_by("segment", **flags)
        .agg(n=rows.count(), revenue=revenue.sum(), revenue_squared=(revenue**2).sum())
        .execute()
        .astype(dict.fromkeys(flags, bool))
    )


def _sums(cells: pd.DataFrame, chosen: pd.Series, segments: list[str]) -> pd.DataFrame:
    names = ["n", "revenue", "revenue_squared"]
    sums = cells[chosen].groupby("segment")[names].sum()
    return sums.reindex(pd.Index(segments, name="segment"), fill_value=0)


def _hidden(
    rows: pd.DataFrame, patterns: pd.DataFrame, measured: list[str], watch: Watch, min_cell: int
) -> pd.Series:
    """Whether those among whom a group is counted are few, or would give few away."""
    wide = rows[rows["group"].isin(measured)].pivot(
        index="segment", columns="group", values="n_among"
    )
    of_groups = withheld(wide.astype(int), min_cell=min_cell, rows_add_up=False)
    levels = withheld_levels(patterns, min_cell=min_cell)
    if watch.scale is not None and watch.scale[1] in levels.columns:
        top = levels[watch.scale[1]].reindex(of_groups.index, fill_value=False)
        of_groups["delighted_who_left"] |= top
    long = of_groups.stack()
    keys = pd.MultiIndex.from_frame(rows[["segment", "group"]])
    return pd.Series(long.reindex(keys, fill_value=False).to_numpy(bool), index=rows.index)

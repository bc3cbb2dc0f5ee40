"""Exposures reduced to what a model needs: distinct patterns with counts of stayed and left.

Takes exposures; returns one small DataFrame for all segments, made in one query. A binomial GLM on
these counts gives the same estimates as one on rows, whatever the number of customers.

Patterns count single customers: they are input to models, not for showing.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis.expr.types as ir
import pandas as pd

from saydo.drivers.exposures import Exposures, Watch

COUNTS = ("n_stayed", "n_left")
FIXED = ("segment", "satisfaction", "scale_min", "scale_max", *COUNTS)
"""Columns of patterns that are no covariates."""


def patterns(exposures: Exposures) -> pd.DataFrame:
    """Distinct patterns of satisfaction and covariates, by segment, with counts.

    Returns:
        `segment` (`all` first: everyone, those in no segment too), `satisfaction`, `scale_min`,
        `scale_max` (points), a column per covariate, `n_stayed`, `n_left` (customers).
    """
    return patterns_of(exposures.table, exposures.watch)


def patterns_of(customers: ir.Table, watch: Watch) -> pd.DataFrame:
    """The columns of `patterns`, of these customers: `segment`, `satisfaction`, covariates and
    `stayed` on the engine."""
    counts = outcomes(customers, ["satisfaction", *watch.covariates])
    low, high = watch.scale or (float("nan"), float("nan"))
    counts = counts.assign(scale_min=low, scale_max=high)
    return counts[[*FIXED[:4], *watch.covariates, *FIXED[4:]]]


def outcomes(customers: ir.Table, names: Sequence[str]) -> pd.DataFrame:
    """How many with the same `names` stayed and left, by segment, `all` first; one query.

    Returns:
        `segment`, `names`, `n_stayed`, `n_left`.
    """
    # Counted, for DuckDB adds truth values up in integers of 128 bits.
    counts = (
        customers.group_by("segment", *names)
        .agg(n_stayed=customers.count(where=customers.stayed), n=customers.stayed.count())
        .execute()
    )
    counts = counts.assign(n_left=counts["n"] - counts["n_stayed"]).drop(columns="n")
    return with_everyone(counts, names, COUNTS)


def answered(patterns: pd.DataFrame) -> pd.DataFrame:
    """Those of them who answered."""
    return patterns[patterns["satisfaction"].notna()].reset_index(drop=True)


def with_everyone(
    sums: pd.DataFrame, names: Sequence[str], totals: Sequence[str] = ("n",)
) -> pd.DataFrame:
    """Sums of segments, with those of `all` before them; sorted, whatever the engine.

    Args:
        sums: `segment` (null for those in none, who count in `all` only), `names`, `totals`.
        names: What rows are told apart by within a segment.
        totals: What is added up.
    """
    everyone = _added_up(sums, names, totals).assign(segment="all")
    segments = sums[sums["segment"].notna()].sort_values(["segment", *names])
    stacked = pd.concat([everyone, segments], ignore_index=True)
    return stacked[["segment", *names, *totals]]


def collapse(patterns: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The same customers, told apart by `names` only; sorted by them."""
    return _added_up(patterns, names, COUNTS)


def _added_up(sums: pd.DataFrame, names: Sequence[str], totals: Sequence[str]) -> pd.DataFrame:
    grouped = sums.groupby(list(names), dropna=False, sort=True, observed=True)
    return grouped[list(totals)].sum().reset_index()


def covariates_of(patterns: pd.DataFrame) -> tuple[str, ...]:
    """The columns that are covariates."""
    return tuple(str(name) for name in patterns.columns if name not in FIXED)

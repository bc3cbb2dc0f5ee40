"""Exposures reduced to what a model needs: distinct patterns with counts of stayed and left.

Takes exposures; returns one small DataFrame for all segments, made in one query. A binomial GLM on
these counts gives the same estimates as one on rows, whatever the number of customers.

Patterns count single customers: they are input to models, not for showing.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from saydo.drivers.exposures import Exposures

FIXED = ("segment", "satisfaction", "scale_min", "scale_max", "n_stayed", "n_left")
"""Columns of patterns that are no covariates."""


def patterns(exposures: Exposures) -> pd.DataFrame:
    """Distinct patterns of satisfaction and covariates, by segment, with counts.

    Returns:
        `segment` (`all` first: everyone, those in no segment too), `satisfaction`, `scale_min`,
        `scale_max` (points), a column per covariate, `n_stayed`, `n_left` (customers).
    """
    table, watch = exposures.table, exposures.watch
    names = ["satisfaction", *watch.covariates]
    counts = (
        table.group_by("segment", *names)
        .agg(n_stayed=table.stayed.sum(), n_left=(~table.stayed).sum())
        .execute()
        .astype({"n_stayed": "int64", "n_left": "int64"})
    )
    everyone = collapse(counts, names).assign(segment="all")
    segments = counts[counts.segment.notna()].sort_values(["segment", *names])
    low, high = watch.scale or (float("nan"), float("nan"))
    stacked = pd.concat([everyone, segments], ignore_index=True)
    stacked = stacked.assign(scale_min=low, scale_max=high)
    return stacked[[*FIXED[:4], *watch.covariates, *FIXED[4:]]]


def collapse(patterns: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The same customers, told apart by `names` only; sorted by them."""
    grouped = patterns.groupby(list(names), dropna=False, sort=True, observed=True)
    return grouped[["n_stayed", "n_left"]].sum().reset_index()


def covariates_of(patterns: pd.DataFrame) -> tuple[str, ...]:
    """The columns that are covariates."""
    return tuple(str(name) for name in patterns.columns if name not in FIXED)

"""The table of models of several waves: what a row holds, whatever the model.

Takes counts and terms; returns rows as in `retention_models`, with how many rows and how many
customers who vary stand behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from saydo.drivers.model_table import COLUMNS as COLUMNS_OF_ALL
from saydo.drivers.model_table import model_table
from saydo.drivers.verdicts import REFUSED
from saydo.tables.declared import COUNT, YES_NO

COUNTS = ("n", "n_left", "n_rows", "n_varying", "n_changing")
COLUMNS: Mapping[str, str] = {
    **COLUMNS_OF_ALL,
    "is_headline": YES_NO,
    **dict.fromkeys(("n_rows", "n_varying", "n_changing"), COUNT),
}
"""Of all models, and of models of several waves."""


@dataclass(frozen=True)
class Counts:
    """Who stands behind a model."""

    n: int = 0
    """Customers."""
    n_left: int = 0
    """Customers who did not stay in some wave."""
    n_rows: int = 0
    """Customers times waves."""
    n_varying: int = 0
    """Customers who stayed in one wave and not in another."""
    n_changing: int = 0
    """Those of them whose satisfaction changed as well."""


def counts(rows: pd.DataFrame) -> Counts:
    """Who stands behind these rows: `history`, `n`, `satisfaction`, `stayed`."""
    if rows.empty:
        return Counts()
    by_history = rows.groupby("history").agg(
        n=("n", "first"),
        fewest=("stayed", "min"),
        most=("stayed", "max"),
        lowest=("satisfaction", "min"),
        highest=("satisfaction", "max"),
    )
    n = by_history["n"]
    varies = by_history["fewest"] < by_history["most"]
    changes = varies & (by_history["lowest"] < by_history["highest"])
    return Counts(
        n=int(n.sum()),
        n_left=int(n[by_history["fewest"] == 0].sum()),
        n_rows=int(rows["n"].sum()),
        n_varying=int(n[varies].sum()),
        n_changing=int(n[changes].sum()),
    )


@dataclass(frozen=True)
class Row:
    """One model of one segment, or why it is not shown."""

    segment: str
    model: str
    verdict: str
    reason: str
    counts: Counts
    terms: tuple[dict[str, Any], ...]

    @classmethod
    def refused(
        cls,
        segment: str,
        model: str,
        term: str,
        reason: object,
        counts: Counts | None = None,
        *,
        verdict: str = REFUSED,
    ) -> Row:
        """A model without numbers. A clause as a reason becomes a sentence."""
        words = str(reason)
        words = words if words.endswith(".") else f"{words[:1].upper()}{words[1:]}."
        return cls(segment, model, verdict, words, counts or Counts(), ({"term": term},))


def table(rows: Iterable[Row], *, min_cell: int) -> pd.DataFrame:
    """One row per model and term: `COLUMNS`. Counts under `min_cell` are not shown."""
    found = []
    for row in rows:
        shown = {
            name: count if row.counts.n >= min_cell and (count == 0 or count >= min_cell) else pd.NA
            for name in COUNTS
            for count in [getattr(row.counts, name)]
        }
        about = {
            "segment": row.segment,
            "model": row.model,
            "verdict": row.verdict,
            "reason": row.reason,
            "is_headline": False,
            **shown,
        }
        found += [{**about, **term} for term in row.terms]
    return model_table(found, COLUMNS)

"""What does each design say of one point more? Five ways of asking whether the satisfied stay.

Takes the rows of one segment from `tables/retention_models`, `wave_models` and `hazard_models`;
returns a tidy table with a row per design, ratios exponentiated, and one of retention over a year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from saydo.drivers.model_table import EFFECT
from saydo.drivers.verdicts import NOT_MEASURED
from saydo.languages import noop

OF_LEAVING = "log_hazard_ratio_of_leaving: satisfaction"
PROPORTIONAL = "proportional_hazards[satisfaction]"
YEAR = "retention_over_12_months"
NEEDED = ("model", "term", "verdict", "reason", "estimate", "ci_low", "ci_high", "p_value")
COUNTS = ("n", "n_left", "n_rows", "n_varying", "n_changing")
UNITS = {
    "points": noop("{value} pp of staying"),
    "odds": noop("{value} × the odds of staying"),
    "hazard": noop("{value} × the risk of leaving"),
}
"""What one point of satisfaction goes with."""


@dataclass(frozen=True)
class Design:
    """One way of asking whether the satisfied stay."""

    name: str
    label: str
    question: str
    table: str
    model: str
    """How the names of its models end."""
    term: str
    unit: str
    """A key of `UNITS`."""


DESIGNS = (
    Design(
        name="landmark",
        label=noop("One day"),
        question=noop("Did those more satisfied on one day stay more often after it?"),
        table="retention_models",
        model="",
        term=EFFECT,
        unit="points",
    ),
    Design(
        name="waves",
        label=noop("Several days (GEE)"),
        question=noop("And counting everyone on each of several days with an answer before it?"),
        table="wave_models",
        model="waves",
        term=EFFECT,
        unit="points",
    ),
    Design(
        name="within",
        label=noop("Within one {customer} (conditional logit)"),
        question=noop("Did the same {customer} stay more often when more satisfied?"),
        table="wave_models",
        model="within",
        term="satisfaction",
        unit="odds",
    ),
    Design(
        name="cox",
        label=noop("Time to leaving (Cox)"),
        question=noop("At the same tenure, did the more satisfied leave later?"),
        table="hazard_models",
        model="Cox",
        term=OF_LEAVING,
        unit="hazard",
    ),
    Design(
        name="discrete",
        label=noop("Month by month (discrete-time hazards)"),
        question=noop("In any month, did fewer of the more satisfied leave?"),
        table="hazard_models",
        model="discrete-time cloglog",
        term=OF_LEAVING,
        unit="hazard",
    ),
)


def answers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every design's estimate of one point more, on the scale it is told on.

    Args:
        tables: Rows of one segment, by the names that `Design.table` has.

    Returns:
        One row per design: `design`, `model`, `unit`, `estimate`, `ci_low`, `ci_high` (in `unit`),
        `direction` (1 where the satisfied stay, -1 where they leave, 0 where the interval covers
        both; null without an estimate), `n`, `n_left` (customers), `n_rows` (answers), `n_varying`,
        `n_changing` (customers), `p_proportional` (of a hazard ratio that is constant), `verdict`,
        `reason`.
    """
    whole = {key: _complete(own) for key, own in tables.items()}
    return pd.DataFrame([_answer(design, whole[design.table]) for design in DESIGNS])


def years(hazards: pd.DataFrame) -> pd.DataFrame:
    """Retention over a year at each answer, by discrete-time hazards.

    Args:
        hazards: Rows of one segment.

    Returns:
        `design`, `satisfaction` (points), `unit`, `estimate`, `ci_low`, `ci_high` (%), `n`,
        `n_left` (customers); no rows where it is not told.
    """
    table = _complete(hazards)
    rows = table[table["term"].str.startswith(f"{YEAR}[") & table["estimate"].notna()]
    level = rows["term"].str.extract(r"=(.+)\]$", expand=False).astype(float)
    numbers = rows[["estimate", "ci_low", "ci_high", "n", "n_left"]]
    return numbers.assign(satisfaction=level, design="discrete", unit="%").reset_index(drop=True)


def _complete(own: pd.DataFrame) -> pd.DataFrame:
    """With every column, also where nothing was measured."""
    table = own.reindex(columns=[*NEEDED, *COUNTS, "is_headline"])
    words = table[["model", "term", "reason", "verdict"]].astype(object)
    return table.assign(
        is_headline=table["is_headline"].eq(True),
        **words.fillna({"model": "", "term": "", "reason": "", "verdict": NOT_MEASURED}),
    )


def _answer(design: Design, own: pd.DataFrame) -> dict[str, Any]:
    """One row of `answers`."""
    row = _speaking(design, own)
    numbers = row[["estimate", "ci_low", "ci_high"]].to_numpy(float)
    toward = -1 if design.unit == "hazard" else 1
    low, high = sorted(toward * numbers[1:])
    told = numbers if design.unit == "points" else np.exp(numbers)
    is_test = (own["term"] == PROPORTIONAL) & own["model"].str.endswith(design.model)
    proportional = own.loc[is_test & (design.name == "cox"), "p_value"]
    return {
        "design": design.name,
        "model": row["model"],
        "unit": design.unit,
        **dict(zip(("estimate", "ci_low", "ci_high"), told, strict=True)),
        "direction": np.nan if np.isnan(numbers[0]) else float(low > 0) - float(high < 0),
        **{column: row[column] for column in COUNTS},
        "p_proportional": proportional.iloc[0] if len(proportional) else np.nan,
        "verdict": row["verdict"],
        "reason": row["reason"],
    }


def _speaking(design: Design, own: pd.DataFrame) -> pd.Series:
    """The adjusted estimate, else the unadjusted one, else why there is neither."""
    is_asked = (own["term"] == design.term) & own["model"].str.endswith(design.model)
    rows = own[is_asked] if is_asked.any() else own
    if design.table == "retention_models" and rows["is_headline"].any():
        rows = rows[rows["is_headline"]]
    order = rows["estimate"].isna() * 2 + ~rows["model"].str.startswith("adjusted")
    return rows.loc[order.idxmin()]

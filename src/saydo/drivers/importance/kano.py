"""What do people say they would feel, with a feature and without? Kano's classes by feature.

Takes the table `kano`; returns one row per feature: its class by Kano's evaluation table and how
clearly it leads. Respondents of market research are in nobody's segment.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.stats import norm

from saydo.drivers.importance.penalty_reward import (
    BASIC,
    EXCITEMENT,
    INDIFFERENT,
    PERFORMANCE,
    UNCLEAR,
)
from saydo.params import Params
from saydo.tables.checked import Tables
from saydo.tables.days import midnight

REVERSE, QUESTIONABLE = "reverse", "questionable"
CLASSES = (BASIC, PERFORMANCE, EXCITEMENT, INDIFFERENT, REVERSE, QUESTIONABLE)
COLUMNS = ("attribute", "kano", "kano_better", "kano_worse", "kano_n")


def kano_classes(
    tables: Tables, *, params: Params, as_of: date, min_cell: int = 11, confidence: float = 0.95
) -> pd.DataFrame:
    """Kano's class of every feature, where it can be told.

    Answers of the `satisfaction.max_age_days` up to `as_of` count, or all where they have no date.

    Returns:
        `attribute` (the feature), `kano` (`basic` is Kano's must-be, `performance` one-dimensional,
        `excitement` attractive; also `indifferent`, `reverse`, `questionable`; `unclear` where the
        two most frequent differ by no more than chance), `kano_better` and `kano_worse` (Berger's
        coefficients, 0 to 1 and −1 to 0), `kano_n` (respondents). Only features with at least
        `min_cell`; no rows without the table.

    References:
        Kano, Seraku, Takahashi & Tsuji (1984), Hinshitsu 14(2); Berger et al. (1993), Center for
        Quality of Management Journal 2(4).
    """
    if tables.lacks({"kano": ("respondent_id", "feature", "functional", "dysfunctional")}):
        return pd.DataFrame(columns=list(COLUMNS))
    rows = tables["kano"]
    if "asked_at" in rows.columns:
        oldest = as_of + timedelta(days=1 - params.satisfaction.max_age_days)
        rows = rows.filter(rows.asked_at >= midnight(oldest))
    pairs = rows.group_by("feature", "functional", "dysfunctional").agg(n=rows.count()).execute()
    # Everyone's answer to a feature is in one class.
    pairs["kano"] = _class_of(
        pairs["functional"].to_numpy(int), pairs["dysfunctional"].to_numpy(int)
    )
    counts = pairs.pivot_table(
        index="feature", columns="kano", values="n", aggfunc="sum", fill_value=0
    ).reindex(columns=list(CLASSES), fill_value=0)
    counts = counts[counts.sum(axis=1) >= min_cell]
    found = [_judged(row, confidence=confidence) for row in counts.to_numpy(int)]
    table = pd.DataFrame(found, columns=list(COLUMNS[1:]))
    table.insert(0, "attribute", counts.index.astype(str))
    return table


def _class_of(functional: np.ndarray, dysfunctional: np.ndarray) -> np.ndarray:
    """Kano's evaluation table; 1 like, 2 must be, 3 neutral, 4 live with, 5 dislike."""
    likes, dislikes_without = functional == 1, dysfunctional == 5
    questionable = (likes & (dysfunctional == 1)) | ((functional == 5) & dislikes_without)
    reverse = (functional == 5) | (dysfunctional == 1)
    return np.select(
        [questionable, reverse, likes & dislikes_without, likes, dislikes_without],
        [QUESTIONABLE, REVERSE, PERFORMANCE, EXCITEMENT, BASIC],
        INDIFFERENT,
    )


def _judged(counts: np.ndarray, *, confidence: float) -> tuple[str, float, float, int]:
    """Class, Berger's two coefficients, and n, from counts in the order of `CLASSES`."""
    n = int(counts.sum())
    second, first = np.argsort(counts, kind="stable")[-2:]
    lead = counts[first] - counts[second]
    # Variance of the difference of two cells of a multinomial.
    error = np.sqrt(counts[first] + counts[second] - lead**2 / n)
    is_clear = lead > norm.ppf(0.5 + confidence / 2) * error
    basic, performance, excitement, indifferent = counts[:4]
    answers = basic + performance + excitement + indifferent
    with np.errstate(divide="ignore", invalid="ignore"):
        better = np.float64(excitement + performance) / answers
        worse = -np.float64(performance + basic) / answers
    return CLASSES[first] if is_clear else UNCLEAR, float(better), float(worse), n

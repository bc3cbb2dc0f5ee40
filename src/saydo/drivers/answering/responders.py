"""Who answered, and did those who did not stay as often?

Takes exposures, whose `present` holds everyone of whom it is known whether they stayed; returns
patterns of all of them, respondents or not, with counts, and a table of respondents' and others'
retention to stand beside whatever the survey says. What the silent think is unknown; what they do
is not (Groves, 2006, Public Opinion Quarterly 70).

Someone answered who has an answer in time, as `exposures` takes it; everyone else is silent: who
never answered, only later, too long ago, or on another scale.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import numpy as np
import pandas as pd
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from saydo.drivers.exposures import Exposures
from saydo.drivers.patterns import patterns_of
from saydo.suppression import withheld, withheld_reason
from saydo.tables.declared import COUNT, NUMBER, TEXT, as_declared

GROUPS = ("answered", "silent")

RATES = (
    "answered_share",
    "share_low",
    "share_high",
    "retention_answered",
    "retention_silent",
    "difference",
    "ci_low",
    "ci_high",
)
COLUMNS: Mapping[str, str] = {
    "segment": TEXT,
    **dict.fromkeys(("n", "n_answered", "n_silent"), COUNT),
    **dict.fromkeys(RATES, NUMBER),
    "reason": TEXT,
}


def response_patterns(exposures: Exposures) -> pd.DataFrame:
    """Distinct patterns of everyone present, by segment, with counts; one query.

    Patterns count single customers: they are input to models, not for showing.

    Returns:
        The columns of `drivers.patterns`: `segment` (`all` first), `satisfaction` (points; null
        where a customer is silent), `scale_min`, `scale_max`, a column per covariate (null where
        unknown), `n_stayed`, `n_left` (customers).
    """
    present = exposures.present
    no_answer = ibis.null("float64")
    answer = present.left_out.isnull().ifelse(present.satisfaction.cast("float64"), no_answer)
    table = present.mutate(satisfaction=answer)
    return patterns_of(table, exposures.watch)


def responders(
    patterns: pd.DataFrame, *, min_cell: int = 11, confidence: float = 0.95
) -> pd.DataFrame:
    """Retention of those who answered and of the silent, one row per segment.

    Above zero, the difference says that the survey hears too many who stay.

    Args:
        patterns: As `response_patterns` returns them.
        min_cell: Fewest customers about whom anything is shown.
        confidence: Coverage of the intervals.

    Returns:
        `segment`, `n`, `n_answered`, `n_silent` (customers), `answered_share` (%) with `share_low`
        and `share_high` (Wilson), `retention_answered`, `retention_silent` (%), `difference`
        (percentage points) with `ci_low` and `ci_high` (Newcombe's hybrid score), `reason` (why
        withheld; else empty). Where nobody is silent, or nobody answered, their retention is null.

    References:
        Newcombe (1998), Statistics in Medicine 17, method 10.
    """
    wide = _counts(patterns)
    n, stayed = wide["n"], wide["n_stayed"]
    total = n.sum(axis=1)
    alpha = 1 - confidence
    share_low, share_high = proportion_confint(n["answered"], total, alpha=alpha, method="wilson")
    difference = [
        confint_proportions_2indep(
            *(stayed["answered"][name], n["answered"][name]),
            *(stayed["silent"][name], n["silent"][name]),
            method="newcomb",
            compare="diff",
            alpha=alpha,
        )
        if n.loc[name].all()
        else (np.nan, np.nan)
        for name in wide.index
    ]
    retention = 100 * stayed / n.where(n > 0)
    table = pd.DataFrame(
        {
            "n": total,
            "n_answered": n["answered"],
            "n_silent": n["silent"],
            "answered_share": 100 * n["answered"] / total,
            "share_low": 100 * share_low,
            "share_high": 100 * share_high,
            "retention_answered": retention["answered"],
            "retention_silent": retention["silent"],
            "difference": retention["answered"] - retention["silent"],
            "ci_low": [100 * low for low, _high in difference],
            "ci_high": [100 * high for _low, high in difference],
        }
    )
    hidden = withheld(n, min_cell=min_cell).any(axis=1)
    table["reason"] = np.where(hidden, withheld_reason(min_cell), "")
    shown = as_declared(table.reset_index(), COLUMNS)
    shown.loc[hidden.to_numpy(), ["n_answered", "n_silent", *RATES]] = pd.NA
    shown.loc[(total < min_cell).to_numpy(), "n"] = pd.NA
    return shown


def _counts(patterns: pd.DataFrame) -> pd.DataFrame:
    """Customers, and those who stayed, by group: columns (`n` or `n_stayed`, group)."""
    group = np.where(patterns["satisfaction"].notna(), *GROUPS)
    sums = patterns.assign(n=patterns["n_stayed"] + patterns["n_left"]).groupby(
        ["segment", group], sort=False
    )[["n", "n_stayed"]]
    columns = pd.MultiIndex.from_product([["n", "n_stayed"], GROUPS])
    wide = sums.sum().unstack().reindex(columns=columns).fillna(0).astype("int64")
    return wide.reindex(pd.Index(patterns["segment"].unique(), name="segment"))

"""Did those who answered stay as often as those who did not?

Takes patterns of everyone; returns how many of each stayed, by segment, and the gate's check of it.
Everyone counts who was there when the watch began and of whom it is known whether they stayed.
Where answering goes with staying, those who answer may not speak for all; `drivers.answering`
weights for it.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
from statsmodels.stats.proportion import confint_proportions_2indep

from saydo.drivers.gate import Check
from saydo.drivers.patterns import COUNTS
from saydo.languages import gettext as _
from saydo.languages import percent


class Counts(NamedTuple):
    """Customers by what they did."""

    n_stayed: int
    n_left: int


def silent_counts(patterns: pd.DataFrame) -> pd.DataFrame:
    """Customers present without a usable answer before the landmark, by what they did.

    Args:
        patterns: Of everyone, as `answering.response_patterns` returns them.

    Returns:
        Index `segment` (`all` first: those in no segment too; segments where everyone answered are
        absent); `n_stayed`, `n_left` (customers).
    """
    silent = patterns[patterns["satisfaction"].isna()]
    return silent.groupby("segment", sort=False)[list(COUNTS)].sum()


def non_response(
    patterns: pd.DataFrame, silent: Counts, *, min_cell: int, confidence: float = 0.95
) -> Check:
    """Whether answering goes with staying.

    Args:
        patterns: Of one segment: those who answered.
        silent: Those of it who did not.
        min_cell: Groups under it are not told of.
        confidence: Of the interval for the difference (Newcombe, 1998, Stat. Med. 17, method 10).
    """
    stayed, left = int(patterns["n_stayed"].sum()), int(patterns["n_left"].sum())
    n_answered, n_silent = stayed + left, sum(silent)
    if not n_silent:
        return Check("non_response", "pass", _("Everyone who could be watched had answered."))
    if min(n_answered, n_silent) < min_cell:
        reason = _("Too few {customers} to compare those who answered with those who did not.")
        return Check("non_response", "pass", reason)
    low, high = confint_proportions_2indep(
        stayed, n_answered, silent.n_stayed, n_silent, method="newcomb", alpha=1 - confidence
    )
    is_related = not low <= 0 <= high
    reason = (
        _(
            "{share} of {customers} had answered, and {answered} of them stayed, against {silent} "
            "of the others: who answers may not speak for all."
        )
        if is_related
        else _(
            "{share} of {customers} had answered, and {answered} of them stayed, against {silent} "
            "of the others: no clear difference."
        )
    ).format(
        share=percent(100 * n_answered / (n_answered + n_silent), 0),
        answered=percent(100 * stayed / n_answered),
        silent=percent(100 * silent.n_stayed / n_silent),
    )
    return Check("non_response", "warn" if is_related else "pass", reason)

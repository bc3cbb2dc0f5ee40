"""Does the same customer stay more when more satisfied? Change within customers.

Takes histories; returns rows of the table of models: a conditional (fixed-effects) logit with a
term per wave. Whatever is constant in a customer, known or not, is held constant; who never varies
says nothing, and how many vary is told.

What it needs, and where it is refused:

- Outcomes that can come in any order. Leaving under a contract is always the last: 1, …, 1, 0. Then
  any term of time tells perfectly when, without one a trend in satisfaction passes for an effect
  (Allison & Christakis, 2006, Sociological Methodology 36; Suissa, 1995, Epidemiology 6), and with
  answers carried over several waves estimates are biased even without a trend (Vines & Farrington,
  2001, Statist. Med. 20: the waves must be exchangeable). The case-time-control design, which turns
  satisfaction into the outcome, needs fresh answers at each wave for the same reason. So refused.
- With `purchase`, all waves since the first order, also those in which the customer had lapsed:
  active ones alone are those that follow a purchase, and so again 1, …, 1, 0 piecewise. The outcome
  is thus buying in the window.
- Covariates not made of past outcomes: recency, frequency and spend are, and would bias it as
  lagged outcomes do (Chamberlain, 1985; Honoré & Kyriazidou, 2000, Econometrica 68). They are not
  adjusted for. Neither should a purchase by itself change the next answer (strict exogeneity).

No average effect in percentage points is given: it would need the distribution of what was
conditioned away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from saydo.drivers.covariate_names import names_of
from saydo.drivers.design import design
from saydo.drivers.discrimination import LEAK_SHARE
from saydo.drivers.gate import MIN_EACH
from saydo.drivers.model_table import wald_terms
from saydo.drivers.models import DETECTABLE
from saydo.drivers.panel.conditional import Conditional, conditional_logit, informative
from saydo.drivers.panel.histories import Histories, collapse
from saydo.drivers.panel.table import Counts, Row, counts
from saydo.drivers.verdicts import ESTIMATED, NO_RELATION
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.languages import number
from saydo.suppression import few

SATISFACTION = "satisfaction"
OF_OUTCOMES = ("recency", "frequency", "spend")
"""Covariates made of past orders."""
PER_TERM = 5
"""Fewest customers who vary per coefficient: Vittinghoff & McCulloch (2007), Am. J. Epidemiol. 165
find bias and coverage acceptable from five events on."""


def fit_within(rows: pd.DataFrame, *, adjust_for: Sequence[str] = ()) -> Conditional:
    """Conditional logit of staying on satisfaction and wave, on histories.

    Waves in which everyone who varies stayed, or nobody did, are left out: their own term would
    explain them entirely.

    Args:
        rows: Of one segment, as in `Histories.rows`; all that should count.
        adjust_for: Covariates among the columns. Waves of which one is unknown are left out.

    Returns:
        Terms in the order covariates, waves, satisfaction.

    Raises:
        NotEstimable: As `conditional_logit`; or satisfaction does not change apart from the rest.
    """
    used = _used(rows, adjust_for)
    if used.empty:
        raise NotEstimable(_("no {customer} stayed in one wave and not in another"))
    made = design(used, form="linear", adjust_for=[*adjust_for, "wave"])
    # Without the intercept; satisfaction last: what the others say can't be told apart from it.
    order = [*range(2, len(made.names)), 1]
    fitted = conditional_logit(
        made.matrix[:, order],
        used["stayed"].to_numpy(),
        used["history"].to_numpy(),
        used["n"].to_numpy(),
        names=[made.names[column] for column in order],
    )
    if SATISFACTION not in fitted.names:
        raise NotEstimable(
            _("satisfaction is fixed by {names}, so that they can't be told apart").format(
                names=", ".join([*adjust_for, "wave"])
            )
        )
    return fitted


def within(
    histories: Histories,
    *,
    segment: str,
    adjust_for: Sequence[str] | None = None,
    min_cell: int = 11,
    confidence: float = 0.95,
) -> list[Row]:
    """Within-customer models of one segment: unadjusted, and adjusted for what may be.

    Estimates are log-odds of buying in a window; `n` are customers with two waves or more.
    """
    names = histories.watch.covariates if adjust_for is None else tuple(adjust_for)
    names = tuple(name for name in names if name not in OF_OUTCOMES)
    return [
        _row(histories, segment, adjusted, min_cell, confidence)
        for adjusted in ([(), names] if names else [()])
    ]


def _row(
    histories: Histories,
    segment: str,
    adjust_for: tuple[str, ...],
    min_cell: int,
    confidence: float,
) -> Row:
    model = f"{'adjusted' if adjust_for else 'unadjusted'} within"
    if histories.kind != "purchase":
        reason = _(
            "Leaving comes once and ends what is known of a {customer}, so that within one it "
            "can't be told from time passing. It needs an outcome that may return, such as orders."
        )
        return Row.refused(segment, model, SATISFACTION, reason)
    rows = histories.of(segment)
    complete = rows[rows[list(adjust_for)].notna().all(axis=1)]
    seen_twice = complete.groupby("history")["wave"].transform("size") > 1
    found = counts(complete[seen_twice])
    used = _used(rows, adjust_for)
    informing = counts(used)
    n_terms = used["wave"].nunique() + len(adjust_for)
    least = max(min_cell, MIN_EACH, PER_TERM * n_terms)
    if informing.n_changing < least:
        reason = _(
            "In {changing} {customers} both satisfaction and buying changed over the waves; an "
            "estimate needs at least {least}."
        ).format(changing=few(informing.n_changing, min_cell=min_cell), least=number(least, 0))
        return Row.refused(segment, model, SATISFACTION, reason, found)
    try:
        fitted = fit_within(rows, adjust_for=adjust_for)
        leaks = _leaks(fitted, rows, adjust_for)
    except NotEstimable as refusal:
        return Row.refused(segment, model, SATISFACTION, refusal, found)
    if leaks:
        reason = _(
            "With {names} the model tells almost perfectly who left, as if written with knowledge "
            "of the outcome. Check how and when that was recorded, or leave it out of "
            "satisfaction.adjust_for."
        ).format(names=names_of((histories.watch.item, *adjust_for)))
        return Row.refused(segment, model, SATISFACTION, reason, found)
    order = [len(fitted.names) - 1, *range(len(fitted.names) - 1)]
    terms = wald_terms(
        [fitted.names[place] for place in order],
        fitted.params[order],
        np.sqrt(np.diag(fitted.covariance))[order],
        confidence,
    )
    verdict, reason = _told(
        terms[0]["estimate"], terms[0]["std_error"], found, min_cell, confidence
    )
    return Row(segment, model, verdict, reason, found, tuple(terms))


def _used(rows: pd.DataFrame, adjust_for: Sequence[str]) -> pd.DataFrame:
    """Histories whose outcome varies, without waves in which nobody's does; collapsed."""
    rows = rows[rows[list(adjust_for)].notna().all(axis=1)]
    while not rows.empty:
        varies = informative(rows["stayed"].to_numpy(), rows["history"].to_numpy())
        by_wave = rows[varies].groupby("wave")["stayed"]
        told = varies.copy()
        told[varies] = by_wave.transform("min") < by_wave.transform("max")
        if told.all():
            break
        rows = rows[told]
    return collapse(rows, ["wave", SATISFACTION, *adjust_for, "stayed"])


def _leaks(fitted: Conditional, rows: pd.DataFrame, adjust_for: Sequence[str]) -> bool:
    """Whether more than half of when customers bought is explained, other than by the calendar."""
    explained = fitted.log_likelihood - len(fitted.names)
    if 1 - explained / fitted.log_likelihood_null < LEAK_SHARE:
        return False
    used = _used(rows, adjust_for)
    waves = pd.get_dummies(used["wave"], dtype=float).iloc[:, 1:]
    if waves.empty:
        return True
    calendar = conditional_logit(
        waves.to_numpy(),
        used["stayed"].to_numpy(),
        used["history"].to_numpy(),
        used["n"].to_numpy(),
        names=list(waves.columns),
    )
    return 1 - explained / calendar.log_likelihood >= LEAK_SHARE


def _told(
    estimate: float, error: float, found: Counts, min_cell: int, confidence: float
) -> tuple[str, str]:
    """Verdict and sentence of a coefficient."""
    reach = norm.ppf(0.5 + confidence / 2) * error
    low, high = np.exp(estimate - reach), np.exp(estimate + reach)
    who = _(
        "Of {n} {customers} seen in two waves or more, {varying} bought in some and not in others, "
        "and satisfaction changed in {changing} of these: only they tell."
    ).format(
        n=few(found.n, min_cell=min_cell),
        varying=few(found.n_varying, min_cell=min_cell),
        changing=few(found.n_changing, min_cell=min_cell),
    )
    what = _(
        "One point more, in the same {customer}, goes with {ratio} times the odds of buying "
        "({confidence}% interval {low} to {high}), if buying does not itself change what they say "
        "or buy next."
    ).format(
        ratio=number(float(np.exp(estimate)), 2),
        confidence=number(100 * confidence, 0),
        low=number(float(low), 2),
        high=number(float(high), 2),
    )
    if not low <= 1 <= high:
        return ESTIMATED, f"{who} {what}"
    unseen = _(
        "The interval covers 1: no relation fits the data. Only from about {detectable} times the "
        "odds on would one have been likely to show."
    ).format(detectable=number(float(np.exp(DETECTABLE * error)), 2))
    return NO_RELATION, f"{who} {what} {unseen}"

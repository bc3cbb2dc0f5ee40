"""How soon do they leave, by what they said? The models of one segment as rows.

Takes `Spells`; returns rows as in `tables/retention_models`: Cox's model with the test of its
assumption, or discrete-time hazards with the retention they predict. Log hazard ratios are of
*leaving*, and say so in their term: a negative one means that the more satisfied stay longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from saydo.drivers.covariate_names import names_of
from saydo.drivers.design import Design, design
from saydo.drivers.gate import too_few
from saydo.drivers.hazards.cox import CoxFit, cox_of
from saydo.drivers.hazards.discrete import discrete_hazards, retention_over
from saydo.drivers.hazards.proportional import proportional_hazards
from saydo.drivers.hazards.spells import MONTH, Spells
from saydo.drivers.model_table import model_table, wald_terms
from saydo.drivers.models import DETECTABLE
from saydo.drivers.verdicts import ASSOCIATION, ESTIMATED, NO_RELATION, REFUSED
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.languages import number

OF_LEAVING = {
    "cloglog": "log_hazard_ratio_of_leaving",
    "logit": "log_odds_ratio_of_leaving_in_a_month",
}
NOT_PROPORTIONAL = 0.05
"""P-value under which the ratio is said to change with tenure."""


def cox_fit(
    spells: pd.DataFrame, *, form: str = "linear", adjust_for: Sequence[str] = ()
) -> tuple[CoxFit, Design]:
    """Cox's model of leaving on satisfaction and covariates, and the design it was fitted with.

    Args:
        spells: Of one segment, nothing missing.
        form: A key of `FORMS`: `linear`, `curved` or `levels`.
        adjust_for: Covariates among the columns. Tenure is the clock, and always held constant.

    Raises:
        NotEstimable: As `cox`, or satisfaction does not vary apart from the covariates.
    """
    made = design(spells, form=form, adjust_for=adjust_for)
    fit = cox_of(
        made.matrix[:, 1:],
        names=made.names[1:],
        start=spells["start"].to_numpy(float),
        stop=spells["stop"].to_numpy(float),
        left=spells["left"].to_numpy(bool),
        n=spells["n"].to_numpy(float),
    )
    return fit, made


def cox_rows(
    spells: Spells,
    *,
    segment: str = "all",
    adjust_for: Sequence[str] | None = None,
    min_cell: int = 11,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Cox's model of a segment, linear in satisfaction, and whether its ratio is constant.

    Args:
        spells: As `spells` returns them.
        segment: One of them.
        adjust_for: Covariates of the spells; all of them if left out. Customers of whom one is
            unknown are left out.
        min_cell: Fewest customers about whom anything is shown.
        confidence: Coverage of the intervals (Wald).

    Returns:
        `COLUMNS`: a row per coefficient (log hazard ratio of leaving, per point or unit), and one
        for `proportional_hazards[satisfaction]` with a p-value alone. A refused model is one row
        without numbers, and its reason. `n`, `n_left` in customers.
    """
    names = spells.covariates if adjust_for is None else tuple(adjust_for)
    about, used, refusal = _about(spells, segment, names, f"{_kind(names)} Cox", min_cell)
    if refusal is None:
        try:
            fit, _made = cox_fit(used, adjust_for=names)
        except NotEstimable as why:
            refusal = _sentence(f"{why}")
    if refusal is not None:
        return _refused(about, OF_LEAVING["cloglog"], refusal)
    constant = proportional_hazards(fit).set_index("term")["p_value"]
    verdict, reason = _verdict(fit.coefficients[0], fit.std_errors[0], names, confidence)
    if constant["satisfaction"] < NOT_PROPORTIONAL:
        text = _("The ratio is not the same at every tenure (p = {p}): this is its average.")
        reason = f"{reason} {text.format(p=number(constant['satisfaction'], 3))}"
    rows = [
        *_coefficients(
            OF_LEAVING["cloglog"], fit.names, fit.coefficients, fit.std_errors, confidence
        ),
        {"term": "proportional_hazards[satisfaction]", "p_value": constant["satisfaction"]},
    ]
    return _table(about, rows, verdict, reason)


def discrete_rows(
    spells: Spells,
    *,
    segment: str = "all",
    link: str = "cloglog",
    adjust_for: Sequence[str] | None = None,
    months: int = 12,
    min_cell: int = 11,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Discrete-time hazards of a segment, and the retention over a year at each answer.

    Args:
        spells: As `spells` returns them with `days=MONTH`.
        link: `cloglog` or `logit`.
        months: Over which retention is predicted.

    The others are those of `cox_rows`.

    Returns:
        `COLUMNS`: a row per coefficient of satisfaction and covariates, and one per answer for
        `retention_over_12_months[satisfaction=4]`, in percent, unless nobody was watched for so
        long.
    """
    if spells.days != MONTH:
        raise ValueError("discrete_rows takes spells in months: spells(..., days=MONTH)")
    names = spells.covariates if adjust_for is None else tuple(adjust_for)
    model = f"{_kind(names)} discrete-time {link}"
    about, used, refusal = _about(spells, segment, names, model, min_cell)
    if refusal is None:
        try:
            fit = discrete_hazards(used, link=link, adjust_for=names)
        except NotEstimable as why:
            refusal = _sentence(f"{why}")
    if refusal is not None:
        return _refused(about, OF_LEAVING[link], refusal)
    skipped = len(fit.edges)
    estimates = np.asarray(fit.result.params)[skipped:]
    errors = np.asarray(fit.result.bse)[skipped:]
    rows = _coefficients(OF_LEAVING[link], fit.terms, estimates, errors, confidence)
    is_odds = link == "logit"
    verdict, reason = _verdict(estimates[0], errors[0], names, confidence, is_odds=is_odds)
    try:
        predicted = retention_over(fit, months=months, confidence=confidence)
    except NotEstimable as why:
        rows.append({"term": f"retention_over_{months}_months", "reason": _sentence(f"{why}")})
        return _table(about, rows, verdict, reason)
    rows += [
        {
            "term": f"retention_over_{months}_months[satisfaction={level.satisfaction:g}]",
            "estimate": level.retention,
            "ci_low": level.ci_low,
            "ci_high": level.ci_high,
        }
        for level in predicted.itertuples()
    ]
    return _table(about, rows, verdict, reason)


def _about(
    spells: Spells, segment: str, names: Sequence[str], model: str, min_cell: int
) -> tuple[dict[str, Any], pd.DataFrame, str | None]:
    """What every row says, the spells of whom all is known, and why they are too few, or None."""
    own = spells.table[spells.table["segment"] == segment]
    used = own[own[list(names)].notna().all(axis=1)].reset_index(drop=True)
    n, n_left = int(used["n_entered"].sum()), int(used.loc[used["left"], "n"].sum())
    shown = n >= min_cell
    about = {
        "segment": segment,
        "model": model,
        "n": n if shown else pd.NA,
        "n_left": n_left if shown else pd.NA,
    }
    few = too_few(n - n_left, n_left, min_cell=min_cell)
    if few is not None and len(used) < len(own):
        few = _("Of the {customers} whose covariates are all known, {reason}.").format(reason=few)
    elif few is not None:
        few = _sentence(few)
    return about, used, few


def _verdict(
    estimate: float,
    error: float,
    names: Sequence[str],
    confidence: float,
    *,
    is_odds: bool = False,
) -> tuple[str, str]:
    """What may be claimed of the log hazard (or odds) ratio of one point more, in a sentence."""
    reach = norm.ppf(0.5 + confidence / 2) * error
    numbers = {
        "ratio": number(np.exp(estimate), 2),
        "low": number(np.exp(estimate - reach), 2),
        "high": number(np.exp(estimate + reach), 2),
        "confidence": number(100 * confidence, 0),
    }
    text = (
        _(
            "At the same tenure, one point more goes with {ratio} times the odds of leaving within "
            "a month ({confidence}% interval {low} to {high})."
        )
        if is_odds
        else _(
            "At the same tenure, one point more goes with {ratio} times the risk of leaving "
            "({confidence}% interval {low} to {high})."
        )
    ).format(**numbers)
    told = (
        _("Adjusted for {names}.").format(names=names_of(names))
        if names
        else _("Nothing was adjusted for.")
    )
    if abs(estimate) > reach:
        return (ESTIMATED if names else ASSOCIATION), f"{text} {told}"
    covers = _(
        "The interval covers 1: no relation fits the data, and so does any within the interval. "
        "Only from about {less} or {more} times on would one have been likely to show."
    ).format(
        less=number(np.exp(-DETECTABLE * error), 2), more=number(np.exp(DETECTABLE * error), 2)
    )
    return NO_RELATION, f"{text} {covers} {told}"


def _coefficients(
    of: str, names: Sequence[str], estimates: Any, errors: Any, confidence: float
) -> list[dict[str, Any]]:
    return wald_terms([f"{of}: {name}" for name in names], estimates, errors, confidence)


def _refused(about: dict[str, Any], of: str, reason: str) -> pd.DataFrame:
    return _table(about, [{"term": f"{of}: satisfaction"}], REFUSED, reason)


def _table(
    about: dict[str, Any], rows: Sequence[dict[str, Any]], verdict: str, reason: str
) -> pd.DataFrame:
    filled = [{**about, "verdict": verdict, "reason": reason, **row} for row in rows]
    return model_table(filled)


def _kind(names: Sequence[str]) -> str:
    return "adjusted" if names else "unadjusted"


def _sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}."

"""How does satisfaction go with staying: straight, bent or with a kink? Forms compared.

Takes the patterns of one segment; returns one row per form, with its likelihood, its test against
the straight line, how well it predicts customers that it has not seen, and which is chosen; and
whether a point pays more at the bottom of the scale or at the top.

The straight line stands unless a bent form is better twice: by a likelihood-ratio test,
Holm-adjusted because several are tried, and by its log-loss in cross-validation. Of those that are,
the lowest log-loss is chosen. The choice describes; it does not decide which model speaks for a
segment (`models.headline_of`), whose interval is to hold whatever the data look like.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from saydo.drivers.cross_validation import log_losses
from saydo.drivers.design import FORMS
from saydo.drivers.fit import Fit, fit
from saydo.drivers.kinks import Kinks, p_value, search
from saydo.drivers.likelihood import log_likelihood
from saydo.drivers.returns import Returns, returns_of
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.suppression import withheld_reason
from saydo.tables.declared import COUNT, NUMBER, TEXT, YES_NO, as_declared

COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("segment", "form"), TEXT),
    **dict.fromkeys(("n", "n_left", "df"), COUNT),
    **dict.fromkeys(("log_likelihood", "aic", "p_value", "log_loss"), NUMBER),
    "is_chosen": YES_NO,
    **dict.fromkeys(("kink", "kink_low", "kink_high"), NUMBER),
    **dict.fromkeys(("gain_below", "gain_above"), NUMBER),
    **dict.fromkeys(("contrast", "contrast_low", "contrast_high"), NUMBER),
    **dict.fromkeys(("returns", "reason"), TEXT),
}

TELLING = [
    "log_likelihood",
    "aic",
    "p_value",
    "log_loss",
    "gain_below",
    "gain_above",
    "contrast",
    "contrast_low",
    "contrast_high",
]
"""Columns that are equations in the counts of each answer."""


def compare(
    patterns: pd.DataFrame,
    *,
    adjust_for: Sequence[str] = (),
    forms: Sequence[str] = tuple(FORMS),
    folds: int = 10,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Every form on the same customers, and the one that the data support.

    Args:
        patterns: Of one segment, which the gate has passed.
        adjust_for: Covariates among the columns. Customers of whom one is unknown are left out.
        forms: Keys of `FORMS`; `linear` among them.
        folds: Parts of the cross-validation, each with its share of those who left.
        confidence: Coverage of intervals; 1 − `confidence` is the level of the tests.

    Returns:
        `segment`, `form`, `n`, `n_left` (customers), `df` (coefficients, and the kink where it was
        searched for), `log_likelihood` (of single customers), `aic`, `p_value` (against the
        straight line; of a threshold that of the whole search), `log_loss` (nats per customer, see
        `cross_validation`), `is_chosen`, `kink`, `kink_low`, `kink_high` (points; by profile
        likelihood: where the bend is if there is one); of the segment as a whole, by its spline,
        `gain_below`, `gain_above`, `contrast`, `contrast_low`, `contrast_high` (percentage points
        of staying per point) and `returns` (see `returns_of`); `reason` (why a form has no numbers,
        or can't be chosen).
    """
    fits: dict[str, Fit] = {}
    reasons = dict.fromkeys(forms, "")
    for form in forms:
        try:
            fits[form] = fit(patterns, form=form, adjust_for=adjust_for)
        except NotEstimable as refusal:
            reasons[form] = f"{refusal}"[:1].upper() + f"{refusal}."[1:]
    kinks = None
    if "threshold" in fits:
        kinks = search(fits["threshold"].patterns, adjust_for=adjust_for)
    found = {form: _numbers(fits[form], kinks, confidence) for form in fits}
    straight = fits.get("linear")
    for form in found:
        if straight is not None and form != "linear":
            found[form]["p_value"] = _p_value(fits[form], straight, found, kinks)
    for form, loss in log_losses(fits, kinks, folds=folds).items():
        found[form]["log_loss"] = loss
        if np.isnan(loss):
            reasons[form] = _(
                "Without a part of the {customers} this form has no finite estimate, so that how "
                "well it predicts others is unknown."
            )
    chosen = _chosen(found, 1 - confidence)
    returns = returns_of(fits["spline"], confidence) if "spline" in fits else Returns()
    rows = [
        {
            "segment": patterns["segment"].iloc[0],
            "form": form,
            "is_chosen": form == chosen,
            "reason": reasons[form],
            **returns._asdict(),
            **found.get(form, {}),
        }
        for form in forms
    ]
    return as_declared(pd.DataFrame(rows), COLUMNS)


def _numbers(fitted: Fit, kinks: Kinks | None, confidence: float) -> dict[str, Any]:
    counts = fitted.patterns["n_stayed"], fitted.patterns["n_left"]
    reached = log_likelihood(fitted.design.matrix @ fitted.coefficients, *counts)
    df = len(fitted.design.names)
    kink: dict[str, float] = {}
    if fitted.design.form.kink is not None and kinks is not None:
        df += kinks.n_searched
        low, high = kinks.interval(confidence)
        kink = {"kink": fitted.design.form.kink, "kink_low": low, "kink_high": high}
    return {
        "n": fitted.n,
        "n_left": fitted.n_left,
        "df": df,
        "log_likelihood": reached,
        "aic": 2 * (df - reached),
        **kink,
    }


def _p_value(
    fitted: Fit, straight: Fit, found: Mapping[str, Mapping[str, Any]], kinks: Kinks | None
) -> float:
    one, other = found[fitted.form], found["linear"]
    statistic = max(2 * (one["log_likelihood"] - other["log_likelihood"]), 0.0)
    if fitted.form == "threshold" and kinks is not None:
        n = straight.patterns[["n_stayed", "n_left"]].to_numpy(float).sum(axis=1)
        chance = straight.chances()
        return p_value(statistic, kinks, straight=straight.design, chance=chance, n=n)
    return float(chi2.sf(statistic, one["df"] - other["df"]))


def _chosen(found: Mapping[str, Mapping[str, Any]], level: float) -> str | None:
    if "linear" not in found:
        return None
    bent = [form for form in found if form != "linear"]
    # With three levels all that bend are the same model, tried once.
    tried = {round(found[form]["log_likelihood"], 6): found[form]["p_value"] for form in bent}
    if not tried:
        return "linear"
    of_model = dict(zip(tried, holm(list(tried.values())), strict=True))
    better = [
        form
        for form in bent
        if of_model[round(found[form]["log_likelihood"], 6)] < level
        and found[form]["log_loss"] < found["linear"]["log_loss"]
    ]
    return min(
        better,
        key=lambda form: (round(found[form]["log_loss"], 12), found[form]["df"]),
        default="linear",
    )


def holm(p_values: Sequence[float]) -> NDArray[np.float64]:
    """P-values adjusted for their number (Holm, 1979, Scand. J. Stat. 6).

    As statsmodels' `multipletests`, which collects garbage each time: seconds over many segments.
    """
    given = np.asarray(p_values, float)
    order = np.argsort(given, kind="stable")
    steps = given[order] * np.arange(len(given), 0, -1)
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def guarded(table: pd.DataFrame, *, segments: Collection[str], min_cell: int) -> pd.DataFrame:
    """The comparison without what would give withheld answers back.

    A likelihood is an equation in the counts of each answer, and so is what a point brings. Where
    answers of a segment are withheld, only the choice, the kink and the word for returns stand.

    Args:
        table: As `compare` returns it, of any segments.
        segments: Those with withheld answers.
        min_cell: Fewest customers about whom anything is shown.
    """
    secret = table["segment"].isin(list(segments))
    table = table.copy()
    table.loc[secret, TELLING] = np.nan
    table.loc[secret, "reason"] = withheld_reason(min_cell)
    return table

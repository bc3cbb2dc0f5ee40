"""Do satisfied customers stay, wave after wave? One marginal model of all waves.

Takes histories; returns rows of the table of models: logistic GEE with a term per wave, so that the
calendar is held constant, and errors by customer, because the waves of one are not independent.
Only customers active when a window begins count in it, as in the model of one landmark.

Intervals are of the sandwich corrected for few customers (Mancl & DeRouen, 2001): at a thousand
customers as good as the plain one, at fifty the plain one is too short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from saydo.drivers.covariate_names import names_of
from saydo.drivers.design import Design, design
from saydo.drivers.discrimination import is_leak
from saydo.drivers.fitted import MarginalEffect
from saydo.drivers.gate import too_few
from saydo.drivers.model_table import EFFECT, wald_terms
from saydo.drivers.models import told
from saydo.drivers.one_point import one_point
from saydo.drivers.panel.gee import Correlation, Gee, gee
from saydo.drivers.panel.histories import Histories, collapse
from saydo.drivers.panel.table import Counts, Row, counts
from saydo.drivers.verdicts import ASSOCIATION, ESTIMATED
from saydo.errors import NotEstimable
from saydo.languages import gettext as _


@dataclass(frozen=True)
class Repeated:
    """One fitted model."""

    gee: Gee
    design: Design
    rows: pd.DataFrame
    """What was fitted: `history`, `n`, `wave`, `satisfaction`, `stayed`, covariates."""
    scale_max: float

    def chances(self) -> np.ndarray:
        """Fitted chance of staying of every row."""
        return expit(self.design.matrix @ self.gee.params)

    def marginal_effect(self, confidence: float = 0.95) -> MarginalEffect:
        """Mean change in the chance of staying with one point more, over customers' waves.

        The contrast of `Fit.marginal_effect`; standard error by the delta method with the
        corrected sandwich.

        Raises:
            NotEstimable: Everyone gave the highest answer, or nobody the next one (`levels`).
        """
        step = one_point(self.design, scale_max=self.scale_max, n=self.rows["n"].to_numpy(float))
        estimate, gradient = step.mean_change(self.gee.params)
        std_error = float(np.sqrt(gradient @ self.gee.covariance @ gradient))
        return MarginalEffect.wald(100 * estimate, 100 * std_error, confidence)


def fit_repeated(
    rows: pd.DataFrame,
    *,
    scale_max: float,
    correlation: Correlation = "independence",
    form: str = "linear",
    adjust_for: Sequence[str] = (),
) -> Repeated:
    """Logistic GEE of staying on satisfaction and wave, on histories.

    Waves in which everyone stayed, or nobody did, say nothing of satisfaction beside their own
    term, whose estimate would be infinite; they are left out.

    Args:
        rows: Of one segment, as in `Histories.rows`.
        scale_max: Highest possible answer.
        correlation: Working correlation of a customer's waves.
        form: A key of `FORMS`.
        adjust_for: Covariates among the columns. Waves of which one is unknown are left out.

    Raises:
        NotEstimable: As `design`, `gee`; or outcomes vary in no wave.
    """
    used = _used(rows, adjust_for)
    if used.empty:
        raise NotEstimable(_nothing_varies())
    made = design(used, form=form, adjust_for=[*adjust_for, "wave"])
    fitted = gee(
        made.matrix,
        used["stayed"].to_numpy(),
        used["history"].to_numpy(),
        used["n"].to_numpy(),
        names=made.names,
        correlation=correlation,
    )
    return Repeated(fitted, made, used, scale_max)


def repeated(
    histories: Histories,
    *,
    segment: str,
    adjust_for: Sequence[str] | None = None,
    correlation: Correlation = "independence",
    min_cell: int = 11,
    confidence: float = 0.95,
) -> list[Row]:
    """Marginal models of one segment: unadjusted and adjusted.

    `exchangeable` is for comparison and never more than an association: who did not stay is not
    in the next wave, so that whether a wave is there depends on the outcome of the one before, and
    weighing waves by each other is no longer harmless (Pepe & Anderson, 1994, Commun. Stat. Simul.
    23; Robins, Rotnitzky & Zhao, 1995, J. Am. Stat. Assoc. 90).
    """
    names = histories.watch.covariates if adjust_for is None else tuple(adjust_for)
    return [
        _row(histories, segment, correlation, adjusted, min_cell, confidence)
        for adjusted in ([(), names] if names else [()])
    ]


def _row(
    histories: Histories,
    segment: str,
    correlation: Correlation,
    adjust_for: tuple[str, ...],
    min_cell: int,
    confidence: float,
) -> Row:
    model = model_name(correlation, is_adjusted=bool(adjust_for))
    active = _active(histories.of(segment), adjust_for)
    watched = counts(active)
    if watched.n < min_cell:
        why_not = too_few(watched.n, 0, min_cell=min_cell)
        return Row.refused(segment, model, EFFECT, why_not, watched)
    used = _used(active, adjust_for)
    found = counts(used)
    why_not = _too_few(used, found, min_cell)
    if why_not is not None:
        return Row.refused(segment, model, EFFECT, why_not, watched)
    scale = histories.watch.scale
    assert scale is not None  # There are answers.
    try:
        fitted = fit_repeated(
            used, scale_max=scale[1], correlation=correlation, adjust_for=adjust_for
        )
        effect = fitted.marginal_effect(confidence)
    except NotEstimable as refusal:
        return Row.refused(segment, model, EFFECT, refusal, found)
    stayed = fitted.rows["n"] * fitted.rows["stayed"]
    left = fitted.rows["n"] - stayed
    if is_leak(fitted.chances(), stayed, left, n_terms=len(fitted.design.names) - 1):
        reason = _(
            "With {names} the model tells almost perfectly who left, as if written with knowledge "
            "of the outcome. Check how and when that was recorded, or leave it out of "
            "satisfaction.adjust_for."
        ).format(names=names_of(adjust_for or (histories.watch.item,)))
        return Row.refused(segment, model, EFFECT, reason, found)
    verdict, reason = told(effect, adjust_for, histories.watch, confidence)
    if correlation == "exchangeable":
        caveat = _("For comparison only: who did not stay is not in the next wave.")
        verdict, reason = (ASSOCIATION if verdict == ESTIMATED else verdict), f"{reason} {caveat}"
    terms = wald_terms(
        [EFFECT, *fitted.design.names],
        [effect.estimate, *fitted.gee.params],
        [effect.std_error, *np.sqrt(np.diag(fitted.gee.covariance))],
        confidence,
    )
    return Row(segment, model, verdict, reason, found, tuple(terms))


def _active(rows: pd.DataFrame, adjust_for: Sequence[str]) -> pd.DataFrame:
    """Waves of active customers whose covariates are known."""
    return rows[rows["is_active"] & rows[list(adjust_for)].notna().all(axis=1)]


def _used(rows: pd.DataFrame, adjust_for: Sequence[str]) -> pd.DataFrame:
    """Those of `_active` where outcomes vary; collapsed."""
    rows = _active(rows, adjust_for)
    by_wave = rows.groupby("wave")["stayed"]
    rows = rows[by_wave.transform("min") < by_wave.transform("max")]
    used = collapse(rows, ["wave", "satisfaction", *adjust_for, "stayed"])
    return used.assign(is_active=True)


def _too_few(rows: pd.DataFrame, found: Counts, min_cell: int) -> str | None:
    """Why these waves can't carry a coefficient, or None."""
    if rows.empty:
        return _nothing_varies()
    stayed = rows[rows["stayed"] == 1].drop_duplicates("history")["n"].sum()
    return too_few(int(stayed), found.n_left, min_cell=min_cell)


def model_name(correlation: Correlation = "independence", *, is_adjusted: bool = False) -> str:
    """What the table calls the model."""
    adjusted = "adjusted" if is_adjusted else "unadjusted"
    return f"{adjusted} waves" + (", exchangeable" if correlation == "exchangeable" else "")


def _nothing_varies() -> str:
    return _("in no wave did some stay and others leave")

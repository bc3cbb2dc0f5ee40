"""Segments side by side: what each says by itself, what may be believed of it, and who differs.

Takes patterns of all segments; returns `Between`: a tidy table with a row per segment and one for
all of them, whose p-value is that of the one test whether segments differ.

Three slopes that must not be confused: `estimate` is the segment's own, from its own data;
`shrunken` is what is believed of it in the light of the others; `difference` compares its own with
the others'. All in log-odds of staying per point; `effect` is the shrunken one in percentage points
among the segment's own customers, at their rate of staying.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from saydo.drivers.between.interaction import Interaction, interaction
from saydo.drivers.between.likelihoods import marginal_effects
from saydo.drivers.between.normal_normal import Posterior, RandomEffects, random_effects
from saydo.drivers.between.pooling import pooled
from saydo.drivers.between.strata import SEPARATED, strata
from saydo.drivers.penalised import Penalised
from saydo.drivers.verdicts import ASSOCIATION, ESTIMATED, NO_RELATION, NOT_MEASURED, REFUSED
from saydo.languages import gettext as _
from saydo.languages import number
from saydo.suppression import withheld_reason
from saydo.tables.declared import COUNT, NUMBER, TEXT, as_declared

Array = NDArray[np.float64]
NUMBERS = (
    "estimate",
    "ci_low",
    "ci_high",
    "shrunken",
    "shrunken_low",
    "shrunken_high",
    "weight",
    "effect",
    "effect_low",
    "effect_high",
    "difference",
    "difference_low",
    "difference_high",
    "p_value",
)
COLUMNS: Mapping[str, str] = {
    "segment": TEXT,
    **dict.fromkeys(NUMBERS, NUMBER),
    **dict.fromkeys(("n", "n_left"), COUNT),
    **dict.fromkeys(("verdict", "reason"), TEXT),
}


@dataclass(frozen=True)
class Between:
    """Slopes of all segments, with the models that they come from."""

    table: pd.DataFrame
    """`segment` (`all` first), `estimate` with `ci_low`, `ci_high` (its own), `shrunken` with its
    interval, `weight` (share of the shrunken one that is the segment's own, 0 to 1), `effect` with
    its interval (percentage points), `difference` from the rest with its interval (simultaneous),
    `p_value` (of that, Holm's adjusted; for `all`, that no segments differ), `n`, `n_left`
    (customers), `verdict`, `reason`."""
    interaction: Interaction
    posterior: Posterior
    """In the order of `interaction.strata.segments`."""
    random_effects: RandomEffects | None
    """Of the own slopes of segments that are compared; none if they are fewer than two."""


def between(
    patterns: pd.DataFrame,
    *,
    adjust_for: Sequence[str] = (),
    has_time_order: bool = True,
    min_cell: int = 11,
    confidence: float = 0.95,
) -> Between:
    """Whether and how segments differ in what satisfaction has to do with staying.

    An association, not an effect: satisfaction is observed, not assigned. Covariates weigh the same
    in all segments, so that an own estimate may differ from that of a model of the segment alone.

    Args:
        patterns: Of all segments, as `patterns` returns them; `all` is left out.
        adjust_for: Covariates among the columns.
        has_time_order: Whether answers are known to come before the watch.
        min_cell: Of segments with fewer customers nothing is shown, though they take part.
        confidence: Coverage of intervals; those of differences hold all at once.

    Raises:
        NotEstimable: Fewer than two segments, none with an estimate, or covariates that separate.
        UnknownName: There is no such covariate.
    """
    data = strata(patterns, adjust_for=adjust_for)
    model = interaction(data)
    slope = model.common[0] if model.tested.any() else float(np.nanmedian(model.slopes))
    posterior = pooled(data, offset=model.offset, start=slope, confidence=confidence)
    spread = None
    if model.tested.sum() > 1:
        errors = np.sqrt(np.diag(model.covariance))
        spread = random_effects(model.tested_slopes, errors, confidence=confidence)
    n = data.by_segment(data.n)
    table = pd.DataFrame(
        {
            "segment": data.segments,
            **_own(model, confidence),
            "shrunken": posterior.mean,
            "shrunken_low": posterior.low,
            "shrunken_high": posterior.high,
            "weight": posterior.own,
            "effect": marginal_effects(data, posterior.mean, offset=model.offset),
            "effect_low": marginal_effects(data, posterior.low, offset=model.offset),
            "effect_high": marginal_effects(data, posterior.high, offset=model.offset),
            "n": n.astype(int),
            "n_left": data.n_left.astype(int),
        }
    )
    differences = model.differences(confidence).rename(
        columns={"ci_low": "difference_low", "ci_high": "difference_high"}
    )
    table = table.merge(differences.drop(columns="std_error"), on="segment", how="left")
    caveats = _caveats(adjust_for, has_time_order)
    found = ASSOCIATION if caveats else ESTIMATED
    compared = int(model.tested.sum())
    said = [
        _said(row, status, found=found, caveats=caveats, compared=compared, level=1 - confidence)
        for row, status in zip(table.to_dict("records"), data.status, strict=True)
    ]
    table["verdict"], table["reason"] = zip(*said, strict=True)
    is_secret = (n < min_cell) & (n > 0)
    table = table.astype({"n": "Int64", "n_left": "Int64"})
    table.loc[is_secret | (n == 0), list(NUMBERS)] = np.nan
    table.loc[is_secret, ["n", "n_left"]] = pd.NA
    table.loc[is_secret, ["verdict", "reason"]] = REFUSED, withheld_reason(min_cell)
    first = pd.DataFrame([_everyone(model, posterior, found, caveats, confidence)])
    parts = [as_declared(part, COLUMNS) for part in (first, table)]
    return Between(pd.concat(parts, ignore_index=True), model, posterior, spread)


def _own(model: Interaction, confidence: float) -> dict[str, Array]:
    """Own slopes: with Wald's interval where there are enough; of fewer, or separated, Firth's."""
    reach = norm.ppf(0.5 + confidence / 2) * model.std_errors
    estimate, low, high = model.slopes.copy(), model.slopes - reach, model.slopes + reach
    data = model.strata
    for place, status in enumerate(data.status):
        if model.tested[place] or status not in ("", SEPARATED):
            continue
        rows = data.codes == place
        satisfaction = data.satisfaction[rows]
        likelihood = Penalised(
            np.column_stack([np.ones(len(satisfaction)), satisfaction]),
            data.stayed[rows],
            data.n[rows],
            model.offset[rows],
        )
        best = likelihood.maximum(np.zeros(2))
        estimate[place] = best[1]
        low[place], high[place] = likelihood.interval(best, 1, confidence)
    return {"estimate": estimate, "ci_low": low, "ci_high": high}


def _said(
    row: Mapping[Hashable, Any],
    status: str,
    *,
    found: str,
    caveats: list[str],
    compared: int,
    level: float,
) -> tuple[str, str]:
    """Verdict and reason of one segment."""
    if not row["n"]:
        return NOT_MEASURED, _("nobody has values for all covariates")
    if status not in ("", SEPARATED):
        reason = _(
            "Nothing can be known of its own slope: {why}. What is shown is what the others "
            "suggest."
        )
        return REFUSED, reason.format(why=_(status))
    verdict = NO_RELATION if row["shrunken_low"] <= 0 <= row["shrunken_high"] else found
    if status == SEPARATED:
        text = _(
            "Its answers tell exactly who stayed; its own estimate is Firth’s, and what is "
            "believed of it rests on the others."
        )
    elif np.isnan(row["p_value"]):
        text = _(
            "Too few stayed or left to compare it with the rest; its own estimate is Firth’s, and "
            "what is believed of it rests on the others."
        )
    else:
        text = (
            _("It differs from the rest ({p}, adjusted for {count} comparisons).")
            if row["p_value"] < level
            else _("No difference from the rest was found ({p}, adjusted for {count} comparisons).")
        ).format(p=_p(row["p_value"]), count=number(compared, 0))
    return verdict, " ".join([text, *caveats])


def _everyone(
    model: Interaction, posterior: Posterior, found: str, caveats: list[str], confidence: float
) -> dict[str, Any]:
    """The row of all segments: the common slope, the mean of the distribution, and the one test."""
    slope, std_error = model.common
    reach = norm.ppf(0.5 + confidence / 2) * std_error
    if not model.df:
        verdict, text = REFUSED, _("Fewer than two segments have enough {customers} to compare.")
    elif model.p_value < 1 - confidence:
        verdict = found
        text = _(
            "Segments differ ({p}; {count} of {total} compared): their slopes spread by a standard "
            "deviation of {spread} ({low} to {high}) in log-odds per point."
        )
    else:
        verdict = NO_RELATION
        text = _(
            "No difference between segments was found ({p}; {count} of {total} compared). Slopes "
            "that spread by a standard deviation of up to {high} in log-odds per point fit the "
            "data."
        )
    spread, low, high = (number(value, 2) for value in posterior.tau)
    said = text.format(
        p=_p(model.p_value),
        count=number(model.df + 1, 0),
        total=number(len(model.strata.segments), 0),
        spread=spread,
        low=low,
        high=high,
    )
    return {
        "segment": "all",
        "estimate": slope,
        "ci_low": slope - reach,
        "ci_high": slope + reach,
        "shrunken": posterior.mu[0],
        "shrunken_low": posterior.mu[1],
        "shrunken_high": posterior.mu[2],
        "p_value": model.p_value,
        "n": int(model.strata.n.sum()),
        "n_left": int(model.strata.n_left.sum()),
        "verdict": verdict,
        "reason": " ".join([said, *caveats]),
    }


def _caveats(adjust_for: Sequence[str], has_time_order: bool) -> list[str]:
    caveats = []
    if not has_time_order:
        caveats.append(_("It is unknown whether answers came before leaving."))
    if not adjust_for:
        caveats.append(_("Nothing was adjusted for."))
    return caveats


def _p(value: float) -> str:
    least = 0.001
    if value < least:
        return _("p < {value}").format(value=number(least, 3))
    return _("p = {value}").format(value=number(value, 3))

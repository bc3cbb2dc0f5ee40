"""How likely is leaving in each month, by what was said? Discrete-time hazards.

Takes spells in months; returns `DiscreteFit`, a binomial GLM of leaving in a month among those at
risk when it begins, and from it the retention over a year at each answer. The baseline is a step
function of tenure. With the complementary log-log link coefficients are log hazard ratios, as in
Cox's model; with the logit log odds ratios of leaving in a month. Both are of what was known when
the month began, and so a little closer to 0 than by the day (`spells` says how much).

References:
    Allison (1982), Discrete-time methods for the analysis of event histories, Sociol. Methodol. 13;
    Prentice & Gloeckler (1978), Biometrics 34 (complementary log-log).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import norm
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from saydo.drivers.design import Design, design
from saydo.drivers.gate import MIN_EACH
from saydo.drivers.hazards.risk_sets import Array
from saydo.drivers.separation import finite
from saydo.errors import NotEstimable, UnknownName
from saydo.languages import gettext as _

LINKS: Mapping[str, Any] = {
    "cloglog": families.links.CLogLog,
    "logit": families.links.Logit,
}
EDGES = (*range(1, 12), *range(12, 36, 3), *range(36, 120, 12), 120)
"""Months of tenure at which the baseline may step: first each month, then each quarter and year."""


@dataclass(frozen=True)
class DiscreteFit:
    """One fitted model of leaving in a month."""

    result: Any
    """statsmodels' `GLMResults`: Binomial, on months by whether they end by leaving."""
    link: str
    edges: tuple[float, ...]
    """Ends of the steps of the baseline, in months of tenure; the last is infinite."""
    design: Design
    months: pd.DataFrame
    """What was fitted: `step`, `satisfaction`, covariates, `n_left`, `n_stayed` (months)."""
    spells: pd.DataFrame
    adjust_for: tuple[str, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """Columns of satisfaction and covariates, as the last ones of the parameters."""
        return self.design.names[1:]


def discrete_hazards(
    spells: pd.DataFrame,
    *,
    link: str = "cloglog",
    form: str = "linear",
    adjust_for: Sequence[str] = (),
    edges: Sequence[float] | None = None,
) -> DiscreteFit:
    """Binomial regression of leaving in a month; the same as on a row per customer and month.

    Args:
        spells: Of one segment, with months as units, nothing missing: `start`, `stop`,
            `satisfaction`, covariates, `left`, `n`.
        link: A key of `LINKS`.
        form: A key of `FORMS`.
        adjust_for: Covariates among the columns.
        edges: Months of tenure at which the baseline steps; those of `EDGES` between which at least
            `MIN_EACH` customers left, if left out.

    Raises:
        NotEstimable: Nobody left, satisfaction does not vary apart from covariates and tenure, or
            some coefficient is infinite.
        UnknownName: There is no such link.
    """
    if link not in LINKS:
        raise UnknownName("link", link, list(LINKS))
    if not spells.loc[spells["left"], "n"].sum():
        raise NotEstimable(_("nobody left"))
    ends = (*_filled(spells), np.inf) if edges is None else (*edges, np.inf)
    months = months_at_risk(spells, edges=ends, names=("satisfaction", *adjust_for))
    made = design(months, form=form, adjust_for=adjust_for)
    steps = (months["step"].to_numpy()[:, None] == np.arange(len(ends))).astype(float)
    matrix = np.hstack([steps, made.matrix[:, 1:]])
    if np.linalg.matrix_rank(matrix) < matrix.shape[1]:
        raise NotEstimable(
            _(
                "among those at risk at the same time satisfaction does not differ, or not apart "
                "from the covariates"
            )
        )
    names = [*_step_names(ends), *made.names[1:]]
    family = families.Binomial(link=LINKS[link]())
    counts = months[["n_left", "n_stayed"]]
    model = GLM(counts, pd.DataFrame(matrix, columns=names), family=family)
    result = finite(model, *counts.to_numpy().T[::-1], names=names, nuisance=names[: len(ends)])
    return DiscreteFit(result, link, ends, made, months, spells, tuple(adjust_for))


def months_at_risk(
    spells: pd.DataFrame, *, edges: Sequence[float], names: Sequence[str]
) -> pd.DataFrame:
    """Months at risk by step of tenure and by `names`, and how many of them end by leaving.

    Returns:
        `step` (0 until the first edge, …), the columns of `names`, `n_left`, `n_stayed` (months).
    """
    start, stop, n = (spells[name].to_numpy(float) for name in ("start", "stop", "n"))
    left = spells["left"].to_numpy(bool)
    groups = spells.groupby(list(names), sort=True)
    kinds, kind = groups[[]].first().index.to_frame(index=False), groups.ngroup().to_numpy()
    cells = len(kinds) * len(edges)
    n_months, n_left = np.zeros(cells), np.zeros(cells)
    for step, (low, high) in enumerate(zip((0.0, *edges[:-1]), edges, strict=True)):
        own = slice(step * len(kinds), (step + 1) * len(kinds))
        months = np.clip(np.minimum(stop, high) - np.maximum(start, low), 0, None)
        n_months[own] = np.bincount(kind, n * months, len(kinds))
        leaves = left & (stop > low) & (stop <= high)
        n_left[own] = np.bincount(kind, n * leaves, len(kinds))
    here = np.flatnonzero(n_months)
    counted = kinds.iloc[here % len(kinds)].reset_index(drop=True)
    counted["n_left"] = n_left[here].astype("int64")
    counted["n_stayed"] = (n_months - n_left)[here].astype("int64")
    counted.insert(0, "step", here // len(kinds))
    return counted


def retention_over(fit: DiscreteFit, *, months: int = 12, confidence: float = 0.95) -> pd.DataFrame:
    """Chance of still being a customer so many months later, had satisfaction stayed at a level.

    The mean over all months at risk that were watched, each taken as the first of `months`, with
    their tenure and covariates: of such customers as there were, at each answer in turn. First
    months so late that nobody has been watched until the end are left out. Intervals by the delta
    method, on the complementary log-log scale.

    Returns:
        `satisfaction` (each answer given), `retention`, `ci_low`, `ci_high` (percent).

    Raises:
        NotEstimable: Nobody's tenure is known over so many months.
    """
    groups, origins, weights = _first_months(fit, months)
    lengths = np.array(
        [
            [
                max(0.0, min(origin + months, high) - max(origin, low))
                for low, high in zip((0.0, *fit.edges[:-1]), fit.edges, strict=True)
            ]
            for origin in origins
        ]
    )
    parameters, covariance = np.asarray(fit.result.params), np.asarray(fit.result.cov_params())
    n_steps = len(fit.edges)
    reach = norm.ppf(0.5 + confidence / 2)
    rows = []
    for level in fit.design.levels:
        own = fit.design.form.columns(np.full(len(groups), level), fit.design.levels)
        terms = np.hstack([own, fit.design.covariates[groups]])
        predictors = parameters[:n_steps] + (terms @ parameters[n_steps:])[:, None]
        # -log(1 - h) of a month, and its derivative.
        if fit.link == "logit":
            cumulative, slope = np.logaddexp(0, predictors), expit(predictors)
        else:
            cumulative = slope = np.exp(predictors)
        stays = weights * np.exp(-cumulative @ lengths.T)
        share = float(stays.sum())
        change = (stays @ lengths) * slope
        gradient = -np.concatenate([change.sum(axis=0), change.sum(axis=1) @ terms])
        error = np.sqrt(gradient @ covariance @ gradient) / (share * -np.log(share))
        low, high = share ** np.exp(reach * error), share ** np.exp(-reach * error)
        rows.append((level, 100 * share, 100 * low, 100 * high))
    return pd.DataFrame(rows, columns=["satisfaction", "retention", "ci_low", "ci_high"])


def _first_months(fit: DiscreteFit, months: int) -> tuple[list[int], Array, Array]:
    """A row of the design for each pattern of covariates; tenures; weights, pattern by tenure."""
    spells, names = fit.spells, list(fit.adjust_for)
    if names:
        keys = pd.concat([fit.months[names], spells[names]], ignore_index=True)
        codes = keys.groupby(names, sort=False).ngroup().to_numpy()
    else:
        codes = np.zeros(len(fit.months) + len(spells), int)
    _found, groups = np.unique(codes[: len(fit.months)], return_index=True)
    of_spell = codes[len(fit.months) :]
    last = int(spells["stop"].max())
    n, size = spells["n"].to_numpy(float), (len(groups), last + 1)
    change = np.zeros(size)
    np.add.at(change, (of_spell, spells["start"].to_numpy(int)), n)
    np.add.at(change, (of_spell, spells["stop"].to_numpy(int)), -n)
    weights = np.cumsum(change, axis=1)[:, : max(0, last - months + 1)]
    if not weights.sum() > 0:
        raise NotEstimable(_("nobody was watched for that long"))
    return groups.tolist(), np.arange(weights.shape[1], dtype=float), weights / weights.sum()


def _filled(spells: pd.DataFrame) -> tuple[float, ...]:
    """Those of `EDGES` before which, since the one before, and after which enough left."""
    leavers = spells[spells["left"]]
    stops, n = leavers["stop"].to_numpy(float), leavers["n"].to_numpy(float)
    kept: list[float] = []
    for edge in EDGES:
        since = kept[-1] if kept else 0.0
        before, after = n[(stops > since) & (stops <= edge)].sum(), n[stops > edge].sum()
        if before >= MIN_EACH and after >= MIN_EACH:
            kept.append(float(edge))
    return tuple(kept)


def _step_names(edges: Sequence[float]) -> list[str]:
    starts = (0.0, *edges[:-1])
    return [f"months[{low:g}-{high:g}]" for low, high in zip(starts, edges, strict=True)]

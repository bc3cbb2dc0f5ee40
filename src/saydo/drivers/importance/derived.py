"""Which attributes go with satisfaction? Importance derived from scores, with its intervals.

Takes patterns of responses; returns, per segment, each attribute's part of R² by relative weights
and by LMG, from resamples of respondents. Refuses where attributes say so nearly the same that
whose part it is can't be told, and where they tell nothing of satisfaction.

An association: who is dissatisfied as a whole may rate each attribute lower (halo), which makes
their parts more alike than they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pandas as pd
from scipy.stats import chi2
from scipy.stats import f as fisher

from saydo.drivers.draws import middle
from saydo.drivers.importance.lmg import MOST_ATTRIBUTES, lmg
from saydo.drivers.importance.moments import (
    Array,
    Collinearity,
    collinearity,
    moments,
    resampled_moments,
    usable,
)
from saydo.drivers.importance.relative_weights import relative_weights
from saydo.drivers.importance.responses import Responses
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.languages import listed, number
from saydo.suppression import few

REPLICATES = 1_000
SEED = 2000
PER_ATTRIBUTE = 10
"""Fewest respondents per coefficient, the intercept's too."""
WORST_VIF = 10.0
"""Beyond it nine tenths of an attribute are said by the others (Kutner et al., 2005, Applied Linear
Statistical Models, 10.5)."""
LEAST_USABLE = 0.99
"""Share of resamples in which attributes must be distinct, or there is no interval."""


@dataclass(frozen=True)
class Derived:
    """Derived importance in one segment: values per attribute, and the same of each resample."""

    attributes: tuple[str, ...]
    n: int
    """Respondents who scored all attributes and satisfaction."""
    rwa: Array
    lmg: Array
    """NaN where there are more attributes than `MOST_ATTRIBUTES`."""
    performance: Array
    """Mean score of these respondents, as a share of the scale, 0 to 1."""
    correlation: Array
    """With satisfaction; its sign is the direction, which parts of R² don't have."""
    collinearity: Collinearity
    rwa_draws: Array
    lmg_draws: Array
    performance_draws: Array
    """Shape (resamples, attributes)."""

    @property
    def r_squared(self) -> float:
        return float(self.rwa.sum())

    @property
    def importance(self) -> Array:
        """LMG, or relative weights where LMG takes too long."""
        return self.rwa if np.isnan(self.lmg).any() else self.lmg

    @property
    def importance_draws(self) -> Array:
        return self.rwa_draws if np.isnan(self.lmg).any() else self.lmg_draws

    def table(self, *, confidence: float = 0.95) -> pd.DataFrame:
        """One row per attribute: `derived_rwa`, `derived_lmg`, each with `_low` and `_high`
        (percentiles of resamples), `r_squared`, `correlation`, `vif`, `condition_number`.

        No part of R² is below 0, so that percentiles of resamples never reach 0. Hence an interval
        starts at 0 where its estimate is no more than the square of the correlation that an
        attribute without any relation to satisfaction stays under in so many samples (`confidence`;
        χ² with one degree of freedom over n)."""
        by_chance = chi2.ppf(confidence, 1) / self.n
        columns: dict[str, Array | float | tuple[str, ...]] = {"attribute": self.attributes}
        for name, value, draws in (
            ("derived_rwa", self.rwa, self.rwa_draws),
            ("derived_lmg", self.lmg, self.lmg_draws),
        ):
            low, high = middle(draws, confidence=confidence)
            low = np.where(value <= by_chance, 0.0, low)
            columns |= {name: value, f"{name}_low": low, f"{name}_high": high}
        return pd.DataFrame(columns).assign(
            r_squared=self.r_squared,
            correlation=self.correlation,
            vif=self.collinearity.vif,
            condition_number=self.collinearity.condition_number,
        )


def derived(
    responses: Responses, *, segment: str, min_cell: int = 11, replicates: int = REPLICATES
) -> Derived:
    """Each attribute's part of R² in the regression of satisfaction on all, in one segment.

    The same data give the same resamples, whichever other segments there are.

    Args:
        responses: As `responses` returns them.
        segment: One of its segments.
        min_cell: Fewest respondents about whom anything is shown.
        replicates: Resamples.

    Raises:
        NotEstimable: Satisfaction and attributes were not asked together, of too few or with one
            answer only; attributes can't be told apart; or they tell nothing of satisfaction.
    """
    patterns, attributes = responses.of(segment), responses.attributes
    counts = patterns["n"].to_numpy(np.int64)
    n, k = int(counts.sum()), len(attributes)
    if not k or not n:
        raise NotEstimable(_("nobody rated satisfaction and all attributes together"))
    least = max(min_cell, PER_ATTRIBUTE * (k + 1))
    if n < least:
        raise NotEstimable(
            _("{n} rated all attributes and satisfaction; {least} are needed").format(
                n=few(n, min_cell=min_cell), least=number(least, 0)
            )
        )
    scores = [f"score_{name}" for name in attributes]
    values = patterns[["satisfaction", *scores]].to_numpy(float)
    constant = np.flatnonzero(np.ptp(values, axis=0) == 0)
    if len(constant):
        names = ("satisfaction", *attributes)
        raise NotEstimable(
            _("{names} did not vary").format(names=listed(names[place] for place in constant))
        )
    sample = moments(values, counts)
    correlation = sample.correlation
    alike = collinearity(correlation[1:, 1:])
    _refuse_collinear(attributes, alike.vif)
    rwa = relative_weights(correlation)
    _refuse_unrelated(float(rwa.sum()), n, k)
    rng = np.random.default_rng([SEED, crc32(segment.encode())])
    drawn = resampled_moments(values, counts, replicates=replicates, rng=rng)
    correlations = drawn.correlation
    is_usable = usable(correlations)
    if is_usable.mean() < LEAST_USABLE:
        _refuse_collinear(attributes, np.full(k, np.inf))
    correlations = correlations[is_usable]
    too_many = k > MOST_ATTRIBUTES
    limits = np.array([responses.scales[name, "score"] for name in attributes])
    low, width = limits[:, 0], limits[:, 1] - limits[:, 0]
    return Derived(
        attributes=attributes,
        n=n,
        rwa=rwa,
        lmg=np.full(k, np.nan) if too_many else lmg(correlation),
        performance=(sample.mean[1:] - low) / width,
        correlation=correlation[0, 1:],
        collinearity=alike,
        rwa_draws=relative_weights(correlations),
        lmg_draws=np.full((len(correlations), k), np.nan) if too_many else lmg(correlations),
        performance_draws=(drawn.mean[is_usable, 1:] - low) / width,
    )


def _refuse_collinear(attributes: tuple[str, ...], vif: Array) -> None:
    alike = [name for name, inflated in zip(attributes, vif, strict=True) if inflated > WORST_VIF]
    if alike:
        worst = float(vif.max())
        raise NotEstimable(
            _(
                "{names} were rated so nearly alike (variance inflation {vif}) that their "
                "importance can't be told apart; leave out all but one"
            ).format(names=listed(alike), vif=number(worst, 0) if np.isfinite(worst) else "∞")
        )


def _refuse_unrelated(r_squared: float, n: int, k: int) -> None:
    """Parts of an R² that chance would give are parts of nothing."""
    if r_squared >= 1:
        return
    ratio = (r_squared / k) / ((1 - r_squared) / (n - k - 1))
    if fisher.sf(ratio, k, n - k - 1) > 0.05:
        raise NotEstimable(
            _("taken together, the attributes tell no more of satisfaction than chance would")
        )

"""Where does a threshold bend, and does it bend at all?

Takes complete patterns of one segment; returns `Kinks`: the likelihood with a kink at each inner
level, from which come the likeliest kink, its interval, and the p-value of the bend.

A search over kinks finds some bend in any data. Its p-value is therefore that of the largest of
many tests: under a straight line the signed roots of the likelihood ratios at the kinks are
together normal, with correlations that the fitted straight line gives, so that the chance of a
largest one is a multivariate normal probability. With as few candidates as a scale has levels that
is exact in large samples, where Davies' bound (1987, Biometrika 74) would only be a bound, and it
takes no refits, where a parametric bootstrap would take thousands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, multivariate_normal

from saydo.drivers.design import Array, Design, design, threshold
from saydo.drivers.likelihood import Maximum, maximum


@dataclass(frozen=True)
class Kinks:
    """The profile of a threshold's likelihood."""

    designs: tuple[Design, ...]
    """One per candidate, from the lowest to the highest."""
    maxima: tuple[Maximum | None, ...]
    """None where the likelihood has no finite maximum."""

    @property
    def candidates(self) -> Array:
        """The inner levels: between the lowest and the highest answer given."""
        return np.array([made.form.kink for made in self.designs], float)

    @property
    def log_likelihoods(self) -> Array:
        """Not a number where there is no finite maximum."""
        return np.array([found.log_likelihood if found else np.nan for found in self.maxima])

    @property
    def n_searched(self) -> int:
        """Parameters that the search adds: none where there is one candidate only."""
        return int(len(self.designs) > 1)

    @property
    def best(self) -> Design:
        """The likeliest; or the first without a finite maximum, which may be likelier still."""
        found = self.log_likelihoods
        place = np.flatnonzero(np.isnan(found))
        return self.designs[int(place[0]) if len(place) else int(np.argmax(found))]

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Candidates that a likelihood-ratio test does not reject: the lowest and the highest.

        It tells where the bend is if there is one: without a bend any kink fits as well. It moves
        in whole levels, and so covers at least as often as asked.
        """
        found = self.log_likelihoods
        kept = self.candidates[2 * (np.nanmax(found) - found) <= chi2.ppf(confidence, 1)]
        return float(kept.min()), float(kept.max())


def search(patterns: pd.DataFrame, *, adjust_for: Sequence[str]) -> Kinks:
    """The likelihood with a kink at each inner level.

    Raises:
        NotEstimable: There are fewer than three levels, or as `design`.
    """
    levels = np.unique(patterns["satisfaction"].to_numpy(float))
    if len(levels) < 3:
        # Says so itself.
        design(patterns, form="threshold", adjust_for=adjust_for)
    designs = tuple(
        design(patterns, form=threshold(float(level)), adjust_for=adjust_for)
        for level in levels[1:-1]
    )
    stayed, left = patterns["n_stayed"], patterns["n_left"]
    return Kinks(designs, tuple(maximum(made.matrix, stayed, left) for made in designs))


def p_value(statistic: float, kinks: Kinks, *, straight: Design, chance: Array, n: Array) -> float:
    """Chance that under a straight line the largest of the likelihood ratios is as large.

    Args:
        statistic: Twice the log-likelihood of the best threshold less that of the straight line.
        kinks: The search.
        straight: The design of the straight line with the same covariates.
        chance: Its fitted chances of staying.
        n: Customers of each pattern.

    References:
        Hothorn & Zeileis (2008), Biometrics 64: maximally selected statistics.
    """
    alone = float(chi2.sf(statistic, 1))
    if len(kinks.designs) == 1 or alone == 1:
        return alone
    root = np.sqrt(n * chance * (1 - chance))[:, None]
    place = 1 + straight.form.columns(straight.satisfaction, straight.levels).shape[1]
    bends = np.column_stack([made.matrix[:, place] for made in kinks.designs]) * root
    # What of each bend the straight line and the covariates leave over.
    basis, _triangle = np.linalg.qr(straight.matrix * root)
    rest = bends - basis @ (basis.T @ bends)
    rest -= basis @ (basis.T @ rest)
    rest /= np.linalg.norm(rest, axis=0)
    reach = np.sqrt(statistic) * np.ones(rest.shape[1])
    inside = multivariate_normal.cdf(
        reach,
        mean=np.zeros(len(reach)),
        cov=rest.T @ rest,
        allow_singular=True,
        lower_limit=-reach,
        # To two units of the fourth decimal, in a twentieth of a second.
        maxpts=20_000,
        abseps=1e-4,
        releps=1e-4,
        # Points are drawn at random for more than two candidates; always the same ones.
        rng=np.random.default_rng(0),
    )
    # Neither less than one test gives, nor more than as many independent ones (Šidák).
    # Never less than one test gives, nor more than as many independent ones (Šidák).
    most = -np.expm1(len(reach) * np.log1p(-alone))
    return float(np.clip(1 - inside, alone, most))

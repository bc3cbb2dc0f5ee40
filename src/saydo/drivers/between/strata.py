"""What the models of several segments read: patterns of all of them, and what each can tell.

Takes patterns; returns `Strata`: complete patterns by segment, the columns of covariates that can
be told apart from segments, and, of each segment, why its own slope has no finite estimate, if so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saydo.drivers.design import design
from saydo.drivers.patterns import FIXED, covariates_of
from saydo.errors import NotEstimable, UnknownName
from saydo.languages import gettext
from saydo.languages import noop as _

Array = NDArray[np.float64]

ONE_SIDE = _("everyone in it stayed, or everyone left")
ONE_ANSWER = _("everyone in it gave the same answer")
SEPARATED = _("its answers tell exactly who stayed, so that its own estimate is infinite")


@dataclass(frozen=True)
class Strata:
    """Patterns of all segments but `all`, with everything known."""

    segments: tuple[str, ...]
    codes: NDArray[np.intp]
    """Of each pattern: the place of its segment."""
    satisfaction: Array
    top: float
    """The highest answer of the scale."""
    covariates: Array
    names: tuple[str, ...]
    """Of the columns of `covariates`."""
    stayed: Array
    n: Array
    status: tuple[str, ...]
    """By segment: empty if its slope can be estimated by itself; else `ONE_SIDE`, `ONE_ANSWER` or
    `SEPARATED`."""

    def by_segment(self, values: Array) -> Array:
        """Sums over the patterns of each segment."""
        return np.asarray(np.bincount(self.codes, values, minlength=len(self.segments)), float)

    @property
    def n_left(self) -> Array:
        return self.by_segment(self.n - self.stayed)

    @property
    def n_stayed(self) -> Array:
        return self.by_segment(self.stayed)

    @property
    def spread(self) -> float:
        """Standard deviation of answers within segments that tell something, in points."""
        middle = self.by_segment(self.n * self.satisfaction) / np.maximum(
            self.by_segment(self.n), 1
        )
        squares = self.n * (self.satisfaction - middle[self.codes]) ** 2
        tells = np.array([status in ("", SEPARATED) for status in self.status])[self.codes]
        return float(np.sqrt(squares[tells].sum() / self.n[tells].sum()))

    def only(self, kept: NDArray[np.bool_]) -> Strata:
        """The same, of these segments."""
        rows = kept[self.codes]
        return Strata(
            segments=tuple(np.array(self.segments, object)[kept]),
            codes=(np.cumsum(kept) - 1)[self.codes[rows]],
            satisfaction=self.satisfaction[rows],
            top=self.top,
            covariates=self.covariates[rows],
            names=self.names,
            stayed=self.stayed[rows],
            n=self.n[rows],
            status=tuple(np.array(self.status, object)[kept]),
        )


def strata(patterns: pd.DataFrame, *, adjust_for: Sequence[str] = ()) -> Strata:
    """The patterns of all segments, ready for models between them.

    Customers of whom a covariate is unknown are left out, as in `fit`. A segment all of whose
    customers are is there, with nobody in it.

    Raises:
        NotEstimable: There are fewer than two segments, or satisfaction does not vary.
        UnknownName: There is no such covariate.
    """
    known = covariates_of(patterns)
    for name in adjust_for:
        if name not in known:
            raise UnknownName("covariate", name, known)
    used = patterns[patterns["segment"] != "all"]
    segments = tuple(sorted(used["segment"].unique()))
    if len(segments) < 2:
        raise NotEstimable(gettext("there are fewer than two segments to compare"))
    names = [*FIXED[:4], *adjust_for]
    complete = used[used[list(adjust_for)].notna().all(axis=1)]
    complete = complete.groupby(names, sort=True, observed=True)[list(FIXED[4:])].sum()
    complete = complete[complete.sum(axis=1) > 0].reset_index()
    made = design(complete, form="linear", adjust_for=adjust_for)
    codes = pd.Index(segments).get_indexer(complete["segment"]).astype(np.intp)
    stayed = complete["n_stayed"].to_numpy(float)
    left = complete["n_left"].to_numpy(float)
    satisfaction = complete["satisfaction"].to_numpy(float)
    apart = told_apart(made.covariates, satisfaction, codes)
    covariate_names = [name for name in made.names if name not in ("intercept", "satisfaction")]
    return Strata(
        segments=segments,
        codes=codes,
        satisfaction=satisfaction,
        top=float(complete["scale_max"].iloc[0]),
        covariates=made.covariates[:, apart],
        names=tuple(covariate_names[place] for place in apart),
        stayed=stayed,
        n=stayed + left,
        status=tuple(
            _status(satisfaction[codes == code], stayed[codes == code], left[codes == code])
            for code in range(len(segments))
        ),
    )


def _status(satisfaction: Array, stayed: Array, left: Array) -> str:
    """Why the slope of one segment is infinite or unknown, given the covariates' coefficients."""
    if not stayed.sum() or not left.sum():
        return ONE_SIDE
    if len(np.unique(satisfaction)) < 2:
        return ONE_ANSWER
    of_stayed, of_left = satisfaction[stayed > 0], satisfaction[left > 0]
    if of_left.max() <= of_stayed.min() or of_stayed.max() <= of_left.min():
        return SEPARATED
    return ""


def told_apart(covariates: Array, satisfaction: Array, codes: NDArray[np.intp]) -> list[int]:
    """Columns not fixed by the segments, by satisfaction within them, and by columns before."""
    rest = covariates.copy()
    for code in np.unique(codes):
        rows = codes == code
        own = np.column_stack([np.ones(rows.sum()), satisfaction[rows]])
        rest[rows] -= own @ np.linalg.lstsq(own, rest[rows], rcond=None)[0]
    kept: list[int] = []
    for place, column in enumerate(rest.T):
        alone = column
        if kept:
            before = rest[:, kept]
            alone = column - before @ np.linalg.lstsq(before, column, rcond=None)[0]
        if np.linalg.norm(alone) > 1e-9 * np.linalg.norm(covariates[:, place]):
            kept.append(place)
    return kept

"""How is an estimate made of what people say? Measures of surveys beside those in `measures`.

Several answers of one respondent are alike, so that sums over respondents take the respondent as
the unit of chance. Their weights, if any, are in the sums already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from saydo.kpis import intervals
from saydo.kpis.measures import (
    FULL_COUNT,
    SCALE_ENDS,
    Aggregate,
    Measure,
    Rows,
    Share,
    as_estimate,
    divide,
    everyone,
    on_one_scale,
    scale_ends,
    without,
)
from saydo.kpis.pooled import Ratio, residuals, sums_of_pairs
from saydo.languages import noop as _

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BoxShare(Share):
    """Percentage of answers in some points of their scale; no value where scales differ.

    Two of five points are more than two of ten: shares of both together mean nothing. Reads
    `scale_min` and `scale_max` of the mart.
    """

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        (counted,) = self.bases(rows)
        ends = (rows.scale_min, rows.scale_min, rows.scale_max, rows.scale_max)
        return {**super().aggregates(rows), **scale_ends(ends, counted)}

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        return on_one_scale(super().estimate(sums), sums)


@dataclass(frozen=True)
class ScoreRatio(Ratio):
    """Mean score, from sums of each respondent; no value where scales differ.

    Reads the columns `low_min`, `low_max`, `high_min` and `high_max` of the mart, behind `scale_of`
    and an underscore: the extremes of `scale_min` and `scale_max` of a respondent's answers.
    """

    interval = _("delta method over respondents")

    scale_of: str = ""

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        low, lower, high, higher = (rows[f"{self.scale_of}_{end}"] for end in SCALE_ENDS)
        return {
            **super().aggregates(rows),
            **scale_ends((low, lower, high, higher), self.among(rows)),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        return on_one_scale(super().estimate(sums), sums)


@dataclass(frozen=True)
class AnswerShare(Measure):
    """`times` the part of all answers that are hits, from sums of each respondent; Wilson interval.

    Its n is the number of independent answers that would vary as these do between respondents.
    """

    interval = _("Wilson, at the effective number of answers")

    hits: Rows
    """Weighted hits of a respondent."""
    answers: Rows
    """Weighted answers of a respondent."""
    count: Rows
    """Answers of a respondent, whatever their weight."""
    times: float = 100

    def _answered(self, rows: ir.Table) -> ir.Value:
        return self.answers(rows) > 0

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        pairs = sums_of_pairs(rows, self.hits, self.answers, self._answered)
        return pairs | {"n": Aggregate(self.count(rows).sum(where=self._answered(rows)))}

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        share = divide(sums["x"], sums["y"])
        spread = residuals(sums)
        # Weights are scaled so that they sum to the number of answers: only their ratios matter.
        scale = divide(sums["n"], sums["y"])
        n = intervals.effective_trials(
            sums["x"] * scale,
            sums["n"].where(sums["n"] > 0),
            spread * scale**2,
            intervals.kish(sums["y"], sums["yy"]),
        )
        bounds = np.sort([self.times * bound for bound in intervals.wilson(share, n)], axis=0)
        return as_estimate(sums["n"], self.times * share, *bounds)

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (self._answered(rows),)


@dataclass(frozen=True)
class RespondentBias(Measure):
    """By how many percentage points respondents are ahead of all who were asked.

    100 · (share of respondents for whom `of` holds − share of all asked), which is the difference
    between respondents and the others times the share of the others. Its interval squares and adds
    those of the difference (Newcombe) and of the share (Wilson), each on its own side.

    References:
        Newcombe (1998), Statistics in Medicine 17, 873–890, method 10; Zou & Donner (2008),
        Statistics in Medicine 27, 1693–1702, for adding intervals.
    """

    interval = _("Newcombe's of the difference, with Wilson's of the share of the silent")

    of: Rows
    responded: Rows
    among: Rows = everyone

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        among, of = self.among(rows), self.of(rows)
        responded = among & self.responded(rows)
        return {
            "n": Aggregate(among.sum()),
            "hits": Aggregate((among & of).sum()),
            "n_responded": Aggregate(responded.sum()),
            "hits_responded": Aggregate((responded & of).sum()),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        n_silent = sums["n"] - sums["n_responded"]
        said = divide(sums["hits_responded"], sums["n_responded"])
        silent = divide(sums["hits"] - sums["hits_responded"], n_silent)
        share = divide(n_silent, sums["n"])
        difference = said - silent
        bias = share * difference
        lower, upper = newcombe(said, sums["n_responded"], silent, n_silent)
        fewer, more = intervals.wilson(share, sums["n"])
        # A bias is lowest with a small share of the silent if positive, with a large one if not.
        inward = np.where(difference > 0, share - fewer, more - share)
        outward = np.where(difference > 0, more - share, share - fewer)
        low = bias - np.hypot(share * (difference - lower), difference * inward)
        high = bias + np.hypot(share * (upper - difference), difference * outward)
        estimate = as_estimate(
            sums["n"], 100 * bias, 100 * np.maximum(low, -1), 100 * np.minimum(high, 1)
        )
        asked = sums["n"] > 0
        estimate = without(estimate, asked & (sums["n_responded"] == 0), _("nobody answered"))
        return without(estimate, asked & (n_silent == 0), _("everybody answered"))

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        among, responded = self.among(rows), self.responded(rows)
        return (among & responded, among & ~responded)


@dataclass(frozen=True)
class PartOfSum(Measure):
    """Percentage that a sum is of another; full counts, so no interval.

    A part that is null everywhere is not known, rather than nothing.
    """

    interval = FULL_COUNT

    part: Rows
    whole: Rows
    among: Rows = everyone

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        among, part = self.among(rows), self.part(rows)
        return {
            "n_parts": Aggregate((among & part.notnull()).sum()),
            "part": Aggregate(part.sum(where=among)),
            "whole": Aggregate(self.whole(rows).sum(where=among)),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        nothing = pd.Series(np.nan, sums.index)
        share = 100 * divide(sums["part"], sums["whole"])
        estimate = as_estimate(nothing, share, nothing, nothing)
        estimate = without(estimate, sums["n_parts"] == 0, "")
        return without(estimate, share > 100, _("our part is larger than the whole"))

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return ()


def newcombe(
    share: Array | pd.Series,
    n: Array | pd.Series,
    other: Array | pd.Series,
    n_other: Array | pd.Series,
) -> intervals.Bounds:
    """Interval of `share − other`, two shares (0 to 1) of independent samples of these sizes."""
    low, high = intervals.wilson(share, n)
    other_low, other_high = intervals.wilson(other, n_other)
    difference = share - other
    return (
        difference - np.hypot(share - low, other_high - other),
        difference + np.hypot(high - share, other - other_low),
    )

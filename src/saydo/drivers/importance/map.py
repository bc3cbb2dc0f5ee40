"""Where to begin? The importance–performance map, and where what they say disagrees with it.

Takes one segment's derived importance with its resamples, and patterns of stated importance;
returns each attribute's quadrant and rank difference, each with how often resamples give the same.

Martilla & James (1977), Importance–performance analysis, Journal of Marketing 41(1).
"""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from saydo.drivers.draws import middle
from saydo.drivers.importance.derived import SEED, Derived
from saydo.drivers.importance.moments import Array, moments, resampled_moments
from saydo.drivers.importance.responses import Responses
from saydo.languages import noop as _

SHARE = ("performance_share", "performance_share_low", "performance_share_high")
QUADRANTS: Mapping[str, str] = {
    "concentrate": _("Concentrate here"),
    "keep_up": _("Keep up the good work"),
    "low_priority": _("Low priority"),
    "overkill": _("Possible overkill"),
}
"""Important and weak, important and strong, less important and weak, less important and strong;
with their labels, translated when shown."""
DISAGREEMENTS: Mapping[str, str] = {
    "understated": _("Matters more than they say"),
    "overstated": _("Matters less than they say"),
    "unclear": _("Unclear"),
    "no": _("No"),
}
"""How stated and derived importance differ, and labels. Translated when shown."""


def quadrants(found: Derived, *, confidence: float = 0.95) -> pd.DataFrame:
    """Each attribute's quadrant, with both axes cut at the mean of the attributes.

    Derived importance, and the mean score as a share of its scale. The cuts are relative: something
    is always below them, however good or important.

    Returns:
        `attribute`, `performance_share` (mean score, 0 to 1 of the scale, of the respondents from
        whom importance is derived) with `_low` and `_high` (the middle of the resamples),
        `quadrant` (a key of `QUADRANTS`), `p_quadrant` (share of resamples in the same quadrant,
        each with its own cuts), `quadrant_is_clear` (at least `confidence`); no rows for a single
        attribute.
    """
    columns = ["attribute", *SHARE, "quadrant", "p_quadrant", "quadrant_is_clear"]
    if len(found.attributes) < 2:
        return pd.DataFrame(columns=columns)
    here = _places(found.importance, found.performance)
    drawn = _places(found.importance_draws, found.performance_draws)
    same = (drawn == here).mean(axis=0)
    names = np.array([*QUADRANTS], object)[here]
    share = (found.performance, *middle(found.performance_draws, confidence=confidence))
    values = (found.attributes, *share, names, same, same >= confidence)
    return pd.DataFrame(dict(zip(columns, values, strict=True)))


def disagreements(
    found: Derived,
    responses: Responses,
    *,
    segment: str,
    min_cell: int = 11,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Where an attribute ranks by what goes with satisfaction, against by what they say.

    Stated and derived importance are resampled apart: their errors are taken as independent.

    Returns:
        `attribute`, `rank_derived`, `rank_stated` (1 matters most; among attributes with both),
        `p_disagrees` (share of resamples in which the ranks differ to the same side),
        `disagrees`, a key of `DISAGREEMENTS`: `understated` or `overstated` where that share is at
        least `confidence`, `unclear` where ranks differ but not so surely, `no` where they don't;
        no rows with fewer than two attributes, or fewer than `min_cell` who said.
    """
    columns = ["attribute", "rank_derived", "rank_stated", "p_disagrees", "disagrees"]
    both = [name for name in responses.stated if name in found.attributes]
    patterns = responses.importances
    patterns = patterns[patterns["segment"] == segment]
    if len(both) < 2 or patterns["n"].sum() < min_cell:
        return pd.DataFrame(columns=columns)
    stated, stated_draws = _stated(patterns, both, responses, segment, len(found.rwa_draws))
    places = [found.attributes.index(name) for name in both]
    rank_derived = _ranks(found.importance[places])
    rank_stated = _ranks(stated)
    side = np.sign(rank_stated - rank_derived)
    drawn = np.sign(_ranks(stated_draws) - _ranks(found.importance_draws[:, places]))
    share = (drawn == side).mean(axis=0)
    words = np.select(
        [side == 0, share < confidence, side > 0], ["no", "unclear", "understated"], "overstated"
    )
    values = (both, rank_derived, rank_stated, np.where(side == 0, np.nan, share), words)
    return pd.DataFrame(dict(zip(columns, values, strict=True)))


def _places(importance: Array, performance: Array) -> np.ndarray:
    """Positions in `QUADRANTS`."""
    is_important = importance >= importance.mean(axis=-1, keepdims=True)
    is_strong = performance >= performance.mean(axis=-1, keepdims=True)
    return np.asarray(np.where(is_important, 0, 2) + is_strong)


def _stated(
    patterns: pd.DataFrame, names: list[str], responses: Responses, segment: str, replicates: int
) -> tuple[Array, Array]:
    """Mean stated importance as a share of the scale, and of resamples."""
    values = patterns[[f"importance_{name}" for name in names]].to_numpy(float)
    limits = np.array([responses.scales[name, "importance"] for name in names])
    shares = (values - limits[:, 0]) / (limits[:, 1] - limits[:, 0])
    counts = patterns["n"].to_numpy(np.int64)
    # Other draws than those of the derived importance, or the two would be tied.
    rng = np.random.default_rng([SEED + 1, crc32(segment.encode())])
    drawn = resampled_moments(shares, counts, replicates=replicates, rng=rng)
    return moments(shares, counts).mean, drawn.mean


def _ranks(importance: Array) -> Array:
    return np.asarray(rankdata(-importance, method="min", axis=-1), float)

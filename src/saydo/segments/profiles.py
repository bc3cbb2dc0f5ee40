"""What sets each segment apart? Standardised differences of everything known of customers.

Takes one row per customer and who is in which segment; returns, per segment and feature, how far
the segment lies from everyone else, with an interval. The engine gives n, mean and variance of
every segment in one query; everyone else is what the other segments add up to.

Features by which segments were drawn differ by construction: their intervals say how precisely the
difference is known, not that it was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import NormalDist

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.special import gammaln

from saydo.params import Params
from saydo.privacy import withheld
from saydo.segments.features import customer_features
from saydo.tables.checked import Tables
from saydo.tables.last_answers import USABLE, last_answers, placed_answers, usual_scale

SKEWED = ("frequency", "spend", "n_tickets")
"""Counts and money: a few customers have most of it, so that differences are taken on a logarithmic
scale, of 1 + the value, so that none is told by these few alone."""

SATISFACTION = "satisfaction"

COLUMNS = (
    "segment", "feature", "kind", "mean", "others_mean", "difference", "ci_low", "ci_high",
    "n", "n_others",
)  # fmt: skip

_Z = NormalDist().inv_cdf(0.975)


def profiled_features(tables: Tables, *, params: Params, as_of: date) -> ir.Table:
    """One row per customer: what is known of behaviour, attributes, and the last `satisfaction`
    (scale points), as far as it counts as known by `satisfaction.max_age_days`."""
    features = customer_features(tables, as_of=as_of)
    if "answers" not in tables or SATISFACTION in features.columns:
        return features
    after = as_of + timedelta(days=1)
    oldest = after - timedelta(days=params.satisfaction.max_age_days)
    answers = placed_answers(
        tables["answers"], params.satisfaction.item, before=after, oldest=oldest
    )
    scale = usual_scale(answers)
    if scale is None:
        return features
    low, high = scale
    last = last_answers(answers)
    last = last.filter(last.place == USABLE, last.scale_min == low, last.scale_max == high)
    joined = features.left_join(last.select("customer_id", satisfaction=last.score), "customer_id")
    return joined.drop("customer_id_right")


def profiles(
    features: ir.Table, assignments: ir.Table, *, hidden: Sequence[str], min_cell: int
) -> pd.DataFrame:
    """How far each segment lies from everyone else, feature by feature.

    Numbers: Hedges' g, the difference of means over the pooled standard deviation, corrected for
    small samples; of `SKEWED` features after log(1 + x). Yes or no: Cohen's h, the difference of
    the arcsines of shares. 0.2 is usually called small, 0.5 medium, 0.8 large. Customers of whom a
    feature is unknown are left out of it.

    Args:
        features: `customer_id`, and columns of which those with numbers and yes or no are told.
        assignments: `customer_id`, `segment`.
        hidden: Segments whose size is not shown, and so nothing of them.
        min_cell: Fewest customers about whom anything is shown.

    Returns:
        `COLUMNS`: `kind` (number, skewed, share), `mean` and `others_mean` (the feature's own unit;
        shares from 0 to 1; of `skewed` the mean of log(1 + x) back in that unit, which is nearer to
        the median than the mean is, and differs in the direction of `difference`), `difference`
        (standard deviations; missing where nobody within either group differs from another),
        `ci_low`, `ci_high` (95 %), `n`, `n_others` (customers).
        Features that are the same for all are left out.

    References:
        Hedges & Olkin (1985), Statistical Methods for Meta-Analysis, ch. 5.
        Cohen (1988), Statistical Power Analysis, ch. 6.
    """
    kinds = _kinds(features)
    if not kinds:
        return pd.DataFrame(columns=list(COLUMNS))
    sums = _moments(features, assignments, kinds)
    parts = [
        _compared(sums, feature, kind, hidden=hidden, min_cell=min_cell)
        for feature, kind in kinds.items()
    ]
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def _kinds(features: ir.Table) -> dict[str, str]:
    """What kind of number each feature is; those that are none are left out."""
    kinds = {}
    for name, dtype in features.schema().items():
        if dtype.is_boolean():
            kinds[name] = "share"
        elif dtype.is_numeric():
            kinds[name] = "skewed" if name in SKEWED else "number"
    return kinds


def _moments(features: ir.Table, assignments: ir.Table, kinds: dict[str, str]) -> pd.DataFrame:
    """Per segment and feature, in one query: n, mean, and mean and variance of what is compared."""
    joined = features.inner_join(assignments.select("customer_id", of="segment"), "customer_id")
    told: dict[str, ir.Scalar] = {}
    for place, (name, kind) in enumerate(kinds.items()):
        value = joined[name].cast("int8" if kind == "share" else "float64").cast("float64")
        # Neither infinite values nor those that are no number have a mean.
        value = ibis.cases((value.isnan() | value.isinf(), ibis.null("float64")), else_=value)
        scaled = value.sign() * (1 + value.abs()).ln() if kind == "skewed" else value
        told |= {
            f"n_{place}": value.count(),
            f"scaled_{place}": scaled.mean(),
            f"variance_{place}": scaled.var(how="pop"),
        }
    found = joined.group_by(segment=joined.of).agg(**told).order_by("segment").execute()
    renamed = {f"{what}_{place}": f"{what}:{name}" for place, name in enumerate(kinds)
               for what in ("n", "scaled", "variance")}  # fmt: skip
    return found.rename(columns=renamed)


def _compared(
    sums: pd.DataFrame, feature: str, kind: str, *, hidden: Sequence[str], min_cell: int
) -> pd.DataFrame:
    """One feature of every segment that may be shown, beside everyone else."""
    n, scaled, variance = (
        np.nan_to_num(sums[f"{what}:{feature}"].to_numpy(float))
        for what in ("n", "scaled", "variance")
    )
    n_others = n.sum() - n
    is_shown = ~withheld(n.astype(np.int64), 0, min_cell=min_cell)
    # More than need be: those hidden by this feature alone already hide one another.
    is_shown &= ~sums["segment"].isin(list(hidden)).to_numpy() & (n > 0) & (n_others > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        others, squares = _others(n, scaled, variance)
        if kind == "share":
            difference, error = cohens_h(scaled, n, others, n_others)
        else:
            difference, error = hedges_g(scaled - others, squares, n, n_others)
    table = pd.DataFrame(
        {
            "segment": sums["segment"],
            "feature": feature,
            "kind": kind,
            "mean": _in_unit(scaled, kind),
            "others_mean": _in_unit(others, kind),
            "difference": difference,
            "ci_low": difference - _Z * error,
            "ci_high": difference + _Z * error,
            "n": n.astype(np.int64),
            "n_others": n_others.astype(np.int64),
        }
    )
    # Whatever is the same for all sets nobody apart.
    is_constant = not variance.any() and len(np.unique(scaled[n > 0])) < 2
    return table[is_shown & (not is_constant)]


def _in_unit(scaled: np.ndarray, kind: str) -> np.ndarray:
    """A mean on the scale of comparison, in the feature's own unit."""
    return np.sign(scaled) * np.expm1(np.abs(scaled)) if kind == "skewed" else scaled


def _others(n: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of everyone else, and the pooled sum of squares around both means.

    Around the mean of all, so that nothing is lost of years such as 2025, whose squares are large.
    """
    total = n.sum()
    centred = mean - n @ mean / total
    squares = n * (variance + centred**2)
    n_others = total - n
    others = -n * centred / n_others
    of_others = squares.sum() - squares - n_others * others**2
    within = n * variance + of_others
    # What subtraction leaves of nothing is no spread.
    within = np.where(within > 1e-12 * squares.sum(), within, 0.0)
    return others + n @ mean / total, within


def hedges_g(
    difference: np.ndarray, squares: np.ndarray, n: np.ndarray, n_others: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A standardised difference of means and its standard error.

    Args:
        difference: Of means.
        squares: Sum of squares within both groups, around their means.
        n: Size of one group.
        n_others: Size of the other.
    """
    freedom = n + n_others - 2
    correction = np.exp(gammaln(freedom / 2) - gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2)
    spread = np.sqrt(squares / freedom)
    g = np.where(spread > 0, correction * difference / spread, np.nan)
    return g, np.sqrt(1 / n + 1 / n_others + g**2 / (2 * (n + n_others)))


def cohens_h(
    share: np.ndarray, n: np.ndarray, others: np.ndarray, n_others: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A standardised difference of shares (0 to 1) and its standard error, which is the same
    whatever the shares are."""
    share, others = share.clip(0, 1), others.clip(0, 1)
    h = 2 * np.arcsin(np.sqrt(share)) - 2 * np.arcsin(np.sqrt(others))
    return h, np.sqrt(1 / n + 1 / n_others)

"""Groups of customers who behave alike, where there are any.

Features are made comparable (`transform`), groups looked for in a sample (`groups`), and every
customer is put to the nearest centre on the engine. Where customers form no groups, and no number
was asked for, everyone is in one segment that says so.

Customers who never ordered have no recency and are no more of one group than of another: they are a
segment of their own. Whoever ordered but lacks a feature that params name is in none (*unknown*).

Every feature counts alike. One that has nothing to do with the groups hides them, so that fewer are
found than there are, or none: params name those that should tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.errors import DataError, Problem
from saydo.languages import gettext as _
from saydo.languages import noop
from saydo.params import ByClusters
from saydo.problems import no_such
from saydo.segments.by_rfm import NEVER_ORDERED
from saydo.segments.choice import choice_table, choice_to_pin
from saydo.segments.cluster_names import cluster_names
from saydo.segments.features import customer_features
from saydo.segments.groups import find_groups, taken_groups
from saydo.segments.nearest import nearest, with_nearest
from saydo.segments.sampling import sample
from saydo.segments.transform import Scale
from saydo.segments.way import Learned, Way
from saydo.tables.checked import Tables
from saydo.tables.declared import COUNT, NUMBER, TEXT, as_declared

DEFAULT = ("recency_days", "frequency", "spend", "n_tickets")
OF_ORDERS = frozenset({"recency_days", "frequency", "spend"})

CENTRES: Mapping[str, str] = {
    **dict.fromkeys(("segment", "feature"), TEXT),
    **dict.fromkeys(("centre", "score"), NUMBER),
    "n": COUNT,
}
FEATURES: Mapping[str, str] = {
    "feature": TEXT,
    **dict.fromkeys(("power", "mean", "sd"), NUMBER),
    "reason": TEXT,
}
"""Columns of `cluster_centres` and of `cluster_features`, with their types."""

NO_CLUSTERS = noop("No clusters")
ALL_ALIKE = noop("the same for all")


def _features(tables: Tables, how: ByClusters, as_of: date) -> ir.Table:
    """One row per customer: the features as numbers, and `has_ordered` where they are of orders.

    Raises:
        DataError: A feature doesn't exist or is no number, or there is none.
    """
    known = customer_features(tables, as_of=as_of)
    kinds = known.schema()
    numbers = [
        name
        for name, kind in kinds.items()
        if (kind.is_numeric() or kind.is_boolean()) and name != "customer_id"
    ]
    names = how.features or [name for name in DEFAULT if name in numbers]
    problems = [
        Problem(f"segments.features.{index}", no_such("number", name, numbers))
        for index, name in enumerate(names)
        if name not in numbers
    ]
    if not names:
        what = "clusters need orders, tickets or acquired_on of customers, or segments.features"
        problems.append(Problem("segments.method", what))
    if problems:
        raise DataError("segments", problems)
    features = {name: known[name].cast("float64") for name in names}
    if "orders" in tables and OF_ORDERS & set(names):
        return known.select("customer_id", has_ordered=known.frequency > 0, **features)
    return known.select("customer_id", **features)


def _learn(features: ir.Table, how: ByClusters, *, taken: int | None = None) -> Learned:
    """`features` (name to scale), `left_out` (name to reason), `clusters` (`centre` in scores by
    feature, and `n` of the sample), and the `choice` of their number; so many clusters as are
    `taken` for granted, if they are.

    Raises:
        DataError: Nobody has ordered yet, or nobody has all the features.
    """
    drawn = sample(features.filter(~_never_ordered(features))).drop(columns="customer_id")
    if drawn.empty:
        what = "nobody has ordered up to the day of the run; check ordered_at and as_of"
        raise DataError("segments", [Problem("segments.method", what)])
    values = drawn.drop(columns="has_ordered", errors="ignore").astype("float64")
    # Nobody would be left to learn from if a feature that nobody has were asked of all.
    left_out = {name: ALL_ALIKE for name in values if values[name].nunique() <= 1}
    # A sum's last digits follow from the order of its terms; nothing that is learned may.
    known = _rounded(values.drop(columns=list(left_out)).dropna())
    if not len(known):
        what = f"no customer has all of {', '.join(known)}; leave out what is seldom known"
        raise DataError("segments", [Problem("segments.features", what)])
    # Those left may be all alike in a feature, though others are not.
    left_out |= {name: ALL_ALIKE for name in known if known[name].nunique() <= 1}
    known = known.drop(columns=[name for name in known if name in left_out])
    scales = {name: Scale.learned(known[name].to_numpy()) for name in known}
    scores = [scale.scores(known[name].to_numpy()) for name, scale in scales.items()]
    points = np.column_stack(scores) if scores else np.zeros((len(known), 0))
    if taken and points.shape[1]:
        groups = taken_groups(points, number=taken)
    else:
        groups = find_groups(points, number=how.clusters, most=how.most)
    centres = groups.centres.round(6) + 0.0
    sizes = np.bincount(nearest(points, centres), minlength=len(centres))
    return {
        "features": {name: scale.to_pin() for name, scale in scales.items()},
        "left_out": left_out,
        "clusters": [
            {"n": int(n), "centre": dict(zip(scales, centre.tolist(), strict=True))}
            for n, centre in zip(sizes, centres, strict=True)
        ],
        "choice": choice_to_pin(groups),
    }


def _refit(features: ir.Table, how: ByClusters, learned: Learned) -> Learned:
    return _learn(features, how, taken=len(learned["clusters"]))


def _rounded(values: pd.DataFrame) -> pd.DataFrame:
    """To ten significant digits."""
    size = np.floor(np.log10(values.abs().where(values != 0, 1.0)))
    unit = 10.0 ** (9 - size)
    return (values * unit).round() / unit


def _place(features: ir.Table, how: ByClusters, learned: Learned) -> ir.Table:
    """`customer_id`, `segment`: the name of the nearest centre.

    Raises:
        DataError: A feature that was learned from is no longer there.
    """
    scales = {name: Scale.of(kept) for name, kept in learned["features"].items()}
    missing = [name for name in scales if name not in features.columns]
    if missing:
        what = f"earlier clusters need {', '.join(missing)}; give it again, or set refit: true"
        raise DataError("segments", [Problem("segments", what)])
    names = _names(learned)
    scored = {name: scale.score(features[name]) for name, scale in scales.items()}
    never = _never_ordered(features)
    points = features.select("customer_id", never_ordered=never, **scored)
    centres = [[cluster["centre"][name] for name in scales] for cluster in learned["clusters"]]
    placed = with_nearest(points, list(scales), centres, into="cluster")
    named = [(placed.cluster == number, name) for number, name in enumerate(names)]
    segment = ibis.cases((placed.never_ordered, _(NEVER_ORDERED)), *named)
    return placed.select("customer_id", segment=segment)


def _never_ordered(features: ir.Table) -> ir.BooleanValue:
    return ~features.has_ordered if "has_ordered" in features.columns else ibis.literal(False)


def _names(learned: Learned) -> list[str]:
    clusters = learned["clusters"]
    if len(clusters) == 1:
        return [_(NO_CLUSTERS)]
    return cluster_names([cluster["centre"] for cluster in clusters])


def _explain(features: ir.Table, how: ByClusters, learned: Learned) -> Mapping[str, pd.DataFrame]:
    """`cluster_choice`, `cluster_centres` and `cluster_features`.

    `cluster_choice` is of `choice_table`. `cluster_centres`: `segment`, `feature`, `centre` (in
    the feature's unit), `score` (in standard deviations from the mean of all) and `n` (customers of
    the sample that was learned from). `cluster_features`: `feature`, `power`, `mean` and `sd` (see
    `Scale`), or the `reason` why it was left out.
    """
    return {
        "cluster_choice": choice_table(learned["choice"], used=len(learned["clusters"])),
        "cluster_centres": _centres(learned),
        "cluster_features": _scales(learned),
    }


def _centres(learned: Learned) -> pd.DataFrame:
    rows = [
        {
            "segment": name,
            "feature": feature,
            "centre": Scale.of(learned["features"][feature]).value_at(score),
            "score": score,
            "n": cluster["n"],
        }
        for name, cluster in zip(_names(learned), learned["clusters"], strict=True)
        for feature, score in cluster["centre"].items()
    ]
    return as_declared(pd.DataFrame(rows), CENTRES)


def _scales(learned: Learned) -> pd.DataFrame:
    used = [{"feature": name, **scale} for name, scale in learned["features"].items()]
    left_out = [
        {"feature": name, "reason": _(reason)} for name, reason in learned["left_out"].items()
    ]
    return as_declared(pd.DataFrame(used + left_out), FEATURES)


BY_CLUSTERS = Way(
    place=_place,
    learn=_learn,
    features=_features,
    explain=_explain,
    finds_groups=True,
    refit=_refit,
)

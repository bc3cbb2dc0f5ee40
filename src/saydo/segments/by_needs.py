"""Segments by needs: groups of customers who want alike, by what they say.

Groups are learned from a sample of those who told what matters to them or what they expect, and
all of these are placed by the nearest centre. Who said nothing, or less than half, is silent: kept
apart as unknown, or placed by what they do where that tells enough (`by_likeness`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from saydo.params import ByNeeds
from saydo.segments.by_likeness import learned_likeness, likely_groups, placing_table
from saydo.segments.choice import choice_table
from saydo.segments.need_answers import Want, has_said, need_features, wants_of, with_all
from saydo.segments.need_groups import (
    as_learned,
    ipsatised_columns,
    learned_groups,
    learned_wants,
    names,
    with_group,
)
from saydo.segments.sampling import sample
from saydo.segments.way import Learned, Way


def _learn(features: ir.Table, how: ByNeeds, *, again: Learned | None = None) -> Learned:
    """`items`, `groups` and `choice` (see `need_groups`), and `likeness` (see `by_likeness`) if the
    silent are to be placed.

    Raises:
        DataError: Too few have answered.
    """
    wants = wants_of(features)
    respondents = sample(features.filter(has_said(features, wants)))
    taken = len(again["groups"]) if again else None
    learned = as_learned(learned_groups(respondents, how, wants, taken=taken), wants)
    if how.silent == "by_behaviour":
        group = _groups_of(respondents, learned)
        tested = again["likeness"] if again else None
        learned["likeness"] = learned_likeness(respondents, group, how, tested=tested)
    return learned


def _refit(features: ir.Table, how: ByNeeds, learned: Learned) -> Learned:
    """As many groups, and whether behaviour tells anything, are taken for granted."""
    return _learn(features, how, again=learned)


def _place(features: ir.Table, how: ByNeeds, learned: Learned) -> ir.Table:
    """`customer_id`, `segment`: the name of the group whose needs are nearest, or whom a silent
    customer behaves like; null where it is not known."""
    wants = learned_wants(learned)
    features = with_group(with_all(features, wants), learned)
    if "likeness" in learned:
        features = likely_groups(features, learned["likeness"])
        is_sure = features.probability >= how.min_probability
        likely = is_sure.ifelse(features.likely, ibis.null("int64"))
    else:
        likely = ibis.null("int64")
    group = has_said(features, wants).ifelse(features.group, likely)
    named = [(group == number, name) for number, name in enumerate(names(learned))]
    return features.select("customer_id", segment=ibis.cases(*named))


def _explain(features: ir.Table, how: ByNeeds, learned: Learned) -> Mapping[str, pd.DataFrame]:
    """`need_choice` (see `choice_table`), `need_centres`, and `need_placing` if the silent are
    placed by behaviour."""
    wants = learned_wants(learned)
    features = with_all(features, wants)
    has_answered = has_said(features, wants)
    tables = {
        "need_choice": choice_table(learned["choice"], used=len(learned["groups"])),
        "need_centres": _centres(features.filter(has_answered), wants, learned),
    }
    if "likeness" in learned:
        silent = features.filter(~has_answered)
        tables["need_placing"] = placing_table(silent, learned["likeness"], how)
    return tables


def _groups_of(respondents: pd.DataFrame, learned: Learned) -> NDArray[np.int64]:
    """The number of the group of each, placed as all others are."""
    table = with_group(ibis.memtable(respondents), learned)
    placed = ibis.duckdb.connect().execute(table.select("customer_id", "group"))
    numbers: pd.Series = placed.set_index("customer_id")["group"]
    return numbers.loc[respondents["customer_id"]].to_numpy("int64")


def _centres(respondents: ir.Table, wants: Sequence[Want], learned: Learned) -> pd.DataFrame:
    """What each segment wants, of its respondents: `segment`, `item`, `aspect`, `mean` (of what was
    said, less the respondent's own mean of the aspect; in parts of the scale), `ci_low`, `ci_high`
    (95 %, t) and `n` (respondents). Means are of groups made by these very answers: that they
    differ is no finding, by how much is."""
    said = with_group(respondents, learned)
    said = said.select("group", **ipsatised_columns(said, wants))
    sums: dict[str, ir.Value] = {}
    for place, want in enumerate(wants):
        value = said[want.column]
        sums |= {f"n_{place}": value.count(), f"sum_{place}": value.sum()}
        sums |= {f"squares_{place}": (value * value).sum()}
    found = said.group_by("group").agg(**sums).order_by("group").execute().set_index("group")
    named = names(learned)
    rows = []
    for group, of_group in found.iterrows():
        for place, want in enumerate(wants):
            n = int(of_group[f"n_{place}"])
            total, squares = of_group[f"sum_{place}"], of_group[f"squares_{place}"]
            mean = float(total) / n if n else np.nan
            reach = np.nan
            if n > 1:
                variance = max(float(squares) - n * mean**2, 0.0) / (n - 1)
                reach = float(student.ppf(0.975, n - 1)) * (variance / n) ** 0.5
            rows.append((named[group], *want[::-1], mean, mean - reach, mean + reach, n))
    columns = ["segment", "item", "aspect", "mean", "ci_low", "ci_high", "n"]
    return pd.DataFrame(rows, columns=columns)


BY_NEEDS = Way(
    place=_place,
    learn=_learn,
    features=need_features,
    explain=_explain,
    finds_groups=True,
    refit=_refit,
)

"""Who wants alike? Groups of respondents by what they call important and expect.

What a respondent says is ipsatised: of each aspect their own mean is taken off, so that those who
call everything important are no group. Where not all was answered, a respondent is compared with
a centre over the items answered, each less its own mean over these; the distance is then that
between what both say of these items, and no answer is made up.

Learned groups are plain values, as a pin keeps them:

    items:                      # what the numbers of a centre are of, in this order
      - {aspect: importance, item: speed}
    groups:                     # the largest first
      - {wants: [speed], centre: [0.312]}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saydo.errors import DataError, Problem
from saydo.languages import gettext as _
from saydo.params import ByNeeds
from saydo.segments.choice import choice_to_pin, rounded
from saydo.segments.groups import Groups, find_groups, taken_groups
from saydo.segments.need_answers import ASPECTS, Want, answered

FEWEST_RESPONDENTS = 50
"""Who answered everything; of fewer no groups are told."""
MOST_FITTED = 5000
TELLING = 0.05
"""What a group wants more than the others is told by name if it is more by this part of a scale."""


def learned_groups(
    respondents: pd.DataFrame, how: ByNeeds, wants: Sequence[Want], *, taken: int | None = None
) -> Groups:
    """Groups among those who answered everything, with centres of ipsatised answers.

    Args:
        respondents: One row per customer who answered, in an order of its own; the first
            `MOST_FITTED` who answered everything are read.
        how: How many groups.
        wants: The columns, and the order of coordinates of centres.
        taken: So many are taken for granted.

    Raises:
        DataError: Too few answered everything.
    """
    points = respondents[[want.column for want in wants]].dropna().to_numpy("float64")
    if len(points) < FEWEST_RESPONDENTS:
        what = (
            f"{len(points)} customers told how much each of {len(wants)} things matters or what "
            f"they expect of it, and {FEWEST_RESPONDENTS} are needed to find groups; name fewer "
            "items, which more of them were asked about"
        )
        raise DataError("segments", [Problem("segments.items", what)])
    ipsatised = _ipsatised(points[:MOST_FITTED], wants)
    if taken:
        return taken_groups(ipsatised, number=taken)
    return find_groups(ipsatised, number=how.clusters, most=how.most)


def as_learned(groups: Groups, wants: Sequence[Want]) -> dict[str, Any]:
    """`items`, `groups` and `choice`: what a pin keeps of groups."""
    named = _telling(groups.centres, wants)
    return {
        "items": [{"aspect": want.aspect, "item": want.item} for want in wants],
        "groups": [
            {"wants": items, "centre": [rounded(value) for value in centre]}
            for items, centre in zip(named, groups.centres, strict=True)
        ],
        "choice": choice_to_pin(groups),
    }


def learned_wants(learned: Mapping[str, Any]) -> list[Want]:
    """What was asked when groups were learned."""
    return [Want(each["aspect"], each["item"]) for each in learned["items"]]


def names(learned: Mapping[str, Any]) -> list[str]:
    """Of each group, in the active language; no two alike."""
    groups = learned["groups"]
    if len(groups) == 1:
        return [_("Want much the same")]
    found: list[str] = []
    for group in groups:
        match group["wants"]:
            case []:
                name = _("Wants a bit of everything")
            case [first]:
                name = _("Wants {item}").format(item=first)
            case [first, second, *_others]:
                name = _("Wants {item} and {other}").format(item=first, other=second)
        again = sum(other == name or other.startswith(f"{name} (") for other in found)
        found.append(f"{name} ({again + 1})" if again else name)
    return found


def with_group(respondents: ir.Table, learned: Mapping[str, Any]) -> ir.Table:
    """`respondents` with `group`: number of the nearest centre, from 0; the lowest among equals.

    Which is nearest does not depend on how many items were answered: for one respondent they are
    the same with every centre.
    """
    wants = learned_wants(learned)
    distances = {
        # What differs by the order of a sum must not decide between equals.
        f"distance_{number}": _distance(respondents, wants, group["centre"]).round(9)
        for number, group in enumerate(learned["groups"])
    }
    if len(distances) == 1:
        return respondents.mutate(group=ibis.literal(0, "int64"))
    measured = respondents.mutate(**distances)
    measured = measured.mutate(least=ibis.least(*(measured[name] for name in distances)))
    cases = [(measured[name] == measured.least, number) for number, name in enumerate(distances)]
    return measured.mutate(group=ibis.cases(*cases).cast("int64")).drop(*distances, "least")


def ipsatised_columns(respondents: ir.Table, wants: Sequence[Want]) -> dict[str, ir.Value]:
    """By column: the answer less the mean of the respondent's answers on the same aspect; null
    where it is the only one."""
    columns = {}
    for alike in _by_aspect(wants):
        count = answered(respondents, alike)
        mean = sum((respondents[want.column].fill_null(0.0) for want in alike), 0.0) / count
        for want in alike:
            less = respondents[want.column] - mean
            columns[want.column] = (count > 1).ifelse(less, ibis.null("float64"))
    return columns


def _distance(
    respondents: ir.Table, wants: Sequence[Want], centre: Sequence[float]
) -> ir.FloatingValue:
    """Squared, between ipsatised answers and the centre, over what was answered."""
    at = dict(zip(wants, centre, strict=True))
    total = ibis.literal(0.0)
    for alike in _by_aspect(wants):
        differences = [(respondents[want.column] - at[want]).fill_null(0.0) for want in alike]
        count = ibis.greatest(answered(respondents, alike), 1)
        squares = sum((each * each for each in differences), ibis.literal(0.0))
        added = sum(differences, ibis.literal(0.0))
        # Less the mean difference: that between own means.
        total = total + squares - added * added / count
    return total


def _by_aspect(wants: Sequence[Want]) -> list[list[Want]]:
    found = [[want for want in wants if want.aspect == aspect] for aspect in ASPECTS]
    return [alike for alike in found if alike]


def _ipsatised(points: NDArray[np.float64], wants: Sequence[Want]) -> NDArray[np.float64]:
    result = points.copy()
    for alike in _by_aspect(wants):
        columns = [wants.index(want) for want in alike]
        result[:, columns] -= points[:, columns].mean(axis=1, keepdims=True)
    # What is the same must be equal: few values are told from many.
    return result.round(9)


def _telling(centres: NDArray[np.float64], wants: Sequence[Want]) -> list[list[str]]:
    """Of each group, the items that it wants most above the mean of the others, as many as it
    takes to tell it from them, two at most; none if it wants nothing more than they do."""
    items = list(dict.fromkeys(want.item for want in wants))
    of_items = np.column_stack(
        [
            centres[:, [place for place, want in enumerate(wants) if want.item == item]].mean(
                axis=1
            )
            for item in items
        ]
    )
    others = (of_items.sum(axis=0) - of_items) / max(len(centres) - 1, 1)
    # Rounded, so that equals are in the order of items.
    above = np.round(of_items - others, 6)
    ranked = [
        [items[place] for place in np.argsort(-row, kind="stable") if row[place] >= TELLING]
        for row in above
    ]
    firsts = [tuple(row[:1]) for row in ranked]
    return [row[: 1 if firsts.count(tuple(row[:1])) == 1 else 2] for row in ranked]

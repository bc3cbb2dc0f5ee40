"""What is a cluster called? By what sets it apart: "Buys often, spends much".

Takes the scores of a cluster's centre, in standard deviations from the mean of all; returns words
for those that are far from it, the farthest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from saydo.languages import gettext as _
from saydo.languages import listed, noop

PHRASES: Mapping[str, tuple[str, str]] = {
    "recency_days": (noop("bought lately"), noop("bought long ago")),
    "frequency": (noop("buys seldom"), noop("buys often")),
    "spend": (noop("spends little"), noop("spends much")),
    "tenure_days": (noop("came lately"), noop("came long ago")),
    "n_tickets": (noop("seldom asks for help"), noop("often asks for help")),
}
"""How a feature is called where it is low, and where it is high."""

LOW, HIGH = noop("low {name}"), noop("high {name}")
AVERAGE = noop("near the average")

TELLING = 0.5
"""Standard deviations from the mean of all at which a feature tells something of a cluster."""
_WORDS = 2

Telling = Sequence[str]


def cluster_names(centres: Sequence[Mapping[str, float]]) -> list[str]:
    """A name per cluster in the active language, no two alike.

    Two features tell; more where clusters would be called alike, and a number where they still are.

    Args:
        centres: Per cluster the score of each feature.
    """
    told = [_sides(centre) for centre in centres]
    words = [min(_WORDS, len(sides)) for sides in told]
    while True:
        sets = [frozenset(sides[:n]) for sides, n in zip(told, words, strict=True)]
        longer = [
            n + 1 if sets.count(each) > 1 and n < len(sides) else n
            for each, n, sides in zip(sets, words, told, strict=True)
        ]
        if longer == words:
            break
        words = longer
    names = [_name(sides[:n]) for sides, n in zip(told, words, strict=True)]
    return [_numbered(name, sets[:i].count(sets[i])) for i, name in enumerate(names)]


def _sides(centre: Mapping[str, float]) -> list[tuple[str, bool]]:
    """The features that tell something, with whether they are high; the farthest first, and those
    that are about as far in their own order."""
    far = [feature for feature, score in centre.items() if abs(score) >= TELLING]
    return [(f, centre[f] > 0) for f in sorted(far, key=lambda f: -round(abs(centre[f]), 1))]


def _name(sides: Sequence[tuple[str, bool]]) -> str:
    phrases = [_phrase(feature, is_high=is_high) for feature, is_high in sides] or [_(AVERAGE)]
    text = listed(phrases)
    return text[:1].upper() + text[1:]


def _phrase(feature: str, *, is_high: bool) -> str:
    if feature in PHRASES:
        return _(PHRASES[feature][is_high])
    return _(HIGH if is_high else LOW).format(name=feature)


def _numbered(name: str, before: int) -> str:
    return f"{name} ({before + 1})" if before else name

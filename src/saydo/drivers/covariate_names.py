"""What covariates are called, for pages too, which need no engine to name them."""

from __future__ import annotations

from collections.abc import Iterable

from saydo.languages import gettext, listed, noop

LABELS = {
    "tenure": noop("Tenure"),
    "recency": noop("Recency"),
    "frequency": noop("Frequency"),
    "spend": noop("Spend"),
    "tickets": noop("Tickets"),
}
"""Of saydo's own."""


def covariate_label(name: str) -> str:
    """A covariate in words, as within a sentence; an attribute by the name of its column."""
    return gettext(LABELS[name]).lower() if name in LABELS else name


def names_of(names: Iterable[str]) -> str:
    """Covariates in words, one after the other."""
    return listed(map(covariate_label, names))

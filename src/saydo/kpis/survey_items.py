"""Which answers count? Conditions on the mart `answers` that several KPIs share."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import ibis.expr.types as ir

from saydo.kpis.measures import Rows
from saydo.languages import noop as _

ASKED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"answers": ("item", "score", "scale_min", "scale_max")}
)
"""What every KPI of answers needs."""

NO_ANSWERS = _("no answers in this period")
UNFIT_FOR_TOP_TWO = _("top-two-box needs a scale of 4 to 11 points")


def weight(answers: ir.Table) -> ir.Value:
    return answers.weight


def score(answers: ir.Table) -> ir.Value:
    return answers.score


def is_satisfaction(answers: ir.Table) -> ir.Value:
    """Of whatever survey: satisfaction with one contact is satisfaction too."""
    return answers.is_satisfaction


def of_relationship(item: str) -> Rows:
    """Answers to `item`, but not those about one contact alone."""
    return lambda answers: (answers.item == item) & ~answers.is_transactional


def has_two_boxes(among: Rows) -> Rows:
    """Those of `among` whose scale has two points at either end and some between them.

    Of three points two are no top; of a hundred, two are hardly any.
    """
    return lambda answers: among(answers) & (answers.scale_max - answers.scale_min).between(3, 10)


def in_top_two(answers: ir.Table) -> ir.Value:
    return answers.score >= answers.scale_max - 1


def in_bottom_two(answers: ir.Table) -> ir.Value:
    return answers.score <= answers.scale_min + 1


def in_upper_half(answers: ir.Table) -> ir.Value:
    """The middle of the scale or above; a scale with an even number of points has no middle."""
    return answers.score >= (answers.scale_min + answers.scale_max) / 2


SCALE: tuple[Rows, Rows] = (
    lambda answers: answers.scale_min,
    lambda answers: answers.scale_max,
)
"""Lowest and highest possible answer, as `Mean` takes them."""

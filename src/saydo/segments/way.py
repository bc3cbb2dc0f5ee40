"""What is a way of segmenting? What it learns from customers, and whom it then puts where.

Learning and placing are apart, so that what was learned (cut points, centroids) can be pinned: next
month's customers are then placed by this month's definition, and only those move who changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

import ibis.expr.types as ir
import pandas as pd

from saydo.languages import noop
from saydo.segments.features import customer_features
from saydo.tables.checked import Tables

UNKNOWN = noop("unknown")
"""The segment of those of whom nothing is known that would put them into one."""

Learned: TypeAlias = Mapping[str, Any]
"""What a pin holds: numbers, texts, and lists and mappings of these, as YAML can write them."""


def learns_nothing(features: ir.Table, how: Any) -> Learned:
    """For ways that params declare in full."""
    return {}


def explains_nothing(features: ir.Table, how: Any, learned: Learned) -> Mapping[str, pd.DataFrame]:
    """For ways that have nothing to show beside the segments."""
    return {}


@dataclass(frozen=True)
class Way:
    """A way of segmenting; `how` is always its own part of the params."""

    place: Callable[[ir.Table, Any, Learned], ir.Table]
    """(features, how, learned): `customer_id` and `segment` (null where nothing is known) of every
    row, as an expression, so that customers never leave the engine."""
    learn: Callable[[ir.Table, Any], Learned] = learns_nothing
    """(features, how): what `place` needs to know. The same customers teach the same, in whatever
    order they come and on whatever engine."""
    features: Callable[[Tables, Any, date], ir.Table] = field(
        default=lambda tables, how, as_of: customer_features(tables, as_of=as_of)
    )
    """(tables, how, last day known): one row per customer, `customer_id` and what the way reads."""
    explain: Callable[[ir.Table, Any, Learned], Mapping[str, pd.DataFrame]] = explains_nothing
    """(features, how, learned): tables of results, by name, that show how segments came about."""
    finds_groups: bool = False
    """Whether the segments themselves are learned: those of another day are others then, though
    they may bear the same names."""
    refit: Callable[[ir.Table, Any, Learned], Learned] | None = None
    """(features, how, learned): what these customers teach, if as many groups as in `learned` are
    taken for granted. For ways in whose `learn` that is asked, and takes long."""

    def learn_again(self, features: ir.Table, how: Any, learned: Learned) -> Learned:
        """What these customers teach, who are a resample of those who taught `learned`."""
        return self.refit(features, how, learned) if self.refit else self.learn(features, how)

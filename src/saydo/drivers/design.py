"""How satisfaction and covariates enter a model: its design matrix.

Takes the patterns of one segment; returns named columns. They are built directly rather than from
a formula, because hundreds of segments are fitted in a run and parsing would take longer than
fitting; names follow the habit of formulas (`channel[online]` against the first category).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.languages import number

Array = NDArray[np.float64]
MAX_CATEGORIES = 50
"""A text covariate with more categories is an identifier rather than a category."""


def _linear(satisfaction: Array, levels: Array) -> Array:
    return satisfaction[:, None]


def _levels(satisfaction: Array, levels: Array) -> Array:
    known = np.isin(satisfaction, levels)
    dummies = (satisfaction[:, None] == levels[None, 1:]).astype(float)
    # A level that nobody gave has no coefficient.
    dummies[~known] = np.nan
    return dummies


@dataclass(frozen=True)
class Form:
    """How satisfaction enters: as columns of its values."""

    name: str
    columns: Callable[[Array, Array], Array]
    """From values and the levels observed to one or more columns."""
    terms: Callable[[Array], list[str]]
    """The columns' names, from the levels observed."""


FORMS: Mapping[str, Form] = {
    "linear": Form("linear", _linear, lambda levels: ["satisfaction"]),
    "levels": Form(
        "levels", _levels, lambda levels: [f"satisfaction[{level:g}]" for level in levels[1:]]
    ),
}
"""linear: log-odds of staying per point; levels: each level against the lowest observed."""


@dataclass(frozen=True)
class Design:
    """The design matrix, and how to make it for another satisfaction."""

    form: Form
    levels: Array
    satisfaction: Array
    covariates: pd.DataFrame
    aliased: tuple[str, ...]
    """Covariate columns left out, because they are constant or fixed by the ones before."""

    @property
    def matrix(self) -> pd.DataFrame:
        """Intercept, satisfaction and covariates; one row per pattern."""
        return self.at(self.satisfaction)

    def at(self, satisfaction: Array) -> pd.DataFrame:
        """The same rows, had their satisfaction been this."""
        terms = self.form.terms(self.levels)
        return pd.concat(
            [
                pd.DataFrame({"intercept": np.ones(len(satisfaction))}),
                pd.DataFrame(self.form.columns(satisfaction, self.levels), columns=terms),
                self.covariates,
            ],
            axis=1,
        )


def design(patterns: pd.DataFrame, *, form: str, adjust_for: Sequence[str]) -> Design:
    """The design of one segment's patterns, which have no missing values.

    A covariate that is constant, or fixed by the ones before it, is left out as R does.

    Raises:
        NotEstimable: Satisfaction does not vary, or not apart from the covariates; a text
            covariate has too many categories.
    """
    satisfaction = patterns["satisfaction"].to_numpy(float)
    levels = np.unique(satisfaction)
    if len(levels) < 2:
        raise NotEstimable(
            _("everyone gave the same answer ({level}), so that nothing can be compared").format(
                level=number(levels[0], 0 if levels[0].is_integer() else 1)
            )
            if len(levels)
            else _("nobody has values for all covariates")
        )
    columns = pd.DataFrame(index=range(len(patterns)))
    for name in adjust_for:
        columns = pd.concat([columns, _covariate(patterns[name])], axis=1)
    own = FORMS[form].columns(satisfaction, levels)
    ones = np.ones((len(patterns), 1))
    # Satisfaction last: what the covariates already say can't be told apart from it.
    aliased = _aliased(np.hstack([ones, columns.to_numpy(float), own]))
    n_covariates = columns.shape[1]
    if any(position > n_covariates for position in aliased):
        raise NotEstimable(
            _("satisfaction is fixed by {names}, so that they can't be told apart").format(
                names=", ".join(adjust_for)
            )
        )
    dropped = [str(columns.columns[position - 1]) for position in aliased]
    return Design(FORMS[form], levels, satisfaction, columns.drop(columns=dropped), tuple(dropped))


def _covariate(values: pd.Series) -> pd.DataFrame:
    values = values.reset_index(drop=True)
    if pd.api.types.is_numeric_dtype(values):
        return values.astype(float).to_frame()
    categories = sorted(values.unique())
    if len(categories) > MAX_CATEGORIES:
        raise NotEstimable(
            _(
                "{name} has {count} different values; group them into at most {most}, "
                "or leave it out of satisfaction.adjust_for"
            ).format(name=values.name, count=number(len(categories), 0), most=MAX_CATEGORIES)
        )
    return pd.DataFrame(
        {f"{values.name}[{one}]": (values == one).astype(float) for one in categories[1:]},
        index=values.index,
    )


def _aliased(matrix: Array) -> list[int]:
    """Positions of columns that are linear combinations of those before them."""
    size = np.sqrt((matrix**2).sum(axis=0))
    scaled = matrix / np.where(size > 0, size, 1)
    # What a column adds to those before it is its diagonal element of R.
    new = np.abs(np.diag(np.linalg.qr(scaled, mode="r")))
    new = np.concatenate([new, np.zeros(matrix.shape[1] - len(new))])
    return [int(position) for position in np.flatnonzero(new < 1e-9)]

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


def _curved(satisfaction: Array, levels: Array) -> Array:
    # About the middle, so that the square is not nearly a straight line itself.
    middle = (levels[0] + levels[-1]) / 2
    return np.column_stack([satisfaction, (satisfaction - middle) ** 2])


def _levels(satisfaction: Array, levels: Array) -> Array:
    known = np.isin(satisfaction, levels)
    dummies = (satisfaction[:, None] == levels[None, 1:]).astype(float)
    # A level that nobody gave has no coefficient.
    dummies[~known] = np.nan
    return dummies


def knots(levels: Array) -> Array:
    """Where the pieces of the spline meet: the outer levels, and one to three between them.

    Each level counts once, whatever the number of customers who gave it: most give the top two, and
    knots at quantiles of customers would fall together there. 1 to 5 has a knot at 3; 1 to 7 at 3
    and 5; 0 to 10 at 2.5, 5 and 7.5.
    """
    n_inner = 1 if len(levels) <= 5 else 2 if len(levels) <= 7 else 3
    return np.quantile(levels, np.linspace(0, 1, n_inner + 2))


def _spline(satisfaction: Array, levels: Array) -> Array:
    # Truncated cubes that cancel beyond the outer knots (Harrell, 2015, Regression Modeling
    # Strategies, 2.4.5): the space of R's `ns`, with the straight line as the first column.
    at = knots(levels)
    cubes = np.maximum(satisfaction[:, None] - at, 0) ** 3 / (at[-1] - at[0]) ** 2
    last_but_one, last = cubes[:, [-2]], cubes[:, [-1]]
    share = (at[-1] - at[:-2]) / (at[-1] - at[-2])
    return np.hstack(
        [satisfaction[:, None], cubes[:, :-2] - last_but_one * share + last * (share - 1)]
    )


def _unplaced(satisfaction: Array, levels: Array) -> Array:
    raise TypeError("The kink of a threshold has to be found first: see saydo.drivers.kinks.")


@dataclass(frozen=True)
class Form:
    """How satisfaction enters: as columns of its values."""

    name: str
    columns: Callable[[Array, Array], Array]
    """From values and the levels observed to one or more columns."""
    terms: Callable[[Array], list[str]]
    """The columns' names, from the levels observed."""
    kink: float | None = None
    """Where a threshold bends, in points."""


def threshold(kink: float) -> Form:
    """Straight below a kink and straight above it: penalty on one side, reward on the other.

    The second coefficient is the slope above less the slope below.
    """
    return Form(
        "threshold",
        lambda satisfaction, levels: np.column_stack(
            [satisfaction, np.maximum(satisfaction - kink, 0)]
        ),
        lambda levels: ["satisfaction", f"satisfaction above {kink:g}"],
        kink,
    )


FORMS: Mapping[str, Form] = {
    "linear": Form("linear", _linear, lambda levels: ["satisfaction"]),
    "curved": Form("curved", _curved, lambda levels: ["satisfaction", "satisfaction²"]),
    "levels": Form(
        "levels", _levels, lambda levels: [f"satisfaction[{level:g}]" for level in levels[1:]]
    ),
    "spline": Form(
        "spline",
        _spline,
        lambda levels: (
            ["satisfaction"]
            + [f"satisfaction spline {nth}" for nth in range(1, len(knots(levels)) - 1)]
        ),
    ),
    "threshold": Form(
        "threshold", _unplaced, lambda levels: ["satisfaction", "satisfaction above"]
    ),
}
"""linear: log-odds of staying per point; curved: and its square about the middle of the answers, so
that returns may diminish or increase; levels: each level against the lowest observed; spline: a
natural cubic spline, which bends gently and is straight at the ends; threshold: straight below a
kink and above it. The kink is found by likelihood, and `threshold` gives the form that has it."""


@dataclass(frozen=True)
class Design:
    """The design matrix, and how to make it for another satisfaction."""

    form: Form
    levels: Array
    satisfaction: Array
    covariates: Array
    """Their columns, under the last of `names`."""
    names: tuple[str, ...]
    """Of all columns: intercept, satisfaction, covariates."""
    aliased: tuple[str, ...]
    """Covariate columns left out, because they are constant or fixed by the ones before."""

    @property
    def matrix(self) -> Array:
        """One row per pattern, one column per name."""
        return self.at(self.satisfaction)

    @property
    def searched(self) -> tuple[str, ...]:
        """Terms of satisfaction whose kink was looked for, among several, in the same data."""
        if self.form.kink is None or len(self.levels) <= 3:
            return ()
        return tuple(self.form.terms(self.levels))

    def at(self, satisfaction: Array) -> Array:
        """The same rows, had their satisfaction been this."""
        own = self.form.columns(satisfaction, self.levels)
        return np.hstack([np.ones((len(satisfaction), 1)), own, self.covariates])


def design(patterns: pd.DataFrame, *, form: str | Form, adjust_for: Sequence[str]) -> Design:
    """The design of one segment's patterns, which have no missing values.

    A covariate that is constant, or fixed by the ones before it, is left out as R does.

    Args:
        patterns: Of one segment.
        form: A key of `FORMS`, or a form: of a threshold the one with its kink.
        adjust_for: Covariates among the columns.

    Raises:
        NotEstimable: Satisfaction does not vary, or not apart from the covariates; a text
            covariate has too many categories.
    """
    form = FORMS[form] if isinstance(form, str) else form
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
    terms = form.terms(levels)
    if len(terms) > len(levels) - 1:
        raise NotEstimable(
            _("only {count} different answers were given, too few for this form").format(
                count=number(len(levels), 0)
            )
        )
    made = [_covariate(patterns[name]) for name in adjust_for]
    names = [name for more, _columns in made for name in more]
    ones = np.ones((len(patterns), 1))
    known = np.hstack([ones[:, :0], *(columns for _names, columns in made)])
    # Satisfaction last: what the covariates already say can't be told apart from it.
    own = form.columns(satisfaction, levels)
    fixed = aliased(np.hstack([ones, known, own]))
    if any(position > len(names) for position in fixed):
        raise NotEstimable(
            _("satisfaction is fixed by {names}, so that they can't be told apart").format(
                names=", ".join(adjust_for)
            )
        )
    kept = [place for place in range(len(names)) if place + 1 not in fixed]
    return Design(
        form=form,
        levels=levels,
        satisfaction=satisfaction,
        covariates=known[:, kept],
        names=("intercept", *terms, *(names[place] for place in kept)),
        aliased=tuple(names[position - 1] for position in fixed),
    )


def _covariate(values: pd.Series) -> tuple[list[str], Array]:
    """A number as it is; text as one column per category but the first."""
    if pd.api.types.is_numeric_dtype(values):
        return [str(values.name)], values.to_numpy(float)[:, None]
    categories = sorted(values.unique())
    if len(categories) > MAX_CATEGORIES:
        raise NotEstimable(
            _(
                "{name} has {count} different values; group them into at most {most}, "
                "or leave it out of satisfaction.adjust_for"
            ).format(name=values.name, count=number(len(categories), 0), most=MAX_CATEGORIES)
        )
    others = categories[1:]
    columns = values.to_numpy(object)[:, None] == np.array(others, object)[None, :]
    return [f"{values.name}[{one}]" for one in others], columns.astype(float)


def aliased(matrix: Array) -> list[int]:
    """Positions of columns that are linear combinations of those before them (Gram–Schmidt)."""
    basis = np.empty((len(matrix), 0))
    found = []
    for position, column in enumerate(matrix.T):
        rest = column - basis @ (basis.T @ column)
        # Once more, or rounding would be left in nearly collinear columns.
        rest -= basis @ (basis.T @ rest)
        if np.linalg.norm(rest) <= 1e-9 * np.linalg.norm(column):
            found.append(position)
        else:
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
    return found

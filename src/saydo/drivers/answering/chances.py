"""How likely is it of each customer that something happened: an answer, an invitation?

Takes cells (covariates known of everyone, with counts); returns the columns of a logistic model,
and its coefficients. Chances are what is wanted, not coefficients: a column that others fix does no
harm, and where data are separated chances run to 0 or 1, for the caller to see.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning, SingularMatrixWarning

from saydo.drivers.design import MAX_CATEGORIES
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.languages import number

Array = NDArray[np.float64]


def columns_of(
    cells: pd.DataFrame, on: Sequence[str], *, use_outcome: bool = False
) -> tuple[list[str], Array]:
    """Covariates, and `stayed` if asked for, as columns: names, and one row per cell.

    Numbers as they are, text as one column per category but the first; what is unknown of some
    enters with a column that says so (Rosenbaum & Rubin, 1984, J. Am. Stat. Assoc. 79).

    Raises:
        NotEstimable: A text covariate has too many categories.
    """
    columns: dict[str, Array] = {}
    for name in on:
        values, unknown = cells[name], cells[name].isna()
        if pd.api.types.is_numeric_dtype(values):
            columns[name] = values.fillna(0.0).to_numpy(float)
        else:
            categories = sorted(values.dropna().unique())
            if len(categories) > MAX_CATEGORIES:
                raise NotEstimable(
                    _(
                        "{name} has {count} different values; group them into at most {most}, "
                        "or leave it out of satisfaction.adjust_for"
                    ).format(name=name, count=number(len(categories), 0), most=MAX_CATEGORIES)
                )
            for one in categories[1:]:
                columns[f"{name}[{one}]"] = (values == one).fillna(False).to_numpy(float)
        if unknown.any():
            columns[f"{name}[?]"] = unknown.to_numpy(float)
    if use_outcome:
        columns["stayed"] = cells["stayed"].to_numpy(float)
    matrix = np.column_stack([np.empty((len(cells), 0)), *columns.values()])
    return list(columns), matrix


def moments(matrix: Array, n: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of each column over customers; 1 where a column is constant."""
    mean = n @ matrix / n.sum()
    spread = np.sqrt(n @ (matrix - mean) ** 2 / n.sum())
    return mean, np.where(spread > 1e-12, spread, 1.0)


def logistic(matrix: Array, happened: NDArray[np.bool_], n: Array) -> Array:
    """Coefficients of a logistic regression on cells with counts; not unique if columns are not.

    Raises:
        NotEstimable: They are not finite.
    """
    model = GLM(happened.astype(float), matrix, family=families.Binomial(), freq_weights=n)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # Separation shows as chances near 0, which are looked for, or near 1, which do no harm.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        # A column fixed by others does no harm to chances.
        warnings.simplefilter("ignore", SingularMatrixWarning)
        result = model.fit(maxiter=100, tol_criterion="deviance", atol=1e-10, rtol=1e-13)
    if not np.isfinite(result.params).all():
        raise NotEstimable(_("the fit did not converge"))
    return np.asarray(result.params)

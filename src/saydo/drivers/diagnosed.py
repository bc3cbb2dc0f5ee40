"""Do the models that speak hold up? The diagnostics of every segment, fit to be shown.

Takes assessments, one at a time, with the patterns of everyone; returns the tables of
`diagnostics.NAMES`, in which every segment has rows, or one row with the reason why there is
nothing. What would give withheld answers back is withheld.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import pandas as pd

from saydo.drivers.absent import with_absent
from saydo.drivers.assess import Assessment
from saydo.drivers.diagnostics import COLUMNS, diagnose
from saydo.drivers.diagnostics.added import MADE_OF
from saydo.drivers.fit import Fit
from saydo.drivers.model_table import EFFECT
from saydo.languages import gettext as _
from saydo.suppression import withheld_reason
from saydo.tables.declared import TEXT, as_declared, none_of

Tidy = dict[str, pd.DataFrame]

TO_DIGITS: Mapping[str, dict[str, int]] = {
    "calibration": {"predicted": 0, "observed": 0, "ci_low": 0, "ci_high": 0},
    "calibration_tests": {"estimate": 1, "ci_low": 1, "ci_high": 1, "p_value": 2},
    "added_value": dict.fromkeys(MADE_OF, 2),
    "residuals": {"expected": 0, "residual": 1},
}
"""Decimals of what is told of an adjusted model where answers are withheld."""


def diagnosed(
    one: Assessment, everyone: pd.DataFrame, *, hidden: Collection[float], min_cell: int
) -> Tidy:
    """The diagnostics of the model that speaks for a segment; none where there is none.

    Args:
        one: Of one segment.
        everyone: Patterns of all its customers, the silent among them (`response_patterns`).
        hidden: Levels of satisfaction that are withheld of it.
        min_cell: Fewest customers about whom anything is shown.

    Returns:
        Tables by name, each with `columns_of` it.
    """
    if one.headline is None:
        return {}
    fitted = one.headline.fit
    if not isinstance(fitted, Fit):
        reason = _("Only models of maximum likelihood are looked into, and this one is penalised.")
        tables = _only(reason, COLUMNS)
    else:
        tables = diagnose(fitted, everyone, hidden=hidden, min_cell=min_cell)
        if hidden:
            tables = guarded(tables, is_adjusted=bool(fitted.adjust_for), min_cell=min_cell)
    about = {"segment": one.segment, "model": one.headline.name}
    return {
        name: as_declared(table.assign(**about), columns_of(name)) for name, table in tables.items()
    }


def columns_of(name: str) -> dict[str, str]:
    """The columns of a table of diagnostics of all segments, with their types."""
    return {"segment": TEXT, "model": TEXT, **COLUMNS[name]}


def _only(reason: str, names: Iterable[str]) -> Tidy:
    """These tables, with a row that says why there is nothing."""
    row = pd.DataFrame({"reason": [reason]})
    return {name: as_declared(row, COLUMNS[name]) for name in names}


def guarded(tables: Tidy, *, is_adjusted: bool, min_cell: int) -> Tidy:
    """The diagnostics of a segment without what would give its withheld answers back.

    Of an unadjusted model each is an equation in the counts of answers, and is withheld. Of an
    adjusted one, whose covariates are nowhere told, likelihoods and what patterns do are withheld,
    and the rest is coarse, as predictions are (`predictions.guarded`).
    """
    absent = _only(withheld_reason(min_cell), tables)
    if not is_adjusted:
        return absent
    coarse = {name: table.round(TO_DIGITS.get(name, {})) for name, table in tables.items()}
    coarse["calibration"] = coarse["calibration"].assign(n_stayed=pd.NA)
    measures, terms = coarse["added_value"], coarse["missing_answers"]
    coarse["added_value"] = measures[measures["measure"] != "deviance_explained"]
    coarse["missing_answers"] = terms[terms["term"].isna() | (terms["term"] == EFFECT)]
    told = coarse["influence"][["effect", "at_most"]].head(1)
    coarse["influence"] = told.assign(reason=withheld_reason(min_cell))
    return coarse | {"likelihood_ratio": absent["likelihood_ratio"]}


def every_segment(
    parts: Iterable[Tidy], reasons: Mapping[str, str], responders: pd.DataFrame
) -> Tidy:
    """The tables of all segments, with a row for each of which there is nothing.

    Args:
        parts: What `diagnosed` gave of each.
        reasons: Why there is nothing, by segment; all segments in order.
        responders: The table of that name: where it withholds who answered, so does
            `missing_answers`.
    """
    stored = list(parts)
    found = {}
    for name in COLUMNS:
        tables = [part[name] for part in stored if name in part] or [none_of(columns_of(name))]
        found[name] = with_absent(pd.concat(tables, ignore_index=True), reasons)
    missing = found["missing_answers"]
    secret = responders.loc[responders["reason"] != "", "segment"]
    is_secret = missing["segment"].isin(secret) & (missing["cases"] == "imputed")
    missing.loc[is_secret, ["n", "n_left", "n_imputed"]] = pd.NA
    return found

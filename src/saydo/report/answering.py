"""Do those who answer speak for the others? In words and tables.

Takes the tables of `drivers.answering`; returns findings. The reasons in the tables are the
sentences where nothing can be told.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from saydo.drivers.covariate_names import covariate_label
from saydo.drivers.model_table import EFFECT
from saydo.languages import gettext as _
from saydo.languages import listed, name, number, percent, signed
from saydo.report import html
from saydo.report.finding import Finding, not_measured
from saydo.report.ways_of_asking import estimate

ONE = partial(signed, digits=1)
TWO = partial(number, digits=2)
COUNT = partial(number, digits=0)


def who_answers(
    responders: pd.DataFrame,
    reweighted: pd.DataFrame,
    *,
    silent: pd.DataFrame,
    balance: pd.DataFrame,
    verdict: str,
    segment: str,
) -> Finding:
    """Whether those who answered stayed as the others did, what weighting for it changes, and how
    unlike them the silent would have to be to turn what was found.

    The finding's table is that with and without weights; the other two stand folded beside it.
    Where the gate has refused (`verdict`), nothing is told of what satisfaction has to do with
    staying.
    """
    rows = responders[responders["segment"] == segment]
    if "retention_answered" not in rows or rows["retention_answered"].isna().all():
        return not_measured(rows, otherwise=_("Nobody could be watched."))
    if verdict in ("refused", "not measured"):
        reweighted, silent = (
            table[table["term"] != EFFECT] if "term" in table else table
            for table in (reweighted, silent)
        )
    own = known(reweighted, segment)
    deltas, differences = known(silent, segment), known(balance, segment, "after")
    parts = [_shares(rows.iloc[0]), _weighted(own), _still(differences), _turn(silent, segment)]
    tables = [
        _folded(_wide(own), _readings(), _("With and without weights for who answers")),
        _folded(deltas, _deltas(), _("If the silent had answered lower than those like them")),
        _folded(
            differences,
            _differences(),
            _("Those who answered against everyone, in standard deviations"),
        ),
    ]
    return Finding(table=own, sentence=" ".join(filter(None, parts)), body="".join(tables))


def known(table: pd.DataFrame, segment: str, column: str = "estimate") -> pd.DataFrame:
    """A segment's rows with numbers."""
    if column not in table:
        return table.iloc[:0]
    return table[(table["segment"] == segment) & table[column].notna()]


def _folded(table: pd.DataFrame, columns: list[html.Shown], caption: str) -> str:
    if table.empty:
        return ""
    return html.folded(caption, html.table(table, columns, caption=caption))


def _shares(row: pd.Series) -> str:
    return _(
        "{share} of those who could be watched had answered. Of them {answered} stayed "
        "(n = {n_answered}), of the others {silent} (n = {n_silent}): a difference of "
        "{difference} percentage points (95% interval {low} to {high})."
    ).format(
        share=percent(row["answered_share"]),
        answered=percent(row["retention_answered"]),
        silent=percent(row["retention_silent"]),
        n_answered=COUNT(int(row["n_answered"])),
        n_silent=COUNT(int(row["n_silent"])),
        difference=ONE(row["difference"]),
        low=ONE(row["ci_low"]),
        high=ONE(row["ci_high"]),
    )


def _weighted(own: pd.DataFrame) -> str:
    """What weighting makes of the mean answer."""
    means = own[own["term"] == "mean_satisfaction"].set_index("model")["estimate"]
    if not {"unweighted", "weighted"} <= set(means.index):
        return ""
    weighted, unweighted = TWO(means["weighted"]), TWO(means["unweighted"])
    if weighted == unweighted:
        return _("Weighted for who answers, mean satisfaction stays {weighted}.").format(
            weighted=weighted
        )
    words = _("Weighted for who answers, mean satisfaction is {weighted} instead of {unweighted}.")
    return words.format(weighted=weighted, unweighted=unweighted)


def _still(differences: pd.DataFrame) -> str:
    """In what those who answered are unlike everyone though weighted."""
    unlike = differences[~differences["is_balanced"].astype("boolean").fillna(True)]
    if unlike.empty:
        return ""
    return _("Though weighted, those who answered differ from everyone in: {names}.").format(
        names=listed(_covariate(term) for term in unlike["term"])
    )


def _turn(silent: pd.DataFrame, segment: str) -> str:
    """How unlike the silent would have to be for satisfaction to say nothing of staying."""
    own = silent[silent["segment"] == segment]
    if own.empty:
        return ""
    shown = known(own, segment)
    effects = shown[shown["term"] == EFFECT] if len(shown) else shown
    if effects.empty:
        return next((text for text in own["reason"] if text), "")
    turn = effects["tipping_point"].iloc[0]
    if pd.isna(turn):
        return _(
            "However low the silent who stayed would have answered, satisfaction would be tied to "
            "staying."
        )
    if turn == 0:
        return _("Weighted, satisfaction is not clearly tied to staying.")
    return _(
        "Had the silent who stayed answered {points} points lower than those like them, "
        "satisfaction would no longer be clearly tied to staying."
    ).format(points=TWO(turn))


def _wide(own: pd.DataFrame) -> pd.DataFrame:
    """A row per reading, with what each way of weighting makes of it; as text."""
    bounds = {"ci_low": "estimate_low", "ci_high": "estimate_high"}
    cells = [
        estimate("estimate", TWO, row) for row in own.rename(columns=bounds).to_dict("records")
    ]
    wide = own.assign(cell=cells).pivot_table(
        index=["term", "n"], columns="model", values="cell", aggfunc="first", sort=False
    )
    return wide.reindex(columns=["unweighted", "weighted", "difference"]).reset_index()


def _readings() -> list[html.Shown]:
    return [
        html.Shown("term", _("What"), _reading, numeric=False),
        html.Shown("unweighted", _("as given"), numeric=False),
        html.Shown("weighted", _("weighted"), numeric=False),
        html.Shown("difference", _("difference"), numeric=False),
        html.Shown("n", "n", COUNT),
    ]


def _deltas() -> list[html.Shown]:
    return [
        html.Shown("term", _("What"), _reading, numeric=False),
        html.Shown("among", _("Lower are"), _among, numeric=False),
        html.Shown("delta", _("Points lower"), TWO),
        html.Shown("estimate", _("Estimate"), TWO),
        *html.bounds(TWO),
        html.Shown("n", "n", COUNT),
    ]


def _differences() -> list[html.Shown]:
    two = partial(signed, digits=2)
    return [
        html.Shown("term", _("What is known of everyone"), _covariate, numeric=False),
        html.Shown("before", _("As given"), two),
        html.Shown("after", _("Weighted"), two),
        html.Shown("n", "n", COUNT),
        html.Shown("is_balanced", _("Alike"), lambda is_so: _("Yes") if is_so else _("No")),
    ]


def _reading(term: str) -> str:
    labels = {
        "mean_satisfaction": _("Mean satisfaction, points"),
        "share_satisfied": _("Satisfied, %"),
        "nps": "NPS",
        EFFECT: _("marginal effect (pp)"),
    }
    if term.startswith("retention["):
        return _("Stayed of those who answered {level}, %").format(level=term[10:-1])
    return labels.get(term, term)


def _among(group: str) -> str:
    labels = {
        "everyone": _("all the silent"),
        "stayed": _("the silent who stayed"),
        "left": _("the silent who left"),
    }
    return labels[group]


def _covariate(term: str) -> str:
    return _("stayed") if term == "stayed" else name(covariate_label(term))

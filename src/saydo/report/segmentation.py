"""How were segments drawn? In words, and the tables that show it.

Takes the params, the table `segmentation` (when it was learned) and those that a way explains
itself with; returns a finding.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from saydo.languages import day, number, percent
from saydo.languages import gettext as _
from saydo.params import (
    ByClusters,
    ByColumn,
    ByMarket,
    ByNeeds,
    ByOwn,
    ByRfm,
    ByRules,
    Params,
    Segments,
)
from saydo.report.finding import Finding
from saydo.report.model_words import LEAST_P
from saydo.report.segmentation_tables import tables_of

EXPLAINED = (
    "segment_cuts", "cluster_choice", "cluster_centres", "cluster_features", "need_choice",
    "need_centres", "need_placing",
)  # fmt: skip
"""Tables by which ways explain themselves."""

Tables = Mapping[str, pd.DataFrame]


def segmentation(
    drawn: pd.DataFrame | None, explained: Mapping[str, pd.DataFrame], *, params: Params
) -> Finding:
    """How customers were assigned to segments, by what was learned when.

    Args:
        drawn: `method`, `learned_on`, `is_pinned`: one row; None without segments.
        explained: Those of `EXPLAINED` that there are.
        params: Of the study.
    """
    how = params.segments
    if how is None:
        return Finding(
            pd.DataFrame(),
            _("There is one segment, of everyone; name others under “segments” in the params."),
        )
    parts = [told(how), _learned(drawn), *_choices(explained), _placed(explained)]
    table = next((explained[each] for each in EXPLAINED if each in explained), drawn)
    return Finding(
        table=pd.DataFrame() if table is None else table,
        sentence=" ".join(filter(None, parts)),
        body=tables_of(how, explained, currency=params.currency),
        result=dict(explained),
    )


def told(how: Segments) -> str:
    """In one sentence, by what."""
    match how:
        case ByColumn():
            words = _("By the attribute {column} of {customers}; without one, they are unknown.")
            return words.format(column=how.column)
        case ByRules():
            words = _("By rules: the first that holds decides, and the rest are {otherwise}.")
            return words.format(otherwise=how.otherwise)
        case ByOwn():
            words = _("By the study's own function {function}.")
            return words.format(function=how.function)
        case ByRfm():
            return _(
                "By how recently, how often and for how much they ordered, each scored by "
                "quantiles of those who ever ordered, or by cut points in the params."
            )
        case ByClusters():
            return _("By who behaves alike: groups around means (k-means).")
        case ByNeeds():
            return _(
                "By who wants alike: groups around means (k-means) of what they call important and "
                "expect, less what each of them says of everything."
            )
        case ByMarket():
            within = told(how.within) if how.within is not None else ""
            return (
                " ".join(filter(None, [_("By market, and within each market:"), within]))
                if (within)
                else _("By market.")
            )
    raise NotImplementedError(how.method)


def _learned(drawn: pd.DataFrame | None) -> str:
    """When what they are drawn by was learned."""
    if drawn is None or drawn["learned_on"].isna().all():
        return ""
    row = drawn.iloc[0]
    words = (
        _(
            "Learned by an earlier run, of {day}, and used again, so that segments mean the same; "
            "“refit: true” under “segments” in the params learns anew."
        )
        if row["is_pinned"]
        else _("Learned by this run, of {day}; later runs use it again.")
    )
    return words.format(day=day(row["learned_on"]))


def _choices(explained: Tables) -> list[str]:
    """How many groups there are, and whether there are any."""
    return [
        _choice(explained[each]) for each in ("cluster_choice", "need_choice") if each in explained
    ]


def _choice(table: pd.DataFrame) -> str:
    if table.empty:
        return _("They are too few, or too alike, to ask whether they form groups.")
    found, p_value = bool(table["found"].iloc[0]), float(table["p_value"].iloc[0])
    words = (
        _("They do form groups: where there are none, as distinct ones are found in {p} of cases.")
        if found
        else _(
            "They don’t form groups clearly: where there are none, as distinct ones are found in "
            "{p} of cases."
        )
    )
    least = _("less than {share}").format(share=percent(100 * LEAST_P))
    return words.format(p=least if p_value < LEAST_P else percent(100 * p_value))


def _placed(explained: Tables) -> str:
    """Whether the silent could be placed by what they do."""
    if "need_placing" not in explained:
        return ""
    row = explained["need_placing"].iloc[0]
    if row["verdict"] == "refused":
        return str(row["reason"])
    words = _(
        "Of those who never answered {share} were placed by what they do, with a mean probability "
        "of {probability}; among those who answered, that was right for {accuracy} (95% interval "
        "{low} to {high}; n = {n}), where calling all the largest group is for {largest}."
    )
    shares = {
        "share": row["share_placed"],
        "probability": row["probability"],
        "accuracy": row["right"],
        "low": row["right_low"],
        "high": row["right_high"],
        "largest": row["largest_share"],
    }
    told = {
        which: "–" if pd.isna(share) else percent(100 * float(share))
        for which, share in shares.items()
    }
    return words.format(n=number(float(row["n_told"]), 0), **told)

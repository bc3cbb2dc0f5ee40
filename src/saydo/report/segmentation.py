"""How were segments drawn? In words, and the tables that show it.

Takes the params, the table `segmentation` (when it was learned) and those that a way explains
itself with; returns a finding.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from saydo.languages import day, money, name, noop, number, percent, signed
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
from saydo.report import html
from saydo.report.finding import Finding
from saydo.report.segment_profiles import label

MEASURES = {
    "recency": noop("Days since the last order"),
    "frequency": noop("Orders"),
    "monetary": noop("Spent"),
}

ASPECTS = {"importance": noop("Importance"), "expectation": noop("Expected")}

EXPLAINED = (
    "segment_cuts", "cluster_choice", "cluster_centres", "need_choice", "need_centres",
    "need_placing",
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
            _("There is one segment, of everyone; name others under `segments` in the params."),
        )
    parts = [told(how), _learned(drawn), *_choices(explained), _placed(explained)]
    shown = [
        *_rules(how),
        *_cuts(explained, params),
        *_centres(explained),
        *_tried(explained),
        *_placing(explained),
    ]
    table = next((explained[each] for each in EXPLAINED if each in explained), drawn)
    return Finding(
        table=pd.DataFrame() if table is None else table,
        sentence=" ".join(filter(None, parts)),
        body="".join(shown),
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
            "`refit: true` under `segments` in the params learns anew."
        )
        if row["is_pinned"]
        else _("Learned by this run, of {day}; later runs use it again.")
    )
    return words.format(day=day(row["learned_on"]))


def _choices(explained: Tables) -> list[str]:
    """How many groups there are, and whether there are any."""
    return [
        _choice(explained[each])
        for each in ("cluster_choice", "need_choice")
        if each in explained and len(explained[each])
    ]


def _choice(table: pd.DataFrame) -> str:
    found, p_value = bool(table["found"].iloc[0]), float(table["p_value"].iloc[0])
    words = (
        _("They do form groups: without any, such distinct ones are rarer than {p}.")
        if found
        else _(
            "They don’t form groups clearly: without any, as distinct ones are found in {p} of "
            "cases."
        )
    )
    # A test by chance clouds can't tell less than one of those drawn.
    return words.format(p=percent(100 * p_value))


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
        "accuracy": row["accuracy"],
        "low": row["accuracy_low"],
        "high": row["accuracy_high"],
        "largest": row["largest_share"],
    }
    told = {
        which: "–" if pd.isna(share) else percent(100 * float(share))
        for which, share in shares.items()
    }
    return words.format(n=number(float(row["n"]), 0), **told)


def _rules(how: Segments) -> list[str]:
    inner = how.within if isinstance(how, ByMarket) else how
    if not isinstance(inner, ByRules):
        return []
    table = pd.DataFrame([rule.model_dump() for rule in inner.rules])
    columns = [
        html.Shown("name", _("Segment"), numeric=False),
        html.Shown("when", _("Condition"), numeric=False),
    ]
    return [html.table(table, columns, caption=_("Rules"))]


def _cuts(explained: Tables, params: Params) -> list[str]:
    if "segment_cuts" not in explained:
        return []
    table = explained["segment_cuts"]
    table = table.assign(
        label=[_(MEASURES[measure]) for measure in table["measure"]],
        cut=[
            None
            if pd.isna(cut)
            else money(cut, params.currency)
            if measure == "monetary"
            else number(cut, 0)
            for measure, cut in zip(table["measure"], table["above"], strict=True)
        ],
        percent=100 * table["share"],
    )
    columns = [
        html.Shown("label", _("Measure"), numeric=False),
        html.Shown("score", _("Score"), lambda score: number(score, 0)),
        html.Shown("cut", _("Better than")),
        html.Shown("n_customers", _("{Customers}"), lambda n: number(n, 0)),
        html.Shown("percent", _("Share"), percent),
    ]
    return [_folded(table, columns, _("Cut points"))]


def _centres(explained: Tables) -> list[str]:
    """The middles of groups: of behaviour, and of what is wanted."""
    shown = []
    if "cluster_centres" in explained:
        table = explained["cluster_centres"]
        table = table.assign(label=[label(feature) for feature in table["feature"]])
        columns = [
            html.Shown("segment", _("Segment"), numeric=False),
            html.Shown("label", _("Feature"), numeric=False),
            html.Shown("centre", _("Centre"), number),
            html.Shown("z", _("Standard deviations from the mean"), lambda z: signed(z, 2)),
            html.Shown("n", "n", lambda n: number(n, 0)),
        ]
        shown.append(_folded(table, columns, _("Centres of the groups")))
    if "need_centres" in explained:
        table = explained["need_centres"]
        table = table.assign(
            what=[name(item) for item in table["item"]],
            kind=[_(ASPECTS.get(aspect, aspect)) for aspect in table["aspect"]],
            **{end: 100 * table[end].astype(float) for end in ("mean", "ci_low", "ci_high")},
        )
        columns = [
            html.Shown("segment", _("Segment"), numeric=False),
            html.Shown("what", _("Attribute"), numeric=False),
            html.Shown("kind", _("Asked"), numeric=False),
            html.Shown("mean", _("Above what each says of all, % of the scale"), signed),
            *html.bounds(signed),
            html.Shown("n", "n", lambda n: number(n, 0)),
        ]
        shown.append(_folded(table, columns, _("What each group wants")))
    return shown


def _tried(explained: Tables) -> list[str]:
    """How the number of groups was chosen."""
    columns = [
        html.Shown("number", _("Groups"), lambda n: number(n, 0)),
        html.Shown("silhouette", _("Silhouette"), _two),
        html.Shown("reference", _("Silhouette without groups"), _two),
        html.Shown("stability", _("Stability"), _two),
        html.Shown("smallest", _("Share of the smallest"), percent),
    ]
    shown = []
    for each in ("cluster_choice", "need_choice"):
        if each in explained and len(explained[each]):
            table = explained[each]
            table = table.assign(smallest=100 * table["smallest_share"].astype(float))
            shown.append(_folded(table, columns, _("How many groups")))
    return shown


def _placing(explained: Tables) -> list[str]:
    if "need_placing" not in explained:
        return []
    columns = [
        html.Shown("n_silent", _("Never answered"), lambda n: number(n, 0)),
        html.Shown("n_placed", _("Placed by what they do"), lambda n: number(n, 0)),
        html.Shown("n_told", _("Answered, and told as surely"), lambda n: number(n, 0)),
        html.Shown("stated", _("Probability stated"), _share),
        html.Shown("right", _("Share right"), _share),
        *html.bounds(_share, low="right_low", high="right_high"),
    ]
    return [_folded(explained["need_placing"], columns, _("Placed by what they do"))]


def _two(value: float) -> str:
    return number(value, 2)


def _share(value: float) -> str:
    return percent(100 * value)


def _folded(table: pd.DataFrame, columns: list[html.Shown], caption: str) -> str:
    return html.folded(caption, html.table(table, columns, caption=caption))

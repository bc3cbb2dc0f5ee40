"""The tables that show how segments were drawn: rules, cut points, centres, and what was tried."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from saydo.languages import gettext as _
from saydo.languages import money, name, noop, number, percent, signed
from saydo.params import ByRules, Segments
from saydo.report import html
from saydo.report.segment_profiles import label

MEASURES = {
    "recency": noop("Days since the last order"),
    "frequency": noop("Orders"),
    "monetary": noop("Spent"),
}

ASPECTS = {"importance": noop("Importance"), "expectation": noop("Expected")}

Tables = Mapping[str, pd.DataFrame]


def tables_of(how: Segments, explained: Tables, *, currency: str) -> str:
    """All of them, as HTML; those that a way has none of are left out.

    Args:
        how: The params' part.
        explained: Tables by which the way explains itself, by name.
        currency: Of cut points in money.
    """
    shown = [
        *_rules(how),
        *_cuts(explained, currency),
        *_centres(explained),
        *_tried(explained),
        *_scales(explained),
        *_placing(explained),
    ]
    return "".join(shown)


def _rules(how: Segments) -> list[str]:
    inner = how.innermost
    if not isinstance(inner, ByRules):
        return []
    table = pd.DataFrame([rule.model_dump() for rule in inner.rules])
    columns = [
        html.Shown("name", _("Segment"), numeric=False),
        html.Shown("when", _("Condition"), numeric=False),
    ]
    return [html.table(table, columns, caption=_("Rules"))]


def _cuts(explained: Tables, currency: str) -> list[str]:
    if "segment_cuts" not in explained:
        return []
    table = explained["segment_cuts"]
    table = table.assign(
        label=[_(MEASURES[measure]) for measure in table["measure"]],
        cut=[
            None
            if pd.isna(cut)
            else money(cut, currency)
            if measure == "monetary"
            else number(cut, 0)
            for measure, cut in zip(table["measure"], table["cut"], strict=True)
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
            html.Shown("score", _("Standard deviations from the mean"), _signed_two),
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
        html.Shown("used", _("Used"), numeric=False),
    ]
    shown = []
    for each in ("cluster_choice", "need_choice"):
        if each in explained and len(explained[each]):
            table = explained[each]
            table = table.assign(
                smallest=100 * table["smallest_share"].astype(float),
                used=["✓" if is_used else "" for is_used in table["is_used"]],
            )
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


def _scales(explained: Tables) -> list[str]:
    """How features were made comparable, and which were left out."""
    if "cluster_features" not in explained:
        return []
    table = explained["cluster_features"]
    table = table.assign(label=[label(feature) for feature in table["feature"]])
    columns = [
        html.Shown("label", _("Feature"), numeric=False),
        html.Shown("power", _("Power (Yeo–Johnson)"), _two),
        html.Shown("mean", _("Mean after it"), _two),
        html.Shown("sd", _("Standard deviation after it"), _two),
        html.Shown("reason", _("Why left out"), numeric=False),
    ]
    return [_folded(table, columns, _("Features, made comparable"))]


def _signed_two(value: float) -> str:
    return signed(value, 2)


def _two(value: float) -> str:
    return number(value, 2)


def _share(value: float) -> str:
    return percent(100 * value)


def _folded(table: pd.DataFrame, columns: list[html.Shown], caption: str) -> str:
    return html.folded(caption, html.table(table, columns, caption=caption))

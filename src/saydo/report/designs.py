"""Do other designs give the same answer? Whether the satisfied stay, asked in five ways.

Takes `tables/retention_models`, `wave_models` and `hazard_models`; returns a finding with a row per
design. Ratios are exponentiated, and say of what they are: those of staying are above 1 where the
satisfied stay, those of leaving below.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import pandas as pd

from saydo.languages import gettext as _
from saydo.languages import listed, name, ngettext, noop, number, percent, signed
from saydo.report import html, model_figures
from saydo.report.design_answers import DESIGNS, UNITS, answers, years
from saydo.report.finding import Finding
from saydo.report.model_words import as_sentence, p_in_words

COUNT = partial(number, digits=0)

SAME = noop("They look at the same {customers}, so that agreement is no independent proof.")


def designs(
    models: pd.DataFrame, waves: pd.DataFrame, hazards: pd.DataFrame, *, segment: str, item: str
) -> Finding:
    """Every design's answer side by side, whether they agree, and retention over a year by answer.

    Args:
        models, waves, hazards: The tables `retention_models`, `wave_models` and `hazard_models`.
        segment: One of them.
        item: The question about satisfaction.
    """
    tables = {"retention_models": models, "wave_models": waves, "hazard_models": hazards}
    own = {key: table[table["segment"] == segment] for key, table in tables.items()}
    asked, over_a_year = answers(own), years(own["hazard_models"])
    table = pd.concat([asked, over_a_year], ignore_index=True)
    if asked["estimate"].isna().all():
        return Finding(table, "", asked["verdict"].iloc[0], asked["reason"].iloc[0])
    question = _("Answer to {item}").format(item=name(item))
    draw = partial(
        model_figures.retention_by_answer, question=question, stayed=_("Would stay a year")
    )
    return Finding(
        table=table,
        sentence=" ".join([*_agreement(asked), *_unanswered(asked), *_over_a_year(over_a_year)]),
        verdict=asked["verdict"].iloc[0],
        draw=(lambda rows: draw(rows.dropna(subset=["satisfaction"])))
        if len(over_a_year)
        else None,
        alternative=_("Would stay a year, by answer: {values}.").format(
            values=listed(
                f"{COUNT(row.satisfaction)}: {percent(row.estimate)}"
                for row in over_a_year.itertuples()
            )
        ),
        body=html.table(_worded(asked), _columns(), caption=_("What one point more goes with"))
        + _questions(asked)
        + _years_table(over_a_year, item=item),
    )


def _agreement(asked: pd.DataFrame) -> list[str]:
    """Do those that give an estimate agree on the direction?"""
    told = asked[asked["estimate"].notna()]
    ways = set(told["direction"])
    if ways == {1.0} or ways == {-1.0}:
        sentence = (
            ngettext(
                "The one design that gives an estimate finds that the more satisfied stay.",
                "All {count} designs that give an estimate find that the more satisfied stay.",
                len(told),
            )
            if ways == {1.0}
            else ngettext(
                "The one design that gives an estimate finds that the more satisfied leave.",
                "All {count} designs that give an estimate find that the more satisfied leave.",
                len(told),
            )
        ).format(count=COUNT(len(told)))
        return [sentence, _(SAME)] if len(told) > 1 else [sentence]
    words = {
        1.0: _("That the more satisfied stay is found by: {designs}."),
        -1.0: _("That the more satisfied leave is found by: {designs}."),
        0.0: _("No direction shows by: {designs}."),
    }
    return [
        text.format(designs=_labels(told.loc[told["direction"] == way, "design"]))
        for way, text in words.items()
        if way in ways
    ]


def _unanswered(asked: pd.DataFrame) -> list[str]:
    """Which designs give no estimate, and why."""
    absent = asked[asked["estimate"].isna()]
    words = _("No estimate by: {designs}. {reason}")
    return [
        words.format(designs=_labels(rows["design"]), reason=as_sentence(str(reason)))
        for reason, rows in absent.groupby("reason", sort=False)
    ]


def _over_a_year(rows: pd.DataFrame) -> list[str]:
    if len(rows) < 2:
        return []
    low, high = rows.iloc[0], rows.iloc[-1]
    words = _(
        "Of those who keep answering {high}, {high_share} would stay a year ({high_from} to "
        "{high_to}); of those who keep answering {low}, {low_share} ({low_from} to {low_to})."
    )
    numbers = {
        f"{which}{part}": percent(row[column])
        for which, row in (("low", low), ("high", high))
        for part, column in (("_share", "estimate"), ("_from", "ci_low"), ("_to", "ci_high"))
    }
    return [
        words.format(low=COUNT(low["satisfaction"]), high=COUNT(high["satisfaction"]), **numbers)
    ]


def _worded(asked: pd.DataFrame) -> pd.DataFrame:
    """The table as it is shown: designs in words, numbers with their unit and interval."""
    by_name = {design.name: design for design in DESIGNS}
    rows = list(asked.itertuples())
    return asked.assign(
        label=[_(by_name[row.design].label) for row in rows], value=[_value(row) for row in rows]
    )


def _value(row: Any) -> str | None:
    """The estimate with its unit and interval."""
    if pd.isna(row.estimate):
        return None
    text = partial(signed if row.unit == "points" else number, digits=2)
    value = _(UNITS[row.unit]).format(value=text(row.estimate))
    return _("{value} ({low} to {high})").format(
        value=value, low=text(row.ci_low), high=text(row.ci_high)
    )


def _questions(asked: pd.DataFrame) -> str:
    """What each design asks, and what a reader must know of its answer.

    A list, for a column of long texts would leave no room for numbers on a phone.
    """
    by_name = {design.name: design for design in DESIGNS}
    items = [
        "<li><strong>{label}</strong> {text}</li>".format(
            label=html.escape(_(by_name[row.design].label)),
            text=html.escape(" ".join(filter(None, [_(by_name[row.design].question), _note(row)]))),
        )
        for row in asked.itertuples()
    ]
    return f"<ul>{''.join(items)}</ul>"


def _note(row: Any) -> str | None:
    """What a reader must know of a design's estimate; why there is none stands in the sentence."""
    if pd.isna(row.estimate):
        return None
    if row.design == "waves" and pd.notna(row.n_rows):
        return _("{count} answers; errors by {customer}.").format(count=COUNT(int(row.n_rows)))
    if row.design == "within" and pd.notna(row.n_varying):
        words = _("{varying} stayed once and not another time; {changing} of them changed answer.")
        changing = "–" if pd.isna(row.n_changing) else COUNT(int(row.n_changing))
        return words.format(varying=COUNT(int(row.n_varying)), changing=changing)
    if row.design == "cox" and pd.notna(row.p_proportional):
        words = _("Same ratio at every tenure (proportional hazards): {p}.")
        return words.format(p=p_in_words(row.p_proportional))
    return None


def _columns() -> list[html.Shown]:
    return [
        html.Shown("label", _("Design"), numeric=False),
        html.Shown("value", _("One point more (95% interval)")),
        html.Shown("n", "n", COUNT),
        html.Shown("n_left", _("Left"), COUNT),
        html.Shown("verdict", _("Verdict"), _, numeric=False),
    ]


def _years_table(rows: pd.DataFrame, *, item: str) -> str:
    if rows.empty:
        return ""
    columns = [
        html.Shown("satisfaction", item, COUNT, numeric=False),
        html.Shown("estimate", _("Would stay a year"), percent),
        *html.bounds(percent),
        html.Shown("n", "n", COUNT),
        html.Shown("n_left", _("Left"), COUNT),
    ]
    caption = _("Retention over a year by answer, month by month")
    return html.folded(_("Retention over a year"), html.table(rows, columns, caption=caption))


def _labels(names: Iterable[str]) -> str:
    label = {design.name: design.label for design in DESIGNS}
    return listed(_(label[each]) for each in names)

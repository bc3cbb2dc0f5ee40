"""The parts of a model's diagnosis: each its sentence, its table and whether it raises a doubt.

Takes the rows of one segment from the tables of `drivers.diagnostics`; returns `Part`s.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pandas as pd
from scipy.stats import norm

from saydo.drivers.model_table import EFFECT
from saydo.languages import gettext as _
from saydo.languages import listed, noop, number, percent, signed
from saydo.report import html, model_figures
from saydo.report.finding import Finding
from saydo.report.model_words import as_sentence, p_in_words, p_value

LEVEL = 0.05
"""P-value under which something is called doubtful."""

COUNT = partial(number, digits=0)
TWO, THREE = partial(number, digits=2), partial(number, digits=3)
CHANGE = partial(signed, digits=2)

MEASURES = {
    "auc": noop("Area under the curve (chance: 0.5)"),
    "deviance_explained": noop("Deviance explained (R²)"),
    "discrimination_slope": noop("Discrimination slope"),
    "calibration_in_the_large": noop("Calibration in the large (ideal: 0)"),
    "calibration_slope": noop("Calibration slope (ideal: 1)"),
    "spiegelhalter_z": noop("Spiegelhalter's z (ideal: 0)"),
}
CASES = {"complete": noop("of whom all is known"), "imputed": noop("all, the missing imputed")}


@dataclass(frozen=True)
class Part:
    """One side of the diagnosis."""

    finding: Finding
    doubt: str = ""
    """What is doubtful, in a few words; empty: nothing."""


def _untold(rows: pd.DataFrame) -> Part:
    """Why nothing is told."""
    return Part(Finding(rows, "", "not measured", as_sentence(str(rows["reason"].iloc[0]))))


def lacks(rows: pd.DataFrame, column: str) -> bool:
    """Whether nothing stands in a column, or it is not there."""
    return column not in rows or bool(rows[column].isna().all())


def calibration(groups: pd.DataFrame, tests: pd.DataFrame) -> Part:
    """Do as many stay as the model says, of those it has not seen?"""
    if lacks(tests, "estimate") or lacks(groups, "observed"):
        return _untold(tests if lacks(tests, "estimate") else groups)
    by_measure = tests.set_index("measure")
    slope, large = (
        by_measure.loc[name] for name in ("calibration_slope", "calibration_in_the_large")
    )
    doubt = ""
    if slope["p_value"] < LEVEL:
        is_extreme = slope["estimate"] < 1
        doubt = _("chances are too extreme") if is_extreme else _("chances are too timid")
    elif large["p_value"] < LEVEL:
        doubt = _("chances are too low") if large["estimate"] > 0 else _("chances are too high")
    elif by_measure.loc["spiegelhalter_z", "p_value"] < LEVEL:
        doubt = _("chances are off")
    words = _(
        "Told of those it had not seen, in ten parts, the model's chances have a calibration slope "
        "of {slope} (95% interval {low} to {high}; 1 is ideal; n = {n})."
    )
    sentence = words.format(
        slope=TWO(slope["estimate"]),
        low=TWO(slope["ci_low"]),
        high=TWO(slope["ci_high"]),
        n=COUNT(int(slope["n"])),
    )
    shown = groups[groups["observed"].notna()]
    measures = html.table(
        tests.assign(label=[_(MEASURES[name]) for name in tests["measure"]]),
        [
            html.Shown("label", _("Measure"), numeric=False),
            html.Shown("estimate", _("Estimate"), TWO),
            *html.bounds(TWO),
            html.Shown("p_value", "p", p_value),
            html.Shown("n", "n", COUNT),
        ],
        caption=_("Chances against what happened; p: of the ideal"),
    )
    finding = Finding(
        table=groups,
        sentence=sentence,
        draw=lambda table: model_figures.calibration(table.dropna(subset=["observed"])),
        alternative=_("Predicted and counted, by group: {values}.").format(
            values=listed(
                f"{percent(said)} / {percent(did)}"
                for said, did in zip(shown["predicted"], shown["observed"], strict=True)
            )
        ),
        body=measures,
        columns=[
            html.Shown("group", _("Group"), COUNT, numeric=False),
            html.Shown("n", "n", COUNT),
            html.Shown("predicted", _("Predicted to stay"), percent),
            html.Shown("observed", _("Stayed"), percent),
            *html.bounds(percent),
        ],
        caption=_("By the chance that the model gave, from low to high"),
        is_folded=False,
    )
    return Part(finding, doubt)


def discrimination(added: pd.DataFrame, ratio: pd.DataFrame) -> Part:
    """How well it tells who stays, and what satisfaction adds to behaviour alone."""
    if lacks(added, "difference"):
        return _untold(added)
    area = added.set_index("measure").loc["auc"]
    words = _(
        "Between one who stayed and one who left it tells rightly who in {share} of pairs (95% "
        "interval {low} to {high}; 50% is chance). Satisfaction adds {added} percentage points "
        "({added_low} to {added_high}) to what is known otherwise."
    )
    sentence = words.format(
        share=percent(100 * area["with_satisfaction"]),
        low=percent(100 * area["with_low"]),
        high=percent(100 * area["with_high"]),
        added=signed(100 * area["difference"], 1),
        added_low=signed(100 * area["ci_low"], 1),
        added_high=signed(100 * area["ci_high"], 1),
    )
    if not lacks(ratio, "p_value"):
        test = _("Likelihood ratio: {p}.").format(p=p_in_words(ratio["p_value"].iloc[0]))
        sentence = f"{sentence} {test}"
    adds = html.bounds(partial(signed, digits=3))
    finding = Finding(
        table=added.assign(label=[_(MEASURES[name]) for name in added["measure"]]),
        sentence=sentence,
        columns=[
            html.Shown("label", _("Measure"), numeric=False),
            html.Shown("without", _("Without satisfaction"), THREE),
            html.Shown("with_satisfaction", _("With it"), THREE),
            *html.bounds(THREE, low="with_low", high="with_high"),
            html.Shown("difference", _("Difference"), partial(signed, digits=3)),
            *adds,
            html.Shown("n", "n", COUNT),
        ],
        caption=_("Of those not seen"),
        is_folded=False,
    )
    doubt = "" if area["ci_low"] > 0 else _("that satisfaction helps to tell who stays")
    return Part(finding, doubt)


def residuals(rows: pd.DataFrame) -> Part:
    """At which answers the model misses."""
    if lacks(rows, "residual"):
        return _untold(rows)
    told = rows[rows["residual"].notna()]
    worst = told.loc[told["residual"].abs().idxmax()]
    # As many answers, as many chances to be unlucky (Bonferroni).
    unusual = norm.isf(LEVEL / 2 / len(told))
    is_missed = abs(worst["residual"]) > unusual
    if told["residual"].abs().max() == 0:
        sentence = _("By level the model gives every answer its count: nothing is left over.")
    else:
        words = (
            _("The model misses at {answer}: {observed} stayed where it expects {expected}")
            if is_missed
            else _(
                "At no answer does the model miss by more than chance would; most at {answer}: "
                "{observed} stayed where it expects {expected}"
            )
        )
        errors = _("({residual} standard errors; n = {n}).")
        sentence = f"{words} {errors}".format(
            answer=COUNT(worst["satisfaction"]),
            observed=percent(worst["observed"]),
            expected=percent(worst["expected"]),
            residual=signed(worst["residual"], 1),
            n=COUNT(int(worst["n"])),
        )
    columns = [
        html.Shown("satisfaction", _("Answer"), COUNT, numeric=False),
        html.Shown("n", "n", COUNT),
        html.Shown("observed", _("Stayed"), percent),
        *html.bounds(percent),
        html.Shown("expected", _("Expected"), percent),
        html.Shown("residual", _("Standard errors"), partial(signed, digits=1)),
    ]
    if (rows["reason"] != "").any():
        columns.append(html.Shown("reason", _("Why"), numeric=False))
    caption = _("Who stayed, and who the model expects to")
    finding = Finding(rows, sentence, columns=columns, caption=caption, is_folded=False)
    return Part(finding, _("the shape of the curve") if is_missed else "")


def influence(rows: pd.DataFrame) -> Part:
    """How far the effect moves at most without one pattern."""
    if lacks(rows, "effect"):
        return _untold(rows)
    row = rows.iloc[0]
    if pd.isna(row["at_most"]):
        sentence = _("Without some pattern of answer and behaviour there is no estimate.")
        return Part(Finding(rows, sentence), _("that the model rests on few"))
    words = _(
        "Without any one pattern of answer and behaviour the effect of {effect} percentage points "
        "moves by {at_most} at most."
    )
    sentence = words.format(effect=CHANGE(row["effect"]), at_most=number(row["at_most"], 1))
    shown = rows[rows["change"].notna()] if "change" in rows else rows.iloc[:0]
    columns = [
        html.Shown("satisfaction", _("Answer"), COUNT, numeric=False),
        html.Shown("n", "n", COUNT),
        html.Shown("effect_without", _("Effect without it"), CHANGE),
        html.Shown("change", _("Change"), CHANGE),
        html.Shown("cooks_distance", _("Cook's distance"), THREE),
    ]
    caption = _("The most influential patterns that may be shown")
    finding = Finding(shown, sentence, columns=columns, caption=caption, is_folded=False)
    turns = row["at_most"] >= abs(row["effect"])
    return Part(finding, _("that the effect rests on few") if turns else "")


def missing_answers(rows: pd.DataFrame) -> Part:
    """Whether the effect is another, had everyone answered."""
    if lacks(rows, "estimate"):
        return _untold(rows)
    effects = rows[rows["term"] == EFFECT].set_index("cases", drop=False)
    complete, imputed = effects.loc["complete"], effects.loc["imputed"]
    words = _(
        "Of those of whom all is known, one point more goes with {complete} percentage points of "
        "staying; with what is missing of the others imputed, with {imputed} (95% interval {low} "
        "to {high}). That is right if who is silent depends on nothing but what is known of them."
    )
    sentence = words.format(
        complete=CHANGE(complete["estimate"]),
        imputed=CHANGE(imputed["estimate"]),
        low=CHANGE(imputed["ci_low"]),
        high=CHANGE(imputed["ci_high"]),
    )
    finding = Finding(
        table=effects.assign(label=[_(CASES[name]) for name in effects["cases"]]),
        sentence=sentence,
        columns=[
            html.Shown("label", _("{Customers}"), numeric=False),
            html.Shown("estimate", _("Percentage points of staying, per point"), CHANGE),
            *html.bounds(CHANGE),
            html.Shown("n", "n", COUNT),
            html.Shown("n_imputed", _("Imputed"), COUNT),
            html.Shown(
                "missing_information",
                _("Information that is missing"),
                lambda share: percent(100 * share, 0),
            ),
        ],
        caption=_("With and without those of whom something is missing"),
        is_folded=False,
    )
    agrees = complete["ci_low"] <= imputed["estimate"] <= complete["ci_high"]
    return Part(finding, "" if agrees else _("that the silent are alike"))

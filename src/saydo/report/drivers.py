"""Do satisfied customers stay? The drivers of one segment, in words and figures.

Takes the tidy tables that `saydo.drivers` makes, and returns findings. The gate's own reasons are
the sentences, so that none is stronger than the evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from saydo.drivers.evidence import CHECKS
from saydo.drivers.model_table import EFFECT
from saydo.languages import gettext as _
from saydo.languages import listed, name, noop, number, percent, signed
from saydo.report import figures, html
from saydo.report.finding import Finding, not_measured
from saydo.report.key_numbers import KeyNumber, doubt, key_numbers
from saydo.report.model_words import model_label, p_value, term_label
from saydo.report.values import span

OUTCOMES = {"pass": noop("✓ yes"), "warn": noop("! doubtful"), "refuse": noop("✗ no")}

CAUTION = noop(
    "Satisfaction was observed, not assigned: {customers} who answer high may differ in other "
    "ways, so that raising the answer need not raise staying as much."
)


def answer(
    verdicts: pd.DataFrame,
    models: pd.DataFrame,
    *,
    segment: str,
    numbers: Sequence[KeyNumber] = (),
) -> Finding:
    """The verdict on whether satisfied customers stay: in a plain sentence, then the gate's own.

    Args:
        verdicts: `tables/verdicts`.
        models: `tables/retention_models`.
        segment: The segment.
        numbers: What improving would bring; shown beside the effect of satisfaction.
    """
    table = _of(verdicts, segment)
    row = table.iloc[0]
    effects = _effects(models, segment)
    lead = _lead(row["verdict"], effects)
    is_sure = row["verdict"] == "estimated"
    return Finding(
        table,
        f"{lead} {row['reason']} {_(CAUTION)}" if is_sure else lead,
        row["verdict"],
        "" if is_sure else row["reason"],
        body=key_numbers([*_effect(row["verdict"], effects), *numbers]),
        is_answer=True,
    )


def _effect(verdict: str, effects: pd.DataFrame) -> Sequence[KeyNumber]:
    """What one point more of satisfaction goes with, and how many stayed of those watched."""
    if verdict in ("refused", "not measured"):
        return []
    two, whole = partial(signed, digits=2), partial(number, digits=0)
    return [
        KeyNumber(
            _("One point more of satisfaction: staying"),
            _("{value} pp").format(value=two(row.estimate)),
            (
                span(row.ci_low, row.ci_high, two),
                doubt(row.ci_low, row.ci_high),
                _("n = {n}, of whom {left} left").format(n=whole(row.n), left=whole(row.n_left)),
            ),
            side="do",
        )
        for row in effects[effects["is_headline"].astype(bool)].head(1).itertuples()
    ]


def dose_response(table: pd.DataFrame, *, segment: str, item: str, days: int | None) -> Finding:
    """What share stayed, by how satisfied they said they were."""
    rows = _of(table, segment).sort_values("satisfaction")
    shown = rows[rows["retention"].notna()]
    if shown.empty:
        return not_measured(rows, otherwise=_("Nobody could be watched."))
    low, high = shown.iloc[0], shown.iloc[-1]
    question = _("Answer to {item}, and {customers} who gave it")
    words = (
        _(
            "Of those who answered {high}, {high_share} stayed (n = {high_n}); "
            "of those who answered {low}, {low_share} (n = {low_n})."
        )
        if days is None
        else _(
            "Of those who answered {high}, {high_share} were still there {days} days later "
            "(n = {high_n}); of those who answered {low}, {low_share} (n = {low_n})."
        )
    )
    return Finding(
        table=rows,
        sentence=words.format(
            high=number(high["satisfaction"], 0),
            high_n=number(int(high["n"]), 0),
            high_share=percent(high["retention"]),
            low=number(low["satisfaction"], 0),
            low_n=number(int(low["n"]), 0),
            low_share=percent(low["retention"]),
            days=number(days or 0, 0),
        ),
        draw=partial(figures.dose_response, question=question.format(item=name(item))),
        alternative=_("Share that stayed by answer: {values}.").format(
            values=listed(
                f"{number(row.satisfaction, 0)}: {percent(row.retention)}"
                for row in shown.itertuples()
            )
        ),
        columns=[
            html.Shown("satisfaction", item, lambda score: number(score, 0)),
            html.Shown("n", _("{Customers}"), lambda n: number(n, 0)),
            html.Shown("n_left", _("Left"), lambda n: number(n, 0)),
            html.Shown("retention", _("Stayed"), percent),
            *html.bounds(percent),
        ],
        caption=_("Retention by answer"),
    )


def retention_model(models: pd.DataFrame, *, segment: str, result: object = None) -> Finding:
    """What one point more of satisfaction goes with, unadjusted and adjusted."""
    rows, effects = _of(models, segment), _effects(models, segment)
    speaking = effects[effects["is_headline"].astype(bool)]
    if speaking.empty:
        row = effects.iloc[-1]
        return Finding(rows, "", row["verdict"], row["reason"])
    row = speaking.iloc[0]
    shown = effects[effects["estimate"].notna()]
    labels = [model_label(name) for name in shown["model"]]
    is_sure = row["verdict"] == "estimated"
    return Finding(
        table=rows,
        sentence=row["reason"] if is_sure else "",
        verdict=row["verdict"],
        reason="" if is_sure else row["reason"],
        draw=lambda table: figures.contrasts(
            table[(table["term"] == EFFECT) & table["estimate"].notna()],
            labels=labels,
            xlabel=_("Percentage points of staying, per point"),
        ),
        alternative=_("Percentage points of staying per point of satisfaction: {values}.").format(
            values=listed(
                f"{label} {number(each.estimate, 2)}"
                for label, each in zip(labels, shown.itertuples(), strict=True)
            )
        ),
        columns=[
            html.Shown("model", _("Model"), model_label, numeric=False),
            html.Shown("term", _("Term"), term_label, numeric=False),
            html.Shown("estimate", _("Estimate"), partial(number, digits=3)),
            html.Shown("std_error", _("Standard error"), partial(number, digits=3)),
            *html.bounds(partial(number, digits=3)),
            html.Shown("p_value", "p", p_value),
            html.Shown("n", "n", lambda n: number(n, 0)),
            html.Shown("n_left", _("Left"), lambda n: number(n, 0)),
        ],
        caption=_(
            "Log-odds of staying; the marginal effect in percentage points per point of "
            "satisfaction"
        ),
        result=result,
    )


def evidence(checks: pd.DataFrame, *, segment: str) -> Finding:
    """What was checked before any number was believed."""
    rows = _of(checks, segment)
    table = rows.assign(
        question=[_(CHECKS.get(name, name)) for name in rows["check"]],
        result=[_(OUTCOMES[outcome]) for outcome in rows["outcome"]],
    )
    n_pass = int((rows["outcome"] == "pass").sum())
    sentence = _("{passed} of {all} checks passed without doubt.").format(
        passed=number(n_pass, 0), all=number(len(rows), 0)
    )
    return Finding(
        table=table,
        sentence=sentence,
        columns=[
            html.Shown("question", _("Check"), numeric=False),
            html.Shown("result", _("Outcome"), numeric=False),
            html.Shown("reason", _("Why"), numeric=False),
        ],
        caption=_("The evidence, checked before any estimate"),
        is_folded=False,
    )


def _effects(models: pd.DataFrame, segment: str) -> pd.DataFrame:
    rows = _of(models, segment)
    return rows[rows["term"] == EFFECT]


def _lead(verdict: str, effects: pd.DataFrame) -> str:
    """Whether satisfied customers stay, as plainly as the verdict allows."""
    if verdict not in ("estimated", "association only"):
        return ""
    effect = effects.loc[effects["is_headline"].astype(bool), "estimate"].iloc[0]
    if effect > 0:
        return _("On the whole, more satisfied {customers} stayed more often.")
    return _("On the whole, more satisfied {customers} left more often.")


def _of(table: pd.DataFrame, segment: str) -> pd.DataFrame:
    return table[table["segment"] == segment]

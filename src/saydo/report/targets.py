"""Do the segments we compete for fare better than the rest? In words and a figure.

Takes `tables/targets`; returns a finding.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from saydo.kpis import KPIS
from saydo.kpis.intervals import CONFIDENCE
from saydo.languages import gettext as _
from saydo.languages import listed, name, ngettext, number
from saydo.params import Params
from saydo.report import html, strategy_figures
from saydo.report.finding import Finding
from saydo.report.kpi_cards import period_of
from saydo.report.values import change, interval, shown, unit_words

MOST_DRAWN = 10
"""More rows than these make a figure too long; the clearest differences are drawn."""


def targets(table: pd.DataFrame, *, params: Params) -> Finding:
    """KPIs of the targets together, beside those of the rest.

    Args:
        table: As `kpis.targets.targets` returns it.
        params: Of the study.
    """
    if not params.targets:
        words = _("No segments are named as targets; name some under “targets” in the params.")
        return Finding(table, words)
    rows = _latest(table)
    compared = rows[rows["difference"].notna()]
    if compared.empty:
        reason = next((text for text in rows["reason"] if text), "")
        words = _("Nothing can be compared between the targets and the rest: {reason}.")
        return Finding(rows, words.format(reason=reason), "not measured")
    rows = _in_words(rows, params)
    drawn = rows[rows["is_clear"]].head(MOST_DRAWN)
    return Finding(
        table=rows,
        sentence=" ".join(filter(None, _sentences(rows, params))),
        draw=_draw if len(drawn) else None,
        alternative=_alternative(drawn),
        columns=[
            html.Shown("label", _("KPI"), numeric=False),
            html.Shown("targets_text", _("Targets")),
            html.Shown("rest_text", _("Rest")),
            html.Shown("difference_text", _("Difference")),
            html.Shown("low_text", _("95% from")),
            html.Shown("high_text", _("95% to")),
            html.Shown("n_targets", _("n, targets"), partial(number, digits=0)),
            html.Shown("n_rest", _("n, rest"), partial(number, digits=0)),
            html.Shown("outcome", _("Told apart"), numeric=False),
            html.Shown("reason", _("Note"), numeric=False),
        ],
        caption=_("Targets against the rest"),
    )


def _latest(table: pd.DataFrame) -> pd.DataFrame:
    """The last period of each KPI for which there is a difference, or else the last; the clearest
    difference first."""
    ordered = table.sort_values("period_start", kind="stable")
    known = ordered[ordered["difference"].notna()].groupby("kpi", sort=False).tail(1)
    last = ordered[~ordered["kpi"].isin(known["kpi"])].groupby("kpi", sort=False).tail(1)
    rows = pd.concat([known, last])
    # How many half-widths the nearer bound is away from the difference: above 1 is told apart.
    nearer = np.where(
        rows["difference"] > 0,
        rows["difference"] - rows["ci_low"],
        rows["ci_high"] - rows["difference"],
    )
    clearness = (rows["difference"].abs() / np.where(nearer > 0, nearer, np.nan)).fillna(-1.0)
    order = np.lexsort([rows["kpi"], -clearness])
    return rows.iloc[order].reset_index(drop=True)


def _in_words(rows: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The rows with everything as it is shown."""
    units = [KPIS[kpi].unit for kpi in rows["kpi"]]

    def told(column: str, text: object = shown) -> list[str]:
        return [
            "–" if pd.isna(value) else text(value, unit, currency=params.currency)  # type: ignore[operator]
            for value, unit in zip(rows[column], units, strict=True)
        ]

    is_clear = rows["verdict"].isin(["higher", "lower"])
    rows = rows.assign(
        label=[_label(kpi) for kpi in rows["kpi"]],
        targets_text=told("targets"),
        rest_text=told("rest"),
        difference_text=told("difference", change),
        low_text=told("ci_low", change),
        high_text=told("ci_high", change),
        is_clear=is_clear,
        outcome=[_outcome(row) for row in rows.to_dict("records")],
    )
    texts = zip(rows["targets_text"], rows["rest_text"], strict=True)
    return rows.assign(text=["\n".join(pair) for pair in texts])


def _label(kpi: str) -> str:
    """With the unit, where no reader could guess it."""
    declared = KPIS[kpi]
    label = _(declared.label)
    if not declared.unit.startswith("per "):
        return label
    return _("{label} ({unit})").format(label=label, unit=unit_words(declared.unit))


def _outcome(row: dict[str, object]) -> str:
    words = {
        "higher": _("higher"),
        "lower": _("lower"),
        "not told apart": _("not told apart"),
        "not measured": _("not measured"),
    }
    return words[str(row["verdict"])]


def _is_better(row: pd.Series) -> bool | None:
    """Whether a clear difference is in the targets' favour; None where neither way is good."""
    better = KPIS[row["kpi"]].better
    if better == "context":
        return None
    if better == "closer to 0":
        return bool(abs(row["targets"]) < abs(row["rest"]))
    return bool((row["difference"] > 0) == (better == "higher"))


def _sentences(rows: pd.DataFrame, params: Params) -> list[str]:
    compared = rows[rows["difference"].notna()]
    clear = rows[rows["is_clear"]]
    sides = [_is_better(row) for _place, row in clear.iterrows()]
    n = len(compared)
    head = ngettext(
        "{count} KPI is compared between the targets ({segments}) and the rest: the targets fare "
        "clearly better in {better} and worse in {worse}.",
        "{count} KPIs are compared between the targets ({segments}) and the rest: the targets fare "
        "clearly better in {better} and worse in {worse}.",
        n,
    ).format(
        count=number(n, 0),
        segments=listed(map(name, params.targets)),
        better=number(sides.count(True), 0),
        worse=number(sides.count(False), 0),
    )
    sentences = [head]
    if len(clear):
        row = clear.iloc[0]
        words = _(
            "Clearest is {kpi} in {period}: {targets} against {rest} ({difference}; 95% interval "
            "{interval}; n = {n} and {m})."
        )
        sentences.append(
            words.format(
                kpi=row["label"],
                period=period_of(row["period_start"], params),
                targets=row["targets_text"],
                rest=row["rest_text"],
                difference=row["difference_text"],
                interval=_interval(row, params),
                n=number(row["n_targets"], 0),
                m=number(row["n_rest"], 0),
            )
        )
        words = _("By chance alone about {count} of {all} would seem to differ.")
        by_chance = (1 - CONFIDENCE) * n
        sentences.append(words.format(count=number(by_chance, 1), all=number(n, 0)))
    if params.segments_follow_answers:
        sentences.append(
            _("Segments are formed by answers, so that what they say differs by design.")
        )
    elif params.segments_follow_behaviour:
        sentences.append(
            _("Segments are formed by behaviour, so that what they do differs by design.")
        )
    return sentences


def _interval(row: pd.Series, params: Params) -> str:
    unit = KPIS[row["kpi"]].unit
    if unit.startswith("%"):
        return _("{low} to {high}").format(low=row["low_text"], high=row["high_text"])
    return interval(row["ci_low"], row["ci_high"], unit, currency=params.currency)


def _draw(table: pd.DataFrame) -> Figure:
    rows = table[table["is_clear"]].head(MOST_DRAWN).reset_index(drop=True)
    return strategy_figures.side_by_side(rows, names=(_("Targets"), _("Rest")))


def _alternative(drawn: pd.DataFrame) -> str:
    words = _("{kpi}: {targets} against {rest}")
    told = (
        words.format(kpi=row.label, targets=row.targets_text, rest=row.rest_text)
        for row in drawn.itertuples()
    )
    return _("Targets against the rest, each on a scale of its own. {values}.").format(
        values="; ".join(told)
    )

"""Which segment should be looked at first, and what if none stands out?

Takes one KPI of everyone and of each segment, as `movement.latest` returns it, and returns a name
and sentences. Whoever looks at many segments finds some that moved or lie low by chance alone:
intervals are widened for all that are looked at (Bonferroni).
"""

from __future__ import annotations

import pandas as pd
from scipy.special import ndtri

from saydo.kpis import KPIS
from saydo.kpis.intervals import Z
from saydo.languages import gettext as _
from saydo.languages import name, ngettext, number
from saydo.params import ALL, Params
from saydo.report import html
from saydo.report.kpi_cards import change_of, interval_of, period_of
from saydo.report.values import shown


def needs_attention(staying: pd.DataFrame) -> str | None:
    """The segment whose staying surely fell most, or else the lowest that is surely below everyone.

    Where no segment differs, one is named in 5 of 100 studies at most, however many segments.

    Args:
        staying: One row per segment, as `movement.latest` returns, of one KPI.
    """
    return _fell_most(staying) or _lowest(staying)


def attention_sentence(staying: pd.DataFrame, params: Params) -> str:
    """Which segment to look at first and why, or that none of several stands out."""
    rows = staying.set_index("segment", drop=False)
    if fell := _fell_most(staying):
        row = rows.loc[fell]
        words = _("Look first at “{segment}”: {kpi} {value}, {change} since {then}.")
        return words.format(
            segment=name(fell),
            kpi=_(KPIS[row["kpi"]].label),
            value=_value_and_interval(row, params),
            change=change_of(row, params),
            then=period_of(row["before_start"], params),
        )
    if lowest := _lowest(staying):
        row, everyone = rows.loc[lowest], rows.loc[ALL]
        words = _(
            "Look first at “{segment}”: {kpi} {value}, clearly below that of all {customers} "
            "({of_all})."
        )
        return words.format(
            segment=name(lowest),
            kpi=_(KPIS[row["kpi"]].label),
            value=_value_and_interval(row, params),
            of_all=shown(everyone["value"], everyone["unit"], currency=params.currency),
        )
    return _none_stands_out(_measured(staying), params)


def how_judged(staying: pd.DataFrame) -> str:
    """By what test a segment stands out of several, folded, as HTML; nothing of fewer than two."""
    count = len(_measured(staying))
    if count < 2:
        return ""
    words = ngettext(
        "A segment does if the interval of its change in a year lies wholly on the worse side of "
        "zero, or that of its value on the worse side of the value of all {customers}. For this, "
        "95% intervals are widened for {count} segment that was looked at (Bonferroni): where no "
        "segment differs, one is named in 5 of 100 studies at most.",
        "A segment does if the interval of its change in a year lies wholly on the worse side of "
        "zero, or that of its value on the worse side of the value of all {customers}. For this, "
        "95% intervals are widened for {count} segments that were looked at (Bonferroni): where no "
        "segment differs, one is named in 5 of 100 studies at most.",
        count,
    )
    told = html.paragraphs([words.format(count=number(count, 0))], css="note")
    return html.folded(_("When does a segment stand out?"), told)


def _none_stands_out(segments: pd.DataFrame, params: Params) -> str:
    """That none does, of several that were looked at."""
    count = len(segments)
    if count < 2:
        return ""
    compared = segments[segments["change"].notna()]
    if compared.empty:
        words = ngettext(
            "Of {count} segment none stands out by more than chance would make of so many: none "
            "lies clearly below all {customers}.",
            "Of {count} segments none stands out by more than chance would make of so many: none "
            "lies clearly below all {customers}.",
            count,
        )
        return words.format(count=number(count, 0))
    words = ngettext(
        "Of {count} segment none stands out by more than chance would make of so many: none fell "
        "clearly since {then}, none lies clearly below all {customers}.",
        "Of {count} segments none stands out by more than chance would make of so many: none fell "
        "clearly since {then}, none lies clearly below all {customers}.",
        count,
    )
    then = period_of(compared["before_start"].iloc[0], params)
    return words.format(count=number(count, 0), then=then)


def _fell_most(staying: pd.DataFrame) -> str | None:
    """The segment that got worse by most even at the near end of its widened interval."""
    segments = _measured(staying)
    if segments.empty:
        return None
    least = -_sign(segments) * segments["change"] - _wider(segments) * segments["reach"]
    return str(segments.loc[least.idxmax(), "segment"]) if (least > 0).any() else None


def _lowest(staying: pd.DataFrame) -> str | None:
    """The worst of the segments whose widened interval ends before the value of everyone."""
    segments = _measured(staying)
    if segments.empty:
        return None
    sign = _sign(segments)
    everyone = staying.loc[staying["segment"] == ALL, "value"].iloc[0]
    edge = segments["ci_high" if sign > 0 else "ci_low"]
    best_case = segments["value"] + _wider(segments) * (edge - segments["value"])
    below = segments[sign * best_case < sign * everyone]
    return None if below.empty else str(below.loc[(sign * below["value"]).idxmin(), "segment"])


def _measured(staying: pd.DataFrame) -> pd.DataFrame:
    return staying[(staying["segment"] != ALL) & staying["value"].notna()]


def _sign(segments: pd.DataFrame) -> int:
    return -1 if KPIS[segments["kpi"].iloc[0]].better == "lower" else 1


def _wider(segments: pd.DataFrame) -> float:
    """By what intervals are multiplied, so that two questions of one side of each of so many
    segments are answered wrongly in 5 % of studies at most."""
    return float(ndtri(1 - 0.025 / len(segments))) / Z


def _value_and_interval(row: pd.Series, params: Params) -> str:
    value = shown(row["value"], row["unit"], currency=params.currency)
    return f"{value} ({reach})" if (reach := interval_of(row, params)) else value

"""Does the total mislead? Changes that come from who the people are, not from how they fare.

Takes the split of changes (`tables/mix`) and returns a finding.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from saydo.kpis import KPIS
from saydo.languages import gettext as _
from saydo.languages import name, ngettext, number, percent
from saydo.params import ALL, Params
from saydo.report import html
from saydo.report.finding import Finding
from saydo.report.kpi_cards import period_of
from saydo.report.values import change

TOLD = 3
"""How many are told in words; the others are in the table."""


def reversals(mix: pd.DataFrame, now: pd.DataFrame, *, params: Params) -> Finding:
    """Where the total moved against its segments, or because their shares changed.

    Args:
        mix: As `saydo.kpis.mix.mix` returns it.
        now: As `movement.latest` returns it: which changes are clear.
        params: Of the study.
    """
    clear = set(now.loc[(now["segment"] == ALL) & now["is_clear"], "kpi"])
    totals = mix[(mix["segment"] == ALL) & mix["kpi"].isin(clear)]
    table = pd.concat(
        [totals[totals["pattern"] == pattern] for pattern in ("reversal", "mix")],
        ignore_index=True,
    )
    if mix.empty:
        return Finding(table, _("No change can be split over segments."))
    sentences = [_told(row, mix, params) for row in table.head(TOLD).to_dict("records")]
    n_split = len(totals)
    if not sentences:
        words = ngettext(
            "Of {count} clear change in a year none comes from a changed mix of segments.",
            "Of {count} clear changes in a year none comes from a changed mix of segments.",
            n_split,
        )
        sentences = [
            words.format(count=number(n_split, 0))
            if n_split
            else _("No KPI changed clearly in a year, so that there is nothing to split.")
        ]
    elif len(table) > TOLD:
        more = len(table) - TOLD
        words = ngettext("And {count} more.", "And {count} more.", more)
        sentences.append(words.format(count=number(more, 0)))
    sentences.append(_opposed(now, params))
    if len(table) and params.segments_follow_behaviour:
        sentences.append(
            _(
                "Segments are formed by what {customers} did until now, so that part of the shift "
                "comes from how they were chosen."
            )
        )
    rows = table.assign(
        label=[_(KPIS[kpi].label) for kpi in table["kpi"]],
        words=[_pattern(pattern) for pattern in table["pattern"]],
        **{
            f"{part}_text": [
                _change(row[part], row["kpi"], params) for row in table.to_dict("records")
            ]
            for part in ("change", "within", "mix")
        },
    )
    return Finding(
        table=rows,
        sentence=" ".join(filter(None, sentences)),
        columns=[
            html.Shown("label", _("KPI"), numeric=False),
            html.Shown("change_text", _("Change of the total")),
            html.Shown("within_text", _("Within segments")),
            html.Shown("mix_text", _("By the mix")),
            html.Shown("words", _("What happened"), numeric=False),
        ],
        caption=_("Changes in a year that come from the mix of segments"),
        is_folded=False,
    )


def _told(row: dict[str, object], mix: pd.DataFrame, params: Params) -> str:
    kpi = str(row["kpi"])
    parts = mix[(mix["kpi"] == kpi) & (mix["segment"] != ALL) & (mix["segment"] != "")]
    shift = parts["share"] - parts["share_before"]
    grown = parts.loc[shift.idxmax()]
    differs = partial(_change, kpi=kpi, params=params)
    words = (
        _(
            "{kpi} changed by {change} from {then}, though every segment moved the other way "
            "(Simpson's paradox): within them {within}, by the mix {mix}. The share of “{segment}” "
            "went from {before} to {after}."
        )
        if row["pattern"] == "reversal"
        else _(
            "{kpi} changed by {change} from {then}, more by the mix of segments ({mix}) than "
            "within them ({within}). The share of “{segment}” went from {before} to {after}."
        )
    )
    return words.format(
        kpi=_(KPIS[kpi].label),
        change=differs(row["change"]),
        then=period_of(row["before_start"], params),
        within=differs(row["within"]),
        mix=differs(row["mix"]),
        segment=name(grown["segment"]),
        before=percent(100 * grown["share_before"]),
        after=percent(100 * grown["share"]),
    )


def _opposed(now: pd.DataFrame, params: Params) -> str:
    """In how many clear changes of the total a segment clearly went the other way, and one such."""
    totals = now[(now["segment"] == ALL) & now["is_clear"]].set_index("kpi")["change"]
    parts = now[(now["segment"] != ALL) & now["is_clear"] & now["kpi"].isin(totals.index)]
    against = parts[parts["change"] * parts["kpi"].map(totals).astype("float64") < 0]
    if against.empty:
        return ""
    n = against["kpi"].nunique()
    row = against.iloc[0]
    kpi = str(row["kpi"])
    words = ngettext(
        "In {count} of them a segment clearly moved the other way: “{segment}” in {kpi} "
        "({change}).",
        "In {count} of them a segment clearly moved the other way, such as “{segment}” in {kpi} "
        "({change}).",
        n,
    )
    return words.format(
        count=number(n, 0),
        segment=name(row["segment"]),
        kpi=_(KPIS[kpi].label),
        change=_change(row["change"], kpi, params),
    )


def _change(value: object, kpi: str, params: Params) -> str:
    return change(float(value), KPIS[kpi].unit, currency=params.currency)  # type: ignore[arg-type]


def _pattern(pattern: str) -> str:
    return {
        "reversal": _("the total moved against every segment"),
        "mix": _("mostly the mix"),
    }[pattern]

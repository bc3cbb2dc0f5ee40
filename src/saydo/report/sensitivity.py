"""Would another definition change the picture? Published definitions beside saydo's.

Takes `tables/definitions` (`saydo.kpis.rivals.sensitivity`) and returns a finding for one segment.
"""

from __future__ import annotations

import pandas as pd

from saydo.kpis import KPIS
from saydo.kpis.rivals import RIVALS, changed_ranks
from saydo.languages import gettext as _
from saydo.languages import listed, name, ngettext, number
from saydo.params import ALL, Params
from saydo.report import html
from saydo.report.finding import Finding
from saydo.report.kpi_cards import STATUS
from saydo.report.values import interval, shown


def sensitivity(definitions: pd.DataFrame, *, segment: str, params: Params) -> Finding:
    """Each rival definition: its value here, and whether ranking or status would change."""
    known = definitions[definitions["standard"].notna() & definitions["value"].notna()]
    here = known[known["segment"] == segment]
    if here.empty:
        return Finding(here, _("No KPI with a rival definition could be measured."))
    by_rival = dict(list((known if segment == ALL else here).groupby("rival")))
    rows, orders, statuses = [], [], []
    for row in here.to_dict("records"):
        moved = changed_ranks(by_rival[row["rival"]])
        flips = row["status"] != row["status_standard"]
        rows.append(_row(row, moved, flips=flips, params=params))
        if len(moved):
            orders.append(row)
        if flips:
            statuses.append(row)
    n = len(here)
    count = ngettext(
        "{count} published definition rivals those used here.",
        "{count} published definitions rival those used here.",
        n,
    ).format(count=number(n, 0))
    # A page of a segment tells its own place: those of others may be hundreds, and are on theirs.
    is_whole = segment == ALL
    told = _orders(orders) if is_whole else _places(orders)
    sentence = " ".join([count, told, _statuses(statuses)])
    return Finding(
        table=pd.DataFrame(rows),
        sentence=sentence,
        columns=[
            html.Shown("label", _("KPI"), numeric=False),
            html.Shown("otherwise", _("Defined otherwise"), numeric=False),
            html.Shown("standard_text", _("As used here")),
            html.Shown("value_text", _("Otherwise")),
            html.Shown("interval_text", _("95% interval")),
            html.Shown(
                "order",
                _("Order of the segments") if is_whole else _("Place among the segments"),
                numeric=False,
            ),
            html.Shown("target", _("Status of the target"), numeric=False),
        ],
        caption=_("Rival definitions"),
    )


def _row(
    row: dict[str, object], moved: pd.DataFrame, *, flips: bool, params: Params
) -> dict[str, object]:
    rival = RIVALS[str(row["rival"])]

    def words(value: object) -> str:
        return shown(float(value), rival.unit, currency=params.currency)  # type: ignore[arg-type]

    has_interval = pd.notna(row["ci_low"]) and pd.notna(row["ci_high"])
    reach = (
        interval(row["ci_low"], row["ci_high"], rival.unit, currency=params.currency)  # type: ignore[arg-type]
        if has_interval
        else None
    )
    return row | {
        "label": _(KPIS[str(row["kpi"])].label),
        "otherwise": _(rival.label),
        "standard_text": words(row["standard"]),
        "value_text": words(row["value"]),
        "interval_text": reach,
        "order": _order(moved) if len(moved) else _("the same"),
        "target": _flip(row) if flips else _unflipped(row),
    }


def _order(moved: pd.DataFrame) -> str:
    places = [
        _("{segment} {before} → {after}").format(
            segment=name(row.segment),
            before=number(row.rank_standard, 0),
            after=number(row.rank, 0),
        )
        for row in moved.itertuples()
    ]
    return listed(places)


def _flip(row: dict[str, object]) -> str:
    return _("{before} → {after}").format(
        before=_status(str(row["status_standard"])), after=_status(str(row["status"]))
    )


def _unflipped(row: dict[str, object]) -> str | None:
    return None if row["status"] == "no target" else _("the same")


def _status(code: str) -> str:
    return _(STATUS[code][1]) if code in STATUS else _("no target")


def _orders(rows: list[dict[str, object]]) -> str:
    if not rows:
        return _("None would change the order of the segments.")
    named = listed(dict.fromkeys(_(KPIS[str(row["kpi"])].label) for row in rows))
    return _("The order of the segments would change for {kpis}.").format(kpis=named)


def _places(rows: list[dict[str, object]]) -> str:
    if not rows:
        return _("None would change its place among the segments.")
    named = listed(dict.fromkeys(_(KPIS[str(row["kpi"])].label) for row in rows))
    return _("Its place among the segments would change for {kpis}.").format(kpis=named)


def _statuses(rows: list[dict[str, object]]) -> str:
    if not rows:
        return _("None would change the status of a target here.")
    words = _("The status of a target here would change: {cases}.")
    cases = [
        _("{kpi}, if {otherwise} ({change})").format(
            kpi=_(KPIS[str(row["kpi"])].label),
            otherwise=_(RIVALS[str(row["rival"])].label),
            change=_flip(row),
        )
        for row in rows
    ]
    return words.format(cases=listed(cases))

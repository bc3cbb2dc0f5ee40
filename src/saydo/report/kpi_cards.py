"""One KPI in words and in HTML: its value with unit, interval, n, movement, target and status.

Takes a row of `movement.latest`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from saydo.kpis import KPIS
from saydo.languages import gettext as _
from saydo.languages import noop
from saydo.languages import period as period_name
from saydo.params import Params
from saydo.report import html
from saydo.report.definitions import Pages, linked
from saydo.report.key_numbers import KeyNumber
from saydo.report.values import change, interval, sample_size, shown, unit_words

STATUS: Mapping[str, tuple[str, str]] = {
    "reached": ("✓", noop("target reached")),
    "not reached": ("✗", noop("target not reached")),
    "uncertain": ("≈", noop("too close to the target to call")),
}

ARROWS = {True: "▲", False: "▼"}

Row = Mapping[str, Any]


def movement_sentence(row: Row, params: Params) -> str:
    """What a KPI is, how sure that is, and whether it changed."""
    declared = KPIS[row["kpi"]]
    known = {
        "kpi": _(declared.label),
        "value": shown(row["value"], declared.unit, currency=params.currency),
        "period": period_of(row["period_start"], params),
        "interval": interval_of(row, params),
        "change": change_of(row, params),
        "then": period_of(row["before_start"], params),
    }
    if pd.isna(row["ci_low"]):
        return _("{kpi}: {value} in {period}.").format(**known)
    if pd.isna(row["change"]):
        words = _("{kpi}: {value} in {period} (95% interval {interval}).")
    elif not row["is_clear"]:
        words = _(
            "{kpi}: {value} in {period} (95% interval {interval}); "
            "no clear change since {then} ({change})."
        )
    elif row["change"] > 0:
        words = _(
            "{kpi}: {value} in {period} (95% interval {interval}); up since {then} ({change})."
        )
    else:
        words = _(
            "{kpi}: {value} in {period} (95% interval {interval}); down since {then} ({change})."
        )
    sentence = words.format(**known)
    if row["reason"]:
        sentence += " " + _("Beware: {reason}.").format(reason=row["reason"])
    return sentence


def period_of(start: Any, params: Params) -> str:
    """The name of the period that begins on `start`."""
    return period_name(pd.Timestamp(start).date(), params.period)


def interval_of(row: Row, params: Params) -> str:
    """Its 95 % interval in words, or nothing."""
    if pd.isna(row["ci_low"]):
        return ""
    unit = KPIS[row["kpi"]].unit
    return interval(row["ci_low"], row["ci_high"], unit, currency=params.currency)


def change_of(row: Row, params: Params) -> str:
    """Its change from a year before in words, or nothing."""
    if pd.isna(row["change"]):
        return ""
    return change(row["change"], KPIS[row["kpi"]].unit, currency=params.currency)


def moved(row: Row, params: Params, *, since: bool = True) -> str:
    """Its change from a year before, marked as clear or not; `since` adds the period."""
    if pd.isna(row["change"]):
        return ""
    arrow = ARROWS[bool(row["change"] > 0)] if row["is_clear"] else "◆"
    if pd.isna(row["ci_low"]):
        arrow = ""  # a full count: chance has no part in it
    words = _("{arrow} {change} since {then}") if since else _("{arrow} {change}")
    told = words.format(
        arrow=arrow, change=change_of(row, params), then=period_of(row["before_start"], params)
    )
    return told.strip()


def _status(row: Row, params: Params, *, tag: str = "span") -> str:
    if row["status"] not in STATUS:
        return ""
    sign, words = STATUS[row["status"]]
    target = shown(row["target"], KPIS[row["kpi"]].unit, currency=params.currency)
    text = _("{sign} {status} ({target})").format(sign=sign, status=_(words), target=target)
    css = row["status"].replace(" ", "-")
    return f'<{tag} class="status {css}">{html.escape(text)}</{tag}>'


def _when(row: Row, params: Params) -> str:
    """The period, where it is not the last one, which the whole page is about."""
    return period_of(row["period_start"], params) if row["is_earlier"] else ""


def _n(row: Row) -> str:
    return "" if pd.isna(row["n"]) else sample_size(row["n"])


def key_number(row: Row, params: Params, *, of: str = "") -> KeyNumber:
    """The KPI as one of the key numbers at the head of a page; `of` names whose it is."""
    declared = KPIS[row["kpi"]]
    label = _(declared.label)
    return KeyNumber(
        _("{segment}: {kpi}").format(segment=of, kpi=label) if of else label,
        shown(row["value"], declared.unit, currency=params.currency),
        (_when(row, params), interval_of(row, params), _n(row), moved(row, params)),
        side=declared.side,
        status=_status(row, params),
    )


def card(
    row: Row,
    history: Sequence[float],
    params: Params,
    *,
    definitions: Pages | None = None,
) -> str:
    """The KPI as a line of the scorecard.

    Args:
        row: Of `movement.latest`, with a value.
        history: Its values by period, oldest first.
        params: The study.
        definitions: Pages that say what KPIs mean, by theme.
    """
    declared = KPIS[row["kpi"]]
    label = f"<h5>{linked(declared, definitions)}</h5>"
    value = html.escape(shown(row["value"], declared.unit, currency=params.currency))
    reach = interval_of(row, params)
    kind = _("full count") if declared.is_full_count else reach
    # That it is since a year before stands once above all cards.
    change = moved(row, params, since=bool(row["is_earlier"]))
    more = [_when(row, params), kind, unit_words(declared.unit), _n(row), change]
    caveat = "" if pd.isna(row["reason"]) else row["reason"]
    # Each in an element of its own, so that none runs into another's direction.
    texts = html.paragraphs([*more, caveat])
    line = _sparkline(history)
    status = _status(row, params, tag="p")
    return f"<div>{label}<p>{value}</p><div>{texts}{line}{status}</div></div>"


def absent(names: Iterable[str], reason: str, *, definitions: Pages | None = None) -> str:
    """KPIs that for the same reason could not be measured, as an entry of the scorecard."""
    labels = "".join(f"<h5>{linked(KPIS[name], definitions)}</h5>" for name in names)
    words = html.paragraphs([_("not measured ({reason})").format(reason=reason)])
    return f'<div class="absent">{labels}<div>{words}</div></div>'


def _sparkline(values: Sequence[float]) -> str:
    """The periods as a line without axes; the numbers are in the table and the trend figures."""
    points = [(index, value) for index, value in enumerate(values) if value == value]
    if len(points) < 2:
        return ""
    low = min(value for _index, value in points)
    high = max(value for _index, value in points)
    scale = 16 / (high - low) if high > low else 0
    width = 84 / (len(values) - 1)
    at = [(4 + index * width, 18 - (value - low) * scale) for index, value in points]
    # Whole pixels, steps, and colours and the dot at the end by the theme: a page has a hundred.
    pixels = [(round(x), round(y)) for x, y in at]
    steps = [f"{x - x0} {y - y0}" for (x0, y0), (x, y) in pairwise(pixels)]
    path = f"M{pixels[0][0]} {pixels[0][1]}l{' '.join(steps)}".replace(" -", "-")
    return f'<svg viewBox="0 0 92 22" aria-hidden="true"><path d="{path}"/></svg>'

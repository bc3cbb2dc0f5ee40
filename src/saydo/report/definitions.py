"""What every KPI means, by theme: the pages to which scorecards lead.

It tells of the study's own choices too, where a definition leaves one: `definitions.repeat_days`
of a text is shown with its value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

import pandas as pd

from saydo.errors import UnknownName
from saydo.kpis import KPIS, THEMES
from saydo.kpis.kpi import Kpi
from saydo.languages import active, listed, number
from saydo.languages import gettext as _
from saydo.params import Params
from saydo.report import html
from saydo.report.escaping import escape
from saydo.report.finding import Finding

PARTS: Mapping[str, tuple[str, ...]] = {
    "loyalty": ("satisfaction", "retention", "acquisition", "profitability"),
    "market": ("market_share", "awareness", "service", "relationship"),
}
"""Themes that share a page: on one, all definitions would be too much to open on the way."""

Pages: TypeAlias = Mapping[str, str]
"""Those that define KPIs, by theme."""

INDUSTRY_USE = "Industry use"
"""The source of KPIs that nobody in particular has defined."""


def definitions(params: Params, part: str | None = None) -> Finding:
    """What every KPI means, where that comes from, and what to beware of.

    Args:
        params: The study.
        part: One of `PARTS`, whose themes alone are told; None: all.

    Raises:
        UnknownName: There is no such part; lists those there are.
    """
    if part is not None and part not in PARTS:
        raise UnknownName("part", part, list(PARTS))
    told = THEMES if part is None else PARTS[part]
    table = pd.DataFrame(
        {
            "kpi": kpi.name,
            "theme": kpi.theme,
            "label": _(kpi.label),
            "definition": _(kpi.definition),
            "pitfall": _(kpi.pitfall),
            "source": _(kpi.source),
        }
        for kpi in KPIS.values()
        if kpi.theme in told
    )
    themes = [
        f"<h2>{html.escape(_(title))}</h2>{_terms(table[table['theme'] == theme], params)}"
        for theme, title in THEMES.items()
        if theme in told
    ]
    sentence = _(
        "What each KPI is, what to beware of, and where it comes from (industry use, if nothing is "
        "named); in brackets what this study has chosen."
    )
    return Finding(table=table, sentence=sentence, body="".join(themes))


def linked(kpi: Kpi, pages: Pages | None) -> str:
    """The KPI's name in HTML; it leads to its definition, if a page has that."""
    label, page = html.escape(_(kpi.label)), (pages or {}).get(kpi.theme)
    return f'<a href="{html.escape(page)}#{kpi.name}">{label}</a>' if page else label


def _terms(rows: pd.DataFrame, params: Params) -> str:
    beware = html.escape(_("Beware"))
    terms = "".join(
        f'<h3 id="{row.kpi}">{html.escape(row.label)}</h3>'
        f"<p>{_with_choices(row.definition, params)}</p>"
        f"<p><b>{beware}</b> {_with_choices(row.pitfall, params)}</p>"
        f"{_source(KPIS[row.kpi])}"
        for row in rows.itertuples()
    )
    return f'<div class="terms">{terms}</div>'


def _source(kpi: Kpi) -> str:
    if kpi.source == INDUSTRY_USE:
        return ""
    source = html.escape(_(kpi.source))
    # A publication is cited as it is titled, which readers and their software must be told of.
    is_citation = active() != "en" and _(kpi.source) == kpi.source
    return f'<p><bdi lang="en">{source}</bdi></p>' if is_citation else f"<p>{source}</p>"


def _with_choices(text: str, params: Params) -> str:
    """The text in HTML, with names of params as code, each with what this study has chosen."""
    # Quotes may stand as they are between tags: this is the longest of pages.
    plain = escape(text, quote=False)
    return _NAME.sub(lambda found: _named(found[1] or found[2], params), plain)


_NAME = re.compile(r"`([^`]+)`|\b(definitions\.[a-z_]+)")


def _named(name: str, params: Params) -> str:
    group, _dot, key = name.partition(".")
    if group not in ("definitions", "satisfaction"):
        return f"<code>{name}</code>"
    # This one follows from others where params don't say.
    value = params.lapse_days if key == "lapse_days" else getattr(getattr(params, group), key)
    if isinstance(value, int | float):
        return f"<code>{name}</code> ({number(value, 0)})"
    text = listed(map(str, value)) if isinstance(value, tuple) else value
    return f"<code>{name}</code> ({html.name(text)})" if text else f"<code>{name}</code>"

"""Where to compete: which markets are attractive, and how do we stand in them? In words and a map.

Takes `tables/market_positions`; returns a finding. It is a full count, so that nothing in it has an
interval; how markets are drawn is what can be wrong.
"""

from __future__ import annotations

from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from saydo.languages import gettext as _
from saydo.languages import listed, money, name, number, percent, signed
from saydo.params import Params
from saydo.report import html
from saydo.report.finding import Finding, not_measured
from saydo.report.strategy_figures import bubbles
from saydo.report.strategy_map import MOST_DRAWN, growth_text, growth_text_short

_MAPPED = ["growth", "relative_share", "size"]

_whole = partial(number, digits=0)
_two = partial(number, digits=2)


def market_positions(table: pd.DataFrame, *, params: Params) -> Finding:
    """Size, growth and concentration of each market, and our share in it.

    Args:
        table: As `segments.market_positions.market_positions` returns it.
        params: Of the study.
    """
    if table["size"].isna().all():
        words = _("not measured ({reason})")
        return not_measured(
            table.assign(reason=[words.format(reason=each) for each in table["reason"]]),
            otherwise=_("No market figures."),
        )
    on_map = table.dropna(subset=_MAPPED).nlargest(MOST_DRAWN, "size")
    has_map = len(on_map) > 1
    reasons = [f"{name(row.market)}: {row.reason}." for row in table.itertuples() if row.reason]
    parts = [_largest(table, params), _fastest(table), _gained(table), *reasons]
    marked = _("Markets that we aim at are marked.") if params.definitions.target_markets else ""
    return Finding(
        table=table,
        sentence=" ".join(filter(None, [*parts, marked if has_map else ""])),
        draw=partial(_map, params=params) if has_map else None,
        alternative=_in_words(on_map) if has_map else "",
        columns=[
            html.Shown("market", _("Market"), numeric=False),
            html.Shown("size", _("Size"), partial(money, currency=params.currency)),
            html.Shown("growth", _("Growth"), growth_text),
            html.Shown("concentration", _("Concentration (HHI)"), _two),
            html.Shown("n_brands", _("Brands, ours as one"), _whole),
            html.Shown("share", _("Our share"), percent),
            html.Shown("share_change", _("Change, pp"), signed),
            html.Shown("relative_share", _("Over the largest rival"), _two),
            html.Shown("n_months", _("Months"), _whole),
        ],
        caption=_("Markets over the last twelve months, and against the twelve before"),
    )


def _largest(table: pd.DataFrame, params: Params) -> str:
    row = table.loc[table["size"].idxmax()]
    if pd.isna(row["share"]):
        return ""
    words = _(
        "The largest market is {market}, worth {size} in twelve months; {share} of it is ours."
    )
    if pd.notna(row["relative_share"]):
        words = _(
            "The largest market is {market}, worth {size} in twelve months; {share} of it is ours, "
            "{relative} times what the largest rival has."
        )
    return words.format(
        market=name(row["market"]),
        size=money(row["size"], params.currency),
        share=percent(row["share"]),
        relative=_two(row["relative_share"]),
    )


def _fastest(table: pd.DataFrame) -> str:
    known = table[table["growth"].notna()]
    if len(known) < 2:
        return ""
    row = known.loc[known["growth"].idxmax()]
    words = _("Fastest grows {market} ({growth}).")
    return words.format(market=name(row["market"]), growth=growth_text(row["growth"]))


def _gained(table: pd.DataFrame) -> str:
    """Where our share moved by a tenth of a point or more."""
    moved = table[table["share_change"].abs() >= 0.05].sort_values("share_change")
    sentences = []
    for words, rows in (
        (_("Our share rose in {markets}."), moved[moved["share_change"] > 0].iloc[::-1]),
        (_("Our share fell in {markets}."), moved[moved["share_change"] < 0]),
    ):
        if len(rows):
            by = _("{value} pp")
            told = (
                f"{name(row.market)} ({by.format(value=signed(row.share_change))})"
                for row in rows.itertuples()
            )
            sentences.append(words.format(markets=listed(told)))
    return " ".join(sentences)


def _map(table: pd.DataFrame, *, params: Params) -> Figure:
    markets = table.dropna(subset=_MAPPED).nlargest(MOST_DRAWN, "size")
    places = pd.DataFrame(
        {
            "x": markets["growth"],
            "y": markets["relative_share"],
            "area": markets["size"],
            "is_marked": markets["market"].isin(params.definitions.target_markets),
        }
    )
    below = _("our share {share}")
    return bubbles(
        places,
        labels=[
            (row.market, below.format(share=percent(row.share))) for row in markets.itertuples()
        ],
        axis_labels=(_("Growth of the market"), _("Our share over the largest rival's")),
        texts=(growth_text_short, _two),
    )


def _in_words(drawn: pd.DataFrame) -> str:
    """The map for those who can't see it."""
    words = _("{market}: growth {growth}, our share {share}, {relative} times the largest rival's")
    told = (
        words.format(
            market=name(row.market),
            growth=growth_text(row.growth),
            share=percent(row.share),
            relative=_two(row.relative_share),
        )
        for row in drawn.itertuples()
    )
    return _("Own share against growth of the market. {values}.").format(values="; ".join(told))

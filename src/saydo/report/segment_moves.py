"""Who moved, and how sure are the segments? In words and figures.

Takes `tables/segment_moves` and `tables/segment_stability`; returns findings. Where nothing can be
told both have one row, with the reason.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from saydo.languages import day, listed, name, ngettext, number, percent
from saydo.languages import gettext as _
from saydo.params import ALL
from saydo.report import html, segment_figures
from saydo.report.finding import Finding, not_measured
from saydo.report.flow_figure import flow
from saydo.segments.stability import BY_DEFINITION
from saydo.segments.way import UNKNOWN


def moves(table: pd.DataFrame | None, sizes: pd.DataFrame) -> Finding:
    """From which segment to which, in the last period.

    Args:
        table: As `segments.moves.moves` returns it; None in studies without.
        sizes: Of the segments.
    """
    if table is None or table["n"].isna().all():
        return _untold(table, _("Who moved between segments was not followed."))
    pairs = table[table["n"].notna()]
    is_same = pairs["segment_from"] == pairs["segment_to"]
    days = {"then": day(pairs["from_on"].iloc[0]), "now": day(pairs["to_on"].iloc[0])}
    sentences = [_("From {then} to {now}.").format(**days)]
    went = pairs[~is_same & (pairs["n"] > 0) & pairs["share"].notna()]
    named = set(sizes["segment"]) - {_(UNKNOWN)}
    between = went[went["segment_from"].isin(named) & went["segment_to"].isin(named)]
    # Who came, left or is unknown has not changed from one segment to another.
    sentences.append(_most_went(between if len(between) else went))
    # Those that are one line together are no segment.
    sentences.append(_stayed(pairs[is_same & pairs["segment_from"].isin(sizes["segment"])]))
    n_hidden = len(table) - len(pairs)
    if n_hidden:
        words = ngettext(
            "{count} pair is not shown: too few, or it would give away one that is.",
            "{count} pairs are not shown: too few, or they would give away those that are.",
            n_hidden,
        )
        sentences.append(words.format(count=number(n_hidden, 0)))
    percents = {f"{column}_percent": 100 * table[column].astype(float) for column in _SHARES}
    # Between whom nobody went is plain from the figure, and would fill the table.
    shown = table.assign(**percents)[table["n"].isna() | (table["n"] > 0)]
    return Finding(
        table=shown,
        sentence=" ".join(filter(None, sentences)),
        draw=partial(flow, **days),
        alternative=_("{customers} from segment to segment: {values}.").format(
            values=listed(
                f"{name(row.segment_from)} → {name(row.segment_to)} {number(row.n, 0)}"
                for row in pairs[pairs["n"] > 0].itertuples()
            )
        ),
        columns=[
            html.Shown("segment_from", _("From"), numeric=False),
            html.Shown("segment_to", _("To"), numeric=False),
            html.Shown("n", _("{Customers}"), lambda n: number(n, 0)),
            html.Shown("share_percent", _("Share of those who were in the first"), percent),
            *html.bounds(percent, low="ci_low_percent", high="ci_high_percent"),
            html.Shown("reason", _("Why not shown"), numeric=False),
        ],
        caption=_("From {then} to {now}").format(**days),
    )


_SHARES = ("share", "ci_low", "ci_high")


def _most_went(went: pd.DataFrame) -> str:
    """The largest of the moves."""
    if went.empty:
        return _("Nobody is known to have moved.")
    row = went.sort_values("n", ascending=False, kind="stable").iloc[0]
    words = _(
        "Most went from {before} to {after}: {n}, or {share} of those in {before} (95% interval "
        "{low} to {high})."
    )
    shares = {"share": row["share"], "low": row["ci_low"], "high": row["ci_high"]}
    return words.format(
        before=name(row["segment_from"]),
        after=name(row["segment_to"]),
        n=number(row["n"], 0),
        **{which: percent(100 * float(share)) for which, share in shares.items()},
    )


def _stayed(same: pd.DataFrame) -> str:
    """Where most and fewest stayed."""
    same = same[same["share"].notna()].sort_values("share", ascending=False)
    if len(same) < 2:
        return ""
    words = _("Most stayed in {most} ({most_share}), fewest in {fewest} ({fewest_share}).")
    most, fewest = same.iloc[0], same.iloc[-1]
    return words.format(
        most=name(most["segment_from"]),
        most_share=percent(100 * float(most["share"])),
        fewest=name(fewest["segment_from"]),
        fewest_share=percent(100 * float(fewest["share"])),
    )


def stability(table: pd.DataFrame | None) -> Finding:
    """How far each segment would be the same, had others of the same kind been looked at.

    Args:
        table: As `segments.stability.stability` returns it; None in studies without.
    """
    if table is not None and (table["verdict"] == _(BY_DEFINITION)).any():
        words = _("Segments are sure by definition: {reason}.")
        return Finding(table, words.format(reason=table["reason"].iloc[0]))
    if table is None or table["jaccard"].isna().all():
        return _untold(table, _("How stable segments are was not asked."))
    known = table[table["jaccard"].notna()]
    words = _("{segments}: {verdict}.")
    sentences = [
        words.format(segments=listed(name(who) for who in rows["segment"]), verdict=verdict)
        for verdict, rows in known.groupby("verdict", sort=False)
    ]
    n = int(known["n_bootstrap"].iloc[0])
    asked = _(
        "Segments were drawn anew {count} times, each time from other {customers} by lot, and "
        "compared with these."
    )
    shown = table.assign(verdict=table["verdict"].where(table["jaccard"].notna(), table["reason"]))
    return Finding(
        table=shown,
        sentence=" ".join([asked.format(count=number(n, 0)), *sentences]),
        draw=lambda table: segment_figures.stability(table[table["jaccard"].notna()]),
        alternative=_("Mean Jaccard coefficient by segment: {values}.").format(
            values=listed(
                f"{name(row.segment)} {number(row.jaccard, 2)}" for row in known.itertuples()
            )
        ),
        columns=[
            html.Shown("segment", _("Segment"), numeric=False),
            html.Shown("jaccard", _("Mean Jaccard coefficient"), _two),
            *html.bounds(_two),
            html.Shown("n_customers", _("n in the sample"), lambda n: number(n, 0)),
            html.Shown("n_bootstrap", _("Times drawn"), lambda n: number(n, 0)),
            html.Shown("verdict", _("Verdict"), numeric=False),
        ],
        caption=_("How alike segments are when drawn anew"),
    )


def _two(value: float) -> str:
    return number(value, 2)


def _untold(table: pd.DataFrame | None, otherwise: str) -> Finding:
    """Not measured, with the table's reason."""
    if table is None:
        return Finding(pd.DataFrame(), "", "not measured", otherwise)
    rows = table[table["reason"] != ""]
    if len(rows) and rows["segment_from" if "segment_from" in rows else "segment"].iloc[0] == ALL:
        words = _("Not measured: {reason}.")
        return Finding(table, "", "not measured", words.format(reason=rows["reason"].iloc[0]))
    return not_measured(table, otherwise=otherwise)

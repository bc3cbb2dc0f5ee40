"""The overview: which segment needs attention, why, what to improve first and what it is worth.

Takes the tidy tables of KPIs, expectations and improvements, and returns findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from saydo.languages import gettext as _
from saydo.languages import name, number, signed
from saydo.params import ALL, Params
from saydo.report import html, what_first, worth
from saydo.report.attention import attention_sentence, how_judged, needs_attention
from saydo.report.comparison import MOST_DRAWN, STAYING
from saydo.report.finding import Finding, not_measured
from saydo.report.key_numbers import KeyNumber, key_numbers
from saydo.report.kpi_cards import key_number, movement_sentence
from saydo.report.movement import latest
from saydo.report.values import sample_size, segment_name, span

SAYING = ("csat_top2", "nps")
"""What segments are compared by where nothing is known of staying."""


def answer(
    kpis: pd.DataFrame,
    importance: pd.DataFrame,
    improvements: pd.DataFrame,
    *,
    there: Mapping[str, int],
    params: Params,
) -> Finding:
    """Which segment to look at first, why, what to improve there first and what it is worth.

    Args:
        kpis: `tables/kpis`.
        importance: `tables/importance`.
        improvements: `tables/improvements`.
        there: Customers of each segment who can stay, as `drivers.worth.customers_there` counts
            them.
        params: Of the study.
    """
    now = latest(kpis)
    everyone = now[now["segment"] == ALL].set_index("kpi", drop=False)
    measured = [kpi for kpi in (*STAYING, *SAYING) if pd.notna(everyone["value"].get(kpi))]
    sentences = []
    if not set(measured) & set(STAYING):
        words = _("Nothing is known of whether {customers} stay: {reason}.")
        sentences.append(words.format(reason=everyone.loc[STAYING[0], "reason"]))
    if not measured:
        return Finding(now, sentences[0], is_answer=True)
    leading = now[now["kpi"] == measured[0]].set_index("segment", drop=False)
    first = needs_attention(leading)
    focus = first or ALL
    sentences += [
        "" if first else movement_sentence(leading.loc[ALL], params),
        attention_sentence(leading, params),
        worst_gap_sentence(importance, focus),
        worth.first_sentence(improvements, segment=focus),
    ]
    numbers = [
        key_number(leading.loc[segment], params, of=name(segment_name(segment)))
        for segment in dict.fromkeys((ALL, focus))
    ]
    numbers += _gap(importance, focus)
    gains = what_first.key_numbers_of(
        improvements,
        segment=focus,
        n_customers=there.get(focus, 0),
        currency=params.currency,
        discount_rate=params.definitions.discount_rate,
    )
    body = key_numbers([*numbers, *gains]) + how_judged(leading)
    return Finding(leading, " ".join(filter(None, sentences)), body=body, is_answer=True)


def worst_gap_sentence(importance: pd.DataFrame, segment: str) -> str:
    """What falls furthest short of what this segment expects, if anything does."""
    rows = importance[(importance["segment"] == segment) & (importance["rank"] == 1)]
    rows = rows[rows["expectation_gap"] < 0]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    words = _(
        "What falls furthest short of what they expect is {attribute}: "
        "{found} found, {expected} expected (n = {n})."
    )
    return words.format(
        attribute=name(row["attribute"]),
        found=number(row["performance"], 1),
        expected=number(row["expectation"], 1),
        n=number(int(row["n"]), 0),
    )


def _gap(importance: pd.DataFrame, segment: str) -> Sequence[KeyNumber]:
    """What falls furthest short, as a key number."""
    rows = importance[(importance["segment"] == segment) & (importance["rank"] == 1)]
    rows = rows[rows["expectation_gap"] < 0]
    two = partial(number, digits=2)
    return [
        KeyNumber(
            _("{segment}: {kpi}").format(
                segment=name(segment_name(segment)),
                kpi=_("{attribute}, found less expected").format(attribute=name(row.attribute)),
            ),
            signed(row.expectation_gap, 2),
            (
                span(row.expectation_gap_low, row.expectation_gap_high, two),
                _("points of the scale"),
                sample_size(row.n),
            ),
            side="say",
        )
        for row in rows.itertuples()
    ]


def gaps(importance: pd.DataFrame) -> Finding:
    """For each segment the attribute that falls furthest short of what it expects."""
    worst = importance[(importance["rank"] == 1) & (importance["segment"] != ALL)]
    worst = worst[worst["expectation_gap"].notna()].sort_values("expectation_gap")
    if worst.empty:
        return not_measured(importance, otherwise=_("Nothing was asked."))
    clear = worst[worst["expectation_gap_high"] < 0]
    row = worst.iloc[0]
    sentence = (
        _("The widest gap is {attribute} in “{segment}”: {gap} points of the scale.").format(
            attribute=name(row["attribute"]),
            segment=name(row["segment"]),
            gap=number(row["expectation_gap"], 2),
        )
        if len(clear)
        else _("In no segment does anything fall clearly short of what is expected.")
    )
    two = partial(number, digits=2)
    return Finding(
        table=worst,
        sentence=sentence,
        columns=[
            html.Shown("segment", _("Segment"), numeric=False),
            html.Shown("attribute", _("Widest gap"), numeric=False),
            html.Shown("expectation", _("Expected"), two),
            html.Shown("performance", _("Found"), two),
            html.Shown("expectation_gap", _("Gap"), two),
            *html.bounds(two, low="expectation_gap_low", high="expectation_gap_high"),
            html.Shown("n", "n", lambda n: number(n, 0)),
        ],
        caption=_("The widest gap of each segment, in scale points"),
        is_folded=len(worst) > MOST_DRAWN,
    )

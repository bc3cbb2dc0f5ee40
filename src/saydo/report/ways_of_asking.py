"""All ways of asking what matters, side by side: one column per attribute.

Takes one segment's rows of `tables/importance`; returns HTML. What is absent is a dash, with the
reason in the last row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from saydo.drivers.importance import DISAGREEMENTS, KINDS, ZONES
from saydo.languages import gettext as _
from saydo.languages import name, noop, number, percent, signed
from saydo.report import html
from saydo.report.values import span

Row = Mapping[str, Any]

KANO: Mapping[str, str] = {
    **KINDS,
    "reverse": noop("Reverse: pleases if it is missing"),
    "questionable": noop("Questionable answers"),
}
"""Kano's classes, and their labels. Translated when shown."""

DIFFERS: Mapping[str, str] = {
    "yes": noop("Yes"),
    "no": DISAGREEMENTS["no"],
    "unclear": DISAGREEMENTS["unclear"],
}

CAPTION = noop(
    "What matters, by every way of asking, with 95% intervals; derived importance is a part of the "
    "variance of satisfaction"
)

MARK = "≠ "
"""Before a word that says that two ways of asking disagree."""


def side_by_side(rows: pd.DataFrame) -> str:
    """The table, attributes in the order of the rows."""
    records = rows.to_dict("records")
    cells = {way: [text(row) for row in records] for way, text in _ways().items()}
    if not rows["reason"].astype(bool).any():
        del cells[_("Why not shown")]
    places = [str(place) for place in range(len(records))]
    frame = pd.DataFrame.from_dict(cells, orient="index", columns=places)
    columns = [
        html.Shown("way", _("Way of asking"), numeric=False),
        *(
            html.Shown(place, name(row["attribute"]), numeric=False)
            for place, row in zip(places, records, strict=True)
        ),
    ]
    frame = frame.rename_axis("way").reset_index()
    return html.table(frame, columns, caption=_(CAPTION))


def _ways() -> dict[str, Callable[[Row], str | None]]:
    """Every way of asking, and how its cell is written; None where it is not known."""
    two, two_signed = partial(number, digits=2), partial(signed, digits=2)
    differ = ("understated", "overstated")
    return {
        _("Importance, as stated"): partial(estimate, "stated", two),
        _("Rank, as stated"): partial(_whole, "rank_stated"),
        _("Derived importance (LMG)"): partial(estimate, "derived_lmg", _share),
        _("Derived importance (relative weights)"): partial(estimate, "derived_rwa", _share),
        _("Rank, derived"): partial(_whole, "rank_derived"),
        _("Do stated and derived disagree?"): partial(_word, "disagrees", DISAGREEMENTS, differ),
        _("Mean score"): partial(estimate, "performance", two),
        _("Score less expectation"): partial(estimate, "expectation_gap", two_signed),
        _("Zone of tolerance"): partial(_word, "zone", ZONES, ()),
        _("Penalty where it falls short"): partial(_contrast, "penalty", two_signed),
        _("Reward where it exceeds"): partial(_contrast, "reward", two_signed),
        _("Kind, by penalty and reward"): partial(_word, "kind", KINDS, ()),
        _("Kind, by Kano’s questions"): _kano,
        _("Do the two kinds disagree?"): partial(_word, "kano_disagrees", DIFFERS, ("yes",)),
        _("Respondents"): partial(_whole, "n"),
        _("Why not shown"): lambda row: row["reason"] or None,
    }


def estimate(column: str, text: Callable[[float], str], row: Row) -> str | None:
    """The value of a column with its interval (`_low` and `_high`), where it has one."""
    value, low, high = (row[f"{column}{end}"] for end in ("", "_low", "_high"))
    if pd.isna(value):
        return None
    if pd.isna(low) or pd.isna(high):
        return text(value)
    # On a narrow screen the interval stands below its value, in one piece.
    interval = span(low, high, text).replace(" ", "\u00a0")
    return f"{text(value)} ({interval})"


def _contrast(column: str, text: Callable[[float], str], row: Row) -> str | None:
    """A penalty or reward; too few fell short or exceeded where the model has it not."""
    if pd.isna(row[column]) and pd.notna(row["penalty_reward_n"]):
        return _("too few")
    return estimate(column, text, row)


def _word(column: str, labels: Mapping[str, str], marked: tuple[str, ...], row: Row) -> str | None:
    word = row[column]
    if pd.isna(word):
        return None
    return (MARK if word in marked else "") + _(labels[word])


def _kano(row: Row) -> str | None:
    word = _word("kano", KANO, (), row)
    if word is None:
        is_known = row["kano_of_all"]
        return _("for everyone together only") if pd.notna(is_known) and is_known else None
    return _("{kind} (n = {n})").format(kind=word, n=number(int(row["kano_n"]), 0))


def _whole(column: str, row: Row) -> str | None:
    return number(row[column], 0) if pd.notna(row[column]) else None


def _share(value: float) -> str:
    return percent(100 * value)

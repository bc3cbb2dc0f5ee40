"""Which attributes matter, what is expected of them, and what is found? In words and figures.

Takes `tables/importance`, which has all ways of asking side by side; returns findings. Where two
ways disagree it is said: what customers say matters, and what goes with their satisfaction; Kano's
questions, and what goes with falling short and exceeding.
"""

from __future__ import annotations

from functools import partial
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from saydo.drivers.importance import DISAGREEMENTS, QUADRANTS
from saydo.languages import gettext as _
from saydo.languages import listed, name, noop, number, percent, signed
from saydo.report import html, pair_figures
from saydo.report.finding import Finding, not_measured
from saydo.report.importance_figures import importance_map
from saydo.report.ways_of_asking import side_by_side

CAUTION = noop(
    "Derived importance is what goes with satisfaction: whether an improvement brings as much was "
    "not tried out."
)

MEASURED = ("stated", "performance", "importance", "penalty", "reward", "kano")
"""Of which one at least must be known."""


def expectations(importance: pd.DataFrame, *, segment: str) -> Finding:
    """What was expected of each attribute, and what was found; widest shortfall first."""
    rows = importance[importance["segment"] == segment].sort_values("rank", na_position="last")
    shown = rows[rows["expectation_gap"].notna()]
    if shown.empty:
        return not_measured(rows, otherwise=_("No expectations were asked."))
    two, two_signed = partial(number, digits=2), partial(signed, digits=2)
    short = shown[shown["expectation_gap_high"] < 0]
    if len(short):
        worst = short.iloc[0]
        words = _(
            "Furthest short falls {attribute}: {found} found, {expected} expected, a gap of {gap} "
            "(95% interval {low} to {high}; n = {n})."
        )
        sentence = words.format(
            attribute=name(worst["attribute"]),
            found=number(worst["performance"], 2),
            expected=number(worst["expectation"], 2),
            gap=two_signed(worst["expectation_gap"]),
            low=two_signed(worst["expectation_gap_low"]),
            high=two_signed(worst["expectation_gap_high"]),
            n=number(int(worst["n"]), 0),
        )
    else:
        sentence = _("Nothing falls clearly short of what they expect.")
    return Finding(
        table=shown,
        sentence=sentence,
        draw=pair_figures.expectation_gaps,
        alternative=_("Found and expected by attribute: {values}.").format(
            values=listed(
                f"{name(row.attribute)} {two(row.performance)} / {two(row.expectation)}"
                for row in shown.itertuples()
            )
        ),
        columns=[
            html.Shown("attribute", _("Attribute"), numeric=False),
            html.Shown("expectation", _("Expected"), two),
            html.Shown("performance", _("Found"), two),
            html.Shown("expectation_gap", _("Gap"), two_signed),
            *html.bounds(two_signed, low="expectation_gap_low", high="expectation_gap_high"),
            html.Shown("stated", _("Importance, as stated"), two),
            html.Shown("n", "n", lambda n: number(n, 0)),
        ],
        caption=_("Expectations, in scale points"),
    )


def importance(table: pd.DataFrame, *, segment: str) -> Finding:
    """How much each attribute matters by all ways of asking, with the importance–performance map.

    The finding's table has, beside the columns of `tables/importance`, `importance` with `_low` and
    `_high` (LMG, or relative weights where there are too many attributes for it; % of the variance
    of satisfaction) and `kano_disagrees` (with penalty and reward: yes, no, unclear).
    """
    rows = _judged(table[table["segment"] == segment])
    if rows[list(MEASURED)].isna().all(axis=None):
        return not_measured(rows, otherwise=_("No attributes were asked about."))
    is_derived = bool(rows["importance"].notna().any())
    parts = [*_closest(rows), *_fields(rows), *_disagreements(rows)]
    parts += [_(CAUTION)] if is_derived else dict.fromkeys(filter(None, rows["reason"]))
    mapped = rows[rows["quadrant"].notna()]
    return Finding(
        table=rows,
        sentence=" ".join(parts),
        verdict="association only" if is_derived else "described",
        draw=_drawn if len(mapped) else None,
        alternative=_("Derived importance / mean score, % of its scale: {values}.").format(
            values=listed(
                f"{name(row.attribute)} {percent(row.importance)} / "
                f"{percent(100 * row.performance_share, 0)}"
                for row in mapped.itertuples()
            )
        ),
        body=side_by_side(rows),
    )


def _judged(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the importance that is drawn, most important first, and what Kano disagrees
    with."""
    way = "derived_rwa" if rows["derived_lmg"].isna().all() else "derived_lmg"
    shares = {
        f"importance{end}": 100 * rows[f"{way}{end}"].astype(float) for end in ("", "_low", "_high")
    }
    both = rows["kano"].notna() & rows["kind"].notna()
    is_clear = ~rows["kano"].isin(["unclear", "questionable"]) & (rows["kind"] != "unclear")
    verdicts = np.select(
        [~is_clear, rows["kano"] == rows["kind"]], ["unclear", "no"], default="yes"
    )
    disagrees = pd.Series(verdicts, index=rows.index, dtype=object).where(both, None)
    judged = rows.assign(**shares, kano_disagrees=disagrees)
    return judged.sort_values(["importance", "stated"], ascending=False, na_position="last")


def _drawn(table: pd.DataFrame) -> Figure:
    """The map of those attributes that have a place on it."""
    mapped = table[table["quadrant"].notna()]
    n_ranked = int(table["rank_stated"].notna().sum())
    labels = [_label(row, n_ranked) for _place, row in mapped.iterrows()]
    return importance_map(mapped, labels=labels)


def _label(row: pd.Series, n: int) -> tuple[str, str]:
    """An attribute's name on the map, and what is said of it."""
    field = QUADRANTS[row["quadrant"]] if row["quadrant_is_clear"] else DISAGREEMENTS["unclear"]
    below = [fill(_(field), 22)]
    if pd.notna(row["rank_stated"]):
        words = _("as stated {rank} of {n}")
        below.append(words.format(rank=number(row["rank_stated"], 0), n=number(n, 0)))
    if row["disagrees"] in ("understated", "overstated"):
        words = DISAGREEMENTS[row["disagrees"]]
        below.append(fill(_(words), 22))
    return name(row["attribute"]), "\n".join(below)


def _closest(rows: pd.DataFrame) -> list[str]:
    """Which attribute goes most closely with satisfaction, if that can be told."""
    known = rows[rows["importance"].notna()]
    if known.empty:
        return []
    first = known.iloc[0]
    numbers = {
        "attribute": name(first["attribute"]),
        "share": percent(first["importance"]),
        "low": percent(first["importance_low"]),
        "high": percent(first["importance_high"]),
        "all": percent(100 * first["r_squared"]),
        "n": number(int(first["derived_n"]), 0),
    }
    others = known["importance_high"].iloc[1:]
    if len(others) and first["importance_low"] <= others.max():
        words = _(
            "Which attribute goes most closely with satisfaction is not clear. First stands "
            "{attribute}, with {share} of its variance (95% interval {low} to {high}; n = {n}); "
            "all attributes together tell {all}."
        )
    else:
        words = _(
            "Most closely with satisfaction goes {attribute}, with {share} of its variance (95% "
            "interval {low} to {high}; n = {n}); all attributes together tell {all}."
        )
    return [words.format(**numbers)]


def _fields(rows: pd.DataFrame) -> list[str]:
    """Where to begin, by the map."""
    mapped = rows[rows["quadrant"].notna()]
    if mapped.empty:
        return []
    clear = mapped[mapped["quadrant_is_clear"].astype(bool)]
    if clear.empty:
        return [_("No attribute has a clear place on the map.")]
    weak = clear.loc[clear["quadrant"] == "concentrate", "attribute"]
    if weak.empty:
        return []
    words = _("More important than the others and rated lower: {names}.")
    return [words.format(names=listed(name(each) for each in weak))]


def _disagreements(rows: pd.DataFrame) -> list[str]:
    """Where what they say, and where Kano's questions, tell another story."""
    stories = {
        ("disagrees", "understated"): _("Matter more than they say: {names}."),
        ("disagrees", "overstated"): _("Matter less than they say: {names}."),
        ("kano_disagrees", "yes"): _(
            "Kano’s questions and what goes with falling short and exceeding disagree on: {names}."
        ),
    }
    found = []
    for (column, word), words in stories.items():
        attributes = rows.loc[rows[column] == word, "attribute"]
        if len(attributes):
            found.append(words.format(names=listed(name(each) for each in attributes)))
    return found

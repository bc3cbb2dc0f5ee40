"""What sets each segment apart? In words and a figure.

Takes `tables/segment_profiles`; returns a finding.
"""

from __future__ import annotations

import pandas as pd

from saydo.languages import gettext as _
from saydo.languages import listed, name, noop, number, percent, signed
from saydo.params import ALL, Params
from saydo.report import html, segment_figures
from saydo.report.finding import Finding

FEATURES = {
    "tenure_days": noop("Days as a {customer}"),
    "recency_days": noop("Days since the last order"),
    "frequency": noop("Orders"),
    "spend": noop("Spent"),
    "n_tickets": noop("Tickets"),
    "satisfaction": noop("Satisfaction"),
}
"""Labels of what saydo counts; attributes bear the names that they have."""

CLEAR = 0.2
"""Standard deviations from which a difference is told: Cohen's small one."""

STRONGEST = 3
"""Features of each segment that are drawn."""


def label(feature: str) -> str:
    """What a feature is called."""
    return _(FEATURES[feature]) if feature in FEATURES else name(feature)


def what_sets_apart(
    profiles: pd.DataFrame | None, sizes: pd.DataFrame, *, params: Params
) -> Finding:
    """How far each segment lies from everyone else, by the features that tell most.

    Args:
        profiles: As `segments.profiles.profiles` returns them; None where there are no segments.
        sizes: Of the segments, whose order is kept.
        params: Of the study.
    """
    if profiles is None or profiles["difference"].isna().all():
        reason = _("There are no two segments, or no numbers, to compare.")
        return Finding(pd.DataFrame(), "", "not measured", reason)
    order = {segment: place for place, segment in enumerate(sizes["segment"])}
    table = profiles.assign(
        label=[label(feature) for feature in profiles["feature"]],
        place=profiles["segment"].map(order),
        strength=profiles["difference"].abs(),
    ).sort_values(["place", "strength", "feature"], ascending=[True, False, True])
    table = table.drop(columns=["place", "strength"]).reset_index(drop=True)
    for column in ("mean", "others_mean"):
        table[f"{column}_text"] = [
            _value(value, kind) for value, kind in zip(table[column], table["kind"], strict=True)
        ]
    hidden = set(order) - {ALL, *table["segment"]}
    parts = [_furthest(table), _alike(table), _untold(len(hidden)), *_cautions(table, params)]
    drawn = strongest(table)
    return Finding(
        table=table,
        sentence=" ".join(filter(None, parts)),
        draw=lambda table: segment_figures.what_sets_apart(strongest(table)),
        alternative=_("Standard deviations from everyone else: {values}.").format(
            values=listed(
                f"{name(row.segment)}, {row.label} {signed(row.difference, 2)}"
                for row in drawn.itertuples()
            )
        ),
        columns=[
            html.Shown("segment", _("Segment"), numeric=False),
            html.Shown("label", _("Feature"), numeric=False),
            html.Shown("mean_text", _("Here")),
            html.Shown("others_mean_text", _("Elsewhere")),
            html.Shown("difference", _("Difference, standard deviations"), _two),
            *html.bounds(_two),
            html.Shown("n", "n", lambda n: number(n, 0)),
            html.Shown("n_others", _("n elsewhere"), lambda n: number(n, 0)),
        ],
        caption=_("Segments against everyone else"),
    )


def strongest(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that are drawn: of the largest segments, the features that tell most."""
    known = table[table["difference"].notna()]
    segments = list(dict.fromkeys(known["segment"]))[: segment_figures.MOST_DRAWN]
    return known[known["segment"].isin(segments)].groupby("segment", sort=False).head(STRONGEST)


def _two(value: float) -> str:
    return signed(value, 2)


def _value(value: float, kind: str) -> str:
    return percent(100 * value) if kind == "share" else number(value, 1)


def _is_clear(table: pd.DataFrame) -> pd.Series:
    is_sure = (table["ci_low"] > 0) | (table["ci_high"] < 0)
    return is_sure & (table["difference"].abs() >= CLEAR)


def _furthest(table: pd.DataFrame) -> str:
    clear = table[_is_clear(table)]
    if clear.empty:
        return _("Nothing sets any segment clearly apart from everyone else.")
    row = clear.loc[clear["difference"].abs().idxmax()]
    words = _(
        "Furthest from everyone else lies {segment}, by “{feature}”: {here} here, {elsewhere} "
        "elsewhere, {difference} standard deviations (95% interval {low} to {high}; n = {n})."
    )
    return words.format(
        segment=name(row["segment"]),
        feature=row["label"],
        here=row["mean_text"],
        elsewhere=row["others_mean_text"],
        difference=_two(row["difference"]),
        low=_two(row["ci_low"]),
        high=_two(row["ci_high"]),
        n=number(int(row["n"]), 0),
    )


def _alike(table: pd.DataFrame) -> str:
    clear = table[_is_clear(table)]
    alike = [who for who in dict.fromkeys(table["segment"]) if who not in set(clear["segment"])]
    if clear.empty or not alike:
        return ""
    words = _("Much like everyone else are: {segments}.")
    return words.format(segments=listed(name(who) for who in alike))


def _untold(count: int) -> str:
    if not count:
        return ""
    words = _("Segments of which too little may be shown are left out: {count}.")
    return words.format(count=number(count, 0))


def _cautions(table: pd.DataFrame, params: Params) -> list[str]:
    told = []
    if params.segments_follow_behaviour:
        told.append(_("What segments were drawn by sets them apart by construction."))
    if (table["kind"] == "skewed").any():
        told.append(
            _(
                "Counts and money are compared, and averaged, on a logarithmic scale, so that a "
                "few large ones don’t decide."
            )
        )
    return told

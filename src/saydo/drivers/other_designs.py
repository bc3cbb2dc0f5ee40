"""What do other designs say than the one landmark? Waves, time to leaving, segments, the silent.

Takes what the landmark's models were made from, and their verdicts; returns tidy tables by name, in
which every segment has rows, or one row with the reason why there is nothing. Time to leaving and
differences between segments are told only where the gate has let the landmark's model pass, for
what makes an answer worthless there makes it so here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from saydo.drivers.absent import with_absent
from saydo.drivers.answering import who_answers
from saydo.drivers.answering.everyone import COLUMNS as ANSWERING
from saydo.drivers.between import between
from saydo.drivers.between.shrunken import COLUMNS as SEGMENTS_COMPARED
from saydo.drivers.exposures import Exposures
from saydo.drivers.hazards import MONTH, WEEK, cox_rows, discrete_rows, spells, spells_lack
from saydo.drivers.model_table import COLUMNS as HAZARD_MODELS
from saydo.drivers.panel import COLUMNS as WAVE_MODELS
from saydo.drivers.panel import panel_models
from saydo.drivers.patterns import answered
from saydo.drivers.verdicts import NOT_MEASURED, REFUSED
from saydo.errors import NotEstimable
from saydo.languages import day
from saydo.languages import gettext as _
from saydo.params import ALL, Params
from saydo.suppression import withheld_reason
from saydo.tables.checked import Tables
from saydo.tables.declared import none_of

Tidy = dict[str, pd.DataFrame]

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "wave_models": WAVE_MODELS,
    "hazard_models": HAZARD_MODELS,
    "segments_compared": SEGMENTS_COMPARED,
    **ANSWERING,
}
"""Of each table that `other_designs` gives: the type of each column."""


def other_designs(
    tables: Tables,
    assignments: ir.Table,
    exposed: Exposures,
    everyone: pd.DataFrame,
    verdicts: pd.DataFrame,
    *,
    params: Params,
    as_of: date,
    secret: Collection[str],
    unfinished: Mapping[str, str],
) -> Tidy:
    """The tables of `COLUMNS`.

    Args:
        tables: Checked tables.
        assignments: `customer_id`, `segment`.
        exposed: The landmark's exposures.
        everyone: Patterns of these, as `response_patterns` returns them.
        verdicts: Of all segments, on the landmark's models.
        params: Of the study.
        as_of: Last day.
        secret: Segments in which an answer is withheld.
        unfinished: Why nobody of a segment has been watched to the end, so that nobody has stayed.
    """
    segments = list(verdicts["segment"])
    refused = verdicts[verdicts["verdict"].isin([REFUSED, NOT_MEASURED])]
    why_not = dict(zip(refused["segment"], refused["reason"], strict=True))
    min_cell = params.privacy.min_cell
    withheld = dict.fromkeys(secret, withheld_reason(min_cell))
    invitations = tables.tables.get("invitations")
    in_hindsight = _in_hindsight(segments, params, as_of)
    answering = who_answers(
        exposed,
        everyone,
        invitations,
        max_age_days=params.satisfaction.max_age_days,
        no_effect=why_not,
        min_cell=min_cell,
    )
    for name, table in answering.items():
        watched = table[~table["segment"].isin(list(unfinished))]
        answering[name] = with_absent(watched, dict(unfinished), segments=segments)
    waves = panel_models(tables, assignments, segments, params=params, as_of=as_of)
    return {
        "wave_models": _instead(waves, withheld, segments=segments),
        "hazard_models": _hazards(
            tables,
            assignments,
            segments,
            {**withheld, **why_not, **in_hindsight},
            params=params,
            as_of=as_of,
        ),
        "segments_compared": _compared(
            exposed, answered(everyone), segments, why_not, min_cell=min_cell
        ),
        **answering,
    }


def no_other_designs(reasons: Mapping[str, str]) -> Tidy:
    """The same tables where whether anyone stays can't be told: `reasons` by segment."""
    return {name: _none(columns, reasons, NOT_MEASURED) for name, columns in COLUMNS.items()}


def _in_hindsight(segments: Sequence[str], params: Params, as_of: date) -> dict[str, str]:
    """Why nothing can be said of segments by which it is known who left."""
    if not params.segments_follow_behaviour:
        return {}
    reason = _(
        "Segments follow what {customers} did up to {end}, so that being in one already tells who "
        "left."
    ).format(end=day(as_of))
    return {name: reason for name in segments if name != ALL}


def _hazards(
    tables: Tables,
    assignments: ir.Table,
    segments: Sequence[str],
    why_not: dict[str, str],
    *,
    params: Params,
    as_of: date,
) -> pd.DataFrame:
    """Cox's model and discrete-time hazards of every segment."""
    lack = spells_lack(tables, params)
    if lack is not None:
        reason = _("Not measured ({lack}).").format(lack=lack)
        return _none(HAZARD_MODELS, dict.fromkeys(segments, reason), NOT_MEASURED)
    by_week, by_month = (
        spells(tables, assignments, params=params, as_of=as_of, days=days) for days in (WEEK, MONTH)
    )
    min_cell = params.privacy.min_cell
    parts = []
    for name in segments:
        if name in why_not:
            parts.append(_none(HAZARD_MODELS, {name: why_not[name]}, REFUSED))
            continue
        parts.append(cox_rows(by_week, segment=name, min_cell=min_cell))
        parts.append(discrete_rows(by_month, segment=name, min_cell=min_cell))
    return pd.concat(parts, ignore_index=True)


def _compared(
    exposed: Exposures,
    patterns: pd.DataFrame,
    segments: Sequence[str],
    why_not: dict[str, str],
    *,
    min_cell: int,
) -> pd.DataFrame:
    """Segments side by side, without those that the gate has refused."""
    if ALL in why_not:
        return _none(SEGMENTS_COMPARED, dict.fromkeys(segments, why_not[ALL]), REFUSED)
    try:
        found = between(
            patterns,
            adjust_for=exposed.watch.covariates,
            has_time_order=exposed.watch.has_time_order,
            min_cell=min_cell,
        )
    except NotEstimable as refusal:
        return _none(SEGMENTS_COMPARED, dict.fromkeys(segments, f"{refusal}"), REFUSED)
    absent = {name: why_not[name] for name in why_not if name not in set(found.table["segment"])}
    return _instead(found.table, absent, segments=segments)


def _instead(
    table: pd.DataFrame, reasons: Mapping[str, str], *, segments: Sequence[str]
) -> pd.DataFrame:
    """The table, with one row and its reason in place of those of some segments."""
    kept = table[~table["segment"].isin(list(reasons))]
    return with_absent(
        kept, reasons, segments=segments, model="", verdict=REFUSED, is_headline=False
    )


def _none(columns: Mapping[str, str], reasons: Mapping[str, str], verdict: str) -> pd.DataFrame:
    """A table of which there is nothing but reasons, by segment."""
    return with_absent(none_of(columns), reasons, model="", verdict=verdict, is_headline=False)

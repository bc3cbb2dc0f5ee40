"""Every model of several waves, of every segment, as one table.

Takes checked tables, the assignment and the segments asked for; returns the table of models. What
can't be done for all segments is a row of each with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from saydo.drivers.exposures import exposures_lack
from saydo.drivers.model_table import EFFECT
from saydo.drivers.panel.histories import Histories, histories
from saydo.drivers.panel.repeated import model_name, repeated
from saydo.drivers.panel.table import Row, table
from saydo.drivers.panel.waves import waves
from saydo.drivers.panel.within import SATISFACTION, within
from saydo.drivers.verdicts import NOT_MEASURED, REFUSED
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.params import ALL, Params
from saydo.tables.checked import Tables


def panel_models(
    tables: Tables,
    assignments: ir.Table,
    segments: Sequence[str],
    *,
    params: Params,
    as_of: date,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Marginal and within-customer models of several waves, by segment.

    Args:
        tables: Checked tables.
        assignments: `customer_id`, `segment`; one row per customer.
        segments: `all`, and those of the assignment.
        params: Retention, satisfaction and its horizon, periods, privacy.
        as_of: Last day of the last window.
        confidence: Coverage of intervals.

    Returns:
        One row per segment, model and term: `COLUMNS` of `panel.table`. `estimate`: log-odds of
        staying, or percentage points for `average_marginal_effect`.
    """
    min_cell = params.privacy.min_cell
    try:
        found = histories(waves(tables, assignments, params=params, as_of=as_of))
    except NotEstimable as refusal:
        verdict = REFUSED if exposures_lack(tables, params) is None else NOT_MEASURED
        refused = (row for segment in segments for row in _refused(segment, str(refusal), verdict))
        return table(refused, min_cell=min_cell)
    rows = (
        row
        for segment in segments
        for row in _models(found, segment, min_cell=min_cell, confidence=confidence)
    )
    return table(rows, min_cell=min_cell)


def _models(found: Histories, segment: str, *, min_cell: int, confidence: float) -> Iterator[Row]:
    if segment != ALL and found.segments_follow_behaviour:
        reason = _(
            "Segments are drawn from behaviour up to the end of the waves, so that being in one "
            "already tells who stayed."
        )
        yield from _refused(segment, reason, REFUSED)
        return
    yield from repeated(found, segment=segment, min_cell=min_cell, confidence=confidence)
    yield from within(found, segment=segment, min_cell=min_cell, confidence=confidence)


def _refused(segment: str, reason: str, verdict: str) -> Iterator[Row]:
    """One row per kind of model, all with the same reason."""
    yield Row.refused(segment, model_name(), EFFECT, reason, verdict=verdict)
    yield Row.refused(segment, "unadjusted within", SATISFACTION, reason, verdict=verdict)

"""All of the drivers at once, for every segment: what the preparation of a run stores.

Takes the checked tables and the assignment to segments; returns tidy tables by name. Where the
tables can't tell, every segment is there with *not measured* and what is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Self

import ibis.expr.types as ir
import pandas as pd
from threadpoolctl import threadpool_limits

from saydo.drivers.absent import with_absent
from saydo.drivers.answering import response_patterns
from saydo.drivers.assess import Assessment, assess
from saydo.drivers.contradictions import contradictions
from saydo.drivers.diagnosed import diagnosed, every_segment
from saydo.drivers.dose_response import dose_response, withheld_levels
from saydo.drivers.evidence import evidence, verdict
from saydo.drivers.expectations import expectations, expectations_lack, no_expectations
from saydo.drivers.exposures import Exposures, exposures, exposures_lack
from saydo.drivers.forms import COLUMNS as FORMS
from saydo.drivers.forms import compare
from saydo.drivers.forms import guarded as forms_guarded
from saydo.drivers.kept import responses_table, watch_table
from saydo.drivers.ledger import ledger, revenue_by_answer
from saydo.drivers.non_response import Counts, silent_counts
from saydo.drivers.other_designs import other_designs
from saydo.drivers.patterns import answered
from saydo.drivers.predictions import guarded as predictions_guarded
from saydo.drivers.predictions import predictions
from saydo.drivers.retention_models import guarded, retention_models
from saydo.drivers.unmeasured import unmeasured
from saydo.drivers.watched import watched
from saydo.drivers.worth import (
    Curve,
    curve_of,
    customers_there,
    improvements_table,
    margins,
    responses,
)
from saydo.languages import gettext as _
from saydo.params import Params
from saydo.tables.checked import Tables
from saydo.tables.declared import none_of

Tidy = dict[str, pd.DataFrame]

KEPT = ("patterns", "left_out", "watch", "responses", "margins")
"""Tables that count single customers: input to models, not for showing."""


@dataclass(frozen=True)
class Landmark:
    """Who was watched from one day on, as counts of patterns: what the main design is fitted to."""

    exposed: Exposures
    everyone: pd.DataFrame
    """Patterns, of the silent too."""
    min_cell: int

    @classmethod
    def of(cls, tables: Tables, assignments: ir.Table, *, params: Params, as_of: date) -> Self:
        """From checked tables, in which `exposures_lack` nothing."""
        exposed = exposures(tables, assignments, params=params, as_of=as_of)
        return cls(exposed, response_patterns(exposed), params.privacy.min_cell)

    @cached_property
    def answered(self) -> pd.DataFrame:
        """Patterns of those who answered."""
        return answered(self.everyone)

    def assessed(self, segment: str) -> Assessment:
        """What the gate says of one segment, or of `all`, with the models that it lets pass."""
        left_out = self.exposed.left_out
        left_out = left_out[left_out.segment == segment]
        silent = self._silent
        return assess(
            self.answered[self.answered.segment == segment],
            segment=segment,
            watch=self.exposed.watch,
            left_out=dict(zip(left_out["reason"], left_out["n"], strict=True)),
            silent=Counts(*silent.loc[segment]) if segment in silent.index else Counts(0, 0),
            min_cell=self.min_cell,
        )

    @cached_property
    def _silent(self) -> pd.DataFrame:
        return silent_counts(self.everyone)


def analyse(
    tables: Tables,
    assignments: ir.Table,
    before: ir.Table | None = None,
    *,
    params: Params,
    as_of: date,
) -> Tidy:
    """Every table of the drivers, for all segments.

    Args:
        tables: Checked tables.
        assignments: `customer_id`, `segment`, as of the last day.
        before: The same when the watch began (`landmark_of`); as `assignments` if left out, which
            is right where segments don't follow behaviour.
        params: Of the study.
        as_of: Last day.

    Returns:
        `exposures` (customers by segment and reason why left out), `dose_response`, `ledger`,
        `contradictions`, `evidence`, `verdicts`, `retention_models`, `predictions`, `forms`, those
        of `diagnostics.COLUMNS` and `other_designs.COLUMNS`, `importance`, `improvements`; and
        those of `KEPT`, from which models can be fitted again, where there is anything to fit.
        Columns and their types are those declared where each is made, whatever the data.
    """
    found = assignments.segment.name("segment").as_table().distinct().execute()["segment"]
    segments = ["all", *sorted(found.dropna())]
    before = assignments if before is None else before
    # Matrices are small here: threads for them would only get in each other's way.
    with threadpool_limits(1, "blas"):
        staying, curves = _retention(tables, before, segments, params=params, as_of=as_of)
        importance = _importance(tables, assignments, segments, params=params, as_of=as_of)
        improved = improving(
            tables,
            assignments,
            importance,
            verdicts=staying["verdicts"],
            left_out=staying.get("left_out"),
            curves=curves,
            params=params,
            as_of=as_of,
        )
    best = improved["improvements"].set_index(["segment", "attribute"])["p_best"]
    keys = pd.MultiIndex.from_frame(importance[["segment", "attribute"]])
    importance = importance.assign(p_best=best.reindex(keys).to_numpy())
    return {**staying, "importance": importance, **improved}


def _retention(
    tables: Tables, assignments: ir.Table, segments: Sequence[str], *, params: Params, as_of: date
) -> tuple[Tidy, dict[str, Curve | None]]:
    lack = exposures_lack(tables, params)
    if lack is not None:
        return unmeasured(segments, params, lack), {}
    min_cell = params.privacy.min_cell
    landmark = Landmark.of(tables, assignments, params=params, as_of=as_of)
    exposed, everyone, reduced = landmark.exposed, landmark.everyone, landmark.answered
    hidden = withheld_levels(reduced, min_cell=min_cell)
    levels = {segment: list(hidden.columns[row]) for segment, row in hidden.iterrows()}
    # One segment at a time: a fit holds several copies of its patterns.
    stored = [
        (
            evidence(one),
            verdict(one),
            retention_models(one, min_cell=min_cell),
            predictions(one, min_cell=min_cell),
            _forms(one, reduced),
            curve_of(one, exposed.watch),
            diagnosed(
                one,
                everyone[everyone.segment == one.segment],
                hidden=levels.get(one.segment, ()),
                min_cell=min_cell,
            ),
        )
        for one in map(landmark.assessed, segments)
    ]
    evidences, verdicts, models, predicted, compared = (
        pd.concat([row[place] for row in stored], ignore_index=True) for place in range(5)
    )
    curves = {segment: row[5] for segment, row in zip(segments, stored, strict=True)}
    secret = list(hidden.index[hidden.any(axis="columns")])
    by_level = dose_response(reduced, min_cell=min_cell)
    books = ledger(reduced, revenue=revenue_by_answer(exposed, tables), min_cell=min_cell)
    told = contradictions(exposed, tables, reduced, min_cell=min_cell)
    is_unfinished = (evidences["check"] == "horizon") & (evidences["outcome"] == "refuse")
    unfinished = evidences[is_unfinished].set_index("segment")["reason"].to_dict()
    # Who has not been watched to the end has not stayed yet.
    by_level, books, told = (
        table[~table["segment"].isin(list(unfinished))] for table in (by_level, books, told)
    )
    reasons = dict(zip(verdicts["segment"], verdicts["reason"], strict=True))
    others = other_designs(
        tables,
        assignments,
        exposed,
        everyone,
        verdicts,
        params=params,
        as_of=as_of,
        secret=secret,
        unfinished=unfinished,
    )
    found = {
        "exposures": watched(exposed.left_out, min_cell=min_cell),
        "patterns": reduced,
        "left_out": exposed.left_out,
        "watch": watch_table(exposed.watch),
        "dose_response": with_absent(by_level, reasons),
        "ledger": with_absent(books, reasons),
        "contradictions": with_absent(told, reasons),
        "evidence": evidences,
        "verdicts": verdicts,
        "retention_models": guarded(models, segments=secret, min_cell=min_cell),
        "predictions": predictions_guarded(predicted, hidden, min_cell=min_cell),
        "forms": with_absent(forms_guarded(compared, segments=secret, min_cell=min_cell), reasons),
        **every_segment((row[6] for row in stored), reasons, others["responders"]),
        **others,
    }
    return found, curves


def _forms(one: Assessment, reduced: pd.DataFrame) -> pd.DataFrame:
    """Forms of the curve compared, where the gate has let a model pass."""
    if one.headline is None:
        return none_of(FORMS)
    own = reduced[reduced.segment == one.segment]
    return compare(own, adjust_for=one.headline.adjust_for)


def improving(
    tables: Tables,
    assignments: ir.Table,
    importance: pd.DataFrame,
    *,
    verdicts: pd.DataFrame,
    left_out: pd.DataFrame | None,
    curves: Mapping[str, Curve | None],
    params: Params,
    as_of: date,
) -> Tidy:
    """What to improve first, and what it takes to ask that again with other changes.

    Args:
        tables: Checked tables.
        assignments: `customer_id`, `segment`.
        importance: One row per segment and `attribute`.
        verdicts: Of the gate, one row per segment.
        left_out: Of the exposures; None where there are none.
        curves: Of staying, by segment.
        params: Of the study.
        as_of: Last day.

    Returns:
        `improvements`, and `responses` and `margins` of `KEPT`.
    """
    said = responses(
        tables,
        assignments,
        params=params,
        as_of=as_of,
        attributes=list(importance["attribute"].dropna().unique()),
    )
    earned = margins(tables, assignments, as_of=as_of)
    verdicts = verdicts.set_index("segment")
    table = improvements_table(
        said,
        list(verdicts.index),
        curves=curves,
        why_not=verdicts["reason"],
        margins=earned,
        n_customers=customers_there(left_out),
        discount_rate=params.definitions.discount_rate,
        min_cell=params.privacy.min_cell,
    )
    return {
        "improvements": table,
        "responses": responses_table(said),
        "margins": earned.reset_index(),
    }


def _importance(
    tables: Tables, assignments: ir.Table, segments: Sequence[str], *, params: Params, as_of: date
) -> pd.DataFrame:
    lack = expectations_lack(tables)
    if lack is None:
        found = expectations(tables, assignments, params=params, as_of=as_of)
        lack = _("needs answers with aspect importance or expectation")
    else:
        found = no_expectations()
    reasons = dict.fromkeys(segments, _("Not measured ({lack}).").format(lack=lack))
    return with_absent(found, reasons)

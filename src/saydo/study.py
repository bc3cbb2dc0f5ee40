"""The one object that a notebook opens: a study, seen for one segment.

Every method answers one question and returns a finding, which shows itself in Jupyter. In a run a
study reads what the run has prepared; opened by hand it computes on demand, and remembers by the
content of params and data.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from saydo import languages
from saydo.errors import NotEstimable, UnknownName
from saydo.kpis import KPIS, THEMES
from saydo.params import ALL, ByOwn, Params, find, load, project_folder
from saydo.runs.cache import results_for
from saydo.runs.results import FOLDER, Results

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from saydo.drivers import Assessment
    from saydo.drivers.worth import Steps
    from saydo.report.finding import Finding, Panel


DEFINITIONS, DEFINITIONS_OF_MARKET = "definitions", "definitions_market"
"""Notebooks, without their number, to whose pages the scorecard's KPIs lead. A project with the
first alone has all definitions there."""


class Study:
    """A study and its results.

    Examples:
        study = Study.open("params/demo.yml", segment="On the clock")
        study.retention_model(form="linear", adjust_for=["tenure"]).result.summary()
    """

    def __init__(
        self,
        params: Params,
        results: Results,
        *,
        segment: str,
        as_of: date,
        definitions: Mapping[str, str] | None = None,
    ) -> None:
        names = [name for name, _slug in results.prepared.segments]
        if segment not in names:
            raise UnknownName("segment", segment, names)
        self.params = params
        self.results = results
        self.segment = segment
        self.as_of = as_of
        self._definitions = definitions

    @classmethod
    def open(
        cls,
        params: str | Path,
        *,
        segment: str = ALL,
        as_of: date | str | None = None,
        segments: Callable[[ir.Table], ir.StringValue | ir.Table] | None = None,
    ) -> Study:
        """Open the study of a params file, and speak its language, of its audience, from here on.

        Args:
            params: The file, relative to the working folder or one above it.
            segment: One of the study's segments; `all` is everyone.
            as_of: Last day that is known (2025-12-31, say), instead of the one in params.
            segments: A function that draws other segments than those of params: it takes what is
                known of customers and returns the name of each one's segment, as an expression, or
                a table of `customer_id` and `segment`. Objectives of the segments of params, and
                which of them are targets, are left out then.

        Raises:
            ParamsError: The file can't be used; lists every problem.
            DataError: The data can't be used as params describe them.
            UnknownName: There is no such segment; lists those there are.
        """
        file = find(params)
        study = load(file, kpis=tuple(KPIS))
        if segments is not None:
            study = _drawn_by(segments, study)
        day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of or study.as_of_day()
        languages.activate(study.language, study.audience)
        results = results_for(file, params=study, as_of=day)
        # In a run the day was settled when it began, perhaps before midnight.
        day = date.fromisoformat(results.prepared.as_of)
        pages = _definition_pages(project_folder(file))
        return cls(study, results, segment=segment, as_of=day, definitions=pages)

    def __repr__(self) -> str:
        return f"Study({self.params.study!r}, segment={self.segment!r}, as_of={self.as_of})"

    @property
    def segment_names(self) -> list[str]:
        """The study's segments, `all` first."""
        return [name for name, _slug in self.results.prepared.segments]

    def table(self, name: str) -> pd.DataFrame:
        """A table of results, of all segments: kpis, segments, retention_models, …"""
        return self.results.read(name)

    def _own(self, name: str) -> pd.DataFrame:
        """The rows of this segment alone: what a page shows of them changes when they do."""
        return self.results.read(name, segments=[self.segment])

    # The scorecard

    def answer(self) -> Finding:
        """How retention and satisfaction stand, in two sentences and the key numbers."""
        from saydo.report import scorecard

        return scorecard.answer(self._own("kpis"), segment=self.segment, params=self.params)

    def kpis(self) -> Finding:
        """All KPIs by theme: what customers say beside what they do."""
        from saydo.report import scorecard

        return scorecard.scorecard(
            self._own("kpis"),
            segment=self.segment,
            params=self.params,
            definitions=self._definitions,
        )

    def trend(self, kpi: str) -> Finding:
        """One KPI over the periods.

        Raises:
            UnknownName: There is no such KPI; lists those there are.
        """
        from saydo.report import scorecard

        if kpi not in KPIS:
            raise UnknownName("KPI", kpi, list(KPIS))
        return scorecard.trend(self._own("kpis"), kpi, segment=self.segment, params=self.params)

    def trends(self, kpis: Sequence[str] | None = None) -> Panel:
        """Several KPIs over the periods; the key ones, unless they are named."""
        from saydo.report import scorecard

        for kpi in kpis or ():
            if kpi not in KPIS:
                raise UnknownName("KPI", kpi, list(KPIS))
        return scorecard.trends(
            self._own("kpis"), segment=self.segment, params=self.params, names=kpis
        )

    def objectives(self) -> Finding:
        """The objectives in the customer's own voice, with the KPIs that test them."""
        from saydo.report import objectives

        return objectives.objectives(
            self._own("objectives"),
            self._own("kpis"),
            segment=self.segment,
            params=self.params,
        )

    def definitions(self, part: str | None = None) -> Finding:
        """What every KPI means, and what to beware of; `part` is loyalty or market, if not both."""
        from saydo.report import definitions

        return definitions.definitions(self.params, part)

    def sensitivity(self) -> Finding:
        """Whether rival definitions would change the order of the segments, or a status."""
        from saydo.report import sensitivity

        read = self.table if self.segment == ALL else self._own
        return sensitivity.sensitivity(
            read("definitions"), segment=self.segment, params=self.params
        )

    # The drivers

    def drivers(self) -> Finding:
        """The verdict: do satisfied customers stay, as far as the data can tell?"""
        from saydo.report import drivers, what_first

        numbers = what_first.key_numbers_of(
            self._own("improvements"),
            segment=self.segment,
            n_customers=self._there([self.segment]).get(self.segment, 0),
            currency=self.params.currency,
            discount_rate=self.params.definitions.discount_rate,
        )
        return drivers.answer(
            self._own("verdicts"),
            self._own("retention_models"),
            segment=self.segment,
            numbers=numbers,
        )

    def dose_response(self) -> Finding:
        """What share stayed, by how satisfied they said they were."""
        from saydo.report import drivers

        has_dates = self.params.retention is not None and self.params.retention.kind != "label"
        return drivers.dose_response(
            self._own("dose_response"),
            segment=self.segment,
            item=self.params.satisfaction.item,
            days=self.params.horizon_days if has_dates else None,
        )

    def retention_model(
        self, *, form: str | None = None, adjust_for: Sequence[str] | None = None
    ) -> Finding:
        """How much one point of satisfaction matters for staying, as the study's model has it.

        With `form` or `adjust_for` another model is fitted on the same patterns, behind the same
        gate; `.result` is then statsmodels' `GLMResults` (or `Firth`, where data are separated).

        Args:
            form: `linear` (log-odds per point), `curved` (and its square), `spline` (a natural
                cubic one), `threshold` (straight with a kink, which is searched for) or `levels`
                (each answer by itself).
            adjust_for: Covariates among those of `satisfaction.adjust_for` in params; `[]` is none.

        Raises:
            UnknownName: There is no such form or covariate; lists those there are.
            NotEstimable: Whether customers stayed can't be told from the data.
        """
        from saydo.report import drivers

        if form is None and adjust_for is None:
            return drivers.retention_model(self._own("retention_models"), segment=self.segment)
        assessment = self._assessed(form, adjust_for)
        from saydo.drivers import Fit, retention_models

        table = retention_models(assessment, min_cell=self.params.privacy.min_cell)
        fitted = assessment.headline.fit if assessment.headline else None
        result = fitted.result if isinstance(fitted, Fit) else fitted
        return drivers.retention_model(table, segment=self.segment, result=result)

    def _assessed(self, form: str | None, adjust_for: Sequence[str] | None) -> Assessment:
        """Another model than the run's, on what the run kept."""
        from saydo.drivers import assess, watch_of
        from saydo.drivers.design import FORMS

        if form is not None and form not in FORMS:
            raise UnknownName("form", form, list(FORMS))
        verdict = self._own("verdicts").set_index("segment").loc[self.segment]
        if verdict["verdict"] == "not measured":
            raise NotEstimable(f"Segment {self.segment!r}: {verdict['reason']}")
        watch = watch_of(self.table("watch"))
        for name in adjust_for or ():
            if name not in watch.covariates:
                raise UnknownName("covariate", name, list(watch.covariates))
        patterns, left_out = self._own("patterns"), self._own("left_out")
        left_out = left_out[left_out["segment"] == self.segment]
        return assess(
            patterns[patterns["segment"] == self.segment],
            segment=self.segment,
            watch=watch,
            left_out=dict(zip(left_out["reason"], left_out["n"], strict=True)),
            adjust_for=adjust_for,
            forms=tuple(FORMS) if form is None else (form,),
            min_cell=self.params.privacy.min_cell,
        )

    def curve(self) -> Finding:
        """What share would stay at each answer, and whether a point brings less and less."""
        from saydo.report import curve

        return curve.curve(
            self._own("predictions"),
            self._own("forms"),
            self._own("dose_response"),
            segment=self.segment,
            item=self.params.satisfaction.item,
        )

    def designs(self) -> Finding:
        """Whether waves, changes within a customer and time to leaving say the same."""
        from saydo.report import designs

        return designs.designs(
            self._own("retention_models"),
            self._own("wave_models"),
            self._own("hazard_models"),
            segment=self.segment,
            item=self.params.satisfaction.item,
        )

    def diagnostics(self) -> Finding:
        """What speaks against the model: calibration, discrimination, influence, missing answers.

        `.result` has the parts by name, each with its figure and table.
        """
        from saydo.drivers.diagnostics import NAMES
        from saydo.report import diagnostics

        tables = {name: self._own(name) for name in NAMES}
        return diagnostics.diagnostics(tables, segment=self.segment)

    def evidence(self) -> Finding:
        """What was checked before any estimate, with the outcome and the reason."""
        from saydo.report import drivers

        return drivers.evidence(self._own("evidence"), segment=self.segment)

    def ledger(self) -> Finding:
        """What they said against what they did."""
        from saydo.report import say_do

        return say_do.ledger(
            self._own("ledger"), segment=self.segment, currency=self.params.currency
        )

    def contradictions(self) -> Finding:
        """The delighted who left, complainers who stayed, and who left without a word."""
        from saydo.report import other_designs

        return other_designs.contradictions(
            self._own("contradictions"), segment=self.segment, currency=self.params.currency
        )

    def who_answers(self) -> Finding:
        """Whether those who answered speak for the others."""
        from saydo.report import answering

        verdicts = self._own("verdicts").set_index("segment")
        return answering.who_answers(
            self._own("responders"),
            self._own("reweighted"),
            silent=self._own("silent"),
            balance=self._own("response_balance"),
            verdict=verdicts.loc[self.segment, "verdict"],
            segment=self.segment,
        )

    def asking(self) -> Finding:
        """Whether those who were asked stayed more or less often than those who were not."""
        from saydo.report import asking

        return asking.asking(self._own("asking"), segment=self.segment)

    def expectations(self) -> Finding:
        """What they expected of each attribute, and what they found."""
        from saydo.report import importance

        return importance.expectations(self._own("importance"), segment=self.segment)

    def importance(self) -> Finding:
        """How much each attribute matters, by what they say and by what goes with satisfaction."""
        from saydo.report import importance

        return importance.importance(self._own("importance"), segment=self.segment)

    def improvements(self) -> Finding:
        """What to improve first, and what it would bring."""
        from saydo.report import worth

        return worth.improvements(
            self._own("improvements"),
            segment=self.segment,
            currency=self.params.currency,
            discount_rate=self.params.definitions.discount_rate,
        )

    def what_if(self, *, satisfied: float = 0.0, **changes: float) -> Finding:
        """What would change if attributes were better by so many points.

        `study.what_if(speed=+1)` asks for a point more of speed; `study.what_if(satisfied=5)` for
        five percentage points more who give a satisfied answer; `study.what_if()` for a point more
        of what should be improved first. Several changes come to the same people at once. `.table`
        has every step, from satisfaction to money, with its interval.

        Args:
            satisfied: Percentage points of customers more who are satisfied.
            **changes: Points more (or less) of each attribute.

        Raises:
            UnknownName: There is no such attribute; lists those there are.
        """
        from saydo.drivers.worth import what_if
        from saydo.report import what_if as report

        refused, changes = self._to_change(changes, satisfied)
        if refused is not None:
            return refused
        verdict = self._own("verdicts").set_index("segment").loc[self.segment]
        return report.what_if(
            what_if(self._steps, changes=changes, satisfied=satisfied),
            changes=changes,
            satisfied=satisfied,
            currency=self.params.currency,
            why_no_staying=verdict["reason"],
        )

    def gains(self, *, satisfied: float = 0.0, **changes: float) -> Finding:
        """What half of the changes, and more of them, would bring; asked for as in `what_if`.

        Raises:
            UnknownName: There is no such attribute; lists those there are.
        """
        from saydo.drivers.worth import gains
        from saydo.report import what_if as report

        refused, changes = self._to_change(changes, satisfied)
        if refused is not None:
            return refused
        table = gains(self._steps, changes=changes, satisfied=satisfied)
        return report.gains(table, changes=changes, satisfied=satisfied)

    def _to_change(
        self, changes: dict[str, float], satisfied: float
    ) -> tuple[Finding | None, dict[str, float]]:
        """The changes asked for, or a point more of what comes first; or why none can be told."""
        from saydo.report import worth

        rows = self._own("improvements")
        rows = rows[rows["segment"] == self.segment]
        refused = worth.untold(rows)
        if refused is None and not changes and not satisfied:
            changes = {rows.sort_values("rank")["attribute"].iloc[0]: 1.0}
        return refused, changes

    @cached_property
    def _steps(self) -> Steps:
        """What is known on the way from attributes to money, with draws of what is not sure."""
        from saydo.drivers import worth as steps
        from saydo.drivers.kept import responses_of, watch_of

        verdict = self._own("verdicts").set_index("segment").loc[self.segment, "verdict"]
        left_out, staying = None, None
        if verdict != "not measured":
            left_out = self._own("left_out")
            staying = steps.curve_of(self._assessed(None, None), watch_of(self.table("watch")))
        return steps.steps_of(
            responses_of(self._own("responses")),
            segment=self.segment,
            staying=staying,
            margins=self._own("margins").set_index("segment"),
            n_customers=steps.customers_there(left_out).get(self.segment, 0),
            discount_rate=self.params.definitions.discount_rate,
            min_cell=self.params.privacy.min_cell,
        )

    # All segments

    def overview(self) -> Finding:
        """Which segment to look at first, and why."""
        from saydo.report import overview

        return overview.answer(
            self.table("kpis"),
            self.table("importance"),
            self.table("improvements"),
            there=self._there(),
            params=self.params,
        )

    def _there(self, segments: Sequence[str] | None = None) -> dict[str, int]:
        """Customers of each segment who can stay."""
        from saydo.drivers.worth import customers_there

        return customers_there(self.results.find("left_out", segments=segments))

    def what_first(self) -> Finding:
        """What to improve first in each segment, and what it is worth."""
        from saydo.report.what_first import what_first

        return what_first(
            self.table("improvements"), there=self._there(), currency=self.params.currency
        )

    def changes(self) -> Finding:
        """Which key KPIs changed clearly since the period before."""
        from saydo.report.changes import since_last_period

        return since_last_period(self.table("kpis"), params=self.params)

    def staying_over_time(self) -> Panel:
        """How staying developed in each segment, on one scale."""
        from saydo.report import comparison

        return comparison.over_time(self.table("kpis"), params=self.params)

    def then_and_now(self) -> Finding:
        """How staying differs between segments, now and a year before."""
        from saydo.report import comparison

        return comparison.then_and_now(self.table("kpis"), params=self.params)

    def compare(self) -> Finding:
        """Segments by key KPIs, with the way to each segment's pages."""
        from saydo.report import comparison

        return comparison.compare(self.table("kpis"), self.table("segments"), params=self.params)

    def gaps(self) -> Finding:
        """What falls furthest short of what each segment expects."""
        from saydo.report import overview

        return overview.gaps(self.table("importance"))

    def segments_differ(self) -> Finding:
        """Whether satisfaction matters more for staying in some segments than in others."""
        from saydo.report import other_designs

        return other_designs.segments_differ(self.table("segments_compared"))

    def strategy(self) -> Finding:
        """Where each segment stands on share, profitability, satisfaction and growth."""
        from saydo.report import strategy

        return strategy.strategy(self.table("segment_positions"), params=self.params)

    def targets(self) -> Finding:
        """Whether the segments that params call targets fare better than the rest."""
        from saydo.report import targets

        return targets.targets(self.table("targets"), params=self.params)

    def whale_curve(self) -> Finding:
        """How much of the profit the best customers bring, and others take back."""
        from saydo.report import whale_curve

        return whale_curve.whale_curve(
            self.table("whale_curve"), segment=self.segment, params=self.params
        )

    def market_positions(self) -> Finding:
        """How attractive each market is, and how we stand in it."""
        from saydo.report import markets

        return markets.market_positions(self.table("market_positions"), params=self.params)

    def mix(self) -> Finding:
        """Where the total moved against its segments, or because their shares changed."""
        from saydo.report.mix import reversals
        from saydo.report.movement import latest

        return reversals(self.table("mix"), latest(self.table("kpis")), params=self.params)

    def segments(self) -> Finding:
        """How many segments there are, the largest, what brings most, and where fewest stay."""
        from saydo.report import segment_sizes

        return segment_sizes.answer(*self._sizes_and_kpis(), params=self.params)

    def segment_sizes(self) -> Finding:
        """How many customers each segment has, beside what it brings."""
        from saydo.report import segment_sizes

        return segment_sizes.sizes_and_value(*self._sizes_and_kpis(), params=self.params)

    def _sizes_and_kpis(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        return self.table("segments"), self.table("segment_positions"), self.table("kpis")

    def segment_kpis(self) -> Finding:
        """What each segment says and does: key KPIs side by side."""
        from saydo.report import segment_kpis

        return segment_kpis.say_and_do(
            self.table("kpis"), self.table("segments"), params=self.params
        )

    def segment_profiles(self) -> Finding:
        """What sets each segment apart from everyone else."""
        from saydo.report import segment_profiles

        return segment_profiles.what_sets_apart(
            self.results.find("segment_profiles"), self.table("segments"), params=self.params
        )

    def segment_moves(self) -> Finding:
        """Who moved from which segment to which in the last period."""
        from saydo.report import segment_moves

        return segment_moves.moves(self.results.find("segment_moves"), self.table("segments"))

    def segment_stability(self) -> Finding:
        """How far segments would be the same, had others of the same kind been looked at."""
        from saydo.report import segment_moves

        return segment_moves.stability(self.results.find("segment_stability"))

    def segmentation(self) -> Finding:
        """How customers were assigned to segments."""
        from saydo.report import segmentation

        explained = {name: self.results.find(name) for name in segmentation.EXPLAINED}
        return segmentation.segmentation(
            self.results.find("segmentation"),
            {name: table for name, table in explained.items() if table is not None},
            params=self.params,
        )

    def tables(self) -> Finding:
        """Every table that stands behind the pages, with its files."""
        from saydo.report import downloads

        is_run = FOLDER in os.environ
        return downloads.downloads(self.results.what_was_written(), with_links=is_run)

    def data(self) -> Finding:
        """What became of the rows read."""
        from saydo.report import data

        return data.rows(*self.results.what_was_read())


def _definition_pages(project: Path) -> dict[str, str]:
    """Where the KPIs of a theme are defined, as seen from a segment's page; none outside a run."""
    if FOLDER not in os.environ:
        return {}
    from saydo.report.definitions import PARTS

    def has(name: str) -> bool:
        return any(project.glob(f"notebooks/*_{name}.ipynb"))

    pages = dict.fromkeys(map(str, THEMES), DEFINITIONS) if has(DEFINITIONS) else {}
    if has(DEFINITIONS_OF_MARKET):
        pages |= dict.fromkeys(PARTS["market"], DEFINITIONS_OF_MARKET)
    return {theme: f"../{name}.html" for theme, name in pages.items()}


def _drawn_by(function: Callable[[ir.Table], ir.StringValue | ir.Table], params: Params) -> Params:
    """The study with the segments of a notebook's function."""
    everyones = tuple(each for each in params.objectives if each.segment == ALL)
    changes = {"segments": ByOwn.of(function), "objectives": everyones, "targets": ()}
    return params.model_copy(update=changes)

"""What is wrong with the objectives of a study, so that it can't be run as asked?

Takes the params and the day; returns problems, each with its path in the file. What could be better
but can be run is `advice`. A due date that has gone by is advice too, because a study that ran
yesterday must run today.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from saydo.errors import Problem
from saydo.kpis import KPIS
from saydo.kpis.kpi import Kpi
from saydo.kpis.status import status
from saydo.objectives.direction import better_of
from saydo.params import Measure, Params
from saydo.periods import last_periods


def problems(params: Params, *, as_of: date) -> list[Problem]:
    """Targets and baselines that a KPI can't have, directions against its own, dates long gone.

    Args:
        params: Their objectives name KPIs that exist.
        as_of: Last day that is known.
    """
    first = last_periods(as_of, length=params.period, number=params.periods)[0].start
    return [
        Problem(f"objectives.{number}.measures.{index}.{key}", what)
        for number, objective in enumerate(params.objectives)
        for index, measure in enumerate(objective.measures)
        for key, what in _wrong(measure, KPIS[measure.kpi], first)
    ]


def _wrong(measure: Measure, kpi: Kpi, first: date) -> Iterator[tuple[str, str]]:
    low, high = kpi.range
    for key, value in (("target", measure.target), ("baseline", measure.baseline)):
        if value is not None and not low <= value <= high:
            yield key, f"{kpi.name} lies between {low:g} and {high:g}, and can't be {value:g}"
    if measure.better and kpi.better not in ("context", measure.better):
        yield (
            "better",
            (f"{kpi.name} is better {kpi.better}, whatever the context; leave `better` out"),
        )
    if kpi.better == "closer to 0" and measure.target < 0:
        yield (
            "target",
            (
                f"{kpi.name} is better closer to 0, and its target the largest distance from it "
                f"that is good: {-measure.target:g} stands for both sides"
            ),
        )
    if measure.baseline is not None:
        start = status(
            measure.baseline,
            measure.baseline,
            measure.baseline,
            target=measure.target,
            better=better_of(measure, kpi),
        )
        if start == "reached":
            yield (
                "baseline",
                (
                    f"{measure.baseline:g} is as good as the target {measure.target:g} already, so "
                    "that there is no way to go; check both"
                ),
            )
    if measure.by and measure.by < first:
        yield (
            "by",
            (
                f"{measure.by} is before {first}, the first day shown, so that nothing can be said "
                "of it; check the year"
            ),
        )

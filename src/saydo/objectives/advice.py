"""Which objectives are none in the customer's voice, and what would mend them?

Takes the params and what can be measured; returns advice, which `saydo check` prints. Nothing of it
keeps a study from running: whether a sentence is one that somebody served could say is judged by
words (`voice`), and whether it should have a date is for its owner to decide.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from saydo.kpis import KPIS
from saydo.languages import day, listed, noop
from saydo.languages import gettext as _
from saydo.objectives.direction import better_of
from saydo.objectives.voice import Fault, fault
from saydo.params import ALL, Measure, Objective, Params

FAULTS: Mapping[Fault, tuple[str, str]] = {
    "wish": (
        noop("is a wish from the organisation's side"),
        noop("Write what a {customer} would say once it has come true: “I …”, “they …”."),
    ),
    "initiative": (
        noop("is an initiative, something to do"),
        noop("Write what a {customer} would say once it is done and works: “I …”, “they …”."),
    ),
    "no voice": (
        noop("is nothing that a {customer} would say"),
        noop("Let a {customer} speak, of their own matters: I, me, my; of you: they."),
    ),
}


COMMON: Mapping[str, tuple[str, ...]] = {
    "say": ("csat_top2", "nps", "ces2_mean"),
    "do": ("crr", "frt_median", "otif", "revenue_per_customer"),
}
"""KPIs of each side that most studies can measure."""


@dataclass(frozen=True)
class Advice:
    """One thing that keeps an objective from being one, and its remedy."""

    where: str
    """Path in the params file."""
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.remedy}"


def advise(
    params: Params,
    *,
    as_of: date,
    measurable: Mapping[str, str],
    items: Collection[str] | None = None,
) -> list[Advice]:
    """What could be better about the objectives, in the order of the file and the active language.

    Args:
        params: The objectives, and the language in which they are.
        as_of: Last day that is known.
        measurable: Per KPI: nothing if it can be measured, or what it needs.
        items: Items of `answers`; None where there is no such table.
    """
    return [
        advice
        for number, objective in enumerate(params.objectives)
        for advice in _of_objective(
            objective,
            f"objectives.{number}",
            params=params,
            as_of=as_of,
            measurable=measurable,
            items=items,
        )
    ]


def _of_objective(
    objective: Objective,
    where: str,
    *,
    params: Params,
    as_of: date,
    measurable: Mapping[str, str],
    items: Collection[str] | None,
) -> Iterator[Advice]:
    found = fault(objective.voice, language=params.language, organisation=params.study)
    if found:
        what, remedy = (_(words) for words in FAULTS[found])
        quoted = _("“{voice}” {what}").format(voice=objective.voice, what=what)
        yield Advice(f"{where}.voice", quoted, remedy)
    yield from _one_sided(objective, where, measurable)
    if objective.item is not None and objective.item not in (items or ()):
        what = _("no answers to the item {item}").format(item=objective.item)
        remedy = _("Items with answers: {items}.").format(
            items=listed(sorted(items)) if items else _("none")
        )
        yield Advice(f"{where}.item", what, remedy)
    for index, measure in enumerate(objective.measures):
        place = f"{where}.measures.{index}"
        yield from _dated(measure, place, as_of=as_of)
        yield from _testable(measure, place, segment=objective.segment, measurable=measurable)


def _one_sided(objective: Objective, where: str, measurable: Mapping[str, str]) -> Iterator[Advice]:
    sides = {KPIS[measure.kpi].side for measure in objective.measures}
    if sides == {"say"}:
        yield Advice(
            f"{where}.measures",
            _("only what they say is measured, and not what they do"),
            _("Add a KPI of what they do, such as {kpis}.").format(kpis=_such_as("do", measurable)),
        )
    elif sides == {"do"}:
        yield Advice(
            f"{where}.measures",
            _("only what they do is measured, and not what they say"),
            _("Add a KPI of what they say, such as {kpis}.").format(
                kpis=_such_as("say", measurable)
            ),
        )


def _such_as(side: str, measurable: Mapping[str, str]) -> str:
    """Common KPIs of a side that can be measured; where none can, those that could be."""
    common = COMMON[side]
    return listed([name for name in common if not measurable.get(name)] or common)


def _dated(measure: Measure, where: str, *, as_of: date) -> Iterator[Advice]:
    if measure.by is None:
        yield Advice(
            where,
            _("{kpi} has no date by which its target is to be reached").format(kpi=measure.kpi),
            _("Add `by`, such as `by: {date}`.").format(date=f"{as_of.year + 1}-12-31"),
        )
    elif measure.by <= as_of:
        yield Advice(
            f"{where}.by",
            _("{date} has gone by").format(date=day(measure.by)),
            _("Judge the objective and set a new date."),
        )


def _testable(
    measure: Measure, where: str, *, segment: str, measurable: Mapping[str, str]
) -> Iterator[Advice]:
    kpi = KPIS[measure.kpi]
    reason = measurable.get(kpi.name, "")
    if reason:
        yield Advice(
            f"{where}.kpi",
            _("{kpi} can't be measured: {reason}").format(kpi=kpi.name, reason=reason),
            _("Give what it needs, or choose a KPI that `saydo check` lists as measurable."),
        )
    elif segment != ALL and not kpi.by_segment:
        yield Advice(
            f"{where}.kpi",
            _("{kpi} is not split by segment").format(kpi=kpi.name),
            _("Set this objective for the segment `all`, or choose another KPI."),
        )
    if better_of(measure, kpi) == "context":
        yield Advice(
            where,
            _("whether more or less of {kpi} is better depends on the context").format(
                kpi=kpi.name
            ),
            _("Add `better: higher` or `better: lower`."),
        )

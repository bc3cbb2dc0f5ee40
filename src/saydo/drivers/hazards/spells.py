"""When was each customer at risk of leaving, and what had they said by then?

The clock is tenure: days since the first day as a customer. A customer comes under watch with the
first valid answer (or when the time watched begins, if later) and is at risk on each day from then
on until the last day as a customer, or `as_of`. What counts as satisfaction on a day is the last
answer before that day, for `satisfaction.max_age_days`; after that, until the next answer, the
customer is not at risk. Who left before being asked never comes under watch (left truncation).

Takes checked tables and the assignment to segments; returns `Spells`: distinct stretches of time at
risk, with counts. Time may be in coarser units than days, so that they stay few: then satisfaction
is what was known when the week or month of tenure began, and only whole units are watched.
What is said within a unit comes to bear with the next, which weakens the relation a little: where
satisfaction acts at once and is asked twice a year, by 0.6 % in weeks and 3 % in months (measured
on the companies of benchmarks/truths/hazard.py).

References:
    Klein & Moeschberger (2003), Survival Analysis, 2nd ed., 3.4 and 9.4 (left truncation);
    Therneau & Grambsch (2000), Modeling Survival Data, 3.7 (covariates that change).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from saydo.drivers.hazards.at_risk import by_unit, people, scores, stretches, usual_scale
from saydo.drivers.hazards.known_at_entry import known_at_entry
from saydo.drivers.patterns import with_everyone
from saydo.errors import NotEstimable
from saydo.languages import contract_name, gettext
from saydo.languages import noop as _
from saydo.params import Params
from saydo.periods import last_periods
from saydo.tables.checked import Tables

WEEK = 7.0
MONTH = 365.25 / 12
"""Days of a unit of tenure."""

LEFT_OUT: Mapping[str, str] = {
    "no_first_day": _("First day as a {customer} unknown"),
    "not_there": _("Not a {customer} in the time watched"),
    "never_answered": _("Never answered"),
    "never_at_risk": _("No valid answer before any day watched"),
}
"""Why a customer has no spell; the first that applies is counted."""

FIXED = ("segment", "start", "stop", "satisfaction", "left", "n", "n_entered")
"""Columns of spells that are no covariates."""


@dataclass(frozen=True)
class Spells:
    """Time at risk of all segments, and everyone without any counted."""

    table: pd.DataFrame
    """`segment` (`all` first), `start`, `stop` (tenure in units: at risk after the one until the
    other included), `satisfaction` (points), a column per covariate, `left` (whether they end by
    leaving), `n` (spells), `n_entered` (customers whose first spell it is)."""
    left_out: pd.DataFrame
    """`segment`, `reason` (a key of `LEFT_OUT`, or `watched`), `n` (customers)."""
    since: date
    """First day watched."""
    as_of: date
    days: float
    """Length of a unit of tenure."""
    item: str
    covariates: tuple[str, ...] = ()
    lacking: Mapping[str, str] = field(default_factory=dict)
    """Covariates asked for that could not be had, with the reason."""
    attributes: tuple[str, ...] = ()
    """Covariates that are attributes of customers, as recorded now rather than at entry."""


def spells_lack(tables: Tables, params: Params) -> str | None:
    """What the tables or params lack for spells ("needs answers"), or None if nothing."""
    if params.retention is None:
        return gettext("needs retention in params")
    if params.retention.kind != "contract":
        return gettext(
            "needs {column} and retention.kind: contract, for the day of leaving"
        ).format(column=contract_name("customers.left_on"))
    return tables.lacks(
        {
            "customers": ("acquired_on", "left_on"),
            "answers": ("customer_id", "item", "score", "answered_at"),
        }
    )


def spells(
    tables: Tables,
    assignments: ir.Table,
    *,
    params: Params,
    as_of: date,
    since: date | None = None,
    days: float = WEEK,
    adjust_for: Sequence[str] | None = None,
) -> Spells:
    """Time at risk by what was said before it.

    `left_on` is the last day as a customer: leaving is the instant at which that day ends, and the
    answer that it goes with one from before that day. Of several answers on a day the last counts,
    of several at an instant the lowest. An answer on another scale than most ends what was said
    before it, and starts nothing.

    Args:
        tables: Checked tables; nothing after `as_of` is read.
        assignments: `customer_id`, `segment`; one row per customer.
        params: Retention, by contract, and satisfaction.
        as_of: Last day watched.
        since: First day watched; that of the periods that the study shows, if left out.
        days: Length of a unit of tenure: 1, `WEEK` or `MONTH`.
        adjust_for: Covariates known when a customer comes under watch, if other than
            `params.satisfaction.adjust_for`. Tenure is none: it is the clock.

    Raises:
        NotEstimable: Tables or params lack what `spells_lack` names.
    """
    lack = spells_lack(tables, params)
    if lack is not None:
        raise NotEstimable(f"Time to leaving can't be watched: {lack}.")
    if since is None:
        since = last_periods(as_of, length=params.period, number=params.periods)[0].start
    everyone = people(tables["customers"], assignments, since=since, as_of=as_of, days=days)
    answers = scores(tables["answers"], params.satisfaction.item, as_of=as_of)
    said = by_unit(everyone, answers, max_age_days=params.satisfaction.max_age_days, days=days)
    at_risk = stretches(said, usual_scale(answers)).cache()
    entered = at_risk.filter(at_risk.nth == 0)
    entries = entered.select(
        "customer_id",
        "acquired",
        entry=entered.acquired + (entered.start * days).ceil().cast("int64"),
    )
    asked = params.satisfaction.adjust_for if adjust_for is None else adjust_for
    known = known_at_entry(tables, entries, [name for name in asked if name != "tenure"])
    if known.used:
        at_risk = at_risk.left_join(known.table, "customer_id").drop("customer_id_right")
    return Spells(
        table=_counted(at_risk, known.used),
        left_out=_left_out(everyone, answers, entered),
        since=since,
        as_of=as_of,
        days=days,
        item=params.satisfaction.item,
        covariates=known.used,
        lacking=known.lacking,
        attributes=known.attributes,
    )


def _counted(at_risk: ir.Table, covariates: Sequence[str]) -> pd.DataFrame:
    names = ["start", "stop", "satisfaction", *covariates, "left"]
    counts = (
        at_risk.group_by("segment", *names)
        .agg(n=at_risk.count(), n_entered=(at_risk.nth == 0).sum())
        .execute()
        .astype({"n": "int64", "n_entered": "int64", "start": "int64", "stop": "int64"})
    )
    return with_everyone(counts, names, ["n", "n_entered"]).astype({"left": bool})


def _left_out(people: ir.Table, answers: ir.Table, entered: ir.Table) -> pd.DataFrame:
    asked = answers.select("customer_id").distinct().mutate(has_answered=True)
    watched = entered.select("customer_id", is_watched=ibis.literal(True))
    joined = people.left_join(asked, "customer_id").drop("customer_id_right")
    joined = joined.left_join(watched, "customer_id").drop("customer_id_right")
    reason = ibis.cases(
        (joined.is_watched.notnull(), "watched"),
        (joined.acquired.isnull(), "no_first_day"),
        (~joined.is_there, "not_there"),
        (joined.has_answered.isnull(), "never_answered"),
        else_="never_at_risk",
    )
    counts = joined.group_by("segment", reason=reason).agg(n=joined.count()).execute()
    wide = counts.pivot_table(
        index="segment", columns="reason", values="n", aggfunc="sum", fill_value=0
    )
    wide = wide.reindex(columns=["watched", *LEFT_OUT], fill_value=0).sort_index()
    # Customers in no segment count in `all` only.
    total = counts.groupby("reason")["n"].sum().reindex(wide.columns, fill_value=0)
    wide = pd.concat([total.to_frame("all").T, wide])
    return wide.rename_axis(index="segment", columns="reason").stack().rename("n").reset_index()

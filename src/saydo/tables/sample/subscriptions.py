"""Which terms do members subscribe to, and are they renewed?

Members pay for delivery by the year, some after a trial of 30 days. A term that is running when the
member leaves ends on that day and is not renewed when due.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from saydo.tables.sample.calendar import Calendar, add_months, full_months
from saydo.tables.sample.columns import days, of_customer
from saydo.tables.sample.people import People

PLANS = np.array([7.90, 11.90, 17.90])
"""A month, before the last year."""
PLAN_SHARES = (0.55, 0.30, 0.15)
UP_SHARE, DOWN_SHARE = 0.12, 0.05
"""Renewals to a larger or smaller plan."""
CUT_IN_LAST_YEAR = 0.92
DROPPED_SHARE = 0.05
"""Of terms due: not renewed, though the customer stays."""
TRIAL_SHARE, TRIAL_DAYS, UNCONVERTED_SHARE = 0.35, 30, 0.10

_Rows = dict[str, np.ndarray]


def subscriptions(
    rng: np.random.Generator,
    group: People,
    left: np.ndarray,
    calendar: Calendar,
    names: pa.Array,
) -> dict[str, pa.Array]:
    """Columns of the table `subscriptions`: terms that run within the window."""
    who = np.flatnonzero(group.is_member)
    acquired, last = group.acquired[who], left[who]
    trial = (acquired >= calendar.start) & (rng.random(len(who)) < TRIAL_SHARE)
    converts = rng.random(len(who)) >= UNCONVERTED_SHARE
    rows = [_trials(who[trial], acquired[trial], last[trial], converts[trial], calendar)]

    base = acquired + np.where(trial, TRIAL_DAYS, 0)
    running = 12 * (full_months(base, calendar.start) // 12)
    goes_on = ~trial | converts
    plan = np.searchsorted(np.cumsum(PLAN_SHARES[:-1]), rng.random(len(who)))
    for year in range(calendar.n_months // 12 + 2):
        starts = add_months(base, running + 12 * year)
        goes_on = goes_on & (last >= starts) & (starts < calendar.after)
        due = add_months(base, running + 12 * (year + 1))
        renewed = goes_on & (last >= due) & (rng.random(len(who)) >= DROPPED_SHARE)
        cut = np.where(starts >= calendar.month_starts[-13], CUT_IN_LAST_YEAR, 1)
        terms = {
            "customer": who,
            "starts": starts,
            "ends": np.minimum(due - 1, last),
            "due": due,
            "renewed": renewed,
            "monthly": np.round(PLANS[plan] * cut, 2),
            "is_trial": np.zeros(len(who), bool),
        }
        rows.append({name: values[goes_on] for name, values in terms.items()})
        moves = rng.random(len(who))
        step = (moves < UP_SHARE).astype(int) - (moves >= 1 - DOWN_SHARE)
        plan = np.clip(plan + step, 0, len(PLANS) - 1)
        goes_on = renewed
    return _columns(rows, calendar, names)


def _trials(
    who: np.ndarray,
    acquired: np.ndarray,
    last: np.ndarray,
    converts: np.ndarray,
    calendar: Calendar,
) -> _Rows:
    due = acquired + TRIAL_DAYS
    return {
        "customer": who,
        "starts": acquired,
        "ends": np.minimum(due - 1, last),
        "due": due,
        "renewed": converts & (last >= due),
        "monthly": np.zeros(len(who)),
        "is_trial": np.ones(len(who), bool),
    }


def _columns(rows: list[_Rows], calendar: Calendar, names: pa.Array) -> dict[str, pa.Array]:
    terms = {name: np.concatenate([part[name] for part in rows]) for name in rows[0]}
    order = np.lexsort((terms["starts"], terms["customer"]))
    terms = {name: values[order] for name, values in terms.items()}
    return {
        "customer_id": of_customer(names, terms["customer"]),
        "starts_on": days(terms["starts"]),
        "ends_on": days(terms["ends"]),
        "monthly_revenue": pa.array(terms["monthly"]),
        "renewal_due_on": days(terms["due"]),
        "renewed": pa.array(terms["renewed"], mask=terms["due"] >= calendar.after),
        "is_trial": pa.array(terms["is_trial"]),
    }

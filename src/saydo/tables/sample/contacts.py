"""Who has to ask again, and whom do we call?

Who waited long for a reply sometimes asks again on the same topic within a week. And we call a part
of those whose answers were unhappy, in tickets that we open ourselves. Neither is felt as
performance (see `company`): what customers feel is how long their own first contacts waited.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saydo.tables.sample import company
from saydo.tables.sample.behaviour import Lives
from saydo.tables.sample.calendar import Calendar
from saydo.tables.sample.columns import SECONDS_A_DAY, clock
from saydo.tables.sample.survey import Responses
from saydo.tables.sample.tickets import RATINGS, TOPICS, Handled, Tickets, handle

AGAIN_SHARE, AGAIN_SHARE_WHERE_SLOW = 0.06, 0.22
SLOW_HOURS = 12
CALLED_DISSATISFIED_SHARE, CALLED_DETRACTOR_SHARE = 0.55, 0.20
"""Of those with a satisfaction of 1 or 2; and of others who would not recommend us (0 to 6)."""
LATEST_CALL_DAYS = 9
"""Calls come this many days after the answer at most, not all within the week that is aimed at."""


def asked_again(
    rng: np.random.Generator, lives: Lives, handled: Handled, calendar: Calendar
) -> Handled:
    """Tickets in which customers ask again on a topic, at most a week later."""
    chance = np.where(handled.hours_felt > SLOW_HOURS, AGAIN_SHARE_WHERE_SLOW, AGAIN_SHARE)
    first = np.flatnonzero(rng.random(len(handled.opened)) < chance)
    at = clock(rng, handled.opened[first] // SECONDS_A_DAY + rng.integers(1, 7, len(first)))
    possible = _possible(lives, handled.customer[first], at, calendar)
    first, at = first[possible], at[possible]
    again = _handled(rng, handled.customer[first], at, lives, calendar)
    # A reminder is no complaint of its own.
    return replace(again, topic=handled.topic[first], complains=np.zeros(len(first), bool))


def calls(rng: np.random.Generator, lives: Lives, said: Responses, calendar: Calendar) -> Handled:
    """Tickets with which we call on the unhappy, as they are never asked to rate."""
    is_dissatisfied = said.score("satisfaction") <= 2
    is_detractor = said.score("recommend") <= 6
    chance = np.where(
        is_dissatisfied,
        CALLED_DISSATISFIED_SHARE,
        np.where(is_detractor, CALLED_DETRACTOR_SHARE, 0),
    )
    called = np.flatnonzero(rng.random(len(chance)) < chance)
    day = said.at[called] // SECONDS_A_DAY + rng.integers(1, LATEST_CALL_DAYS + 1, len(called))
    at = clock(rng, day, opens=9, closes=18)
    possible = _possible(lives, said.customer[called], at, calendar)
    called, at = called[possible], at[possible]
    made = _handled(rng, said.customer[called], at, lives, calendar)
    count = len(called)
    return replace(
        made,
        topic=np.full(count, TOPICS.index("follow-up")),
        complains=np.zeros(count, bool),
        is_escalated=np.zeros(count, bool),
        rating=np.full(count, RATINGS.index("unoffered")),
    )


def _possible(lives: Lives, customer: np.ndarray, at: np.ndarray, calendar: Calendar) -> np.ndarray:
    return (at < calendar.after * SECONDS_A_DAY) & lives.is_here(customer, at)


def _handled(
    rng: np.random.Generator,
    customer: np.ndarray,
    at: np.ndarray,
    lives: Lives,
    calendar: Calendar,
) -> Handled:
    """Tickets that wait for their reply as long as all others of the quarter do."""
    quarter = calendar.month_of(at // SECONDS_A_DAY) // 3
    median = company.reply_hours(calendar.n_quarters)[quarter + 1]
    opened = Tickets(
        customer=customer,
        opened=at,
        reply_hours=median * np.exp(rng.normal(0, company.REPLY_SPREAD, len(at))),
        is_answered=rng.random(len(at)) >= company.UNANSWERED_SHARE,
    )
    return handle(rng, rng, opened, lives.score[customer, quarter], calendar)

"""How long do customers wait for help, and what comes of it?

`open_tickets` makes a quarter's tickets with the hours to their first reply, which customers then
feel; `handle` says what becomes of them, and `tickets` turns that into the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from saydo.tables.sample import company
from saydo.tables.sample.calendar import Calendar
from saydo.tables.sample.columns import SECONDS_A_DAY, clock, codes, instants, of_customer

TOPICS = ("delivery", "product", "billing", "account", "follow-up")
"""The last are tickets that we open ourselves (see `contacts`)."""
TOPIC_SHARES = (0.42, 0.28, 0.18, 0.12)
RATINGS = ("unoffered", "offered", "good", "bad")
COMPLAINT_BY_SCORE = (0.55, 0.40, 0.25, 0.15, 0.12)
"""Share of tickets that complain, by the customer's score of the quarter before."""
WAITING = (3.0, 2.0)
"""Beta distribution of the part of the time from reply to solution that the customer waits."""


@dataclass(frozen=True)
class Tickets:
    """Tickets of a chunk of customers, one element per ticket in each array."""

    customer: NDArray[np.int64]
    """Place of the customer within the chunk."""
    opened: NDArray[np.int64]
    """Seconds since 1970."""
    reply_hours: NDArray[np.float64]
    is_answered: NDArray[np.bool_]


@dataclass(frozen=True)
class Handled:
    """What became of tickets of a chunk of customers, one element per ticket in each array.

    Instants are in seconds since 1970, and mean something where what they say has happened.
    """

    customer: NDArray[np.int64]
    """Place of the customer within the chunk."""
    opened: NDArray[np.int64]
    replied: NDArray[np.int64]
    solved_first: NDArray[np.int64]
    solved: NDArray[np.int64]
    waited: NDArray[np.float64]
    """Seconds until it was solved for good, without those in which we waited for the customer."""
    no_reply: NDArray[np.bool_]
    unsolved_first: NDArray[np.bool_]
    unsolved: NDArray[np.bool_]
    replies: NDArray[np.int64]
    reopens: NDArray[np.int64]
    topic: NDArray[np.int64]
    """Which of `TOPICS`."""
    complains: NDArray[np.bool_]
    is_escalated: NDArray[np.bool_]
    rating: NDArray[np.int64]
    """Which of `RATINGS`."""

    @property
    def hours_felt(self) -> NDArray[np.float64]:
        """Hours to the first reply, or what it feels like where none came."""
        hours = (self.replied - self.opened) / 3600
        return np.where(self.no_reply, company.UNANSWERED_FEELS_LIKE_HOURS, hours)


Kind = TypeVar("Kind", Tickets, Handled)


def open_tickets(
    rng: np.random.Generator,
    came: NDArray[np.integer],
    n_days: NDArray[np.integer],
    expected: NDArray[np.floating],
    median_hours: float,
) -> Tickets:
    """Tickets that customers open in their `n_days` here, from the day they `came` on."""
    customer = np.repeat(np.arange(len(came)), rng.poisson(expected))
    day = came[customer] + np.floor(rng.random(len(customer)) * n_days[customer]).astype(np.int64)
    hours = median_hours * np.exp(rng.normal(0, company.REPLY_SPREAD, len(customer)))
    return Tickets(
        customer=customer,
        opened=clock(rng, day),
        reply_hours=hours,
        is_answered=rng.random(len(customer)) >= company.UNANSWERED_SHARE,
    )


def joined(parts: Sequence[Kind]) -> Kind:
    """All tickets of several parts."""
    kind = type(parts[0])
    return kind(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(kind)
        }
    )


def handle(
    rng: np.random.Generator,
    more: np.random.Generator,
    opened: Tickets,
    score_before: NDArray[np.int8],
    calendar: Calendar,
) -> Handled:
    """What becomes of tickets.

    Args:
        rng: Source of randomness.
        more: Source of randomness for what the sample had not at first (see `sample`).
        opened: The tickets.
        score_before: Each ticket's customer's score of the quarter before.
        calendar: The window; what would happen after it has not happened.
    """
    count, end = len(opened.opened), calendar.after * SECONDS_A_DAY
    replied = opened.opened + np.ceil(opened.reply_hours * 60).astype(np.int64) * 60
    solved_first = replied + _minutes(rng, count, median=5 * 60, spread=1.0)
    reopens: NDArray[np.int64] = np.where(opened.is_answered, rng.poisson(0.12, count), 0)
    solved = solved_first + reopens * _minutes(rng, count, median=30 * 60, spread=0.7)
    no_reply = ~opened.is_answered | (replied >= end)
    unsolved_first, unsolved = no_reply | (solved_first >= end), no_reply | (solved >= end)
    complains = rng.random(count) < np.array(COMPLAINT_BY_SCORE)[score_before - 1]
    slow = opened.reply_hours > 12
    replies = np.where(no_reply, 0, 1 + rng.poisson(0.8, count) + reopens)
    topic = np.searchsorted(np.cumsum(TOPIC_SHARES[:-1]), rng.random(count))
    return Handled(
        customer=opened.customer,
        opened=opened.opened,
        replied=replied,
        solved_first=solved_first,
        solved=solved,
        waited=(replied - opened.opened) + (solved - replied) * more.beta(*WAITING, count),
        no_reply=no_reply,
        unsolved_first=unsolved_first,
        unsolved=unsolved,
        replies=replies,
        reopens=np.where(unsolved_first, 0, reopens),
        topic=topic,
        complains=complains,
        is_escalated=rng.random(count) < np.where(complains, 0.15, 0.03),
        rating=_ratings(rng, slow, unsolved),
    )


def tickets(done: Handled, numbers: pa.Array, names: pa.Array) -> dict[str, pa.Array]:
    """Columns of the table `tickets`; `numbers` are their ids, `names` those of the customers."""
    return {
        "ticket_id": numbers,
        "customer_id": of_customer(names, done.customer),
        "opened_at": instants(done.opened),
        "first_reply_at": instants(done.replied, missing=done.no_reply),
        "first_solved_at": instants(done.solved_first, missing=done.unsolved_first),
        "solved_at": instants(done.solved, missing=done.unsolved),
        "replies": pa.array(done.replies),
        "reopens": pa.array(done.reopens),
        # Rounded down: nobody waits longer than until the end.
        "wait_hours": pa.array(np.floor(done.waited / 360) / 10, mask=done.unsolved),
        "topic": codes(done.topic, TOPICS),
        "is_complaint": pa.array(done.complains),
        "is_escalated": pa.array(done.is_escalated),
        "rating": codes(done.rating, RATINGS),
    }


def _minutes(
    rng: np.random.Generator, count: int, *, median: float, spread: float
) -> NDArray[np.int64]:
    """Whole minutes, at least one, in seconds."""
    minutes = median * np.exp(rng.normal(0, spread, count))
    return np.maximum(minutes, 1).astype(np.int64) * 60


def _ratings(
    rng: np.random.Generator, slow: NDArray[np.bool_], unsolved: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Half of those solved are asked, half of the asked answer, and slow help is rated worse."""
    asked = ~unsolved & (rng.random(len(slow)) < 0.5)
    answers = asked & (rng.random(len(slow)) < 0.5)
    good = rng.random(len(slow)) < np.where(slow, 0.5, 0.85)
    return np.where(answers, np.where(good, 2, 3), asked.astype(np.int64))

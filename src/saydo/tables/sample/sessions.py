"""What do customers do on the site, beyond what happens by the way?

New customers log in to use what they joined for. Some orders come at the end of a session, and
other sessions end before. Members use what they pay for. Some who look for help open a ticket.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from saydo.tables.sample.behaviour import Lives
from saydo.tables.sample.calendar import Calendar
from saydo.tables.sample.columns import SECONDS_A_DAY, clock, codes, instants, of_customer
from saydo.tables.sample.orders import Orders, days_here
from saydo.tables.sample.people import People
from saydo.tables.sample.tickets import Tickets

FEATURES = ("shopping_list", "standing_order", "recipes")
"""What members pay for."""
EVENTS = ("visit", "search", "log_in", "help_article", *FEATURES)
FIRST_LOG_IN_SHARE, FIRST_LOG_IN_DAYS = 0.84, 9.0
"""Of new customers, and after how many days in the mean."""
ORDER_SHARE, SESSIONS_A_QUARTER = 0.06, 0.12
"""Orders that a session led to, and sessions without one."""
SEARCH_SHARE, LOG_IN_SHARE = 0.7, 0.5
"""Of visits without an order that go on to search, and of those that go on to log in."""
HELP_SHARE = 0.12
"""Of tickets, before which help was looked for."""
FEATURE_SHARES = (0.32, 0.14, 0.20)
"""Of members, who use each feature in a quarter."""

_Events = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.integer]]
"""Whose, when (seconds since 1970), and which of `EVENTS`."""


def sessions(
    rng: np.random.Generator,
    group: People,
    lives: Lives,
    placed: Orders,
    calendar: Calendar,
    names: pa.Array,
) -> dict[str, pa.Array]:
    """Columns of the table `events`."""
    parts = [
        _first_log_ins(rng, group, calendar),
        _before_orders(rng, placed),
        _browsing(rng, group, lives, calendar),
        _looked_for_help(rng, lives.tickets),
        _used_features(rng, group, lives, calendar),
    ]
    customer, at, kind = (np.concatenate(each) for each in zip(*parts, strict=True))
    came = group.acquired[customer].astype(np.int64) * SECONDS_A_DAY
    seen = (at >= came) & (at < calendar.after * SECONDS_A_DAY) & lives.is_here(customer, at)
    return {
        "customer_id": of_customer(names, customer[seen]),
        "event": codes(kind[seen], EVENTS),
        "at": instants(at[seen]),
    }


def _first_log_ins(rng: np.random.Generator, group: People, calendar: Calendar) -> _Events:
    new = np.flatnonzero(group.acquired >= calendar.start)
    new = new[rng.random(len(new)) < FIRST_LOG_IN_SHARE]
    days = np.floor(rng.exponential(FIRST_LOG_IN_DAYS, len(new))).astype(np.int64)
    return _of_kind(new, clock(rng, group.acquired[new] + days), "log_in")


def _before_orders(rng: np.random.Generator, placed: Orders) -> _Events:
    order = np.flatnonzero(rng.random(len(placed.ordered)) < ORDER_SHARE)
    customer, at = placed.customer[order], placed.ordered[order]
    minutes = np.cumsum(rng.integers(1, 15, (len(order), 3)), axis=1) * 60
    stages = [
        _of_kind(customer, at - minutes[:, place], name)
        for place, name in enumerate(("log_in", "search", "visit"))
    ]
    return _together(stages)


def _browsing(rng: np.random.Generator, group: People, lives: Lives, calendar: Calendar) -> _Events:
    part = lives.n_days / np.diff(calendar.quarter_starts)
    customer, day = days_here(rng, rng.poisson(SESSIONS_A_QUARTER * part), group, lives, calendar)
    at = clock(rng, day)
    minutes = np.cumsum(rng.integers(1, 15, (len(day), 2)), axis=1) * 60
    searches = rng.random(len(day)) < SEARCH_SHARE
    logs_in = searches & (rng.random(len(day)) < LOG_IN_SHARE)
    return _together(
        [
            _of_kind(customer, at, "visit"),
            _of_kind(customer[searches], (at + minutes[:, 0])[searches], "search"),
            _of_kind(customer[logs_in], (at + minutes[:, 1])[logs_in], "log_in"),
        ]
    )


def _looked_for_help(rng: np.random.Generator, asked: Tickets) -> _Events:
    ticket = np.flatnonzero(rng.random(len(asked.opened)) < HELP_SHARE)
    minutes = rng.integers(2, 40 * 60, len(ticket))
    return _of_kind(asked.customer[ticket], asked.opened[ticket] - minutes * 60, "help_article")


def _used_features(
    rng: np.random.Generator, group: People, lives: Lives, calendar: Calendar
) -> _Events:
    member = np.flatnonzero(group.is_member)
    parts = []
    for feature, share in zip(FEATURES, FEATURE_SHARES, strict=True):
        # Who was happy with the quarter before uses more of what was paid for.
        chance = share * (0.4 + 0.2 * lives.score[member, :-1])
        uses = np.zeros(lives.n_days.shape, np.int64)
        uses[member] = (rng.random(chance.shape) < chance) & (lives.n_days[member] > 0)
        customer, day = days_here(rng, uses, group, lives, calendar)
        parts.append(_of_kind(customer, clock(rng, day), feature))
    return _together(parts)


def _of_kind(customer: NDArray[np.int64], at: NDArray[np.int64], event: str) -> _Events:
    return customer, at, np.full(len(customer), EVENTS.index(event), np.int16)


def _together(parts: list[_Events]) -> _Events:
    customer, at, kind = (np.concatenate(each) for each in zip(*parts, strict=True))
    return customer, at, kind

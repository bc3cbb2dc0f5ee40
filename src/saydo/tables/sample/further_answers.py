"""What do some of the customers answer besides the questions that all are asked?

A third of the respondents of each wave get further questions. When a ticket is solved, some say
how it was handled if it was a complaint, or else whether they would recommend us. All of it follows
from the satisfaction and the performance that moved the other answers, with a noise of its own.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from saydo.tables.sample import company
from saydo.tables.sample.behaviour import Lives, expected, weights
from saydo.tables.sample.calendar import Calendar
from saydo.tables.sample.columns import SECONDS_A_DAY, codes, rated
from saydo.tables.sample.people import People
from saydo.tables.sample.survey import ASPECTS, Responses, answer_columns
from saydo.tables.sample.tickets import Handled

ITEMS = (
    "trust",
    "commitment",
    "value",
    "repurchase",
    "switch",
    "price_fair",
    "quick_reliable",
    "disconfirmation",
    "ideal",
)
"""All on 1 to 5 but for the last two, which are on 1 to 10.

- switch: how likely another shop is;
- price_fair: from very unfair to very fair;
- quick_reliable: how far "Acme always gives me quick and reliable answers" is agreed with;
- disconfirmation: from much worse to much better than expected, as expected in the middle;
- ideal: how close to the ideal.
"""
COMPLAINT_HANDLING = "complaint_handling"
ASKED_SHARE, ASKED_AFTER_TICKET_SHARE, ASKED_AFTER_COMPLAINT_SHARE = 1 / 3, 0.15, 0.30

_NAMES = (*ITEMS, *company.ATTRIBUTES)
_N = len(_NAMES)
_MINIMUM = ASPECTS.index("minimum")
_HIGHEST = np.array([10 if name in ("disconfirmation", "ideal") else 5 for name in _NAMES])
_SPEED, _PRICE, _QUALITY, _EASE = range(len(company.ATTRIBUTES))


def further_answers(
    rng: np.random.Generator, said: Responses, group: People, lives: Lives, names: pa.Array
) -> dict[str, pa.Array]:
    """Columns of the table `answers`: the further items, and the least that attributes must be."""
    asked = np.flatnonzero(rng.random(len(said.customer)) < ASKED_SHARE)
    customer, quarter, n = said.customer[asked], said.quarter[asked], len(asked)
    expectation = np.stack(
        [said.score(attribute, "expectation")[asked] for attribute in company.ATTRIBUTES], axis=1
    )
    # What would just do lies a point or two below what is expected; the scale ends at 1.
    minimum = np.maximum(expectation - 1 - (rng.random(expectation.shape) < 0.4), 1)
    scores = np.hstack([_scores(rng, customer, quarter, group, lives), minimum])
    item = np.tile(np.arange(_N), n)
    return answer_columns(
        names,
        customer=np.repeat(customer, _N),
        item=codes(item, _NAMES),
        aspect=codes(np.where(item < len(ITEMS), 0, _MINIMUM), ASPECTS),
        score=scores.ravel(),
        scale=np.stack([np.ones(n * _N), _HIGHEST[item]], axis=1),
        at=np.repeat(said.at[asked], _N),
        survey="relationship",
    )


def complaint_answers(
    rng: np.random.Generator, lives: Lives, handled: Handled, calendar: Calendar, names: pa.Array
) -> dict[str, pa.Array]:
    """Columns of the table `answers`: how a complaint was handled, asked when it was solved."""
    asked, at = _asked_after(
        rng, handled, handled.complains, ASKED_AFTER_COMPLAINT_SHARE, lives, calendar
    )
    score = 3.0 + 0.6 * _mood(lives, handled, asked, calendar) + 0.5 * _quick(handled, asked)
    points = rated(score + rng.normal(0, 0.6, len(asked)), 1, 5)
    return _after_ticket(names, handled.customer[asked], COMPLAINT_HANDLING, points, (1, 5), at)


def answers_after_tickets(
    rng: np.random.Generator, lives: Lives, handled: Handled, calendar: Calendar, names: pa.Array
) -> dict[str, pa.Array]:
    """Columns of the table `answers`: would they recommend us, asked when a ticket was solved?

    The ticket just solved weighs more here than in a survey about the relationship.
    """
    asked, at = _asked_after(
        rng, handled, ~handled.complains, ASKED_AFTER_TICKET_SHARE, lives, calendar
    )
    score = 7.4 + 1.6 * _mood(lives, handled, asked, calendar) + 1.1 * _quick(handled, asked)
    points = rated(score + rng.normal(0, 1.2, len(asked)), 0, 10)
    return _after_ticket(names, handled.customer[asked], "recommend", points, (0, 10), at)


def _asked_after(
    rng: np.random.Generator,
    handled: Handled,
    about: NDArray[np.bool_],
    share: float,
    lives: Lives,
    calendar: Calendar,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which solved tickets are answered about, within two days of their solution, and when."""
    asked = np.flatnonzero(about & ~handled.unsolved)
    asked = asked[rng.random(len(asked)) < share]
    at = handled.solved[asked] + rng.integers(60, 48 * 60, len(asked)) * 60
    here = (at < calendar.after * SECONDS_A_DAY) & lives.is_here(handled.customer[asked], at)
    return asked[here], at[here]


def _mood(
    lives: Lives, handled: Handled, asked: NDArray[np.int64], calendar: Calendar
) -> NDArray[np.float32]:
    """Satisfaction in the quarter of the ticket, as in `_scores`."""
    quarter = calendar.month_of(handled.opened[asked] // SECONDS_A_DAY) // 3
    return lives.latent[handled.customer[asked], quarter + 1] - 3.5


def _quick(handled: Handled, asked: NDArray[np.int64]) -> NDArray[np.floating]:
    """How quick the help was, and done at once, about the middle of the scale."""
    return company.speed_of(handled.hours_felt[asked]) - 3.0 - handled.reopens[asked]


def _scores(
    rng: np.random.Generator,
    customer: NDArray[np.int64],
    quarter: NDArray[np.int64],
    group: People,
    lives: Lives,
) -> NDArray[np.int8]:
    """One row per response, one column per item of `ITEMS`."""
    mood = lives.latent[customer, quarter + 1] - 3.5
    level = np.clip(lives.performance[customer, quarter + 1], 1, 5)
    beyond = level - expected(group)[customer]
    felt = (weights(group)[customer] * beyond).sum(axis=1)
    noise = rng.standard_normal((len(customer), len(ITEMS)), dtype=np.float32)
    tenure, frequency = lives.tenure[customer, quarter], lives.frequency[customer, quarter]
    means = {
        "trust": 3.7 + 0.65 * mood + 0.35 * (level[:, _QUALITY] - 4),
        "commitment": 2.7 + 0.65 * mood + 0.10 * tenure,
        "value": 3.4 + 0.45 * mood + 0.60 * beyond[:, _PRICE] + 0.20 * beyond[:, _QUALITY],
        "repurchase": 3.3 + 0.70 * mood + 0.20 * frequency,
        "switch": 2.5 - 0.80 * mood - 0.10 * tenure,
        "price_fair": 3.1 + 0.25 * mood + 0.75 * beyond[:, _PRICE],
        "quick_reliable": 0.4 + 0.70 * level[:, _SPEED] + 0.25 * level[:, _QUALITY],
        "disconfirmation": 5.5 + 2.4 * felt + 0.6 * mood,
        "ideal": 6.1 + 1.5 * mood + 0.6 * (level[:, _EASE] - 4),
    }
    spread = {
        "commitment": 0.8,
        "repurchase": 0.7,
        "switch": 0.8,
        "price_fair": 0.8,
    } | dict.fromkeys(("disconfirmation", "ideal"), 1.0)
    columns = [
        rated(means[item] + spread.get(item, 0.6) * noise[:, place], 1, int(_HIGHEST[place]))
        for place, item in enumerate(ITEMS)
    ]
    return np.stack(columns, axis=1)


def _after_ticket(
    names: pa.Array,
    customer: NDArray[np.int64],
    item: str,
    score: NDArray[np.int8],
    scale: tuple[int, int],
    at: NDArray[np.int64],
) -> dict[str, pa.Array]:
    """Columns of the table `answers`: one item, asked about a ticket."""
    alike = np.zeros(len(customer), np.int16)
    return answer_columns(
        names,
        customer=customer,
        item=codes(alike, (item,)),
        aspect=codes(alike, ASPECTS),
        score=score,
        scale=np.tile(np.array(scale, np.float64), (len(customer), 1)),
        at=at,
        survey="transactional",
    )

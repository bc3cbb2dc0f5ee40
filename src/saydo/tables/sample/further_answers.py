"""What do some of the customers answer besides the questions that all are asked?

A third of the respondents of each wave get further questions; those who complained in the quarter
before get one on how that was handled; and a part of those whose ticket was solved are asked then
whether they would recommend us. All of it follows from the satisfaction and the performance that
moved the other answers, with a noise of its own.
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
ASKED_SHARE, ASKED_AFTER_TICKET_SHARE = 1 / 3, 0.12

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
    rng: np.random.Generator,
    said: Responses,
    lives: Lives,
    handled: Handled,
    calendar: Calendar,
    names: pa.Array,
) -> dict[str, pa.Array]:
    """Columns of the table `answers`: how well a complaint of the quarter before was handled."""
    shape = lives.n_days.shape
    complaint = np.flatnonzero(handled.complains)
    quarter = calendar.month_of(handled.opened[complaint] // SECONDS_A_DAY) // 3
    cell = handled.customer[complaint] * shape[1] + quarter
    went = company.speed_of(handled.hours_felt[complaint]) - handled.reopens[complaint]
    counts = np.bincount(cell, minlength=lives.n_days.size)
    total = np.bincount(cell, went, minlength=lives.n_days.size)

    before = said.customer * shape[1] + said.quarter - 1
    asked = np.flatnonzero((said.quarter > 0) & (counts[before] > 0))
    how = total[before[asked]] / counts[before[asked]]
    latent = lives.latent[said.customer[asked], said.quarter[asked] + 1]
    score = 3.0 + 0.6 * (latent - 3.3) + 0.5 * (how - 3.0) + rng.normal(0, 0.6, len(asked))
    return _one_item(
        names, said.customer[asked], COMPLAINT_HANDLING, rated(score, 1, 5), (1, 5), said.at[asked]
    )


def answers_after_tickets(
    rng: np.random.Generator, lives: Lives, handled: Handled, calendar: Calendar, names: pa.Array
) -> dict[str, pa.Array]:
    """Columns of the table `answers`: would they recommend us, asked when a ticket was solved?

    The ticket just solved weighs more here than in a survey about the relationship.
    """
    asked = np.flatnonzero(~handled.unsolved)
    asked = asked[rng.random(len(asked)) < ASKED_AFTER_TICKET_SHARE]
    at = handled.solved[asked] + rng.integers(60, 48 * 60, len(asked)) * 60
    here = (at < calendar.after * SECONDS_A_DAY) & lives.is_here(handled.customer[asked], at)
    asked, at = asked[here], at[here]
    quarter = calendar.month_of(handled.opened[asked] // SECONDS_A_DAY) // 3
    latent = lives.latent[handled.customer[asked], quarter + 1]
    quick = company.speed_of(handled.hours_felt[asked]) - 3.0
    score = 6.6 + 1.6 * (latent - 3) + 1.1 * quick - handled.reopens[asked]
    score = rated(score + rng.normal(0, 1.2, len(asked)), 0, 10)
    return _one_item(
        names, handled.customer[asked], "recommend", score, (0, 10), at, survey="transactional"
    )


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
        "price_fair": 3.5 + 0.25 * mood + 0.75 * beyond[:, _PRICE],
        "quick_reliable": 0.4 + 0.70 * level[:, _SPEED] + 0.25 * level[:, _QUALITY],
        "disconfirmation": 5.5 + 2.4 * felt + 0.6 * mood,
        "ideal": 6.1 + 1.5 * mood + 0.6 * (level[:, _EASE] - 4),
    }
    spread = {"commitment": 0.8, "repurchase": 0.7, "switch": 0.8} | dict.fromkeys(
        ("disconfirmation", "ideal"), 1.0
    )
    columns = [
        rated(means[item] + spread.get(item, 0.6) * noise[:, place], 1, int(_HIGHEST[place]))
        for place, item in enumerate(ITEMS)
    ]
    return np.stack(columns, axis=1)


def _one_item(
    names: pa.Array,
    customer: NDArray[np.int64],
    item: str,
    score: NDArray[np.int8],
    scale: tuple[int, int],
    at: NDArray[np.int64],
    *,
    survey: str = "relationship",
) -> dict[str, pa.Array]:
    alike = np.zeros(len(customer), np.int16)
    return answer_columns(
        names,
        customer=customer,
        item=codes(alike, (item,)),
        aspect=codes(alike, ASPECTS),
        score=score,
        scale=np.tile(np.array(scale, np.float64), (len(customer), 1)),
        at=at,
        survey=survey,
    )

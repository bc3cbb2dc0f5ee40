"""Who is asked, who answers, and what do they say?

On the first two days of each quarter's last month, a random part of those present is invited. The
last answer comes three days later. Who answers is not a random part: the very satisfied and the
dissatisfied answer more often than the others, and so do old and frequent customers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from saydo.tables.sample import company
from saydo.tables.sample.behaviour import Lives, expected, weights
from saydo.tables.sample.calendar import Calendar
from saydo.tables.sample.columns import (
    SECONDS_A_DAY,
    clock,
    codes,
    instants,
    of_customer,
    rated,
)
from saydo.tables.sample.people import People

ASPECTS = ("score", "importance", "expectation", "minimum")
ITEMS = ("satisfaction", "recommend", "easy", *company.ATTRIBUTES)
SCALES = np.array([(1, 5), (0, 10), (1, 7), (1, 5), (1, 5), (1, 5), (1, 5)], np.float64)
# One response has a row for each of these pairs of item and aspect.
_ASKED = [(item, 0) for item in range(len(ITEMS))] + [
    (item, aspect) for aspect in (1, 2) for item in range(3, len(ITEMS))
]
_ITEM, _ASPECT = np.array(_ASKED).T


@dataclass(frozen=True)
class Waves:
    """Invitations of a chunk of customers, one element per invitation in each array."""

    customer: NDArray[np.int64]
    """Place of the customer within the chunk."""
    quarter: NDArray[np.int64]
    sent: NDArray[np.int64]
    """Seconds since 1970."""
    delivered: NDArray[np.bool_]
    answered: NDArray[np.int64]
    """Seconds since 1970, where there is an answer."""
    has_answer: NDArray[np.bool_]


@dataclass(frozen=True)
class Responses:
    """What was said in the waves of a chunk of customers, one element per response."""

    customer: NDArray[np.int64]
    """Place of the customer within the chunk."""
    quarter: NDArray[np.int64]
    at: NDArray[np.int64]
    """Seconds since 1970."""
    scores: NDArray[np.int8]
    """Shape (responses, pairs of item and aspect)."""

    def score(self, item: str, aspect: str = "score") -> NDArray[np.int8]:
        """What each response says of an item."""
        return self.scores[:, _ASKED.index((ITEMS.index(item), ASPECTS.index(aspect)))]


def waves(rng: np.random.Generator, group: People, lives: Lives, calendar: Calendar) -> Waves:
    """Who is invited when, and who answers."""
    shape = (len(group), calendar.n_quarters)
    first_day = calendar.wave_starts + rng.integers(0, 2, shape)
    present = (group.acquired[:, None] < calendar.wave_starts) & (lives.left[:, None] >= first_day)
    customer, quarter = np.nonzero(present & (rng.random(shape) < company.INVITED_SHARE))
    count = len(customer)
    sent = clock(rng, first_day[customer, quarter], opens=8, closes=18)
    delivered = rng.random(count) < company.DELIVERED_SHARE
    # Half of the answers come within about six hours, and the last after two days.
    answered = sent + 180 + (50 * 60 * rng.random(count) ** 3).astype(np.int64) * 60
    still_here = answered < (lives.left[customer].astype(np.int64) + 1) * SECONDS_A_DAY
    willing = rng.random(count) < response_probability(
        lives.score[customer, quarter + 1],
        lives.tenure[customer, quarter],
        lives.frequency[customer, quarter],
    )
    return Waves(customer, quarter, sent, delivered, answered, delivered & still_here & willing)


def response_probability(
    score: NDArray[np.int8], tenure: NDArray[np.floating], frequency: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Probability that someone who got the invitation answers it."""
    odds = np.exp(
        company.RESPONSE
        + np.array(company.RESPONSE_BY_SCORE)[score - 1]
        + company.RESPONSE_TENURE * tenure
        + company.RESPONSE_FREQUENCY * frequency
    )
    return odds / (1 + odds)


def invitations(asked: Waves, names: pa.Array) -> dict[str, pa.Array]:
    """Columns of the table `invitations`."""
    return {
        "customer_id": of_customer(names, asked.customer),
        "sent_at": instants(asked.sent),
        "delivered": pa.array(asked.delivered),
        "answered_at": instants(asked.answered, missing=~asked.has_answer),
    }


def responses(rng: np.random.Generator, asked: Waves, group: People, lives: Lives) -> Responses:
    """What those who answer say."""
    customer, quarter = asked.customer[asked.has_answer], asked.quarter[asked.has_answer]
    scores = _scores(rng, customer, quarter, group, lives)
    return Responses(customer, quarter, asked.answered[asked.has_answer], scores)


def answers(said: Responses, names: pa.Array) -> dict[str, pa.Array]:
    """Columns of the table `answers`: 15 rows for each response."""
    n_asked, n_responses = len(_ASKED), len(said.customer)
    item = np.tile(_ITEM, n_responses)
    return answer_columns(
        names,
        customer=np.repeat(said.customer, n_asked),
        item=codes(item, ITEMS),
        aspect=codes(np.tile(_ASPECT, n_responses), ASPECTS),
        score=said.scores.ravel(),
        scale=SCALES[item],
        at=np.repeat(said.at, n_asked),
        survey="relationship",
    )


def answer_columns(
    names: pa.Array,
    *,
    customer: NDArray[np.int64],
    item: pa.Array,
    aspect: pa.Array,
    score: NDArray[np.integer],
    scale: NDArray[np.float64],
    at: NDArray[np.int64],
    survey: str,
) -> dict[str, pa.Array]:
    """Columns of the table `answers`, one element or row per answer; all of one survey."""
    count = len(customer)
    return {
        "customer_id": of_customer(names, customer),
        "item": item,
        "aspect": aspect,
        "score": pa.array(score.astype(np.float64)),
        "scale_min": pa.array(scale[:, 0]),
        "scale_max": pa.array(scale[:, 1]),
        "answered_at": instants(at),
        "survey": codes(np.zeros(count, np.int16), (survey,)),
        "weight": pa.array(np.ones(count)),
        "respondent_id": pa.nulls(count, pa.string()),
    }


def _scores(
    rng: np.random.Generator,
    customer: NDArray[np.int64],
    quarter: NDArray[np.int64],
    group: People,
    lives: Lives,
) -> NDArray[np.int8]:
    """One row per response, one column per pair in `_ASKED`."""
    shape = (len(customer), len(company.ATTRIBUTES))
    latent = lives.latent[customer, quarter + 1]
    performance = lives.performance[customer, quarter + 1]
    ease = performance[:, company.ATTRIBUTES.index("ease")]
    noise = rng.standard_normal((len(customer), 2), dtype=np.float32)
    overall = [
        lives.score[customer, quarter + 1],
        rated(6.2 + 2.2 * (latent - 3) + 1.0 * noise[:, 0], 0, 10),
        rated(4.9 + 0.7 * (latent - 4) + 0.9 * (ease - 4.1) + 0.7 * noise[:, 1], 1, 7),
    ]
    how_it_is = rated(performance + rng.normal(0, 0.3, shape), 1, 5)
    matters = 2.1 + 4.0 * weights(group)[customer] + group.agreeable[customer][:, None]
    importance = rated(matters + rng.normal(0, 0.5, shape), 1, 5)
    expectation = rated(expected(group)[customer] + rng.normal(0, 0.4, shape), 1, 5)
    return np.hstack([np.stack(overall, axis=1), how_it_is, importance, expectation])

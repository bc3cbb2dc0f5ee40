"""What do customers write, in surveys and in public?

A part of those who answer a survey also write what moved them most. In public they write reviews,
which mostly the delighted and the angry do, and mention us elsewhere; many without a name that
could be told to belong to a customer.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from saydo.tables.sample.behaviour import Lives, expected, weights
from saydo.tables.sample.calendar import Calendar
from saydo.tables.sample.columns import clock, codes, ids, instants, of_customer, rated
from saydo.tables.sample.comments import LANGUAGES, N_VARIANTS, TEXTS, text_number
from saydo.tables.sample.people import People
from saydo.tables.sample.survey import Waves

COMMENT_SHARE = 0.25
LANGUAGE_BY_MARKET = ((0.85, 0.00, 0.15), (0.72, 0.28, 0.00), (0.95, 0.03, 0.02))
"""Shares of `comments.LANGUAGES` in each of the markets."""
PUBLIC = ("review", "social")
REVIEWS_BY_SCORE = (0.055, 0.018, 0.006, 0.010, 0.035)
"""Share of customers who write a review in a quarter, by the score in which it leaves them."""
MENTION_SHARE = 0.02
"""Share of customers who mention us elsewhere in a quarter."""
ANONYMOUS = (0.35, 0.60)
"""Share without a customer, of reviews and of mentions."""


def survey_comments(
    rng: np.random.Generator,
    asked: Waves,
    group: People,
    lives: Lives,
    names: pa.Array,
    *,
    first: int,
) -> dict[str, pa.Array]:
    """Columns of the table `comments`: what is written in surveys.

    Args:
        rng: Source of randomness.
        asked: The invitations.
        group: The customers.
        lives: What they lived through.
        names: Their ids.
        first: Number of the first comment.
    """
    writes = asked.has_answer & (rng.random(len(asked.customer)) < COMMENT_SHARE)
    customer, quarter = asked.customer[writes], asked.quarter[writes]
    score = lives.score[customer, quarter + 1]
    said = _said(rng, group, lives, customer, quarter, praises=score >= 4)
    return {
        "comment_id": ids("K", first + np.arange(len(customer))),
        "customer_id": of_customer(names, customer),
        **said,
        "written_at": instants(asked.answered[writes]),
        "rating": pa.array(score.astype(np.float64)),
        "channel": codes(np.zeros(len(customer), np.int16), ("survey",)),
    }


def public_comments(
    rng: np.random.Generator,
    group: People,
    lives: Lives,
    calendar: Calendar,
    names: pa.Array,
    *,
    first: int,
) -> dict[str, pa.Array]:
    """Columns of the table `comments`: reviews with their stars, mentions with how kind they are.

    Takes what `survey_comments` takes, and the window.
    """
    here = lives.n_days > 0
    chances = (np.array(REVIEWS_BY_SCORE, np.float32)[lives.score[:, 1:] - 1], MENTION_SHARE)
    wrote = [np.nonzero(here & (rng.random(here.shape, np.float32) < each)) for each in chances]
    customer, quarter = (np.concatenate(axis) for axis in zip(*wrote, strict=True))
    channel = np.repeat([0, 1], [len(who) for who, _ in wrote])
    count = len(customer)
    latent = lives.latent[customer, quarter + 1] + rng.normal(0, 0.5, count)
    # Stars are given more freely at both ends than points in a survey.
    rating = rated(np.where(channel == 0, 3.4 + 1.7 * (latent - 3.2), latent), 1, 5)
    came = np.maximum(group.acquired[customer], calendar.quarter_starts[quarter])
    place = np.floor(rng.random(count) * lives.n_days[customer, quarter]).astype(np.int64)
    said = _said(rng, group, lives, customer, quarter, praises=rating >= 4)
    nameless = rng.random(count) < np.array(ANONYMOUS)[channel]
    return {
        "comment_id": ids("P", first + np.arange(count)),
        "customer_id": of_customer(names, customer, missing=nameless),
        **said,
        "written_at": instants(clock(rng, came + place)),
        "rating": pa.array(rating.astype(np.float64)),
        "channel": codes(channel, PUBLIC),
    }


def _said(
    rng: np.random.Generator,
    group: People,
    lives: Lives,
    customer: NDArray[np.int64],
    quarter: NDArray[np.int64],
    *,
    praises: NDArray[np.bool_],
) -> dict[str, pa.Array]:
    """Text and language: on the attribute that moved each customer most in the quarter."""
    felt = weights(group)[customer] * (
        lives.performance[customer, quarter + 1] - expected(group)[customer]
    )
    attribute = np.where(praises, felt.argmax(axis=1), felt.argmin(axis=1))
    shares = np.cumsum(LANGUAGE_BY_MARKET, axis=1)[group.market[customer]]
    # The last bound is left out, for a sum of shares may fall short of 1 by rounding.
    language = (rng.random(len(customer))[:, None] >= shares[:, :-1]).sum(axis=1)
    variant = rng.integers(0, N_VARIANTS, len(customer))
    return {
        "text": codes(text_number(language, praises, attribute, variant), TEXTS),
        "language": codes(language, LANGUAGES),
    }

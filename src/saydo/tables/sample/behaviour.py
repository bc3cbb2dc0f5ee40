"""What do customers live through, and who leaves when?

Goes through the window quarter by quarter, for all customers of a chunk at once: who is here, who
leaves (by the score of the quarter before), how often the others order and ask for help, and how
satisfied the quarter leaves them. Everything written to tables afterwards follows from this.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saydo.tables.sample import company
from saydo.tables.sample.calendar import NEVER, Calendar, full_months
from saydo.tables.sample.columns import SECONDS_A_DAY, rated
from saydo.tables.sample.people import People
from saydo.tables.sample.tickets import Tickets, joined, open_tickets

_WEIGHTS = np.array([profile.weights for profile in company.PROFILES], np.float32)
_EXPECTATIONS = np.array([profile.expectations for profile in company.PROFILES], np.float32)
_EFFECT = np.array(company.SATISFACTION, np.float32)
_PRICE_WATCHERS = [profile.wants for profile in company.PROFILES].index("price")
CHEAPER_SELLS_MORE = 1.15
"""Orders of who wants low prices, in the last year."""


@dataclass(frozen=True)
class Lives:
    """What a chunk of customers lived through.

    Arrays over quarters have a first column for the quarter before the window where their last axis
    is one longer than the number of quarters.
    """

    left: NDArray[np.int32]
    """Last day as a customer; `NEVER` while here."""
    n_days: NDArray[np.int32]
    """Days here, shape (customers, quarters)."""
    n_orders: NDArray[np.int32]
    """Shape (customers, quarters)."""
    frequency: NDArray[np.float32]
    """log2(1 + orders in the four quarters before), shape (customers, quarters)."""
    tenure: NDArray[np.float32]
    """log2(1 + full months since acquisition), shape (customers, quarters)."""
    leave_probability: NDArray[np.float32]
    """Of leaving within the quarter; NaN for who was not here on its first day."""
    performance: NDArray[np.float32]
    """Shape (customers, 1 + quarters, attributes)."""
    latent: NDArray[np.float32]
    """Satisfaction before rounding, shape (customers, 1 + quarters)."""
    score: NDArray[np.int8]
    """Satisfaction from 1 to 5, shape (customers, 1 + quarters)."""
    tickets: Tickets

    def is_here(self, customer: NDArray[np.int64], seconds: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether customers have not left by an instant each, in seconds since 1970."""
        return seconds < (self.left[customer].astype(np.int64) + 1) * SECONDS_A_DAY


def live(rng: np.random.Generator, group: People, calendar: Calendar) -> Lives:
    """The lives of a chunk of customers."""
    starts, n_quarters, n = calendar.quarter_starts, calendar.n_quarters, len(group)
    hours = company.reply_hours(n_quarters)
    performance = _performance(rng, group, n_quarters)
    latent = np.empty((n, n_quarters + 1), np.float32)
    score = np.empty((n, n_quarters + 1), np.int8)
    n_days = np.zeros((n, n_quarters), np.int32)
    orders = np.zeros((n, 4 + n_quarters), np.int32)
    frequency, tenure, leaving = (np.empty((n, n_quarters), np.float32) for _ in range(3))
    tickets = []

    left = np.full(n, NEVER)
    orders[:, :4] = _orders_before(rng, group, calendar)
    latent[:, 0], score[:, 0] = _satisfaction(rng, group, performance[:, 0])
    for quarter in range(n_quarters):
        start, after = int(starts[quarter]), int(starts[quarter + 1])
        known = group.acquired < start
        frequency[:, quarter] = np.log2(1 + orders[:, quarter : quarter + 4].sum(axis=1))
        tenure[:, quarter] = np.log2(1 + full_months(group.acquired, start))
        effect = np.where(known, _EFFECT[score[:, quarter] - 1], company.NEUTRAL)
        chance = company.leave_probability(effect, tenure[:, quarter], frequency[:, quarter])
        here = (group.acquired < after) & (left >= start)
        leaving[:, quarter] = np.where(here & known, chance, np.nan)

        first = np.maximum(group.acquired + 1, start)
        n_possible = np.maximum(after - first, 0)
        leaves = here & (rng.random(n) < chance * n_possible / (after - start))
        left = np.where(leaves, first + _place(rng, n_possible), left)
        came = np.maximum(group.acquired, start)
        n_days[:, quarter] = np.where(here, np.minimum(left, after - 1) - came + 1, 0)

        part = n_days[:, quarter] / (after - start)
        orders[:, 4 + quarter] = rng.poisson(_order_rate(group, quarter, n_quarters) * part)
        opened = open_tickets(
            rng, came, n_days[:, quarter], group.ticket_rate * part, hours[quarter + 1]
        )
        tickets.append(opened)
        _feel_replies(performance[:, quarter + 1], opened, group, hours[quarter + 1])
        latent[:, quarter + 1], score[:, quarter + 1] = _satisfaction(
            rng, group, performance[:, quarter + 1]
        )
    return Lives(
        left=left,
        n_days=n_days,
        n_orders=orders[:, 4:],
        frequency=frequency,
        tenure=tenure,
        leave_probability=leaving,
        performance=performance,
        latent=latent,
        score=score,
        tickets=joined(tickets),
    )


def expected(group: People) -> NDArray[np.float32]:
    """What each customer expects of each attribute, shape (customers, attributes)."""
    return _EXPECTATIONS[group.profile]


def weights(group: People) -> NDArray[np.float32]:
    """How much each attribute matters to each customer, shape (customers, attributes)."""
    return _WEIGHTS[group.profile]


def _performance(rng: np.random.Generator, group: People, n_quarters: int) -> NDArray[np.float32]:
    shape = (len(group), n_quarters + 1, len(company.ATTRIBUTES))
    wobble = company.WOBBLE * rng.standard_normal(shape, dtype=np.float32)
    usual = company.levels(n_quarters).astype(np.float32)
    return wobble + usual + group.deviation[:, None, :]


def _feel_replies(
    performance: NDArray[np.float32], opened: Tickets, group: People, usual_hours: float
) -> None:
    """Put the speed of their own tickets in place of the company's, for who has tickets."""
    n = len(group)
    count = np.bincount(opened.customer, minlength=n)
    waited = np.where(opened.is_answered, opened.reply_hours, company.UNANSWERED_FEELS_LIKE_HOURS)
    total = np.bincount(opened.customer, company.speed_of(waited), minlength=n)
    asked = count > 0
    change = total[asked] / count[asked] - company.speed_of(np.array(usual_hours))
    performance[asked, company.ATTRIBUTES.index("speed")] += change


def _satisfaction(
    rng: np.random.Generator, group: People, performance: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    beyond = np.clip(performance, 1, 5) - expected(group)
    felt = np.where(beyond > 0, company.REWARD, company.PENALTY) * beyond
    noise = company.NOISE * rng.standard_normal(len(group), dtype=np.float32)
    latent = company.BASE + (weights(group) * felt).sum(axis=1) + group.mood + noise
    return latent.astype(np.float32), rated(latent, 1, 5)


def _order_rate(group: People, quarter: int, n_quarters: int) -> NDArray[np.float32]:
    """Orders a quarter; who wants low prices orders more when they fall."""
    cheaper = (group.profile == _PRICE_WATCHERS) & (quarter >= n_quarters - 4)
    return group.order_rate * np.where(cheaper, CHEAPER_SELLS_MORE, 1).astype(np.float32)


def _orders_before(
    rng: np.random.Generator, group: People, calendar: Calendar
) -> NDArray[np.int64]:
    """Orders in each of the four quarters before the window: known to Acme, not in the tables."""
    ends = calendar.start - 91.25 * np.arange(3, -1, -1)
    part = np.clip((ends - group.acquired[:, None]) / 91.25, 0, 1)
    return rng.poisson(group.order_rate[:, None] * part)


def _place(rng: np.random.Generator, n_possible: NDArray[np.integer]) -> NDArray[np.int32]:
    """A random day among so many, counted from 0."""
    return np.floor(rng.random(len(n_possible)) * n_possible).astype(np.int32)

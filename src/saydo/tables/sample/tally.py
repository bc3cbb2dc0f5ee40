"""What do the true probabilities say of the customers that there are?

Adds up, chunk by chunk, what `truth` reports. The estimand is that of the analysis. Exposures are
customers present at the landmark (`HORIZON_DAYS` before the window ends) whose last answer is at
most `MAX_AGE_DAYS` old then; they stay if they are still there after `until`. As the day of leaving
is uniform over the quarter,

    P(stay | present at the landmark) = (1 - q) / (1 - q · share of the quarter that has gone by)

with q the probability of leaving in the quarter. The effect of one point is P(stay) at one point
more, less P(stay) at the own score, all else as it is, over exposures with a score below 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from saydo.tables.sample import company
from saydo.tables.sample.behaviour import Lives
from saydo.tables.sample.calendar import Calendar
from saydo.tables.sample.people import People
from saydo.tables.sample.survey import Waves

_EFFECT = np.array(company.SATISFACTION)
_SHAPE = (len(company.PROFILES), len(_EFFECT))


def _zeros() -> NDArray[np.float64]:
    return np.zeros(_SHAPE)


@dataclass
class Tally:
    """Sums over customers, by profile and then by quarter or by score."""

    calendar: Calendar
    n_customers: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros(len(company.PROFILES), np.int64)
    )
    n_present: NDArray[np.float64] = field(init=False)
    """On the first day of each quarter."""
    retained: NDArray[np.float64] = field(init=False)
    """Sum of the probabilities of not leaving in each quarter."""
    n_exposed: NDArray[np.float64] = field(default_factory=_zeros)
    n_left: NDArray[np.float64] = field(default_factory=_zeros)
    """Exposures that left within the horizon."""
    stays: NDArray[np.float64] = field(default_factory=_zeros)
    """Sum of P(stay), over exposures with this score."""
    stays_at: NDArray[np.float64] = field(default_factory=_zeros)
    """Sum of P(stay) if all exposures had this score."""
    effect: NDArray[np.float64] = field(default_factory=_zeros)
    """Sum of the gain in P(stay) by one point more, over exposures with this score."""
    n_delivered: NDArray[np.float64] = field(default_factory=_zeros)
    n_answered: NDArray[np.float64] = field(default_factory=_zeros)

    def __post_init__(self) -> None:
        shape = (len(company.PROFILES), self.calendar.n_quarters)
        self.n_present, self.retained = np.zeros(shape), np.zeros(shape)

    def add(self, group: People, lives: Lives, asked: Waves) -> None:
        """Count a chunk of customers in."""
        self.n_customers += np.bincount(group.profile, minlength=len(company.PROFILES))
        present = ~np.isnan(lives.leave_probability)
        stay = np.where(present, 1 - lives.leave_probability, 0)
        for place in range(len(company.PROFILES)):
            of_profile = group.profile == place
            self.n_present[place] += present[of_profile].sum(axis=0)
            self.retained[place] += stay[of_profile].sum(axis=0, dtype=np.float64)
        score = lives.score[asked.customer, asked.quarter + 1]
        profile = group.profile[asked.customer]
        for counts, which in (
            (self.n_delivered, asked.delivered),
            (self.n_answered, asked.has_answer),
        ):
            counts += _by_score(profile[which], score[which])
        self._add_exposures(group, lives, asked)

    def _add_exposures(self, group: People, lives: Lives, asked: Waves) -> None:
        last = self.calendar.n_quarters - 1
        answered = asked.customer[asked.has_answer & (asked.quarter == last - 1)]
        who = answered[lives.left[answered] >= self.calendar.landmark]
        profile, score = group.profile[who], lives.score[who, last]
        tenure = lives.tenure[who, last].astype(np.float64)
        frequency = lives.frequency[who, last].astype(np.float64)
        start, after = self.calendar.quarter_starts[-2:]
        gone_by = (self.calendar.landmark - start) / (after - start)
        leave = np.stack(
            [company.leave_probability(effect, tenure, frequency) for effect in _EFFECT], axis=1
        )
        stay = (1 - leave) / (1 - leave * gone_by)
        at_score = stay[np.arange(len(who)), score - 1]
        one_more = stay[np.arange(len(who)), np.minimum(score, 4)]
        left = lives.left[who] < self.calendar.after
        self.n_exposed += _by_score(profile, score)
        self.n_left += _by_score(profile[left], score[left])
        self.stays += _by_score(profile, score, at_score)
        self.effect += _by_score(profile, score, one_more - at_score)
        for level in range(len(_EFFECT)):
            self.stays_at[:, level] += np.bincount(
                profile, stay[:, level], minlength=len(company.PROFILES)
            )


def _by_score(
    profile: NDArray[np.int8], score: NDArray[np.int8], values: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    flat = profile.astype(np.int64) * len(_EFFECT) + score - 1
    return np.bincount(flat, values, minlength=_SHAPE[0] * _SHAPE[1]).reshape(_SHAPE).astype(float)

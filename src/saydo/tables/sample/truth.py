"""What is true of this sample, so that an analysis of it can be held to account?

`Tally` adds up, chunk by chunk, what the true probabilities say of the customers that there are;
`truth` puts it beside the parameters, in the form of `truth.json`.

The estimand is that of the analysis. Exposures are customers present at the landmark (`horizon_days`
before the end of `until`), whose last answer is at most `max_age_days` old then. They stay if they are
still there after `until`. `ame_one_point` is the mean, over exposures with a score below 5, of P(stay) at one
point more, less P(stay) at their own score, all else as it is. As the day of leaving is uniform over the
quarter, P(stay | present at the landmark) = (1 - q) / (1 - q · share of the quarter that has gone by),
with q the probability of leaving in the quarter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saydo.tables.sample import company
from saydo.tables.sample.behaviour import Lives
from saydo.tables.sample.calendar import Calendar, as_date
from saydo.tables.sample.people import People
from saydo.tables.sample.survey import Waves

_SCORES = np.arange(1, 6)
_EFFECT = np.array(company.SATISFACTION)
_SHAPE = (len(company.PROFILES), len(_SCORES))


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
        for profile in range(len(company.PROFILES)):
            of_profile = group.profile == profile
            self.n_present[profile] += present[of_profile].sum(axis=0)
            self.retained[profile] += stay[of_profile].sum(axis=0, dtype=np.float64)
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
        for level in range(len(_SCORES)):
            self.stays_at[:, level] += np.bincount(
                profile, stay[:, level], minlength=len(company.PROFILES)
            )


def _by_score(
    profile: NDArray[np.int8], score: NDArray[np.int8], values: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    flat = profile.astype(np.int64) * len(_SCORES) + score - 1
    return np.bincount(flat, values, minlength=_SHAPE[0] * _SHAPE[1]).reshape(_SHAPE).astype(float)


def truth(tally: Tally, *, seed: int) -> dict[str, Any]:
    """All that is known of the sample, as plain values for JSON. Probabilities run from 0 to 1."""
    calendar = tally.calendar
    quarters = [as_date(day) for day in calendar.quarter_starts[:-1]]
    everyone = {"all": slice(None)} | {
        profile.name: slice(place, place + 1) for place, profile in enumerate(company.PROFILES)
    }
    return {
        "company": company.OWN_BRAND,
        "seed": seed,
        "customers": int(tally.n_customers.sum()),
        "months": calendar.n_months,
        "until": calendar.until.isoformat(),
        "leaving_segment": company.PROFILES[0].name,
        "last_year": _last_year(calendar),
        "profiles": {
            profile.name: _profile(profile, int(count))
            for profile, count in zip(company.PROFILES, tally.n_customers, strict=True)
        },
        "satisfaction": {
            "latent": "base + sum(weight * (reward * max(d, 0) + penalty * min(d, 0))) + mood + noise, "
            "with d = performance - expectation",
            "base": company.BASE,
            "reward": company.REWARD,
            "penalty": company.PENALTY,
            "mood_sd": company.MOOD,
            "noise_sd": company.NOISE,
        },
        "performance": _performance(calendar, quarters),
        "retention": {
            "leave": "moving + (1 - moving) * (1 - bound) * (1 - stay), with stay = logistic("
            "intercept + satisfaction[score of the quarter before] + tenure * log2(1 + full months) "
            "+ frequency * log2(1 + orders in four quarters))",
            "intercept": company.INTERCEPT,
            "satisfaction": _of_scores(_EFFECT),
            "without_score": company.NEUTRAL,
            "tenure": company.TENURE,
            "frequency": company.FREQUENCY,
            "moving": company.MOVING,
            "bound": company.BOUND,
        },
        "quarterly_retention": {
            name: {
                start.isoformat(): _ratio(retained, present)
                for start, retained, present in zip(
                    quarters,
                    tally.retained[which].sum(axis=0),
                    tally.n_present[which].sum(axis=0),
                    strict=True,
                )
            }
            for name, which in everyone.items()
        },
        "estimand": {
            "landmark": as_date(calendar.landmark).isoformat(),
            "horizon_days": company.HORIZON_DAYS,
            "max_age_days": company.MAX_AGE_DAYS,
            "n_exposures": {n: int(tally.n_exposed[which].sum()) for n, which in everyone.items()},
            "n_left": {n: int(tally.n_left[which].sum()) for n, which in everyone.items()},
        },
        "ame_one_point": {
            name: _ratio(tally.effect[which].sum(), tally.n_exposed[which, :-1].sum())
            for name, which in everyone.items()
        },
        "retention_by_score": {
            name: _of_scores(_ratios(tally.stays[which], tally.n_exposed[which]))
            for name, which in everyone.items()
        },
        "retention_if_all_had_score": {
            name: _of_scores(
                tally.stays_at[which].sum(axis=0) / max(tally.n_exposed[which].sum(), 1)
            )
            for name, which in everyone.items()
        },
        "say_do": {name: _say_do(tally, which) for name, which in everyone.items()},
        "responses": {
            "invited_share": company.INVITED_SHARE,
            "respond": "logistic(intercept + by_score[score] + tenure * log2(1 + full months) "
            "+ frequency * log2(1 + orders in four quarters))",
            "intercept": company.RESPONSE,
            "by_score": _of_scores(np.array(company.RESPONSE_BY_SCORE)),
            "tenure": company.RESPONSE_TENURE,
            "frequency": company.RESPONSE_FREQUENCY,
            "answered_share": _ratio(tally.n_answered.sum(), tally.n_delivered.sum()),
            "answered_share_by_score": _of_scores(_ratios(tally.n_answered, tally.n_delivered)),
        },
    }


def _profile(profile: company.Profile, count: int) -> dict[str, Any]:
    weights = np.array(profile.weights)
    falls_short = company.levels(4)[-1] < np.array(profile.expectations)
    gain = weights * np.where(falls_short, company.PENALTY, company.REWARD)
    return {
        "n_customers": count,
        "share": profile.share,
        "wants": profile.wants,
        # Where one point of performance more would add most to satisfaction.
        "improve_first": company.ATTRIBUTES[int(gain.argmax())],
        "weights": dict(zip(company.ATTRIBUTES, profile.weights, strict=True)),
        "expectations": dict(zip(company.ATTRIBUTES, profile.expectations, strict=True)),
    }


def _performance(calendar: Calendar, quarters: list[date]) -> dict[str, Any]:
    levels = company.levels(calendar.n_quarters)[1:]
    hours = company.reply_hours(calendar.n_quarters)[1:]
    return {
        "quarters": [start.isoformat() for start in quarters],
        "levels": {
            attribute: [round(float(level), 4) for level in levels[:, column]]
            for column, attribute in enumerate(company.ATTRIBUTES)
        },
        "median_reply_hours": [float(value) for value in hours],
        "person_sd": company.DEVIATION,
        "quarter_sd": company.WOBBLE,
    }


def _last_year(calendar: Calendar) -> dict[str, Any]:
    hours = company.reply_hours(calendar.n_quarters)
    levels = company.levels(calendar.n_quarters)
    return {
        "from": as_date(calendar.month_starts[-13]).isoformat(),
        "what_happened": "Prices fell and answers got slower.",
        "who_left": f"{company.PROFILES[0].name}: they want fast answers, and the lower prices mean "
        "nothing to them.",
        "median_reply_hours": {"before": float(hours[-5]), "at_the_end": float(hours[-1])},
        "price_performance": {"before": float(levels[-5, 1]), "at_the_end": float(levels[-1, 1])},
        "speed_performance": {
            "before": round(float(levels[-5, 0]), 4),
            "at_the_end": round(float(levels[-1, 0]), 4),
        },
    }


def _say_do(tally: Tally, which: slice) -> dict[str, float | None]:
    """Expected shares of all exposures, by what they said and what they then do."""
    stays, n = tally.stays[which].sum(axis=0), tally.n_exposed[which].sum(axis=0)
    said = {"satisfied": slice(3, 5), "neutral": slice(2, 3), "dissatisfied": slice(0, 2)}
    shares = {}
    for name, scores in said.items():
        stayed = stays[scores].sum()
        shares[f"{name}_stayed"] = _ratio(stayed, n.sum())
        shares[f"{name}_left"] = _ratio(n[scores].sum() - stayed, n.sum())
    return shares


def _ratio(part: float, whole: float) -> float | None:
    return round(float(part / whole), 6) if whole else None


def _ratios(parts: NDArray[np.float64], wholes: NDArray[np.float64]) -> NDArray[np.float64]:
    part, whole = parts.sum(axis=0), wholes.sum(axis=0)
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


def _of_scores(values: NDArray[np.float64]) -> dict[str, float | None]:
    return {
        str(score): None if np.isnan(value) else round(float(value), 6)
        for score, value in zip(_SCORES, values, strict=True)
    }

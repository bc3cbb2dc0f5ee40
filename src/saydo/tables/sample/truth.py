"""What is true of this sample, so that an analysis of it can be held to account?

Puts the parameters of `company` beside what `tally` added up, as `truth.json` has it. Its keys:

- `leaving_segment`, `last_year`: the story, and who it drives away;
- `profiles`: what each wants and expects, and where one point more would help most;
- `satisfaction`, `performance`, `retention`, `responses`: the formulas and their numbers;
- `quarterly_retention`: of those present on a quarter's first day, by true probabilities;
- `estimand`, `ame_one_point`, `retention_by_score`, `retention_if_all_had_score`, `say_do`: what
  the analysis should find over its exposures (see `tally`).

Probabilities and shares run from 0 to 1; null where there is nobody.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saydo.tables.sample import company
from saydo.tables.sample.calendar import Calendar, as_date
from saydo.tables.sample.tally import Tally

_SCORES = np.arange(1, 6)


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
            "latent": "base + sum(weight * (reward * max(d, 0) + penalty * min(d, 0))) + mood "
            "+ noise, with d = performance - expectation",
            "base": company.BASE,
            "reward": company.REWARD,
            "penalty": company.PENALTY,
            "mood_sd": company.MOOD,
            "noise_sd": company.NOISE,
        },
        "performance": _performance(calendar, quarters),
        "retention": {
            "leave": "moving + (1 - moving) * (1 - bound) * (1 - stay), with stay = logistic("
            "intercept + satisfaction[score of the quarter before] "
            "+ tenure * log2(1 + full months) + frequency * log2(1 + orders in four quarters))",
            "intercept": company.INTERCEPT,
            "satisfaction": _of_scores(np.array(company.SATISFACTION)),
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
                _ratios(tally.stays_at[which], tally.n_exposed[which].sum(axis=1, keepdims=True))
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
        "who_left": f"{company.PROFILES[0].name}: they want fast answers, and lower prices mean "
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
    """Ratios of sums over profiles; `wholes` has a column per score, or one for all scores."""
    part, whole = parts.sum(axis=0), wholes.sum(axis=0)
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


def _of_scores(values: NDArray[np.float64]) -> dict[str, float | None]:
    return {
        str(score): None if np.isnan(value) else round(float(value), 6)
        for score, value in zip(_SCORES, values, strict=True)
    }

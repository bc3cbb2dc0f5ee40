"""Who is Acme, and what is true about its customers?

Every number that the sample company is made from, and nothing else: a reader who wants to know what
the analysis should find reads this module, and `truth.json` repeats it. Acme is a membership shop
that delivers. In its last year it cuts prices while answers get slower.

**How satisfaction comes about.** In each quarter a customer experiences a performance (1 to 5) per
attribute: the company's level in that quarter, a lasting deviation of the person, and noise. Speed
is read off the hours that the customer's own tickets waited for a reply (all but reminders and our
own calls, whose ids begin with U); customers without a ticket experience the company's usual hours.
With `d = performance - expectation`,

    latent = BASE + Σ weight · (REWARD · max(d, 0) + PENALTY · min(d, 0)) + mood + noise

and the satisfaction score is the latent value, rounded and held within 1 to 5.

**How satisfaction moves retention.** In each quarter, with the score of the quarter before,

    stay  = logistic(INTERCEPT + SATISFACTION[score]
                     + TENURE · log2(1 + months) + FREQUENCY · log2(1 + orders))
    leave = MOVING + (1 - MOVING) · (1 - BOUND) · (1 - stay)

where months are full months since acquisition and orders those of the four quarters before, both at
the quarter's start. Each quarter a share MOVING goes for reasons of its own (so some leave
delighted) and a share BOUND can't leave (so some stay and complain); both are drawn anew each
quarter, whatever the score. The day of leaving is uniform over the quarter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ATTRIBUTES = ("speed", "price", "quality", "ease")


@dataclass(frozen=True)
class Profile:
    """A need group. Weights and expectations are in the order of `ATTRIBUTES`."""

    name: str
    share: float
    weights: tuple[float, float, float, float]
    expectations: tuple[float, float, float, float]
    orders: float
    """Orders a quarter."""
    tickets: float
    """Tickets a quarter."""

    @property
    def wants(self) -> str:
        """The attribute that matters most."""
        return ATTRIBUTES[int(np.argmax(self.weights))]


PROFILES = (
    Profile("On the clock", 0.25, (0.60, 0.02, 0.20, 0.18), (4.5, 3.3, 3.4, 3.4), 1.5, 0.20),
    Profile("Price watchers", 0.30, (0.06, 0.60, 0.20, 0.14), (2.4, 4.5, 3.3, 3.2), 1.1, 0.15),
    Profile("Quality first", 0.25, (0.06, 0.14, 0.62, 0.18), (2.5, 3.2, 4.5, 3.3), 1.3, 0.14),
    Profile("Easy going", 0.20, (0.06, 0.14, 0.20, 0.60), (2.4, 3.2, 3.3, 4.5), 1.0, 0.15),
)

# Performance of the company. The last four quarters are the last year.
USUAL_LEVELS = {"price": 3.80, "quality": 4.15, "ease": 4.15}
PRICE_IN_LAST_YEAR = (4.10, 4.25, 4.35, 4.40)
USUAL_REPLY_HOURS = 3.0
REPLY_HOURS_IN_LAST_YEAR = (6.5, 10.5, 13.0, 13.5)
REPLY_SPREAD = 0.8
"""Standard deviation of the logarithm of the hours to the first reply."""
UNANSWERED_SHARE = 0.02
UNANSWERED_FEELS_LIKE_HOURS = 48.0

# How performance becomes satisfaction.
BASE = 4.0
REWARD, PENALTY = 0.5, 1.6
DEVIATION, WOBBLE = 0.30, 0.35
"""Standard deviations of performance: between persons, and from quarter to quarter."""
MOOD, NOISE = 0.45, 0.55
"""Standard deviations of the latent score: between persons, and from quarter to quarter."""

# How satisfaction moves retention.
INTERCEPT = 1.95
SATISFACTION = (-1.95, -1.05, 0.00, 0.75, 0.90)
"""For scores 1 to 5: a penalty curve, steep below 3 and flat above 4."""
NEUTRAL = 0.50
"""In place of a score, in the quarter in which a customer joins."""
TENURE, FREQUENCY = 0.10, 0.15
MOVING, BOUND = 0.010, 0.08

# Who answers surveys: logistic(RESPONSE + RESPONSE_BY_SCORE + … ), so not a random part.
INVITED_SHARE, DELIVERED_SHARE = 0.42, 0.97
RESPONSE = -1.10
RESPONSE_BY_SCORE = (1.20, 0.35, -0.25, 0.00, 0.75)
RESPONSE_TENURE, RESPONSE_FREQUENCY = 0.06, 0.15

MARKETS = ("North", "South", "Coast")
MARKET_SHARES = (0.45, 0.35, 0.20)
CHANNELS = ("search", "social", "referral", "partner", "store")
CHANNEL_SHARES = (0.34, 0.22, 0.18, 0.14, 0.12)
BEFORE_SHARE = 0.40
"""Share of customers who were there before the window starts."""
MONTHLY_GROWTH = 0.01
MEMBER_SHARE = 0.55

OWN_BRAND = "Acme"
RIVALS = ("Bolt", "Crest", "Dune")

HORIZON_DAYS = 90
MAX_AGE_DAYS = 100


def speed_of(hours: NDArray[np.floating]) -> NDArray[np.floating]:
    """Performance of a reply after so many hours: 4.2 after 3 hours, 0.75 less per doubling."""
    return 4.2 - 0.75 * np.log2(hours / 3.0)


def reply_hours(n_quarters: int) -> NDArray[np.float64]:
    """Median hours to the first reply, for the quarter before the window and each in it."""
    hours = np.full(n_quarters + 1, USUAL_REPLY_HOURS)
    hours[-4:] = REPLY_HOURS_IN_LAST_YEAR
    return hours


def levels(n_quarters: int) -> NDArray[np.float64]:
    """Company-wide performance, shape (1 + quarters, attributes), the quarter before first."""
    table = np.empty((n_quarters + 1, len(ATTRIBUTES)))
    table[:, 0] = speed_of(reply_hours(n_quarters))
    for column, attribute in enumerate(ATTRIBUTES[1:], start=1):
        table[:, column] = USUAL_LEVELS[attribute]
    table[-4:, ATTRIBUTES.index("price")] = PRICE_IN_LAST_YEAR
    return table


def leave_probability(
    score_effect: NDArray[np.floating],
    tenure: NDArray[np.floating],
    frequency: NDArray[np.floating],
) -> NDArray[np.floating]:
    """Probability of leaving within a quarter; `tenure` and `frequency` as log2(1 + …)."""
    odds = np.exp(-(INTERCEPT + score_effect + TENURE * tenure + FREQUENCY * frequency))
    return MOVING + (1 - MOVING) * (1 - BOUND) * odds / (1 + odds)

"""Who are Acme's customers, and when did they come?

Makes one chunk of customers. Numbers rise with the day of acquisition over the whole company, so
that whoever recommends has a lower number than whoever follows, in this chunk or an earlier one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from saydo.tables.sample import company
from saydo.tables.sample.calendar import NEVER, Calendar
from saydo.tables.sample.columns import codes, days, ids

_PROFILE_SHARES = tuple(profile.share for profile in company.PROFILES)
_REFERRAL = company.CHANNELS.index("referral")


@dataclass(frozen=True)
class People:
    """A chunk of customers, one element per customer in each array."""

    number: NDArray[np.int64]
    acquired: NDArray[np.int32]
    profile: NDArray[np.int8]
    market: NDArray[np.int8]
    channel: NDArray[np.int8]
    referred_by: NDArray[np.int64]
    """Number of who recommended us; -1 is nobody."""
    is_member: NDArray[np.bool_]
    mood: NDArray[np.float32]
    """Lasting part of satisfaction that no attribute explains."""
    deviation: NDArray[np.float32]
    """How performance for this person differs for good, shape (customers, attributes)."""
    agreeable: NDArray[np.float32]
    """Yea-saying: added to every stated importance."""
    order_rate: NDArray[np.float32]
    ticket_rate: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.number)


def people(
    rng: np.random.Generator, calendar: Calendar, *, first: int, count: int, total: int
) -> People:
    """Customers number `first` to `first + count - 1` of `total`."""
    number = np.arange(first, first + count, dtype=np.int64)
    profile = _choices(rng, _PROFILE_SHARES, count)
    channel = _choices(rng, company.CHANNEL_SHARES, count)
    # Nobody came before the first customer.
    referred = (channel == _REFERRAL) & (number > 0)
    mood = rng.normal(0, company.MOOD, count).astype(np.float32)
    # People in good mood order somewhat more: frequency confounds what satisfaction does.
    eagerness = rng.gamma(2.0, 0.5, count) * np.exp(0.3 * mood)
    return People(
        number=number,
        acquired=_acquired(rng, calendar, number, total),
        profile=profile,
        market=_choices(rng, company.MARKET_SHARES, count),
        channel=channel,
        referred_by=np.where(referred, (rng.random(count) * number).astype(np.int64), -1),
        is_member=rng.random(count) < company.MEMBER_SHARE,
        mood=mood,
        deviation=rng.normal(0, company.DEVIATION, (count, len(company.ATTRIBUTES))).astype(
            np.float32
        ),
        agreeable=rng.normal(0.3, 0.4, count).astype(np.float32),
        order_rate=(_of_profile("orders")[profile] * eagerness).astype(np.float32),
        ticket_rate=(_of_profile("tickets")[profile] * rng.gamma(2.0, 0.5, count)).astype(
            np.float32
        ),
    )


def customers(group: People, left: NDArray[np.int32], names: pa.Array) -> dict[str, pa.Array]:
    """Columns of the table `customers`; `names` are the customers' ids."""
    return {
        "customer_id": names,
        "acquired_on": days(group.acquired),
        "left_on": days(left, missing=left == NEVER),
        "market": codes(group.market, company.MARKETS),
        "channel": codes(group.channel, company.CHANNELS),
        "referred_by": ids("C", group.referred_by, missing=group.referred_by < 0),
        "is_member": pa.array(group.is_member),
        "profile": codes(group.profile, tuple(profile.name for profile in company.PROFILES)),
    }


def _of_profile(field: str) -> NDArray[np.float64]:
    return np.array([getattr(profile, field) for profile in company.PROFILES])


def _choices(rng: np.random.Generator, shares: tuple[float, ...], count: int) -> NDArray[np.int8]:
    return np.searchsorted(np.cumsum(shares[:-1]), rng.random(count), side="right").astype(np.int8)


def _acquired(
    rng: np.random.Generator, calendar: Calendar, number: NDArray[np.int64], total: int
) -> NDArray[np.int32]:
    """Days of acquisition, rising with the customer's number.

    The part of all customers that has come by a day is a curve; each customer's place on it is its
    number. Before the window it is a decay over up to eight years, within it growth by month.
    """
    place = (number + rng.random(len(number))) / total
    months = calendar.n_months
    joined = np.cumsum((1 + company.MONTHLY_GROWTH) ** np.arange(months))
    share = company.BEFORE_SHARE
    within = share + (1 - share) * joined / joined[-1]
    years = np.linspace(-8, 0, 33)
    before = share * (np.exp(years / 2.5) - np.exp(-8 / 2.5)) / (1 - np.exp(-8 / 2.5))
    days_before = calendar.start + years * 365.25
    came = np.concatenate([before, within])
    day = np.concatenate([days_before, calendar.month_starts[1:]])
    last = calendar.after - 1
    return np.minimum(np.floor(np.interp(place, came, day)), last).astype(np.int32)

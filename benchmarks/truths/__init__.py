"""Simulations with known truth, by which intervals and tests of the drivers are judged.

One module per result, each with `SIMULATIONS`: a mapping from a name to a function that takes a
random generator and returns one `Draw`, of n = 1,000 customers.
"""

from __future__ import annotations

from typing import NamedTuple


class Draw(NamedTuple):
    """What one simulated study said, and what is true of it."""

    estimate: float
    ci_low: float
    ci_high: float
    truth: float
    p_value: float | None = None
    """Of no relation, where that is the truth."""

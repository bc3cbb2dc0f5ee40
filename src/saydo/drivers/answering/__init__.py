"""Who answers, what would those say who did not, and does asking change anything?

`response_patterns` → `responders` (retention of both), `response_weights` → `reweighted` (with and
without weights), `by_delta` and `tipping_point` (how unlike respondents the silent would have to
be); `asked_patterns` → `asking`. `who_answers` gives all tables for every segment.
"""

from saydo.drivers.answering.asking import asked_patterns, asking
from saydo.drivers.answering.everyone import who_answers
from saydo.drivers.answering.influence import (
    Answers,
    Estimate,
    as_given,
    as_weighted,
    marginal_effect,
)
from saydo.drivers.answering.responders import responders, response_patterns
from saydo.drivers.answering.reweighted import reweighted
from saydo.drivers.answering.silent import as_if, by_delta, tipping_point
from saydo.drivers.answering.weights import Weights, balance, response_weights

__all__ = [
    "Answers",
    "Estimate",
    "Weights",
    "as_given",
    "as_if",
    "as_weighted",
    "asked_patterns",
    "asking",
    "balance",
    "by_delta",
    "marginal_effect",
    "responders",
    "response_patterns",
    "response_weights",
    "reweighted",
    "tipping_point",
    "who_answers",
]

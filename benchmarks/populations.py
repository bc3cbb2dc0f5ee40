"""What people say: populations of answers for `coverage.py`, and the truth about them.

Scores lean to the top, as they do in the field; those who answer differ from those who don't.
Truths are closed forms.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from simulated import Case, Draw

from saydo.kpis.market_measures import HeavyUsage
from saydo.kpis.measures import Mean, NetShare, Share
from saydo.kpis.survey_measures import AnswerShare, RespondentBias, ScoreRatio

Random = np.random.Generator

SCORES = np.array([0.04, 0.06, 0.12, 0.38, 0.40])
"""Shares of 1 to 5."""
RECOMMEND = np.array([2, 1, 1, 2, 2, 6, 7, 14, 25, 18, 22]) / 100
"""Shares of 0 to 10."""
WEIGHTS = np.array([0.6, 1.0, 2.2])
"""Of the strata, who are a third of the sample each and differ in what they answer."""


def rows(samples: int, n: int, **columns: np.ndarray) -> pd.DataFrame:
    """Columns of shape (samples, n) as a table."""
    flat = {name: np.ravel(values) for name, values in columns.items()}
    return pd.DataFrame({"sample": np.repeat(np.arange(samples), n), **flat})


def answers(shares: np.ndarray, lowest: int) -> Draw:
    """Scores from `lowest` on with these shares."""

    def draw(rng: Random, samples: int, n: int) -> pd.DataFrame:
        score = lowest + rng.choice(len(shares), (samples, n), p=shares)
        return rows(samples, n, score=score.astype("float64"))

    return draw


def yes(share: float) -> Draw:
    """Answers, this share of them yes."""

    def draw(rng: Random, samples: int, n: int) -> pd.DataFrame:
        return rows(samples, n, yes=rng.random((samples, n)) < share)

    return draw


def weighted_answers(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Scores 0 to 10 of three strata, the heavier the weight the lower the scores."""
    stratum = rng.integers(0, 3, (samples, n))
    score = rng.choice(11, (samples, n), p=RECOMMEND)
    score = np.maximum(score - stratum, 0)
    return rows(samples, n, score=score.astype("float64"), weight=WEIGHTS[stratum])


_STRATA = np.array([0.97, 0.9, 0.5])


def divided_answers(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Yes or no of the strata; those of low weight agree, those of high weight are divided."""
    stratum = rng.integers(0, 3, (samples, n))
    yes = rng.random((samples, n)) < _STRATA[stratum]
    score = np.where(yes, 9.0 + (rng.random((samples, n)) < 0.5), 4.0)
    return rows(samples, n, yes=yes, score=score, weight=WEIGHTS[stratum])


_DIVIDED = float(_STRATA @ WEIGHTS / WEIGHTS.sum())


def _weighted_truth(of: np.ndarray) -> float:
    """Of a function of the scores 0 to 10, over the strata."""
    each = [of[np.maximum(np.arange(11) - stratum, 0)] @ RECOMMEND for stratum in range(3)]
    return float(each @ WEIGHTS / WEIGHTS.sum())


_ELEVEN = np.arange(11)


def features(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Answers on 3 to 6 features of respondents who differ, with weights: 60 % of answers hit."""
    count = rng.integers(3, 7, (samples, n))
    hits = rng.binomial(count, rng.beta(3.0, 2.0, (samples, n)))
    weight = rng.choice(WEIGHTS, (samples, n))
    return rows(samples, n, hits=hits * weight, answers=count * weight, count=count)


def gaps(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Gaps on 2 to 4 attributes of respondents who differ, −0.4 on average."""
    count = rng.integers(2, 5, (samples, n)).astype("float64")
    each = rng.normal(-0.4, 0.6, (samples, n))
    total = count * each + rng.normal(0, 1.0, (samples, n)) * np.sqrt(count)
    ends = {
        f"pairs_{end}_{of}": np.full((samples, n), number)
        for end, number in (("low", 1.0), ("high", 5.0))
        for of in ("min", "max")
    }
    return rows(samples, n, gap=total, weight=count, **ends)


_RESPONSE = {True: 0.35, False: 0.2}
_MEMBERS = 0.55


def invited(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Members and others who were asked; of members 35 % answer, of others 20 %."""
    is_member = rng.random((samples, n)) < _MEMBERS
    answers = rng.random((samples, n)) < np.where(is_member, _RESPONSE[True], _RESPONSE[False])
    return rows(samples, n, is_member=is_member, responded=answers)


def _bias() -> float:
    members, others = _MEMBERS * _RESPONSE[True], (1 - _MEMBERS) * _RESPONSE[False]
    return 100 * (members / (members + others) - _MEMBERS)


def wallets(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """What people spend in the category, log-normal; 40 % buy ours, and spend 30 % more."""
    is_ours = rng.random((samples, n)) < 0.4
    amount = np.exp(rng.normal(4, 0.8, (samples, n))) * np.where(is_ours, 1.3, 1.0)
    return rows(samples, n, is_ours=is_ours, amount=amount)


CASES = (
    Case(Share(of=lambda t: t.yes), "yes or no, 82 % yes", yes(0.82), 82.0),
    Case(Share(of=lambda t: t.yes), "yes or no, 8 % yes", yes(0.08), 8.0),
    Case(
        Share(of=lambda t: t.score >= 8, weight=lambda t: t.weight),
        "0 to 10, weighted, strata differ",
        weighted_answers,
        100 * _weighted_truth(_ELEVEN >= 8),
    ),
    Case(
        NetShare(up=lambda t: t.score >= 9, down=lambda t: t.score <= 6),
        "0 to 10, 40 % promoters, 21 % detractors",
        answers(RECOMMEND, 0),
        100 * (RECOMMEND[9:].sum() - RECOMMEND[:7].sum()),
    ),
    Case(
        NetShare(up=lambda t: t.score >= 9, down=lambda t: t.score <= 6, weight=lambda t: t.weight),
        "0 to 10, weighted, strata differ",
        weighted_answers,
        100 * _weighted_truth((_ELEVEN >= 9) * 1.0 - (_ELEVEN <= 6)),
    ),
    Case(
        Mean(of=lambda t: t.score),
        "1 to 5, mean 4.04",
        answers(SCORES, 1),
        SCORES @ np.arange(1, 6),
    ),
    Case(
        Mean(of=lambda t: t.score),
        "0 to 10, mean 7.5",
        answers(RECOMMEND, 0),
        RECOMMEND @ _ELEVEN,
    ),
    Case(
        Mean(of=lambda t: t.score, weight=lambda t: t.weight),
        "0 to 10, weighted, strata differ",
        weighted_answers,
        _weighted_truth(_ELEVEN),
    ),
    Case(
        Share(of=lambda t: t.yes, weight=lambda t: t.weight),
        "yes or no, weighted, the heavy ones divided",
        divided_answers,
        100 * _DIVIDED,
    ),
    Case(
        NetShare(up=lambda t: t.score >= 9, down=lambda t: t.score <= 6, weight=lambda t: t.weight),
        "0 to 10, weighted, the heavy ones divided",
        divided_answers,
        100 * (2 * _DIVIDED - 1),
    ),
    Case(
        Mean(of=lambda t: t.score, weight=lambda t: t.weight),
        "0 to 10, weighted, the heavy ones divided",
        divided_answers,
        9.5 * _DIVIDED + 4.0 * (1 - _DIVIDED),
    ),
    Case(
        AnswerShare(hits=lambda t: t.hits, answers=lambda t: t.answers, count=lambda t: t["count"]),
        "60 % of 3 to 6 weighted answers, respondents differ",
        features,
        60.0,
    ),
    Case(
        ScoreRatio(of=lambda t: t.gap, per=lambda t: t.weight, scale_of="pairs"),
        "gaps on 2 to 4 attributes, respondents differ",
        gaps,
        -0.4,
    ),
    Case(
        RespondentBias(of=lambda t: t.is_member, responded=lambda t: t.responded),
        "28 % answer, members more often",
        invited,
        _bias(),
    ),
    Case(
        HeavyUsage(of=lambda t: t.is_ours, amount=lambda t: t.amount),
        "log-normal spending, buyers of ours 30 % more",
        wallets,
        1.3 / (1 + 0.4 * 0.3),
    ),
)
"""What people say."""

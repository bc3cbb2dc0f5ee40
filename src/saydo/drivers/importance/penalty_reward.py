"""What spoils satisfaction if it is missing, and what delights if it is there?

Takes patterns of responses; returns, per attribute, how much satisfaction changes with a score
below and with a score above what was expected (or the middle of the scale, where expectations were
not asked), all attributes together, and what kind of attribute this makes it.

Penalty–reward contrasts: Brandt (1988), How service marketers can identify value-enhancing service
elements, Journal of Services Marketing 2(3); kinds: Matzler & Sauerwein (2002), International
Journal of Service Industry Management 13(4); Kano et al. (1984).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import t as student

from saydo.drivers.importance.least_squares import LeastSquares, least_squares
from saydo.drivers.importance.moments import moments
from saydo.drivers.importance.responses import Responses
from saydo.errors import NotEstimable
from saydo.languages import gettext
from saydo.languages import noop as _

BASIC, PERFORMANCE, EXCITEMENT = "basic", "performance", "excitement"
INDIFFERENT, UNCLEAR = "indifferent", "unclear"
KINDS: Mapping[str, str] = {
    BASIC: _("Basic: spoils if it falls short"),
    PERFORMANCE: _("Performance: spoils and delights"),
    EXCITEMENT: _("Excitement: delights if it exceeds"),
    INDIFFERENT: _("Indifferent"),
    UNCLEAR: _("Unclear"),
}
"""What an attribute does to satisfaction, and its label. Translated when shown."""
NEGLIGIBLE = 0.1
"""Standard deviations of satisfaction that make no difference: half of Cohen's small effect."""


def penalty_reward(
    responses: Responses, *, segment: str, min_cell: int = 11, confidence: float = 0.95
) -> pd.DataFrame:
    """Change in satisfaction below and above the reference, in one segment.

    Respondents of whom it is not known how an attribute met their expectation are left out.

    Returns:
        One row per attribute: `attribute`, `reference` (`expectation` or `middle`), `penalty` and
        `reward` (points of satisfaction against those for whom it was just so; a penalty is
        negative), each with `_low` and `_high` (t intervals from HC3 errors), absent where fewer
        than `min_cell` fell short, exceeded or were just so; `kind`, a key of `KINDS`;
        `penalty_reward_n` (respondents).

        `basic`: a penalty, and it exceeds any reward; `excitement`: the reverse; `performance`:
        both; `indifferent`: both intervals within `NEGLIGIBLE`; else `unclear`. Not to see a reward
        is not enough: it must be seen to be smaller.

    Raises:
        NotEstimable: There are too few, satisfaction did not vary, or attributes rise and fall
            together.
    """
    met = [f"met_{name}" for name in responses.attributes]
    patterns = responses.of(segment).dropna(subset=met)
    outcome, counts = patterns["satisfaction"], patterns["n"]
    if int(counts.sum()) < min_cell:
        raise NotEstimable(gettext("nobody rated satisfaction and all attributes together"))
    spread = float(
        np.sqrt(moments(outcome.to_numpy(float)[:, None], counts.to_numpy()).covariance.item())
    )
    if not spread:
        raise NotEstimable(gettext("{names} did not vary").format(names="satisfaction"))
    sizes = {
        name: [int(counts[patterns[f"met_{name}"] == place].sum()) for place in (-1, 0, 1)]
        for name in responses.attributes
    }
    fitted = least_squares(_contrasts(patterns, sizes), outcome, counts=counts)
    rows = []
    for name, (below, just_so, above) in sizes.items():
        shown = {
            "penalty": min(below, just_so) >= min_cell,
            "reward": min(above, just_so) >= min_cell,
        }
        found = _of_attribute(fitted, name, shown, NEGLIGIBLE * spread, confidence)
        rows.append({"attribute": name, "reference": responses.references[name], **found})
    return pd.DataFrame(rows).assign(penalty_reward_n=fitted.n)


def _contrasts(patterns: pd.DataFrame, sizes: Mapping[str, list[int]]) -> pd.DataFrame:
    """A column for those below and one for those above, per attribute, where there are any."""
    columns = {}
    for name, (below, just_so, above) in sizes.items():
        met = patterns[f"met_{name}"]
        if below and (just_so or above):
            columns[f"penalty {name}"] = (met == -1).astype(float)
        # Where nobody was just so, the two columns would be each other's complement.
        if above and just_so:
            columns[f"reward {name}"] = (met == 1).astype(float)
    if not columns:
        raise NotEstimable(gettext("{names} did not vary").format(names=", ".join(sizes)))
    return pd.DataFrame(columns, index=patterns.index)


def _of_attribute(
    fitted: LeastSquares,
    name: str,
    shown: Mapping[str, bool],
    negligible: float,
    confidence: float,
) -> dict[str, float | str]:
    reach = student.ppf(0.5 + confidence / 2, fitted.df_residual)
    found: dict[str, float | str] = {}
    for term, is_shown in shown.items():
        value = error = float("nan")
        if is_shown:
            place = fitted.names.index(f"{term} {name}")
            value = float(fitted.coefficients[place])
            error = float(np.sqrt(fitted.robust_covariance[place, place]))
        found |= {term: value, f"{term}_low": value - reach * error}
        found |= {f"{term}_high": value + reach * error}
    if not all(shown.values()):
        return {**found, "kind": UNCLEAR}
    places = [fitted.names.index(f"{term} {name}") for term in shown]
    # What the penalty exceeds the reward by: the sum of the two, as a penalty is negative.
    excess = -float(fitted.coefficients[places].sum())
    within = reach * float(np.sqrt(fitted.robust_covariance[np.ix_(places, places)].sum()))
    numbers = {key: float(value) for key, value in found.items()}
    return {**found, "kind": _kind(numbers, excess, within, negligible)}


def _kind(numbers: Mapping[str, float], excess: float, within: float, negligible: float) -> str:
    spoils, delights = numbers["penalty_high"] < 0, numbers["reward_low"] > 0
    # More satisfaction below than at what was expected is nothing that Kano has a word for.
    contrary = numbers["penalty_low"] > 0 or numbers["reward_high"] < 0
    ends = [numbers[f"{term}_{end}"] for term in ("penalty", "reward") for end in ("low", "high")]
    if max(map(abs, ends)) <= negligible:
        return INDIFFERENT
    if contrary:
        return UNCLEAR
    if spoils and delights:
        return PERFORMANCE
    if spoils and excess - within > 0:
        return BASIC
    if delights and excess + within < 0:
        return EXCITEMENT
    return UNCLEAR

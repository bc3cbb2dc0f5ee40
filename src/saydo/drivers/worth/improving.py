"""What to improve first, in every segment: `tables/improvements`.

Takes what respondents said, the model of staying that speaks for each segment, and margins; returns
one row per segment and attribute, best first, and for a segment of which that can't be told one row
with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from saydo.drivers.assess import Assessment
from saydo.drivers.exposures import Watch
from saydo.drivers.verdicts import ASSOCIATION, NOT_MEASURED, REFUSED
from saydo.drivers.worth.formation import formation
from saydo.drivers.worth.money import Margin
from saydo.drivers.worth.outcomes import Steps
from saydo.drivers.worth.responses import Responses
from saydo.drivers.worth.staying import Curve, curve
from saydo.drivers.worth.what_if import DRAWS, improvements
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.suppression import withheld_reason
from saydo.tables.declared import COUNT, NUMBER, TEXT, as_declared

NUMBERS = tuple(
    name + end for name in ("satisfaction", "retention", "value") for end in ("", "_low", "_high")
)
COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("segment", "attribute"), TEXT),
    "rank": COUNT,
    **dict.fromkeys(("p_best", *NUMBERS), NUMBER),
    **dict.fromkeys(("n", "n_recent"), COUNT),
    **dict.fromkeys(("verdict", "reason"), TEXT),
}


def curve_of(assessment: Assessment, watch: Watch, *, draws: int = DRAWS) -> Curve | None:
    """Retention by answer, from the model that speaks for the segment; None where none does."""
    if assessment.headline is None or assessment.headline.fit is None:
        return None
    return curve(assessment.headline.fit, horizon_days=watch.horizon_days, draws=draws)


def customers_there(left_out: pd.DataFrame | None) -> dict[str, int]:
    """How many of each segment were there when the watch began, answered or not."""
    if left_out is None:
        return {}
    there = left_out[left_out["reason"] != "not_active"]
    return {str(name): int(n) for name, n in there.groupby("segment")["n"].sum().items()}


def margin_of(table: pd.DataFrame, segment: str) -> Margin | None:
    """The margin of a segment in what `margins` returned, or None if it is not known."""
    if segment not in table.index:
        return None
    row = table.loc[segment]
    return Margin(float(row["mean"]), float(row["std_error"]), int(row["n"]))


def steps_of(
    responses: Responses,
    *,
    segment: str,
    staying: Curve | None,
    margins: pd.DataFrame,
    n_customers: int,
    discount_rate: float,
    min_cell: int,
    draws: int = DRAWS,
) -> Steps:
    """What is known of a segment on the way from attributes to money.

    Raises:
        NotEstimable: Satisfaction can't be told from attributes, or too few answered lately.
    """
    made = formation(responses, segment=segment, draws=draws)
    if made.n_recent < min_cell:
        raise NotEstimable(withheld_reason(min_cell))
    margin = margin_of(margins, segment)
    is_shown = margin is not None and margin.n >= min_cell
    return Steps(made, staying, margin if is_shown else None, n_customers, discount_rate)


def improvements_table(
    responses: Responses,
    segments: Sequence[str],
    *,
    curves: Mapping[str, Curve | None],
    why_not: Mapping[str, str],
    margins: pd.DataFrame,
    n_customers: Mapping[str, int],
    discount_rate: float,
    min_cell: int,
) -> pd.DataFrame:
    """One point more of every attribute, in every segment.

    Args:
        responses: Of all segments.
        segments: In the order of the rows.
        curves: Of staying, by segment.
        why_not: Why there is no curve, by segment.
        margins: As `margins` returns them.
        n_customers: Customers of each segment.
        discount_rate: Of a year.
        min_cell: Fewest customers about whom anything is shown.

    Returns:
        `COLUMNS`: changes of mean `satisfaction` (points), of `retention` over the horizon
        (percentage points) and of the `value` of a customer (currency), each with its 95 % interval
        in `_low` and `_high`; `p_best`, `rank`, `n` and `n_recent` as `improvements` has them;
        `verdict` and `reason`.
    """
    parts = []
    for segment in segments:
        if not responses.attributes:
            lack = _("needs answers to {item} and to attributes").format(item=responses.item)
            reason = _("Not measured ({lack}).").format(lack=lack)
            parts.append(_absent(segment, NOT_MEASURED, reason))
            continue
        staying = curves.get(segment)
        try:
            steps = steps_of(
                responses,
                segment=segment,
                staying=staying,
                margins=margins,
                n_customers=n_customers.get(segment, 0),
                discount_rate=discount_rate,
                min_cell=min_cell,
            )
        except NotEstimable as refusal:
            parts.append(_absent(segment, REFUSED, str(refusal)))
            continue
        reason = "" if staying is not None else why_not.get(segment, "")
        table = improvements(steps).assign(segment=segment, verdict=ASSOCIATION, reason=reason)
        parts.append(as_declared(table, COLUMNS))
    return pd.concat(parts, ignore_index=True)


def _absent(segment: str, verdict: str, reason: str) -> pd.DataFrame:
    row = {"segment": segment, "attribute": "", "verdict": verdict, "reason": reason}
    return as_declared(pd.DataFrame([row]), COLUMNS)

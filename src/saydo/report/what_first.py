"""What should be improved first in each segment, and what is it worth?

Takes `tables/improvements` and how many customers each segment has; returns a finding, and key
numbers for the head of a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from saydo.drivers.worth import CAUTION
from saydo.languages import gettext as _
from saydo.languages import money, name, ngettext, number
from saydo.params import ALL
from saydo.report import html
from saydo.report.comparison import MOST_DRAWN
from saydo.report.finding import Finding, not_measured
from saydo.report.key_numbers import KeyNumber, doubt
from saydo.report.values import sample_size, span
from saydo.report.worth import TWO, chance, margins_to_come, signed_money, untold

WORTH = ("value", "value_low", "value_high")


def key_numbers_of(
    improvements: pd.DataFrame,
    *,
    segment: str,
    n_customers: int,
    currency: str,
    discount_rate: float,
) -> Sequence[KeyNumber]:
    """What a point more of what comes first would bring: in staying, and in money.

    Args:
        improvements: `tables/improvements`.
        segment: The segment.
        n_customers: Customers in it who can stay.
        currency: Three letters.
        discount_rate: Of a year, at which margins to come are discounted.
    """
    rows = improvements[improvements["segment"] == segment]
    if untold(rows) is not None:
        return []
    best = of_all(rows, {segment: n_customers}).sort_values("rank").iloc[0]
    if not best["satisfaction_low"] > 0:
        return []
    known = {"attribute": name(best["attribute"])}
    cash = partial(signed_money, currency)
    numbers = []
    if pd.notna(best["retention"]):
        label = _("One point more of {attribute}: staying").format(**known)
        staying = _("{value} pp").format(value=TWO(best["retention"]))
        reach = span(best["retention_low"], best["retention_high"], TWO)
        n = sample_size(best["n"])
        unsure = doubt(best["retention_low"], best["retention_high"])
        more = (reach, unsure, n)
        numbers.append(KeyNumber(label, staying, more, side="do", notes=[_(CAUTION)]))
    if pd.notna(best["value_of_all"]):
        reach = span(best["value_of_all_low"], best["value_of_all_high"], cash)
        label = _("One point more of {attribute}: margins to come").format(**known)
        n = ngettext(
            "for {count} {customer} there when the watch began",
            "for {count} {customers} there when the watch began",
            n_customers,
        ).format(count=number(n_customers, 0))
        unsure = doubt(best["value_of_all_low"], best["value_of_all_high"])
        worth = cash(best["value_of_all"])
        notes = [_(CAUTION), margins_to_come(discount_rate)]
        numbers.append(KeyNumber(label, worth, (reach, unsure, n), side="do", notes=notes))
    return numbers


def what_first(improvements: pd.DataFrame, *, there: Mapping[str, int], currency: str) -> Finding:
    """For each segment the attribute likeliest best to improve, and what a point more brings.

    Args:
        improvements: `tables/improvements`.
        there: Customers of each segment who can stay.
        currency: Three letters.
    """
    told = improvements["satisfaction"].notna() & (improvements["segment"] != ALL)
    rows = of_all(improvements[told & (improvements["rank"] == 1)], there)
    if rows.empty:
        return not_measured(improvements, otherwise=_("No attributes were asked about."))
    outcome = next(
        (each for each in ("value_of_all", "retention") if rows[each].notna().any()), "satisfaction"
    )
    rows = rows.sort_values(outcome, ascending=False)
    cash = partial(signed_money, currency)
    columns = [
        html.Shown("segment", _("Segment"), numeric=False),
        html.Shown("attribute", _("Improve first"), name, numeric=False),
        html.Shown("p_best", _("Probability of being best"), chance),
        html.Shown("satisfaction", _("Satisfaction, points"), TWO),
        html.Shown("retention", _("Staying, pp"), TWO),
        *html.bounds(TWO, low="retention_low", high="retention_high"),
        html.Shown("value_of_all", _("Worth, all {customers}"), cash),
        *html.bounds(cash, low="value_of_all_low", high="value_of_all_high"),
        html.Shown("n", "n", lambda n: number(n, 0)),
    ]
    measured = [each for each in columns if rows[each.column].notna().any()]
    return Finding(
        table=rows,
        sentence=f"{_most(rows, currency)} {_(CAUTION)}",
        verdict="association only",
        columns=measured,
        caption=_("What to improve first in each segment, and what one point more would bring"),
        is_folded=len(rows) > MOST_DRAWN,
    )


def of_all(rows: pd.DataFrame, there: Mapping[str, int]) -> pd.DataFrame:
    """The rows with what a point more is worth for all customers of the segment together."""
    # Nobody counted is nobody known, not nobody there.
    n = rows["segment"].map({segment: count or None for segment, count in there.items()})
    n = n.astype(float)
    found = {column.replace("value", "value_of_all", 1): rows[column] * n for column in WORTH}
    return rows.assign(**found)


def _most(rows: pd.DataFrame, currency: str) -> str:
    """Where most is to be gained, among gains whose interval leaves out zero."""
    clear = rows[rows["value_of_all_low"] > 0]
    if clear.empty:
        return _("Where most is to be gained can't be told.")
    best = clear.loc[clear["value_of_all"].idxmax()]
    known = {"segment": name(best["segment"]), "attribute": name(best["attribute"])}
    words = _(
        "Of gains that show clearly, the largest is from {attribute} in “{segment}”: one point "
        "more goes with {value} of margins to come ({low} to {high})."
    )
    return words.format(
        **known,
        value=signed_money(currency, best["value_of_all"]),
        low=money(best["value_of_all_low"], currency),
        high=money(best["value_of_all_high"], currency),
    )

"""Can this segment's data support an estimate at all? The evidence gate, before any fit.

Takes the patterns of one segment, what was watched and who was left out; returns checks, each with
its outcome and a reason that names the numbers. One `refuse` among them and no coefficient is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

from saydo.drivers.discrimination import auc, deviance_explained, is_leak
from saydo.drivers.exposures import Watch
from saydo.drivers.patterns import collapse
from saydo.languages import contract_name, day, number
from saydo.languages import gettext as _
from saydo.suppression import few

MIN_EACH = 10
"""Fewest who stayed, and fewest who left, for a coefficient."""
SILENCE_REFUSED, SILENCE_WARNED = 10.0, 3.0
"""Days with activity that, at the usual rate, are missing between the last one and `as_of`. If they
came independently, a silence that long had a chance of e⁻¹⁰ or e⁻³: the data end before."""

Outcome = Literal["pass", "warn", "refuse"]


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    outcome: Outcome
    reason: str


def checks_before_fit(
    patterns: pd.DataFrame, *, watch: Watch, left_out: Mapping[str, int], min_cell: int
) -> list[Check]:
    """What must hold before a model is fitted, in the order in which a reader asks.

    Args:
        patterns: Of one segment; may be empty.
        watch: What was watched.
        left_out: Customers of the segment by reason, as in `Exposures.left_out`.
        min_cell: Counts under it are not named.
    """
    levels = collapse(patterns, ["satisfaction"])
    checks = [_answers(levels, watch, left_out, min_cell), _time_order(watch)]
    checks.append(horizon(levels, watch, left_out))
    if watch.segments_on is not None:
        checks.append(_segments(watch.segments_on))
    if levels.empty:
        return checks
    checks.append(_counts(levels, min_cell))
    checks.append(_variation(levels))
    if all(check.outcome != "refuse" for check in checks[-2:]):
        checks += [_separation(levels), _leak(levels, watch)]
    return checks


def too_few(n_stayed: int, n_left: int, *, min_cell: int) -> str | None:
    """Why these counts can't carry a coefficient, or None."""
    if n_stayed + n_left < min_cell:
        return _("fewer than {min_cell} {customers}, of whom nothing is shown").format(
            min_cell=number(min_cell, 0)
        )
    if n_stayed < MIN_EACH or n_left < MIN_EACH:
        return _(
            "{stayed} {customers} stayed and {left} left; an estimate needs at least {least} of "
            "each"
        ).format(
            stayed=few(n_stayed, min_cell=min_cell),
            left=few(n_left, min_cell=min_cell),
            least=MIN_EACH,
        )
    return None


def _answers(
    levels: pd.DataFrame, watch: Watch, left_out: Mapping[str, int], min_cell: int
) -> Check:
    n = int(levels["n_stayed"].sum() + levels["n_left"].sum())
    # Whoever was no customer when the watch began could not have been watched.
    total = sum(left_out.values()) - left_out.get("not_active", 0)
    if n == 0:
        reason = _("None of {total} {customers} has an answer to {item} that could be followed.")
        reason = reason.format(total=few(total, min_cell=min_cell), item=watch.item)
        return Check("answers", "refuse", reason)
    if watch.landmark is None:
        reason = _("{n} of {total} {customers} answered {item}, and it is known whether they left.")
    else:
        reason = _(
            "{n} of {total} {customers} answered {item} and were watched from {start} to {end}."
        )
    return Check(
        "answers",
        "pass",
        reason.format(
            n=few(n, min_cell=min_cell),
            total=few(total, min_cell=min_cell),
            item=watch.item,
            start=day(watch.landmark or watch.as_of),
            end=day(watch.as_of),
        ),
    )


def _time_order(watch: Watch) -> Check:
    if watch.has_time_order and watch.landmark is not None:
        reason = _("Every answer was given before {start}, when the watch began.")
        return Check("time_order", "pass", reason.format(start=day(watch.landmark)))
    if watch.landmark is None:
        reason = _(
            "Leaving has no date, so that answers may have been given after it. Give "
            "{column} and retention.kind: contract to know."
        ).format(column=contract_name("customers.left_on"))
    else:
        reason = _("Answers have no date (answered_at), so that they may have been given later.")
    return Check("time_order", "warn", reason)


def _segments(on: date) -> Check:
    """Whose segment counts, of those who moved since."""
    reason = _(
        "Segments follow what {customers} do. Each counts in the one of {day}, before the watch "
        "began, so that being in it tells nothing of who stayed."
    )
    return Check("segments", "pass", reason.format(day=day(on)))


def horizon(levels: pd.DataFrame, watch: Watch, left_out: Mapping[str, int]) -> Check:
    """Whether the data reach to the end of the watch."""
    if watch.landmark is None:
        reason = _(
            "Leaving has no date, so that nobody knows how long each {customer} was watched."
        )
        return Check("horizon", "warn", reason)
    if levels.empty and left_out.get("answered_later", 0):
        reason = _(
            "All answers were given after {start}: nobody has been watched for {days} days since. "
            "Shorten satisfaction.horizon_days, or run again later."
        )
        reason = reason.format(start=day(watch.landmark), days=number(watch.horizon_days, 0))
        return Check("horizon", "refuse", reason)
    if watch.last_activity is None:
        reason = _("No dated activity, so that it can't be told whether the data reach {end}.")
        return Check("horizon", "warn", reason.format(end=day(watch.as_of)))
    missing = watch.activity_rate * (watch.as_of - watch.last_activity).days
    outcome: Outcome = "pass"
    reason = _("The data reach {last}, and all {days} days up to {end} were watched.")
    if missing >= SILENCE_WARNED:
        outcome = "refuse" if missing >= SILENCE_REFUSED else "warn"
        reason = _(
            "The data seem to end on {last}, before the {days} days of the watch are over on "
            "{end}. Set as_of to the day that the data reach, or load later data."
        )
    return Check(
        "horizon",
        outcome,
        reason.format(
            last=day(watch.last_activity),
            days=number(watch.horizon_days, 0),
            end=day(watch.as_of),
        ),
    )


def _counts(levels: pd.DataFrame, min_cell: int) -> Check:
    n_stayed, n_left = int(levels["n_stayed"].sum()), int(levels["n_left"].sum())
    reason = too_few(n_stayed, n_left, min_cell=min_cell)
    if reason is None:
        text = _("{stayed} {customers} stayed and {left} left.")
        text = text.format(
            stayed=few(n_stayed, min_cell=min_cell), left=few(n_left, min_cell=min_cell)
        )
        return Check("counts", "pass", text)
    remedy = _("Merge the segment with another, or lengthen satisfaction.horizon_days.")
    return Check("counts", "refuse", f"{_sentence(reason)} {remedy}")


def _variation(levels: pd.DataFrame) -> Check:
    if len(levels) > 1:
        reason = _("{count} different answers were given.").format(count=number(len(levels), 0))
        return Check("variation", "pass", reason)
    answer = f"{levels['satisfaction'].iloc[0]:g}"
    reason = _("Everyone answered {answer}, so that nothing can be compared.")
    return Check("variation", "refuse", reason.format(answer=answer))


def _separation(levels: pd.DataFrame) -> Check:
    of_stayed = levels.loc[levels["n_stayed"] > 0, "satisfaction"]
    of_left = levels.loc[levels["n_left"] > 0, "satisfaction"]
    if of_left.max() <= of_stayed.min():
        reason = _(
            "Everyone who left answered {cut} or less and everyone who stayed {other} or more: "
            "answers separate the two, so that no finite estimate exists."
        ).format(cut=f"{of_left.max():g}", other=f"{of_stayed.min():g}")
        return Check("separation", "refuse", reason)
    if of_stayed.max() <= of_left.min():
        reason = _(
            "Everyone who stayed answered {cut} or less and everyone who left {other} or more: "
            "answers separate the two, so that no finite estimate exists."
        ).format(cut=f"{of_stayed.max():g}", other=f"{of_left.min():g}")
        return Check("separation", "refuse", reason)
    return Check("separation", "pass", _("Answers of those who stayed and who left overlap."))


def _leak(levels: pd.DataFrame, watch: Watch) -> Check:
    stayed, left = levels["n_stayed"], levels["n_left"]
    chance = stayed / (stayed + left)
    n_terms = len(levels) - 1
    explained = deviance_explained(chance, stayed, left, n_terms=n_terms)
    area = auc(levels["satisfaction"], stayed, left)
    numbers = {
        "share": number(100 * max(explained, 0.0), 0),
        "area": number(max(area, 1 - area), 2),
        "item": watch.item,
    }
    if is_leak(chance, stayed, left, n_terms=n_terms):
        reason = _(
            "Answers tell almost perfectly who left (they explain {share}% of it; area under the "
            "curve {area}), as if written with knowledge of the outcome. Check how and when {item} "
            "was recorded."
        )
        return Check("leak", "refuse", reason.format(**numbers))
    reason = _(
        "Answers explain {share}% of who left (area under the curve {area}): no sign of a leak."
    )
    return Check("leak", "pass", reason.format(**numbers))


def _sentence(reason: str) -> str:
    """A clause with a capital and a full stop."""
    return f"{reason[:1].upper()}{reason[1:]}."

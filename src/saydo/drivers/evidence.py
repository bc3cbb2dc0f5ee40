"""What was checked before any number was believed: `tables/evidence` and `tables/verdicts`.

Takes an assessment; returns one row per check, and one verdict per segment.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from saydo.drivers.assess import Assessment
from saydo.languages import noop as _
from saydo.tables.declared import TEXT, as_declared

CHECKS: Mapping[str, str] = {
    "data": _("Tables that it takes"),
    "answers": _("{Customers} with an answer who could be watched"),
    "time_order": _("Order in time"),
    "horizon": _("Horizon finished"),
    "segments": _("Segments known before the watch"),
    "counts": _("Enough stayed and left"),
    "variation": _("Answers differ"),
    "separation": _("No separation by answers"),
    "leak": _("No leak in the answers"),
    "non_response": _("Those who answered stayed as often as the others"),
    "covariates": _("Adjusted for what is known"),
    "hindsight": _("Covariates known before what followed the answer"),
    "adjusted_model": _("No separation or leak by covariates"),
    "terms": _("Enough {customers} per coefficient"),
    "collinearity": _("Satisfaction and covariates can be told apart"),
    "direction": _("Sign as in the raw table"),
    "hidden_cause": _("No weak hidden cause would explain it"),
}
"""Names of checks, as they are shown."""

EVIDENCE = dict.fromkeys(("segment", "check", "outcome", "reason"), TEXT)
VERDICTS = dict.fromkeys(("segment", "verdict", "model", "reason"), TEXT)
"""Columns of the two tables, with their types."""


def evidence(assessment: Assessment) -> pd.DataFrame:
    """`segment`, `check` (a key of `CHECKS`), `outcome` (pass, warn, refuse), `reason`.

    After a `refuse` no coefficient is made: of any model, or of adjusted ones where the check is
    `adjusted_model`.
    """
    rows = [
        (assessment.segment, check.name, check.outcome, check.reason) for check in assessment.checks
    ]
    return as_declared(pd.DataFrame(rows, columns=list(EVIDENCE)), EVIDENCE)


def verdict(assessment: Assessment) -> pd.DataFrame:
    """One row: `segment`, `verdict`, `model` (the one that speaks for the segment), `reason`."""
    model = assessment.headline.name if assessment.headline else ""
    row = (assessment.segment, assessment.verdict, model, assessment.reason)
    return as_declared(pd.DataFrame([row], columns=list(VERDICTS)), VERDICTS)

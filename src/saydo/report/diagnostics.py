"""Does the model that speaks hold up? Its diagnostics, folded out on one section.

Takes the tables of `drivers.diagnostics`; returns a finding whose sentence says what is doubtful,
and which folds out to five smaller ones: calibration, discrimination, residuals, influence and
missing answers. They are its `result`, by name.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from saydo.drivers.diagnostics import NAMES
from saydo.languages import gettext as _
from saydo.languages import listed, noop
from saydo.report import html
from saydo.report.diagnostic_parts import (
    Part,
    calibration,
    discrimination,
    influence,
    lacks,
    missing_answers,
    residuals,
)
from saydo.report.finding import Finding, not_measured

HEADINGS = {
    "calibration": noop("Calibration"),
    "discrimination": noop("Discrimination"),
    "residuals": noop("Residuals"),
    "influence": noop("Influence"),
    "missing_answers": noop("Missing answers"),
}


def diagnostics(tables: Mapping[str, pd.DataFrame], *, segment: str) -> Finding:
    """What speaks against the model of a segment, with all that was looked into folded under it.

    Args:
        tables: Those of `drivers.diagnostics.NAMES`, of all segments.
        segment: One of them.
    """
    own = {name: tables[name][tables[name]["segment"] == segment] for name in NAMES}
    tests = own["calibration_tests"]
    if lacks(tests, "model"):
        return not_measured(tests, otherwise=_("No model could be fitted."))
    parts: dict[str, Part] = {
        "calibration": calibration(own["calibration"], tests),
        "discrimination": discrimination(own["added_value"], own["likelihood_ratio"]),
        "residuals": residuals(own["residuals"]),
        "influence": influence(own["influence"]),
        "missing_answers": missing_answers(own["missing_answers"]),
    }
    inner = "".join(
        f"<h3>{html.escape(_(HEADINGS[name]))}</h3>{part.finding._repr_html_()}"
        for name, part in parts.items()
    )
    return Finding(
        table=tests,
        sentence=_summary(parts),
        body=html.folded(listed(_(HEADINGS[name]) for name in parts), inner),
        result={name: part.finding for name, part in parts.items()},
    )


def _summary(parts: Mapping[str, Part]) -> str:
    """Which parts raise a doubt, and of which nothing can be told."""
    doubtful = [part.doubt for part in parts.values() if part.doubt]
    silent = [
        _(HEADINGS[name]) for name, part in parts.items() if part.finding.verdict == "not measured"
    ]
    told = ""
    if doubtful:
        told = _("Doubtful: {doubts}.").format(doubts=listed(doubtful))
    elif len(silent) < len(parts):
        told = _("Nothing that was looked into speaks against the model.")
    not_told = _("Nothing can be told of: {names}.").format(names=listed(silent)) if silent else ""
    return " ".join(filter(None, [told, not_told]))

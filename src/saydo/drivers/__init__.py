"""Do satisfied customers stay, and what do customers expect?

`analyse` gives every table for all segments; the others are its steps, for notebooks:
`exposures` → `patterns` → `assess` (which `fit`s) → `evidence`, `verdict`, `retention_models`;
`dose_response` and `ledger` of the same patterns; `expectations` of the answers.
"""

from saydo.drivers.analysis import KEPT, analyse
from saydo.drivers.assess import Assessment, assess
from saydo.drivers.dose_response import dose_response
from saydo.drivers.evidence import CHECKS, evidence, verdict
from saydo.drivers.expectations import expectations
from saydo.drivers.exposures import (
    LEFT_OUT,
    Exposures,
    Watch,
    exposures,
    exposures_lack,
    landmark_of,
)
from saydo.drivers.fit import Fit, fit
from saydo.drivers.fitted import MarginalEffect
from saydo.drivers.kept import watch_of, watch_table
from saydo.drivers.ledger import ledger
from saydo.drivers.patterns import patterns
from saydo.drivers.retention_models import retention_models
from saydo.drivers.verdicts import VERDICTS

__all__ = [
    "CHECKS",
    "KEPT",
    "LEFT_OUT",
    "VERDICTS",
    "Assessment",
    "Exposures",
    "Fit",
    "MarginalEffect",
    "Watch",
    "analyse",
    "assess",
    "dose_response",
    "evidence",
    "expectations",
    "exposures",
    "exposures_lack",
    "fit",
    "landmark_of",
    "ledger",
    "patterns",
    "retention_models",
    "verdict",
    "watch_of",
    "watch_table",
]

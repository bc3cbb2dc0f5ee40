"""What would it bring to be better? From attributes through satisfaction to staying and money."""

from saydo.drivers.worth.formation import Formation, formation
from saydo.drivers.worth.improving import (
    curve_of,
    customers_there,
    improvements_table,
    steps_of,
)
from saydo.drivers.worth.money import Margin, margin_lacks, margins, multiple
from saydo.drivers.worth.responses import Responses, responses
from saydo.drivers.worth.staying import Curve, curve
from saydo.drivers.worth.what_if import CAUTION, DRAWS, OUTCOMES, Steps, improvements, what_if

__all__ = [
    "CAUTION",
    "DRAWS",
    "OUTCOMES",
    "Curve",
    "Formation",
    "Margin",
    "Responses",
    "Steps",
    "curve",
    "curve_of",
    "customers_there",
    "formation",
    "improvements",
    "improvements_table",
    "margin_lacks",
    "margins",
    "multiple",
    "responses",
    "steps_of",
    "what_if",
]

"""What would it bring to be better? From attributes through satisfaction to staying and money."""

from saydo.drivers.worth.formation import Formation, formation
from saydo.drivers.worth.improving import (
    curve_of,
    customers_there,
    improvements_table,
    steps_of,
)
from saydo.drivers.worth.money import Margin, margin_lacks, margins, multiple
from saydo.drivers.worth.outcomes import OUTCOMES, Steps
from saydo.drivers.worth.responses import Responses, responses
from saydo.drivers.worth.standing import Standing
from saydo.drivers.worth.staying import Curve, curve
from saydo.drivers.worth.what_if import CAUTION, DRAWS, TIMES, gains, improvements, what_if

__all__ = [
    "CAUTION",
    "DRAWS",
    "OUTCOMES",
    "TIMES",
    "Curve",
    "Formation",
    "Margin",
    "Responses",
    "Standing",
    "Steps",
    "curve",
    "curve_of",
    "customers_there",
    "formation",
    "gains",
    "improvements",
    "improvements_table",
    "margin_lacks",
    "margins",
    "multiple",
    "responses",
    "steps_of",
    "what_if",
]

"""The same customers again: does satisfaction go with staying over several waves, and within one?

`waves` → `histories` → `repeated` (marginal, errors by customer) and `within` (each customer
against themselves); `panel_models` gives their table for all segments.
"""

from saydo.drivers.panel.conditional import Conditional, conditional_logit
from saydo.drivers.panel.gee import Gee, gee
from saydo.drivers.panel.histories import Histories, histories
from saydo.drivers.panel.models import panel_models
from saydo.drivers.panel.repeated import Repeated, fit_repeated, repeated
from saydo.drivers.panel.table import COLUMNS, Counts, Row, table
from saydo.drivers.panel.waves import Waves, waves
from saydo.drivers.panel.within import fit_within, within

__all__ = [
    "COLUMNS",
    "Conditional",
    "Counts",
    "Gee",
    "Histories",
    "Repeated",
    "Row",
    "Waves",
    "conditional_logit",
    "fit_repeated",
    "fit_within",
    "gee",
    "histories",
    "panel_models",
    "repeated",
    "table",
    "waves",
    "within",
]

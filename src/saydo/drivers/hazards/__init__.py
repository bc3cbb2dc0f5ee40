"""How soon do customers leave, and how does that go with what they last said?

`spells` reduces tables to time at risk; `cox_rows` and `discrete_rows` are the models of a segment
as rows. Their steps, for notebooks: `cox_fit` with `proportional_hazards`, and `discrete_hazards`
with `retention_over`.
"""

from saydo.drivers.hazards.cox import CoxFit, cox
from saydo.drivers.hazards.discrete import DiscreteFit, discrete_hazards, retention_over
from saydo.drivers.hazards.models import cox_fit, cox_rows, discrete_rows
from saydo.drivers.hazards.proportional import proportional_hazards
from saydo.drivers.hazards.spells import LEFT_OUT, MONTH, WEEK, Spells, spells, spells_lack

__all__ = [
    "LEFT_OUT",
    "MONTH",
    "WEEK",
    "CoxFit",
    "DiscreteFit",
    "Spells",
    "cox",
    "cox_fit",
    "cox_rows",
    "discrete_hazards",
    "discrete_rows",
    "proportional_hazards",
    "retention_over",
    "spells",
    "spells_lack",
]

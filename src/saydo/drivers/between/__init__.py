"""Do segments differ in what satisfaction has to do with staying, and what of small ones?

`between` gives the table; the others are its steps: `strata` → `interaction` (the one test, and who
differs) → `pooled` (small segments shrink towards the others instead of shouting).
"""

from saydo.drivers.between.interaction import Interaction, interaction
from saydo.drivers.between.normal_normal import (
    Posterior,
    RandomEffects,
    normal_normal,
    random_effects,
)
from saydo.drivers.between.pooling import pooled
from saydo.drivers.between.shrunken import Between, between
from saydo.drivers.between.strata import Strata, strata

__all__ = [
    "Between",
    "Interaction",
    "Posterior",
    "RandomEffects",
    "Strata",
    "between",
    "interaction",
    "normal_normal",
    "pooled",
    "random_effects",
    "strata",
]

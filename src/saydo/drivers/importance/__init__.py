"""Which attribute matters: by what people say, and by what goes with their satisfaction.

`saydo.drivers.expectations` has it all in one table; these are its steps, for notebooks:
`responses` → `derived` → `quadrants`, `disagreements`; `penalty_reward` of the same responses;
`stated` and `kano_classes` of what they say themselves.
"""

from saydo.drivers.importance.derived import Derived, derived
from saydo.drivers.importance.kano import kano_classes
from saydo.drivers.importance.least_squares import LeastSquares, least_squares
from saydo.drivers.importance.lmg import lmg
from saydo.drivers.importance.map import DISAGREEMENTS, QUADRANTS, disagreements, quadrants
from saydo.drivers.importance.penalty_reward import KINDS, penalty_reward
from saydo.drivers.importance.relative_weights import relative_weights
from saydo.drivers.importance.responses import Responses, responses
from saydo.drivers.importance.stated import stated
from saydo.drivers.importance.zones import ZONES, zone

__all__ = [
    "DISAGREEMENTS",
    "KINDS",
    "QUADRANTS",
    "ZONES",
    "Derived",
    "LeastSquares",
    "Responses",
    "derived",
    "disagreements",
    "kano_classes",
    "least_squares",
    "lmg",
    "penalty_reward",
    "quadrants",
    "relative_weights",
    "responses",
    "stated",
    "zone",
]

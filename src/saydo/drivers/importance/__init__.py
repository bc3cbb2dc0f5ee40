"""Which attribute matters: by what people say, and by what goes with their satisfaction."""

from saydo.drivers.importance.least_squares import LeastSquares, least_squares
from saydo.drivers.importance.lmg import lmg
from saydo.drivers.importance.relative_weights import relative_weights

__all__ = ["LeastSquares", "least_squares", "lmg", "relative_weights"]

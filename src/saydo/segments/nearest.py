"""Which centre is a point nearest to? The same answer of an array and of an expression.

Half the squared distance, less what is the same for every centre, tells which is the least: |c|²/2
minus the product of point and centre. Distances within `TIE` are equal, and the first of equal
centres is taken, so that the last digit of a sum moves nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

TIE = 1e-9
"""In units of the half squared distance."""


def nearest(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.intp]:
    """(n,): the number of the centre that each of the points (n, d) is nearest to."""
    further = (centres**2).sum(axis=1) / 2 - points @ centres.T
    return np.asarray((further <= further.min(axis=1, keepdims=True) + TIE).argmax(axis=1))


def with_nearest(
    points: ir.Table, columns: Sequence[str], centres: Sequence[Sequence[float]], *, into: str
) -> ir.Table:
    """`points` with the number of the nearest centre beside them; null where a coordinate is.

    Args:
        points: One row per point.
        columns: Names of the coordinates.
        centres: Per centre its coordinates.
        into: Name of the column of numbers.
    """
    if len(centres) == 1:
        return points.mutate(**{into: ibis.literal(0, "int64")})
    further = {f"further_{i}": _further(points, columns, c) for i, c in enumerate(centres)}
    measured = points.mutate(**further)
    measured = measured.mutate(at_most=ibis.least(*[measured[name] for name in further]) + TIE)
    is_near = [(measured[name] <= measured.at_most, i) for i, name in enumerate(further)]
    return measured.mutate(**{into: ibis.cases(*is_near)}).drop(*further, "at_most")


def _further(points: ir.Table, columns: Sequence[str], centre: Sequence[float]) -> ir.FloatingValue:
    result = ibis.literal(sum(each**2 for each in centre) / 2, "float64")
    for column, coordinate in zip(columns, centre, strict=True):
        result = result - points[column] * ibis.literal(coordinate, "float64")
    return result

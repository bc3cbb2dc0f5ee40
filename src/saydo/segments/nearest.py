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


def nearest_name(
    points: ir.Table,
    columns: Sequence[str],
    centres: Sequence[Sequence[float]],
    names: Sequence[str],
) -> ir.Table:
    """`customer_id`, `segment`: the name of the nearest centre; null where a coordinate is.

    Args:
        points: One row per customer, `customer_id` and the coordinates.
        columns: Names of the coordinates.
        centres: Per centre its coordinates.
        names: Of each centre.
    """
    further = {f"further_{i}": _further(points, columns, c) for i, c in enumerate(centres)}
    points = points.select("customer_id", **further)
    at_most = ibis.least(*[points[name] for name in further]) + TIE
    points = points.mutate(at_most=at_most)
    choices = [(points[f] <= points.at_most, name) for f, name in zip(further, names, strict=True)]
    return points.select("customer_id", segment=ibis.cases(*choices))


def _further(points: ir.Table, columns: Sequence[str], centre: Sequence[float]) -> ir.FloatingValue:
    result = ibis.literal(sum(each**2 for each in centre) / 2, "float64")
    for column, coordinate in zip(columns, centre, strict=True):
        result = result - points[column] * ibis.literal(coordinate, "float64")
    return result

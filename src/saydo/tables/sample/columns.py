"""How do NumPy arrays become typed columns, without a loop over rows?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

SECONDS_A_DAY = 86_400


def ids(
    prefix: str,
    numbers: NDArray[np.integer],
    *,
    width: int = 7,
    missing: NDArray[np.bool_] | None = None,
) -> pa.Array:
    """Ids as text: the prefix and the number, padded with zeros."""
    digits = pc.utf8_lpad(
        pc.cast(pa.array(numbers, mask=missing), pa.string()), width=width, padding="0"
    )
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, "")


def of_customer(
    names: pa.Array, rows: NDArray[np.integer], *, missing: NDArray[np.bool_] | None = None
) -> pa.Array:
    """Ids of the customers of each row, stored once per customer."""
    return pa.DictionaryArray.from_arrays(pa.array(rows.astype(np.int32), mask=missing), names)


def codes(numbers: NDArray[np.integer], values: Sequence[str]) -> pa.Array:
    """Texts by their place in `values`, each stored once."""
    return pa.DictionaryArray.from_arrays(
        pa.array(numbers.astype(np.int16)), pa.array(list(values), pa.string())
    )


def days(numbers: NDArray[np.integer], *, missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """Days since 1970 as dates."""
    return pa.array(numbers.astype(np.int32), pa.int32(), mask=missing).view(pa.date32())


def instants(seconds: NDArray[np.number], *, missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """Seconds since 1970 as instants without a time zone."""
    micros = seconds.astype(np.int64) * 1_000_000
    return pa.array(micros, pa.int64(), mask=missing).view(pa.timestamp("us"))


def clock(
    rng: np.random.Generator, days: NDArray[np.integer], *, opens: int = 8, closes: int = 22
) -> NDArray[np.int64]:
    """A random minute within opening hours of each day, in seconds since 1970."""
    minutes = rng.integers(60 * opens, 60 * closes, len(days))
    return days.astype(np.int64) * SECONDS_A_DAY + minutes * 60


def rated(values: NDArray[np.floating], low: int, high: int) -> NDArray[np.int8]:
    """Values rounded to whole points of a scale."""
    return np.clip(np.rint(values), low, high).astype(np.int8)

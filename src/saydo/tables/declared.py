"""What columns does a table of results have? Those it declares, whatever the data.

Takes rows, which may lack columns or be none at all; returns a table with all its columns, in their
order and of their types, so that tables of two studies can be put together and one that is refused
reads as one that is not. The declaration stands beside the function that makes the table.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

TEXT, COUNT, NUMBER, YES_NO, DAY = "str", "Int64", "float64", "boolean", "datetime64[us]"
"""Pandas' types of columns of results; each can be null."""


def as_declared(rows: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The rows with these columns, in this order and of these types; what they lack is null.

    Args:
        rows: Any number of rows; none has the columns all the same.
        columns: Pandas' type of each column.

    Raises:
        ValueError: The rows have a column that is not declared, and would be lost.
        TypeError: A value is not of its column's type, such as a fraction where counts are.

    Examples:
        >>> refused = pd.DataFrame({"segment": ["all"], "reason": ["nobody left"]})
        >>> as_declared(refused, {"segment": TEXT, "n": COUNT, "reason": TEXT}).dtypes.astype(str)
        segment      str
        n          Int64
        reason       str
        dtype: str
    """
    undeclared = [str(name) for name in rows.columns if name not in columns]
    if undeclared:
        raise ValueError(f"columns that are not declared: {', '.join(undeclared)}")
    whole = rows.reindex(columns=list(columns))
    # Beside anything else than numbers pandas keeps its NA as it is, which is no float yet.
    mixed = [name for name in columns if columns[name] == NUMBER and whole[name].dtype == object]
    return whole.astype(dict.fromkeys(mixed, "Float64")).astype(dict(columns))


def none_of(columns: Mapping[str, str]) -> pd.DataFrame:
    """The table without a row."""
    return as_declared(pd.DataFrame(), columns)

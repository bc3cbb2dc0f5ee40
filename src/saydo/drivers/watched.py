"""Who was watched, and why the others were not: `tables/exposures`.

Takes the counts of `Exposures.left_out`; returns them fit to be shown.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from saydo.suppression import withheld, withheld_reason
from saydo.tables.declared import COUNT, TEXT, as_declared

COLUMNS: Mapping[str, str] = {"segment": TEXT, "reason": TEXT, "n": COUNT, "note": TEXT}


def watched(left_out: pd.DataFrame, *, min_cell: int) -> pd.DataFrame:
    """Counts of who was left out, without small groups.

    Args:
        left_out: `segment`, `reason`, `n` (customers).
        min_cell: Fewest customers about whom anything is shown.

    Returns:
        `COLUMNS`; `note` says why `n` is withheld, else it is empty.
    """
    wide = left_out.pivot(index="segment", columns="reason", values="n")
    wide = wide.loc[left_out["segment"].unique(), left_out["reason"].unique()]
    is_hidden = withheld(wide, min_cell=min_cell).to_numpy().ravel()
    notes = [withheld_reason(min_cell) if hidden else "" for hidden in is_hidden]
    table = as_declared(left_out.assign(note=notes), COLUMNS)
    table.loc[is_hidden, "n"] = pd.NA
    return table

"""What was found when groups were looked for: kept in a pin, and shown as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from saydo.segments.groups import BY_NUMBER, Groups
from saydo.segments.way import Learned


def choice_to_pin(groups: Groups) -> dict[str, Any]:
    """`found`, `p_value` and `by_number`, to six significant digits."""
    rows = groups.by_number.to_dict("records")
    return {
        "found": bool(groups.found),
        "p_value": rounded(groups.p_value),
        "by_number": [{name: rounded(value) for name, value in row.items()} for row in rows],
    }


def choice_table(kept: Learned, *, used: int) -> pd.DataFrame:
    """A row for each number of groups that was tried, as `find_groups` tells.

    With `p_value` (of there being no groups), `found` (whether there are), and `is_used` of the
    number that is; none where customers were too few or too alike to ask.
    """
    table = pd.DataFrame(kept["by_number"], columns=list(BY_NUMBER))
    return table.assign(
        p_value=kept["p_value"], found=kept["found"], is_used=table["number"] == used
    )


def rounded(value: float) -> float:
    """`value` to six significant digits; whole numbers as they are."""
    return int(value) if isinstance(value, int | np.integer) else float(f"{value:.6g}")

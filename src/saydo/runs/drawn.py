"""Who was put where by a function of a notebook? A digest by which its results are known.

A function is known by nothing else: what it does may hang on all that the notebook holds.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from saydo import drivers
from saydo.languages import speak
from saydo.params import Params, project_folder
from saydo.segments import assign, assignments_before, placed_on
from saydo.segments.moves import day_before
from saydo.tables.load import load_tables


def drawn_digest(params_file: Path, params: Params, *, as_of: date) -> str:
    """Changes when a customer comes into another segment on any day on which results rest.

    Raises:
        DataError: The data can't be used, or the function can't.
    """
    how = params.segments
    digest = hashlib.sha256()
    with speak(params.language, params.audience):
        tables = load_tables(params, project_folder(params_file), as_of=as_of)
        today = assign(tables, params, as_of=as_of)
        landmark = drivers.landmark_of(params, as_of=as_of)
        drawn = [today.table, assignments_before(tables, params, today, day=landmark)]
        if how is not None and today.definition is not None:
            since = day_before(params, as_of=as_of)
            drawn.append(placed_on(tables, how, today.definition, day=since))
        for table in drawn:
            rows = table.order_by("customer_id").to_pandas()
            digest.update(rows.to_csv(index=False).encode())
    return digest.hexdigest()

"""What a model needs to be fitted again, kept as tables: patterns and what was watched.

A researcher who changes a model in a notebook fits it on the patterns that the run has reduced, so
that nothing is read from the engine again. Patterns count single customers; they are kept apart
from the tables that are for showing.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date

import pandas as pd

from saydo.drivers.exposures import Watch


def watch_table(watch: Watch) -> pd.DataFrame:
    """One row: `watch`, as JSON."""
    fields = asdict(watch) | {
        name: day.isoformat() if day else None
        for name, day in (
            ("as_of", watch.as_of),
            ("landmark", watch.landmark),
            ("last_activity", watch.last_activity),
        )
    }
    return pd.DataFrame({"watch": [json.dumps(fields)]})


def watch_of(table: pd.DataFrame) -> Watch:
    """The `Watch` that `watch_table` kept."""
    fields = json.loads(table["watch"].iloc[0])
    for name in ("as_of", "landmark", "last_activity"):
        fields[name] = date.fromisoformat(fields[name]) if fields[name] else None
    for name in ("covariates", "attributes"):
        fields[name] = tuple(fields[name])
    fields["scale"] = tuple(fields["scale"]) if fields["scale"] else None
    return Watch(**fields)

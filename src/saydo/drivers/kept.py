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
from saydo.drivers.worth.responses import Responses


def watch_table(watch: Watch) -> pd.DataFrame:
    """One row: `watch`, as JSON."""
    fields = asdict(watch) | {
        name: day.isoformat() if day else None
        for name, day in (
            ("as_of", watch.as_of),
            ("landmark", watch.landmark),
            ("last_activity", watch.last_activity),
            ("segments_on", watch.segments_on),
        )
    }
    return pd.DataFrame({"watch": [json.dumps(fields)]})


def watch_of(table: pd.DataFrame) -> Watch:
    """The `Watch` that `watch_table` kept."""
    fields = json.loads(table["watch"].iloc[0])
    for name in ("as_of", "landmark", "last_activity", "segments_on"):
        fields[name] = date.fromisoformat(fields[name]) if fields[name] else None
    for name in ("covariates", "attributes"):
        fields[name] = tuple(fields[name])
    fields["scale"] = tuple(fields["scale"]) if fields["scale"] else None
    return Watch(**fields)


def responses_table(responses: Responses) -> pd.DataFrame:
    """The patterns of `responses`, with the rest of it as JSON in the column `about`."""
    about = {
        "attributes": responses.attributes,
        "scales": responses.scales,
        "item": responses.item,
    }
    table = responses.patterns.assign(about="")
    # At least one row, of no segment, for what is said of all of them.
    head = pd.DataFrame([{"about": json.dumps(about)}]).reindex(columns=table.columns)
    return pd.concat([head, table], ignore_index=True) if len(table) else head


def responses_of(table: pd.DataFrame) -> Responses:
    """The `Responses` that `responses_table` kept."""
    about = json.loads(table["about"].iloc[0])
    patterns = table.iloc[1:].drop(columns="about").reset_index(drop=True)
    patterns = patterns.astype({"n": "int64", "is_recent": "bool"})
    scales = {name: (low, high) for name, (low, high) in about["scales"].items()}
    return Responses(patterns, tuple(about["attributes"]), scales, about["item"])

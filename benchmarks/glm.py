"""The retention model on patterns against the same model on rows: time, memory, and agreement.

Five million exposures on DuckDB: satisfaction and four covariates on their grain. *patterns*: from
the table on the engine to coefficients, as saydo does. *rows*: the same table fetched, and fitted
by statsmodels row by row. Once for a study without segments, which is one model; and once for ten
segments, which are eleven: everyone's, and each one's. Each side is a process of its own; making
the table is not timed.

    python benchmarks/glm.py [EXPOSURES …]      200000 and 5000000 if left out
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import statsmodels.api as sm
from scipy.special import expit
from threadpoolctl import threadpool_limits

from saydo.drivers import Exposures, Watch, fit, patterns
from saydo.tables.engine import open_engine

COVARIATES = ("tenure", "recency", "frequency", "spend")
AT_ONCE = 1_000_000
SEGMENTS = {"none": 1, "ten": 11}
"""And how many models they make."""


def write_exposures(file: Path, n: int) -> None:
    """Customers of ten segments, with covariates as `covariates` rounds them."""
    rng = np.random.default_rng(11)
    writer = None
    for first in range(0, n, AT_ONCE):
        size = min(AT_ONCE, n - first)
        # Who buys often bought lately, and spent more: as in the sample company.
        a_year = rng.gamma(1.5, 4.0, size)
        frequency = rng.poisson(a_year)
        years = rng.exponential(2.0, size)
        months = {
            "tenure": 12 * years,
            "recency": np.minimum(12 * years, 12 * rng.exponential(1 / a_year)),
            "frequency": frequency,
            "spend": 40 * frequency * np.exp(rng.normal(0, 0.3, size)),
        }
        known = {name: np.round(2 * np.log2(1 + x)) / 2 for name, x in months.items()}
        satisfaction = rng.choice(5, size, p=(0.05, 0.1, 0.2, 0.4, 0.25)) + 1.0
        pull = 0.4 * satisfaction + 0.1 * known["tenure"] - 0.2 * known["recency"]
        pull += 0.15 * known["frequency"] + 0.02 * known["spend"]
        table = pa.table(
            {
                "customer_id": pa.array(np.arange(first, first + size)).cast(pa.string()),
                "segment": pa.array(rng.integers(0, 10, size)).cast(pa.string()),
                "satisfaction": satisfaction,
                "stayed": rng.random(size) < expit(pull - 0.8),
                **known,
            }
        )
        writer = writer or pq.ParquetWriter(file, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def on_engine(file: Path, segments: str) -> ibis.Table:
    """The table, in DuckDB."""
    connection = open_engine("duckdb").home
    rows = connection.read_parquet(file)
    if segments == "none":
        rows = rows.mutate(segment=ibis.null("string"))
    return connection.create_table("exposures", rows)


def by_patterns(table: ibis.Table) -> list[float]:
    """saydo's way: all patterns in one query, then every model on its own."""
    watch = Watch(
        as_of=date(2025, 12, 31),
        horizon_days=90,
        landmark=date(2025, 10, 3),
        item="satisfaction",
        scale=(1.0, 5.0),
        has_time_order=True,
        covariates=COVARIATES,
    )
    reduced = patterns(Exposures(table, table, watch, pd.DataFrame()))
    found = []
    # As `analyse` does: matrices are small.
    with threadpool_limits(1, "blas"):
        for _segment, own in reduced.groupby("segment", sort=False):
            fitted = fit(own, adjust_for=COVARIATES)
            found += [*fitted.result.params, *fitted.result.bse]
    return found


def by_rows(table: ibis.Table) -> list[float]:
    """The same models by statsmodels, one row per customer, converged as far."""
    names = ["satisfaction", *COVARIATES]
    rows = table.select("segment", "stayed", *names).execute()
    found = row_by_row(rows, names)
    for _segment, own in rows.groupby("segment"):
        found += row_by_row(own, names)
    return found


def row_by_row(rows: pd.DataFrame, names: list[str]) -> list[float]:
    """Coefficients and standard errors."""
    design = sm.add_constant(rows[names])
    model = sm.GLM(rows["stayed"].astype(float), design, family=sm.families.Binomial())
    found = model.fit(tol_criterion="params", atol=1e-10, rtol=1e-9)
    return [*found.params, *found.bse]


SIDES = {"patterns": by_patterns, "rows": by_rows}


def child(side: str, segments: str, file: Path) -> None:
    """One side, in a process of its own."""
    table = on_engine(file, segments)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    found = SIDES[side](table)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "seconds": seconds,
                "gib": peak / 2**20,
                "loaded": before / 2**20,
                "found": [float(value) for value in found],
            }
        )
    )


def measure(file: Path, segments: str) -> dict[str, dict[str, Any]]:
    """Both sides on the same table."""
    told = {}
    for side in SIDES:
        command = [sys.executable, __file__, "--child", side, segments, str(file)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        told[side] = json.loads(done.stdout.splitlines()[-1])
    return told


def main(sizes: list[int]) -> None:
    """Print a table: one row per size."""
    print(f"GLM with {len(COVARIATES)} covariates, {os.cpu_count()} cores")
    print(
        "| exposures | models | patterns, s | rows, s | ratio | patterns, peak GiB (table alone) "
        "| rows, peak GiB | largest relative difference |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for n in sizes:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "exposures.parquet"
            write_exposures(file, n)
            for segments, models in SEGMENTS.items():
                told = measure(file, segments)
                ours, theirs = told["patterns"], told["rows"]
                a, b = np.array(ours["found"]), np.array(theirs["found"])
                print(
                    f"| {n:,} | {models} | {ours['seconds']:.2f} | {theirs['seconds']:.1f} "
                    f"| {theirs['seconds'] / ours['seconds']:.0f} "
                    f"| {ours['gib']:.2f} ({ours['loaded']:.2f}) | {theirs['gib']:.2f} "
                    f"| {np.abs(a / b - 1).max():.0e} |",
                    flush=True,
                )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], Path(sys.argv[4]))
    else:
        main([int(size) for size in sys.argv[1:]] or [200_000, 5_000_000])

"""Results: everything the pages show, computed once for all segments and kept as tidy tables.

`prepare` goes the whole way of the data, from files to `tables/<name>.parquet` and `.csv`, and a
`Results` reads them back. A run prepares into its own folder and tells its kernels where that is
(`SAYDO_RESULTS`); a study opened by hand prepares into a cache that is keyed by content, so that
the same params and data are computed once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import platformdirs

from saydo.drivers import analyse
from saydo.errors import DataError, Problem, UnknownName
from saydo.kpis import KPIS
from saydo.kpis.compute import compute
from saydo.languages import speak
from saydo.params import Params, project_folder
from saydo.runs.files import sha256, write
from saydo.segments import ALL, Assignment, assign, segment_sizes
from saydo.tables.checked import Tables
from saydo.tables.load import data_files, load_tables

FOLDER = "SAYDO_RESULTS"
"""Environment variable by which a run tells its kernels where the results are."""

CACHE = "SAYDO_CACHE"
"""Environment variable that moves the cache of studies opened by hand."""


@dataclass(frozen=True)
class Prepared:
    """What a run needs to know of its results, beside the tables themselves."""

    as_of: str
    params: str
    """Digest of the params."""
    key: str
    """Changes with the params, the data, the day and the version of saydo."""
    segments: list[tuple[str, str]]
    """Name and slug of each segment, `all` first."""
    rows: dict[str, dict[str, Any]]
    """Per table: read, used, rejected, excluded (reason to rows)."""
    data: dict[str, str]
    """Per file, as named in params: its SHA-256."""
    notes: list[str]


@dataclass(frozen=True)
class Results:
    """Results in a folder, as `prepare` left them."""

    folder: Path

    def read(self, name: str) -> pd.DataFrame:
        """The table `name`, typed as it was written.

        Raises:
            UnknownName: There is no such table; lists those there are.
        """
        file = self.folder / "tables" / f"{name}.parquet"
        if not file.is_file():
            there = sorted(each.stem for each in (self.folder / "tables").glob("*.parquet"))
            raise UnknownName("result", name, there)
        return pd.read_parquet(file)

    @cached_property
    def prepared(self) -> Prepared:
        """What was prepared."""
        raw = json.loads((self.folder / "tables" / "prepared.json").read_text("utf-8"))
        segments = [(name, slug) for name, slug in raw.pop("segments")]
        return Prepared(**raw, segments=segments)


@dataclass(frozen=True)
class Checked:
    """What `saydo check` tells: what was read, and what could be measured with it."""

    rows: dict[str, dict[str, Any]]
    rejects: Mapping[str, pd.DataFrame]
    notes: list[str]
    measurable: dict[str, str]
    """Per KPI: nothing if it can be measured, or what it needs."""


def check(params_file: Path, *, params: Params, as_of: date) -> Checked:
    """Read and check the data of a study, and compute nothing.

    Raises:
        DataError: The data can't be used as params describe them.
    """
    with speak(params.language):
        tables = load_tables(params, project_folder(params_file), as_of=as_of)
        _check_objectives(params, assign(tables, params, as_of=as_of))
        return Checked(
            rows={name: asdict(count) for name, count in tables.rows.items()},
            rejects=tables.rejects,
            notes=list(tables.notes),
            measurable={name: tables.lacks(kpi.needs) or "" for name, kpi in KPIS.items()},
        )


def prepare(
    params_file: Path,
    out: Path,
    *,
    params: Params,
    as_of: date,
    segments: Sequence[str] | None = None,
) -> Prepared:
    """Compute every result of a study, for all its segments, and write it below `out`.

    Args:
        params_file: The file that `params` came from; data lie relative to its project.
        out: Folder of this run.
        params: The study.
        as_of: Last day that is known.
        segments: Segments that pages are wanted of; they must exist. Results are of all.

    Raises:
        DataError: The data can't be used as params describe them; nothing has been written.
        UnknownName: There is no such segment; nothing has been written.
    """
    folder = project_folder(params_file)
    data = {name: sha256(file) for name, file in data_files(params, folder).items()}
    with speak(params.language):
        tables = load_tables(params, folder, as_of=as_of)
        assignment = assign(tables, params, as_of=as_of)
        _check_objectives(params, assignment)
        results = _results(tables, assignment, params=params, as_of=as_of)
        sizes = results["segments"]
        named = list(zip(sizes["segment"], sizes["slug"], strict=True))
        for wanted in segments or ():
            if wanted not in dict(named):
                raise UnknownName("segment", wanted, list(dict(named)))
        prepared = Prepared(
            as_of=as_of.isoformat(),
            params=params.digest(),
            key=_key(params, as_of, data),
            segments=named,
            rows={name: asdict(count) for name, count in tables.rows.items()},
            data=data,
            notes=list(tables.notes),
        )
        for name, frame in results.items():
            _write_table(out / "tables", name, frame)
        _write_table(out / "tables", "assignments", assignment.table.to_pandas())
        for name, frame in tables.rejects.items():
            _write_csv(out / "rejects" / f"{name}.csv", frame)
        # Last, so that results with it are whole.
        text = json.dumps(asdict(prepared), indent=1, ensure_ascii=False)
        write(out / "tables" / "prepared.json", text + "\n")
    return prepared


def results_for(params_file: Path, *, params: Params, as_of: date) -> Results:
    """The results of a study: the run's own, or those in the cache, computed if need be."""
    given = os.environ.get(FOLDER)
    if given:
        results = Results(Path(given))
        if results.prepared.params != params.digest():
            what = f"the results there are of other params than {params_file.name}; unset {FOLDER}"
            raise DataError("results", [Problem(FOLDER, what)])
        return results
    folder = project_folder(params_file)
    cache = Path(os.environ.get(CACHE) or platformdirs.user_cache_dir("saydo"))
    files = data_files(params, folder)
    key = _key(params, as_of, {name: sha256(file) for name, file in files.items()})
    kept = cache / key
    # A database has no content to know it by: what was read from one is not remembered.
    if params.data.engine == "duckdb" and (kept / "tables" / "prepared.json").is_file():
        return Results(kept)
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = Path(tempfile.mkdtemp(dir=cache, prefix="preparing-"))
    try:
        prepare(params_file, scratch, params=params, as_of=as_of)
        if kept.exists():
            shutil.rmtree(kept)
        scratch.rename(kept)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Results(kept)


def _results(
    tables: Tables, assignment: Assignment, *, params: Params, as_of: date
) -> Mapping[str, pd.DataFrame]:
    n_customers = int(tables["customers"].count().execute())
    sizes = segment_sizes(
        assignment.table, n_customers=n_customers, min_cell=params.privacy.min_cell
    )
    results = {
        "segments": sizes,
        "kpis": compute(tables, assignment.table, params=params, as_of=as_of),
        **analyse(tables, assignment.table, params=params, as_of=as_of),
    }
    if assignment.cuts is not None:
        results["segment_cuts"] = assignment.cuts
    return results


def _check_objectives(params: Params, assignment: Assignment) -> None:
    wanted = {objective.segment for objective in params.objectives} - {ALL}
    if not wanted:
        return
    names = set(assignment.table.distinct().execute()["segment"])
    allowed = ", ".join([ALL, *sorted(names)])
    problems = [
        Problem(
            f"objectives.{number}.segment",
            f"there is no segment {objective.segment!r}. Allowed: {allowed}.",
        )
        for number, objective in enumerate(params.objectives)
        if objective.segment not in names | {ALL}
    ]
    if problems:
        raise DataError("params", problems)


def _key(params: Params, as_of: date, data: Mapping[str, str]) -> str:
    parts = [params.digest(), as_of.isoformat(), json.dumps(data, sort_keys=True), version("saydo")]
    return hashlib.sha256("\n".join([*parts, _code_digest()]).encode()).hexdigest()[:24]


def _code_digest() -> str:
    """Changes when saydo's own code does, so that a developer never sees yesterday's results."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parents[1].rglob("*.p[yo]")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _write_table(folder: Path, name: str, frame: pd.DataFrame) -> None:
    write(folder / f"{name}.parquet", frame.to_parquet(index=False))
    _write_csv(folder / f"{name}.csv", frame)


def _write_csv(file: Path, frame: pd.DataFrame) -> None:
    write(file, frame.to_csv(index=False, lineterminator="\n"))

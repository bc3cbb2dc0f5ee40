"""Results: what the pages show, computed once for all segments and kept as tidy tables.

A run prepares them in its own folder and tells its kernels where that is (`SAYDO_RESULTS`); a study
opened by hand has them prepared in a cache that is keyed by content, so that the same params and
data are computed once. Reading results needs no engine, which keeps the kernels of a run light.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import platformdirs

from saydo.errors import DataError, Problem, UnknownName
from saydo.params import Params

FOLDER = "SAYDO_RESULTS"
"""Environment variable by which a run tells its kernels where the results are."""

CACHE = "SAYDO_CACHE"
"""Environment variable that moves the cache of studies opened by hand."""


KEPT = ".prepared"
"""Folder, beside `tables`, of what pages need and readers don't: counts of single customers."""


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
        for folder in ("tables", KEPT):
            file = self.folder / folder / f"{name}.parquet"
            if file.is_file():
                return pd.read_parquet(file)
        there = sorted(each.stem for each in (self.folder / "tables").glob("*.parquet"))
        raise UnknownName("result", name, there)

    @cached_property
    def prepared(self) -> Prepared:
        """What was prepared."""
        raw = json.loads((self.folder / KEPT / "prepared.json").read_text("utf-8"))
        segments = [(name, slug) for name, slug in raw.pop("segments")]
        return Prepared(**raw, segments=segments)


def results_for(params_file: Path, *, params: Params, as_of: date) -> Results:
    """The results of a study: the run's own, or those in the cache, computed if need be."""
    given = os.environ.get(FOLDER)
    if given:
        results = Results(Path(given))
        if results.prepared.params != params.digest():
            what = f"the results there are of other params than {params_file.name}; unset {FOLDER}"
            raise DataError("results", [Problem(FOLDER, what)])
        return results
    # Imported only now: it brings the engine and the models with it.
    from saydo.runs.prepare import data_digests, prepare

    cache = Path(os.environ.get(CACHE) or platformdirs.user_cache_dir("saydo"))
    key = content_key(params, as_of, data_digests(params_file, params))
    kept = cache / key
    # A database has no content to know it by: what was read from one is not remembered.
    if params.data.engine == "duckdb" and (kept / KEPT / "prepared.json").is_file():
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


def content_key(params: Params, as_of: date, data: Mapping[str, str]) -> str:
    """Changes with the params, the day, the data (digest per file) and saydo itself."""
    parts = [params.digest(), as_of.isoformat(), json.dumps(data, sort_keys=True), version("saydo")]
    return hashlib.sha256("\n".join([*parts, _code_digest()]).encode()).hexdigest()[:24]


def _code_digest() -> str:
    """Changes when saydo's own code does, so that a developer never sees yesterday's results."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parents[1].rglob("*.p[yo]")):
        digest.update(file.read_bytes())
    return digest.hexdigest()

"""The results of a study when a notebook asks: the run's own, or remembered, or computed now.

A run prepares results in its own folder and tells its kernels where that is (`SAYDO_RESULTS`). A
study opened by hand has them prepared in a cache that is keyed by content, so that the same params
and data are computed once.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import date
from pathlib import Path

import platformdirs

from saydo.errors import DataError, Problem
from saydo.params import ByOwn, Params, project_folder
from saydo.runs.content import content_key, data_digests, newest_pin
from saydo.runs.results import FOLDER, RESULTS, Results
from saydo.slug import slug

CACHE = "SAYDO_CACHE"
"""Environment variable that moves the cache of studies opened by hand."""


def results_for(params_file: Path, *, params: Params, as_of: date) -> Results:
    """The results of a study: the run's own, or those in the cache, computed if need be."""
    given = os.environ.get(FOLDER)
    own = _of_notebook(params)
    if given and own:
        as_of = date.fromisoformat(Results(Path(given)).prepared.as_of)
    elif given:
        results = Results(Path(given))
        if results.prepared.params != params.digest():
            what = f"the results there are of other params than {params_file.name}; unset {FOLDER}"
            raise DataError("results", [Problem(FOLDER, what)])
        return results
    # Imported only now: it brings the engine and the models with it.
    from saydo.runs.drawn import drawn_digest
    from saydo.runs.prepare import prepare

    cache = Path(os.environ.get(CACHE) or platformdirs.user_cache_dir("saydo"))
    earlier = project_folder(params_file) / "reports" / slug(params.study)
    pin = newest_pin(earlier, before=as_of)
    data = data_digests(params_file, params)
    if own:
        data["segments"] = drawn_digest(params_file, params, as_of=as_of)
    key = content_key(params, as_of, data, pin)
    kept = cache / key
    # A database has no content to know it by: what was read from one is not remembered.
    if params.data.engine == "duckdb" and (kept / RESULTS).is_file():
        return Results(kept)
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = Path(tempfile.mkdtemp(dir=cache, prefix="preparing-"))
    try:
        prepare(params_file, scratch, params=params, as_of=as_of, earlier=earlier)
        if kept.exists():
            shutil.rmtree(kept)
        scratch.rename(kept)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Results(kept)


def _of_notebook(params: Params) -> bool:
    """Whether segments come of a function that no file holds: no run has results of them."""
    return isinstance(params.segments, ByOwn) and params.segments.calls is not None

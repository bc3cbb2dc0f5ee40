"""What do results rest on? Digests of params, data, pin and code, by which they are known again.

Light to import: a run that finds its results there needs neither the engine nor the models.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from saydo.params import ByOwn, Params, project_folder
from saydo.runs.files import sha256
from saydo.runs.results import RESULTS, Prepared, still_there
from saydo.tables.data_files import data_files

PIN = "segmentation.yml"
"""File in a run's folder that holds what it had learned of segments."""


def data_digests(params_file: Path, params: Params) -> dict[str, str]:
    """The SHA-256 of each file of a study, by its name in params; of those that are there."""
    folder = project_folder(params_file)
    files = data_files(params, folder)
    how = params.segments.innermost if params.segments else None
    if isinstance(how, ByOwn) and how.calls is None:
        files["segments.function"] = folder / how.function.partition(":")[0]
    return {name: sha256(file) for name, file in files.items() if file.is_file()}


def newest_pin(reports: Path, *, before: date) -> Path | None:
    """The pin of the last run of an earlier day.

    Args:
        reports: The study's folder, with one folder per run, named by its day.
        before: The day of this run.
    """
    pins = {
        day: file
        for file in reports.glob(f"*/{PIN}")
        if not file.parent.is_symlink() and (day := _day(file.parent.name)) and day < before
    }
    return pins[max(pins)] if pins else None


def content_key(params: Params, as_of: date, data: Mapping[str, str], pin: Path | None) -> str:
    """Changes with the params, the day, the data (digest per file), the pin and saydo itself."""
    parts = [
        params.digest(),
        as_of.isoformat(),
        json.dumps(data, sort_keys=True),
        sha256(pin) if pin else "",
        version("saydo"),
        code_digest(),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def found(
    params_file: Path,
    folder: Path,
    *,
    params: Params,
    as_of: date,
    segments: Sequence[str] | None = None,
) -> Prepared | None:
    """The results that an earlier run left in `folder`, if they rest on the same and are whole.

    Args:
        params_file: The file that `params` came from.
        folder: Of the run.
        params: The study.
        as_of: Last day that is known.
        segments: Segments that must be among them.
    """
    if params.data.engine != "duckdb" or not (folder / RESULTS).is_file():
        # A database has no content to know it by; and where nothing is, no file need be read.
        return None
    pin = newest_pin(folder.parent, before=as_of)
    key = content_key(params, as_of, data_digests(params_file, params), pin)
    there = still_there(folder, key)
    if there is None or not set(segments or ()) <= {name for name, _slug in there.segments}:
        return None
    return there


def code_digest() -> str:
    """Changes when saydo's own code, texts or theme do, so that nobody sees yesterday's pages."""
    digest, package = hashlib.sha256(), Path(__file__).parents[1]
    for file in sorted(package.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(file.relative_to(package).as_posix().encode() + b"\0")
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None

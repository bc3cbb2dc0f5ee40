"""The pages of a study are the same however they are made, and tell nothing of other segments."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from saydo.kpis import KPIS
from saydo.params import load
from saydo.runs.digests import digest_of_read, half_of
from saydo.runs.prepare import prepare
from saydo.runs.results import DIGESTS, KEPT, Results
from saydo.runs.run import run

OWN, OTHER = "On the clock", "Easy going"
WAYS = {
    "serial, cold": {"executor": "serial", "cold": True},
    "serial, warm": {"executor": "serial"},
    "parallel, warm": {"executor": "processes", "jobs": 3},
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def prepared(project, tmp_path_factory) -> Path:
    """Results of the sample company, computed once."""
    params = load(project / "params" / "demo.yml", kpis=tuple(KPIS))
    folder = tmp_path_factory.mktemp("reports") / "prepared"
    prepare(project / "params" / "demo.yml", folder, params=params, as_of=params.as_of_day())
    return folder


@pytest.fixture(scope="module")
def made(project, prepared, tmp_path_factory):
    """Pages of the report and of one segment: path to HTML, by how they are made."""

    def made(*, results: Path = prepared, **how) -> dict[str, str]:
        def copied(_file: Path, out: Path, **_: object) -> object:
            shutil.copytree(results, out, dirs_exist_ok=True)
            return Results(results).prepared

        out = tmp_path_factory.mktemp("out")
        file = project / "params" / "demo.yml"
        manifest = run(file, segments=[OWN], out=out, prepare=copied, **how)
        assert [page.error for page in manifest.failed] == []
        assert manifest.folder is not None
        return {page.path: _of(manifest.folder / page.path) for page in manifest.pages}

    return made


@pytest.fixture(scope="module")
def serial(made) -> dict[str, str]:
    return made(**WAYS["serial, warm"])


def _of(file: Path) -> str:
    """Without the minute in which the run began."""
    text, n = re.subn(r"\d+ \w+ \d{4} \d\d:\d\d UTC", "", file.read_text("utf-8"))
    assert n == 1
    return text


@pytest.mark.parametrize("way", [way for way in WAYS if way != "serial, warm"])
def test_pages_and_their_figures_are_the_same_bytes_however_they_are_made(made, serial, way):
    pages = made(**WAYS[way])
    assert pages.keys() == serial.keys()
    assert len(pages) == 7
    assert [path for path in pages if pages[path] != serial[path]] == []


def test_pages_of_a_cluster_are_the_same_bytes(made, serial, cluster):
    pages = made(executor=cluster.scheduler_address.replace("tcp://", "dask://"))
    assert [path for path in pages if pages[path] != serial[path]] == []


def test_no_value_of_a_segment_is_told_on_anothers_page(made, serial, prepared, tmp_path):
    changed = tmp_path / "changed"
    shutil.copytree(prepared, changed)
    n_changed = 0
    for file in [*(changed / "tables").glob("*.parquet"), *(changed / KEPT).glob("*.parquet")]:
        table = pd.read_parquet(file)
        if "segment" in table and file.stem not in ("segments", "assignments"):
            theirs = table["segment"] == OTHER
            for column in table.select_dtypes(["float64"]):
                table.loc[theirs, column] *= 1.5
                n_changed += int(np.isfinite(table.loc[theirs, column]).sum())
            table.to_parquet(file, index=False)
    assert n_changed > 1000
    pages = made(results=changed, executor="serial")
    differ = {path for path in pages if pages[path] != serial[path]}
    # Those that compare segments.
    assert differ == {"index.html", "segments.html"}
    for path, html in serial.items():
        if path.startswith("on-the-clock/"):
            assert OTHER not in html


def test_what_one_segment_says_changes_no_results_of_another(project, prepared, tmp_path):
    study = tmp_path / "study"
    shutil.copytree(project, study, ignore=shutil.ignore_patterns("reports"))
    file = study / "data" / "acme" / "answers.parquet"
    answers = pd.read_parquet(file)
    drawn = pd.read_parquet(prepared / "tables" / "assignments.parquet")
    theirs = answers["customer_id"].isin(drawn.loc[drawn["segment"] == OTHER, "customer_id"])
    is_score = theirs & (answers["item"] == "satisfaction") & (answers["aspect"] == "score")
    assert is_score.sum() > 100
    answers.loc[is_score, "score"] = 6 - answers.loc[is_score, "score"]
    answers.to_parquet(file, index=False)
    params = load(study / "params" / "demo.yml", kpis=tuple(KPIS))
    again = tmp_path / "again"
    prepare(study / "params" / "demo.yml", again, params=params, as_of=params.as_of_day())
    before, after = (
        json.loads((each / KEPT / DIGESTS).read_text("utf-8")) for each in (prepared, again)
    )

    def changed(segment: str) -> set[str]:
        return {
            name
            for name in before
            if not any(
                half_of(digest_of_read(before, name, [segment]), half)
                == half_of(digest_of_read(after, name, [segment]), half)
                for half in (0, 1)
            )
        }

    assert {"kpis", "responses"} <= changed(OTHER)
    # What compares segments (a page shows its own place among them), and what may be shown of one
    # where another's small groups could be told from it.
    comparing = {"mix", "segments_compared", "segment_profiles", "segment_positions", "definitions"}
    assert changed(OWN) - comparing <= {"dose_response", "reweighted"}

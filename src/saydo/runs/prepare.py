"""The whole way of the data, once: from files to `tables/<name>.parquet` and `.csv`.

Takes params and the folder of a run; writes every table of results for all segments, the rejected
rows, and what a run needs to know of both (`Prepared`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from saydo import drivers
from saydo.errors import DataError, Problem, UnknownName
from saydo.kpis import KPIS
from saydo.kpis.compute import compute, lacking
from saydo.kpis.mix import mix
from saydo.kpis.rivals import RIVALS, sensitivity
from saydo.kpis.targets import targets
from saydo.languages import names_as_in_params, speak
from saydo.objectives.advice import advise
from saydo.objectives.checks import problems
from saydo.objectives.table import objectives
from saydo.params import ALL, Params, project_folder
from saydo.report.movement import latest
from saydo.report.workbook import scorecard
from saydo.runs.content import PIN, content_key, data_digests, newest_pin
from saydo.runs.digests import digests_of
from saydo.runs.files import sha256, write
from saydo.runs.results import DIGESTS, KEPT, RESULTS, WRITTEN, Prepared
from saydo.runs.write_tables import digest_of_written, parquet, write_tables
from saydo.segments import Assignment, assign, assignments_before, is_usable, learns, segment_sizes
from saydo.segments.by_own import with_function
from saydo.segments.definition import Definition, read_pin
from saydo.segments.market_positions import market_positions
from saydo.segments.moves import moves
from saydo.segments.positions import positions
from saydo.segments.profiles import profiled_features, profiles
from saydo.segments.stability import stability
from saydo.segments.whale_curve import whale_curve
from saydo.tables.checked import Tables
from saydo.tables.load import load_tables


@dataclass(frozen=True)
class Checked:
    """What `saydo check` tells: what was read, and what could be measured with it."""

    rows: dict[str, dict[str, Any]]
    rejects: Mapping[str, pd.DataFrame]
    notes: list[str]
    measurable: dict[str, str]
    """Per KPI: nothing if it can be measured, or what it needs."""
    advice: list[str]
    """What keeps objectives from being some in the customer's voice, and its remedy."""


def check(params_file: Path, *, params: Params, as_of: date) -> Checked:
    """Read and check the data of a study, and compute nothing.

    Raises:
        DataError: The data can't be used as params describe them.
    """
    folder = project_folder(params_file)
    params = with_function(params, folder)
    with speak(params.language, params.audience), names_as_in_params():
        tables = load_tables(params, folder, as_of=as_of)
        _check_objectives(params, assign(tables, params, as_of=as_of), as_of=as_of)
        measurable = {name: lacking(kpi, tables, params) or "" for name, kpi in KPIS.items()}
        items = _items(tables) if any(each.item for each in params.objectives) else None
        return Checked(
            rows={name: asdict(count) for name, count in tables.rows.items()},
            rejects=tables.rejects,
            notes=list(tables.notes),
            measurable=measurable,
            advice=[
                str(each)
                for each in advise(params, as_of=as_of, measurable=measurable, items=items)
            ],
        )


def prepare(
    params_file: Path,
    out: Path,
    *,
    params: Params,
    as_of: date,
    segments: Sequence[str] | None = None,
    earlier: Path | None = None,
) -> Prepared:
    """Compute every result of a study, for all its segments, and write it below `out`.

    Args:
        params_file: The file that `params` came from; data lie relative to its project.
        out: Folder that is this run's own and holds no other results.
        params: The study.
        as_of: Last day that is known.
        segments: Segments that pages are wanted of; they must exist. Results are of all.
        earlier: Folder of the study's earlier runs, whose definition of segments is used again; the
            one that `out` lies in if left out.

    Raises:
        DataError: The data can't be used as params describe them; nothing has been written.
        UnknownName: There is no such segment; nothing has been written.
    """
    folder = project_folder(params_file)
    data = data_digests(params_file, params)
    params = with_function(params, folder)
    reports = earlier or out.parent
    pinned = pinned_definition(params, reports, as_of=as_of)
    with speak(params.language, params.audience):
        tables = load_tables(params, folder, as_of=as_of)
        assignment = assign(tables, params, as_of=as_of, pinned=pinned)
        _check_objectives(params, assignment, as_of=as_of)
        results = _results(tables, assignment, params=params, as_of=as_of)
        sizes = results["segments"]
        named = list(zip(sizes["segment"], sizes["slug"], strict=True))
        for wanted in segments or ():
            if wanted not in dict(named):
                raise UnknownName("segment", wanted, list(dict(named)))
        about = Prepared(
            as_of=as_of.isoformat(),
            params=params.digest(),
            key=content_key(params, as_of, data, newest_pin(reports, before=as_of)),
            segments=named,
            rows={name: asdict(count) for name, count in tables.rows.items()},
            data=data,
            notes=list(tables.notes),
        )
        results = {frame_name: _by_segment(frame, sizes) for frame_name, frame in results.items()}
        shown = {"assignments": assignment.table.to_pandas()}
        for name, frame in results.items():
            if name in drivers.KEPT:
                write(out / KEPT / f"{name}.parquet", parquet(frame))
            else:
                shown[name] = frame
        book = scorecard(results["kpis"], results["objectives"], params=params, as_of=as_of)
        written = write_tables(out, shown, scorecard=book, rejects=tables.rejects, as_of=as_of)
        if assignment.definition:
            write(out / PIN, assignment.definition.to_yaml())
        digests = {name: digests_of(frame) for name, frame in results.items()}
        digests[WRITTEN] = digest_of_written(written)
        write(out / KEPT / DIGESTS, json.dumps(digests) + "\n")
        prepared = replace(about, files=_written_files(out), written=dict(written))
        # Last, so that results with it are whole.
        write(out / RESULTS, json.dumps(asdict(prepared), indent=1, ensure_ascii=False) + "\n")
    return prepared


def pinned_definition(params: Params, earlier: Path, *, as_of: date) -> Definition | None:
    """What the newest run of an earlier day had learned of segments, if this run may use it.

    Args:
        params: Of this run.
        earlier: The study's folder of reports.
        as_of: Day of this run.

    Raises:
        DataError: The file is damaged.
    """
    if params.segments is None or not learns(params.segments):
        return None
    file = newest_pin(earlier, before=as_of)
    definition = read_pin(file) if file else None
    return definition if definition and is_usable(definition, params.segments) else None


def _results(
    tables: Tables, assignment: Assignment, *, params: Params, as_of: date
) -> Mapping[str, pd.DataFrame]:
    n_customers = int(tables["customers"].count().execute())
    sizes = segment_sizes(
        assignment.table, n_customers=n_customers, min_cell=params.privacy.min_cell
    )
    landmark = drivers.landmark_of(params, as_of=as_of)
    before = assignments_before(tables, params, assignment, day=landmark)
    results = {
        "segments": sizes,
        **_told_of_segments(tables, assignment, sizes, params=params, as_of=as_of),
        "segment_stability": stability(assignment, params),
        "segment_moves": moves(tables, assignment, sizes, params=params, as_of=as_of),
        **_kpis(tables, assignment, params=params, as_of=as_of),
        **drivers.analyse(tables, assignment.table, before, params=params, as_of=as_of),
    }
    strategy = _strategy(tables, assignment, sizes, results["kpis"], params=params, as_of=as_of)
    return {**results, **strategy, **assignment.explained}


def _strategy(
    tables: Tables,
    assignment: Assignment,
    sizes: pd.DataFrame,
    kpis: pd.DataFrame,
    *,
    params: Params,
    as_of: date,
) -> Mapping[str, pd.DataFrame]:
    """Where segments and markets stand, whose profit it is, and how the targets fare."""
    drawn, min_cell = assignment.table, params.privacy.min_cell
    return {
        "segment_positions": positions(
            kpis, sizes, latest(kpis), follow_behaviour=params.segments_follow_behaviour
        ),
        "whale_curve": whale_curve(tables, drawn, as_of=as_of, min_cell=min_cell),
        "targets": targets(tables, drawn, params=params, as_of=as_of),
        "market_positions": market_positions(tables, as_of=as_of),
    }


def _told_of_segments(
    tables: Tables, assignment: Assignment, sizes: pd.DataFrame, *, params: Params, as_of: date
) -> Mapping[str, pd.DataFrame]:
    """How segments were drawn (`method`; `learned_on`, where anything is learned; `is_pinned`, by a
    run of an earlier day), and what sets each apart."""
    definition, how = assignment.definition, params.segments
    if definition is None or how is None:
        return {}
    day = pd.Timestamp(definition.learned_on) if learns(how) else pd.NaT
    drawn = {"method": how.method, "learned_on": day, "is_pinned": definition.learned_on < as_of}
    apart = profiles(
        profiled_features(tables, params=params, as_of=as_of),
        assignment.table,
        hidden=list(sizes.loc[sizes["n_customers"].isna(), "segment"]),
        min_cell=params.privacy.min_cell,
    )
    return {"segmentation": pd.DataFrame([drawn]), "segment_profiles": apart}


def _kpis(
    tables: Tables, assignment: Assignment, *, params: Params, as_of: date
) -> Mapping[str, pd.DataFrame]:
    """The KPIs, and what can be told of them only side by side."""
    # Rivals share the queries of the KPIs that they rival.
    every = [*KPIS.values(), *RIVALS.values()]
    table = compute(tables, assignment.table, params=params, as_of=as_of, kpis=every)
    is_rival = table["kpi"].isin(RIVALS)
    kpis, rivals = table[~is_rival].reset_index(drop=True), table[is_rival]
    return {
        "kpis": kpis,
        "objectives": objectives(kpis, params=params, as_of=as_of),
        "definitions": sensitivity(kpis, rivals),
        "mix": mix(latest(kpis), kpis),
    }


def _check_objectives(params: Params, assignment: Assignment, *, as_of: date) -> None:
    found = problems(params, as_of=as_of)
    asked = {objective.segment for objective in params.objectives} - {ALL}
    if asked or params.targets:
        names = set(assignment.table.select("segment").distinct().execute()["segment"])
        found += [
            Problem(f"objectives.{number}.segment", _no_segment(objective.segment, {ALL, *names}))
            for number, objective in enumerate(params.objectives)
            if objective.segment not in names | {ALL}
        ]
        found += [
            Problem(f"targets.{number}", _no_segment(target, names))
            for number, target in enumerate(params.targets)
            if target not in names
        ]
        if names and names <= set(params.targets):
            what = "every segment is a target, so that there is no rest to set them against"
            found.append(Problem("targets", what))
    if found:
        raise DataError("params", sorted(found, key=lambda problem: problem.where))


def _no_segment(name: str, names: set[str]) -> str:
    allowed = ", ".join(sorted(names, key=lambda each: (each != ALL, each)))
    return f"there is no segment {name!r}. Allowed: {allowed or 'none, without segments'}."


def _items(tables: Tables) -> set[str] | None:
    """The items of `answers`; None without that table."""
    if "answers" not in tables:
        return None
    return set(tables["answers"].select("item").distinct().execute()["item"])


def _written_files(out: Path) -> dict[str, str]:
    """The SHA-256 of each file of results, by its name from the folder on."""
    folders = (out / "tables", out / "rejects", out / KEPT)
    files = [file for folder in folders for file in sorted(folder.glob("*")) if file.is_file()]
    files += out.glob(PIN)
    return {file.relative_to(out).as_posix(): sha256(file) for file in files}


def _by_segment(frame: pd.DataFrame, sizes: pd.DataFrame) -> pd.DataFrame:
    """The rows of a segment one after the other, in the segments' order and those of no segment
    first, so that its pages read few others with them."""
    if "segment" not in frame.columns:
        return frame
    order = {name: number for number, name in enumerate(sizes["segment"])}
    place = frame["segment"].map(order).astype("float64").fillna(-1.0)
    return frame.iloc[place.argsort(kind="stable")].reset_index(drop=True)

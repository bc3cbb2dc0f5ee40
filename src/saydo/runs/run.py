"""A run: from a params file to a folder of pages, and a manifest of what became of each.

`run` prepares the results once for all segments, makes every page (execute, render, write), and
lets `latest` lead to the folder when all pages of the study are there. One page that fails does
not stop the others: an error page stands in its place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from saydo.errors import ParamsError
from saydo.params import Params, find, load, project_folder
from saydo.runs import beside, executors, manifest, plan, pool
from saydo.runs.content import found
from saydo.runs.files import point
from saydo.runs.freshness import Ground
from saydo.runs.job import Job
from saydo.runs.limits import PAGE_SECONDS, share_of_memory
from saydo.runs.lock import Lock, LockLost
from saydo.runs.manifest import Manifest, PageRecord, Rows
from saydo.runs.places import Places
from saydo.runs.progress import RunProgress, Silent
from saydo.runs.publish import apart, publish, room_in
from saydo.runs.record import Record
from saydo.runs.site import linked, site_of
from saydo.runs.stopping import STOPS, Stopping
from saydo.runs.warmth import Kernels, Warmth
from saydo.slug import slug


class Prepared(Protocol):
    """What `saydo.runs.prepare.prepare` returns, as far as a run needs it."""

    @property
    def key(self) -> str:
        """Changes with the params, the data, the day and saydo's code."""

    @property
    def segments(self) -> Sequence[tuple[str, str]]:
        """Name and slug of each; `all` comes first."""

    @property
    def rows(self) -> Mapping[str, Mapping[str, object]]: ...
    @property
    def data(self) -> Mapping[str, str]: ...
    @property
    def notes(self) -> Sequence[str]: ...


def run(
    params: str | Path,
    *,
    segments: Sequence[str] | None = None,
    as_of: date | None = None,
    jobs: int = 1,
    executor: str | None = None,
    out: str | Path | None = None,
    retry_failed: bool = False,
    shard: tuple[int, int] | None = None,
    again: bool = False,
    cold: bool = False,
    page_seconds: float | None = PAGE_SECONDS,
    page_memory: int | None = None,
    progress: RunProgress | None = None,
    prepare: Callable[..., Prepared] | None = None,
) -> Manifest:
    """Make the pages of a study and return the manifest, which also lies beside them.

    Args:
        params: The params file.
        segments: Make pages only of these segments, and those of the whole report; None: of all.
        as_of: Last day that the run may know of, instead of the one in params.
        jobs: How many pages at a time.
        executor: Where pages are made: `serial`, `processes` or `dask://host:port`; None: in this
            process, or in so many as `jobs` says.
        out: Folder for the reports of all studies; `reports/` of the project if left out.
        retry_failed: Make only pages that failed or are missing, if the results are the same.
        shard: (i, n): make only every n-th page, from the i-th on. Shards into one folder run one
            after the other.
        again: Make all pages and results, though nothing has changed.
        cold: Start each kernel by itself.
        page_seconds: How long a page may take; None: as long as it takes.
        page_memory: Bytes that a page may allocate (Linux); None: its share of what there is.
        progress: Who follows the run.
        prepare: Gives the results; `saydo.runs.prepare.prepare` if left out.

    Raises:
        SaydoError: Wrong params, data, notebooks or names. No page was made.
    """
    file = find(params)
    study = _loaded(file)
    project = project_folder(file)
    notebooks = plan.notebooks(project)
    day = as_of or study.as_of_day()
    reports = Path(out).absolute() if out is not None else project / "reports"
    folder = reports / slug(study.study) / day.isoformat()
    secrets = () if study.data.engine == "duckdb" else (study.data.engine,)
    places = Places.of(project, out=reports, variables=secrets)

    with (
        Stopping() as stopping,
        Lock(folder, command=_command(places)) as lock,
        progress or Silent() as follower,
        places.kept_in(),
        apart(folder, lock, say=follower.say) as new,
        Warmth(cold=cold) as warmth,
    ):
        started = _now()
        known: dict[str, Any] = {"params": study, "as_of": day, "segments": segments}
        prepared: Prepared | None = None if again or prepare else found(file, folder, **known)
        if prepared is None:
            # Their names were right where results of these params are there.
            load(file, kpis=_kpi_names())
            follower.say(f"{study.study}, as of {day}: reading data")
            warmth.begin()
            with room_in(folder):
                prepared = (prepare or _prepare)(file, new, **known)
        begun = _begun(study, day, started, prepared)
        pages = plan.pages(notebooks, prepared.segments)
        ground = Ground.of(begun, project=project, results=new if new.is_dir() else folder)
        asked = [page for page in pages if segments is None or page.segment in (None, *segments)]
        there = linked(pages, asked, begun, folder) if segments else pages
        site = site_of(begun, study, there, of=pages)
        by_path = {page.path: page for page in pages}

        def is_fresh(made: PageRecord) -> bool:
            page = by_path.get(made.path)
            return page is not None and ground.is_fresh(page, site.near(page), made)

        record = Record.continued(
            begun, folder, places=places, order=list(by_path), is_fresh=None if again else is_fresh
        )
        if record.outdated:
            follower.say(
                f"the {len(record.outdated)} pages there rest on other params, data or code; "
                "what this run does not make again is removed"
            )
        asked = plan.shard(asked, shard)
        to_make = [page for page in asked if (again and not retry_failed) or not record.has(page)]
        limits = {"seconds": page_seconds, "memory": page_memory or share_of_memory(jobs)}
        kernels = warmth.kernels(**limits) if to_make else Kernels()
        name = file.relative_to(project).as_posix()
        work = [
            Job(page, site.near(page), name, project, folder, places, kernels) for page in to_make
        ]
        beside_it = partial(beside.update, folder, pages=pages, places=places, say=follower.say)

        def end(*, interrupted: bool) -> Manifest:
            ended = record.end(asked, of=pages, interrupted=interrupted)
            if ended.complete:
                point(folder.parent / "latest", folder)
            beside_it(ended)
            return ended

        interrupted = False
        try:
            with executors.opened(executor, jobs=jobs, files=_read(work), folder=folder) as place:
                with stopping.held_up():
                    lock.check()
                    with room_in(folder):
                        record.begin([job.page for job in work])
                    publish(new, folder)
                    if work:
                        beside_it(begun)
                _make(work, record, ground, lock, executor=place, follower=follower)
        except STOPS:
            if not record.has_begun:
                raise
            follower.say("stopped; the pages made so far are kept")
            interrupted = True
        except Exception as error:
            if record.has_begun and not isinstance(error, LockLost):
                end(interrupted=True)
            raise
        with stopping.held_up():
            ended = end(interrupted=interrupted)
    return ended.model_copy(update={"folder": folder, "signal": stopping.heard})


def _loaded(file: Path) -> Params:
    """The params, but for the names of KPIs in them, which take a second to know."""
    try:
        return load(file)
    except ParamsError:
        # All problems at once.
        load(file, kpis=_kpi_names())
        raise


def _prepare(file: Path, new: Path, **options: Any) -> Prepared:
    # Imported when needed: it brings Ibis, DuckDB and statsmodels with it.
    from saydo.runs.prepare import prepare

    return prepare(file, new, earlier=new.parent.parent, **options)


def _command(places: Places) -> str:
    """What was typed, for who finds the lock."""
    return places.without(" ".join([Path(sys.argv[0]).name, *sys.argv[1:]]))


def _kpi_names() -> Sequence[str]:
    from saydo.kpis import KPIS

    return tuple(KPIS)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _begun(study: Params, day: date, started: datetime, prepared: Prepared) -> Manifest:
    return Manifest(
        study=study.study,
        as_of=day,
        started=started,
        params=study.model_dump(mode="json", exclude_unset=True),
        versions=manifest.versions(),
        key=prepared.key,
        data=dict(prepared.data),
        rows={table: Rows.model_validate(rows) for table, rows in prepared.rows.items()},
        notes=tuple(prepared.notes),
    )


def _read(work: Sequence[Job]) -> set[Path]:
    """The files of which pages are made."""
    return {job.project / job.params for job in work} | {job.page.notebook.file for job in work}


def _make(
    work: Sequence[Job],
    record: Record,
    ground: Ground,
    lock: Lock,
    *,
    executor: pool.Executor,
    follower: RunProgress,
) -> None:
    """Make pages and write down what came of them."""
    follower.begin(len(work))
    if not work:
        return
    # Imported when needed: it brings papermill and nbconvert with it.
    from saydo.runs.pages import failed_page, make_page

    with closing(pool.each(work, make_page, executor=executor)) as events:
        for event in events:
            if isinstance(event, pool.Begun):
                follower.page_begins(event.job.page.path)
                continue
            page = event.result or failed_page(event.job, event.error)
            key = ground.key(event.job.page, event.job.site, page.reads)
            page = page.model_copy(update={"key": key, "made": _now()})
            lock.check()
            record.add(page)
            follower.page_ends(page)

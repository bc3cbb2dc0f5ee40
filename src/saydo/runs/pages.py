"""One page: executed, rendered, and written.

`make_page` is what a worker does. Whatever becomes of the notebook, an HTML file stands at the
page's path afterwards, the executed notebook beside it as the record, and a `PageRecord` says what
came of it.
"""

from __future__ import annotations

import time

import nbformat

from saydo.runs import failures, kernels, render
from saydo.runs.failures import Failure
from saydo.runs.files import write
from saydo.runs.job import Job
from saydo.runs.manifest import PageRecord
from saydo.runs.pool import Killed

MOST_WARNINGS = 20
"""Lines of stderr that the manifest quotes; the record has them all."""


def make_page(job: Job) -> PageRecord:
    """Execute the page's notebook, render it, and write both."""
    page, started = job.page, time.perf_counter()
    executed = kernels.execute(
        page.notebook,
        {"params": job.params, **page.parameters},
        folder=job.project,
        results=job.folder,
        kernels=job.kernels,
    )
    text = nbformat.writes(executed.notebook)
    write(job.folder / page.record, job.places.without(text) + "\n")
    if executed.failure is None:
        html = render.page_html(executed.notebook, page, job.site)
    else:
        html = render.failure_html(executed.failure, page, job.site)
    return PageRecord(
        path=page.path,
        notebook=page.notebook.place,
        segment=page.segment,
        status="failed" if executed.failure else "ok",
        seconds=round(time.perf_counter() - started, 2),
        sha256=write(job.folder / page.path, job.places.without(html)),
        record=page.record,
        error=job.places.without(str(executed.failure)) if executed.failure else None,
        warnings=tuple(map(job.places.without, executed.warnings[:MOST_WARNINGS])),
        attempts=executed.attempts,
        reads=executed.reads,
    )


def failed_page(job: Job, error: BaseException | None) -> PageRecord:
    """Write the error page of a page whose worker raised or died, and so could not do it itself."""
    page = job.page
    killed = isinstance(error, Killed)
    failure = Failure(failures.KILLED if killed else type(error).__name__, str(error))
    (job.folder / page.record).unlink(missing_ok=True)
    html = job.places.without(render.failure_html(failure, page, job.site))
    try:
        digest = write(job.folder / page.path, html)
    except OSError as unwritten:
        # A full disk, most likely, which is then also what stopped the worker: at least the
        # manifest (which needs less room) should say so.
        failure, digest = Failure(type(unwritten).__name__, str(unwritten)), None
    return PageRecord(
        path=page.path,
        notebook=page.notebook.place,
        segment=page.segment,
        status="failed",
        seconds=0,
        sha256=digest,
        error=job.places.without(str(failure)),
    )

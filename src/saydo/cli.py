"""The command line: `saydo run`, `merge`, `check`, `kpis`, `sample`, `init`.

Exit codes: 0 all pages rendered; 1 some failed, the others are there; 2 wrong params or data, and
nothing was run; 3 a bug in saydo; 130 stopped by Ctrl-C. Results go to stdout; errors, progress and
notes to stderr. What is slow to import is imported by the command that needs it.
"""

from __future__ import annotations

import re
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saydo import __version__
from saydo.exits import reported, tell
from saydo.runs.files import near
from saydo.runs.limits import PAGE_SECONDS
from saydo.runs.progress_kind import Kind
from saydo.runs.startup import begin_light

if TYPE_CHECKING:
    from saydo.runs.progress import RunProgress

app = typer.Typer(
    name="saydo",
    help="What customers say, what they do, and how one drives the other.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class FileFormat(StrEnum):
    """How the sample company is written."""

    parquet = "parquet"
    csv = "csv"


def main() -> None:
    """Run the command line."""
    begin_light()
    app()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"saydo {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """What customers say, what they do, and how one drives the other."""
    context.obj = debug


ParamsFile = Annotated[Path, typer.Argument(metavar="PARAMS", help="The study's params file.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Last day the run may know of."),
]


@app.command()
def run(
    context: typer.Context,
    params: ParamsFile,
    segment: Annotated[
        list[str] | None,
        typer.Option(help="Only this segment's pages, and those of the whole report. Repeatable."),
    ] = None,
    as_of: AsOf = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="How many pages at a time; 1 if left out. Not with Dask."),
    ] = None,
    executor: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE", help="Where pages are made: serial, processes or dask://HOST:PORT."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(file_okay=False, help="Folder for reports.")] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Only pages that failed or are missing.")
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Only every N-th page, from the I-th on (1/4 … 4/4)."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Make everything, though nothing has changed.")
    ] = False,
    cold: Annotated[bool, typer.Option("--cold", help="Start each kernel by itself.")] = False,
    page_seconds: Annotated[
        float, typer.Option(min=1, help="How long a page may take.")
    ] = PAGE_SECONDS,
    page_memory: Annotated[
        float | None,
        typer.Option(min=0.25, metavar="GIB", help="What a page may allocate (Linux)."),
    ] = None,
    progress: Annotated[
        Kind, typer.Option(help="On stderr; auto: a bar on a terminal, else plain lines.")
    ] = Kind.auto,
) -> None:
    """Make a study's reports: one set of pages per segment. Pages of which nothing has changed are
    kept."""
    part = _shard(shard)
    at_once = _at_once(jobs, executor)
    follower = _following(progress)
    with reported(context, follower):
        from saydo.params import find
        from saydo.runs.executors import opened
        from saydo.runs.run import run as make

        if executor is not None:
            # Before data are read, which may take long: is there such a place, and is it fit?
            with opened(executor, jobs=at_once, files=[find(params).absolute()]):
                pass
        manifest = make(
            params,
            segments=segment or None,
            as_of=as_of.date() if as_of else None,
            jobs=at_once,
            executor=executor,
            out=out,
            retry_failed=retry_failed,
            shard=part,
            again=again,
            cold=cold,
            page_seconds=page_seconds,
            page_memory=round(page_memory * (1 << 30)) if page_memory else None,
            progress=follower,
        )
        tell(manifest, len(manifest.pages), failures=progress != Kind.json, tells_kept=True)
    raise typer.Exit(manifest.exit_code)


@app.command()
def merge(
    context: typer.Context,
    into: Annotated[
        Path, typer.Argument(metavar="INTO", file_okay=False, help="Folder of reports.")
    ],
    shards: Annotated[
        list[Path],
        typer.Argument(metavar="FROM...", exists=True, help="The --out of each shard."),
    ],
) -> None:
    """Bring shards of a run together that were made in folders of their own."""
    with reported(context):
        from saydo.runs.merge import merge as merged

        found = merged(into, shards)
        for line in (*found.notes, *(f"missing: {path}" for path in found.missing)):
            typer.echo(line, err=True)
        tell(found.manifest, len(found.manifest.pages) + len(found.missing))
    raise typer.Exit(found.manifest.exit_code)


@app.command()
def check(
    context: typer.Context,
    params: ParamsFile,
    as_of: AsOf = None,
) -> None:
    """Validate params and data; what is rejected, and which KPIs can be measured."""
    with reported(context):
        from saydo.kpis import KPIS
        from saydo.params import find, load
        from saydo.runs.prepare import check as checked
        from saydo.runs.told import told

        file = find(params)
        study = load(file, kpis=tuple(KPIS))
        day = as_of.date() if as_of else study.as_of_day()
        typer.echo(f"{study.study}, as of {day}\n")
        typer.echo(told(checked(file, params=study, as_of=day)))


@app.command()
def kpis(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Every field, as JSON.")] = False,
) -> None:
    """The catalogue of KPIs."""
    with reported(context):
        from saydo.kpis import KPIS
        from saydo.runs.told import catalogue, catalogue_json

        typer.echo(catalogue_json(KPIS) if as_json else catalogue(KPIS))


@app.command()
def sample(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, help="Where to.")],
    customers: Annotated[int, typer.Option(help="How many there are or were.")] = 20_000,
    months: Annotated[int, typer.Option(help="Length of the history.")] = 36,
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 1,
    form: Annotated[
        FileFormat, typer.Option("--format", help="Of the files.")
    ] = FileFormat.parquet,
) -> None:
    """Write the sample company, and truth.json, which says what the analysis should find."""
    with reported(context):
        from saydo.tables.sample import write_sample

        def tell(done: int, total: int) -> None:
            if sys.stderr.isatty():
                end = "\n" if done == total else ""
                typer.echo(f"\r{done:,} of {total:,} customers{end}", err=True, nl=False)

        write_sample(
            folder, customers=customers, months=months, seed=seed, format=form.value, progress=tell
        )
        typer.echo(f"The sample company is in {near(folder)}; what is true of it in truth.json")


@app.command()
def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, help="A new folder.")],
) -> None:
    """Start a study of one's own from the template."""
    with reported(context):
        from saydo.start import start_study

        params = start_study(folder)
        typer.echo(
            f"Your study is in {near(folder)}. Put your files into data/, then edit and check"
        )
        typer.echo(f"  {params.relative_to(folder).as_posix()}")


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    part = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= part[0] <= part[1]:
        raise typer.BadParameter(f"{text!r} is not I/N with I from 1 to N, such as 2/4")
    return part


def _at_once(jobs: int | None, executor: str | None) -> int:
    if jobs is not None and executor is not None and not executor.startswith("processes"):
        raise typer.BadParameter(f"--jobs says nothing to --executor {executor}")
    return jobs or 1


def _following(kind: Kind) -> RunProgress:
    from rich.console import Console

    from saydo.runs.progress import following

    return following(Console(stderr=True, force_terminal=kind == Kind.bar or None), kind)

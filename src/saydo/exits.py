"""What a command says at its end, be it a run's or an error's, and the exit code with it."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from saydo.errors import SaydoError
from saydo.runs.files import near
from saydo.runs.plan import FAILED

if TYPE_CHECKING:
    from saydo.runs.manifest import Manifest
    from saydo.runs.progress import RunProgress

BUG = 3
STOPPED = 130


@contextmanager
def reported(context: typer.Context, follower: RunProgress | None = None) -> Iterator[None]:
    """Errors as a message on stderr and an exit code; as a traceback too with `--debug`.

    Args:
        context: Of the command.
        follower: Who follows the run, and may have a way of its own to tell of an error.
    """
    try:
        yield
    except (SaydoError, OSError) as error:
        _report(context, str(error), follower)
        raise typer.Exit(getattr(error, "exit_code", SaydoError.exit_code)) from None
    except KeyboardInterrupt:
        _report(context, "stopped", follower)
        raise typer.Exit(STOPPED) from None
    except Exception as error:  # noqa: BLE001  the last stop: nothing is hidden, it is worded
        what = f"{type(error).__name__}: {error}"
        _report(
            context,
            f"{what}\nThis is a bug in saydo, not in your files. "
            "`saydo --debug …` shows where; please report it.",
            follower,
        )
        raise typer.Exit(BUG) from None


def tell(
    manifest: Manifest, n_pages: int, *, failures: bool = True, tells_kept: bool = False
) -> None:
    """What came of a run: on stdout where it is, on stderr each page that failed."""
    made = len(manifest.pages) - len(manifest.failed)
    what = f"{manifest.study}, as of {manifest.as_of}: {made} of {n_pages} pages"
    kept = sum(page.kept for page in manifest.pages) if tells_kept else 0
    as_before = f", {kept} of them as they were" if kept else ""
    typer.echo(f"{what}{as_before}; begin with {near(manifest.folder or Path())}/index.html")
    for page in manifest.failed if failures else ():
        typer.echo(f"failed: {page.path}: {page.error}", err=True)
    if manifest.failed and failures:
        typer.echo(f"what to do: {near(manifest.folder or Path())}/{FAILED}", err=True)


def _report(context: typer.Context, message: str, follower: RunProgress | None) -> None:
    if context.obj:
        traceback.print_exc()
    if follower is None or not follower.fails(message):
        typer.echo(f"saydo: {message}", err=True)

"""Pages that no notebook makes: the list of a study's runs, and that of pages that failed.

They say what manifests say, and are brought up to date whenever a run begins or ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from saydo.runs import failed_pages, run_list
from saydo.runs.manifest import Manifest
from saydo.runs.places import Places
from saydo.runs.plan import Page


def update(
    folder: Path,
    told: Manifest,
    pages: Sequence[Page],
    *,
    places: Places,
    say: Callable[[str], None],
) -> None:
    """Have both say what is there.

    Args:
        folder: Of the run.
        told: Its manifest, as it lies there.
        pages: All pages of the study.
        places: What must not be written.
        say: Told where they can't be written: pages and manifest are there nonetheless.
    """
    try:
        failed_pages.update(folder, told, pages, places=places)
        run_list.update(folder, told)
    except OSError as error:
        say(f"the list of runs, or of failed pages, could not be written: {error.strerror}")

"""What to do about a page that could not be made."""

from __future__ import annotations

from saydo.languages import gettext as _
from saydo.runs.failures import KILLED, TIMED_OUT
from saydo.runs.plan import Page


def remedy(name: str, page: Page) -> str:
    """What to do next. Errors of saydo's own name their remedy; this says how to go on from it.

    Args:
        name: Of the exception, or what the page died of.
        page: That failed.
    """
    if name == KILLED:
        return _(
            "Run again with fewer pages at a time (--jobs) or on a machine with more memory, "
            "adding --retry-failed to make only the pages that failed."
        )
    if name == TIMED_OUT:
        return _(
            "Run again with more time for a page (--page-seconds) or fewer pages at a time "
            "(--jobs), adding --retry-failed to make only the pages that failed."
        )
    if name == "MemoryError":
        return _(
            "Run again with more memory for a page (--page-memory), or fewer pages at a time "
            "(--jobs), adding --retry-failed to make only the pages that failed."
        )
    parameters = ", ".join(f"{each}={value!r}" for each, value in page.parameters.items())
    at = f" ({parameters})" if parameters else ""
    return _(
        "Open {notebook} in JupyterLab with the same parameters{at}, mend it, and run again with "
        "--retry-failed to make only the pages that failed."
    ).format(notebook=page.notebook.place, at=at)

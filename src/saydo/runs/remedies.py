"""What became of a page that could not be made, in readers' words, and what to do about it."""

from __future__ import annotations

import re

from saydo.languages import gettext as _
from saydo.languages import name as isolated
from saydo.report.escaping import escape
from saydo.runs.failures import KILLED, NOT_STARTED, TIMED_OUT
from saydo.runs.plan import Page


def what_happened(name: str, message: str) -> tuple[str, str]:
    """What a page stopped of, in the study's language, and what the error adds to that.

    Args:
        name: Of the exception, as Python calls it, or what the page died of.
        message: Of the error; English, as in the manifest.
    """
    if name == KILLED:
        return _("Its process died, most often because memory ran out."), ""
    if name == TIMED_OUT:
        return _("It took longer than a page may take."), ""
    if name == NOT_STARTED:
        return _("Its process could not be started."), message
    return name, message


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
    at = f" {isolated(f'({parameters})')}" if parameters else ""
    return _(
        "Open {notebook} in JupyterLab with the same parameters{at}, mend it, and run again with "
        "--retry-failed to make only the pages that failed."
    ).format(notebook=page.notebook.place, at=at)


def in_html(text: str) -> str:
    """The text in HTML, with options of the command line as they are typed: from left to right."""
    return _OPTION.sub(r'<code dir="ltr">\1</code>', escape(text))


_OPTION = re.compile("\u200e*(--[a-z-]+)\u200e*")

"""How far a run is."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from saydo.runs.manifest import PageRecord
from saydo.runs.progress import following


def page(path: str, error: str | None = None) -> PageRecord:
    status = "failed" if error else "ok"
    return PageRecord(path=path, notebook="n", status=status, seconds=1.25, error=error)


def followed(*, terminal: bool) -> str:
    said = StringIO()
    console = Console(file=said, force_terminal=terminal, width=60, color_system=None)
    with following(console) as progress:
        progress.say("[bold] is a name here")
        progress.begin(10)
        for record in (page("a.html"), page("b.html", "cell 4: ValueError: [x]\nmore")):
            progress.page_begins(record.path)
            progress.page_ends(record)
    return said.getvalue()


def test_a_log_gets_one_plain_line_per_page():
    assert followed(terminal=False) == (
        "[bold] is a name here\n"
        "[ 1/10] ok        1.2 s  a.html\n"
        "[ 2/10] failed    1.2 s  b.html  cell 4: ValueError: [x]\n"
    )


@pytest.mark.parametrize("line", ["[bold] is a name", "failed  b.html  cell 4: ValueError: [x]"])
def test_failures_stay_on_a_terminal_above_the_bar(line):
    assert line in followed(terminal=True)

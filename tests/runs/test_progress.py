"""How far a run is."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from io import StringIO

import pytest
from rich.console import Console

from saydo.runs import progress as module
from saydo.runs.manifest import PageRecord
from saydo.runs.progress import following
from saydo.runs.progress_kind import Kind


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


@pytest.fixture
def clock(monkeypatch) -> Iterator[list[float]]:
    """Seconds, which the test lets pass."""
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    yield now


def events(said: StringIO) -> list[dict[str, object]]:
    def refused(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return [json.loads(line, parse_constant=refused) for line in said.getvalue().splitlines()]


def test_a_log_is_told_now_and_then_how_far_the_whole_run_is(clock):
    said = StringIO()
    with following(Console(file=said, width=60), Kind.plain) as progress:
        progress.begin(100)
        for _ in range(20):
            clock[0] += 7
            progress.page_ends(page("a.html"))
    told = [line for line in said.getvalue().splitlines() if "left" in line]
    # 9 × 7 s is the first after a minute; 91 pages of 7 s are left then, and 82 after the next.
    assert told == [
        "9 of 100 pages, 0 failed, about 0:10:37 left",
        "18 of 100 pages, 0 failed, about 0:09:34 left",
    ]


def test_a_program_gets_an_object_per_event_with_all_fields(clock):
    said = StringIO()
    with following(Console(file=said), Kind.json) as progress:
        progress.say("reading data")
        progress.begin(4)
        progress.page_begins("a.html")
        clock[0] += 3
        progress.page_ends(page("a.html"))
        progress.page_ends(page("b.html", "cell 4: ValueError"))
    note, begin, running, a, b, end = events(said)
    fields = "event path segment notebook status seconds done total failed error eta_seconds text"
    for each in (note, begin, running, a, b, end):
        assert list(each) == fields.split()
    assert (note["event"], note["text"]) == ("note", "reading data")
    assert (begin["event"], begin["total"], begin["eta_seconds"]) == ("begin", 4, None)
    assert (running["event"], running["path"], running["status"]) == ("page", "a.html", "running")
    # One of four in 3 s: the other three take 9.
    assert (a["status"], a["seconds"], a["done"], a["eta_seconds"]) == ("ok", 1.25, 1, 9.0)
    assert (b["status"], b["failed"], b["error"]) == ("failed", 1, "cell 4: ValueError")
    # Two of four were made: somebody stopped it.
    assert (end["event"], end["status"], end["done"]) == ("end", "interrupted", 2)


@pytest.mark.parametrize(
    ("errors", "total", "status"),
    [([None], 1, "ok"), ([None, "x"], 2, "failed"), ([None], 2, "interrupted"), ([], 0, "ok")],
)
def test_the_last_event_says_what_became_of_the_run(errors, total, status):
    said = StringIO()
    with following(Console(file=said), Kind.json) as progress:
        progress.begin(total)
        for error in errors:
            progress.page_ends(page("a.html", error))
    assert events(said)[-1]["status"] == status


@pytest.mark.parametrize(
    "text",
    [
        '"}\n{"',
        "a\nb\r\u2028c",
        "\x00\x1b[31m",
        "é 😀 عملاء",
        "half \ud83d of it",
        "\\ud83d",
        "[bold]x",
    ],
)
def test_whatever_a_message_contains_it_is_one_line_of_valid_json(text):
    said = StringIO()
    with following(Console(file=said, width=20), Kind.json) as progress:
        progress.begin(1)
        progress.page_ends(page(text, text))
        progress.say(text)
    _, ended, note, _ = events(said)
    assert ended["path"] == ended["error"] == note["text"] == text.replace("\ud83d", "\ufffd")
    assert said.getvalue().isascii()
    said.getvalue().encode("ascii")


def test_a_warning_of_a_library_is_a_note_and_only_while_the_run_goes_on(recwarn):
    said = StringIO()
    with following(Console(file=said), Kind.json):
        warnings.warn("oh", UserWarning, stacklevel=1)
    note, _ = events(said)
    assert (note["event"], note["text"]) == ("note", "UserWarning: oh")
    warnings.warn("after", UserWarning, stacklevel=1)
    assert [str(each.message) for each in recwarn] == ["after"]


def test_an_error_is_told_by_who_knows_what_ended_the_run():
    said = StringIO()
    progress = following(Console(file=said), Kind.json)
    with pytest.raises(ValueError), progress:
        raise ValueError("oh")
    assert events(said) == []
    assert progress.fails("oh")
    (end,) = events(said)
    assert (end["event"], end["status"], end["error"]) == ("end", "error", "oh")
    assert not following(Console(file=said), Kind.plain).fails("oh")


def test_none_says_nothing_and_a_bar_may_be_asked_for_in_a_log():
    for kind, expected in ((Kind.none, False), (Kind.bar, True)):
        said = StringIO()
        with following(Console(file=said), kind) as progress:
            progress.begin(1)
            progress.page_ends(page("b.html", "broken"))
        assert ("failed  b.html  broken" in said.getvalue()) == expected

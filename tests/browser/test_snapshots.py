"""No page changes without its snapshot: what it says, what it is made of, and how it looks."""

import base64
import json
import re

import pytest
from make_snapshots import (
    FOLDER,
    INDEX,
    SHOTS,
    drawn_with,
    index,
    share_changed,
    taken,
)
from page_digests import digests
from PIL import Image
from sample_pages import KINDS

REMEDY = "Run `make snapshots`, look at the pictures that changed, and commit them with the change."

TOLERANCE = 0.0002
"""Share of pixels: a line of text is more, the smoothing of a curve less."""


@pytest.fixture(scope="module")
def known() -> dict:
    return json.loads((FOLDER / "pages.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def elsewhere(browser, report, known) -> str:
    """Why pictures taken here can't be compared with those that are kept; empty: they can."""
    before = {name: known[name] for name in ("chromium", "font")}
    now = drawn_with(browser, report("en"))
    return "" if now == before else f"the pictures were taken with {before}, and this is {now}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_made_of_what_it_was_when_its_picture_was_taken(report, known, kind):
    before = known["pages"].get(kind, {})
    now = digests((report("en") / KINDS[kind]).read_text("utf-8"))
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    assert not changed, f"{KINDS[kind]} changed in {changed}. {REMEDY}"


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.file)
def test_a_page_looks_as_in_its_picture(browser, report, elsewhere, shot):
    if elsewhere:
        pytest.skip(elsewhere)
    picture = Image.open(FOLDER / shot.file).convert("RGB")
    changed = share_changed(picture, taken(browser, report(shot.language), shot))
    assert changed <= TOLERANCE, f"{changed:.2%} of {shot.file} changed. {REMEDY}"


def test_every_picture_is_of_something_and_all_are_there_and_small():
    files = {file.name: file.stat().st_size for file in FOLDER.iterdir()}
    assert files.keys() == {shot.file for shot in SHOTS} | {"pages.json"}
    assert sum(files.values()) < 4_000_000
    assert INDEX.read_text("utf-8") == index()


def test_a_changed_word_colour_or_figure_changes_the_digest_of_its_section(report):
    html = (report("en") / KINDS["drivers"]).read_text("utf-8")
    before = digests(html)

    def changed(old: str, new: str) -> set[str]:
        assert old in html
        now = digests(html.replace(old, new, 1))
        return {name for name in before if before[name] != now[name]}

    figure = html.split("data:image/svg+xml;base64,")[1].split('"')[0]
    svg = base64.b64decode(figure)
    blue = base64.b64encode(re.sub(rb"#[0-9a-f]{6}\b", b"#0000ff", svg, count=1)).decode()
    # What no two machines share: the last digits of a coordinate.
    finer = re.sub(rb"<[^>]*>", lambda tag: re.sub(rb"(\d\.\d+)", rb"\g<1>7", tag[0]), svg)
    moved = base64.b64encode(finer).decode()
    assert figure not in (blue, moved)
    first, *_ = [name for name in before if name not in ("style and script", "head")]
    assert changed(">Drivers</h1>", ">Reasons</h1>") == {"head"}
    assert changed("--paper:#", "--paper:#0") == {"style and script"}
    assert changed(f"{first}</h2>", f"{first}</h2><p>No.</p>") == {first}
    assert len(changed(figure, blue)) == 1
    assert changed(figure, moved) == set()


def test_one_changed_colour_changes_the_picture(browser, report, tmp_path):
    shot = next(shot for shot in SHOTS if shot.file == "overview-1280.webp")
    html = (report("en") / KINDS["overview"]).read_text("utf-8")
    other, n = re.subn(r"--soft:#\w{6}", "--soft:#7a4f9a", html, count=1)
    assert n == 1
    (tmp_path / "index.html").write_text(other, "utf-8")
    before, again, after = (
        taken(browser, folder, shot) for folder in (report("en"), report("en"), tmp_path)
    )
    assert share_changed(before, again) == 0
    assert share_changed(before, after) > 10 * TOLERANCE

"""A town has citizens: its report says customer nowhere, in no figure and no alternative text."""

import base64
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from saydo.runs.run import run

ROOT = Path(__file__).parents[1]
TOWN = ROOT / "params" / "town.yml"

READ_OUT = ("title", "alt", "aria-label", "content", "placeholder", "value")
"""Attributes that are shown or read out."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not TOWN.is_file(), reason="there is no params/town.yml"),
]


class Reader(HTMLParser):
    """Collects what a reader of a page sees or hears, in its figures too."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._is_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_style = tag in ("style", "script")
        for name, value in attrs:
            if name in READ_OUT and value:
                self.texts.append(value)
            if name == "src" and value and value.startswith("data:image/svg+xml;base64,"):
                self.texts += texts(base64.b64decode(value.partition(",")[2]).decode())

    def handle_endtag(self, tag: str) -> None:
        self._is_style = False

    def handle_data(self, data: str) -> None:
        if not self._is_style and data.strip():
            self.texts.append(data.strip())


def texts(document: str) -> list[str]:
    reader = Reader()
    reader.feed(document)
    return reader.texts


@pytest.fixture(scope="module", params=["en", "fr"])
def report(
    project: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The town's pages in a language: what is read on each."""
    language = request.param
    params = project / "params" / f"town_{language}.yml"
    params.write_text(re.sub(r"(?m)^language: \w+$", f"language: {language}", TOWN.read_text()))
    out = tmp_path_factory.mktemp("town")
    manifest = run(params, segments=["all", "Tight budgets"], jobs=2, out=out)
    assert manifest.status == "ok", [page.error for page in manifest.failed]
    pages = {
        str(file.relative_to(manifest.folder)): texts(file.read_text())
        for file in manifest.folder.rglob("*.html")
    }
    yield language, pages


def test_the_towns_pages_speak_of_citizens(report):
    language, pages = report
    assert len(pages) >= 6
    word = {"en": "citizens", "fr": "citoyens"}[language]
    for page, read in pages.items():
        assert any(word in text.lower() for text in read), page


def test_no_page_of_the_town_says_customer(report):
    language, pages = report
    words = {"en": "customer", "fr": "customer|client"}[language]
    said = {
        page: found
        for page, read in pages.items()
        if (found := [text for text in read if re.search(words, text, re.IGNORECASE)])
    }
    assert said == {}


def test_no_token_is_left_on_a_page(report):
    _language, pages = report
    left = [
        text for read in pages.values() for text in read if re.search(r"\{\w*[Cc]ustomer", text)
    ]
    assert left == []

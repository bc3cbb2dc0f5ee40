"""The pages as a reader opens them: in Chromium, without a network."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from saydo.runs.run import run

BROWSER = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="needs Chromium"),
]


@pytest.fixture(scope="module")
def report(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reports")
    manifest = run(project / "params" / "demo.yml", jobs=2, out=out)
    assert manifest.status == "ok"
    return out / "acme" / "latest"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=arguments)
        yield chromium
        chromium.close()


def pages(report: Path) -> list[Path]:
    return sorted(report.glob("**/*.html"))


def test_there_is_a_scorecard_and_a_drivers_page_for_all_and_each_segment(report):
    segments = {"all", "on-the-clock", "price-watchers", "quality-first", "easy-going"}
    assert {page.parent.name for page in report.glob("*/scorecard.html")} == segments
    assert {page.parent.name for page in report.glob("*/drivers.html")} == segments
    assert (report / "index.html").is_file()
    assert (report / "segments.html").is_file()


def test_no_page_logs_an_error_or_asks_for_anything_outside_its_folder(report, browser):
    context = browser.new_context(offline=True)
    root = report.resolve().as_uri()
    for file in pages(report):
        page = context.new_page()
        errors: list[str] = []
        requests: list[str] = []
        page.on(
            "console",
            lambda m, e=errors: e.append(m.text) if m.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error, e=errors: e.append(str(error)))
        page.on("request", lambda request, r=requests: r.append(request.url))
        page.goto(file.resolve().as_uri(), wait_until="load")
        outside = [url for url in requests if not url.startswith((root, "data:"))]
        assert errors == [], file
        assert outside == [], file
        page.close()
    context.close()


def test_every_link_leads_to_a_page(report, browser):
    context = browser.new_context(offline=True)
    for file in pages(report):
        page = context.new_page()
        page.goto(file.resolve().as_uri())
        hrefs = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        assert hrefs
        for href in hrefs:
            target = Path(href.removeprefix("file://").split("#")[0])
            assert target.is_file(), (file, href)
        page.close()
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_scrolls_sideways(report, browser, width):
    context = browser.new_context(offline=True, viewport={"width": width, "height": 900})
    for file in pages(report):
        page = context.new_page()
        page.goto(file.resolve().as_uri())
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, file
        page.close()
    context.close()


def test_every_figure_says_in_words_what_it_shows(report, browser):
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((report / "all" / "drivers.html").resolve().as_uri())
    texts = page.eval_on_selector_all("figure img", "images => images.map(image => image.alt)")
    assert len(texts) >= 3
    assert all(len(text) > 20 for text in texts)
    context.close()

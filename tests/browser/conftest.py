"""A sample report in each language, made once, and Chromium without a network to open it in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

from sample_pages import BROWSER, KINDS, chromium, sample_project, sample_report

Opened = Callable[..., AbstractContextManager[Any]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder need Chromium."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")
            item.add_marker(pytest.mark.skipif(BROWSER is None, reason="needs Chromium"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def report(
    shared: Path, alone: Callable[[Path], AbstractContextManager[None]]
) -> Callable[[str], Path]:
    """`report(language)` is the folder of the sample run in that language, one for all workers."""
    shared /= "sample"
    shared.mkdir(exist_ok=True)

    @cache
    def report(language: str) -> Path:
        made = shared / f"{language}.made"
        with alone(shared / language):
            if not made.exists():
                folder = sample_report(project(), shared / "reports", language)
                made.write_text(str(folder))
        return Path(made.read_text())

    def project() -> Path:
        folder, made = shared / "project", shared / "project.made"
        with alone(folder):
            if not made.exists():
                sample_project(folder)
                made.touch()
        return folder

    return report


@pytest.fixture
def opened(browser: Any, report: Callable[[str], Path]) -> Opened:
    """`with opened(kind, language, …) as page`: a page in a context with these options.

    `unfolded=True` opens what is folded, which is neither measured nor looked at else.
    """

    @contextmanager
    def opened(
        kind: str, language: str = "en", *, unfolded: bool = False, **options: Any
    ) -> Iterator[Any]:
        context = browser.new_context(offline=True, **options)
        try:
            page = context.new_page()
            page.goto((report(language) / KINDS[kind]).resolve().as_uri())
            if unfolded:
                page.eval_on_selector_all("details", "all => all.forEach(it => it.open = true)")
            yield page
        finally:
            context.close()

    return opened

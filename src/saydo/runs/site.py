"""The pages of a run as one small site: which leads to which, and what all have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from saydo.runs.plan import INDEX, Page, file_order


@dataclass(frozen=True)
class Site:
    """What all pages of a run have in common."""

    study: str
    language: str
    as_of: date
    started: datetime
    pages: tuple[Page, ...]
    versions: tuple[tuple[str, str], ...]
    audience: str = "customer"

    @cached_property
    def _by_slug(self) -> dict[str | None, tuple[Page, ...]]:
        grouped: dict[str | None, list[Page]] = {None: []}
        for page in self.pages:
            grouped.setdefault(page.slug, []).append(page)
        return {slug: tuple(pages) for slug, pages in grouped.items()}

    def near(self, page: Page) -> Site:
        """The site as far as the page leads to it, which hundreds of segments don't change."""
        first = next((slug for slug in self._by_slug if slug), None)
        own = self._by_slug.get(page.slug or first, ())
        return replace(self, pages=(*self._by_slug[None], *(own if page.slug or first else ())))

    def tabs(self, page: Page) -> list[Page]:
        """Pages of the report and of this segment (or of everyone), where reading starts first."""
        return sorted(
            self.near(page).pages,
            key=lambda tab: (tab.notebook.name != INDEX, file_order(tab.notebook.file)),
        )

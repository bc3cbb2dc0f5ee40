"""The pages of a run as one small site: which leads to which, and what all have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from saydo.params import Params
from saydo.runs import manifest
from saydo.runs.manifest import Manifest
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
    without: tuple[str, ...] = ()
    """Slugs of the segments that have no pages, of a run of some segments into an empty folder."""

    @cached_property
    def _by_slug(self) -> dict[str | None, tuple[Page, ...]]:
        grouped: dict[str | None, list[Page]] = {None: []}
        for page in self.pages:
            grouped.setdefault(page.slug, []).append(page)
        return {slug: tuple(pages) for slug, pages in grouped.items()}

    @cached_property
    def _neighbours(self) -> dict[str, tuple[str | None, str | None]]:
        """Of each segment with pages, by slug: the one before it and the one after."""
        slugs = [slug for slug in self._by_slug if slug is not None]
        beside = zip([None, *slugs], [*slugs[1:], None], strict=False)
        return dict(zip(slugs, beside, strict=False))

    def near(self, page: Page) -> Site:
        """The site as far as the page leads to it, which hundreds of segments don't change."""
        before, after = self.beside(page)
        near = (*self._by_slug[None], before, *self._own(page), after)
        # Only pages of the whole report lead to any segment.
        without = self.without if page.slug is None else ()
        return replace(self, pages=tuple(filter(None, near)), without=without)

    def tabs(self, page: Page) -> list[Page]:
        """Pages of the report and of this segment (or of everyone), where reading starts first."""
        return sorted(
            (*self._by_slug[None], *self._own(page)),
            key=lambda tab: (tab.notebook.name != INDEX, file_order(tab.notebook.file)),
        )

    def beside(self, page: Page) -> tuple[Page | None, Page | None]:
        """The same page of the segment before and of the one after, where there are such."""
        before, after = self._neighbours.get(page.slug or "", (None, None))
        return self._same(page, before), self._same(page, after)

    def _own(self, page: Page) -> tuple[Page, ...]:
        """Those of the page's segment; of the first, where it has none."""
        slug = page.slug or next(iter(self._neighbours), None)
        return () if slug is None else self._by_slug.get(slug, ())

    def _same(self, page: Page, slug: str | None) -> Page | None:
        """The page of the same notebook, of another segment."""
        if slug is None:
            return None
        name = page.notebook.name
        return next((each for each in self._by_slug[slug] if each.notebook.name == name), None)


def site_of(
    begun: Manifest, study: Params, pages: Sequence[Page], *, of: Sequence[Page] = ()
) -> Site:
    """The site of a run that leads to these pages, of those that the study has."""
    there = {page.slug for page in pages}
    without = [page.slug for page in of if page.slug is not None and page.slug not in there]
    told = [(name, begun.versions[name]) for name in ("saydo", "python", "pandas", "statsmodels")]
    return Site(
        begun.study,
        study.language,
        begun.as_of,
        begun.started,
        tuple(pages),
        tuple(told),
        audience=study.audience,
        without=tuple(dict.fromkeys(without)),
    )


def linked(
    pages: Sequence[Page], asked: Sequence[Page], begun: Manifest, folder: Path
) -> list[Page]:
    """The pages that a run of some segments leads to: its own, and those that stand beside them.

    Args:
        pages: All of the study.
        asked: That the run is to make.
        begun: The run's manifest.
        folder: In which it finds what an earlier run has left.
    """
    earlier = manifest.read(folder)
    stands = earlier is not None and earlier.ground == begun.ground
    there = {page.path for page in earlier.pages} if earlier is not None and stands else set()
    there |= {page.path for page in asked}
    return [page for page in pages if page.path in there]

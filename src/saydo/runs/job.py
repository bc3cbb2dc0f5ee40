"""What a worker is told of a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from saydo.runs.places import Places
from saydo.runs.plan import Page
from saydo.runs.site import Site
from saydo.runs.warmth import Kernels


@dataclass(frozen=True)
class Job:
    """All that a worker needs to make one page."""

    page: Page
    site: Site
    params: str
    """The params file, from the project's folder on."""
    project: Path
    folder: Path
    """Of this run."""
    places: Places
    kernels: Kernels = field(default_factory=Kernels)

"""A project of four tiny notebooks, and results that need no data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ONCE = 'params: str = "params/p.yml"  # the study'
PER_SEGMENT = ONCE + '\nsegment: str = "all"  # one of the study\'s segments'

SCORECARD = """\
import os, warnings
warnings.warn("seen by the log alone")
print("customers of", segment, "in", os.getcwd())
if segment == "Raises": raise ValueError("no <answers> in " + os.getcwd())
if segment == "Dies": os._exit(3)
"""


class Project:
    """A folder with notebooks and a params file, whose results are made up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.params = folder / "params" / "p.yml"
        self.params.parent.mkdir(parents=True)
        self.params.write_text(
            "study: Acme\nas_of: 2025-12-31\ndata: {tables: {orders: {path: data/orders.csv}}}\n"
        )
        self.segments = [("all", "all")]
        self.data = {"data/orders.csv": "0" * 64}

    def add(self, name: str, *cells: str, parameters: str | None = ONCE) -> Path:
        """Write a notebook; a cell that starts with # is a heading."""
        made = [
            new_markdown_cell(cell) if cell.startswith("#") else new_code_cell(cell)
            for cell in cells
        ]
        if parameters is not None:
            made.insert(0, new_code_cell(parameters, metadata={"tags": ["parameters"]}))
        for number, cell in enumerate(made):
            cell["id"] = f"cell-{number}"
        file = self.folder / "notebooks" / f"{name}.ipynb"
        file.parent.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=made), file)
        return file

    def prepare(self, file: Path, out: Path, *, params: Any, as_of: Any, segments: Any) -> Any:
        """Instead of `saydo.runs.prepare.prepare`."""
        return SimpleNamespace(
            key="made up",
            segments=self.segments,
            rows={"orders": {"read": 5, "used": 3, "rejected": 1, "excluded": {"blank": 1}}},
            data=self.data,
            notes=[f"orders: read from {self.folder}/data/orders.csv"],
        )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project without notebooks."""
    monkeypatch.setattr("saydo.runs.run._kpi_names", lambda: ("nps",))
    # These notebooks need nothing of saydo: importing it for them would take most of the time.
    monkeypatch.setattr("saydo.runs.warmth.PRELOADED", ())
    return Project(tmp_path / "project")


@pytest.fixture(scope="session")
def four_pages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Project]:
    """Makes a project of which one segment's page raises and another's kernel dies."""

    def make(name: str) -> Project:
        # Braces: papermill would fill them in. Quote, ampersand: HTML writes them otherwise.
        project = Project(tmp_path_factory.mktemp(name) / "R&D's {project}")
        project.segments = [("all", "all"), ("Raises", "raises"), ("Dies", "dies")]
        project.add("1_segments", "# Segments", "print('three')")
        project.add("2_scorecard", "# Scorecard", SCORECARD, parameters=PER_SEGMENT)
        project.add("4_overview", "# Overview", "1 + 1")
        return project

    return make

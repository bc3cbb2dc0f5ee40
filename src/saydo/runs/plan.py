"""Which pages does a run make, of which notebook, for whom, and under which names?

Every notebook in a project's `notebooks/` is a page, in file-name order. One whose parameters cell
assigns `segment` is a page of each segment, any other a page of the report. Takes the project's
folder and the segments; returns `Page`s. Nothing is executed here.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from saydo.errors import ParamsError, Problem, SaydoError

FOLDER = "notebooks"

INDEX = "overview"
"""The notebook of this name (`4_overview`) becomes `index.html`, where reading starts."""

FAILED = "failed.html"
"""The list of pages that failed, in a run's folder; made by no notebook."""

RUNS = "index.html"
"""The list of a study's runs, in the folder that theirs lie in."""


class NotebookError(SaydoError):
    """A notebook can't be a page; says which and why."""


class _Cell(NamedTuple):
    kind: str
    source: str
    tags: Sequence[str]


@dataclass(frozen=True)
class Notebook:
    """A notebook that is a page once, or once per segment."""

    file: Path
    name: str
    """Its file name without the leading number: `scorecard`."""
    title: str
    """Its first heading, in English; its name where it has none."""
    parameters: tuple[str, ...]
    """Names that its parameters cell assigns."""

    @property
    def per_segment(self) -> bool:
        return "segment" in self.parameters

    @property
    def place(self) -> str:
        """Where it is, from the project's folder on."""
        return f"{FOLDER}/{self.file.name}"


@dataclass(frozen=True)
class Page:
    """One notebook rendered to one HTML file."""

    notebook: Notebook
    segment: str | None = None
    """Name of its segment; None for a page of the whole report."""
    slug: str | None = None
    """The segment's folder."""

    @property
    def path(self) -> str:
        """Of the HTML file, from the run's folder on."""
        if self.slug is not None:
            return f"{self.slug}/{self.notebook.name}.html"
        return f"{'index' if self.notebook.name == INDEX else self.notebook.name}.html"

    @property
    def record(self) -> str:
        """Path of the executed notebook, from the run's folder on."""
        name = self.notebook.name
        return f"notebooks/{name if self.slug is None else f'{self.slug}__{name}'}.ipynb"

    @property
    def parameters(self) -> dict[str, str]:
        """What the notebook is told, beside `params`."""
        return {} if self.segment is None else {"segment": self.segment}


def notebooks(project: Path) -> list[Notebook]:
    """The notebooks of a project, in file-name order (2 before 10).

    Raises:
        ParamsError: The project has no notebooks.
        NotebookError: One of them is no notebook, takes no `params`, or has the name of another
            one or of a page that no notebook makes.
    """
    files = [file for file in (project / FOLDER).glob("*.ipynb") if not file.name.startswith(".")]
    if not files:
        what = (
            f"no *.ipynb in {FOLDER}/ beside or above the params file, so there is no page to "
            "make. `saydo init DIR` starts a study with its notebooks; put the params file there"
        )
        raise ParamsError(FOLDER, [Problem("folder", what)])
    found: dict[str, Notebook] = {}
    for notebook in map(_notebook, sorted(files, key=file_order)):
        if f"{notebook.name.casefold()}.html" == FAILED:
            raise NotebookError(
                f"{notebook.place} would be the page {FAILED}, on which a run lists pages that "
                "failed. Rename it."
            )
        twin = found.setdefault(notebook.name.casefold(), notebook)
        if twin is not notebook:
            raise NotebookError(
                f"{twin.place} and {notebook.place} would both be the page {notebook.name!r} "
                "(a leading number only orders pages). Rename one of them."
            )
    return list(found.values())


def pages(notebooks: Sequence[Notebook], segments: Sequence[tuple[str, str]]) -> list[Page]:
    """All pages of a run: those of the report, then those of each segment (name, slug)."""
    once = [Page(notebook) for notebook in notebooks if not notebook.per_segment]
    each = [notebook for notebook in notebooks if notebook.per_segment]
    return once + [Page(notebook, name, slug) for name, slug in segments for notebook in each]


def shard(pages: Sequence[Page], part: tuple[int, int] | None) -> list[Page]:
    """Every n-th page from the i-th on, for `part` (i, n); all pages for None.

    The order of `pages` is the same on every machine, so that n shards make each page once.
    """
    if part is None:
        return list(pages)
    i, n = part
    return list(pages[i - 1 :: n])


def file_order(file: Path) -> tuple[float, str]:
    """Sorts notebooks by their leading number, then by name."""
    number = re.match(r"\d+", file.name)
    return (int(number[0]) if number else float("inf"), file.name)


def _notebook(file: Path) -> Notebook:
    name = re.sub(r"^\d+[_\-. ]*", "", file.stem) or file.stem
    place = f"{FOLDER}/{file.name}"
    try:
        cells = _cells(json.loads(file.read_text("utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        why = str(error).splitlines()[0] if isinstance(error, ValueError) else "it has no cells"
        raise NotebookError(
            f"{place} is not a notebook ({why}), so no page can be made of it. Repair it or take "
            f"it out of {FOLDER}/."
        ) from error
    return Notebook(file, name, _title(cells) or name, _parameters(cells, place))


def _cells(content: Any) -> list[_Cell]:
    """The cells of a notebook as JSON has it.

    Without nbformat, which takes a second to import, where a run may find nothing to make; it
    checks each notebook that is executed.
    """
    if content["nbformat"] < 4:
        import nbformat

        content = nbformat.convert(nbformat.from_dict(content), 4)
    return [
        _Cell(cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", []))
        for cell in content["cells"]
    ]


def _title(cells: Sequence[_Cell]) -> str | None:
    prose = [cell.source for cell in cells if cell.kind == "markdown"]
    heading = re.search(r"^# +(.+?) *#*$", "\n".join(prose), flags=re.MULTILINE)
    return heading[1] if heading else None


def _parameters(cells: Sequence[_Cell], place: str) -> tuple[str, ...]:
    """Names assigned in the cell tagged `parameters`.

    Read from its syntax, not by papermill's inspection: that goes by lines and misses some
    (`segment: str | None = None`), and a page made once instead of per segment is a wrong report.
    """
    remedy = "See any notebook of the template: `saydo init DIR` writes them."
    for cell in cells:
        if cell.kind == "code" and "parameters" in cell.tags:
            break
    else:
        raise NotebookError(
            f"{place} has no cell with the tag `parameters`, so it can't be told which study it is "
            f'about. Add one that assigns `params: str = "params/demo.yml"`. {remedy}'
        )
    try:
        statements = ast.parse(cell.source).body
    except SyntaxError as error:
        raise NotebookError(
            f"{place}: line {error.lineno} of its parameters cell is not Python ({error.msg}). "
            "Only assignments of plain values belong there."
        ) from error
    names = [name for statement in statements for name in _assigned(statement)]
    if "params" not in names:
        raise NotebookError(
            f"{place}: its parameters cell does not assign `params`, so it can't be told which "
            f'study it is about. Add `params: str = "params/demo.yml"`. {remedy}'
        )
    return tuple(names)


def _assigned(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.AnnAssign):
        targets: list[ast.expr] = [statement.target]
    elif isinstance(statement, ast.Assign):
        targets = statement.targets
    else:
        return []
    return [target.id for target in targets if isinstance(target, ast.Name)]

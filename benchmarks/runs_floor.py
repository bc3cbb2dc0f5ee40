"""The floor: the same cells of the same notebooks, in one process that has loaded all it needs.

No kernel, no messages, no papermill and no page: code cells are executed in a fresh namespace, and
what a cell ends with is put into the forms that Jupyter would be sent. Nothing that makes pages by
executing notebooks can be faster, unless the cells themselves are.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.formatters import DisplayFormatter
from runs_cost import READY
from runs_study import NOTEBOOKS, PARAMS, PageOf, pages, shared


def work(project: Path, *, segments: int, part: int, parts: int) -> None:
    """Execute every `parts`-th segment's pages, when told to; in a process of its own."""
    formatter = DisplayFormatter()
    every = pages(segments)
    for page in every[: len(NOTEBOOKS)]:
        # Once beforehand: modules that a first page imports, fonts that a first figure loads.
        execute(page, project, formatter)
    print(READY, flush=True)
    if not sys.stdin.readline():
        return  # Whoever started this has gone.
    for page in shared(every, part=part, parts=parts):
        execute(page, project, formatter)


def execute(page: PageOf, project: Path, formatter: DisplayFormatter) -> list[dict[str, Any]]:
    """What the cells of a page show, by kind of content."""
    notebook = nbformat.read(project / "notebooks" / f"{page.notebook}.ipynb", as_version=4)
    shown: list[dict[str, Any]] = []

    def display(*values: object) -> None:
        shown.extend(formatter.format(value)[0] for value in values)

    namespace: dict[str, Any] = {"__name__": "__main__", "display": display}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        _execute(cell.source, namespace, display)
        if "parameters" in cell.metadata.get("tags", []):
            namespace |= {"params": PARAMS, "segment": page.segment}
    assert namespace["study"].segment == page.segment
    return shown


def _execute(source: str, namespace: dict[str, Any], display: Any) -> None:
    """A cell; its last expression is displayed."""
    tree = ast.parse(source)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    exec(compile(tree, "<cell>", "exec"), namespace)
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)
        if value is not None:
            display(value)

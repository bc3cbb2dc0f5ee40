"""A notebook opened in Jupyter, with its parameters changed by hand.

That each runs with its default parameters is nbmake's to test: see `make test`.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from saydo import Study

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def executed(project: Path, notebook: Path, *, segment: str | None = None) -> nbformat.NotebookNode:
    content = nbformat.read(notebook, as_version=4)
    if segment is not None:
        cell = next(c for c in content.cells if "parameters" in c.metadata.get("tags", []))
        assert 'segment: str = "all"' in cell.source
        cell.source = cell.source.replace('"all"', repr(segment))
    # As Jupyter starts a notebook: in the folder that it lies in.
    NotebookClient(content, resources={"metadata": {"path": project / "notebooks"}}).execute()
    return content


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory, opened: Callable[..., Study]) -> Iterator[Path]:
    """A cache with the results of the study, as whoever opened it before has left it."""
    folder = tmp_path_factory.mktemp("cache")
    results = opened().results.folder
    shutil.copytree(results, folder / results.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAYDO_CACHE", str(folder))
        patch.delenv("SAYDO_RESULTS", raising=False)
        yield folder


@pytest.mark.parametrize(
    "notebook", [path for path in NOTEBOOKS if "segment:" in path.read_text()], ids=lambda p: p.stem
)
def test_a_notebook_runs_for_a_segment_named_in_it(project, cache, notebook):
    content = executed(project, notebook, segment="On the clock")
    everyone = executed(project, notebook)
    html = [text_of(each) for each in (content, everyone)]
    assert html[0] != html[1]
    assert len(list(cache.iterdir())) == 1  # the results are of all segments, made once for all


def test_a_cell_is_one_call_and_defines_nothing():
    for notebook in NOTEBOOKS:
        for cell in nbformat.read(notebook, as_version=4).cells:
            if cell.cell_type == "code":
                assert len(cell.source.splitlines()) <= 8
                assert "def " not in cell.source


def text_of(content: nbformat.NotebookNode) -> str:
    outputs = [output for cell in content.cells for output in cell.get("outputs", [])]
    return "".join(output.get("data", {}).get("text/html", "") for output in outputs)

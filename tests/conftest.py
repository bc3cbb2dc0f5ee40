"""What several tests share: the sample company, and one run of it."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from saydo import Study
from saydo.languages import activate
from saydo.tables.sample import write_sample

ROOT = Path(__file__).parents[1]

# In CI the same examples every time; elsewhere new ones, which find new faults.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("developer", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "developer")

NEEDS = {
    "browser": "needs Chromium: make test-all",
    "real": "needs the real data in ../shared: make test-all",
    "spark": "needs Spark and Java 17: make test-spark",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run what needs a browser or real data too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # The longest first, so that no worker has them to do when the others have nothing left.
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)
    if config.getoption("--all"):
        return
    for item in items:
        for marker, reason in NEEDS.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this session, the same one for all of its workers."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def alone() -> Callable[[Path], AbstractContextManager[None]]:
    """`with alone(path)`: other workers that want the same wait until this one is done."""

    @contextmanager
    def alone(path: Path) -> Iterator[None]:
        import fcntl  # Here: not every system that collects these tests has it.

        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    return alone


@pytest.fixture(scope="module")
def cluster():
    """A Dask cluster on this machine: a scheduler, and two workers in processes of their own."""
    distributed = pytest.importorskip("distributed", reason="needs the extra: make constraints")
    with distributed.LocalCluster(
        host="127.0.0.1",
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        worker_dashboard_address=None,
    ) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of its own: the notebooks, the demo's params and a small sample company."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "params").mkdir()
    shutil.copy(ROOT / "params" / "demo.yml", folder / "params" / "demo.yml")
    write_sample(folder / "data" / "acme", customers=3000, months=36, seed=7)
    return folder


@pytest.fixture(scope="session")
def opened(
    project: Path, shared: Path, alone: Callable[[Path], AbstractContextManager[None]]
) -> Callable[..., Study]:
    """Open the demo, for a segment; its results are computed once for all tests and workers."""
    studies: dict[tuple[str, str], Study] = {}

    def opened(segment: str = "all", params: str = "demo") -> Study:
        key = segment, params
        if key not in studies:
            with pytest.MonkeyPatch.context() as patch, alone(shared / f"{params}.opened"):
                patch.setenv("SAYDO_CACHE", str(shared / "cache"))
                patch.delenv("SAYDO_RESULTS", raising=False)
                studies[key] = Study.open(project / "params" / f"{params}.yml", segment=segment)
        activate(studies[key].params.language)
        return studies[key]

    return opened

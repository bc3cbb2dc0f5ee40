"""What several tests share: the sample company, and one run of it."""

import shutil
from pathlib import Path

import pytest
import yaml

from saydo.tables.sample import write_sample

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of its own: the notebooks, the demo's params and a small sample company."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "params").mkdir()
    shutil.copy(ROOT / "params" / "demo.yml", folder / "params" / "demo.yml")
    write_sample(folder / "data" / "acme", customers=3000, months=36, seed=7)
    return folder


def variant(project: Path, name: str, **changes: object) -> Path:
    """The demo's params with some keys changed, beside the original."""
    raw = yaml.safe_load((project / "params" / "demo.yml").read_text())
    file = project / "params" / f"{name}.yml"
    file.write_text(yaml.safe_dump(raw | changes, allow_unicode=True))
    return file

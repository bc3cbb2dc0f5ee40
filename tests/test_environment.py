"""The same packages for pip and for conda, pinned in one place."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]

# What conda-forge calls otherwise, or splits otherwise.
CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "ibis-framework": "ibis-duckdb",
    "jupyter-client": "jupyter_client",
    "matplotlib": "matplotlib-base",
    "types-PyYAML": "types-pyyaml",
}


def requirements() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    lines = project["dependencies"] + extras["test"]
    parts = [re.fullmatch(r"([\w-]+)(?:\[\w+\])?(.*)", line).groups() for line in lines]
    return dict(parts)


def test_conda_users_get_the_packages_of_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    listed = [line for line in environment["dependencies"] if isinstance(line, str)]
    pip = next(line["pip"] for line in environment["dependencies"] if isinstance(line, dict))
    found = dict(re.fullmatch(r"([\w-]+)(.*)", line).groups() for line in listed)
    from_pip = dict(re.fullmatch(r"([\w-]+)(.*)", line).groups() for line in pip if line != "-e .")
    assert found.pop("python") == ">=3.11"
    assert found.pop("pip") == ""
    wanted = {CONDA_NAMES.get(name, name): bounds for name, bounds in requirements().items()}
    assert found | from_pip == wanted


def test_constraints_pin_every_package_and_record_no_address():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", line) for line in pins)
    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in pins}
    missing = {name.lower() for name in requirements()} - pinned
    assert not missing


def test_the_version_is_said_once_in_each_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    source = (ROOT / "src" / "saydo" / "__init__.py").read_text()
    assert f'__version__ = "{project["version"]}"' in source

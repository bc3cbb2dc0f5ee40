"""The command line: what it says, where, and with which exit code."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
import typer
import yaml
from nbformat.v4 import new_code_cell, new_notebook
from rich.console import Console
from typer.testing import CliRunner, Result

from saydo import __version__, cli, exits, params
from saydo.errors import DataError, Problem
from saydo.kpis import KPIS
from saydo.runs.progress import following
from saydo.runs.progress_kind import Kind

PARAMS = """\
study: Acme
as_of: 2025-12-31
data: {tables: {orders: {path: data/orders.csv}}}
"""

SIX_MISTAKES = """\
study: Acme
as_of: 2025-12-31
langage: fr
currency: euro
periods: 0
retention: {kind: purchase}
data:
  tables:
    ordres: {path: data/orders.csv}
objectives:
  - voice: "Quick answers"
    measures: [{kpi: npz, target: 50}]
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with one page, from which commands are given."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "print('fine')")
    (tmp_path / "p.yml").write_text(PARAMS)
    return tmp_path


def write(folder: Path, *cells: str) -> None:
    parameters = new_code_cell('params = "p.yml"', metadata={"tags": ["parameters"]})
    notebook = new_notebook(cells=[parameters, *map(new_code_cell, cells)])
    (folder / "notebooks").mkdir(exist_ok=True)
    nbformat.write(notebook, folder / "notebooks" / "1_page.ipynb")


@pytest.fixture
def prepared(monkeypatch):
    """Results without data."""
    made = SimpleNamespace(key="k", segments=[("all", "all")], rows={}, data={}, notes=[])
    monkeypatch.setattr("saydo.runs.run._prepare", lambda *_, **__: made)
    return made


def saydo(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, list(arguments))


@pytest.mark.parametrize("command", ["run", "check"])
def test_six_mistakes_in_params_are_told_at_once_without_a_traceback(project, command):
    (project / "p.yml").write_text(SIX_MISTAKES)
    told = saydo(command, "p.yml")
    assert told.exit_code == 2
    assert told.stdout == ""
    places = ("langage", "currency", "periods", "retention", "data.tables.ordres", "objectives.0")
    for place in places:
        assert f"- {place}" in told.stderr
    assert told.stderr.startswith("saydo: p.yml: 6 problems")
    assert "Traceback" not in told.stderr
    assert not (project / "reports").exists()


def test_debug_adds_the_traceback_and_nothing_else_changes(project):
    (project / "p.yml").write_text(SIX_MISTAKES)
    told = saydo("--debug", "run", "p.yml")
    assert told.exit_code == 2
    assert "Traceback (most recent call last)" in told.stderr
    assert "saydo: p.yml: 6 problems" in told.stderr


def test_a_params_file_that_is_not_there_is_told(project):
    told = saydo("run", "q.yml")
    assert (told.exit_code, "q.yml" in told.stderr) == (2, True)


def test_a_run_of_which_all_pages_are_rendered_exits_with_0_and_says_where(project, prepared):
    told = saydo("run", "p.yml")
    assert told.exit_code == 0
    where = "reports/acme/2025-12-31/index.html"
    assert told.stdout == f"Acme, as of 2025-12-31: 1 of 1 pages; begin with {where}\n"
    assert "[1/1] ok" in told.stderr


def test_a_run_of_which_a_page_failed_exits_with_1_and_says_which(project, prepared):
    write(project, "1 / 0")
    told = saydo("run", "p.yml", "--as-of", "2025-06-30")
    assert told.exit_code == 1
    assert told.stdout.startswith("Acme, as of 2025-06-30: 0 of 1 pages; begin with")
    assert "failed: page.html: cell 3: ZeroDivisionError: division by zero" in told.stderr
    assert (project / "reports/acme/2025-06-30/page.html").is_file()


def test_ctrl_c_exits_with_130(project, prepared, monkeypatch):
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("saydo.runs.pages.make_page", stopped)
    assert saydo("run", "p.yml").exit_code == 130
    monkeypatch.setattr("saydo.runs.run._prepare", stopped)
    assert saydo("run", "p.yml").exit_code == 130


def test_a_bug_is_called_a_bug(project, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("saydo.runs.run._prepare", broken)
    told = saydo("run", "p.yml")
    assert told.exit_code == 3
    assert "ZeroDivisionError: oh" in told.stderr and "bug in saydo" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("executor", "words"),
    [("threads", "no executor 'threads'. Allowed: serial,"), ("dask://x", "no address of a Dask")],
)
def test_an_executor_that_is_none_is_told_before_data_are_read(
    project, monkeypatch, executor, words
):
    def never(*_: object, **__: object) -> None:
        raise AssertionError("data were read")

    monkeypatch.setattr("saydo.runs.run._prepare", never)
    told = saydo("run", "p.yml", "--executor", executor)
    assert (told.exit_code, words in told.stderr) == (2, True)
    assert not (project / "reports").exists()


def test_progress_as_json_leaves_nothing_else_on_stderr(project, prepared):
    write(project, "1 / 0")
    told = saydo("run", "p.yml", "--progress", "json")
    assert told.exit_code == 1
    events = [json.loads(line) for line in told.stderr.splitlines()]
    kinds = [event["event"] for event in events if event["event"] != "note"]
    assert kinds == ["begin", "page", "page", "end"]
    assert events[-2]["error"] == "cell 3: ZeroDivisionError: division by zero"
    assert (events[-1]["status"], events[-1]["failed"]) == ("failed", 1)
    assert told.stdout.startswith("Acme, as of 2025-12-31: 0 of 1 pages")


def test_an_error_is_the_last_object_of_progress_as_json(project):
    (project / "p.yml").write_text(SIX_MISTAKES)
    told = saydo("run", "p.yml", "--progress", "json")
    assert told.exit_code == 2
    (end,) = map(json.loads, told.stderr.splitlines())
    assert (end["event"], end["status"]) == ("end", "error")
    assert end["error"].startswith("p.yml: 6 problems\n")


def test_without_progress_a_run_that_succeeds_says_nothing_on_stderr(project, prepared):
    told = saydo("run", "p.yml", "--progress", "none")
    assert (told.exit_code, told.stderr) == (0, "")
    write(project, "1 / 0")
    told = saydo("run", "p.yml", "--progress", "none")
    assert told.stderr.splitlines() == [
        "failed: page.html: cell 3: ZeroDivisionError: division by zero",
        "what to do: reports/acme/2025-12-31/failed.html",
    ]


def test_shards_are_merged_by_a_command_that_tells_what_is_missing(project, monkeypatch):
    kept = {"key": "k", "segments": [("all", "all")], "rows": {}, "data": {}, "notes": []}

    def prepare(_file: Path, out: Path, **_: object) -> SimpleNamespace:
        file = out / ".prepared" / "prepared.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({**kept, "as_of": "2025-12-31", "params": ""}))
        return SimpleNamespace(**kept)

    monkeypatch.setattr("saydo.runs.run._prepare", prepare)
    other = project / "notebooks" / "2_other.ipynb"
    other.write_text((project / "notebooks" / "1_page.ipynb").read_text())
    for i in (1, 2):
        assert saydo("run", "p.yml", "--shard", f"{i}/2", "--out", f"shard{i}").exit_code == 0
    told = saydo("merge", "reports", "shard1")
    assert (told.exit_code, told.stderr) == (1, "missing: other.html\n")
    where = "reports/acme/2025-12-31/index.html"
    assert told.stdout == f"Acme, as of 2025-12-31: 1 of 2 pages; begin with {where}\n"
    told = saydo("merge", "reports", "shard1", "shard2")
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout == f"Acme, as of 2025-12-31: 2 of 2 pages; begin with {where}\n"
    assert (project / "reports/acme/latest/other.html").is_file()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "p.yml", "--shard", "3/2"],
        ["run", "p.yml", "--shard", "half"],
        ["run", "p.yml", "--as-of", "yesterday"],
        ["run", "p.yml", "--jobs", "0"],
        ["run", "p.yml", "--jobs", "2", "--executor", "dask://host:8786"],
        ["run", "p.yml", "--progress", "xml"],
        ["merge", "reports"],
        ["report"],
    ],
)
def test_a_wrong_command_line_exits_with_2(project, arguments):
    told = saydo(*arguments)
    assert told.exit_code == 2
    assert "Usage" in told.stderr


def test_check_tells_rows_rejects_detections_and_what_can_be_measured(project, monkeypatch):
    rejects = pd.DataFrame(
        {
            "file": "data/orders.csv",
            "line": range(2, 9),
            "column": "order_id",
            "reason": "is repeated [sic]",
            "row": "{}",
        }
    )
    found = SimpleNamespace(
        rows={"orders": {"read": 1020, "used": 1010, "rejected": 7, "excluded": {"later": 3}}},
        rejects={"orders": rejects},
        notes=["orders: delimiter ';' detected"],
        measurable={"nps": "", "otif": "needs orders.promised_at"},
        advice=["objectives.0.measures.0: nps has no date. Add `by`."],
    )
    monkeypatch.setattr("saydo.runs.prepare.check", lambda *_, **__: found)
    told = saydo("check", "p.yml")
    assert told.exit_code == 0
    assert told.stdout == (
        "Acme, as of 2025-12-31\n\n"
        "table    read   used  rejected  excluded\n"
        "orders  1,020  1,010         7         3\n\n"
        "Excluded\n  orders: 3 later\n\n"
        "Rejected\n"
        + "".join(
            f"  orders: data/orders.csv, line {line}, order_id: is repeated [sic]\n"
            for line in range(2, 7)
        )
        + "  orders: and 2 more\n\n"
        "Detected, not declared\n  orders: delimiter ';' detected\n\n"
        "Can be measured (1 of 2)\n  nps\n\n"
        "Can't be measured\n  otif  needs orders.promised_at\n\n"
        "Advice on the objectives\n  objectives.0.measures.0: nps has no date. Add `by`.\n"
    )


def test_check_exits_with_2_where_data_cannot_be_used(project, monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise DataError("data/orders.csv", [Problem("order_id", "is missing")])

    monkeypatch.setattr("saydo.runs.prepare.check", refused)
    told = saydo("check", "p.yml")
    assert (told.exit_code, "order_id: is missing" in told.stderr) == (2, True)


def test_the_catalogue_has_every_kpi_with_every_field():
    told = json.loads(saydo("kpis", "--json").stdout)
    assert [kpi["name"] for kpi in told] == list(KPIS)
    for kpi in told:
        empty = [field for field, value in kpi.items() if not value]
        assert not empty, (kpi["name"], empty)
        needs = {name: tuple(columns) for name, columns in kpi["needs"].items() if name != "params"}
        assert needs == dict(KPIS[kpi["name"]].needs)
    lines = saydo("kpis").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["name", *KPIS]


def test_sample_writes_a_company_and_its_truth(tmp_path):
    told = saydo("sample", str(tmp_path / "data"), "--customers", "300", "--months", "24")
    assert told.exit_code == 0
    assert json.loads((tmp_path / "data" / "truth.json").read_text())
    assert list((tmp_path / "data").glob("orders.parquet"))


def test_sample_refuses_a_size_that_is_not_possible(tmp_path):
    told = saydo("sample", str(tmp_path), "--customers", "1")
    assert (told.exit_code, told.stdout) == (2, "")
    assert "customers" in told.stderr


def test_a_new_study_can_be_run_as_soon_as_it_has_data(tmp_path, monkeypatch):
    template = tmp_path / "saydo" / "notebooks"
    template.mkdir(parents=True)
    (template / "1_page.ipynb").write_text("{}")
    monkeypatch.setattr("saydo.start.template_notebooks", lambda: sorted(template.iterdir()))
    folder = tmp_path / "Our: study"
    told = saydo("init", str(folder))
    assert told.exit_code == 0
    file = next((folder / "params").glob("*.yml"))
    assert file.name in told.stdout
    study = params.load(file, kpis=tuple(KPIS))
    assert study.study == "Our: study"
    assert params.project_folder(file) == folder
    text = file.read_text()
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    assert json.loads((folder / "params/schema.json").read_text()) == params.json_schema()
    for name in ("data/.gitkeep", ".gitignore", "README.md", "notebooks/1_page.ipynb"):
        assert (folder / name).is_file()
    assert len((folder / "README.md").read_text().splitlines()) <= 10
    # A comment that could not be taken in would mislead: every key is in the file, or in a comment.
    top = {*yaml.safe_load(text), *(line[2:].split(":")[0] for line in text.splitlines())}
    assert set(params.Params.model_fields) <= top


def test_a_new_study_overwrites_nothing(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    told = saydo("init", str(tmp_path))
    assert (told.exit_code, "is not empty" in told.stderr) == (2, True)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", ["1984", "no", "a: b", 'the "best"', "Acme", "On the clock"])
def test_a_study_may_have_any_name(name):
    from saydo.start import _yaml

    assert yaml.safe_load(f"study: {_yaml(name)}") == {"study": name}


def test_the_command_line_starts_without_what_its_commands_need():
    # Not a timing: what is slow is not there at all.
    code = (
        "import sys, saydo.cli; print(sorted({'pandas', 'ibis', 'papermill'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_python_m_saydo_is_the_same_command():
    told = subprocess.run(
        [sys.executable, "-m", "saydo", "--version"], capture_output=True, text=True, check=True
    )
    assert told.stdout == f"saydo {__version__}\n"


DOC = Path(__file__).parents[1] / "docs" / "schedulers.md"


def doc_commands() -> list[str]:
    """Every `saydo …` in the blocks of docs/schedulers.md, as its arguments."""
    blocks = "\n".join(re.findall(r"```\w+\n(.*?)```", DOC.read_text("utf-8"), flags=re.DOTALL))
    text = blocks.replace("${{ matrix.shard }}", "1")
    return sorted(set(re.findall(r"\bsaydo ((?:run|merge) [^>#\n]*)", text)))


@pytest.mark.parametrize("command", doc_commands())
def test_a_command_of_the_docs_is_understood(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name, *arguments = command.split()
    for argument in arguments:
        if argument.startswith("shard"):
            (tmp_path / argument).mkdir(exist_ok=True)
    group = typer.main.get_command(cli.app)
    with group.commands[name].make_context(name, arguments) as context:
        assert context.params


def test_the_docs_tell_every_executor_progress_exit_code_and_field():
    text = DOC.read_text("utf-8")
    options = {option for command in doc_commands() for option in command.split() if "--" in option}
    assert {"--executor", "--shard", "--out", "--retry-failed", "--progress"} <= options
    told = set(re.findall(r"--progress (\w+)", text))
    assert told == {"plain", "json", "none"}
    said = StringIO()
    with following(Console(file=said), Kind.json):
        pass
    (example,) = re.findall(r"```json\n(.*)\n```", text)
    assert list(json.loads(example)) == list(json.loads(said.getvalue()))
    for field in json.loads(example):
        assert f"`{field}`" in text
    codes = {*re.findall(r"\d+", " ".join(re.findall(r"^\| ([\d, ]+) \|", text, re.MULTILINE)))}
    assert codes == {"0", "1", "2", str(exits.BUG), str(exits.STOPPED), "143"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")
def test_systemd_takes_the_units_of_the_docs(tmp_path):
    units = re.findall(
        r"`/etc/systemd/system/([\w.-]+)`:\n\n```ini\n(.*?)```", DOC.read_text(), re.S
    )
    assert [name for name, _ in units] == ["saydo-acme.service", "saydo-acme.timer"]
    for name, unit in units:
        # The folders of the example are not here.
        text = unit.replace("/srv/acme/.venv/bin/saydo", sys.executable)
        (tmp_path / name).write_text(text.replace("/srv/acme", str(tmp_path)))
    files = [str(tmp_path / name) for name, _ in units]
    told = subprocess.run(
        ["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False
    )
    about = [line for line in told.stderr.splitlines() if "saydo-acme" in line]
    assert about == []


def test_the_workflow_of_the_docs_shards_and_merges():
    (text,) = re.findall(r"```yaml\n(.*?)```", DOC.read_text("utf-8"), flags=re.DOTALL)
    jobs = yaml.safe_load(text)["jobs"]
    n = len(jobs["reports"]["strategy"]["matrix"]["shard"])
    steps = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
    assert any(f"--shard ${{{{ matrix.shard }}}}/{n}" in step for step in steps)
    assert " ".join(["saydo merge reports", *(f"shard{i}" for i in range(1, n + 1))]) in steps

"""Nothing is lost or half-written, whenever a run is killed, stopped, or out of room.

Run as a program this file is a study whose results and pages are made up, in a process that kills
itself before its k-th change of a file: so each instant between two changes is tried, and none is
missed by chance.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from saydo.runs import manifest as manifests
from saydo.runs.files import sha256

if not hasattr(os, "fork"):
    pytest.skip("kills and forks as POSIX systems do", allow_module_level=True)

EARLIER, DAY = "2025-11-30", "2025-12-31"
EVERY_INSTANT = "SAYDO_EVERY_INSTANT" in os.environ
"""Instead of a few that are drawn; takes some minutes."""

TABLES = ("kpis", "segments", "ledger")


# The study, run as a program ------------------------------------------------------------------


def made_up_results(file, new, *, params, as_of, segments):
    """Tables of the version that `version` beside the params names; `v2` has a segment less."""
    from types import SimpleNamespace

    from saydo.runs.files import write

    version = file.with_name("version").read_text()
    names = TABLES if version == "v1" else (*TABLES[:2], "targets")
    for name in names:
        write(new / "tables" / f"{name}.csv", f"{version} end\n")
    write(new / ".prepared" / "prepared.json", f"{version} end\n")
    drawn = [("all", "all"), ("Big", "big"), ("Small", "small")]
    return SimpleNamespace(
        key=version, segments=drawn[: 3 if version == "v1" else 2], rows={}, data={}, notes=[]
    )


def made_up_page(job):
    """A page that says by which run it was made, of which tables."""
    from saydo.runs.files import write
    from saydo.runs.manifest import PageRecord

    table = (job.folder / "tables" / "kpis.csv").read_text().split()[0]
    text = f"{job.page.path} of {table} made by run {os.environ['RUN']} end\n"
    write(job.folder / job.page.record, text)
    return PageRecord(
        path=job.page.path,
        notebook=job.page.notebook.place,
        segment=job.page.segment,
        status="ok",
        seconds=0,
        sha256=write(job.folder / job.page.path, text),
        record=job.page.record,
    )


def killed_before(change: int, folder: Path) -> None:
    """Have this process kill itself before the `change`-th change of a file below `folder`."""
    changing = {"os.rename", "os.remove", "os.link", "os.symlink", "os.mkdir", "shutil.rmtree"}
    count = 0

    def look(event: str, arguments: tuple) -> None:
        nonlocal count
        writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if (writes or event in changing) and str(folder) in str(arguments[0]):
            count += 1
            if count == change:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)
    if change == 0:
        import atexit

        atexit.register(lambda: print(count))


def program(argument: str) -> None:
    """Run studies as told (JSON), each in a fork that is killed before a change or never."""
    from saydo.runs import freshness, pages, record
    from saydo.runs import run as module

    module._kpi_names = lambda: ("nps",)
    pages.make_page = made_up_page
    # A killed process loses nothing that it gave to the system.
    os.fsync = lambda _: None
    # Nor does code change between two runs, whoever works on it meanwhile.
    freshness.code_digest = lambda: "code"
    found = module.manifest.versions()
    module.manifest.versions = lambda: found
    for told in json.loads(argument):
        if not (child := os.fork()):
            os.environ["RUN"] = told["run"]
            record.SAVE_SECONDS = told["save_seconds"]
            folder = Path(told["folder"])
            options = {name: told[name] for name in ("retry_failed", "again", "segments")}
            # No kernel is needed here, so that none need be warm.
            options["cold"] = True
            killed_before(told["change"], folder / "reports")
            made = module.run(folder / "params" / "p.yml", prepare=made_up_results, **options)
            # As the interpreter would end, but that nothing of the parent's is undone.
            import atexit

            atexit._run_exitfuncs()
            sys.stdout.flush()
            os._exit(made.exit_code)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, -signal.SIGKILL), status


# The tests ------------------------------------------------------------------------------------


def ran(folder: Path, run: str, **options) -> dict:
    """What `program` is told, of a project in `folder`."""
    given = {
        "change": -1,
        "save_seconds": -1,
        "retry_failed": False,
        "again": False,
        "segments": None,
    }
    return {"folder": str(folder), "run": run, **given, **options}


def study(*told: dict) -> str:
    """Have the program run; returns what it printed."""
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, __file__, json.dumps(told)],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def version(folder: Path, name: str, day: str = DAY) -> None:
    (folder / "params" / "version").write_text(name)
    params = folder / "params" / "p.yml"
    params.write_text(re.sub(r"as_of: .*", f"as_of: {day}", params.read_text()))


def report(folder: Path, day: str = DAY) -> Path:
    return folder / "reports" / "acme" / day


def contents(folder: Path) -> dict[str, str]:
    """Every file of the report, without what differs between two runs of the same."""
    found = {}
    for file in sorted(report(folder).rglob("*")):
        if file.is_file():
            text = re.sub(r"run \d", "run", file.read_text())
            if file.name == manifests.NAME:
                held = json.loads(text)
                del held["started"], held["finished"]
                for page in held["pages"]:
                    del page["sha256"], page["kept"], page["made"]
                text = json.dumps(held)
            found[file.relative_to(report(folder)).as_posix()] = text
    return found


def tells_the_truth(folder: Path) -> None:
    """What must hold at any instant."""
    for file in report(folder).rglob("*"):
        # Drafts and the lock begin with a dot; nobody reads them.
        hidden = any(part.startswith(".") for part in file.relative_to(report(folder)).parts)
        if file.is_file() and not hidden and file.name != manifests.NAME:
            assert file.read_text().endswith(" end\n"), f"{file.name} is not whole"
    listed = folder / "reports" / "acme" / "index.html"
    assert listed.read_text().endswith(" -->\n"), "the list of runs is not whole"
    latest = folder / "reports" / "acme" / "latest"
    led_to = manifests.read(latest)
    assert led_to is not None
    if latest.resolve().name == EARLIER:
        assert led_to.complete
    held = manifests.read(report(folder))
    if held is None:
        assert not (report(folder) / manifests.NAME).exists()
        return
    ok = [page for page in held.pages if page.status == "ok"]
    for page in ok:
        assert sha256(report(folder) / page.path) == page.sha256, page.path
        assert page.record and (report(folder) / page.record).is_file()
    if ok:
        tables = {file.read_text().split()[0] for file in report(folder).glob("tables/*.csv")}
        assert tables == {held.key}, f"{len(ok)} pages that are ok lie beside other tables"
    assert not held.complete or len(ok) == len(held.pages)
    if led_to.complete and latest.resolve().name == DAY:
        assert held.status == "ok"


SCENES = {
    "into a folder that is new": (None, "v1", {}),
    "again, of the same data": ("v1", "v1", {"again": True}),
    "again, of other data": ("v1", "v2", {}),
    "only what is missing": ("v1", "v1", {"retry_failed": True}),
}


def scene(project, name: str) -> tuple[Path, dict]:
    """A project with a complete report of an earlier day, and one of today where the scene has it;
    and how it is run now."""
    before, now, how = SCENES[name]
    project.add("2_scorecard", parameters='params = ""\nsegment = "all"')
    project.add("4_overview")
    version(project.folder, "v1", EARLIER)
    study(ran(project.folder, "1"))
    if before:
        version(project.folder, before)
        study(ran(project.folder, "1", segments=["Small"] if "retry_failed" in how else None))
    version(project.folder, now)
    return project.folder, how


def copies(folder: Path, n: int, *, name: str = "copy") -> list[Path]:
    """As many copies of a project."""
    made = [folder.with_name(f"{name}{number}") for number in range(n)]
    for copy in made:
        shutil.copytree(folder, copy, symlinks=True)
    return made


@pytest.mark.parametrize("name", SCENES)
def test_killed_before_any_change_of_a_file_a_run_leaves_the_truth_and_the_next_completes(
    project, name
):
    folder, how = scene(project, name)
    undisturbed, counted = copies(folder, 2)
    n_changes = int(study(ran(undisturbed, "3", **how), ran(counted, "2", change=0, **how)))
    assert n_changes > 30
    shutil.rmtree(counted)
    changes = range(1, n_changes + 1)
    if not EVERY_INSTANT:
        changes = random.Random(name).sample(changes, 8)
    killed = list(zip(copies(folder, len(changes), name="killed"), changes, strict=True))
    study(*(ran(copy, "2", change=change, **how) for copy, change in killed))
    for copy, _ in killed:
        tells_the_truth(copy)
    study(*(ran(copy, "3", **how) for copy, _ in killed))
    expected = contents(undisturbed)
    for copy, change in killed:
        assert contents(copy) == expected, f"killed before {change}"
        assert (copy / "reports" / "acme" / "latest").resolve().name == DAY
        # Of both days, and nothing that a killed run had begun to write lies beside them.
        assert (copy / "reports" / "acme" / "index.html").read_text().count("✓ complete") == 2
        names = {file.name for file in (copy / "reports" / "acme").iterdir()}
        assert names == {"index.html", "latest", EARLIER, DAY}


def test_a_run_killed_twice_at_random_instants_is_completed_by_the_third(project):
    folder, _ = scene(project, "again, of other data")
    draw = random.Random(6)
    undisturbed, *others = copies(folder, 11)
    save = {copy: draw.choice([-1, 5]) for copy in others}
    for run in ("2", "3"):
        study(
            *(
                ran(copy, run, change=draw.randint(1, 70), save_seconds=save[copy],
                    retry_failed=draw.random() < 0.5)
                for copy in others
            )
        )  # fmt: skip
        for copy in others:
            tells_the_truth(copy)
    study(ran(undisturbed, "4"), *(ran(copy, "4", retry_failed=True) for copy in others))
    for copy in others:
        assert contents(copy) == contents(undisturbed)


if __name__ == "__main__":
    program(sys.argv[1])

"""From nothing to a report: the sample company of N customers, and a run on it.

Whole processes, measured from outside: wall seconds, CPU seconds and the largest resident set of
any one process. Customers a second are a ratio to the first size, made in the same run.

    python benchmarks/first_run.py [CUSTOMERS …]          20000 and 1000000 if left out
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SAYDO = [sys.executable, "-m", "saydo"]


class Cost(NamedTuple):
    """What a process took."""

    wall: float
    cpu: float
    gib: float


def cost(*command: str, folder: Path) -> Cost:
    """Run a command to its end and measure it; its children's time and size count too."""
    began = time.perf_counter()
    process = subprocess.Popen([*SAYDO, *command], cwd=folder, stdout=subprocess.DEVNULL)
    _pid, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"saydo {' '.join(command)} failed with status {status}")
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20)


def project(folder: Path) -> Path:
    """The demo's project, without data."""
    for name in ("notebooks", "params"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def main(sizes: list[int]) -> None:
    """Print a table: one row per size and command."""
    print("| customers | command | wall, s | CPU, s | peak, GiB | customers/s, ratio |")
    print("|---|---|---|---|---|---|")
    first: dict[str, float] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            folder = project(Path(scratch) / "study")
            commands = {
                "sample": ["sample", "data/acme", "--customers", str(size), "--seed", "7"],
                "run --jobs 2": ["run", "params/demo.yml", "--jobs", "2"],
            }
            for name, command in commands.items():
                took = cost(*command, folder=folder)
                rate = size / took.wall
                ratio = rate / first.setdefault(name, rate)
                print(
                    f"| {size:,} | {name} | {took.wall:.1f} | {took.cpu:.1f} | {took.gib:.2f} "
                    f"| {ratio:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [20_000, 1_000_000])

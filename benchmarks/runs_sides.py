"""Four ways to make the pages of a study: saydo, the loop, the floor, and R Markdown.

Each takes the project folder and returns the `Course` of its processes. All but saydo read results
that are there already.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from runs_cost import READY, Course, course
from runs_study import PARAMS, PageOf, shared

HERE = Path(__file__).parent
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""As in kernels of a run, for every side."""

LOOP = f"""
    papermill "notebooks/$1.ipynb" "$3.ipynb" -p params {PARAMS} -p segment "$2" &&
    jupyter nbconvert --to html "$3.ipynb"
"""
"""What one writes without saydo: notebook, segment and the output's path are its arguments."""

R_LOOP = f"""
    suppressPackageStartupMessages({{library(rmarkdown); library(ggplot2); library(svglite)}})
    given <- commandArgs(TRUE)
    kpis <- read.csv(given[1])
    pages <- read.csv(given[2])
    made <- function(page) {{
      render("page.Rmd", output_file = page$out, quiet = TRUE, envir = new.env(),
             params = list(segment = page$segment, figures = page$figures))
    }}
    made(pages[1, ])
    cat("{READY}\\n")
    flush(stdout())
    if (!length(readLines(file("stdin"), 1))) quit()
    for (row in seq_len(nrow(pages))) made(pages[row, ])
"""
"""A session that has loaded its packages and the table of KPIs, and rendered once beforehand."""


def saydo(project: Path, *, jobs: int, out: Path, accepted: Sequence[int] = (0,)) -> Course:
    """`saydo run`, which prepares the results too."""
    command = [sys.executable, "-m", "saydo", "run", PARAMS, "--jobs", str(jobs), "--out", str(out)]
    return course([command], folder=project, environment=THREADS, accepted=accepted)


def loop(project: Path, chosen: Sequence[PageOf], *, jobs: int, results: Path, out: Path) -> Course:
    """papermill and nbconvert for each page, `jobs` at a time."""
    out.mkdir()
    arguments = [
        argument
        for number, page in enumerate(chosen)
        for argument in (page.notebook, page.segment, str(out / f"{number}"))
    ]
    environment = {
        **THREADS,
        "SAYDO_RESULTS": str(results),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    command = ["xargs", "-0", "-n", "3", "-P", str(jobs), "sh", "-c", LOOP, "page"]
    ran = course(
        [command], folder=project, environment=environment, told="\0".join([*arguments, ""])
    )
    there = len([*out.glob("*.html")])
    if there != len(chosen):
        raise SystemExit(f"the loop made {there} of {len(chosen)} pages")
    return ran


def floor(project: Path, *, segments: int, jobs: int, results: Path) -> Course:
    """The cells of all pages, in as many loaded processes as pages are made at a time elsewhere."""
    script = str(HERE / "runs.py")
    commands = [
        [sys.executable, script, "--floor", str(project), str(segments), str(part), str(jobs)]
        for part in range(jobs)
    ]
    environment = {**THREADS, "SAYDO_RESULTS": str(results)}
    return course(commands, folder=project, environment=environment, preloaded=True)


def no_r() -> str:
    """What R Markdown lacks here; nothing if it can be measured."""
    if not (shutil.which("Rscript") and shutil.which("pandoc")):
        return "R or pandoc is not installed"
    asked = "for (name in c('rmarkdown', 'ggplot2', 'svglite')) library(name, character.only = T)"
    done = subprocess.run(["Rscript", "-e", asked], capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-2]


def r_markdown(
    scratch: Path, chosen: Sequence[tuple[PageOf, int]], *, jobs: int, results: Path
) -> Course:
    """Pages with as many figures, each drawn by ggplot2, in as many warm sessions of R."""
    commands = []
    for part in range(jobs):
        folder = scratch / f"r{part}"
        folder.mkdir(parents=True)
        shutil.copy(HERE / "runs_warm.Rmd", folder / "page.Rmd")
        with (folder / "pages.csv").open("w", newline="") as target:
            rows = csv.writer(target)
            rows.writerow(["segment", "figures", "out"])
            for number, (page, figures) in enumerate(shared(chosen, part=part, parts=jobs)):
                rows.writerow([page.segment, figures, f"{number}.html"])
        # Each in a folder of its own: what knitr leaves beside the Rmd would be overwritten.
        session = f'setwd("{folder}"); {R_LOOP}'
        kpis = str(results / "tables" / "kpis.csv")
        commands.append(["Rscript", "-e", session, kpis, "pages.csv"])
    ran = course(commands, folder=scratch, environment=THREADS, preloaded=True)
    there = len([*scratch.glob("r*/*.html")])
    if there != len(chosen):
        raise SystemExit(f"R made {there} of {len(chosen)} pages")
    return ran

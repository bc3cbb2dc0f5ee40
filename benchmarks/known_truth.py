"""Do intervals of the drivers cover the truth, and do their tests err as often as they say?

Runs every simulation of `truths`, with seeds fixed beforehand: run i of every one of them draws
from `default_rng([2026, i])`. Writes docs/simulations.md.

    python benchmarks/known_truth.py [RUNS]      2000 if left out
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import numpy as np
import pandas as pd
import truths
from threadpoolctl import threadpool_limits
from truths import Draw

from saydo.errors import NotEstimable

ROOT = Path(__file__).parents[1]
SEED = 2026
AT_ONCE = 50
NOMINAL, LEVEL = 0.95, 0.05

HEAD = """# Simulations with known truth

`python benchmarks/known_truth.py` makes this page: {runs:,} simulated studies of 1,000 customers
for each row, run i of each with the seed [{seed}, i]. *Coverage* is the share of 95 % intervals
that hold the truth; *errors* the share of tests that say at 5 % that there is something where there
is nothing. Behind the sign ± stand three Monte Carlo standard errors of the nominal share: what
chance alone may do. *Bias* is the mean estimate less the truth, with its own standard error.
*Refused* are studies of which saydo gives no estimate (nobody who gave some answer left, say); the
rest of a row is about the others.

| result | truth | bias | coverage, % | errors, % | within | refused |
|---|---|---|---|---|---|---|
"""


def simulations() -> Mapping[str, Callable[[np.random.Generator], Draw]]:
    """All of them, module by module."""
    found: dict[str, Callable[[np.random.Generator], Draw]] = {}
    for module in sorted(each.name for each in iter_modules(truths.__path__)):
        found |= import_module(f"truths.{module}").SIMULATIONS
    return found


def drawn(name: str, first: int, after: int) -> list[Draw | None]:
    """Some runs of one simulation; None where the study was refused."""
    simulate = simulations()[name]
    draws: list[Draw | None] = []
    with threadpool_limits(1, "blas"):
        for run in range(first, after):
            try:
                draws.append(simulate(np.random.default_rng([SEED, run])))
            except NotEstimable:
                draws.append(None)
    return draws


def judged(name: str, draws: list[Draw | None]) -> str:
    """One row of the table."""
    table = pd.DataFrame([draw for draw in draws if draw is not None])
    n = len(table)
    error = table["estimate"] - table["truth"]
    held = ((table["ci_low"] <= table["truth"]) & (table["truth"] <= table["ci_high"])).mean()
    reach = 3 * np.sqrt(NOMINAL * LEVEL / n)
    is_within = abs(held - NOMINAL) <= reach
    errors = ""
    if table["p_value"].notna().all():
        wrong = (table["p_value"].astype(float) < LEVEL).mean()
        is_within &= abs(wrong - LEVEL) <= reach
        errors = f"{100 * wrong:.1f} ± {100 * reach:.1f}"
    bias = f"{error.mean():+.2g} ({error.std() / n**0.5:.1g})"
    coverage = f"{100 * held:.1f} ± {100 * reach:.1f}"
    verdict = "yes" if is_within else "**no**"
    truth = f"{table['truth'].mean():.4g}"
    refused = len(draws) - n
    return f"| {name} | {truth} | {bias} | {coverage} | {errors} | {verdict} | {refused} |"


def main(runs: int) -> None:
    """Write the page, and print it row by row."""
    rows = []
    with ProcessPoolExecutor() as pool:
        for name in simulations():
            began = time.perf_counter()
            starts = range(0, runs, AT_ONCE)
            ends = [min(start + AT_ONCE, runs) for start in starts]
            parts = pool.map(drawn, [name] * len(ends), starts, ends)
            rows.append(judged(name, [draw for part in parts for draw in part]))
            print(rows[-1], f"{time.perf_counter() - began:.0f} s", flush=True)
    text = HEAD.format(runs=runs, seed=SEED) + "\n".join(rows) + "\n"
    (ROOT / "docs" / "simulations.md").write_text(text)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 2_000)

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
from truths.answering import WEIGHTING

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


WEIGHTS_HEAD = """
## What weights for who answers remove

The satisfied answer more often. *Beyond what is known* they do so among customers of the same
behaviour and the same staying, too, which no weights can take away. *Left* is the bias that is left
with weights, in percent of that without them; behind each bias stands its own standard error.

| result | truth | bias without weights | bias with weights | left, % |
|---|---|---|---|---|
"""


def simulations() -> Mapping[str, Callable[[np.random.Generator], Draw]]:
    """All of them, module by module."""
    found: dict[str, Callable[[np.random.Generator], Draw]] = {}
    for module in sorted(each.name for each in iter_modules(truths.__path__)):
        found |= import_module(f"truths.{module}").SIMULATIONS
    return found


def all_draws(pool: ProcessPoolExecutor, name: str, runs: int) -> list[Draw | None]:
    """Every run of one simulation."""
    starts = range(0, runs, AT_ONCE)
    ends = [min(start + AT_ONCE, runs) for start in starts]
    parts = pool.map(drawn, [name] * len(ends), starts, ends)
    return [draw for part in parts for draw in part]


def drawn(name: str, first: int, after: int) -> list[Draw | None]:
    """Some runs of one simulation; None where the study was refused."""
    compared = {
        f"{name}, {way}": one for name, two in WEIGHTING.items() for way, one in two.items()
    }
    simulate = (simulations() | compared)[name]
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


def weighted(name: str, draws: Mapping[str, list[Draw | None]]) -> str:
    """One row of the table of what weights remove."""
    tables = {way: pd.DataFrame([d for d in ones if d is not None]) for way, ones in draws.items()}
    errors = {way: table["estimate"] - table["truth"] for way, table in tables.items()}
    without, with_weights = (
        f"{errors[way].mean():+.2g} ({errors[way].sem():.1g})" for way in ("unweighted", "weighted")
    )
    left = 100 * abs(errors["weighted"].mean() / errors["unweighted"].mean())
    truth = f"{tables['weighted']['truth'].mean():.4g}"
    return f"| {name} | {truth} | {without} | {with_weights} | {left:.1f} |"


def main(runs: int) -> None:
    """Write the page, and print it row by row."""
    rows, of_weights = [], []
    with ProcessPoolExecutor() as pool:
        for name in simulations():
            began = time.perf_counter()
            rows.append(judged(name, all_draws(pool, name, runs)))
            print(rows[-1], f"{time.perf_counter() - began:.0f} s", flush=True)
        for name, ways in WEIGHTING.items():
            draws = {way: all_draws(pool, f"{name}, {way}", runs) for way in ways}
            of_weights.append(weighted(name, draws))
            print(of_weights[-1], flush=True)
    text = HEAD.format(runs=runs, seed=SEED) + "\n".join(rows) + "\n"
    text += WEIGHTS_HEAD + "\n".join(of_weights) + "\n"
    (ROOT / "docs" / "simulations.md").write_text(text)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 2_000)

"""Does `needs` find the true needs of the sample company? Ten seeds, and how long it takes.

Prints one line per seed: the adjusted Rand index of segments against the true profiles, among
customers who answered; how many groups were found; and whether behaviour was taken to tell
anything of the silent (it tells next to nothing: profiles differ little in what they do).

    python benchmarks/needs.py [CUSTOMERS]      3000 if left out
"""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
from sklearn.metrics import adjusted_rand_score

from saydo.params import ByNeeds
from saydo.segments.by_needs import BY_NEEDS
from saydo.segments.need_answers import has_said, wants_of
from saydo.tables.checked import Tables
from saydo.tables.sample import write_sample

SEEDS = range(1, 11)
READ = ("customers", "orders", "tickets", "answers")
UNTIL = date(2025, 12, 31)


def main(customers: int) -> None:
    """Print the table."""
    print("| seed | respondents | groups | adjusted Rand index | silent placed | learned, s |")
    print("|---|---|---|---|---|---|")
    indices = []
    for seed in SEEDS:
        with TemporaryDirectory() as folder:
            write_sample(Path(folder), customers=customers, months=24, seed=seed, until=UNTIL)
            index, line = of_company(Path(folder))
        indices.append(index)
        print(f"| {seed} | {line} |", flush=True)
    print(f"\nLeast {min(indices):.3f}, mean {sum(indices) / len(indices):.3f}")


def of_company(folder: Path) -> tuple[float, str]:
    """The adjusted Rand index of one company, and its cells."""
    connection = ibis.duckdb.connect()
    tables = Tables(connection, {n: connection.read_parquet(folder / f"{n}.parquet") for n in READ})
    how = ByNeeds(method="needs", silent="by_behaviour")
    features = tables.keep("features", BY_NEEDS.features(tables, how, UNTIL))
    started = time.perf_counter()
    learned = BY_NEEDS.learn(features, how)
    seconds = time.perf_counter() - started
    spoke = features.filter(has_said(features, wants_of(features))).select("customer_id")
    placed = BY_NEEDS.place(features, how, learned).semi_join(spoke, "customer_id")
    truth = tables["customers"].select("customer_id", "profile")
    both = placed.inner_join(truth, "customer_id").execute()
    index = adjusted_rand_score(both["profile"], both["segment"])
    placing = BY_NEEDS.explain(features, how, learned)["need_placing"].iloc[0]
    silent = f"{placing['n_placed']} of {placing['n_silent']}"
    groups = len(learned["groups"])
    return index, f"{len(both):,} | {groups} | {index:.3f} | {silent} | {seconds:.1f}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)

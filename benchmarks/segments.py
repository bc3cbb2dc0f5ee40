"""Ten million customers put into segments by what they do: time and memory.

Each row of the table is a process of its own, which first makes its customers in DuckDB (not
timed), then learns and places, as a run does. `orders`: five orders per customer are counted and
added up on the way; `columns`: customers bring recency, frequency and money spent with them.

    python benchmarks/segments.py [CUSTOMERS …]      1000000 and 10000000 if left out
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from datetime import date
from typing import Any

from saydo.params import parse
from saydo.segments import assign
from saydo.tables.checked import Tables
from saydo.tables.engine import open_engine

AS_OF = date(2025, 12, 31)
ORDERS = 5
"""Per customer, on average."""

# A digest spreads rows as chance would, but the same on every run. Customers are of three kinds, by
# their number; those with a low number order more often, so that frequency is skewed as in shops.
CUSTOMERS = """
    create table customers as
    select format('c{{:08d}}', i) as customer_id{columns}
    from range({customers}) as t(i)
"""
KNOWN = """,
        cast([10, 150, 500][1 + i % 3] * (1 + chance(i, 1)) as bigint) as days,
        cast([20, 8, 2][1 + i % 3] * (1 + chance(i, 2)) as bigint) as times,
        round([20, 400, 90][1 + i % 3] * exp(chance(i, 3)), 2) as money"""
BOUGHT = """
    create table orders as
    select format('o{{:09d}}', i) as order_id, format('c{{:08d}}', number) as customer_id,
        timestamp '2025-12-31' - to_seconds(
            cast([0, 200, 700][1 + number % 3] * 86400 + 86400 * 100 * chance(i, 2) as bigint)
        ) as ordered_at,
        round([20, 400, 90][1 + number % 3] * exp(chance(i, 3)), 2) as revenue
    from (
        select i, cast({customers} * pow(chance(i, 1), 1.5) as bigint) as number
        from range({orders}) as t(i)
    )
"""
CHANCE = "create macro chance(i, seed) as hash(i * 31 + seed) / 18446744073709551616.0"

NAMED = {"recency": "days", "frequency": "times", "monetary": "money"}
HOW: dict[tuple[str, str], dict[str, Any]] = {
    ("rfm", "columns"): {"columns": NAMED},
    ("rfm", "orders"): {},
    ("clusters", "columns"): {"features": list(NAMED.values())},
    ("clusters", "orders"): {},
}
"""What params say, by method and by what customers bring."""


def made(customers: int, given: str) -> Tables:
    """The tables, typed and on DuckDB, as a run has them after its checks."""
    connection = open_engine("duckdb").home
    run = connection.con.execute
    run(CHANCE)
    columns = KNOWN if given == "columns" else ""
    run(CUSTOMERS.format(customers=customers, columns=columns))
    names = ["customers"]
    if given == "orders":
        run(BOUGHT.format(customers=customers, orders=ORDERS * customers))
        names.append("orders")
    return Tables(connection, {name: connection.table(name) for name in names})


def child(method: str, given: str, customers: int) -> None:
    """One row, in a process of its own."""
    tables = made(customers, given)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    raw = {
        "study": "Benchmark",
        "data": {"tables": {"customers": {"path": "customers.csv"}}},
        "segments": {"method": method, **HOW[method, given]},
    }
    began, worked = time.perf_counter(), time.process_time()
    assignment = assign(tables, parse(raw), as_of=AS_OF)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    placed = assignment.table.count().execute()
    if placed != customers:
        raise SystemExit(f"{placed:,} of {customers:,} customers were placed")
    told = {
        "seconds": seconds,
        "cpu": cpu,
        "gib": peak / 2**20,
        "made_gib": before / 2**20,
        "segments": int(assignment.table.segment.nunique().execute()),
    }
    print(json.dumps(told))


def main(sizes: list[int]) -> None:
    """Print a table: one row per size, method and kind of data."""
    print(f"{os.cpu_count()} cores")
    print("| customers | method | from | segments | wall, s | CPU, s | peak GiB (tables alone) |")
    print("|---|---|---|---|---|---|---|")
    for size in sizes:
        for method, given in HOW:
            command = [sys.executable, __file__, "--child", method, given, str(size)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found = json.loads(done.stdout.splitlines()[-1])
            print(
                f"| {size:,} | {method} | {given} | {found['segments']} | {found['seconds']:.1f} "
                f"| {found['cpu']:.1f} | {found['gib']:.1f} ({found['made_gib']:.1f}) |",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main([int(size) for size in sys.argv[1:]] or [1_000_000, 10_000_000])

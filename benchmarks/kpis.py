"""Every KPI against hand-written SQL for ten of them: time, memory, and how both grow.

The sample company of N customers, ten segments, eight quarters. Each side is a process of its own,
which first loads the same tables into DuckDB (not timed), then computes: saydo all its KPIs with
intervals, statuses and reasons, the baseline ten KPIs without, one query each, as an analyst would
write them. The ten values must agree. Times are ratios to that baseline, run in turn with it.

    python benchmarks/kpis.py [CUSTOMERS …]      200000 and 2000000 if left out
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from saydo import params as params_module
from saydo.kpis import KPIS
from saydo.kpis.compute import compute
from saydo.tables.checked import DTYPES, Tables
from saydo.tables.contract import CONTRACT
from saydo.tables.engine import open_engine
from saydo.tables.sample import write_sample

ROOT = Path(__file__).parents[1]
AS_OF = date(2025, 12, 31)
MONTHS = 48
"""Long enough for ten orders per customer."""
ANSWERED = 40
"""One customer in so many has answers, which makes about one answer for two customers."""
ROUNDS = 1

PERIODS = (
    "(select unnest(generate_series(date '2024-01-01', date '2025-10-01', interval 3 month))::date "
    "as p)"
)
"""First days of the eight quarters."""

BY = "group by grouping sets ((segment, p), (p))"
SELECT = "select coalesce(segment, 'all') as segment, p as period_start,"

QUERIES = {
    "nps": f"""
        {SELECT} 100.0 * (sum(weight) filter (score >= 9) - sum(weight) filter (score <= 6))
            / sum(weight) as value
        from (select *, date_trunc('quarter', answered_at)::date as p from answers
              join assigned using (customer_id)
              where item = 'recommend' and coalesce(aspect, 'score') = 'score'
                and lower(survey) <> 'transactional'
                and answered_at >= '2024-01-01' and answered_at < '2026-01-01')
        {BY}""",
    "csat_top2": f"""
        {SELECT} 100.0 * sum(weight) filter (score >= scale_max - 1) / sum(weight) as value
        from (select *, date_trunc('quarter', answered_at)::date as p from answers
              join assigned using (customer_id)
              where item = 'satisfaction' and coalesce(aspect, 'score') = 'score'
                and answered_at >= '2024-01-01' and answered_at < '2026-01-01')
        {BY}""",
    "churn_period": f"""
        {SELECT} 100.0 * count(*) filter (left_on < p + interval 3 month) / count(*) as value
        from customers join assigned using (customer_id), {PERIODS}
        where acquired_on < p and (left_on is null or left_on >= p)
        {BY}""",
    "repeat_purchase_rate": f"""
        with firsts as (
            select customer_id, min(ordered_at) as first_at from orders
            where customer_id not in (
                select customer_id from customers
                where acquired_on < (select min(ordered_at)::date from orders))
            group by customer_id),
        waited as (
            select f.customer_id, date_trunc('quarter', first_at + interval 90 day)::date as p,
                count(*) filter (ordered_at < first_at + interval 90 day) >= 2 as again
            from firsts f join orders o using (customer_id)
            where first_at + interval 90 day >= '2024-01-01'
              and first_at + interval 90 day < '2026-01-01'
            group by all)
        {SELECT} 100.0 * count(*) filter (again) / count(*) as value
        from waited join assigned using (customer_id)
        {BY}""",
    "revenue_per_customer": f"""
        with sold as (
            select segment, date_trunc('quarter', ordered_at)::date as p, sum(revenue) as revenue
            from orders join assigned using (customer_id)
            where ordered_at >= '2024-01-01' and ordered_at < '2026-01-01'
            group by all),
        present as (
            select segment, p, (count(*) filter (acquired_on < p
                    and (left_on is null or left_on >= p))
                + count(*) filter (acquired_on < p + interval 3 month
                    and (left_on is null or left_on >= p + interval 3 month))) / 2 as customers
            from customers join assigned using (customer_id), {PERIODS}
            group by all)
        {SELECT} sum(revenue) / sum(customers) as value
        from present join sold using (segment, p)
        {BY}""",
    "unprofitable_share": f"""
        with brought as (
            select customer_id, date_trunc('quarter', ordered_at)::date as p,
                sum(revenue) as revenue, sum(cost) as cost, count(*) filter (cost is null) as open
            from orders where ordered_at >= '2024-01-01' and ordered_at < '2026-01-01'
            group by all),
        served as (
            select customer_id, date_trunc('quarter', month)::date as p,
                sum(cost_to_serve) as to_serve
            from costs where month >= '2024-01-01' and month < '2026-01-01' group by all)
        {SELECT} 100.0 * count(*) filter (coalesce(revenue, 0) - coalesce(cost, 0)
            - coalesce(to_serve, 0) < 0) / count(*) as value
        from brought full join served using (customer_id, p) join assigned using (customer_id)
        where coalesce(open, 0) = 0
        {BY}""",
    "rev_concentration": """
        with bought as (
            select segment, date_trunc('quarter', ordered_at)::date as p, customer_id,
                sum(revenue) as revenue
            from orders join assigned using (customer_id)
            where ordered_at >= '2024-01-01' and ordered_at < '2026-01-01'
            group by all),
        ranked as (
            select segment, p, revenue, count(*) over w as n,
                row_number() over (w order by revenue desc) as place
            from (from bought union all by name
                  select 'all' as segment, p, customer_id, revenue from bought)
            window w as (partition by segment, p))
        select segment, p as period_start,
            100 * sum(revenue * greatest(0, least(1, n / 10 - place + 1))) / sum(revenue) as value
        from ranked group by segment, p""",
    "recency_days": f"""
        with last_days as (
            select customer_id, date_trunc('quarter', ordered_at)::date as q,
                max(ordered_at)::date as last_on
            from orders where ordered_at < '2026-01-01' group by all),
        since as (
            select customer_id, p, ((p + interval 3 month)::date - 1) - max(last_on) as days
            from last_days join {PERIODS} on q <= p group by customer_id, p)
        {SELECT} median(days) as value
        from since join assigned using (customer_id)
        {BY}""",
    "otif": f"""
        with due as (
            select segment, date_trunc('quarter', promised_at)::date as p, is_complete,
                coalesce(delivered_at <= promised_at or promised_at = date_trunc('day', promised_at)
                    and delivered_at::date <= promised_at::date, false) as in_time
            from orders join assigned using (customer_id)
            where promised_at >= '2024-01-01' and promised_at < '2026-01-01')
        {SELECT} 100.0 * count(*) filter (in_time and is_complete) / count(*) as value
        from due where not in_time or is_complete is not null
        {BY}""",
    "requester_wait": f"""
        {SELECT} median(coalesce(floor(wait_hours * 10 + 0.5) / 10, 'infinity'::double)) as value
        from (select *, date_trunc('quarter', opened_at)::date as p from tickets
              join assigned using (customer_id)
              where topic is distinct from 'follow-up'
                and opened_at >= '2024-01-01' and opened_at < '2026-01-01')
        {BY}""",
}
"""Ten KPIs of all themes by hand, one query each, without intervals."""


def load(folder: Path) -> Tables:
    """The sample's tables, typed and in DuckDB's memory, as a run has them after its checks."""
    connection = open_engine("duckdb").home
    tables = {}
    for name, table in CONTRACT.items():
        rows = connection.read_parquet(folder / f"{name}.parquet")
        typed = {
            column.name: rows[column.name].cast(DTYPES[column.type])
            for column in table.columns
            if column.name in rows.columns
        }
        if name == "answers":
            rows = rows.filter(rows.customer_id.right(6).cast("int64") % ANSWERED == 0)
        tables[name] = connection.create_table(f"saydo_{name}", rows.mutate(**typed))
        connection.con.execute(f"create view {name} as from saydo_{name}")
    connection.con.execute(
        "create table assigned as select customer_id, "
        "'segment ' || hash(customer_id) % 10 as segment from customers"
    )
    return Tables(connection, tables)


def by_saydo(tables: Tables) -> pd.DataFrame:
    """All KPIs."""
    params = params_module.load(ROOT / "params" / "demo.yml", kpis=tuple(KPIS))
    assigned = tables.connection.table("assigned")
    return compute(tables, assigned, params=params, as_of=AS_OF)


def by_hand(tables: Tables) -> pd.DataFrame:
    """Ten of them."""
    parts = [
        tables.connection.con.execute(query).df().assign(kpi=kpi) for kpi, query in QUERIES.items()
    ]
    return pd.concat(parts, ignore_index=True)


SIDES = {"saydo": by_saydo, "hand": by_hand}


def child(side: str, folder: Path, out: Path) -> None:
    """One side, in a process of its own."""
    tables = load(folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    table = SIDES[side](tables)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = {
        name: int(tables[name].count().execute()) for name in ("customers", "orders", "answers")
    }
    columns = ["kpi", "segment", "period_start", "value"]
    table.loc[table["kpi"].isin(QUERIES), columns].to_parquet(out)
    measured = int(table["value"].notna().groupby(table["kpi"]).any().sum())
    told = {"seconds": seconds, "gib": peak / 2**20, "loaded_gib": before / 2**20, "rows": rows}
    print(json.dumps(told | {"measured": measured}))


def disagreement(ours: Path, theirs: Path) -> float:
    """The largest relative difference between both sides' values."""
    keys = ["kpi", "segment", "period_start"]
    mine, hand = (pd.read_parquet(file) for file in (ours, theirs))
    hand["period_start"] = pd.to_datetime(hand["period_start"])
    both = hand.merge(mine, on=keys, suffixes=("_hand", ""), how="left", validate="1:1")
    missing = both["value"].isna()
    if missing.any():
        raise SystemExit(f"saydo has no value for:\n{both[missing].head()}")
    return float(((both["value"] - both["value_hand"]).abs() / both["value_hand"].abs()).max())


def measure(folder: Path) -> dict[str, Any]:
    """Both sides in turn, `ROUNDS` times."""
    told: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    files = {side: folder / f"{side}.result" for side in SIDES}
    for _round in range(ROUNDS):
        for side in SIDES:
            command = [sys.executable, __file__, "--child", side, str(folder), str(files[side])]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            told[side].append(json.loads(done.stdout.splitlines()[-1]))
    return {
        "ours": median(each["seconds"] for each in told["saydo"]),
        "hand": median(each["seconds"] for each in told["hand"]),
        "gib": max(each["gib"] for each in told["saydo"]),
        "loaded": max(each["loaded_gib"] for each in told["saydo"]),
        "hand_gib": max(each["gib"] for each in told["hand"]),
        "rows": told["saydo"][0]["rows"],
        "measured": told["saydo"][0]["measured"],
        "apart": disagreement(files["saydo"], files["hand"]),
    }


def main(sizes: list[int]) -> None:
    """Print a table: one row per size."""
    print(f"{len(KPIS)} KPIs against SQL for {len(QUERIES)}, {os.cpu_count()} cores")
    print(
        "| customers | orders | answers | KPIs measured | saydo, s | by hand, s | ratio "
        "| peak GiB (tables alone) | by hand GiB | largest difference |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for size in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(os.environ.get("SAYDO_BENCH_DATA", scratch)) / str(size)
            if not (folder / "truth.json").is_file():
                write_sample(folder, customers=size, months=MONTHS, seed=7)
            found = measure(folder)
        rows = found["rows"]
        print(
            f"| {rows['customers']:,} | {rows['orders']:,} | {rows['answers']:,} "
            f"| {found['measured']} | {found['ours']:.1f} | {found['hand']:.1f} "
            f"| {found['ours'] / found['hand']:.2f} | {found['gib']:.1f} ({found['loaded']:.1f}) "
            f"| {found['hand_gib']:.1f} | {found['apart']:.0e} |",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main([int(size) for size in sys.argv[1:]] or [200_000, 2_000_000])

"""Intervals hold the truth as often as they say: a fast part of `benchmarks/coverage.py`."""

import importlib
import sys
from pathlib import Path

import pytest

from saydo.kpis import KPIS

ROOT = Path(__file__).parents[2]


def of_benchmarks(name):
    """A module of benchmarks/, whose modules import each other as scripts do."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


simulated = of_benchmarks("simulated")
CASES = [
    case
    for name in ("populations", "populations_of_deeds", "populations_of_lives")
    for case in of_benchmarks(name).CASES
]
MADE_OF_OTHERS = {"target_attainment"}
"""KPIs that no sample gives: made of those that are in the table."""


def page_rows():
    lines = (ROOT / "docs" / "coverage.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    head, _rule, *rows = cells
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_every_interval_in_use_is_tried():
    tried = {case.measure.interval for case in CASES}
    untried = {
        name: kpi.measure.interval
        for name, kpi in KPIS.items()
        if kpi.measure.interval not in tried and not kpi.measure.interval.startswith("none")
    }
    assert set(untried) <= MADE_OF_OTHERS, untried


def test_the_page_has_every_case_and_size():
    # Made by: python benchmarks/coverage.py
    told = {(row["method"], row["population"], row["n"]) for row in page_rows()}
    sizes = map(str, simulated.SAMPLES)
    assert told == {(case.method, case.population, n) for n in sizes for case in CASES}


def test_the_page_has_as_many_samples_and_as_much_coverage_as_asked():
    low, high = simulated.ASKED
    asked = [row for row in page_rows() if row["n"] == "200"]
    for row in asked:
        assert int(row["samples"]) + int(row["without"]) >= 1000, row
        assert low <= float(row["coverage %"]) <= high, row


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if not case.is_slow],
    ids=lambda case: f"{case.method}, {case.population}",
)
def test_interval_holds_the_truth_in_95_of_100_samples(case):
    found = simulated.coverage(case, n=200, samples=400)
    # 400 samples tell it to about a hundredth: a wrong formula is further off than three of these.
    low, high = simulated.ASKED
    assert low - 3 <= found.covered <= high + 2.6
    assert found.no_value == 0


def test_an_interval_that_is_too_short_is_found_out():
    # Tickets of one customer taken for as many independent ones.
    tickets = of_benchmarks("populations_of_deeds").tickets(0.82, 0.3)

    def one_each(rng, samples, n):
        rows = tickets(rng, samples, n)
        every = rows.loc[rows.index.repeat(rows["trials"])]
        return every.assign(yes=every.groupby(level=0).cumcount() < every["hits"])

    share = next(case.measure for case in CASES if case.population == "yes or no, 82 % yes")
    case = simulated.Case(share, "tickets as if independent", one_each, 82.0)
    assert simulated.coverage(case, n=200, samples=400).covered < 93

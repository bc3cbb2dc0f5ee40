"""Who did not answer, and whether they stayed: counted from tables."""

from datetime import date

import pandas as pd

from saydo.drivers.answering import response_patterns
from saydo.drivers.exposures import exposures
from saydo.drivers.non_response import Counts, non_response, silent_counts

AS_OF = date(2025, 12, 31)


def test_silent_customers_are_counted_by_what_they_did(params_of, tables_of, assign):
    customers = [
        ("answers", "2024-01-01", None),
        ("silent", "2024-01-01", None),
        ("silent and leaves", "2024-01-01", "2025-11-01"),
        ("answers later", "2024-01-01", None),
        ("of b", "2024-01-01", "2025-11-01"),
        ("of none", "2024-01-01", None),
        ("gone before", "2024-01-01", "2025-09-01"),
    ]
    answers = [("answers", "2025-09-01", 5), ("answers later", "2025-10-01", 5)]
    tables = tables_of(customers, answers)
    segments = {name: "a" for name, *_dates in customers} | {"of b": "b"}
    del segments["of none"]
    exposed = exposures(tables, assign(tables, segments), params=params_of(), as_of=AS_OF)
    counts = silent_counts(response_patterns(exposed))
    assert list(counts.index) == ["all", "a", "b"]
    assert counts.to_numpy().tolist() == [[3, 2], [2, 1], [0, 1]]


def test_the_difference_is_judged_by_newcombes_interval():
    # Newcombe (1998, Stat. Med. 17:873), table II: 56/70 against 48/80 is 0.0524 to 0.3339.
    patterns = pd.DataFrame({"n_stayed": [56], "n_left": [14]})
    assert non_response(patterns, Counts(48, 32), min_cell=11).outcome == "warn"
    assert non_response(patterns, Counts(56, 24), min_cell=11).outcome == "pass"


def test_small_groups_are_not_told_of():
    patterns = pd.DataFrame({"n_stayed": [56], "n_left": [14]})
    check = non_response(patterns, Counts(4, 6), min_cell=11)
    assert check.outcome == "pass"
    assert "%" not in check.reason

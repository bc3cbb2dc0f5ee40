"""Kano's classes: the evaluation table cell by cell, coefficients and what is unclear."""

from datetime import date

import pandas as pd
import pytest

from saydo.drivers.importance.kano import kano_classes
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)

# Berger et al. (1993): functional in rows, dysfunctional in columns, both from like to dislike.
EVALUATION = ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]
NAMES = {
    "Q": "questionable",
    "A": "excitement",
    "O": "performance",
    "R": "reverse",
    "I": "indifferent",
    "M": "basic",
}
PAIRS = {"M": (3, 5), "O": (1, 5), "A": (1, 3), "I": (3, 3), "R": (5, 1)}


def tables_of(rows, **changes):
    table = pd.DataFrame(rows, columns=["feature", "functional", "dysfunctional"])
    ids = [f"r{number}" for number in range(len(table))]
    kano = table.assign(respondent_id=ids, **changes)
    return Tables.of({"customers": pd.DataFrame({"customer_id": ["c1"]}), "kano": kano})


def test_every_cell_is_classed_as_by_kanos_evaluation_table(params_of):
    rows = [
        (f"{functional}{dysfunctional}", functional, dysfunctional)
        for functional in range(1, 6)
        for dysfunctional in range(1, 6)
        for _ in range(12)
    ]
    found = kano_classes(tables_of(rows), params=params_of(), as_of=AS_OF)
    expected = {
        f"{row + 1}{column + 1}": NAMES[letter]
        for row, letters in enumerate(EVALUATION)
        for column, letter in enumerate(letters)
    }
    assert found.set_index("attribute")["kano"].to_dict() == expected


def answers(feature, **counts):
    return [(feature, *PAIRS[letter]) for letter, n in counts.items() for _ in range(n)]


def test_coefficients_are_bergers(params_of):
    tables = tables_of(answers("speed", A=10, O=20, M=40, I=5, R=5))
    row = kano_classes(tables, params=params_of(), as_of=AS_OF).iloc[0]
    assert row["kano"] == "basic"
    assert row["kano_better"] == pytest.approx(30 / 75)
    assert row["kano_worse"] == pytest.approx(-60 / 75)
    assert row["kano_n"] == 80


def test_a_lead_that_chance_could_give_is_unclear(params_of):
    # A lead of 10 of 110 has a standard error of √(110 − 100 / 110) = 10.4. One of 12 of 40 has
    # √(40 − 144 / 40) = 6.03, 1.99 times exceeded (√40 would be 1.90 times).
    rows = [*answers("even", M=60, A=50), *answers("sure", M=26, A=14)]
    found = kano_classes(tables_of(rows), params=params_of(), as_of=AS_OF).set_index("attribute")
    assert found["kano"].to_dict() == {"even": "unclear", "sure": "basic"}


def test_few_and_old_answers_are_left_out(params_of):
    rows = [*answers("few", M=10), *answers("old", M=40)]
    asked_at = pd.to_datetime(["2025-12-01"] * 10 + ["2024-12-31"] * 40)
    found = kano_classes(tables_of(rows, asked_at=asked_at), params=params_of(), as_of=AS_OF)
    assert found.empty


def test_without_the_table_there_are_no_rows(params_of):
    tables = Tables.of({"customers": pd.DataFrame({"customer_id": ["c1"]})})
    assert kano_classes(tables, params=params_of(), as_of=AS_OF).empty

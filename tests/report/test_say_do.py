"""The ledger of a segment: counts, shares and money, or why they are withheld."""

import pandas as pd

from saydo.drivers.ledger import ledger as say_against_do
from saydo.report.say_do import ledger


def table(revenue=None, n_left=20):
    """Three answers of a scale from 1 to 5, with what those who stayed and left had spent."""
    patterns = pd.DataFrame(
        {
            "segment": "all",
            "satisfaction": [1.0, 3.0, 5.0],
            "scale_min": 1.0,
            "scale_max": 5.0,
            "n_stayed": [30, 50, 80],
            "n_left": [20, 20, n_left],
        }
    )
    return say_against_do(patterns, revenue=revenue)


def spent():
    rows = [(s, stayed, 100.0) for s in (1.0, 3.0, 5.0) for stayed in (True, False)]
    frame = pd.DataFrame(rows, columns=["satisfaction", "stayed", "revenue"])
    return frame.assign(segment="all", revenue_squared=frame["revenue"] ** 2)


def test_money_stands_beside_counts_and_shares():
    finding = ledger(table(spent()), segment="all", currency="EUR")
    assert "9.1% of those who answered were satisfied and left all the same." in finding.sentence
    assert "they had brought €100.00 (95% interval €0.00" in finding.sentence
    assert "n\xa0=\xa020" in finding.sentence
    assert "Revenue in the year before" in finding._repr_html_()


def test_without_orders_there_is_no_money():
    finding = ledger(table(), segment="all", currency="EUR")
    assert "brought" not in finding.sentence
    assert "Revenue" not in finding._repr_html_()


def test_what_is_withheld_is_said():
    few = table(spent())
    few.loc[few["said"] != "neutral", ["n", "share", "ci_low", "ci_high", "revenue"]] = pd.NA
    few.loc[few["said"] != "neutral", "reason"] = "withheld: fewer than 11 customers"
    finding = ledger(few, segment="all", currency="EUR")
    assert finding.sentence == "Withheld: fewer than 11 customers."

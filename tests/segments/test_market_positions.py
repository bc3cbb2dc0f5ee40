"""How attractive each market is, and how we stand in it."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.segments.market_positions import MARKET_POSITIONS, market_positions
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)


def market(*years: tuple[int, str, dict[str, float]], months=range(1, 13)) -> Tables:
    """Of each year and market what each brand sells in every month; those in capitals are ours."""
    rows = [
        {
            "month": pd.Timestamp(year, month, 1),
            "market": name,
            "brand": brand,
            "is_own": brand.isupper(),
            "revenue": revenue,
        }
        for year, name, brands in years
        for month in months
        for brand, revenue in brands.items()
    ]
    customers = pd.DataFrame({"customer_id": ["a"]})
    return Tables.of({"market": pd.DataFrame(rows), "customers": customers})


def test_a_market_by_hand():
    tables = market(
        (2025, "North", {"A": 20.0, "B": 10.0, "x": 50.0, "y": 20.0}),
        (2024, "North", {"A": 20.0, "x": 40.0, "y": 20.0}),
        (2023, "North", {"A": 999.0, "x": 1.0}),
    )
    table = market_positions(tables, as_of=AS_OF)
    assert tuple(table.columns) == MARKET_POSITIONS
    row = table.iloc[0]
    assert row["size"] == pytest.approx(1200)
    assert row["growth"] == pytest.approx(25)  # from 80 a month to 100
    assert row["concentration"] == pytest.approx(0.3**2 + 0.5**2 + 0.2**2)
    assert row["n_brands"] == 3  # ours are one
    assert row["share"] == pytest.approx(30)
    assert row["relative_share"] == pytest.approx(30 / 50)
    assert row["share_change"] == pytest.approx(5)  # from 25 %
    assert (row["n_months"], row["reason"]) == (12, "")


def test_the_largest_market_comes_first_and_one_without_us_has_a_share_of_nothing():
    tables = market((2025, "Small", {"A": 1.0, "x": 1.0}), (2025, "Large", {"x": 60.0, "y": 40.0}))
    table = market_positions(tables, as_of=AS_OF).set_index("market")
    assert list(table.index) == ["Large", "Small"]
    assert table.loc["Large", "share"] == 0
    assert table.loc["Large", "relative_share"] == 0


def test_without_rivals_there_is_no_relative_share():
    row = market_positions(market((2025, "North", {"A": 1.0})), as_of=AS_OF).iloc[0]
    assert np.isnan(row["relative_share"])
    assert row["concentration"] == 1


def test_growth_is_told_only_of_the_same_months():
    first = market((2025, "North", {"A": 1.0, "x": 1.0}))
    half = market((2024, "North", {"A": 1.0, "x": 1.0}), months=range(7, 13))
    both = pd.concat([each["market"].execute() for each in (first, half)])
    row = market_positions(
        Tables.of({"market": both, "customers": first["customers"].execute()}), as_of=AS_OF
    ).iloc[0]
    assert np.isnan(row["growth"])
    assert np.isnan(row["share_change"])
    assert row["reason"] == "the twelve months before have no figures of the same months"
    assert row["share"] == pytest.approx(50)


def test_a_month_that_is_not_over_does_not_count_yet():
    tables = market((2025, "North", {"A": 1.0}), (2024, "North", {"A": 1.0}))
    row = market_positions(tables, as_of=date(2025, 12, 30)).iloc[0]
    # From December 2024 on.
    assert (row["size"], row["n_months"]) == (12, 12)


def test_without_the_table_it_is_not_measured():
    table = market_positions(
        Tables.of({"customers": pd.DataFrame({"customer_id": ["a"]})}), as_of=AS_OF
    )
    assert list(table["reason"]) == ["needs market"]


def test_figures_of_long_ago_alone_measure_nothing():
    table = market_positions(market((2021, "North", {"A": 1.0})), as_of=AS_OF)
    assert list(table["reason"]) == ["no market figures in the last twelve months"]

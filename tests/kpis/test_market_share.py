"""KPIs of market figures and of wallets against arithmetic on a few rows."""

import numpy as np
import pandas as pd
import pytest

TARGET = {"definitions": {"target_markets": ["north"]}}
NOBODY = pd.DataFrame({"customer_id": ["a"]})


def market(*rows, columns, **more):
    frame = pd.DataFrame(rows, columns=["month", "market", "brand", *columns])
    frame["month"] = pd.to_datetime(frame["month"])
    frame["is_own"] = frame["brand"] == "we"
    return {"customers": NOBODY, "market": frame.assign(**more)}


@pytest.fixture
def sales():
    """Two markets and three brands, in one month of the quarter and one of the quarter before."""
    return market(
        ("2025-10-01", "north", "we", 30.0, 3.0, 4.0),
        ("2025-10-01", "north", "they", 50.0, 10.0, 6.0),
        ("2025-10-01", "north", "others", 20.0, 7.0, 10.0),
        ("2025-10-01", "south", "we", 10.0, 1.0, 1.0),
        ("2025-10-01", "south", "others", 90.0, 19.0, 9.0),
        ("2025-09-01", "south", "they", 999.0, 999.0, 999.0),
        columns=["revenue", "units", "new_buyers"],
    )


def test_share_in_units(measured, sales):
    # 4 of 40 units; 40 of 200 in value.
    row = measured(sales, "market_share_units")
    assert row["value"] == pytest.approx(10)
    assert np.isnan(row["ci_low"]) and np.isnan(row["n"])


def test_relative_share_is_to_the_largest_rival_over_all_markets(measured, sales):
    # "others" sold 20 + 90 = 110, more than "they" with 50, who are larger in the north.
    assert measured(sales, "relative_market_share")["value"] == pytest.approx(40 / 110)


def test_share_in_target_markets(measured, sales):
    # In the north 30 of 100, in both 40 of 200.
    assert measured(sales, "segment_share", **TARGET)["value"] == pytest.approx(30)


def test_share_in_target_markets_needs_to_know_them(measured, sales):
    row = measured(sales, "segment_share")
    assert np.isnan(row["value"]) and "definitions.target_markets" in row["reason"]


def test_share_in_target_markets_nobody_sells_in_is_not_zero(measured, sales):
    row = measured(sales, "segment_share", definitions={"target_markets": ["west"]})
    assert np.isnan(row["value"])
    assert row["reason"] == "no figures of target markets in this period"


def test_share_of_new_buyers(measured, sales):
    # 4 + 1 of 4 + 6 + 10 + 1 + 9 = 30.
    assert measured(sales, "share_of_new")["value"] == pytest.approx(100 * 5 / 30)


@pytest.fixture
def heads():
    """Population stands beside every brand and counts once; it grows from month to month."""
    return market(
        ("2025-10-01", "north", "we", 30.0, 10.0, 25.0, 100.0),
        ("2025-10-01", "north", "they", 70.0, 20.0, 25.0, 100.0),
        ("2025-11-01", "north", "we", 30.0, 14.0, 35.0, 140.0),
        ("2025-11-01", "north", "they", 70.0, 30.0, 35.0, 140.0),
        ("2025-10-01", "south", "we", 12.0, 6.0, 60.0, 360.0),
        ("2025-10-01", "south", "they", 88.0, 55.0, 60.0, 360.0),
        columns=["revenue", "buyers", "category_buyers", "population"],
    )


def test_penetration_is_of_the_population_month_by_month(measured, heads):
    # (10 + 14 + 6) / (100 + 140 + 360) = 30 / 600.
    assert measured(heads, "penetration")["value"] == pytest.approx(5)


def test_penetration_share_counts_who_buys_two_brands_once(measured, heads):
    # 30 of 25 + 35 + 60 = 120 buyers; the brands' buyers add up to 135.
    assert measured(heads, "penetration_share")["value"] == pytest.approx(25)


def test_brand_development_is_per_head(measured, heads):
    # North 60 / 240 = 0.25 a head; all 72 / 600 = 0.12.
    assert measured(heads, "bdi", **TARGET)["value"] == pytest.approx(100 * 0.25 / 0.12)


def test_category_development_is_per_head(measured, heads):
    # North 200 / 240; all 300 / 600.
    assert measured(heads, "cdi", **TARGET)["value"] == pytest.approx(100 * (200 / 240) / 0.5)


def test_an_index_leaves_out_markets_of_unknown_population_on_both_sides(measured, heads):
    frame = heads["market"]
    frame.loc[frame["market"] == "south", "population"] = None
    assert measured(heads, "bdi", **TARGET)["value"] == pytest.approx(100)


def test_share_falls_in_total_and_rises_in_every_market(measured):
    # Simpson: shares rise from 50 to 52 % in the north and from 10 to 12 % in the south; the north
    # shrinks from half of the market to a fifth. Total: (50 + 10) / 2 = 30 % to (52 + 4·12) / 5 =
    # 20 %. Within: 2 pp in each. Mix: −10 − 2 = −12 pp.
    rows = market(
        ("2024-10-01", "north", "we", 50.0),
        ("2024-10-01", "north", "they", 50.0),
        ("2024-10-01", "south", "we", 10.0),
        ("2024-10-01", "south", "they", 90.0),
        ("2025-10-01", "north", "we", 52.0),
        ("2025-10-01", "north", "they", 48.0),
        ("2025-10-01", "south", "we", 48.0),
        ("2025-10-01", "south", "they", 352.0),
        columns=["revenue"],
    )
    assert measured(rows, "share_stability")["value"] == pytest.approx(2)
    assert measured(rows, "market_share_value")["value"] == pytest.approx(20)


def test_change_within_markets_weighs_them_by_the_mean_of_both_years(measured):
    # North: weight 1/4 then 3/4 now, share 20 to 30 %; south: 3/4 then 1/4, share 40 to 20 %.
    # Both means are 1/2: (10 − 20) / 2 = −5 pp. By the weights of one year: −12.5 or +2.5.
    rows = market(
        ("2024-11-01", "north", "we", 20.0),
        ("2024-11-01", "north", "they", 80.0),
        ("2024-11-01", "south", "we", 120.0),
        ("2024-11-01", "south", "they", 180.0),
        ("2025-12-01", "north", "we", 90.0),
        ("2025-12-01", "north", "they", 210.0),
        ("2025-12-01", "south", "we", 20.0),
        ("2025-12-01", "south", "they", 80.0),
        columns=["revenue"],
    )
    assert measured(rows, "share_stability")["value"] == pytest.approx(-5)


def test_a_new_market_is_mix(measured):
    # North holds its 50 %. The west is new; its share did not change from zero.
    rows = market(
        ("2024-10-01", "north", "we", 50.0),
        ("2024-10-01", "north", "they", 50.0),
        ("2025-10-01", "north", "we", 50.0),
        ("2025-10-01", "north", "they", 50.0),
        ("2025-10-01", "west", "we", 90.0),
        ("2025-10-01", "west", "they", 10.0),
        columns=["revenue"],
    )
    assert measured(rows, "share_stability")["value"] == pytest.approx(0)


def test_change_within_markets_compares_as_many_months(measured):
    rows = market(
        ("2024-10-01", "north", "we", 50.0),
        ("2025-10-01", "north", "we", 50.0),
        ("2025-11-01", "north", "we", 50.0),
        columns=["revenue"],
    )
    row = measured(rows, "share_stability")
    assert np.isnan(row["value"])
    assert row["reason"] == "no market figures of the same months a year before"


@pytest.fixture
def spending():
    """Five buyers of the category, three of whom buy our brand; p spends 60 of 100 with us, …"""
    rows = [
        ("p", "we", 60.0, 100.0),
        ("p", "they", 40.0, 100.0),
        ("q", "we", 10.0, 40.0),
        ("q", "they", 30.0, 40.0),
        ("r", "we", 10.0, 20.0),
        ("r", "others", 10.0, 20.0),
        ("s", "they", 10.0, 10.0),
        ("t", "others", 30.0, 30.0),
    ]
    frame = pd.DataFrame(rows, columns=["respondent_id", "brand", "spend", "category_spend"])
    return {"customers": NOBODY, "wallet": frame.assign(is_own=frame["brand"] == "we")}


def test_share_of_wallet_is_a_ratio_of_sums_over_our_buyers(measured, spending):
    # 80 of 100 + 40 + 20 = 160. The mean of the shares 60, 25 and 50 % would be 45 %.
    row = measured(spending, "account_share")
    assert (row["value"], row["n"]) == (pytest.approx(50), 3)
    assert 0 < row["ci_low"] < 50 < row["ci_high"] < 100


def test_heavy_usage_compares_our_buyers_with_all(measured, spending):
    # Our three: 160 / 3; all five: 200 / 5 = 40.
    row = measured(spending, "heavy_usage_index")
    assert (row["value"], row["n"]) == (pytest.approx(160 / 3 / 40), 5)
    assert row["ci_low"] < row["value"] < row["ci_high"]


def test_heavy_usage_needs_those_who_buy_only_from_others(measured, spending):
    ours = spending["wallet"].query("respondent_id in ['p', 'q', 'r']")
    row = measured({**spending, "wallet": ours}, "heavy_usage_index")
    assert np.isnan(row["value"])
    assert row["reason"] == "nobody who buys only from others was asked"


def test_market_share_is_penetration_share_times_share_of_wallet_times_heavy_usage(
    measured, spending
):
    # The five are the market: 3 of 5 bought ours; we sold 80, they 80, others 40.
    figures = market(
        ("2025-10-01", "x", "we", 80.0, 3.0, 5.0),
        ("2025-10-01", "x", "they", 80.0, 3.0, 5.0),
        ("2025-10-01", "x", "others", 40.0, 2.0, 5.0),
        columns=["revenue", "buyers", "category_buyers"],
    )
    frames = {**spending, **figures}
    share, penetration, wallet, usage = (
        measured(frames, name)["value"]
        for name in (
            "market_share_value",
            "penetration_share",
            "account_share",
            "heavy_usage_index",
        )
    )
    assert share == pytest.approx(penetration * wallet / 100 * usage)
    assert share == pytest.approx(100 * (3 / 5) * (80 / 160) * (160 / 3 / 40))


def ranks(*people):
    """One respondent per mapping of brands to ranks."""
    rows = [
        (f"p{number}", brand, rank)
        for number, person in enumerate(people)
        for brand, rank in person.items()
    ]
    frame = pd.DataFrame(rows, columns=["respondent_id", "brand", "rank"])
    return {"customers": NOBODY, "wallet": frame.assign(is_own=frame["brand"] == "we")}


@pytest.mark.parametrize(
    ("brands", "shares"),
    [
        # The table of Keiningham et al. (2011): expected shares of wallet by brands used and rank.
        (1, [100.0]),
        (2, [66.7, 33.3]),
        (3, [50.0, 33.3, 16.7]),
        (4, [40.0, 30.0, 20.0, 10.0]),
        (5, [33.3, 26.7, 20.0, 13.3, 6.7]),
    ],
)
def test_wallet_allocation_rule_gives_its_published_shares(measured, brands, shares):
    for ours, share in enumerate(shares):
        names = [f"b{place}" if place != ours else "we" for place in range(brands)]
        person = {name: place + 1.0 for place, name in enumerate(names)}
        row = measured(ranks(person), "wallet_allocation")
        assert row["value"] == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize("tied", [1.0, 1.5, 2.0])
def test_brands_that_tie_share_their_places_however_written(measured, tied):
    # Two first of three: places 1 and 2, mean 1.5: (1 − 1.5/4) · 2/3 = 41.7 %. The third is at
    # place 3 whether it is written as 2 or 3.
    person = {"we": tied, "b": tied, "c": 3.0}
    assert measured(ranks(person), "wallet_allocation")["value"] == pytest.approx(125 / 3)
    third = {"a": tied, "b": tied, "we": 3.0}
    assert measured(ranks(third), "wallet_allocation")["value"] == pytest.approx(50 / 3)


def test_wallet_allocation_is_of_those_who_use_our_brand(measured):
    # First of two: 66.7 %; second of two: 33.3 %; the third does not use ours.
    people = ({"we": 1, "b": 2}, {"b": 1, "we": 2}, {"b": 1, "c": 2})
    row = measured(ranks(*people), "wallet_allocation")
    assert (row["value"], row["n"], row["reason"]) == (pytest.approx(50), 2, "")


def test_wallet_allocation_warns_where_few_use_several_brands(measured):
    people = ({"we": 1, "b": 2}, {"we": 1}, {"we": 1})
    row = measured(ranks(*people), "wallet_allocation")
    assert row["value"] == pytest.approx((200 / 3 + 200) / 3)
    assert row["reason"].startswith("the rule is for markets in which many use several brands")


def test_wallets_count_in_the_period_in_which_they_were_asked(measured, spending):
    asked = spending["wallet"].assign(asked_at=pd.Timestamp("2025-12-31 23:00"))
    asked.loc[asked["respondent_id"] == "p", "asked_at"] = pd.Timestamp("2025-09-30")
    row = measured({**spending, "wallet": asked}, "account_share")
    assert (row["value"], row["n"]) == (pytest.approx(100 * 20 / 60), 2)

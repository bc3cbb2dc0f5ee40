"""Segments, markets, targets and the whale curve: what is said of them, and when it is not."""

import numpy as np
import pandas as pd
import pytest

from saydo.languages import speak
from saydo.params import parse
from saydo.report import markets, strategy, targets, whale_curve
from saydo.segments.market_positions import MARKET_POSITIONS
from saydo.segments.positions import POSITIONS


def study(**keys):
    raw = {"study": "Test", "data": {"tables": {"orders": {"path": "orders.csv"}}}}
    return parse({**raw, **keys})


def standing(
    segment: str, *, people=50.0, revenue=50.0, growth=5.0, satisfied=(60.0, 55.0, 65.0)
) -> list[dict]:
    """Rows of one segment."""
    start = pd.Timestamp("2025-10-01")
    values = {
        "share_of_customers": ("", "%", (people, np.nan, np.nan), ""),
        "share_of_revenue": ("aov", "%", (revenue, np.nan, np.nan), ""),
        "profit": ("customer_profit", "money per customer", (np.nan,) * 3, "needs costs"),
        "satisfaction": ("csat_top2", "%", satisfied, ""),
        "revenue_growth": ("aov", "%", (growth, np.nan, np.nan), ""),
        "customer_growth": ("revenue_per_customer", "%", (1.0, np.nan, np.nan), ""),
    }
    return [
        dict(
            zip(POSITIONS, (segment, measure, kpi, unit, start, *numbers, 100, reason), strict=True)
        )
        for measure, (kpi, unit, numbers, reason) in values.items()
    ]


def positions(*segments: list[dict]) -> pd.DataFrame:
    return pd.DataFrame([row for rows in segments for row in rows], columns=list(POSITIONS))


def test_the_segment_that_shrinks_and_is_clearly_less_satisfied_is_named():
    table = positions(
        standing("all", people=100, revenue=100),
        standing("A", people=40, revenue=70, growth=-3, satisfied=(30, 25, 35)),
        standing("B", people=60, revenue=30, growth=9, satisfied=(80, 75, 84)),
    )
    found = strategy.strategy(table, params=study())
    assert "Most revenue comes from A: 70.0%, from 40.0% of customers." in found.sentence
    assert "From Q4 2024 to Q4 2025 revenue grew most in B (+9.0%) and least in A (−3.0%)." in (
        found.sentence
    )
    assert "is highest in B (80.0%, 95% interval 75.0% to 84.0%; n\xa0=\xa0100)" in found.sentence
    assert "clearly less satisfied than everyone: A." in found.sentence
    assert "Profit is not measured (needs costs)." in found.sentence
    assert "A: 30.0%, revenue −3.0%, 70.0% of all revenue" in found.alternative
    assert len(found.figure().axes[0].collections) >= 2
    assert found.table["label"].iloc[0] == "All customers"


def test_satisfaction_that_may_differ_by_chance_is_not_called_different():
    table = positions(
        standing("all"),
        standing("A", satisfied=(58, 50, 66)),
        standing("B", satisfied=(62, 54, 70)),
    )
    sentence = strategy.strategy(table, params=study()).sentence
    assert "differs between no two segments clearly" in sentence
    assert "less satisfied" not in sentence


def test_a_segment_that_is_withheld_is_missing_from_the_map_and_counted():
    nothing = (np.nan,) * 3
    table = positions(
        standing("all"),
        standing("A"),
        standing("B"),
        standing("C", people=np.nan, revenue=np.nan, growth=np.nan, satisfied=nothing),
    )
    found = strategy.strategy(table, params=study())
    assert "1 segment is not on the map" in found.sentence
    assert "C:" not in found.alternative
    assert list(found.table["segment"]) == ["all", "A", "B", "C"]


def test_the_furthest_apart_of_many_segments_must_be_further_apart_to_be_clear():
    ends = [standing("A", satisfied=(50, 44, 56)), standing("Z", satisfied=(60, 54, 66))]
    two = positions(standing("all"), *ends)
    many = positions(standing("all"), *ends, *(standing(f"{number}") for number in range(20)))
    words = "differs between no two segments clearly"
    assert words not in strategy.strategy(two, params=study()).sentence
    assert words in strategy.strategy(many, params=study()).sentence


def test_why_no_growth_of_segments_formed_by_behaviour_is_told():
    table = positions(standing("all"), standing("A", growth=np.nan), standing("B", growth=np.nan))
    warning = "so growth is not told"
    assert warning in strategy.strategy(table, params=study(segments={"method": "rfm"})).sentence
    assert warning not in strategy.strategy(table, params=study()).sentence


def test_without_segments_there_is_nothing_to_set_side_by_side():
    found = strategy.strategy(positions(standing("all")), params=study())
    assert found.sentence.startswith("There is one segment")
    assert found.draw is None


def compared(kpi: str, ours, theirs, gap, verdict: str, start="2025-10-01", reason="") -> dict:
    sides = {"targets": ours, "rest": theirs}
    return {
        "kpi": kpi,
        "period_start": pd.Timestamp(start),
        **{f"{side}{end}": value for side, of in sides.items()
           for end, value in zip(("", "_low", "_high"), of, strict=True)},
        "difference": gap[0],
        "ci_low": gap[1],
        "ci_high": gap[2],
        "n_targets": 100,
        "n_rest": 200,
        "verdict": verdict,
        "reason": reason,
    }  # fmt: skip


NONE = (np.nan,) * 3


def test_targets_fare_better_by_what_is_good_of_each_kpi():
    table = pd.DataFrame(
        [
            compared("nps", (30, 25, 35), (10, 5, 15), (20, 14, 26), "higher"),
            compared("churn_period", (9, 8, 10), (5, 4, 6), (4, 2.6, 5.4), "higher"),
            compared("aov", (9, 8, 10), (9.1, 8, 10), (-0.1, -1.5, 1.4), "not told apart"),
            compared("otif", NONE, NONE, NONE, "not measured", reason="needs orders.promised_at"),
        ]
    )
    found = targets.targets(table, params=study(targets=["A"]))
    assert "3 KPIs are compared between the targets (A) and the rest" in found.sentence
    assert "clearly better in 1 and worse in 1" in found.sentence
    assert "Clearest is Net Promoter Score in Q4 2025: 30.0 against 10.0 (+20.0;" in found.sentence
    assert "n\xa0=\xa0100 and 200" in found.sentence
    # A twentieth of three.
    assert "about 0.2 of 3" in found.sentence
    assert len(found.figure().axes[0].get_yticks()) == 2
    assert "Average order value" not in found.alternative
    assert len(found.table) == 4


def test_the_last_period_that_can_be_compared_is_told():
    table = pd.DataFrame(
        [
            compared("crr", (90, 88, 92), (95, 94, 96), (-5, -7, -3), "lower", "2025-07-01"),
            compared("crr", NONE, NONE, NONE, "not measured", reason="window not finished"),
        ]
    )
    found = targets.targets(table, params=study(targets=["A"]))
    assert "in Q3 2025: 90.0% against 95.0% (−5.0\xa0pp; 95% interval −7.0\xa0pp to −3.0\xa0pp" in (
        found.sentence
    )


def test_without_targets_the_params_are_named_where_they_belong():
    found = targets.targets(pd.DataFrame(), params=study())
    assert "name some under “targets”" in found.sentence


def test_where_nothing_can_be_compared_the_reason_is_told():
    table = pd.DataFrame([compared("nps", NONE, NONE, NONE, "not measured", reason="withheld")])
    found = targets.targets(table, params=study(targets=["A"]))
    assert found.verdict == "not measured"
    assert "withheld" in found.sentence


def curve(segment: str, *, losing=20.0, n_left_out=0, **more) -> pd.DataFrame:
    is_loss = losing > 0
    return pd.DataFrame(
        {
            "segment": segment,
            "percent_of_customers": [20.0, 80.0, 100.0],
            "percent_of_profit": [70.0, 110.0, 100.0],
            "n": [20, 60, 20],
            "profit": [700.0, 400.0, -100.0],
            "part": ["gain", "gain", "loss" if is_loss else "gain"],
            "peak": 110.0,
            "percent_losing": losing,
            "percent_taken_back": 100 * 100 / 1100,
            "n_left_out": n_left_out,
            "reason": "",
            **more,
        }
    )


def test_the_whale_curve_in_words():
    table = pd.concat([curve("all", n_left_out=3), curve("A"), curve("B")])
    found = whale_curve.whale_curve(table, segment="all", params=study())
    assert "The most profitable 20% of customers bring 70% of the profit" in found.sentence
    assert "n\xa0=\xa0100; a full count" in found.sentence
    assert "peaks at 110.0%: 20.0% cost more than they bring in, and take 9.1%" in found.sentence
    assert "3 customers with an order of unknown cost are left out." in found.sentence
    assert "70% of profit at 20% of customers" in found.alternative
    assert "<bdi>A</bdi>" in found.body
    assert whale_curve.whale_curve(table, segment="A", params=study()).body == ""


def test_what_is_withheld_of_the_whale_curve_is_not_told():
    table = curve("all", part="both", peak=np.nan, percent_losing=np.nan, percent_taken_back=np.nan)
    sentence = whale_curve.whale_curve(table, segment="all", params=study()).sentence
    assert "is not shown" in sentence
    assert "peaks" not in sentence


def test_without_costs_the_whale_curve_is_not_measured_in_any_segment():
    table = pd.DataFrame([{"segment": "all", "reason": "needs costs"}]).reindex(
        columns=curve("all").columns
    )
    for segment in ("all", "A"):
        found = whale_curve.whale_curve(table, segment=segment, params=study())
        assert (found.verdict, found.reason) == ("not measured", "not measured (needs costs)")


def market(name: str, **more) -> dict:
    row = {
        "market": name,
        "size": 1000.0,
        "growth": 5.0,
        "concentration": 0.3,
        "n_brands": 4,
        "share": 25.0,
        "relative_share": 0.6,
        "share_change": 0.0,
        "n_months": 12,
        "reason": "",
    }
    return {**row, **more}


def test_markets_in_words():
    table = pd.DataFrame(
        [market("North", size=2000.0), market("Coast", growth=9.0, share_change=-1.2)]
    )
    found = markets.market_positions(table, params=study())
    assert "The largest market is North, worth €2,000 in twelve months" in found.sentence
    assert "25.0% of it is ours, 0.60 times what the largest rival has" in found.sentence
    assert "Fastest grows Coast (+9.0%). Our share fell in Coast (−1.2\xa0pp)." in found.sentence
    assert "rose" not in found.sentence
    assert found.figure().axes[0].get_ylabel() == "Our share over the largest rival's"


def test_without_the_table_of_markets_it_says_what_it_needs():
    table = pd.DataFrame([{"market": "", "reason": "needs market"}], columns=list(MARKET_POSITIONS))
    found = markets.market_positions(table, params=study())
    assert (found.verdict, found.reason) == ("not measured", "not measured (needs market)")


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_they_can_be_shown_in_languages_that_need_forms(language):
    with speak(language, "citizen"):
        shown = [
            strategy.strategy(
                positions(standing("all"), standing("A"), standing("B")), params=study()
            ),
            whale_curve.whale_curve(curve("all"), segment="all", params=study()),
            markets.market_positions(pd.DataFrame([market("N"), market("C")]), params=study()),
        ]
        assert all("<img" in each._repr_html_() for each in shown)

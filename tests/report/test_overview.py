"""The overview: whom to look at first, by evidence that many segments do not water down."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.report import changes, comparison, what_first, worth
from saydo.report.attention import attention_sentence, how_judged, needs_attention
from saydo.report.key_numbers import key_numbers
from saydo.report.movement import latest
from saydo.report.values import enumerated


def staying(n: int, *, values, reach=2.0, changes_by=0.0) -> pd.DataFrame:
    """As `movement.latest` returns it: everyone, then n segments."""
    values = np.broadcast_to(values, n).astype(float)
    moved = np.broadcast_to(changes_by, n).astype(float)
    table = pd.DataFrame(
        {
            "segment": ["all", *(f"s{at}" for at in range(n))],
            "kpi": "crr",
            "value": [90.0, *values],
            "change": [0.0, *moved],
            "reach": reach,
        }
    )
    table["ci_low"], table["ci_high"] = table["value"] - 2, table["value"] + 2
    return table.assign(is_clear=table["change"].abs() > table["reach"])


def test_one_segment_that_fell_clearly_needs_attention():
    assert needs_attention(staying(2, values=90, changes_by=[-2.5, 0])) == "s0"


def test_among_a_thousand_such_a_fall_is_chance():
    # 2.5 is 2.45 standard errors: of a thousand that did not change, seven fall further.
    fell = np.zeros(1000)
    fell[7] = -2.5
    assert needs_attention(staying(1000, values=90, changes_by=fell)) is None
    fell[7] = -6.0
    assert needs_attention(staying(1000, values=90, changes_by=fell)) == "s7"


def test_of_a_thousand_segments_without_any_difference_one_is_named_in_one_study_of_twenty():
    named = 0
    for seed in range(400):
        noise = np.random.default_rng(seed).normal(0, 1, (2, 1000))
        values, moved = 90 + noise[0], np.hypot(1, 1) * noise[1]
        table = staying(1000, values=values, reach=1.96 * np.hypot(1, 1), changes_by=moved)
        table["ci_low"], table["ci_high"] = table["value"] - 1.96, table["value"] + 1.96
        named += needs_attention(table) is not None
    # Two questions, each of one side at 2.5 %: 20 of 400 at most on average; three errors more.
    assert named / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_the_segment_that_surely_fell_most_comes_before_a_larger_fall_that_is_less_sure():
    table = staying(2, values=90, changes_by=[-8, -6])
    table.loc[1, "reach"] = 7.5
    assert needs_attention(table.assign(is_clear=True)) == "s1"


def test_a_lowest_segment_that_is_unsure_does_not_hide_another_that_is_surely_low():
    table = staying(3, values=[80, 85, 90])
    table.loc[1, "ci_high"] = 95.0
    assert needs_attention(table) == "s1"


@pytest.fixture
def quarters(opened):
    """What `staying` returns, with the quarters and the unit of a page."""

    def quarters(n: int, **known) -> pd.DataFrame:
        start = {"period_start": date(2025, 10, 1), "before_start": date(2024, 10, 1)}
        return staying(n, **known).assign(unit="%", **start)

    return quarters


def test_a_page_says_that_none_of_many_segments_stands_out(quarters, opened):
    params = opened().params
    assert attention_sentence(quarters(40, values=90), params) == (
        "Of 40 segments none stands out by more than chance would make of so many: none fell "
        "clearly since Q4 2024, none lies clearly below all customers."
    )
    first_time = quarters(40, values=90).assign(change=np.nan)
    assert attention_sentence(first_time, params) == (
        "Of 40 segments none stands out by more than chance would make of so many: none lies "
        "clearly below all customers."
    )


def test_a_segment_that_stands_out_is_named_with_what_it_is_measured_against(quarters, opened):
    params = opened().params
    low = attention_sentence(quarters(2, values=[80, 90]), params)
    assert low == (
        "Look first at “s0”: Customer retention rate 80.0% (78.0% to 82.0%), clearly below that "
        "of all customers (90.0%)."
    )
    # Low enough to be named, and its fall is clear, but not among two hundred.
    also_fell = quarters(200, values=[80, *[90] * 199], changes_by=[-2.5, *[0] * 199])
    assert attention_sentence(also_fell, params) == low
    fell = attention_sentence(quarters(2, values=90, changes_by=[-9, 0]), params)
    assert fell.endswith("90.0% (88.0% to 92.0%), −9.0\xa0pp since Q4 2024.")


def test_by_what_test_a_segment_stands_out_is_folded_below(quarters, opened):
    opened()
    html = how_judged(quarters(40, values=90))
    assert html.startswith("<details>")
    assert "widened for 40 segments that were looked at (Bonferroni)" in html
    # Of one segment chance makes nothing more than of one.
    assert how_judged(quarters(1, values=90)) == ""
    assert attention_sentence(quarters(1, values=90), opened().params) == ""


def test_most_telling_segments_are_everyone_those_that_moved_and_the_lowest():
    moved = np.zeros(100)
    moved[60] = 9.0
    table = staying(100, values=np.arange(100), changes_by=moved).sort_values("value")
    drawn = table.loc[comparison.most_telling(table), "segment"].tolist()
    assert len(drawn) == comparison.MOST_DRAWN
    assert {"all", "s60", *(f"s{at}" for at in range(10))} == set(drawn)
    assert drawn[0] == "s0"


def test_many_segments_are_enumerated_by_the_first_few():
    assert enumerated(["a", "b"]) == "a, b"
    assert enumerated([str(at) for at in range(15)], most=3) == "0, 1, 2, 12 more"


IMPROVEMENTS = pd.DataFrame(
    {
        "segment": ["all", "A", "B", "C"],
        "attribute": "speed",
        "rank": 1,
        "p_best": 0.995,
        "satisfaction": 0.4,
        "satisfaction_low": 0.3,
        "satisfaction_high": 0.5,
        "retention": [1.0, 2.0, 3.0, np.nan],
        "retention_low": [0.5, 1.0, -1.0, np.nan],
        "retention_high": [1.5, 3.0, 7.0, np.nan],
        "value": [2.0, 3.0, 4.0, np.nan],
        "value_low": [1.0, 1.0, -1.0, np.nan],
        "value_high": [3.0, 5.0, 9.0, np.nan],
        "n": 100,
        "verdict": "association only",
        "reason": "",
    }
)
THERE = {"all": 1000, "A": 200, "B": 300}


def test_what_is_worth_most_is_told_of_gains_that_show_clearly():
    finding = what_first.what_first(IMPROVEMENTS, there=THERE, currency="EUR")
    # B's 300 × 4 is more than A's 200 × 3, but may be nothing.
    assert "speed in “A”: one point more goes with +€600.00" in finding.sentence
    assert "(€200.00 to €1,000)" in finding.sentence
    assert finding.table["segment"].tolist() == ["B", "A", "C"]
    assert finding.verdict == "association only"


def test_key_numbers_of_improving_give_interval_and_n():
    staying, money = what_first.key_numbers_of(
        IMPROVEMENTS, segment="A", n_customers=200, currency="EUR", discount_rate=0.1
    )
    assert (staying.value, staying.more) == ("+2.00\xa0pp", ("+1.00 to +3.00", "", "n\xa0=\xa0100"))
    assert (money.value, money.more) == (
        "+€600.00",
        ("+€200.00 to +€1,000", "", "for 200 customers there when the watch began"),
    )


def test_a_key_number_that_may_be_nothing_says_so():
    staying, money = what_first.key_numbers_of(
        IMPROVEMENTS, segment="B", n_customers=300, currency="EUR", discount_rate=0.1
    )
    assert "zero is within the interval" in staying.more
    assert "zero is within the interval" in money.more


def test_no_key_number_says_what_can_not_be_told():
    unsure = IMPROVEMENTS.assign(satisfaction_low=-0.1)
    assert (
        what_first.key_numbers_of(
            unsure, segment="A", n_customers=200, currency="EUR", discount_rate=0.1
        )
        == []
    )
    (only,) = what_first.key_numbers_of(
        IMPROVEMENTS, segment="A", n_customers=0, currency="EUR", discount_rate=0.1
    )
    assert "staying" in only.label


def test_what_margins_to_come_are_is_told_once_below_the_numbers():
    numbers = what_first.key_numbers_of(
        IMPROVEMENTS, segment="A", n_customers=200, currency="EUR", discount_rate=0.125
    )
    html = key_numbers(numbers)
    assert html.count("discounted by 12.5% a year") == 1
    assert html.count("nothing was tried out") == 1
    # Without money nothing needs to be said of it.
    assert "discounted" not in key_numbers(numbers[:1])


def test_the_table_of_improvements_says_what_a_customer_is_worth_by():
    of = {"segment": "A", "currency": "EUR", "discount_rate": 0.1}
    told = worth.improvements(IMPROVEMENTS, **of)._repr_html_()
    assert "for each further year that customers stay, discounted by 10% a year" in told
    unknown = worth.improvements(IMPROVEMENTS.assign(value=np.nan), **of)._repr_html_()
    assert "discounted" not in unknown


@pytest.fixture
def kpis() -> pd.DataFrame:
    """NPS and retention of two quarters and of the one a year before, of everyone and a segment."""
    rows = []
    for segment, shift in (("all", 0.0), ("A", -9.0)):
        for start, moved in (
            (date(2024, 10, 1), 5.0),
            (date(2025, 7, 1), 0.0),
            (date(2025, 10, 1), 1.0),
        ):
            for kpi, unit, level in (("crr", "%", 90.0), ("nps", "points", 20.0)):
                value = level + shift * moved
                rows.append((segment, kpi, unit, start, value, value - 2, value + 2, 50, ""))
    names = ["segment", "kpi", "unit", "period_start", "value", "ci_low", "ci_high", "n", "reason"]
    return pd.DataFrame(rows, columns=names)


def test_changes_are_against_the_period_before_and_not_a_year(kpis, opened):
    finding = changes.since_last_period(kpis, params=opened().params)
    assert finding.table["whose"].tolist() == ["A", "A"]
    assert finding.table["moved"].tolist() == ["−9.0\xa0pp", "−9.0"]
    assert "no key KPI changed clearly since Q3 2025" in finding.sentence
    # Four comparisons at 5 %.
    assert "Of 4 comparisons of segments and KPIs 2 are clear; about 0" in finding.sentence


def test_a_change_back_by_months_is_asked_for_by_name(kpis):
    by_year = latest(kpis).set_index(["segment", "kpi"])
    by_quarter = latest(kpis, months=3).set_index(["segment", "kpi"])
    assert by_year.loc[("A", "crr"), "change"] == pytest.approx(-9 * (1 - 5))
    assert by_quarter.loc[("A", "crr"), "change"] == pytest.approx(-9)


def test_segments_over_time_share_one_scale(opened):
    panel = opened().staying_over_time()
    limits = {each.figure().axes[0].get_ylim() for each in panel.findings}
    assert len(panel.findings) == 5
    assert len(limits) == 1


def test_the_table_of_segments_can_be_sorted_by_what_stands_in_it(opened):
    html = opened().compare()._repr_html_()
    assert '<table class="sortable">' in html
    assert html.count("data-v=") == 5 * 6

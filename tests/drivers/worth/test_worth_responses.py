"""Last answers of each respondent, and margins of a year, on a few rows by hand."""

from datetime import date

import pandas as pd
import pytest

from saydo.drivers.worth import margin_lacks, margins, responses
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)


def answers(*rows):
    """customer, day, item, aspect, score."""
    frame = pd.DataFrame(rows, columns=["customer_id", "answered_at", "item", "aspect", "score"])
    return frame.assign(
        answered_at=pd.to_datetime(frame["answered_at"]), scale_min=1.0, scale_max=5.0
    )


def responses_of(params_of, assign, frame, segments=None, attributes=("speed",)):
    tables = Tables.of({"answers": frame})
    assigned = assign(tables, segments)
    return responses(tables, assigned, params=params_of(), as_of=AS_OF, attributes=list(attributes))


def test_the_last_answer_counts_and_is_recent_or_not(params_of, assign):
    found = responses_of(
        params_of,
        assign,
        answers(
            ("ada", "2025-12-01", "satisfaction", None, 4),
            ("ada", "2025-06-01", "satisfaction", "score", 1),
            ("ada", "2025-12-01", "speed", "score", 3),
            ("ada", "2025-12-01", "speed", "expectation", 5),
            ("bob", "2024-06-01", "satisfaction", "score", 2),
            ("bob", "2024-06-01", "speed", "score", 2),
            ("bob", "2024-06-01", "speed", "expectation", 4),
            # Before the eight quarters, and without saying how satisfied.
            ("eve", "2023-06-01", "satisfaction", "score", 2),
            ("kim", "2025-12-01", "speed", "score", 2),
        ),
    ).of("a")
    rows = found.set_index("satisfaction")
    assert list(rows.index) == [2.0, 4.0]
    assert list(rows["is_recent"]) == [False, True]
    assert list(rows["speed"]) == [2.0, 3.0]
    assert list(rows["expected speed"]) == [4.0, 5.0]
    assert list(rows["n"]) == [1, 1]


def test_respondents_with_the_same_answers_are_one_pattern_by_segment(params_of, assign):
    rows = [
        (who, "2025-12-01", item, "score", 4)
        for who in ("ada", "bob", "eve")
        for item in ("satisfaction", "speed")
    ]
    found = responses_of(
        params_of, assign, answers(*rows), segments={"ada": "a", "bob": "a", "eve": "b"}
    ).patterns
    assert dict(zip(found["segment"], found["n"], strict=True)) == {"all": 3, "a": 2, "b": 1}


def test_expectations_on_another_scale_make_no_gap(params_of, assign):
    frame = answers(
        ("ada", "2025-12-01", "satisfaction", "score", 4),
        ("ada", "2025-12-01", "speed", "score", 3),
        ("ada", "2025-12-01", "speed", "expectation", 9),
    )
    frame.loc[2, "scale_max"] = 10.0
    found = responses_of(params_of, assign, frame)
    assert found.gap_of("speed") is None
    assert found.attributes == ("speed",)


def test_without_attributes_there_is_nothing(params_of, assign):
    frame = answers(("ada", "2025-12-01", "satisfaction", "score", 4))
    found = responses_of(params_of, assign, frame)
    assert found.attributes == ()
    assert found.patterns.empty


@pytest.fixture
def shop():
    """Ada all year, bob for half of it; an order of long ago and one without a cost."""
    return Tables.of(
        {
            "customers": pd.DataFrame(
                {
                    "customer_id": ["ada", "bob"],
                    "acquired_on": pd.to_datetime(["2020-01-01", "2025-07-03"]),
                    "left_on": pd.to_datetime([None, None]),
                }
            ),
            "orders": pd.DataFrame(
                {
                    "order_id": ["1", "2", "3", "4"],
                    "customer_id": ["ada", "ada", "bob", "ada"],
                    "ordered_at": pd.to_datetime(
                        ["2025-02-01", "2024-12-31", "2025-08-01", "2025-03-01"]
                    ),
                    "revenue": [100.0, 999.0, 60.0, 50.0],
                    "cost": [40.0, 0.0, 30.0, None],
                    "returned_value": [10.0, 0.0, None, None],
                }
            ),
            "costs": pd.DataFrame(
                {
                    "customer_id": ["ada", "ada"],
                    "month": pd.to_datetime(["2025-01-01", "2024-12-01"]),
                    "cost_to_serve": [8.0, 500.0],
                }
            ),
        }
    )


def test_margin_is_what_a_year_brought_over_the_years_that_they_were_there(shop, assign):
    found = margins(shop, assign(shop, {"ada": "a", "bob": "b"}), as_of=AS_OF)
    years = {"a": 365 / 365.25, "b": 182 / 365.25}
    # Ada: 100 − 40 − 10 − 8. Bob: 60 − 30.
    assert found.loc["a", "mean"] == pytest.approx(42 / years["a"])
    assert found.loc["b", "mean"] == pytest.approx(30 / years["b"])
    mean = 72 / sum(years.values())
    assert found.loc["all", "mean"] == pytest.approx(mean)
    residual = sum((y - mean * x) ** 2 for y, x in zip((42, 30), years.values(), strict=True))
    assert found.loc["all", "std_error"] == pytest.approx(
        (2 * residual) ** 0.5 / sum(years.values())
    )
    assert found.loc["all", "n"] == 2


def test_margins_need_costs_of_orders(shop):
    assert margin_lacks(shop) is None
    assert "orders" in margin_lacks(Tables.of({"customers": pd.DataFrame({"customer_id": ["a"]})}))

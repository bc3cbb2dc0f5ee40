"""Responses: who is counted, which response is the last, and what is held against what."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.importance.responses import responses
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)
COLUMNS = ["customer_id", "item", "aspect", "score", "answered_at"]


def tables_of(rows, **changes):
    table = pd.DataFrame([(*row[:4], row[4] if len(row) > 4 else "2025-12-01") for row in rows])
    table.columns = COLUMNS
    table["answered_at"] = pd.to_datetime(table["answered_at"])
    return Tables.of({"answers": table.assign(**{"scale_min": 1.0, "scale_max": 5.0} | changes)})


@pytest.fixture
def reduced(params_of, assign):
    def make(tables, attributes=("speed", "price"), segments=None):
        return responses(
            tables,
            assign(tables, segments or {"c1": "a", "c2": "a", "c3": "b"}),
            attributes=attributes,
            params=params_of(),
            as_of=AS_OF,
        )

    return make


def response(customer, satisfaction, speed, price, day="2025-12-01"):
    scores = {"satisfaction": satisfaction, "speed": speed, "price": price}
    return [(customer, item, "score", score, day) for item, score in scores.items()]


def as_tuples(patterns):
    return [tuple(row) for row in patterns.itertuples(index=False)]


def test_like_responses_are_one_pattern_with_their_number_in_all_and_in_segments(reduced):
    tables = tables_of(
        [*response("c1", 4, 5, 1), *response("c2", 4, 5, 1), *response("c3", 2, 3, 3)]
    )
    found = reduced(tables)
    columns = ["segment", "satisfaction", "score_speed", "score_price", "n"]
    assert as_tuples(found.scores[columns]) == [
        ("all", 2, 3, 3, 1),
        ("all", 4, 5, 1, 2),
        ("a", 4, 5, 1, 2),
        ("b", 2, 3, 3, 1),
    ]
    assert found.n_incomplete["all"] == 0
    assert found.attributes == ("speed", "price") and found.stated == ()


def test_respondents_in_no_segment_count_in_all_alone(reduced):
    tables = tables_of([*response("c1", 4, 5, 1), *response("c9", 4, 5, 1)])
    found = reduced(tables)
    assert as_tuples(found.scores[["segment", "n"]]) == [("all", 2), ("a", 1)]


def test_the_last_response_counts_and_is_not_patched_from_an_earlier_one(reduced):
    tables = tables_of(
        [
            *response("c1", 1, 1, 1, "2025-11-01"),
            *response("c1", 5, 5, 5, "2025-12-01"),
            *response("c2", 3, 3, 3, "2025-11-01"),
            # Later, and without a price: incomplete, not last month's price with today's speed.
            *response("c2", 4, 4, 4, "2025-12-01")[:2],
        ]
    )
    found = reduced(tables)
    assert as_tuples(found.of("all")[["satisfaction", "n"]]) == [(5, 1)]
    assert found.n_incomplete == {"all": 1, "a": 1}


def test_satisfaction_asked_alone_later_does_not_hide_the_response(reduced):
    tables = tables_of([*response("c1", 4, 5, 1), ("c1", "satisfaction", "score", 1, "2025-12-20")])
    found = reduced(tables)
    assert as_tuples(found.of("all")[["satisfaction", "n"]]) == [(4, 1)]


def test_answers_of_one_day_at_different_hours_are_one_response(reduced):
    rows = response("c1", 4, 5, 1, "2025-12-01 09:00")
    rows[2] = (*rows[2][:4], "2025-12-01 09:04")
    # Corrected within the same survey.
    rows.append(("c1", "speed", "score", 2, "2025-12-01 09:05"))
    found = reduced(tables_of(rows))
    assert as_tuples(found.of("all")[["score_speed", "score_price", "n"]]) == [(2, 1, 1)]


def test_two_surveys_of_one_day_are_two_responses(reduced):
    first = response("c1", 4, 5, 1, "2025-12-01 09:00")
    # The second is without a price, and takes none from the first.
    second = response("c1", 2, 2, 2, "2025-12-01 10:00")[:2]
    found = reduced(tables_of([*first, *second], survey=["first"] * 3 + ["second"] * 2))
    assert found.scores.empty and found.n_incomplete["all"] == 1


def test_old_answers_and_those_of_nobody_known_are_left_out(reduced):
    tables = tables_of([*response("c1", 4, 5, 1, "2024-12-31"), *response(None, 4, 5, 1)])
    found = reduced(tables)
    assert found.scores.empty and found.n_incomplete["all"] == 0


def test_without_dates_everything_is_one_response(params_of, assign):
    frame = pd.DataFrame([row[:4] for row in response("c1", 4, 5, 1)], columns=COLUMNS[:4])
    tables = Tables.of({"answers": frame.assign(scale_min=1.0, scale_max=5.0)})
    found = responses(
        tables, assign(tables), attributes=["speed", "price"], params=params_of(), as_of=AS_OF
    )
    assert as_tuples(found.of("all")[["satisfaction", "score_speed", "n"]]) == [(4, 5, 1)]


def test_scores_meet_expectations_where_asked_and_else_the_middle_of_the_scale(reduced):
    rows = [*response("c1", 4, 3, 2), *response("c2", 4, 3, 4), *response("c3", 4, 3, 3)]
    rows += [(f"c{n}", "speed", "expectation", n + 1) for n in (1, 2)]
    found = reduced(tables_of(rows))
    assert found.references == {"speed": "expectation", "price": "middle"}
    met = found.of("all").set_index("score_price")[["met_speed", "met_price"]]
    # Speed 3 against 2, 3 and unknown; price against the middle of 1 to 5.
    assert met.loc[2].tolist() == [1, -1]
    assert met.loc[4].tolist() == [0, 1]
    assert np.isnan(met.loc[3, "met_speed"]) and met.loc[3, "met_price"] == 0


def test_an_expectation_on_another_scale_is_no_reference(reduced):
    rows = [*response("c1", 4, 3, 2), ("c1", "speed", "expectation", 8)]
    found = reduced(tables_of(rows, scale_max=[5.0] * 3 + [10.0]))
    assert found.references["speed"] == "middle"


def test_stated_importances_are_patterns_of_their_own(reduced):
    rows = [*response("c1", 4, 5, 1), *response("c2", 4, 1, 1)]
    rows += [(f"c{n}", item, "importance", 5) for n in (1, 2) for item in ("speed", "price")]
    found = reduced(tables_of(rows))
    columns = ["segment", "importance_speed", "importance_price", "n"]
    assert as_tuples(found.importances[columns]) == [("all", 5, 5, 2), ("a", 5, 5, 2)]

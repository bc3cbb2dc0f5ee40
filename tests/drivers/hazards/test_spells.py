"""Time at risk: from when until when, and by which answer. A small company made by hand."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.hazards.spells import MONTH, WEEK, spells, spells_lack
from saydo.errors import NotEstimable
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)
SINCE = date(2025, 1, 1)
NOTHING = {"adjust_for": []}


def made(tables, assignments, params, **options):
    options = {"since": SINCE, "days": 1, **options}
    return spells(tables, assignments, params=params, as_of=AS_OF, **options)


def stretches(found, segment="all"):
    table = found.table[found.table["segment"] == segment]
    columns = ["start", "stop", "satisfaction", "left", "n", "n_entered"]
    return [tuple(row) for row in table[columns].to_numpy(object)]


def left_out(found, segment="all"):
    counts = found.left_out
    counts = counts[(counts["segment"] == segment) & (counts["n"] > 0)]
    return dict(zip(counts["reason"], counts["n"], strict=True))


def test_a_customer_is_at_risk_from_the_first_answer_by_the_last_one_until_leaving(
    params_of, tables_of, assign
):
    tables = tables_of(
        [("a", "2025-02-01", "2025-06-10")],
        [
            ("a", "2025-03-01 09:00", 4),
            ("a", "2025-03-01 17:00", 5),  # of a day the last
            ("a", "2025-05-01", 2),
            ("a", "2025-06-10", 1),  # on the last day: not from before it
        ],
    )
    # Tenure of 1 March is 28 days: it counts from 2 March on, 29 days. 10 June is the last day, so
    # that leaving is at its end, 130 days after 1 February.
    found = made(tables, assign(tables), params_of(satisfaction=NOTHING))
    assert stretches(found) == [(29, 90, 5.0, False, 1, 1), (90, 130, 2.0, True, 1, 0)]
    assert found.table["segment"].unique().tolist() == ["all", "a"]


def test_an_answer_of_the_day_before_the_last_one_goes_with_leaving(params_of, tables_of, assign):
    tables = tables_of(
        [("a", "2025-02-01", "2025-06-10")], [("a", "2025-05-01", 4), ("a", "2025-06-09", 1)]
    )
    found = made(tables, assign(tables), params_of(satisfaction=NOTHING))
    assert stretches(found) == [(90, 129, 4.0, False, 1, 1), (129, 130, 1.0, True, 1, 0)]


def test_who_was_there_before_the_watch_enters_late_with_the_last_answer_before_it(
    params_of, tables_of, assign
):
    tables = tables_of(
        [("a", "2024-12-01", None)], [("a", "2024-12-05", 3), ("a", "2024-12-31", 4)]
    )
    # 1 January is day 31 of tenure; the last day of the watch ends at 396.
    found = made(tables, assign(tables), params_of(satisfaction=NOTHING))
    assert stretches(found) == [(31, 396, 4.0, False, 1, 1)]


def test_an_answer_out_of_date_puts_nobody_at_risk_until_the_next(params_of, tables_of, assign):
    tables = tables_of(
        [("a", "2025-01-01", "2025-12-01"), ("late", "2025-01-01", "2025-05-01")],
        [("a", "2025-01-11", 3), ("a", "2025-06-01", 2), ("late", "2025-01-11", 1)],
    )
    params = params_of(satisfaction={**NOTHING, "max_age_days": 30})
    found = made(tables, assign(tables), params)
    # 30 days from 12 January on. Nobody is seen to leave: both left with nothing valid said.
    assert stretches(found) == [
        (11, 41, 1.0, False, 1, 1),
        (11, 41, 3.0, False, 1, 1),
        (152, 182, 2.0, False, 1, 0),
    ]


def test_the_watch_ends_with_as_of_and_later_leaving_is_not_known(params_of, tables_of, assign):
    tables = tables_of(
        [("a", "2025-12-01", "2026-01-01"), ("b", "2025-12-01", "2025-12-31")],
        [("a", "2025-12-02", 3), ("b", "2025-12-02", 3), ("b", "2026-01-02", 1)],
    )
    found = made(tables, assign(tables), params_of(satisfaction=NOTHING))
    assert stretches(found) == [(2, 31, 3.0, False, 1, 1), (2, 31, 3.0, True, 1, 1)]


def test_an_answer_on_another_scale_ends_what_was_said_before(params_of, tables_of, assign):
    answers = pd.DataFrame(
        [("a", "2025-02-01", 3, 5), ("a", "2025-03-01", 7, 10), ("a", "2025-04-01", 4, 5)],
        columns=["customer_id", "answered_at", "score", "scale_max"],
    ).assign(item="satisfaction", scale_min=1)
    answers["answered_at"] = pd.to_datetime(answers["answered_at"])
    tables = tables_of([("a", "2025-01-01", None)], answers=answers)
    found = made(tables, assign(tables), params_of(satisfaction=NOTHING))
    assert stretches(found) == [(32, 60, 3.0, False, 1, 1), (91, 365, 4.0, False, 1, 0)]


def test_everyone_is_watched_or_left_out_for_one_reason(params_of, tables_of, assign):
    tables = tables_of(
        [
            ("here", "2025-01-01", None),
            ("undated", None, None),
            ("gone", "2020-01-01", "2024-12-31"),
            ("future", "2026-01-01", None),
            ("silent", "2025-01-01", None),
            ("too late", "2025-01-01", "2025-03-01"),
            ("stale", "2020-01-01", None),
        ],
        [
            ("here", "2025-02-01", 4),
            ("undated", "2025-02-01", 4),
            ("gone", "2024-02-01", 4),
            ("too late", "2025-03-01", 4),
            ("stale", "2020-02-01", 4),
        ],
    )
    segments = {"here": "x", "undated": "x", "gone": "y", "silent": "y", "stale": "x"}
    found = made(tables, assign(tables, segments), params_of(satisfaction=NOTHING))
    assert left_out(found) == {
        "watched": 1,
        "no_first_day": 1,
        "not_there": 2,
        "never_answered": 1,
        "never_at_risk": 2,
    }
    assert left_out(found, "y") == {"not_there": 1, "never_answered": 1}
    assert found.left_out.groupby("segment")["n"].sum().to_dict() == {"all": 7, "x": 3, "y": 2}


def test_same_stretches_are_counted_and_segments_add_up(params_of, tables_of, assign):
    people = [(f"{n}", "2025-01-01", None) for n in range(5)]
    answers = [(f"{n}", "2025-02-01", 4) for n in range(5)]
    tables = tables_of(people, answers)
    segments = {"0": "x", "1": "x", "2": "y", "3": "y"}
    found = made(tables, assign(tables, segments), params_of(satisfaction=NOTHING))
    # One is in no segment, and counts in `all` only.
    assert stretches(found) == [(32, 365, 4.0, False, 5, 5)]
    assert stretches(found, "x") == [(32, 365, 4.0, False, 2, 2)]


def test_in_weeks_satisfaction_is_what_was_known_when_the_week_began(params_of, tables_of, assign):
    tables = tables_of(
        [
            ("a", "2025-01-01", "2025-02-10"),  # leaves at 41 days, within week 6
            ("b", "2025-01-01", None),
            ("c", "2025-01-01", "2025-01-20"),  # leaves in the week of the first answer
            ("d", "2025-12-15", "2025-12-30"),  # in a week that isn't over on 31 December
        ],
        [
            ("a", "2025-01-03", 4),
            ("a", "2025-02-07", 1),  # within the week of leaving: not known when it began
            ("b", "2025-01-03", 3),
            ("b", "2025-01-15", 2),
            ("b", "2025-01-18", 5),
            ("c", "2025-01-17", 1),
            ("d", "2025-12-16", 2),
        ],
    )
    found = made(tables, assign(tables), params_of(satisfaction=NOTHING), days=WEEK)
    assert stretches(found) == [
        (1, 2, 2.0, False, 1, 1),  # d
        (1, 3, 3.0, False, 1, 1),  # b
        (1, 6, 4.0, True, 1, 1),  # a
        (3, 52, 5.0, False, 1, 0),  # b
    ]


@pytest.mark.parametrize("days", [1, WEEK, MONTH])
def test_equals_a_walk_through_every_unit_of_every_life(days, params_of, tables_of, assign):
    rng = np.random.default_rng(8)
    first = pd.Timestamp("2024-01-01")
    people, said = [], []
    for number in range(50):
        acquired = first + pd.Timedelta(days=int(rng.integers(200, 600)))
        stays = int(rng.integers(30, 300))
        left = acquired + pd.Timedelta(days=stays) if rng.random() < 0.7 else None
        people.append((f"c{number}", acquired, left))
        for _ in range(rng.integers(1, 7)):
            at = acquired + pd.Timedelta(hours=int(rng.integers(-400, 24 * 320)))
            said.append((f"c{number}", at, float(rng.integers(1, 6))))
    tables = tables_of(people, said)
    params = params_of(satisfaction={**NOTHING, "max_age_days": 100})
    found = made(tables, assign(tables), params, days=days).table
    found = found[found["segment"] == "all"]
    expected = _walk(people, said, days=days, max_age=100)
    walked = {}
    for row in found.itertuples():
        for unit in range(row.start + 1, row.stop + 1):
            leaves = row.left and unit == row.stop
            key = (unit, row.satisfaction, leaves)
            walked[key] = walked.get(key, 0) + row.n
    assert walked == expected
    assert sum(leaves for _unit, _score, leaves in expected) > 3


def _walk(people, said, *, days, max_age):
    """Person-units by number, answer and leaving, one instant after the other."""
    counts = {}
    for name, acquired, left in people:
        own = [
            (at, at.normalize() + pd.Timedelta(days=1), score)
            for who, at, score in said
            if who == name
        ]
        over = None if left is None else (left - acquired).days + 1
        end = (pd.Timestamp(AS_OF) - acquired).days + 1
        unit = 1
        while unit * days <= end and (over is None or over > (unit - 1) * days):
            begins = (unit - 1) * days
            midnight = acquired + pd.Timedelta(days=begins)
            # Known when the unit begins: answers of days that are over by then.
            known = [
                (at, -score, counts_from)
                for at, counts_from, score in own
                if counts_from <= midnight
            ]
            if midnight >= pd.Timestamp(SINCE) and known:
                _at, negative, counts_from = max(known)
                if counts_from + pd.Timedelta(days=max_age) > midnight:
                    leaves = over is not None and over <= unit * days
                    key = (unit, -negative, leaves)
                    counts[key] = counts.get(key, 0) + 1
            unit += 1
    return counts


def test_nothing_after_as_of_changes_anything(params_of, tables_of, assign):
    people = [("a", "2025-01-01", "2025-08-01"), ("b", "2025-01-01", None)]
    said = [("a", "2025-02-01", 4), ("b", "2025-02-01", 3)]
    before = tables_of(people, said)
    later = tables_of(
        [people[0], ("b", "2025-01-01", "2026-02-01"), ("new", "2026-01-02", None)],
        [*said, ("b", "2026-01-01 00:00", 1), ("new", "2026-01-03", 5)],
    )
    params = params_of(satisfaction=NOTHING)
    one, other = (made(tables, assign(tables), params) for tables in (before, later))
    pd.testing.assert_frame_equal(one.table, other.table)


def test_covariates_are_those_of_the_day_of_entry(params_of, tables_of, assign):
    entry = date(2025, 3, 2)
    days = [-400, -200, -100, -1, 0, 10]
    orders = pd.DataFrame(
        {
            "order_id": [f"o{n}" for n in range(len(days))],
            "customer_id": "a",
            "ordered_at": pd.to_datetime([entry + timedelta(days=n) for n in days]),
            "revenue": [500.0, 10.0, 20.0, 1.0, 700.0, 900.0],
        }
    )
    tickets = pd.DataFrame(
        {
            "ticket_id": ["t1", "t2"],
            "customer_id": "a",
            "opened_at": pd.to_datetime(["2025-03-01", "2025-03-02"]),
        }
    )
    tables = tables_of(
        [("a", "2024-01-01", None), ("b", "2025-01-31", None)],
        [("a", "2025-03-01", 4), ("b", "2025-03-01", 4)],
        orders=orders,
        tickets=tickets,
    )
    names = ["tenure", "recency", "frequency", "spend", "tickets", "size"]
    params = params_of(satisfaction={"adjust_for": names})
    found = made(tables, assign(tables), params)
    assert found.covariates == ("recency", "frequency", "spend", "tickets")
    assert list(found.lacking) == ["size"]
    of_all = found.table[found.table["segment"] == "all"].sort_values("start")
    # b: 30 days without an order since acquired, 0.99 months; log2(1.99) rounds to 1.
    # a: an order the day before, 3 in the year, 31 of revenue, 1 ticket.
    assert of_all[list(found.covariates)].to_numpy().tolist() == [
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 2.0, 5.0, 1.0],
    ]


def test_attributes_of_customers_are_there_as_recorded(params_of, assign):
    customers = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "acquired_on": pd.to_datetime(["2025-01-01", "2025-01-01"]),
            "left_on": pd.to_datetime([None, None]),
            "channel": ["web", None],
        }
    )
    answers = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "item": "satisfaction",
            "score": 4.0,
            "scale_min": 1.0,
            "scale_max": 5.0,
            "answered_at": pd.to_datetime("2025-02-01"),
        }
    )
    tables = Tables.of({"customers": customers, "answers": answers})
    found = made(tables, assign(tables), params_of(satisfaction={"adjust_for": ["channel"]}))
    assert found.attributes == ("channel",)
    assert sorted(found.table.loc[found.table["segment"] == "all", "channel"].fillna("?")) == [
        "?",
        "web",
    ]


@pytest.mark.parametrize(
    ("retention", "reason"),
    [
        ({"kind": "purchase", "within_days": 92}, "needs customers.left_on and retention.kind"),
        ({"kind": "label"}, "needs customers.left_on and retention.kind"),
    ],
)
def test_without_a_day_of_leaving_there_is_no_time_to_it(
    retention, reason, params_of, tables_of, assign
):
    tables = tables_of([("a", "2025-01-01", None)], [("a", "2025-02-01", 4)])
    params = params_of(retention=retention, satisfaction=NOTHING)
    with pytest.raises(NotEstimable, match=reason):
        made(tables, assign(tables), params)


def test_answers_without_dates_are_named_as_lacking(params_of, tables_of):
    tables = tables_of([("a", "2025-01-01", None)], [("a", "2025-02-01", 4)])
    undated = Tables(
        tables.connection,
        {**tables.tables, "answers": tables["answers"].drop("answered_at")},
    )
    assert "answered_at" in spells_lack(undated, params_of(satisfaction=NOTHING))

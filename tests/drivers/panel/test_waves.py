"""Several landmarks: who is in which wave, with which answer, and did they stay?"""

from datetime import date

import pandas as pd
import pytest

from saydo.drivers.exposures import exposures
from saydo.drivers.panel.histories import collapse, histories
from saydo.drivers.panel.waves import waves
from saydo.errors import NotEstimable

AS_OF = date(2025, 12, 31)
# With a horizon of 92 days the landmarks are 1 October, 1 July, 31 March and 29 December 2024.
OCTOBER, JULY, MARCH = "2025-10-01", "2025-07-01", "2025-03-31"

CUSTOMERS = [
    ("stays", "2024-01-15", None),
    ("leaves", "2024-10-01", "2025-08-15"),
    ("new", "2025-05-01", None),
    ("silent", "2024-01-01", None),
    ("other", "2024-01-01", "2025-12-30"),
    ("edge", "2024-01-01", "2025-06-30"),
]
ANSWERS = [
    ("stays", "2025-03-30", 2),
    ("stays", "2025-06-30 23:59:59", 4),
    ("stays", "2025-07-01 00:00:00", 1),
    ("leaves", "2025-01-01", 3),
    ("leaves", "2025-07-01 09:00", 5),
    ("new", "2025-06-01", 5),
    ("other", "2024-06-29", 2),
    ("other", "2025-09-30", 3),
    ("edge", "2025-03-01", 4),
]
BUYING = {"kind": "purchase", "within_days": 92}


def rows_of(made):
    table = made.table.execute()
    return {
        (row.customer_id, made.landmarks[row.wave].isoformat()): (
            row.satisfaction,
            bool(row.stayed),
        )
        for row in table.itertuples()
    }


def orders_of(*rows):
    orders = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    return orders.assign(
        ordered_at=pd.to_datetime(orders["ordered_at"], format="mixed"),
        order_id=orders.index.astype(str),
        revenue=10.0,
    )


def test_each_wave_has_the_last_answer_before_it_and_its_own_window(params_of, tables_of, assign):
    tables = tables_of(CUSTOMERS, ANSWERS)
    made = waves(tables, assign(tables), params=params_of(), as_of=AS_OF)
    assert [one.isoformat() for one in made.landmarks] == [
        "2024-09-28",
        "2024-12-29",
        MARCH,
        JULY,
        OCTOBER,
    ]
    assert rows_of(made) == {
        ("other", "2024-09-28"): (2.0, True),
        ("other", "2024-12-29"): (2.0, True),
        ("other", MARCH): (2.0, True),
        # Its answer is 366 days old in July; then there is another one, and the day of leaving.
        ("other", OCTOBER): (3.0, False),
        ("stays", MARCH): (2.0, True),
        ("stays", JULY): (4.0, True),
        ("stays", OCTOBER): (1.0, True),
        ("leaves", MARCH): (3.0, True),
        ("leaves", JULY): (3.0, False),  # what was said later in July is not known yet
        ("new", JULY): (5.0, True),
        ("new", OCTOBER): (5.0, True),
        ("edge", MARCH): (4.0, False),  # the last day of the window is a day of it
    }


@pytest.mark.parametrize("kind", ["contract", "purchase"])
def test_every_wave_is_the_design_of_one_landmark(params_of, tables_of, assign, kind):
    orders = orders_of(
        ("stays", "2025-01-15"),
        ("stays", "2025-06-15"),
        ("stays", "2025-12-15"),
        ("leaves", "2025-06-15"),
        ("new", "2025-05-15"),
        ("new", "2025-08-15"),
        ("other", "2025-09-15"),
    )
    tables = tables_of(CUSTOMERS, ANSWERS, orders=orders)
    how = {"adjust_for": ["tenure", "recency", "frequency"]}
    params = params_of(satisfaction=how, periods=3)
    if kind == "purchase":
        params = params_of(retention=BUYING, satisfaction=how, periods=3)
    made = waves(tables, assign(tables), params=params, as_of=AS_OF)
    found = made.table.execute()
    found = found[found["is_active"]]
    for place, landmark in enumerate(made.landmarks):
        end = (pd.Timestamp(landmark) + pd.Timedelta(days=91)).date()
        one = exposures(tables, assign(tables), params=params, as_of=end).table.execute()
        of_wave = found[found["wave"] == place][list(one.columns)]
        pd.testing.assert_frame_equal(
            of_wave.sort_values("customer_id", ignore_index=True),
            one.sort_values("customer_id", ignore_index=True),
            check_dtype=False,
        )


def test_who_has_lapsed_is_watched_for_coming_back(params_of, tables_of, assign):
    orders = orders_of(
        ("stays", "2025-03-01"),  # active on 31 March; nothing until July
        ("stays", "2025-08-01"),  # lapsed on 1 July, and comes back
        ("other", "2025-09-30"),  # for the first time: no customer before 1 October
        ("other", "2025-12-31 23:00"),
    )
    tables = tables_of(CUSTOMERS, ANSWERS, orders=orders)
    made = waves(tables, assign(tables), params=params_of(retention=BUYING), as_of=AS_OF)
    table = made.table.execute()
    table["wave"] = [made.landmarks[wave].isoformat() for wave in table["wave"]]
    found = {
        (row.customer_id, row.wave): (bool(row.is_active), bool(row.stayed))
        for row in table.itertuples()
    }
    assert found == {
        ("stays", MARCH): (True, False),
        ("stays", JULY): (False, True),
        ("stays", OCTOBER): (True, False),
        ("other", OCTOBER): (True, True),
    }


def test_nothing_after_a_landmark_changes_its_wave_except_the_outcome(params_of, tables_of, assign):
    def of_july(answers):
        tables = tables_of(CUSTOMERS, answers)
        params = params_of(satisfaction={"adjust_for": ["tenure"]}, periods=3)
        table = waves(tables, assign(tables), params=params, as_of=AS_OF).table.execute()
        return table[table["wave"] == 1].sort_values("customer_id", ignore_index=True)

    later = [
        ("stays", "2025-07-01 08:00", 5),
        ("new", "2025-12-30", 1),
        ("silent", "2025-08-01", 3),
    ]
    pd.testing.assert_frame_equal(of_july(ANSWERS), of_july([*ANSWERS, *later]))


def test_params_limit_the_number_of_waves(params_of, tables_of, assign):
    tables = tables_of(CUSTOMERS, ANSWERS)
    made = waves(tables, assign(tables), params=params_of(periods=2), as_of=AS_OF)
    assert [one.isoformat() for one in made.landmarks] == [JULY, OCTOBER]


def test_customers_with_the_same_history_are_counted_together(params_of, tables_of, assign):
    customers = [
        (name, "2024-01-01", left)
        for name, left in [("a", None), ("b", None), ("c", "2025-11-01"), ("d", None)]
    ]
    answers = [
        (name, at, score) for name in "abc" for at, score in [("2025-06-01", 4), ("2025-09-01", 2)]
    ]
    answers.append(("d", "2025-09-02", 2))
    tables = tables_of(customers, answers)
    segments = {"a": "x", "b": "x", "c": "x"}
    made = histories(waves(tables, assign(tables, segments), params=params_of(), as_of=AS_OF))
    of_x = made.of("x").groupby("history")
    sequences = {
        tuple(zip(part["wave"], part["satisfaction"], part["stayed"], strict=True)): n
        for _history, part in of_x
        for n in part["n"].unique()
    }
    assert sequences == {
        ((JULY, 4.0, 1), (OCTOBER, 2.0, 1)): 2,
        ((JULY, 4.0, 1), (OCTOBER, 2.0, 0)): 1,
    }
    # Everyone counts in all, those of no segment too.
    everyone = made.of("all").drop_duplicates("history")
    assert everyone["n"].sum() == 4


def test_histories_told_apart_by_less_keep_their_customers():
    rows = pd.DataFrame(
        [
            (0, 2, "w1", 4.0, 1, "x"),
            (0, 2, "w3", 2.0, 0, "x"),
            (1, 5, "w1", 4.0, 1, "y"),
            (1, 5, "w3", 2.0, 0, "x"),
            (2, 3, "w1", 4.0, 1, "x"),
            (3, 1, "w2", 4.0, 1, "x"),
            (3, 1, "w3", 2.0, 0, "x"),
        ],
        columns=["history", "n", "wave", "satisfaction", "stayed", "channel"],
    )
    made = collapse(rows, ["wave", "satisfaction", "stayed"])
    found = {
        tuple(part["wave"]): (part["n"].iloc[0], list(part["stayed"]))
        for _history, part in made.groupby("history")
    }
    assert found == {
        ("w1", "w3"): (7, [1, 0]),
        ("w1",): (3, [1]),
        ("w2", "w3"): (1, [1, 0]),
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("label", "Leaving has no date"),
        ("undated", "Answers have no date"),
        ("recent", "fewer than two windows of 92 days"),
        ("nothing", "needs retention in params"),
        ("silence", "The data seem to end on"),
    ],
)
def test_waves_that_cannot_be_told_are_refused_with_the_reason(
    params_of, tables_of, assign, change, reason
):
    params, as_of = params_of(), AS_OF
    tables = tables_of(CUSTOMERS, ANSWERS)
    if change == "label":
        params = params_of(retention={"kind": "label"})
        labelled = tables["customers"].mutate(left=tables["customers"].left_on.notnull())
        tables = type(tables)(tables.connection, {**tables.tables, "customers": labelled})
    elif change == "undated":
        undated = tables["answers"].drop("answered_at")
        tables = type(tables)(tables.connection, {**tables.tables, "answers": undated})
    elif change == "recent":
        tables = tables_of(CUSTOMERS, [("stays", "2025-09-01", 3), ("new", "2025-12-01", 3)])
    elif change == "nothing":
        params = params_of(retention=None)
    elif change == "silence":
        daily = pd.date_range("2025-01-01", "2025-10-15").astype(str)
        tables = tables_of([(day, day, None) for day in daily], ANSWERS)
    with pytest.raises(NotEstimable, match=reason):
        waves(tables, assign(tables), params=params, as_of=as_of)

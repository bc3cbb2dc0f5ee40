"""The ledger: who said what and did what, by the scale's own top and bottom."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from saydo.drivers.dose_response import dose_response
from saydo.drivers.exposures import exposures
from saydo.drivers.ledger import ledger, revenue_by_answer
from saydo.drivers.patterns import patterns as counted


def patterns(counts, scale=(1.0, 5.0)):
    rows = [
        (segment, float(answer), *scale, *n)
        for segment in ("all", "a")
        for answer, n in counts.items()
    ]
    names = ["segment", "satisfaction", "scale_min", "scale_max", "n_stayed", "n_left"]
    return pd.DataFrame(rows, columns=names)


@pytest.mark.parametrize(
    ("scale", "dissatisfied", "satisfied"),
    [
        ((1, 5), [1, 2], [4, 5]),
        ((1, 7), [1, 2], [6, 7]),
        ((1, 4), [1], [4]),
        ((1, 3), [1], [3]),
        ((0, 1), [0], [1]),
        ((0, 10), [0, 1, 2], [8, 9, 10]),
        ((1, 10), [1, 2, 3], [8, 9, 10]),
        ((-2, 2), [-2, -1], [1, 2]),
    ],
)
def test_top_and_bottom_of_every_scale(scale, dissatisfied, satisfied):
    points = range(scale[0], scale[1] + 1)
    counts = dict.fromkeys(points, (100, 100))
    table = ledger(patterns(counts, tuple(map(float, scale))))
    n = table[(table.segment == "a") & (table.did == "left")].set_index("said")["n"]
    assert n["dissatisfied"] == 100 * len(dissatisfied)
    assert n["satisfied"] == 100 * len(satisfied)
    assert n["neutral"] == 100 * (len(points) - len(dissatisfied) - len(satisfied))


def test_cells_count_shares_of_all_who_answered():
    counts = {1: (12, 20), 2: (18, 20), 3: (60, 30), 4: (100, 15), 5: (200, 25)}
    table = ledger(patterns(counts))
    of_a = table[table.segment == "a"].set_index(["said", "did"])
    assert of_a["n"].to_dict() == {
        ("satisfied", "stayed"): 300,
        ("satisfied", "left"): 40,
        ("neutral", "stayed"): 60,
        ("neutral", "left"): 30,
        ("dissatisfied", "stayed"): 30,
        ("dissatisfied", "left"): 40,
    }
    assert of_a["share"].sum() == pytest.approx(1)
    cell = of_a.loc[("satisfied", "left")]
    assert cell["share"] == pytest.approx(0.08)
    low, high = proportion_confint(40, 500, method="wilson")
    assert (cell["ci_low"], cell["ci_high"]) == pytest.approx((low, high))


def test_a_word_is_withheld_where_one_of_its_answers_is():
    # Five who answered 5 must not show, and answer 2 with its 38 hides them: neither "satisfied"
    # (105 less the 100 of answer 4) nor "dissatisfied" may give them back.
    counts = {1: (40, 20), 2: (18, 20), 3: (60, 30), 4: (80, 20), 5: (4, 1)}
    frame = patterns(counts)
    levels = dose_response(frame).query("segment == 'a'").set_index("satisfaction")
    assert levels.index[levels["n"].isna()].to_list() == [2, 5]
    table = ledger(frame)
    hidden = table[(table.segment == "a") & table["n"].isna()]
    assert list(zip(hidden.said, hidden.did, strict=True)) == [
        ("satisfied", "stayed"),
        ("satisfied", "left"),
        ("dissatisfied", "stayed"),
        ("dissatisfied", "left"),
    ]
    assert (hidden["reason"] != "").all()
    assert hidden[["share", "ci_low", "ci_high"]].isna().all(axis=None)


def test_every_segment_has_six_rows_in_one_order():
    table = ledger(patterns({5: (50, 20)}))
    assert list(table["segment"]) == ["all"] * 6 + ["a"] * 6
    assert list(table["said"][:6]) == ["satisfied"] * 2 + ["neutral"] * 2 + ["dissatisfied"] * 2
    assert list(table["did"][:2]) == ["stayed", "left"]


def test_money_is_that_of_the_year_before_the_watch(params_of, tables_of, assign):
    customers = [(name, "2024-01-01", None) for name in ("a", "b", "c", "d")]
    customers.append(("e", "2024-01-01", "2025-11-01"))
    answers = [(name, "2025-09-01", 5 if name != "d" else 1) for name in "abcde"]
    orders = pd.DataFrame(
        [
            ("a", "2025-09-30 23:59", 100.0),
            ("a", "2024-10-01 00:00", 20.0),
            ("a", "2024-09-30 23:59", 1000.0),  # 366 days before
            ("b", "2025-10-01 00:00", 5000.0),  # in the watch
            ("c", "2025-01-01", 60.0),
            ("d", "2025-01-01", 30.0),
            ("e", "2025-01-01", 50.0),
        ],
        columns=["customer_id", "ordered_at", "revenue"],
    ).assign(order_id=lambda frame: frame.index.astype(str))
    orders["ordered_at"] = pd.to_datetime(orders["ordered_at"], format="mixed")
    tables = tables_of(customers, answers, orders=orders)
    exposed = exposures(tables, assign(tables), params=params_of(), as_of=date(2025, 12, 31))
    table = ledger(
        counted(exposed), revenue=revenue_by_answer(exposed, tables), min_cell=1, confidence=0.95
    )
    of_a = table[table.segment == "a"].set_index(["said", "did"])
    assert of_a.loc[("satisfied", "stayed"), "revenue"] == 180
    assert of_a.loc[("satisfied", "left"), "revenue"] == 50
    assert of_a.loc[("dissatisfied", "stayed"), "revenue"] == 30
    assert of_a.loc[("neutral", "left"), "revenue"] == 0
    # The total of 120, 0, 60 among five of whom two count 0: 5 times a mean of 36, whose standard
    # error is that of (120, 0, 60, 0, 0).
    values = np.array([120, 0, 60, 0, 0])
    reach = 1.959964 * 5 * values.std(ddof=1) / np.sqrt(5)
    cell = of_a.loc[("satisfied", "stayed")]
    assert cell["revenue_low"] == pytest.approx(180 - reach, rel=1e-6)
    assert cell["revenue_high"] == pytest.approx(180 + reach, rel=1e-6)
    everyone = table[table.segment == "all"].set_index(["said", "did"])
    assert everyone["revenue"].to_list() == of_a["revenue"].to_list()


def test_without_orders_there_is_no_money(params_of, tables_of, assign):
    tables = tables_of([("a", "2024-01-01", None)], [("a", "2025-09-01", 5)])
    exposed = exposures(tables, assign(tables), params=params_of(), as_of=date(2025, 12, 31))
    assert revenue_by_answer(exposed, tables) is None
    assert ledger(counted(exposed), min_cell=1)["revenue"].isna().all()


def test_money_is_withheld_with_its_customers():
    counts = {1: (40, 20), 2: (18, 20), 3: (60, 30), 4: (80, 20), 5: (4, 1)}
    revenue = pd.DataFrame(
        [
            (segment, float(answer), stayed, 10.0, 20.0)
            for segment in ("all", "a")
            for answer in counts
            for stayed in (True, False)
        ],
        columns=["segment", "satisfaction", "stayed", "revenue", "revenue_squared"],
    )
    table = ledger(patterns(counts), revenue=revenue)
    assert (table["revenue"].isna() == table["n"].isna()).all()
    assert table["revenue"].isna().any() and table["revenue"].notna().any()


def spent(segments=("all", "a"), answers=(1, 2, 3, 4, 5)):
    rows = [
        (segment, float(answer), stayed, 10.0, 20.0)
        for segment in segments
        for answer in answers
        for stayed in (True, False)
    ]
    return pd.DataFrame(
        rows, columns=["segment", "satisfaction", "stayed", "revenue", "revenue_squared"]
    )


def test_what_few_customers_spent_is_not_told_though_they_are_counted():
    # Two of a hundred left: that is a share of many. What they had spent is theirs alone.
    counts = {1: (40, 20), 2: (38, 20), 3: (60, 30), 4: (80, 1), 5: (100, 1)}
    table = ledger(patterns(counts), revenue=spent())
    cells = table[table.segment == "a"].set_index(["said", "did"])
    few = cells.loc[("satisfied", "left")]
    assert few["n"] == 2
    assert few[["revenue", "revenue_low", "revenue_high"]].isna().all()
    assert few["reason"].startswith("revenue withheld: of fewer than 11 customers")
    others = cells.drop(index=("satisfied", "left"))
    assert others["revenue"].notna().all() and (others["reason"] == "").all()


def test_what_few_spent_can_not_be_worked_out_from_the_other_segments():
    few = {3: (60, 30), 5: (100, 2)}
    many = {3: (60, 30), 5: (100, 40)}
    frame = pd.concat(
        [
            patterns({3: (180, 90), 5: (300, 82)}).query("segment == 'all'"),
            *(
                patterns(counts).query("segment == 'a'").assign(segment=name)
                for name, counts in (("a", few), ("b", many), ("c", many))
            ),
        ]
    )
    table = ledger(frame, revenue=spent(("all", "a", "b", "c"), (3, 5)))
    left = table[(table.said == "satisfied") & (table.did == "left")].set_index("segment")
    # Of `all`, `b` and `c` at most two are told, or `a` would be what is left.
    assert pd.isna(left.loc["a", "revenue"])
    assert left["revenue"].notna().sum() == 2
    assert left["n"].tolist() == [82, 2, 40, 40]

"""Who went from which segment to which, and nothing that tells of a few."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from saydo.languages import gettext as _
from saydo.params import Params, parse
from saydo.segments import assign, placed_on, segment_sizes
from saydo.segments.moves import NO_LONGER, NOT_YET, SMALLER, _counts, day_before, moves
from saydo.tables.checked import Tables

JUNE, SEPTEMBER = date(2025, 6, 30), date(2025, 9, 30)
RULES = {
    "method": "rules",
    "rules": [{"name": "Big", "when": "spend >= 100"}, {"name": "Small", "when": "spend > 0"}],
    "otherwise": "None",
}


def study(*, min_cell: int = 1, segments: object = RULES) -> Params:
    tables = {"orders": {"path": "orders.csv"}}
    return parse(
        {
            "study": "Test",
            "data": {"tables": tables},
            "segments": segments,
            "privacy": {"min_cell": min_cell},
        }
    )


def company(people: list[tuple[int, str, str, float, float]]) -> Tables:
    """So many customers each: acquired on, left on, spent by June, and after."""
    customers, orders = [], []
    for many, acquired_on, left_on, by_june, after in people:
        for _one in range(many):
            name = f"{len(customers):05d}"
            customers.append((name, acquired_on, left_on or None))
            orders += [(name, "2025-06-15", by_june), (name, "2025-08-15", after)]
    rows = pd.DataFrame(
        [(str(number), *row) for number, row in enumerate(orders) if row[2]],
        columns=["order_id", "customer_id", "ordered_at", "revenue"],
    )
    return Tables.of(
        {
            "customers": pd.DataFrame(
                customers, columns=["customer_id", "acquired_on", "left_on"]
            ).astype({"left_on": "datetime64[us]", "acquired_on": "datetime64[us]"}),
            "orders": rows.astype({"ordered_at": "datetime64[us]"}),
        }
    )


def moved(tables: Tables, params: Params) -> pd.DataFrame:
    today = assign(tables, params, as_of=SEPTEMBER)
    n_customers = int(tables["customers"].count().execute())
    sizes = segment_sizes(today.table, n_customers=n_customers, min_cell=params.privacy.min_cell)
    return moves(tables, today, sizes, params=params, as_of=SEPTEMBER)


def matrix(table: pd.DataFrame) -> pd.DataFrame:
    wide = table.pivot(index="segment_from", columns="segment_to", values="n")
    return wide.reindex(index=table["segment_from"].unique(), columns=table["segment_to"].unique())


TWENTY = [
    (5, "2025-01-01", "", 150, 0),  # Big, and stays so
    (1, "2025-01-01", "2025-07-10", 150, 0),  # Big, and leaves
    (6, "2025-01-01", "", 20, 0),  # Small, and stays so
    (2, "2025-01-01", "", 20, 90),  # Small, then Big
    (3, "2025-07-01", "", 0, 20),  # comes, and is Small
    (1, "2025-07-01", "2025-09-30", 0, 20),  # comes, and leaves on the last day
    (1, "2025-01-01", "2025-06-30", 20, 0),  # had left by the end of June
    (1, "2025-06-30", "", 0, 0),  # came on the last day of June, and buys nothing
]


def test_twenty_customers_by_hand():
    table = moved(company(TWENTY), study())
    assert matrix(table).to_dict("index") == {
        "Small": {"Small": 6, "Big": 2, "None": 0, _(NO_LONGER): 0},
        "Big": {"Small": 0, "Big": 5, "None": 0, _(NO_LONGER): 1},
        "None": {"Small": 0, "Big": 0, "None": 1, _(NO_LONGER): 0},
        _(NOT_YET): {"Small": 3, "Big": 0, "None": 0, _(NO_LONGER): 1},
    }
    cell = table.set_index(["segment_from", "segment_to"]).loc[("Small", "Big")]
    assert cell["share"] == 2 / 8
    # R: prop.test(2, 8, correct = FALSE)$conf.int
    assert [cell["ci_low"], cell["ci_high"]] == pytest.approx([0.07147921275, 0.59072456969])
    assert set(table["from_on"]) == {pd.Timestamp(JUNE)}
    assert set(table["to_on"]) == {pd.Timestamp(SEPTEMBER)}


def test_without_days_of_coming_and_leaving_all_were_there():
    tables = company(TWENTY)
    customers = tables["customers"].select("customer_id")
    plain = Tables(tables.connection, {**tables.tables, "customers": customers})
    table = matrix(moved(plain, study()))
    assert table.to_numpy().sum() == 20
    assert table.loc["None", "Small"] == 4


def test_within_a_period_moves_are_counted_from_before_the_last_complete_one():
    assert day_before(study(), as_of=SEPTEMBER) == JUNE
    assert day_before(study(), as_of=date(2025, 11, 15)) == JUNE


@pytest.mark.parametrize(
    ("segments", "reason"),
    [
        (None, "there are no segments"),
        ({"method": "column", "column": "channel"}, "segments follow what is recorded"),
    ],
)
def test_where_nothing_can_be_told_one_row_says_why(segments, reason):
    tables = company(TWENTY)
    customers = tables["customers"].mutate(channel=tables["customers"].customer_id)
    tables = Tables(tables.connection, {**tables.tables, "customers": customers})
    (row,) = moved(tables, study(segments=segments)).to_dict("records")
    assert reason in row["reason"]
    assert row["segment_from"] == "all" and pd.isna(row["n"])


def test_before_there_was_anybody_nobody_has_moved():
    (row,) = moved(company([(3, "2025-07-01", "", 0, 20)]), study()).to_dict("records")
    assert "when the last period began" in row["reason"]


def test_a_segment_too_small_to_be_shown_is_told_of_with_the_next():
    tables = company(
        [
            (40, "2025-01-01", "", 150, 0),
            (30, "2025-01-01", "", 20, 0),
            (4, "2025-01-01", "", 0, 0),
        ]
    )
    assert matrix(moved(tables, study(min_cell=11))).to_dict("index") == {
        "Big": {"Big": 40, _(SMALLER): 0},
        _(SMALLER): {"Big": 0, _(SMALLER): 34},
    }


def test_those_who_came_or_left_are_not_told_of_where_they_are_few():
    tables = company(
        [
            (40, "2025-01-01", "", 150, 0),
            (30, "2025-01-01", "", 20, 0),
            (20, "2025-01-01", "2025-02-01", 20, 0),
            (20, "2025-01-01", "2025-02-01", 150, 0),
            (2, "2025-07-01", "", 0, 20),
            (1, "2025-01-01", "2025-08-01", 150, 0),
        ]
    )
    table = matrix(moved(tables, study(min_cell=11)))
    assert table.loc["Big", "Big"] == 40
    assert table.loc["Small", "Small"] == 30
    assert table.loc[_(NOT_YET)].isna().all()
    assert table[_(NO_LONGER)].isna().all()


def test_shares_of_a_segment_add_up_to_one():
    table = moved(company(TWENTY), study())
    assert table.groupby("segment_from")["share"].sum().to_numpy() == pytest.approx(1)
    assert (table["ci_low"] <= table["share"]).all() and (table["share"] <= table["ci_high"]).all()


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 5, 6])
def test_no_small_group_can_be_worked_out_of_what_is_shown(seed):
    rng = np.random.default_rng(seed)
    spends = [(0, 0), (0, 20), (0, 150), (20, 0), (20, 150), (150, 0)]
    dates = [("2025-01-01", ""), ("2025-07-01", ""), ("2025-01-01", "2025-08-01")]
    dates += [("2025-01-01", "2025-02-01"), ("2025-07-01", "2025-08-01")]
    often = rng.choice([1, 6, 40], len(dates))
    people = [
        (int(rng.poisson(many)), *days, *spend)
        for days, many in zip(dates, often, strict=True)
        for spend in spends
    ]
    tables, params = company(people), study(min_cell=11)
    table = moved(tables, params)
    shown, reach = matrix(table), _reach_of_small_groups(tables, params, table)
    assert reach
    assert all(most - least > 0.5 for least, most in reach), (shown, reach)


def _reach_of_small_groups(
    tables: Tables, params: Params, table: pd.DataFrame
) -> list[tuple[float, float]]:
    """Of each cell with fewer than 11 people that is not shown, the least and the most that it can
    hold, for one who knows all sizes that are shown on the page and those of the day before."""
    today = assign(tables, params, as_of=SEPTEMBER)
    before = placed_on(tables, params.segments, today.definition, day=JUNE)
    counts = _counts(tables["customers"], before, today.table, since=JUNE, as_of=SEPTEMBER)
    shown = table.set_index(["segment_from", "segment_to"])["n"]
    kept = {*shown.index.get_level_values(0)} - {_(NOT_YET), _(SMALLER)}
    kept |= {*shown.index.get_level_values(1)} - {_(NO_LONGER), _(SMALLER)}
    counts["row"] = counts["before"].where(counts["before"].isin(kept), _(SMALLER))
    counts["row"] = counts["row"].mask(counts["came"], _(NOT_YET)).mask(counts["gone"], "Gone")
    counts["in"] = counts["today"].where(counts["today"].isin(kept), _(SMALLER))
    counts["to"] = counts["in"].mask(counts["went"], _(NO_LONGER))
    cells = counts.groupby(["row", "in", "to"])["n"].sum()
    # Unknown: who is in which cell, by where those who left would be now.
    equations, totals = [], []

    def known(chosen: np.ndarray, total: float) -> None:
        equations.append(chosen.astype(float))
        totals.append(total)

    rows, ins, tos = (cells.index.get_level_values(level) for level in range(3))
    few_left = cells[(tos == _(NO_LONGER)) & (rows != "Gone")].sum() < 11
    for name in kept | {_(SMALLER)}:
        # Sizes that are shown, or of the smaller together.
        known(ins == name, cells[ins == name].sum())
        # And how many of a segment stayed, left or moved; without those who left if they are few.
        told = rows == name
        if few_left:
            told &= tos != _(NO_LONGER)
        known(told, cells[told].sum())
    for end in (rows == _(NOT_YET), (tos == _(NO_LONGER)) & (rows != "Gone")):
        if cells[end].sum() >= 11:
            known(end, cells[end].sum())
    for (origin, goal), n in shown.dropna().items():
        known((rows == origin) & (tos == goal), n)
    reach = []
    for origin, goal in shown.index[shown.isna()]:
        chosen = (rows == origin) & (tos == goal)
        if 0 < cells[chosen].sum() < 11:
            bounds = [
                linprog(sign * chosen.astype(float), A_eq=np.array(equations), b_eq=totals).fun
                for sign in (1, -1)
            ]
            reach.append((bounds[0], -bounds[1]))
    return reach


def _shop(n: int = 240) -> Tables:
    """Customers who buy twice or ten times before July, for little or much; a third buy again."""
    rng = np.random.default_rng(5)
    rows = []
    for number in range(n):
        much = 10 if number % 2 else 1
        days = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 180, 2 * much), "D")
        again = pd.Timestamp("2025-08-01") + pd.to_timedelta(rng.integers(0, 30, 9), "D")
        days = days.append(again) if number % 3 == 0 else days
        rows += [(f"{number:04d}", day, much * rng.lognormal(3, 0.2)) for day in days]
    orders = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "revenue"])
    orders.insert(0, "order_id", orders.index.astype(str))
    made = Tables.of({"orders": orders})
    # A recency that doesn't grow with time, or everyone's behaviour would change every day.
    customers = made["customers"].mutate(days=made["customers"].customer_id.cast("int64") % 7)
    return Tables(made.connection, {**made.tables, "customers": customers})


@pytest.mark.parametrize(
    "segments",
    [
        {"method": "rfm", "scores": 3, "columns": {"recency": "days"}},
        {"method": "clusters", "clusters": 4, "features": ["frequency", "spend"]},
    ],
    ids=["rfm", "clusters"],
)
def test_with_a_pin_nobody_moves_whose_features_are_the_same(segments):
    tables, params = _shop(), study(segments=segments)
    june = assign(tables, params, as_of=JUNE)
    before = placed_on(tables, params.segments, june.definition, day=JUNE).execute()
    known = june.features.execute().set_index("customer_id").sort_index()
    autumn = assign(tables, params, as_of=SEPTEMBER, pinned=june.definition)
    now = autumn.features.execute().set_index("customer_id").sort_index()
    is_same = (known == now).all(axis=1)
    segment = pd.DataFrame(
        {
            "then": before.set_index("customer_id")["segment"],
            "now": autumn.table.execute().set_index("customer_id")["segment"],
        }
    )
    has_moved = segment["then"] != segment["now"]
    assert has_moved.sum() > 0 and is_same.sum() > 100
    assert not (has_moved & is_same).any()
    # And so it is in the table of moves, which draws both days by the pin.
    sizes = segment_sizes(autumn.table, n_customers=len(now), min_cell=1)
    table = moves(tables, autumn, sizes, params=params, as_of=SEPTEMBER)
    is_elsewhere = table["segment_from"] != table["segment_to"]
    assert table.loc[is_elsewhere, "n"].sum() == has_moved.sum()

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from saydo.errors import DataError
from saydo.params import Params, parse
from saydo.segments import assign, assignments_before, segment_sizes
from saydo.segments.by_rfm import GRID
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)


def study(**segments: object) -> Params:
    tables = {"customers": {"path": "customers.csv"}}
    return parse({"study": "Test", "data": {"tables": tables}, "segments": segments})


def customers(**columns: list) -> Tables:
    ids = [f"{number:03d}" for number in range(len(next(iter(columns.values()))))]
    return Tables.of({"customers": pd.DataFrame({"customer_id": ids, **columns})})


def segments_of(tables: Tables, params: Params) -> dict[str, str]:
    table = assign(tables, params, as_of=AS_OF).table.execute()
    return dict(zip(table["customer_id"], table["segment"], strict=True))


def orders(*lives: tuple[int, ...], revenue: float = 10.0) -> pd.DataFrame:
    """One life per customer: the days before `as_of` on which they ordered."""
    rows = [
        {
            "order_id": f"{customer}-{index}",
            "customer_id": f"{customer:03d}",
            "ordered_at": pd.Timestamp(AS_OF) - pd.Timedelta(days=days),
            "revenue": revenue,
        }
        for customer, life in enumerate(lives)
        for index, days in enumerate(life)
    ]
    return pd.DataFrame(rows)


def test_column_gives_each_value_a_segment_and_the_empty_ones_a_name():
    tables = customers(region=["North", " South ", None, ""])
    found = segments_of(tables, study(method="column", column="region"))
    assert found == {"000": "North", "001": "South", "002": "unknown", "003": "unknown"}


def test_unknown_column_is_reported_with_those_there_are():
    with pytest.raises(DataError, match=r"no column 'regoin'. Did you mean region\?"):
        assign(customers(region=["N"]), study(method="column", column="regoin"), as_of=AS_OF)


def test_a_value_called_all_is_refused():
    with pytest.raises(DataError, match="can't be called 'all'"):
        assign(customers(region=["all"]), study(method="column", column="region"), as_of=AS_OF)


def test_the_first_rule_that_holds_decides_and_an_empty_value_holds_none():
    tables = customers(age=[70, 40, None, 10])
    rules = [{"name": "Old", "when": "age > 60"}, {"name": "Adult", "when": "age >= 18"}]
    found = segments_of(tables, study(method="rules", rules=rules, otherwise="Rest"))
    assert found == {"000": "Old", "001": "Adult", "002": "Rest", "003": "Rest"}


def test_rules_may_use_what_customers_did():
    tables = Tables.of(
        {
            "customers": pd.DataFrame({"customer_id": ["000", "001", "002"]}),
            "orders": orders((5, 400), (300,)),
        }
    )
    rules = [
        {"name": "Regular", "when": "frequency >= 2 and recency_days <= 5 and spend = 20"},
        {"name": "Once", "when": "frequency = 1"},
    ]
    found = segments_of(tables, study(method="rules", rules=rules))
    assert found == {"000": "Regular", "001": "Once", "002": "Others"}


def test_all_wrong_rules_are_reported_at_once():
    rules = [
        {"name": "A", "when": "spent > 3"},
        {"name": "B", "when": "age >"},
        {"name": "C", "when": "age in (select 1)"},
    ]
    with pytest.raises(DataError) as error:
        assign(customers(age=[1]), study(method="rules", rules=rules), as_of=AS_OF)
    assert [problem.where[-6:] for problem in error.value.problems] == [
        "0.when",
        "1.when",
        "2.when",
    ]
    assert "no feature 'spent'" in str(error.value)


def test_a_quote_in_a_rule_name_stays_text():
    rules = [{"name": "it's ' or 1=1 --", "when": "age = 1"}]
    found = segments_of(customers(age=[1, 2]), study(method="rules", rules=rules))
    assert found == {"000": "it's ' or 1=1 --", "001": "Others"}


def test_rfm_names_cover_the_whole_grid():
    cells = [(recency, value) for recency in range(1, 6) for value in range(1, 6)]
    for recency, value in cells:
        assert any(
            cell.recency[0] <= recency <= cell.recency[1]
            and cell.value[0] <= value <= cell.value[1]
            for cell in GRID
        ), (recency, value)


def test_rfm_scores_by_quantiles_with_ties_on_one_side():
    # Five customers; recency 1, 2, 3, 4, 500 days; everyone spends 10 an order. Quantiles of the
    # negated recency at 0.2 … 0.8 (linear, as NumPy): champions need value to match.
    tables = Tables.of(
        {"orders": orders((1, 10, 20), (2, 30), (3,), (4,), (500,)), "customers": five()}
    )
    found = segments_of(tables, study(method="rfm"))
    # Frequencies 3 2 1 1 1 have cut points 1, 1, 1.4, 2.2, so scores 5 4 1 1 1; monetary alike.
    assert list(np.quantile([3, 2, 1, 1, 1], [0.2, 0.4, 0.6, 0.8])) == pytest.approx(
        [1, 1, 1.4, 2.2]
    )
    assert found == {
        "000": "Champions",
        "001": "Champions",
        "002": "About to sleep",
        "003": "Hibernating",
        "004": "Lost",
        "005": "Never ordered",
    }


def five() -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"{number:03d}" for number in range(6)]})


def test_rfm_shows_its_cut_points():
    tables = Tables.of({"orders": orders((0,), (10,), (20,), (30,))})
    found = assign(tables, study(method="rfm", scores=4), as_of=AS_OF)
    cuts = found.explained["segment_cuts"]
    recency = cuts[cuts["measure"] == "recency"]
    assert list(recency["cut"])[1:] == [22.5, 15.0, 7.5]
    assert recency["n_customers"].isna().all()  # of one customer each


def test_rfm_without_orders_says_what_it_needs():
    with pytest.raises(DataError, match="rfm needs the table orders"):
        assign(customers(age=[1]), study(method="rfm"), as_of=AS_OF)


def test_everyone_is_in_exactly_one_segment_and_all_comes_first():
    tables = customers(region=["North"] * 20 + ["South"] * 15)
    assignment = assign(tables, study(method="column", column="region"), as_of=AS_OF)
    sizes = segment_sizes(assignment.table, n_customers=35, min_cell=11)
    assert list(sizes["segment"]) == ["all", "North", "South"]
    assert list(sizes["n_customers"]) == [35, 20, 15]
    assert sizes["share"].iloc[1:].sum() == pytest.approx(1)


def test_the_size_of_a_small_segment_cannot_be_derived_from_the_others():
    tables = customers(region=["A"] * 50 + ["B"] * 20 + ["C"] * 3)
    assignment = assign(tables, study(method="column", column="region"), as_of=AS_OF)
    sizes = segment_sizes(assignment.table, n_customers=73, min_cell=11).set_index("segment")
    assert sizes["n_customers"].isna().to_dict() == {"all": False, "A": False, "B": True, "C": True}


def test_without_segments_nobody_is_assigned():
    params = parse({"study": "Test", "data": {"tables": {"customers": {"path": "c.csv"}}}})
    table = assign(customers(age=[1]), params, as_of=AS_OF).table
    assert table.count().execute() == 0


def before(tables: Tables, params: Params, days: int) -> dict[str, str]:
    """Segments as they were so many days before `AS_OF`."""
    today = assign(tables, params, as_of=AS_OF)
    day = AS_OF - timedelta(days=days)
    table = assignments_before(tables, params, today, day=day).execute()
    return dict(zip(table["customer_id"], table["segment"], strict=True))


def test_segments_before_a_day_rest_on_what_was_known_when_it_began():
    rules = [
        {"name": "Gone", "when": "left_on is not null"},
        {"name": "Asks", "when": "n_tickets > 0"},
        {"name": "Twice", "when": "frequency = 2 and recency_days = 0 and spend = 20"},
        {"name": "Once", "when": "frequency = 1"},
    ]
    params = study(method="rules", rules=rules)
    # Known days before the last: the 30th is the first that is not known yet.
    ids = ["000", "001", "002", "003"]
    left = pd.Series([None, None, None, AS_OF - timedelta(days=10)], index=range(4))
    asked = pd.Timestamp(AS_OF) - pd.Timedelta(days=30)
    tables = Tables.of(
        {
            "customers": pd.DataFrame({"customer_id": ids, "left_on": pd.to_datetime(left)}),
            "orders": orders((31, 50), (31, 30), (5, 2), (60,)),
            "tickets": pd.DataFrame(
                {"ticket_id": ["1"], "customer_id": ["002"], "opened_at": [asked]}
            ),
        }
    )
    assert segments_of(tables, params) == {
        "000": "Others",
        "001": "Others",
        "002": "Asks",
        "003": "Gone",
    }
    # Twice and Once are segments of nobody today: whoever was in one is in none.
    assert before(tables, params, 30) == {"002": "Others"}
    kept = [*rules[2:], {"name": "Else", "when": "1 = 1"}]
    kept[0] = {"name": "Twice", "when": "frequency >= 2 and spend = 20"}
    params = study(method="rules", rules=kept)
    assert before(tables, params, 30) == {"000": "Twice", "001": "Once", "003": "Once"}


def test_segments_by_an_attribute_are_the_same_before():
    tables = customers(region=["N", "S"])
    assert before(tables, study(method="column", column="region"), 30) == {"000": "N", "001": "S"}


def test_before_anyone_ordered_nobody_had():
    tables = Tables.of({"orders": orders((1, 10), (2,), (3,), (4,), (), ()), "customers": five()})
    assert before(tables, study(method="rfm"), 400) == dict.fromkeys(
        [f"00{number}" for number in range(6)], "Never ordered"
    )

"""The market of each customer, with the segment of another way within it."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from saydo.errors import DataError, ParamsError
from saydo.params import Params, parse
from saydo.segments import assign, assignments_before, learns
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)


def study(**segments: object) -> Params:
    tables = {"customers": {"path": "customers.csv"}}
    how = {"method": "market", **segments}
    return parse({"study": "Test", "data": {"tables": tables}, "segments": how})


def company() -> Tables:
    """a and b are of the North, c of the Coast, and of d the market is not known."""
    days = {"a": (5, 10), "b": (200,), "c": (4, 8), "d": (3, 9)}
    rows = [
        {
            "order_id": f"{customer}{back}",
            "customer_id": customer,
            "ordered_at": pd.Timestamp(AS_OF - timedelta(days=back)),
            "revenue": 10.0,
        }
        for customer, life in days.items()
        for back in life
    ]
    customers = pd.DataFrame(
        {"customer_id": list("abcd"), "market": ["North"] * 2 + ["Coast", None]}
    )
    return Tables.of({"customers": customers, "orders": pd.DataFrame(rows)})


def placed(table) -> dict[str, str]:
    found = table.execute()
    return dict(zip(found["customer_id"], found["segment"], strict=True))


def test_markets_alone_are_segments_and_teach_nothing():
    how = study()
    assert not learns(how.segments)
    found = assign(company(), how, as_of=AS_OF)
    assert placed(found.table) == {"a": "North", "b": "North", "c": "Coast", "d": "unknown"}
    assert found.definition.learned == {}


def test_within_a_market_customers_are_placed_as_they_would_be_without_it():
    rules = [{"name": "Regular", "when": "frequency >= 2"}]
    how = study(within={"method": "rules", "rules": rules})
    assert placed(assign(company(), how, as_of=AS_OF).table) == {
        "a": "North · Regular",
        "b": "North · Others",
        "c": "Coast · Regular",
        "d": "unknown",
    }


def test_an_attribute_lies_within_markets_though_it_is_the_market_itself():
    how = study(within={"method": "column", "column": "market"})
    assert placed(assign(company(), how, as_of=AS_OF).table)["c"] == "Coast · Coast"


def test_what_lies_within_is_learned_from_all_markets_and_pinned_beneath_within():
    how = study(within={"method": "rfm", "scores": 3})
    alone = parse({**how.model_dump(mode="json"), "segments": {"method": "rfm", "scores": 3}})
    nested, plain = (assign(company(), each, as_of=AS_OF) for each in (how, alone))
    assert learns(how.segments)
    assert nested.definition.learned == {"within": plain.definition.learned}
    assert list(nested.explained) == ["segment_cuts"]
    segments = placed(plain.table)
    assert placed(nested.table)["a"] == f"North · {segments['a']}"


def test_a_pin_places_within_markets_as_it_was_learned_then():
    how = study(within={"method": "rfm", "scores": 3})
    tables = company()
    now = assign(tables, how, as_of=AS_OF)
    cuts = {"recency": [300.0, 301.0], "frequency": [0.1, 0.2], "monetary": [1.0, 2.0]}
    then = replace(now.definition, learned={"within": cuts})
    again = assign(tables, how, as_of=AS_OF, pinned=then)
    assert again.definition is then
    # By those cuts everyone bought lately, often and much.
    assert set(placed(again.table).values()) == {
        "North · Champions",
        "Coast · Champions",
        "unknown",
    }


def test_who_was_where_before_is_told_within_markets_too():
    rules = [{"name": "Regular", "when": "frequency >= 2"}]
    how = study(within={"method": "rules", "rules": rules})
    tables = company()
    now = assign(tables, how, as_of=AS_OF)
    before = placed(assignments_before(tables, how, now, day=AS_OF - timedelta(days=6)))
    # By then the second orders, of five and four days ago, were still to come.
    assert placed(now.table)["a"] == "North · Regular"
    assert before["a"] == "North · Others"


def test_customers_without_a_column_of_markets_are_refused():
    tables = Tables.of({"customers": pd.DataFrame({"customer_id": ["a"]})})
    with pytest.raises(DataError, match="needs the column market of customers"):
        assign(tables, study(), as_of=AS_OF)


def test_to_learn_anew_is_said_once():
    with pytest.raises(ParamsError, match="set refit beside within"):
        study(within={"method": "rfm", "refit": True})
    assert study(within={"method": "rfm"}, refit=True).segments.refit

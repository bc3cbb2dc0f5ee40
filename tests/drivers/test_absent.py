import pandas as pd

from saydo.drivers.absent import with_absent


def table(*segments):
    return pd.DataFrame(
        {"segment": segments, "n": range(len(segments)), "is_new": True, "reason": ""}
    ).astype({"segment": "str", "n": "Int64", "is_new": "boolean", "reason": "str"})


def test_a_segment_that_is_left_out_has_a_row_with_its_reason_in_its_place():
    found = with_absent(
        table("all", "c"), {"b": "too few", "c": "unused"}, segments=["all", "b", "c"], is_new=False
    )
    assert found["segment"].tolist() == ["all", "b", "c"]
    assert found["reason"].tolist() == ["", "too few", ""]
    assert found["n"].isna().tolist() == [False, True, False]
    assert found["is_new"].tolist() == [True, False, True]


def test_rows_of_one_segment_stay_in_their_order():
    found = with_absent(table("b", "b", "a"), {"a": "", "b": "", "c": "none"})
    assert found["n"].tolist()[:3] == [2, 0, 1]


def test_of_an_empty_table_every_segment_is_told_why():
    found = with_absent(table()[:0], {"all": "none", "a": "none"}, column="reason")
    assert found[["segment", "reason"]].to_numpy().tolist() == [["all", "none"], ["a", "none"]]


def test_types_are_those_of_the_table_whether_it_has_rows_or_not():
    for there in (table(), table("a")):
        found = with_absent(there, {"all": "none", "a": "none"})
        assert found["segment"].tolist() == ["all", "a"]
        assert str(found["n"].dtype) == "Int64"


def test_what_the_table_has_no_column_for_is_not_said():
    found = with_absent(table("a"), {"b": "none"}, verdict="refused")
    assert list(found) == list(table())

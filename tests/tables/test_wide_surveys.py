"""Surveys with one column per question, and answers that are long already."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from saydo.errors import DataError
from saydo.tables.checked import Tables

Load = Callable[..., Tables]

SPEED = {"column": "Q4", "importance": "Q5", "expectation": "Q6", "minimum": "Q7"}
ITEMS = {
    "recommend": {"column": "NPS", "scale": [0, 10], "blank": [11, "k.A."]},
    "speed": {**SPEED, "scale": [1, 5], "blank": [0, 6]},
}
SURVEY = {"answers": {"path": "s.csv", "columns": {"customer_id": "Id"}, "items": ITEMS}}
HEADER = "Id,NPS,Q4,Q5,Q6,Q7\n"


def answers(tables: Tables) -> dict[tuple[str, str, str], float]:
    found = tables["answers"].execute()
    keys = zip(found["customer_id"], found["item"], found["aspect"], strict=True)
    return dict(zip(keys, found["score"], strict=True))


def test_each_cell_becomes_an_answer_with_its_scale(load: Load):
    tables = load(SURVEY, {"s.csv": HEADER + "a,10,1,2,3,4\n"})
    assert answers(tables) == {
        ("a", "recommend", "score"): 10,
        ("a", "speed", "score"): 1,
        ("a", "speed", "importance"): 2,
        ("a", "speed", "expectation"): 3,
        ("a", "speed", "minimum"): 4,
    }
    found = tables["answers"].execute().set_index(["item", "aspect"])
    assert found.loc[("recommend", "score"), ["scale_min", "scale_max"]].tolist() == [0, 10]
    assert found.loc[("speed", "minimum"), ["scale_min", "scale_max"]].tolist() == [1, 5]


def test_cells_are_counted_so_that_used_rejected_and_excluded_make_what_was_read(load: Load):
    rows = "a,10,1,2,3,4\nb,11,0,6,,\nc,12,7,x,1,1\n"
    tables = load(SURVEY, {"s.csv": HEADER + rows})
    count = tables.rows["answers"]
    # 3 rows of 5 questions: b is blank throughout, c off the scale twice and unreadable once.
    assert (count.read, count.used, count.rejected) == (15, 7, 3)
    assert count.excluded == {"blank answer": 5}
    assert "answers: counted in answers, 3 rows of 5 questions each." in tables.notes


@pytest.mark.parametrize("code", ["11", "11.0", " 11 ", "k.A."])
def test_blank_codes_compare_as_numbers_or_as_written(load: Load, code: str):
    tables = load(SURVEY, {"s.csv": HEADER + f"a,{code},1,2,3,4\n"})
    assert tables.rows["answers"].excluded == {"blank answer": 1}
    assert tables.rows["answers"].rejected == 0


def test_a_blank_code_holds_for_its_own_item_only(load: Load):
    # 6 is blank for speed, and a fine answer to recommend.
    tables = load(SURVEY, {"s.csv": HEADER + "a,6,6,2,3,4\n"})
    assert answers(tables)[("a", "recommend", "score")] == 6
    assert ("a", "speed", "score") not in answers(tables)


def test_a_rejected_answer_names_the_column_of_the_file(load: Load):
    tables = load(SURVEY, {"s.csv": HEADER + "a,12,1,x,3,4\n"})
    rejects = tables.rejects["answers"]
    assert rejects["column"].tolist() == ["NPS", "Q5"]
    assert rejects["line"].tolist() == [2, 2]
    assert rejects["reason"].tolist() == [
        "12 lies outside the scale from 0 to 10. If it means no answer, say so: make it empty, or "
        "name it under blank.",
        "'x' is not a number. If it means no answer, name it under blank.",
    ]


def test_a_fault_of_the_whole_row_is_said_once_and_rejects_all_its_cells(load: Load):
    source = {**SURVEY["answers"], "columns": {"customer_id": "Id", "answered_at": "Day"}}
    text = "Id,NPS,Q4,Q5,Q6,Q7,Day\na,1,1,2,3,4,2024-01-31\nb,1,1,2,3,4,soon\nc,1\n"
    tables = load({"answers": source}, {"s.csv": text})
    count = tables.rows["answers"]
    assert (count.read, count.used, count.rejected) == (15, 5, 10)
    assert tables.rejects["answers"][["line", "column"]].to_numpy().tolist() == [
        [3, "Day"],
        [4, ""],
    ]


def test_numbers_and_texts_mix_in_a_workbook(load: Load, tmp_path: Path):
    frame = pd.DataFrame(
        {"Id": [1, 2, 3], "NPS": [10, "k.A.", 11], "Q4": 1.0, "Q5": 6, "Q6": None, "Q7": 2}
    )
    frame.to_excel(tmp_path / "s.xlsx", index=False)
    tables = load({"answers": {**SURVEY["answers"], "path": "s.xlsx"}})
    assert answers(tables)[("1", "recommend", "score")] == 10
    assert tables.rows["answers"].excluded == {"blank answer": 2 + 3 + 3}
    assert tables.rows["answers"].rejected == 0


def test_numbers_of_parquet_compare_with_blank_codes(load: Load, tmp_path: Path):
    frame = pd.DataFrame({"Id": [1, 2], "NPS": [10, 11], "Q4": [1, 0], "Q5": 6, "Q6": 1, "Q7": 2})
    frame.to_parquet(tmp_path / "s.parquet")
    tables = load({"answers": {**SURVEY["answers"], "path": "s.parquet"}})
    assert tables.rows["answers"].excluded == {"blank answer": 1 + 1 + 2}


def test_a_score_with_its_items_can_not_be_mapped_as_well(load: Load):
    source = {**SURVEY["answers"], "columns": {"score": "NPS"}}
    with pytest.raises(DataError, match=r"answers\.columns\.score: comes from `items`"):
        load({"answers": source}, {"s.csv": HEADER})


def test_a_missing_question_is_named_by_its_item(load: Load):
    source = {**SURVEY["answers"], "items": {"easy": {"column": "NSP", "scale": [1, 7]}}}
    with pytest.raises(DataError, match=r"answers\.items\.easy: .*Did you mean 'NPS'\?"):
        load({"answers": source}, {"s.csv": HEADER})


def test_long_answers_bring_their_own_scale(load: Load):
    text = (
        "customer_id,item,aspect,score,scale_min,scale_max\n"
        "a,recommend,,10,0,10\nb,recommend,importance,11,0,10\nc,easy,,,1,7\nd,easy,,3,7,1\n"
        "e,easy,wish,3,1,7\n"
    )
    tables = load({"answers": {"path": "l.csv"}}, {"l.csv": text})
    # An empty aspect is an answer as such; an empty score is no answer.
    assert answers(tables) == {("a", "recommend", "score"): 10}
    assert tables.rows["answers"].excluded == {"blank answer": 1}
    assert tables.rows["answers"].rejected == 3
    reasons = " ".join(tables.rejects["answers"]["reason"])
    assert "11 lies outside the scale from 0 to 10." in reasons
    assert "The scale ends at 1 but starts at 7." in reasons
    assert "'wish' is not allowed. Allowed: score, importance, expectation, minimum." in reasons


def test_long_answers_need_their_scale(load: Load):
    with pytest.raises(DataError, match="answers needs scale_min"):
        load({"answers": {"path": "l.csv"}}, {"l.csv": "item,score\neasy,3\n"})

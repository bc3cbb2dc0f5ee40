"""Targets are segments that there are, and not all of them."""

from datetime import date

import ibis
import pytest

from saydo.errors import DataError
from saydo.params import parse
from saydo.runs.prepare import _check_objectives
from saydo.segments import Assignment


def checked(*targets: str) -> None:
    params = parse(
        {
            "study": "Test",
            "data": {"tables": {"orders": {"path": "orders.csv"}}},
            "segments": {"method": "column", "column": "size"},
            "targets": list(targets),
        }
    )
    table = ibis.memtable({"customer_id": ["a", "b"], "segment": ["Big", "Small"]})
    _check_objectives(params, Assignment(table), as_of=date(2025, 12, 31))


def test_a_target_that_is_no_segment_is_refused_with_those_there_are():
    with pytest.raises(DataError, match=r"no segment 'Bigg'. Allowed: Big, Small\.") as error:
        checked("Big", "Bigg")
    assert [problem.where for problem in error.value.problems] == ["targets.1"]


def test_everyone_is_no_target():
    with pytest.raises(DataError, match="no segment 'all'"):
        checked("all")


def test_targets_without_a_rest_are_refused():
    with pytest.raises(DataError, match="every segment is a target"):
        checked("Big", "Small")


def test_one_of_two_segments_may_be_a_target():
    checked("Big")

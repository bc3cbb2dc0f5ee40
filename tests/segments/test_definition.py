"""What was learned can be written down, read again, and is used by the next run."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from saydo.errors import DataError
from saydo.params import Params, parse
from saydo.runs.content import PIN, newest_pin
from saydo.runs.prepare import pinned_definition
from saydo.segments import assign, is_usable
from saydo.segments.definition import Definition, read_pin
from saydo.tables.checked import Tables

JUNE, JULY = date(2025, 6, 30), date(2025, 7, 31)


def study(**segments: object) -> Params:
    tables = {"orders": {"path": "orders.csv"}}
    segments = {"method": "rfm", **segments}
    return parse({"study": "Test", "data": {"tables": tables}, "segments": segments})


def orders() -> pd.DataFrame:
    """Customer n buys on the n-th of June, for n; the first ten buy again in July, for 100 + n."""
    days = [
        *(f"2025-06-{n:02d}" for n in range(1, 31)),
        *(f"2025-07-{n:02d}" for n in range(1, 11)),
    ]
    people = [*range(1, 31), *range(1, 11)]
    return pd.DataFrame(
        {
            "order_id": [str(n) for n in range(len(days))],
            "customer_id": [f"{n:02d}" for n in people],
            "ordered_at": pd.to_datetime(days),
            "revenue": [float(n) for n in people[:30]] + [100.0 + n for n in people[30:]],
        }
    )


def placed(assignment) -> pd.Series:
    return assignment.table.execute().set_index("customer_id")["segment"].sort_index()


def test_a_pin_comes_back_as_it_was(tmp_path):
    made = assign(Tables.of({"orders": orders()}), study(), as_of=JUNE).definition
    (tmp_path / PIN).write_text(made.to_yaml(), "utf-8")
    assert read_pin(tmp_path / PIN) == made
    assert "refit: true" in made.to_yaml()


def test_a_damaged_pin_is_named_with_its_remedy(tmp_path):
    (tmp_path / PIN).write_text("method: rfm\n", "utf-8")
    with pytest.raises(DataError, match="delete it, or set refit: true"):
        read_pin(tmp_path / PIN)


def test_the_newest_pin_of_an_earlier_day_counts(tmp_path):
    made = Definition("rfm", {}, JUNE, {})
    for name in ("2025-05-31", "2025-06-30", "2025-07-31", "not a day"):
        (tmp_path / name).mkdir()
        (tmp_path / name / PIN).write_text(made.to_yaml(), "utf-8")
    (tmp_path / "latest").symlink_to("2025-07-31")
    assert newest_pin(tmp_path, before=JULY).parent.name == "2025-06-30"
    assert newest_pin(tmp_path, before=date(2025, 5, 31)) is None


def test_a_pin_of_other_settings_is_not_used_nor_one_to_be_learned_anew(tmp_path):
    (tmp_path / "2025-06-30").mkdir()
    made = assign(Tables.of({"orders": orders()}), study(), as_of=JUNE).definition
    (tmp_path / "2025-06-30" / PIN).write_text(made.to_yaml(), "utf-8")
    assert pinned_definition(study(), tmp_path, as_of=JULY) == made
    assert pinned_definition(study(), tmp_path, as_of=JUNE) is None
    assert pinned_definition(study(scores=4), tmp_path, as_of=JULY) is None
    assert pinned_definition(study(refit=True), tmp_path, as_of=JULY) is None
    assert not is_usable(replace(made, method="rules"), study().segments)


def test_with_a_pin_only_those_whose_behaviour_changed_move():
    # By days since the last order everyone would age; here recency is cut at numbers of its own.
    params = study(cuts={"recency": [100, 200, 300, 400]})
    tables = Tables.of({"orders": orders()})
    before = Tables.of({"orders": orders()[:30]})
    june = assign(before, params, as_of=JUNE)
    pinned = placed(assign(tables, params, as_of=JULY, pinned=june.definition))
    buyers = {f"{n:02d}" for n in range(1, 11)}
    assert set(pinned.index[pinned != placed(june)]) == buyers
    # Learned anew, the quantiles move, and with them some who did nothing.
    anew = placed(assign(tables, params, as_of=JULY))
    assert set(anew.index[anew != placed(june)]) - buyers

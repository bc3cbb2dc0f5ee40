"""The delighted who left, the complainers who stayed, silent churn: counted by hand."""

from datetime import date

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from saydo.drivers.contradictions import contradictions
from saydo.drivers.exposures import exposures
from saydo.drivers.patterns import patterns

AS_OF = date(2025, 12, 31)
LEFT = "2025-11-01"
# name, left on, answer, complained on, spent
PEOPLE = [
    ("delighted stays", None, 5, None, 10.0),
    ("delighted leaves", LEFT, 5, None, 20.0),
    ("delighted complains and leaves", LEFT, 5, "2025-06-01", 40.0),
    ("pleased leaves", LEFT, 4, None, 80.0),
    ("dissatisfied leaves", LEFT, 2, None, 160.0),
    ("silent leaves", LEFT, None, None, 320.0),
    ("silent complains and leaves", LEFT, None, "2024-10-01", 640.0),
    ("silent complained long ago and leaves", LEFT, None, "2024-09-30", 1280.0),
    ("silent complains later and leaves", LEFT, None, "2025-10-01", 2560.0),
    ("complains and stays", None, None, "2025-09-30", 5120.0),
    ("dissatisfied complains and stays", None, 1, "2025-09-30", 10240.0),
    ("gone before", "2025-09-30", 5, "2025-06-01", 1e6),
]


def tables(tables_of, **more):
    customers = [(name, "2023-01-01", left) for name, left, *_rest in PEOPLE]
    answers = [(name, "2025-08-01", score) for name, _left, score, *_rest in PEOPLE if score]
    orders = pd.DataFrame(
        {
            "order_id": [row[0] for row in PEOPLE],
            "customer_id": [row[0] for row in PEOPLE],
            "ordered_at": pd.Timestamp("2025-05-01"),
            "revenue": [row[4] for row in PEOPLE],
        }
    )
    opened = [row[3] or "2025-05-01" for row in PEOPLE]
    tickets = pd.DataFrame(
        {
            "ticket_id": [row[0] for row in PEOPLE],
            "customer_id": [row[0] for row in PEOPLE],
            "opened_at": pd.to_datetime(opened),
            "is_complaint": pd.array([row[3] is not None for row in PEOPLE], "boolean"),
        }
    )
    return tables_of(customers, answers, **({"orders": orders, "tickets": tickets} | more))


def found(tables, params, assignments, **options):
    exposed = exposures(tables, assignments, params=params, as_of=AS_OF)
    table = contradictions(exposed, tables, patterns(exposed), **{"min_cell": 1, **options})
    return table.set_index(["segment", "group"])


def test_each_group_is_counted_among_its_own(tables_of, params_of, assign):
    data = tables(tables_of)
    table = found(data, params_of(), assign(data)).loc["all"]
    assert table["n"].to_dict() == {
        "delighted_who_left": 2,
        "complainers_who_stayed": 2,
        # Who only complained long ago, or after the watch began, had said nothing.
        "silent_churn": 5,
    }
    assert table["n_among"].to_list() == [3, 4, 8]
    assert table["revenue"].to_list() == [60.0, 15360.0, 20.0 + 80 + 320 + 1280 + 2560]
    low, high = proportion_confint(5, 8, method="wilson")
    row = table.loc["silent_churn"]
    assert (row["share"], row["ci_low"], row["ci_high"]) == pytest.approx((5 / 8, low, high))
    assert (row["revenue_low"] < row["revenue"]) and (row["revenue"] < row["revenue_high"])


def test_segments_stand_after_everyone(tables_of, params_of, assign):
    data = tables(tables_of)
    segments = {name: "b" if "silent" in name else "a" for name, *_rest in PEOPLE[1:]}
    table = found(data, params_of(), assign(data, segments))
    assert list(table.index.get_level_values("segment").unique()) == ["all", "a", "b"]
    assert table.loc[("all", "silent_churn"), "n"] == 5
    assert table.loc[("a", "silent_churn"), "n"] == 2
    assert table.loc[("b", "silent_churn"), "n"] == 3
    nobody = table.loc[("b", "delighted_who_left")]
    assert nobody["n_among"] == 0 and pd.isna(nobody["share"])


def test_small_groups_are_withheld(tables_of, params_of, assign):
    data = tables(tables_of)
    table = found(data, params_of(), assign(data), min_cell=5)
    assert table["n"].notna().groupby("group").all().to_dict() == {
        "complainers_who_stayed": False,
        "delighted_who_left": False,
        "silent_churn": True,
    }
    hidden = table[table["n"].isna()]
    assert (hidden["reason"] != "").all() and hidden.drop(columns="reason").isna().all(axis=None)


def test_without_complaints_only_the_delighted_are_told_of(tables_of, params_of, assign):
    data = tables(tables_of)
    data = type(data)(
        data.connection,
        {**data.tables, "tickets": data["tickets"].drop("is_complaint")},
    )
    table = found(data, params_of(), assign(data)).loc["all"]
    assert table["n"].notna().to_list() == [True, False, False]
    assert table["reason"].to_list() == ["", *["Not measured (needs tickets.is_complaint)."] * 2]


def test_what_few_spent_is_not_told_nor_by_what_the_ledger_tells(tables_of, params_of, assign):
    # 12 delighted and 3 pleased left: the ledger tells what these 15 had spent, so that what the 12
    # had spent would tell it of the 3. Without the pleased nothing is given away.
    def left(n_pleased: int) -> pd.Series:
        scores = [5] * 32 + [4] * (20 + n_pleased)
        names = [f"c{number}" for number in range(len(scores))]
        leaves = [number < 12 or number >= 52 for number in range(len(scores))]
        data = tables_of(
            [
                (name, "2023-01-01", LEFT if gone else None)
                for name, gone in zip(names, leaves, strict=True)
            ],
            [(name, "2025-08-01", score) for name, score in zip(names, scores, strict=True)],
            orders=pd.DataFrame(
                {
                    "order_id": names,
                    "customer_id": names,
                    "ordered_at": pd.Timestamp("2025-05-01"),
                    "revenue": 10.0,
                }
            ),
        )
        table = found(data, params_of(), assign(data), min_cell=11)
        return table.loc[("all", "delighted_who_left")]

    assert left(0)["revenue"] == 120
    hidden = left(3)
    assert hidden["n"] == 12
    assert pd.isna(hidden["revenue"]) and hidden["reason"].startswith("revenue withheld")

"""Who counts as asked, and the table of what goes with it."""

from datetime import date

import pandas as pd
import pytest

from saydo.drivers.answering import asked_patterns, asking
from saydo.drivers.exposures import exposures
from saydo.errors import NotEstimable
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)

INVITED = [
    ("asked", "2025-09-30 23:59", True),
    ("asked", "2025-10-05", True),
    ("not_known_to_arrive", "2025-06-01", None),
    ("bounced", "2025-06-01", False),
    ("long_ago", "2024-09-30", True),
    ("later", "2025-10-01", True),
    ("bounced_then_asked", "2025-03-01", False),
    ("bounced_then_asked", "2025-06-01", True),
]


def exposed(tables_of, assign, params_of, **changes):
    names = [*dict.fromkeys(name for name, *_rest in INVITED), "never"]
    customers = [(name, "2024-01-01", "2025-11-01" if name == "later" else None) for name in names]
    tables = tables_of(customers, [("asked", "2025-09-01", 4)])
    invitations = pd.DataFrame(INVITED, columns=["customer_id", "sent_at", "delivered"])
    invitations["sent_at"] = pd.to_datetime(invitations["sent_at"], format="mixed")
    invitations["delivered"] = invitations["delivered"].astype("boolean")
    frames = {name: tables[name].execute() for name in ("customers", "answers")}
    tables = Tables.of(frames | {"invitations": invitations})
    found = exposures(tables, assign(tables), params=params_of(**changes), as_of=AS_OF)
    return found, tables["invitations"]


def test_asked_is_who_was_reached_in_time_and_not_asked_who_was_sent_nothing(
    tables_of, assign, params_of
):
    patterns = asked_patterns(*exposed(tables_of, assign, params_of), max_age_days=365)
    everyone = patterns[patterns["segment"] == "all"].set_index("asked")
    # asked, not_known_to_arrive, bounced_then_asked; bounced is in neither group.
    assert everyone.loc[True, ["n_stayed", "n_left"]].tolist() == [3, 0]
    # never, long_ago; and later, who is asked in the watch only: the future may not choose.
    assert everyone.loc[False, ["n_stayed", "n_left"]].tolist() == [2, 1]


def test_without_a_date_of_leaving_asking_may_have_come_after_it(params_of, assign):
    customers = pd.DataFrame({"customer_id": ["a", "b"], "left": [True, False]})
    answers = pd.DataFrame(
        {
            "customer_id": ["a"],
            "answered_at": pd.to_datetime(["2025-01-01"]),
            "item": "satisfaction",
            "score": 4.0,
            "scale_min": 1.0,
            "scale_max": 5.0,
        }
    )
    tables = Tables.of({"customers": customers, "answers": answers})
    params = params_of(retention={"kind": "label"}, satisfaction={"horizon_days": None})
    found = exposures(tables, assign(tables), params=params, as_of=AS_OF)
    invitations = pd.DataFrame({"customer_id": ["a"], "sent_at": pd.to_datetime(["2025-01-01"])})
    tables = Tables.of({"invitations": invitations})
    with pytest.raises(NotEstimable, match="no date"):
        asked_patterns(found, tables["invitations"], max_age_days=365)


def of(asked, others):
    """Patterns of (stayed, left) of both."""
    frame = pd.DataFrame([asked, others], columns=["n_stayed", "n_left"])
    return frame.assign(segment="all", asked=[True, False])


def test_three_differences_stand_side_by_side_in_percentage_points():
    table = asking(of((80, 20), (120, 80)), segment="all").set_index("model")
    assert list(table.index) == ["difference", "ipw", "aipw"]
    assert table["estimate"].to_numpy() == pytest.approx([20.0, 20.0, 20.0])
    # √(0.8 · 0.2 / 100 + 0.6 · 0.4 / 200)
    error = 100 * (0.8 * 0.2 / 100 + 0.6 * 0.4 / 200) ** 0.5
    assert table["std_error"].to_numpy() == pytest.approx([error] * 3)
    assert table.loc["aipw", "ci_low"] == pytest.approx(20 - 1.959964 * error)
    assert (table["verdict"] == "association only").all()
    assert table.loc["aipw", ["n", "n_left", "n_asked"]].tolist() == [300, 100, 100]


def test_an_interval_over_0_is_no_relation_found():
    table = asking(of((70, 30), (136, 64)), segment="all")
    assert (table["verdict"] == "no relation found").all()


@pytest.mark.parametrize("groups", [((6, 4), (120, 80)), ((120, 80), (6, 4)), ((6, 0), (5, 4))])
def test_a_small_group_is_withheld_whichever_it_is(groups):
    row = asking(of(*groups), segment="all").iloc[0]
    assert row["verdict"] == "refused" and row["reason"].startswith("withheld: fewer than 11")
    assert row[["estimate", "n", "n_asked", "n_left"]].isna().all()


def test_nobody_asked_is_refused_with_the_reason():
    row = asking(of((0, 0), (120, 80)), segment="all").iloc[0]
    assert row["verdict"] == "refused" and "at least 10 customers who were asked" in row["reason"]

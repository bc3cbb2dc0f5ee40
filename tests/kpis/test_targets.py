"""The segments that we compete for, beside the rest."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from saydo.kpis import intervals
from saydo.kpis.targets import COLUMNS, compared, difference, targets, verdict
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)


def side_by_side(ours: tuple[float, ...], theirs: tuple[float, ...]) -> pd.DataFrame:
    names = [f"{side}{end}" for side in ("targets", "rest") for end in ("", "_low", "_high")]
    return pd.DataFrame([[*ours, *theirs]], columns=names)


def wilson(hits: int, n: int) -> tuple[float, float, float]:
    low, high = intervals.wilson(np.array([hits / n]), np.array([float(n)]))
    return hits / n, low[0], high[0]


@pytest.mark.parametrize(
    ("ours", "theirs", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, table II, method 10.
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_of_two_wilson_intervals_it_is_newcombes(ours, theirs, low, high):
    found = difference(side_by_side(wilson(*ours), wilson(*theirs)))
    assert found[1].item() == pytest.approx(low, abs=5e-5)
    assert found[2].item() == pytest.approx(high, abs=5e-5)
    theirs_own = confint_proportions_2indep(*ours, *theirs, method="newcomb")
    assert (found[1].item(), found[2].item()) == pytest.approx(theirs_own)


def test_of_two_normal_intervals_it_is_the_usual_one():
    # Standard errors of 3 and 4 make one of 5.
    z = intervals.Z
    rows = side_by_side((10, 10 - 3 * z, 10 + 3 * z), (2, 2 - 4 * z, 2 + 4 * z))
    assert [part.item() for part in difference(rows)] == pytest.approx([8, 8 - 5 * z, 8 + 5 * z])


def test_a_difference_is_told_only_where_its_interval_leaves_out_zero():
    assert verdict(3, 1, 5) == "higher"
    assert verdict(-3, -5, -1) == "lower"
    assert verdict(3, -1, 5) == "not told apart"
    assert verdict(3, np.nan, np.nan) == "not told apart"
    assert verdict(np.nan, np.nan, np.nan) == "not measured"


@pytest.fixture(scope="module")
def company() -> Tables:
    """Of 60 customers those of A and B say 5 more often than those of C."""
    ids = [f"{i:02}" for i in range(60)]
    answers = pd.DataFrame(
        {
            "customer_id": ids,
            "item": "satisfaction",
            "score": [5 if i % 10 < (8 if i < 40 else 3) else 1 for i in range(60)],
            "scale_min": 1,
            "scale_max": 5,
            "answered_at": pd.Timestamp("2025-11-11"),
        }
    )
    return Tables.of({"customers": pd.DataFrame({"customer_id": ids}), "answers": answers})


def assigned(sizes: dict[str, int]):
    names = [name for name, size in sizes.items() for _ in range(size)]
    frame = pd.DataFrame({"customer_id": [f"{i:02}" for i in range(60)], "segment": names})
    return ibis.memtable(frame, schema={"customer_id": "string", "segment": "string"})


def found_of(tables, params, sizes) -> pd.DataFrame:
    where = assigned(sizes)
    table = targets(tables, where, params=params, as_of=AS_OF)
    return table.set_index("kpi")


def test_targets_are_taken_together_and_set_against_the_rest(company, params_of):
    params = params_of(targets=["A", "B"])
    row = found_of(company, params, {"A": 20, "B": 20, "C": 20}).loc["csat_top2"]
    assert (row["targets"], row["rest"], row["difference"]) == pytest.approx((80, 30, 50))
    assert (row["n_targets"], row["n_rest"]) == (40, 20)
    low, high = confint_proportions_2indep(32, 40, 6, 20, method="newcomb")
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((100 * low, 100 * high))
    assert row["verdict"] == "higher"


def test_what_was_not_asked_or_recorded_is_told_with_its_reason(company, params_of):
    table = found_of(company, params_of(targets=["A"]), {"A": 20, "B": 20, "C": 20})
    assert list(table.reset_index().columns) == list(COLUMNS)
    assert table.loc["frt_median", "verdict"] == "not measured"
    assert table.loc["frt_median", "reason"].startswith("needs tickets")


def test_nothing_is_shown_that_would_give_a_withheld_segment_away(company, params_of):
    # Of A and B together, less A, which is shown, B would follow.
    params = params_of(targets=["A", "B"], privacy={"min_cell": 11})
    row = found_of(company, params, {"A": 36, "B": 4, "C": 20}).loc["csat_top2"]
    assert row[["targets", "rest", "difference", "n_targets", "n_rest"]].isna().all()
    assert row["verdict"] == "not measured"
    assert row["reason"].startswith("withheld")
    row = found_of(company, params, {"A": 20, "B": 20, "C": 20}).loc["csat_top2"]
    assert row["difference"] == pytest.approx(50)


def test_small_segments_that_hide_each_other_among_the_targets_hide_no_targets(company, params_of):
    # Of A, B and C together, less A, B and C follow together: twelve, and neither by itself.
    params = params_of(targets=["A", "B", "C"], privacy={"min_cell": 11})
    sizes = {"A": 28, "B": 6, "C": 6, "D": 20}
    row = found_of(company, params, sizes).loc["csat_top2"]
    assert row["difference"] == pytest.approx(50)
    # With C among the rest each of them would follow by itself.
    params = params_of(targets=["A", "B"], privacy={"min_cell": 11})
    assert np.isnan(found_of(company, params, sizes).loc["csat_top2", "difference"])


def test_of_few_targets_nothing_is_shown(company, params_of):
    params = params_of(targets=["A"], privacy={"min_cell": 11})
    row = found_of(company, params, {"A": 4, "B": 36, "C": 20}).loc["csat_top2"]
    assert np.isnan(row["difference"])


def test_without_targets_in_params_there_is_no_row(company, params_of):
    assert found_of(company, params_of(), {"A": 30, "B": 30}).empty


def test_an_estimate_without_an_interval_says_so():
    rows = pd.DataFrame(
        {
            "segment": ["targets", "rest"],
            "kpi": "aov",
            "period_start": pd.Timestamp("2025-10-01"),
            "value": [3.0, 1.0],
            "ci_low": np.nan,
            "ci_high": np.nan,
            "n": [12, 13],
            "reason": "",
        }
    )
    row = compared(rows, giving_away=pd.MultiIndex.from_arrays([[], []])).iloc[0]
    assert (row["difference"], row["verdict"]) == (2.0, "not told apart")
    assert "how far chance" in row["reason"]

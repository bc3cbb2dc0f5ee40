"""Rival definitions against arithmetic and published examples."""

import pandas as pd
import pytest

from saydo.kpis import KPIS
from saydo.kpis.rivals import RIVALS, changed_ranks, sensitivity, standard_of
from saydo.report.sensitivity import sensitivity as told

NOW = pd.Timestamp("2025-10-01")


@pytest.fixture
def rival(kpi_table):
    """The row of one rival, for everyone in the last period."""

    def make(frames, name, **keys):
        table = kpi_table(frames, kpis=[RIVALS[name]], **keys)
        return table[table["segment"] == "all"].iloc[-1]

    return make


def test_every_rival_defines_a_kpi_otherwise():
    for name, rival in RIVALS.items():
        standard = KPIS[standard_of(name)]
        assert rival.mart == standard.mart  # no query of its own
        assert rival.measure != standard.measure
        assert rival.label != standard.label
        assert rival.formula != standard.formula


def test_churn_that_counts_new_customers_too_is_the_published_one(rival):
    # Recurly (2014): 1,000 at the start, of whom 5 % leave; 500 new, of whom 12 leave: 6.2 %.
    rows = [(f"a{number}", "2025-01-01", None) for number in range(950)]
    rows += [(f"b{number}", "2025-01-01", "2025-12-10") for number in range(50)]
    rows += [(f"c{number}", "2025-12-05", None) for number in range(488)]
    rows += [(f"d{number}", "2025-12-05", "2025-12-20") for number in range(12)]
    frames = {"customers": pd.DataFrame(rows, columns=["customer_id", "acquired_on", "left_on"])}
    assert rival(frames, "churn_period.with_new", period="month")["value"] == pytest.approx(6.2)
    # 50 of (1,000 at the start + 1,438 at the end) / 2.
    average = rival(frames, "churn_period.average_base", period="month")
    assert average["value"] == pytest.approx(100 * 50 / 1219)


def test_who_came_back_counts_as_kept_under_the_rival_of_retention(rival, measured):
    # Within 30 days before October: a, b. Within 30 before January: a, c, who had lapsed, and d.
    days = [("a", "2025-09-20"), ("b", "2025-09-21"), ("a", "2025-10-05"), ("a", "2025-12-20")]
    days += [("c", "2024-01-01"), ("c", "2025-12-20"), ("d", "2025-12-21")]
    frames = {
        "orders": pd.DataFrame(
            {
                "order_id": [f"o{number}" for number in range(len(days))],
                "customer_id": [customer for customer, _day in days],
                "ordered_at": pd.to_datetime([day for _customer, day in days]),
                "revenue": 1.0,
            }
        )
    }
    retention = {"kind": "purchase", "within_days": 30}
    # a and c are there at the end without being new, of two at the start.
    assert rival(frames, "crr.returned", retention=retention)["value"] == 100
    assert measured(frames, "crr", retention=retention)["value"] == 50


def answers(item, scores, low, high):
    return {
        "answers": pd.DataFrame(
            {
                "customer_id": [f"c{number}" for number in range(len(scores))],
                "item": item,
                "score": scores,
                "scale_min": low,
                "scale_max": high,
                "answered_at": pd.Timestamp("2025-11-01"),
            }
        )
    }


def test_european_nps_takes_eights_as_promoters_and_sixes_as_passive(rival, measured):
    frames = answers("recommend", [10, 9, 8, 7, 6, 5, 0, 8], 0, 10)
    assert rival(frames, "nps.european")["value"] == pytest.approx(100 * (4 - 2) / 8)
    assert measured(frames, "nps")["value"] == pytest.approx(100 * (2 - 3) / 8)


def test_thresholds_of_satisfaction(rival, measured):
    frames = answers("satisfaction", [5, 4, 4, 3, 3, 2, 1, 1], 1, 5)
    assert measured(frames, "csat_top2")["value"] == 37.5
    assert rival(frames, "csat_top2.top")["value"] == 12.5
    assert rival(frames, "csat_top2.middle")["value"] == 62.5


def test_revenue_per_buyer_leaves_out_who_bought_nothing(rival, measured):
    frames = {
        "customers": pd.DataFrame(
            {
                "customer_id": list("abcd"),
                "acquired_on": pd.Timestamp("2024-01-01"),
                "left_on": pd.NaT,
            }
        ),
        "orders": pd.DataFrame(
            {
                "order_id": list("xyz"),
                "customer_id": list("aab"),
                "ordered_at": pd.Timestamp("2025-11-01"),
                "revenue": [10.0, 20.0, 30.0],
            }
        ),
    }
    assert measured(frames, "revenue_per_customer")["value"] == 15
    assert rival(frames, "revenue_per_customer.buyers")["value"] == 30


def table(name, values, *, target=float("nan"), better="higher"):
    return pd.DataFrame(
        {
            "kpi": name,
            "segment": ["all", "a", "b", "c"],
            "period_start": NOW,
            "value": values,
            "ci_low": [value - 1 for value in values],
            "ci_high": [value + 1 for value in values],
            "n": 100.0,
            "target": [target, *[float("nan")] * 3],  # of everyone only
            "better": better,
            "status": ["reached", "no target", "no target", "no target"],
            "reason": "",
        }
    )


def test_ranks_and_status_that_another_definition_would_change(params_of):
    found = sensitivity(
        table("churn_period", [5.0, 4.0, 5.0, 6.0], target=5.5, better="lower"),
        table("churn_period.with_new", [7.0, 8.0, 5.5, 6.5], better="lower"),
    ).set_index("segment")
    assert list(found.loc[["a", "b", "c"], "rank_standard"]) == [1, 2, 3]
    assert list(found.loc[["a", "b", "c"], "rank"]) == [3, 1, 2]
    assert list(changed_ranks(found.reset_index())["segment"]) == ["a", "b", "c"]
    assert found.loc["all", ["status_standard", "status"]].tolist() == ["reached", "not reached"]
    finding = told(found.reset_index(), segment="all", params=params_of())
    assert "The order of the segments would change for Customer churn rate." in finding.sentence
    assert "target reached → target not reached" in finding.sentence


def test_a_definition_that_changes_nothing_is_said_to_change_nothing(params_of):
    found = sensitivity(
        table("nps", [5.0, 4.0, 5.0, 6.0], target=3),
        table("nps.european", [15.0, 14.0, 15.0, 16.0]),
    )
    finding = told(found, segment="all", params=params_of())
    assert "None would change the order" in finding.sentence
    assert "None would change the status" in finding.sentence

"""KPIs of real surveys, to every digit that is published with them."""

import os
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.real

FOLDER = Path(
    os.environ.get("SAYDO_REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)


def real(path):
    file = FOLDER / path
    if not file.exists():
        pytest.skip(f"{path} is not in the folder of real data")
    return file


def airport(year):
    """Answers to NETPRO (0–10, 11 means blank) and Q7ALL (1–5, 0 and 6 mean blank)."""
    survey = pd.read_csv(
        real(f"sfo_airport/{year}_SFO_Customer_Survey.csv.gz"), low_memory=False
    ).rename(columns=str.strip)
    items = {"recommend": ("NETPRO", 0, 10), "satisfaction": ("Q7ALL", 1, 5)}
    answers = [
        pd.DataFrame(
            {
                "respondent_id": survey["RESPNUM"].astype(str),
                "item": item,
                "score": pd.to_numeric(survey[column], errors="coerce"),
                "scale_min": low,
                "scale_max": high,
                "weight": survey["WEIGHT"],
            }
        ).query("scale_min <= score <= scale_max")
        for item, (column, low, high) in items.items()
    ]
    return {
        "customers": pd.DataFrame({"customer_id": ["nobody"]}),
        "answers": pd.concat(answers, ignore_index=True),
    }


@pytest.mark.parametrize(
    ("year", "unweighted", "weighted", "n"),
    [(2017, 39.84, 40.40, 2746), (2018, 30.98, 35.11, 2650)],
)
def test_nps_of_the_airport(measured, year, unweighted, weighted, n):
    frames = airport(year)
    row = measured(frames, "nps")
    assert (round(row["value"], 2), row["n"]) == (weighted, n)
    frames["answers"] = frames["answers"].drop(columns="weight")
    row = measured(frames, "nps")
    assert (round(row["value"], 2), row["n"]) == (unweighted, n)


@pytest.mark.parametrize(("year", "expected", "n"), [(2017, 82.07, 2688), (2018, 78.44, None)])
def test_top_two_box_of_the_airport(measured, year, expected, n):
    frames = airport(year)
    frames["answers"] = frames["answers"].drop(columns="weight")
    row = measured(frames, "csat_top2")
    assert round(row["value"], 2) == expected
    if n is not None:
        assert row["n"] == n


def test_mean_score_of_olist(measured):
    # The latest review of each order; a person may have several orders.
    labels = pd.read_csv(real("olist/random20k/retention_labels.csv.gz"))
    answers = pd.DataFrame(
        {
            "customer_id": labels["customer_unique_id"],
            "item": "satisfaction",
            "score": labels["review_score"],
            "scale_min": 1,
            "scale_max": 5,
        }
    )
    row = measured({"answers": answers}, "csat_mean", as_of=date(2018, 9, 30))
    assert round(row["value"], 3) == 4.083

"""Olist's and Telco's published numbers come out of exposures, patterns and models.

The data are not in the repository; tests are skipped without `../shared/data` or `SAYDO_REAL_DATA`.
"""

import os
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from saydo.drivers import analyse
from saydo.tables.checked import Tables

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("SAYDO_REAL_DATA", ROOT / "../shared/data"))

pytestmark = pytest.mark.real


def needs(folder):
    if not (DATA / folder).is_dir():
        pytest.skip(f"no {folder} in ../shared/data or SAYDO_REAL_DATA")
    return DATA / folder


def answers(customer_id, score):
    frame = pd.DataFrame({"customer_id": customer_id, "score": score}).dropna()
    return frame.assign(item="satisfaction", scale_min=1.0, scale_max=5.0)


def test_olist_repurchase_by_score_and_its_logit(params_of, assign):
    folder = needs("olist")
    labels = pd.read_csv(folder / "random20k/retention_labels.csv.gz")
    bought_at = pd.to_datetime(labels["order_purchase_timestamp"])
    # Whole days of 24 hours, as in datediff by time, not by calendar.
    days_observed = (pd.Timestamp("2018-09-04 09:06:57") - bought_at).dt.days
    known = days_observed >= 0
    customers = pd.DataFrame(
        {
            "customer_id": labels["order_id"],
            "left": (1 - labels["repurchased_after"]).astype("boolean"),
            "log_days": np.log1p(days_observed.where(known)),
        }
    )
    tables = Tables.of(
        {"customers": customers, "answers": answers(labels["order_id"], labels["review_score"])}
    )
    found = analyse(
        tables,
        assign(tables),
        params=params_of(retention={"kind": "label"}, satisfaction={"adjust_for": ["log_days"]}),
        as_of=date(2018, 9, 4),
    )
    levels = found["dose_response"].query("segment == 'all'")
    assert list(levels["n"]) == [2172, 645, 1742, 4000, 11880]
    assert list(levels["retention"].round(2)) == [1.70, 2.17, 1.84, 2.35, 2.78]
    model = found["retention_models"].query("segment == 'all' and model == 'adjusted linear'")
    model = model.set_index("term")
    assert round(model.loc["satisfaction", "estimate"], 4) == 0.1436
    assert round(model.loc["satisfaction", "std_error"], 4) == 0.0390
    assert round(model.loc["log_days", "estimate"], 4) == 0.7138
    assert set(model["n"]) == {20439}
    assert set(model["n"] - model["n_left"]) == {507}
    assert set(model["verdict"]) == {"association only"}


def test_telco_is_refused_with_the_reason(params_of, assign):
    folder = needs("telco")
    status = pd.read_excel(folder / "Telco_customer_churn_status.xlsx", engine="calamine")
    services = pd.read_excel(folder / "Telco_customer_churn_services.xlsx", engine="calamine")
    status = status.merge(services[["Customer ID", "Contract"]], on="Customer ID")
    customers = pd.DataFrame(
        {
            "customer_id": status["Customer ID"],
            "left": status["Churn Label"] == "Yes",
            "churn_score": status["Churn Score"],
            "churn_category": status["Churn Category"],
        }
    )
    tables = Tables.of(
        {
            "customers": customers,
            "answers": answers(status["Customer ID"], status["Satisfaction Score"]),
        }
    )
    segments = dict(zip(status["Customer ID"], status["Contract"], strict=True))
    found = analyse(
        tables,
        assign(tables, segments),
        params=params_of(
            retention={"kind": "label"},
            satisfaction={"adjust_for": ["churn_score", "churn_category"]},
        ),
        as_of=date(2025, 12, 31),
    )
    verdicts = found["verdicts"].set_index("segment")
    assert list(verdicts.index) == ["all", "Month-to-Month", "One Year", "Two Year"]
    assert (verdicts["verdict"] == "refused").all()
    assert "knowledge of the outcome" in verdicts.loc["all", "reason"]
    assert "everyone who stayed 3 or more" in verdicts.loc["all", "reason"]
    assert found["retention_models"]["estimate"].isna().all()
    levels = found["dose_response"].query("segment == 'all'")
    assert list(levels["n_left"]) == [922, 518, 429, 0, 0]


def test_telco_scores_made_with_hindsight_refuse_the_adjusted_models(params_of, assign):
    folder = needs("telco")
    status = pd.read_excel(folder / "Telco_customer_churn_status.xlsx", engine="calamine")
    customers = pd.DataFrame(
        {
            "customer_id": status["Customer ID"],
            "left": status["Churn Label"] == "Yes",
            "churn_score": status["Churn Score"],
        }
    )
    # Answers that know nothing, so that only the covariate leaks.
    score = np.random.default_rng(0).integers(1, 6, len(status)).astype(float)
    tables = Tables.of({"customers": customers, "answers": answers(status["Customer ID"], score)})
    found = analyse(
        tables,
        assign(tables),
        params=params_of(retention={"kind": "label"}, satisfaction={"adjust_for": ["churn_score"]}),
        as_of=date(2025, 12, 31),
    )
    models = found["retention_models"].query("segment == 'all'")
    adjusted = models[models.model.str.startswith("adjusted")]
    assert (adjusted["verdict"] == "refused").all()
    assert adjusted["reason"].str.contains("churn_score").all()
    assert models[models.model == "unadjusted linear"]["estimate"].notna().all()

"""Rules that hold for every KPI, on a company small enough to compute in a second."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.kpis import KPIS, THEMES
from saydo.kpis.compute import COLUMNS
from saydo.kpis.status import Status
from saydo.languages import speak
from saydo.tables.contract import CONTRACT as TABLES
from saydo.tables.marts import MARTS

N = 300
AS_OF = date(2025, 12, 31)


def days(rng, first, last, size):
    first, last = pd.Timestamp(first), pd.Timestamp(last)
    return first + pd.to_timedelta(rng.uniform(0, (last - first).days, size), unit="D").round("s")


@pytest.fixture(scope="module")
def company():
    """Every table that a KPI needs, two years long."""
    rng = np.random.default_rng(8)
    ids = np.array([f"c{n:03}" for n in range(N)])
    acquired = days(rng, "2023-06-01", "2025-12-20", N).normalize()
    left = (acquired + pd.to_timedelta(rng.integers(30, 900, N), unit="D")).to_series()
    left = left.where(left <= "2025-12-31").to_numpy()

    def some(size):
        return ids[rng.integers(0, N, size)]

    ordered = days(rng, "2024-01-01", "2025-12-31", 3000)
    # Buyers come one after the other, so that there are first orders at any time.
    elapsed = (ordered - pd.Timestamp("2024-01-01")) / pd.Timedelta(days=731)
    buyers = ids[(rng.uniform(0, 0.2 + 0.8 * elapsed) * N).astype(int)]
    asked = days(rng, "2024-01-01", "2025-12-31", 2400)
    item = rng.choice(["recommend", "satisfaction", "easy"], 2400)
    low = np.where(item == "recommend", 0, 1)
    high = np.select([item == "recommend", item == "easy"], [10, 7], 5)
    opened = days(rng, "2024-01-01", "2025-12-31", 900)
    started = rng.integers(0, N, 400)
    months = pd.date_range("2024-01-01", "2025-12-01", freq="MS")
    return {
        "customers": pd.DataFrame({"customer_id": ids, "acquired_on": acquired, "left_on": left}),
        "orders": pd.DataFrame(
            {
                "order_id": np.arange(3000).astype(str),
                "customer_id": buyers,
                "ordered_at": ordered,
                "revenue": rng.gamma(2, 30, 3000),
                "cost": rng.gamma(2, 20, 3000),
                "promised_at": ordered + pd.Timedelta(days=3),
                "delivered_at": ordered
                + pd.to_timedelta(rng.uniform(1, 4, 3000), unit="D").round("s"),
                "is_complete": rng.random(3000) < 0.9,
            }
        ),
        "answers": pd.DataFrame(
            {
                "customer_id": some(2400),
                "item": item,
                "score": rng.integers(low, high + 1),
                "scale_min": low,
                "scale_max": high,
                "answered_at": asked,
                "weight": rng.gamma(4, 0.25, 2400),
            }
        ),
        "tickets": pd.DataFrame(
            {
                "ticket_id": np.arange(900).astype(str),
                "customer_id": some(900),
                "opened_at": opened,
                "first_reply_at": opened
                + pd.to_timedelta(rng.gamma(1, 6, 900), unit="h").round("s"),
                "is_complaint": rng.random(900) < 0.5,
            }
        ),
        "costs": pd.DataFrame(
            {
                "customer_id": np.repeat(ids, 24),
                "month": np.tile(months, N),
                "cost_to_serve": rng.gamma(1, 3, 24 * N),
            }
        ),
        "subscriptions": pd.DataFrame(
            {
                "customer_id": ids[started],
                "starts_on": days(rng, "2023-06-01", "2025-06-01", 400).normalize(),
                "ends_on": pd.NaT,
                "monthly_revenue": rng.gamma(4, 5, 400),
                "renewal_due_on": days(rng, "2025-01-01", "2025-12-31", 400).normalize(),
                "renewed": rng.random(400) < 0.8,
            }
        ),
        "marketing": pd.DataFrame({"month": months, "spend": 1000.0}),
        "leads": pd.DataFrame(
            {
                "lead_id": np.arange(500).astype(str),
                "created_at": days(rng, "2024-01-01", "2025-12-31", 500),
                "channel": "search",
                "converted_at": pd.Series([pd.Timestamp("2025-12-31"), pd.NaT] * 250),
            }
        ),
        "market": pd.DataFrame(
            {
                "month": np.repeat(months, 2),
                "market": "x",
                "brand": ["we", "they"] * 24,
                "is_own": [True, False] * 24,
                "revenue": rng.uniform(10, 20, 48),
            }
        ),
        "brand_tracker": pd.DataFrame(
            {
                "respondent_id": np.arange(800).astype(str),
                "asked_at": days(rng, "2024-01-01", "2025-12-31", 800),
                "unaided": rng.random(800) < 0.3,
                "aided": rng.random(800) < 0.6,
            }
        ),
    }


SEGMENTS = {f"c{n:03}": ["one", "two", "three"][min(n % 5, 2)] for n in range(N)}


@pytest.fixture(scope="module")
def table(kpi_table, company):
    return kpi_table(company, segments=SEGMENTS, periods=3)


@pytest.mark.parametrize("kpi", KPIS.values(), ids=KPIS)
def test_declaration_says_all_there_is_to_say(kpi):
    assert KPIS[kpi.name] is kpi
    texts = (kpi.label, kpi.definition, kpi.source, kpi.pitfall, kpi.nothing)
    assert all(len(text) > 2 for text in texts)
    assert kpi.theme in THEMES
    assert kpi.mart in MARTS
    assert kpi.range[0] < kpi.range[1]
    for name, columns in kpi.needs.items():
        assert columns
        assert set(columns) <= set(TABLES[name].names)
    assert kpi.needs or kpi.uses


def test_kpis_are_listed_theme_by_theme():
    themes = list(dict.fromkeys(kpi.theme for kpi in KPIS.values()))
    assert themes == list(THEMES)
    assert [kpi.theme for kpi in KPIS.values()] == sorted(
        (kpi.theme for kpi in KPIS.values()), key=themes.index
    )


def test_table_has_every_kpi_in_every_segment_and_period(table):
    assert tuple(table.columns) == COLUMNS
    assert list(table["kpi"].drop_duplicates()) == list(KPIS)
    assert len(table) == len(KPIS) * 4 * 3
    for _, rows in table.groupby("kpi"):
        # `all` first, then by size: two fifths of 300 and more.
        assert list(rows["segment"].drop_duplicates()) == ["all", "three", "one", "two"]
        assert list(rows["period_end"].dt.strftime("%Y-%m-%d"))[:3] == [
            "2025-06-30",
            "2025-09-30",
            "2025-12-31",
        ]
    assert set(table["status"]) <= set(Status.__args__)
    assert (table["value"].isna() == (table["status"] == "not measured")).all()
    assert (table.loc[table["value"].isna(), "reason"] != "").all()


@pytest.mark.parametrize("name", KPIS)
def test_kpi_is_measured_and_stays_in_its_range(table, name):
    kpi = KPIS[name]
    rows = table[table["kpi"] == name]
    if kpi.by_segment:
        assert rows["value"].notna().all()
    else:
        assert (rows["value"].notna() == (rows["segment"] == "all")).all()
    rows = rows[rows["value"].notna()]
    assert rows["value"].between(*kpi.range).all()
    # Nothing has no interval here but a full count.
    assert rows["ci_low"].isna().all() == (name == "market_share_value")
    if name != "market_share_value":
        assert (rows["ci_low"] <= rows["value"]).all()
        assert (rows["value"] <= rows["ci_high"]).all()
        assert (rows["ci_low"] < rows["ci_high"]).all()
        assert (rows["n"] > 0).all()
    if kpi.unit == "%" and kpi.range == (0, 100):
        assert rows["ci_high"].fillna(0).max() <= 100


def test_segments_add_up_to_all(table):
    by_segment = table[table["kpi"].map(lambda name: KPIS[name].by_segment)]
    sums = by_segment.assign(part=by_segment["segment"] != "all").pivot_table(
        index=["kpi", "period_start"], columns="part", values="n", aggfunc="sum"
    )
    np.testing.assert_allclose(sums[False], sums[True])


def test_all_does_not_depend_on_how_customers_are_segmented(kpi_table, company, table):
    unsegmented = kpi_table(company, segments={}, periods=3)
    everyone = table[table["segment"] == "all"].reset_index(drop=True)
    assert set(unsegmented["segment"]) == {"all"}
    pd.testing.assert_frame_equal(unsegmented, everyone, check_dtype=False, rtol=1e-9)


def test_one_segment_of_everyone_is_all(kpi_table, company):
    table = kpi_table(company, segments=dict.fromkeys(SEGMENTS, "one"))
    table = table[table["kpi"].map(lambda name: KPIS[name].by_segment)]
    numbers = ["value", "ci_low", "ci_high", "n"]
    pd.testing.assert_frame_equal(
        table.loc[table["segment"] == "one", numbers].reset_index(drop=True),
        table.loc[table["segment"] == "all", numbers].reset_index(drop=True),
        rtol=1e-9,
    )


@pytest.mark.parametrize(
    "missing",
    [
        "customers",
        "orders",
        "answers",
        "tickets",
        "costs",
        "subscriptions",
        "marketing",
        "leads",
        "market",
        "brand_tracker",
    ],
)
def test_without_a_table_exactly_its_kpis_are_not_measured(kpi_table, company, table, missing):
    kept = {name: frame for name, frame in company.items() if name != missing}
    if missing == "customers":
        kept["customers"] = company["customers"][["customer_id"]]
    found = kpi_table(kept, segments=SEGMENTS, periods=3)
    lacking = {
        kpi.name
        for kpi in KPIS.values()
        if missing in kpi.needs or (missing == "customers" and kpi.uses)
    }
    assert lacking
    gone = found[found["kpi"].isin(lacking)]
    assert gone["value"].isna().all()
    word = "needs customers.acquired_on" if missing == "customers" else f"needs {missing}"
    assert gone["reason"].str.startswith(word).all()
    if missing == "customers":
        # Without acquired_on nobody is known to have ordered before the orders begin.
        lacking.add("repeat_purchase_rate")
    pd.testing.assert_frame_equal(
        found[~found["kpi"].isin(lacking)], table[~table["kpi"].isin(lacking)], rtol=1e-9
    )


def test_periods_before_the_data_began_are_not_measured(kpi_table, company):
    table = kpi_table(company, segments=SEGMENTS, periods=12)
    first = table[table["period_start"] == table["period_start"].min()]
    assert first["value"].isna().all()
    assert (first["n"].dropna() == 0).all()


def test_kpis_by_purchase(kpi_table, company):
    table = kpi_table(
        company, segments=SEGMENTS, periods=3, retention={"kind": "purchase", "within_days": 92}
    )
    assert (table["reason"] == "").sum() > len(KPIS) * 8
    rows = table.set_index(["kpi", "segment", "period_start"])
    # 92 days from 1 October are over on 31 December.
    last = rows.xs(pd.Timestamp("2025-10-01"), level="period_start")
    assert last.loc[("churn_period", "all"), "value"] == pytest.approx(
        100 - last.loc[("crr", "all"), "value"]
    )


def test_a_subset_of_kpis_is_the_same_as_among_all(kpi_table, company, table):
    some = kpi_table(company, "frt_median", "nps", segments=SEGMENTS, periods=3)
    for name, rows in some.groupby("kpi"):
        same = table[table["kpi"] == name]
        pd.testing.assert_frame_equal(
            rows.reset_index(drop=True), same.reset_index(drop=True), rtol=1e-9
        )


def test_reasons_are_words_and_codes_are_not_translated(kpi_table, company):
    with speak("fr"):
        table = kpi_table(company, "nps", segments=SEGMENTS)
    assert set(table["status"]) == {"no target"}
    assert math.isfinite(table["value"].iloc[0])

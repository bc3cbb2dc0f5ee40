"""How sure segments are: against R, where it is known, and where nothing can be asked."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris

from saydo.params import Params, parse
from saydo.segments import Assignment, assign
from saydo.segments.stability import (
    DISSOLVES,
    HIGHLY_STABLE,
    PATTERN,
    STABLE,
    jaccards,
    most_alike,
    stability,
    verdict,
)
from saydo.tables.checked import Tables

JUNE = date(2025, 6, 30)
HUGE = [99999]


def study(**segments: object) -> Params:
    tables = {"orders": {"path": "orders.csv"}}
    params = {"study": "Test", "data": {"tables": tables}, "privacy": {"min_cell": 11}}
    return parse(params | ({"segments": segments} if segments else {}))


def orders(n: int = 300) -> pd.DataFrame:
    """Customer i has i orders on different days, of different revenue."""
    rng = np.random.default_rng(1)
    people = np.repeat(np.arange(n), rng.integers(1, 6, n))
    days = rng.integers(0, 400, len(people))
    return pd.DataFrame(
        {
            "order_id": np.arange(len(people)).astype(str),
            "customer_id": [f"{each:04d}" for each in people],
            "ordered_at": pd.Timestamp("2024-05-20") + pd.to_timedelta(days, unit="D"),
            "revenue": rng.lognormal(3, 1, len(people)).round(2),
        }
    )


def assigned(frame: pd.DataFrame, params: Params) -> Assignment:
    return assign(Tables.of({"orders": frame}), params, as_of=JUNE)


def test_the_most_alike_group_by_hand():
    # Of the first: both {0, 1}, either {0, 1, 2}. Of the second: both {3, 4}, either {2, 3, 4}.
    # The last row is in no group of the other grouping.
    labels = np.array([0, 0, 0, 1, 1, 1])
    others = np.array([1, 1, 0, 0, 0, -1])
    assert most_alike(labels, others, n_groups=3) == pytest.approx([2 / 3, 2 / 4, 0])


def test_coefficients_are_those_of_fpc():
    # R: clusterboot(iris[, 1:4], B = 1000, bootmethod = "boot", clustermethod = kmeansCBI,
    #                krange = 3, runs = 10, seed = 1)$bootmean       (fpc 2.2-10)
    expected = {62: 0.959176, 38: 0.947220, 50: 1.0}
    points = load_iris().data

    def clusters(rows: np.ndarray) -> np.ndarray:
        return KMeans(3, n_init=5, random_state=1).fit(points[rows]).labels_

    labels = clusters(np.arange(len(points)))
    found = jaccards(labels, clusters, n_bootstrap=200).mean(axis=0)
    by_size = dict(zip(np.bincount(labels).tolist(), found, strict=True))
    # The standard error of a mean of 200 is 0.007.
    assert by_size == pytest.approx(expected, abs=0.02)


def test_groups_that_chance_made_are_not_to_be_trusted():
    points = np.random.default_rng(3).uniform(size=(200, 6))

    def clusters(rows: np.ndarray) -> np.ndarray:
        return KMeans(6, n_init=1, random_state=int(rows.sum())).fit(points[rows]).labels_

    found = jaccards(clusters(np.arange(200)), clusters).mean(axis=0)
    assert {verdict(each) for each in found} == {DISSOLVES}


def test_words_are_those_of_hennig():
    words = [verdict(each) for each in (1, 0.85, 0.84, 0.75, 0.74, 0.6, 0.59, 0)]
    of_hennig = (HIGHLY_STABLE, STABLE, PATTERN, DISSOLVES)
    assert words == [word for word in of_hennig for _each in range(2)]


def test_each_segment_has_its_coefficient_with_an_interval():
    params = study(method="rfm", scores=3)
    table = stability(assigned(orders(), params), params, n_bootstrap=10)
    shown = table[table["jaccard"].notna()]
    assert len(shown) > 2
    assert shown["jaccard"].between(0, 1).all()
    known = shown.dropna()
    assert (known["ci_low"] <= known["jaccard"]).all()
    assert (known["jaccard"] <= known["ci_high"]).all()
    assert (shown["n_bootstrap"] == 10).all() and (shown["n_customers"] >= 11).all()


def test_the_same_customers_in_another_order_are_as_sure():
    params = study(method="rfm", scores=3)
    shuffled = orders().sample(frac=1, random_state=1)
    tables = [
        stability(assigned(frame, params), params, n_bootstrap=5) for frame in (orders(), shuffled)
    ]
    pd.testing.assert_frame_equal(*tables)


def test_cut_points_of_ones_own_make_segments_that_never_change():
    cuts = {"recency": [100, 200], "frequency": [1, 3], "monetary": [20, 60]}
    params = study(method="rfm", cuts=cuts)
    table = stability(assigned(orders(), params), params, n_bootstrap=5)
    assert set(table["jaccard"].dropna()) == {1.0}


def test_a_segment_of_a_few_is_not_told_of_nor_what_would_give_it_away():
    frame = orders()
    late = frame["customer_id"] < "0004"
    frame.loc[late, ["ordered_at", "revenue"]] = [pd.Timestamp("2025-06-30"), 9999.0]
    params = study(method="rfm", cuts={"recency": [1, 2], "frequency": [9], "monetary": [1, 5000]})
    table = stability(assigned(frame, params), params, n_bootstrap=5)
    hidden = table[table["jaccard"].isna()]
    assert 4 in assigned(frame, params).table.segment.value_counts().execute().iloc[:, 1].tolist()
    assert len(hidden) >= 2 and hidden["n_customers"].isna().all()
    assert hidden["reason"].str.contains("fewer than 11").all()


@pytest.mark.parametrize(
    ("segments", "reason"),
    [
        ({}, "there are no segments"),
        (
            {"method": "rules", "rules": [{"name": "Big", "when": "spend > 40"}]},
            "the params alone say",
        ),
        (
            {"method": "rfm", "cuts": {"recency": HUGE, "frequency": HUGE, "monetary": HUGE}},
            "one",
        ),
    ],
)
def test_where_nothing_can_be_asked_one_row_says_why(segments, reason):
    params = study(**segments)
    (row,) = stability(assigned(orders(50), params), params).to_dict("records")
    assert row["segment"] == "all" and pd.isna(row["jaccard"])
    assert reason in row["reason"]


def test_where_many_resamples_teach_nothing_that_is_the_reason():
    # One of forty ever ordered, and is in only two of three resamples.
    frame = orders(1).head(1)
    tables = Tables.of({"orders": frame})
    many = ibis.memtable({"customer_id": [f"{each:04d}" for each in range(40)]})
    tables = Tables(tables.connection, {**tables.tables, "customers": many})
    params = parse(study(method="rfm").model_dump(mode="json") | {"privacy": {"min_cell": 1}})
    (row,) = stability(assign(tables, params, as_of=JUNE), params).to_dict("records")
    assert "can be learned from" in row["reason"] and pd.isna(row["jaccard"])


def test_groups_that_are_apart_are_found_again_without_asking_again_whether_there_are_any(
    monkeypatch,
):
    # Who orders once, six times or thirty times, for as many different sums.
    rng = np.random.default_rng(2)
    often = np.repeat([1, 6, 30], 80)
    people = np.repeat(np.arange(240), often)
    worth = np.exp(often / 6)[people] * rng.lognormal(0, 0.1, len(people))
    frame = pd.DataFrame(
        {
            "order_id": np.arange(len(people)).astype(str),
            "customer_id": [f"{each:04d}" for each in people],
            "ordered_at": pd.Timestamp("2025-05-20"),
            "revenue": worth.round(2),
        }
    )
    params = study(method="clusters", clusters=3, features=["frequency", "spend"])
    assignment = assigned(frame, params)
    monkeypatch.setattr("saydo.segments.by_clusters.find_groups", None)
    table = stability(assignment, params, n_bootstrap=5)
    assert table["n_customers"].tolist() == [80, 80, 80]
    assert (table["jaccard"] > 0.99).all()


def test_segments_within_markets_are_as_sure_as_what_lies_within():
    frame = orders(100)
    tables = Tables.of({"orders": frame})
    customers = tables["customers"].mutate(market=ibis.literal("North"))
    tables = Tables(tables.connection, {**tables.tables, "customers": customers})
    found = []
    for segments in (
        (within := {"method": "rfm", "scores": 3}),
        {"method": "market", "within": within},
    ):
        params = study(**segments)
        table = stability(assign(tables, params, as_of=JUNE), params, n_bootstrap=5)
        found.append(table["jaccard"])
    pd.testing.assert_series_equal(*found)


def test_where_most_resamples_teach_nothing_it_is_not_asked():
    # 60 answered; a resample has some 38 of them, and of fewer than 50 no needs are learned.
    rng = np.random.default_rng(4)
    items = ["speed", "price", "ease"]
    rows = [
        (f"{each:02d}", item, "importance", 3 + 2 * (number == each % 2) - rng.integers(0, 2))
        for each in range(60)
        for number, item in enumerate(items)
    ]
    answers = pd.DataFrame(rows, columns=["customer_id", "item", "aspect", "score"])
    answers = answers.assign(scale_min=1.0, scale_max=5.0, answered_at=pd.Timestamp("2025-05-01"))
    params = study(method="needs", clusters=2)
    assignment = assign(Tables.of({"answers": answers}), params, as_of=JUNE)
    (row,) = stability(assignment, params, n_bootstrap=5).to_dict("records")
    assert row["segment"] == "all" and "too few" in row["reason"]


def test_customers_who_form_no_groups_are_not_called_a_stable_one():
    frame = orders(60).drop_duplicates("customer_id")
    worth = np.where(np.arange(60) % 2, 10.0, 11.0)
    frame = frame.assign(ordered_at=pd.Timestamp("2025-05-01"), revenue=worth)
    tables = Tables.of({"orders": frame})
    never = ibis.memtable({"customer_id": [f"never {each}" for each in range(20)]})
    customers = tables["customers"].union(never)
    tables = Tables(tables.connection, {**tables.tables, "customers": customers})
    params = study(method="clusters")
    assignment = assign(tables, params, as_of=JUNE)
    assert assignment.table.segment.nunique().execute() == 2
    (row,) = stability(assignment, params, n_bootstrap=5).to_dict("records")
    assert "one segment only" in row["reason"]

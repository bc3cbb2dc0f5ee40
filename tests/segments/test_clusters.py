"""Customers are drawn in groups that we know, or in none, and their orders from that."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import adjusted_rand_score

from saydo.errors import DataError
from saydo.languages import speak
from saydo.params import Params, parse
from saydo.segments import Assignment, assign
from saydo.segments.by_clusters import BY_CLUSTERS
from saydo.segments.cluster_names import cluster_names
from saydo.segments.nearest import nearest
from saydo.segments.sampling import sample
from saydo.segments.transform import Scale
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)


def study(**segments: object) -> Params:
    tables = {"customers": {"path": "customers.csv"}}
    how = {"method": "clusters", **segments}
    return parse({"study": "Test", "data": {"tables": tables}, "segments": how})


def orders_of(customer: str, days: np.ndarray, revenue: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "order_id": [f"{customer}-{index}" for index in range(len(days))],
            "customer_id": customer,
            "ordered_at": pd.Timestamp(AS_OF) - pd.to_timedelta(days, unit="D"),
            "revenue": revenue,
        }
    )


GROUPS = {  # Days since the last order, orders, revenue of an order.
    "regulars": (5, 60, 40),
    "occasional": (50, 20, 30),
    "gone": (500, 6, 20),
}


def company(seed: int, *, each: int = 120, silent: int = 15) -> tuple[Tables, pd.Series]:
    """Three groups of customers, some of whom never ordered; and who is in which."""
    rng = np.random.default_rng(seed)
    frames, truth = [], {}
    for group, (recency, n_orders, revenue) in GROUPS.items():
        for number in range(each):
            customer = f"{group}-{number}"
            last = round(recency * rng.lognormal(0, 0.3))
            days = last + np.append(0, rng.integers(0, 200, max(rng.poisson(n_orders), 1) - 1))
            frames.append(orders_of(customer, days, revenue * rng.lognormal(0, 0.3, len(days))))
            truth[customer] = group
    orders = pd.concat(frames, ignore_index=True)
    ids = [*truth, *(f"silent-{number}" for number in range(silent))]
    customers = pd.DataFrame({"customer_id": ids})
    return Tables.of({"customers": customers, "orders": orders}), pd.Series(truth)


def segments_of(found: Assignment) -> pd.Series:
    return found.table.execute().set_index("customer_id")["segment"].sort_index()


@pytest.fixture(scope="module")
def found() -> tuple[Tables, pd.Series, Assignment]:
    tables, truth = company(0)
    return tables, truth, assign(tables, study(most=5), as_of=AS_OF)


@pytest.mark.parametrize("seed", [1, 2])
def test_three_groups_of_customers_are_found(seed):
    tables, truth = company(seed)
    segments = segments_of(assign(tables, study(most=4), as_of=AS_OF))
    assert segments[truth.index].nunique() == 3
    assert adjusted_rand_score(truth, segments[truth.index]) >= 0.95


def test_clusters_are_named_by_what_sets_them_apart(found):
    _, truth, assignment = found
    segments = segments_of(assignment)
    names = segments[truth.index].groupby(truth).agg(lambda of: of.mode()[0])
    assert names.to_dict() == {
        "regulars": "Bought lately, buys often",
        "occasional": "Near the average",
        "gone": "Bought long ago, buys seldom",
    }


def test_those_who_never_ordered_are_apart(found):
    segments = segments_of(found[2])
    assert set(segments[segments.index.str.startswith("silent")]) == {"Never ordered"}
    assert (segments == "Never ordered").sum() == 15


@pytest.mark.parametrize("shape", ["lognormal", "uniform"])
@pytest.mark.parametrize("seed", range(2))
def test_a_formless_cloud_of_customers_has_no_clusters(shape, seed):
    rng = np.random.default_rng(seed)
    draw = rng.lognormal(3, 1.2, (500, 3)) if shape == "lognormal" else rng.uniform(size=(500, 3))
    frame = pd.DataFrame(draw, columns=["a", "b", "c"])
    tables = Tables.of({"customers": frame.assign(customer_id=frame.index.astype(str))})
    assignment = assign(tables, study(features=["a", "b", "c"], most=4), as_of=AS_OF)
    assert set(segments_of(assignment)) == {"No clusters"}
    choice = assignment.explained["cluster_choice"]
    assert list(choice["number"]) == [2, 3, 4]
    assert not choice["found"].any() and not choice["is_used"].any()
    assert (choice["p_value"] >= 0.01).all()


def test_shuffled_rows_teach_and_place_the_same(found):
    tables, _, assignment = found
    shuffled = Tables.of(
        {
            name: tables[name].execute().sample(frac=1, random_state=7)
            for name in ("orders", "customers")
        }
    )
    again = assign(shuffled, study(most=5), as_of=AS_OF)
    assert again.definition.to_yaml() == assignment.definition.to_yaml()
    pd.testing.assert_series_equal(segments_of(again), segments_of(assignment))


def test_the_engine_places_the_sample_as_it_was_grouped(found):
    tables, _, assignment = found
    learned = assignment.definition.learned
    how = study(most=5).segments
    drawn = sample(BY_CLUSTERS.features(tables, how, AS_OF)).dropna()
    scales = {name: Scale.of(kept) for name, kept in learned["features"].items()}
    points = np.column_stack([s.scores(drawn[n].to_numpy()) for n, s in scales.items()])
    centres = np.array([list(each["centre"].values()) for each in learned["clusters"]])
    names = cluster_names([each["centre"] for each in learned["clusters"]])
    expected = [names[number] for number in nearest(points, centres)]
    assert list(segments_of(assignment)[drawn["customer_id"]]) == expected


def test_a_pin_read_from_its_file_places_everyone_as_before(found):
    tables, _, assignment = found
    kept = yaml.safe_load(assignment.definition.to_yaml())["learned"]
    how = study(most=5).segments
    placed = BY_CLUSTERS.place(BY_CLUSTERS.features(tables, how, AS_OF), how, kept).execute()
    again = placed.set_index("customer_id")["segment"].sort_index()
    assert again.to_dict() == segments_of(assignment).to_dict()


def test_centres_are_told_in_the_unit_of_the_feature(found):
    assignment = found[2]
    centres = assignment.explained["cluster_centres"]
    recency = centres[centres["feature"] == "recency_days"].set_index("segment")
    gone = recency.loc["Bought long ago, buys seldom"]
    assert gone["centre"] == pytest.approx(500, rel=0.1)
    assert gone["score"] > 1
    assert gone["n"] == pytest.approx(120, abs=1)


def test_what_is_the_same_for_all_is_left_out_and_told():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"customer_id": [str(i) for i in range(200)], "size": rng.normal(size=200)}
    )
    orders = pd.concat(
        [orders_of(str(i), np.array([3]), np.array([rng.uniform(1, 9)])) for i in range(200)]
    )
    tables = Tables.of({"customers": frame, "orders": orders})
    explained = assign(tables, study(most=2), as_of=AS_OF).explained["cluster_features"]
    reasons = explained.set_index("feature")["reason"]
    assert reasons[["recency_days", "frequency"]].eq("the same for all").all()
    assert pd.isna(reasons["spend"])


def test_whoever_lacks_a_feature_that_params_name_is_unknown():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": np.append(rng.normal(0, 1, 60), rng.normal(20, 1, 60))})
    frame.loc[:9, "size"] = np.nan
    tables = Tables.of({"customers": frame.assign(customer_id=frame.index.astype(str))})
    segments = segments_of(assign(tables, study(features=["size"], most=3), as_of=AS_OF))
    assert set(segments[[str(i) for i in range(10)]]) == {"unknown"}
    assert set(segments) == {"unknown", "High size", "Low size"}


def test_a_number_asked_for_is_used_and_the_test_still_told():
    frame = pd.DataFrame({"size": np.random.default_rng(0).normal(size=300)})
    tables = Tables.of({"customers": frame.assign(customer_id=frame.index.astype(str))})
    assignment = assign(tables, study(features=["size"], clusters=3), as_of=AS_OF)
    assert set(segments_of(assignment)) == {"High size", "Low size", "Near the average"}
    choice = assignment.explained["cluster_choice"]
    assert list(choice["number"]) == [3] and choice["is_used"].all() and not choice["found"].any()


@pytest.mark.parametrize(
    ("features", "message"),
    [(["spent"], r"features\.0: there is no number 'spent'"), (None, "clusters need orders")],
)
def test_features_that_are_not_there_are_told(features, message):
    tables = Tables.of({"customers": pd.DataFrame({"customer_id": ["1"], "market": ["N"]})})
    with pytest.raises(DataError, match=message):
        assign(tables, study(features=features), as_of=AS_OF)


def test_customers_alike_in_every_feature_are_one_segment():
    ids = [f"customer {number}" for number in range(60)]
    tables = Tables.of({"customers": pd.DataFrame({"customer_id": ids, "size": 3.0})})
    assignment = assign(tables, study(features=["size"]), as_of=AS_OF)
    assert set(segments_of(assignment)) == {"No clusters"}


def test_nobody_who_ordered_is_an_error():
    tables = Tables.of({"orders": orders_of("1", np.array([-5]), np.array([1.0]))})
    with pytest.raises(DataError, match="nobody has ordered"):
        assign(tables, study(), as_of=AS_OF)


def test_a_pin_whose_feature_is_gone_says_what_it_needs(found):
    tables, _, assignment = found
    how = study(features=["frequency"]).segments
    fewer = BY_CLUSTERS.features(tables, how, AS_OF)
    with pytest.raises(DataError, match="need recency_days, spend"):
        BY_CLUSTERS.place(fewer, how, assignment.definition.learned)


def test_clusters_alike_in_two_features_are_told_apart_by_a_third_or_a_number():
    centres = [
        {"spend": 2.0, "frequency": 1.5, "n_tickets": 0.9},
        {"spend": 1.4, "frequency": 1.6, "n_tickets": -0.9},
        {"spend": 1.0, "frequency": 0.9, "n_tickets": 0.0},
        {"spend": 0.9, "frequency": 0.8, "n_tickets": 0.0},
        {"spend": 0.1, "frequency": -0.2, "n_tickets": 0.0},
    ]
    assert cluster_names(centres) == [
        "Spends much, buys often, often asks for help",
        "Buys often, spends much, seldom asks for help",
        "Spends much, buys often",
        "Spends much, buys often (2)",
        "Near the average",
    ]


def test_features_as_far_from_the_mean_tell_in_the_order_of_params():
    assert cluster_names([{"a": 1.02, "b": 1.04, "c": 1.0}, {"a": 0.0}])[0] == "High a, high b"


def test_names_are_in_the_language_of_the_study_not_of_the_pin(found):
    tables, _, assignment = found
    how = study(most=5).segments
    with speak("ar"):
        placed = BY_CLUSTERS.place(
            BY_CLUSTERS.features(tables, how, AS_OF), how, assignment.definition.learned
        ).execute()
    assert placed["segment"].nunique() == 4

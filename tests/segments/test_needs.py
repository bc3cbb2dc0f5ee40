"""Segments by needs: what was said last, groups of those who want alike, and the silent."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import t as student
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score

from saydo.errors import DataError
from saydo.params import ByNeeds
from saydo.segments.behaviour_values import measures_of, values_of
from saydo.segments.by_likeness import LOOSE
from saydo.segments.by_needs import BY_NEEDS
from saydo.segments.need_answers import Want, need_features
from saydo.segments.need_groups import names
from saydo.tables.checked import Tables
from saydo.tables.sample import write_sample

AS_OF = date(2025, 12, 31)
ITEMS = ("speed", "price", "quality")


def needs(**settings: object) -> ByNeeds:
    return ByNeeds.model_validate({"method": "needs", **settings})


def said(levels: Mapping[str, np.ndarray], *, aspect: str = "importance") -> pd.DataFrame:
    """Answers from 1 to 5, one per customer and item; NaN where nothing was said."""
    frame = pd.DataFrame(levels)
    frame["customer_id"] = [f"{number:04d}" for number in range(len(frame))]
    long = frame.melt("customer_id", var_name="item", value_name="score").dropna()
    return long.assign(aspect=aspect, scale_min=1.0, scale_max=5.0)


def answer(customer: str, item: str, score: float, **more: object) -> dict[str, object]:
    return {
        "customer_id": customer,
        "item": item,
        "aspect": "importance",
        "score": score,
        "scale_min": 1.0,
        "scale_max": 5.0,
        "answered_at": pd.Timestamp(AS_OF),
        "respondent_id": None,
    } | more


def features_of(frames: Mapping[str, pd.DataFrame], how: ByNeeds | None = None) -> ibis.Table:
    tables = Tables.of(frames)
    return tables.keep("features", need_features(tables, how or needs(), AS_OF))


def three_groups(n: int, *, seed: int = 0, noise: float = 0.7) -> tuple[pd.DataFrame, np.ndarray]:
    """Answers of customers who each want one item more than the others, and which that is."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n)
    wants = 2.5 + 2 * np.eye(3)[group] + rng.normal(0, noise, (n, 3))
    # Yea-saying, which must not matter.
    points = np.clip(np.rint(wants + rng.normal(0, 0.4, (n, 1))), 1, 5)
    return said(dict(zip(ITEMS, points.T, strict=True))), group


def pinned(*centres: Sequence[float], items: Sequence[str] = ITEMS) -> dict[str, object]:
    """What would have been learned of groups that each want their own item most."""
    return {
        "items": [{"aspect": "importance", "item": item} for item in items],
        "groups": [
            {"wants": [items[number]], "centre": list(centre)}
            for number, centre in enumerate(centres)
        ],
        "choice": {"found": True, "p_value": 0.025, "by_number": []},
    }


def placed(features: ibis.Table, learned: Mapping[str, object], how: ByNeeds) -> pd.Series:
    table = BY_NEEDS.place(features, how, learned).execute()
    return table.set_index("customer_id")["segment"].sort_index()


# What was said


def test_the_last_answer_up_to_the_day_counts_from_0_to_1_of_its_scale():
    today, before, after = (
        pd.Timestamp(AS_OF) + pd.Timedelta(days=days) for days in (0.9, -400, 1)
    )
    rows = [
        answer("a", "speed", 5, answered_at=before),
        answer("a", "speed", 2, answered_at=today),
        answer("a", "speed", 5, answered_at=after),
        answer("a", "price", 8, scale_min=0.0, scale_max=10.0, answered_at=before),
        answer("a", "price", 4, aspect="score"),
        answer("b", "speed", 7, aspect="expectation", scale_max=7.0),
        answer("b", "price", 1, aspect="expectation", scale_max=7.0),
    ]
    found = features_of({"answers": pd.DataFrame(rows)}).execute().set_index("customer_id")
    assert found.loc["a", "importance_speed"] == 0.25
    assert found.loc["a", "importance_price"] == 0.8
    assert found.loc["b", "expectation_speed"] == 1
    assert found.loc["b", "expectation_price"] == 0
    assert found.loc["b", ["importance_speed", "importance_price"]].isna().all()


def test_of_several_respondents_the_mean_of_each_ones_last_counts():
    early = pd.Timestamp(AS_OF) - pd.Timedelta(days=9)
    rows = [
        answer("a", "speed", 1, respondent_id="x", answered_at=early),
        answer("a", "speed", 3, respondent_id="x"),
        answer("a", "speed", 5, respondent_id="y", answered_at=early),
        answer("a", "price", 5, respondent_id="y"),
    ]
    found = features_of({"answers": pd.DataFrame(rows)}).execute()
    assert found["importance_speed"].item() == 0.75
    assert found["importance_price"].item() == 1


@pytest.mark.parametrize("item", ["Q4_2", "_41", "prix élevé", "😀", "a.b`c\"d'", "السرعة", "%"])
def test_any_item_has_a_column_from_which_it_is_had_back(item):
    column = Want("importance", item).column
    assert column.isascii() and column.replace("_", "").isalnum()
    assert Want.of(column) == ("importance", item)


def test_items_that_differ_by_a_capital_are_two():
    # Engines don't tell the names of columns apart by capitals.
    rows = [answer("a", "Speed", 5), answer("a", "speed", 1)]
    found = features_of({"answers": pd.DataFrame(rows)}).execute().iloc[0]
    assert found[Want("importance", "Speed").column] == 1
    assert found[Want("importance", "speed").column] == 0


def test_an_aspect_asked_of_one_item_only_is_not_read():
    rows = [answer("a", item, 5) for item in ITEMS]
    rows += [answer("a", "speed", 5, aspect="expectation")]
    assert "expectation_speed" not in features_of({"answers": pd.DataFrame(rows)}).columns


def test_without_answers_on_needs_it_says_what_it_takes():
    scores = pd.DataFrame([answer("a", item, 5, aspect="score") for item in ITEMS])
    with pytest.raises(DataError, match=r"importance or expectation, of two items or more; found"):
        features_of({"answers": scores})
    with pytest.raises(DataError, match="there are none"):
        features_of({"customers": pd.DataFrame({"customer_id": ["a"]})})


def test_an_unknown_item_is_reported_with_those_there_are():
    answers = pd.DataFrame([answer("a", item, 5) for item in ITEMS])
    with pytest.raises(DataError, match=r"items.1: there is no item .*'pirce'. Did you mean price"):
        features_of({"answers": answers}, needs(items=["speed", "pirce"]))


# Groups


@pytest.fixture(scope="module")
def sample_company(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder: Path = tmp_path_factory.mktemp("acme")
    write_sample(folder, customers=2000, months=24, seed=3)
    connection = ibis.duckdb.connect()
    files = {name: folder / f"{name}.parquet" for name in ("customers", "orders", "answers")}
    return Tables(connection, {n: connection.read_parquet(file) for n, file in files.items()})


def test_the_true_needs_of_the_sample_company_are_found(sample_company):
    how = needs()
    features = sample_company.keep("features", need_features(sample_company, how, AS_OF))
    learned = BY_NEEDS.learn(features, how)
    segments = placed(features, learned, how).dropna()
    truth = sample_company["customers"].execute().set_index("customer_id")["profile"]
    # benchmarks/needs.py has ten seeds.
    assert adjusted_rand_score(truth[segments.index], segments) > 0.95
    assert len(segments) > 500
    told = pd.crosstab(truth[segments.index], segments).idxmax(axis=1)
    assert told.to_dict() == {
        "On the clock": "Wants speed",
        "Price watchers": "Wants price",
        "Quality first": "Wants quality",
        "Easy going": "Wants ease",
    }
    choice = BY_NEEDS.explain(features, how, learned)["need_choice"]
    assert choice.loc[choice["is_used"], "number"].item() == 4
    assert choice["found"].all()


def test_those_who_call_everything_important_are_no_group():
    # Half call everything important and half nothing: two clouds far apart, if taken as they come.
    rng = np.random.default_rng(5)
    level = np.where(np.arange(600) % 2, 4.0, 2.0)
    points = level[:, None] + rng.integers(-1, 2, (600, 4))
    answers = said({f"item {number}": column for number, column in enumerate(points.T)})
    features, how = features_of({"answers": answers}), needs(most=4)
    learned = BY_NEEDS.learn(features, how)
    assert not learned["choice"]["found"]
    assert set(placed(features, learned, how)) == {"Want much the same"}


def test_too_few_respondents_are_refused():
    features = features_of({"answers": three_groups(49)[0]})
    with pytest.raises(DataError, match=r"49 customers told .* 3 things .* 50 are needed"):
        BY_NEEDS.learn(features, needs())


def test_rows_in_another_order_teach_the_same_and_place_the_same():
    answers, _ = three_groups(400)
    how = needs(clusters=3)
    one = features_of({"answers": answers})
    other = features_of({"answers": answers.sample(frac=1, random_state=1)})
    learned = BY_NEEDS.learn(one, how)
    assert BY_NEEDS.learn(other, how) == learned
    pd.testing.assert_series_equal(placed(one, learned, how), placed(other, learned, how))


def test_what_was_learned_is_plain_and_reads_back_from_yaml():
    features = features_of({"answers": three_groups(200)[0], "orders": busy(200)[0]})
    learned = BY_NEEDS.learn(features, needs(clusters=3, silent="by_behaviour"))
    assert yaml.safe_load(yaml.safe_dump(learned)) == learned


def test_groups_of_the_same_wish_have_names_of_their_own():
    groups = [[], ["speed"], ["speed", "price"], ["speed", "price"], []]
    learned = {"groups": [{"wants": wants, "centre": []} for wants in groups]}
    assert names(learned) == [
        "Wants a bit of everything",
        "Wants speed",
        "Wants speed and price",
        "Wants speed and price (2)",
        "Wants a bit of everything (2)",
    ]


def test_a_group_is_named_by_what_it_wants_more_than_the_others():
    # Everyone wants quality most; what tells groups apart is speed and price.
    rng = np.random.default_rng(2)
    wants = np.where(np.arange(300)[:, None] % 2, [4.0, 2.0, 5.0], [2.0, 4.0, 5.0])
    points = np.clip(np.rint(wants + rng.normal(0, 0.4, wants.shape)), 1, 5)
    features = features_of({"answers": said(dict(zip(ITEMS, points.T, strict=True)))})
    learned = BY_NEEDS.learn(features, needs(clusters=2))
    assert sorted(names(learned)) == ["Wants price", "Wants speed"]


# Places


def test_who_left_items_out_is_compared_over_those_that_were_answered():
    centres = [(0.4, -0.2, -0.2), (-0.2, 0.4, -0.2), (-0.3, -0.1, 0.4)]
    points = np.array(
        [
            [5, 1, np.nan],  # 1, 0: less their mean ½, −½; centres ±(.3, −.3, −.1): the first
            [2, 4, np.nan],  # ¼, ¾: −¼, ¼; the second's −.3, .3 is nearer than the third's −.1, .1
            [3, 3, np.nan],  # 0, 0: the third's −.1, .1, though with nothing for quality it were
            [np.nan, 2, 4],  # −¼, ¼: the third's −.25, .25
        ]
    )
    features = features_of({"answers": said(dict(zip(ITEMS, points.T, strict=True)))})
    found = placed(features, pinned(*centres), needs())
    assert list(found) == ["Wants speed", "Wants price", "Wants quality", "Wants quality"]


def test_who_answered_less_than_half_is_silent():
    four = (*ITEMS, "ease")
    points = np.full((3, 4), np.nan)
    points[0, :2], points[1, :1] = 5, 5
    rows = said(dict(zip(four, points.T, strict=True)))
    everyone = pd.DataFrame({"customer_id": ["0000", "0001", "0002"]})
    asked = said({item: np.array([3.0]) for item in four}).assign(customer_id="0003")
    features = features_of({"answers": pd.concat([rows, asked]), "customers": everyone})
    learned = pinned((0.3, -0.1, -0.1, -0.1), (-0.1, 0.3, -0.1, -0.1), items=four)
    assert placed(features, learned, needs()).isna().to_list() == [False, True, True]


def test_the_only_answer_on_an_aspect_tells_nothing():
    rows = [answer("a", "speed", 5), answer("a", "speed", 5, aspect="expectation")]
    asked = [answer("b", item, 3, aspect=a) for item in ITEMS[:2] for a in ("importance",)]
    asked += [answer("b", item, 3, aspect="expectation") for item in ITEMS[:2]]
    features = features_of({"answers": pd.DataFrame(rows + asked)})
    items = [
        {"aspect": aspect, "item": item}
        for aspect in ("importance", "expectation")
        for item in ITEMS[:2]
    ]
    learned = pinned((0.3, -0.3, 0.3, -0.3), (-0.3, 0.3, -0.3, 0.3)) | {"items": items}
    found = placed(features, learned, needs())
    assert found.isna().to_dict() == {"a": True, "b": False}


def test_between_two_centres_the_first_is_taken():
    features = features_of({"answers": said({"speed": np.array([3.0]), "price": np.array([3.0])})})
    items = ("speed", "price")
    for centres in ([(0.1, -0.1), (-0.1, 0.1)], [(-0.3, 0.3), (0.3, -0.3)]):
        assert placed(features, pinned(*centres, items=items), needs()).item() == "Wants speed"


def test_an_item_that_is_not_asked_any_more_is_one_left_out():
    points = {"speed": np.array([5.0, 1.0]), "price": np.array([1.0, 5.0])}
    features = features_of({"answers": said(points)})
    found = placed(features, pinned((0.4, -0.2, -0.2), (-0.2, 0.4, -0.2)), needs())
    assert list(found) == ["Wants speed", "Wants price"]


def test_what_segments_want_is_told_with_its_interval():
    points = np.array([[5, 1, 3], [5, 2, 3], [4, 1, np.nan], [1, 5, 3]], float)
    features = features_of({"answers": said(dict(zip(ITEMS, points.T, strict=True)))})
    learned = pinned((0.4, -0.4, 0.0), (-0.4, 0.4, 0.0))
    table = BY_NEEDS.explain(features, needs(), learned)["need_centres"]
    first = table[table["segment"] == "Wants speed"].set_index("item")
    assert list(first["n"]) == [3, 3, 2]
    # On scales from 0 to 1, less each one's mean.
    speed = np.array([1 - 1 / 2, 1 - (1 + 0.25 + 0.5) / 3, 0.75 - 0.375])
    low, high = student.interval(0.95, 2, speed.mean(), speed.std(ddof=1) / np.sqrt(3))
    assert first.loc["speed", "mean"] == pytest.approx(speed.mean())
    assert first.loc["speed", ["ci_low", "ci_high"]].to_list() == pytest.approx([low, high])
    alone = table[table["segment"] == "Wants price"].set_index("item")
    assert alone.loc["price", "mean"] == pytest.approx(0.5)
    assert np.isnan(alone.loc["price", "ci_low"])


# The silent


def busy(n: int, group: np.ndarray | None = None, *, seed: int = 1) -> tuple[pd.DataFrame, ...]:
    """Orders of `n` customers, who order more often the higher their group; a tenth never do."""
    rng = np.random.default_rng(seed)
    rate = 3.0 if group is None else np.array([1, 6, 30])[group]
    count = rng.poisson(rate, n) * (rng.random(n) > 0.1)
    customer = np.repeat(np.arange(n), count)
    day = rng.integers(0, 700, len(customer))
    orders = pd.DataFrame(
        {
            "order_id": [str(number) for number in range(len(customer))],
            "customer_id": [f"{number:04d}" for number in customer],
            "ordered_at": [pd.Timestamp(AS_OF - timedelta(days=int(each))) for each in day],
            "revenue": rng.normal(20, 15, len(customer)).round(2),
        }
    )
    everyone = pd.DataFrame({"customer_id": [f"{number:04d}" for number in range(n)]})
    return orders, everyone


@pytest.fixture(scope="module")
def half_silent() -> tuple[ibis.Table, np.ndarray]:
    """800 customers, of whom the first half answered, and the groups that their orders tell."""
    answers, group = three_groups(800, noise=0.2)
    orders, everyone = busy(800, group)
    spoke = answers[answers["customer_id"] < "0400"]
    return features_of({"answers": spoke, "orders": orders, "customers": everyone}), group


def test_the_silent_are_unknown_unless_behaviour_is_asked(half_silent):
    features, _ = half_silent
    how = needs(clusters=3)
    learned = BY_NEEDS.learn(features, how)
    found = placed(features, learned, how)
    assert found.iloc[:400].notna().all() and found.iloc[400:].isna().all()
    assert "need_placing" not in BY_NEEDS.explain(features, how, learned)


def test_the_silent_are_placed_by_what_they_do_where_it_tells_enough(half_silent):
    features, group = half_silent
    how = needs(clusters=3, silent="by_behaviour", min_probability=0.7)
    learned = BY_NEEDS.learn(features, how)
    found = placed(features, learned, how).iloc[400:]
    true = np.array([f"Wants {item}" for item in ITEMS])[group[400:]]
    is_placed = found.notna().to_numpy()
    told = BY_NEEDS.explain(features, how, learned)["need_placing"].iloc[0]
    assert told["verdict"] == "estimated" and told["reason"] == ""
    assert (told["n"], told["n_silent"], told["n_placed"]) == (400, 400, is_placed.sum())
    assert told["share_placed"] == is_placed.mean() > 0.5
    # What it says of itself holds for those whom it places: right within three standard errors.
    right, stated = (found.to_numpy() == true)[is_placed].mean(), told["probability"]
    assert right == pytest.approx(stated, abs=3 * (stated * (1 - stated) / is_placed.sum()) ** 0.5)
    assert told["right_low"] <= told["stated"] <= told["right_high"]
    assert told["accuracy_low"] > told["largest_share"]


@pytest.mark.parametrize("clusters", [2, 3])
def test_probabilities_of_the_engine_are_those_of_scikit_learn(half_silent, clusters):
    features, _ = half_silent
    how = needs(clusters=clusters, silent="by_behaviour", min_probability=0.01)
    learned = BY_NEEDS.learn(features, how)
    everyone = features.execute().sort_values("customer_id")
    respondents = everyone.iloc[:400]
    segments = placed(features, learned, how)
    measures = measures_of(respondents)
    values = np.column_stack([values_of(everyone, each) for each in measures])
    model = LogisticRegression(C=LOOSE, tol=1e-9, max_iter=5000).fit(
        values[:400], segments.iloc[:400]
    )
    told = model.predict_proba(values[400:])
    assert list(model.classes_[told.argmax(axis=1)]) == list(segments.iloc[400:])
    table = BY_NEEDS.explain(features, how, learned)["need_placing"]
    assert table["probability"].item() == pytest.approx(told.max(axis=1).mean(), abs=1e-5)
    # Nobody is placed by less than what was asked for.
    sure = placed(features, learned, how.model_copy(update={"min_probability": 0.8}))
    assert list(sure.iloc[400:].notna()) == list(told.max(axis=1) >= 0.8)


def test_behaviour_that_tells_nothing_places_nobody_and_says_so():
    answers, _ = three_groups(600)
    orders, everyone = busy(600)
    spoke = answers[answers["customer_id"] < "0400"]
    features = features_of({"answers": spoke, "orders": orders, "customers": everyone})
    how = needs(clusters=3, silent="by_behaviour", min_probability=0.01)
    learned = BY_NEEDS.learn(features, how)
    assert placed(features, learned, how).iloc[400:].isna().all()
    told = BY_NEEDS.explain(features, how, learned)["need_placing"].iloc[0]
    assert told["verdict"] == "refused" and told["n_placed"] == 0
    assert "does not tell what they want" in told["reason"] and "{" not in told["reason"]
    assert told["gain_low"] <= 0


def test_without_any_behaviour_it_says_so():
    everyone = pd.DataFrame({"customer_id": [f"{number:04d}" for number in range(120)]})
    features = features_of({"answers": three_groups(100)[0], "customers": everyone})
    how = needs(clusters=3, silent="by_behaviour")
    learned = BY_NEEDS.learn(features, how)
    told = BY_NEEDS.explain(features, how, learned)["need_placing"].iloc[0]
    assert told["reason"] == "nothing is known of what customers do"
    assert told["n_silent"] == 20 and told["n_placed"] == 0


def test_a_resample_is_not_asked_again_whether_behaviour_tells_anything(half_silent):
    features, _ = half_silent
    how = needs(clusters=3, silent="by_behaviour")
    learned = BY_NEEDS.learn(features, how)
    fewer = features.filter(features.customer_id < "0300")
    again = BY_NEEDS.learn_again(fewer, how, learned)
    assert again["likeness"]["measured"] == learned["likeness"]["measured"]
    assert again["likeness"]["groups"] != learned["likeness"]["groups"]
    refused = dict(learned) | {"likeness": {"measured": {}, "reason": "nothing"}}
    assert BY_NEEDS.learn_again(fewer, how, refused)["likeness"] == refused["likeness"]


def test_a_behaviour_that_is_not_known_any_more_places_nobody(half_silent):
    features, _ = half_silent
    how = needs(clusters=3, silent="by_behaviour")
    learned = BY_NEEDS.learn(features, how)
    found = placed(features.drop("spend"), learned, how)
    assert found.iloc[:400].notna().all() and found.iloc[400:].isna().all()

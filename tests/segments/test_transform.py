"""The reference is scikit-learn's PowerTransformer."""

import ibis
import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import PowerTransformer

from saydo.segments.nearest import nearest, with_nearest
from saydo.segments.transform import FARTHEST, Scale

RNG = np.random.default_rng(5)
VALUES = {
    "skewed": RNG.lognormal(4, 1.5, 500),
    "counts": RNG.poisson(2, 500).astype("float64"),
    "left-skewed": 1000 - RNG.lognormal(4, 1, 500),
    "below zero": RNG.normal(-3, 2, 500),
    "mostly one": np.where(RNG.uniform(size=500) < 0.95, 1.0, 2.0),
}


def scored(scale: Scale, values: np.ndarray) -> np.ndarray:
    table = ibis.memtable(pd.DataFrame({"number": np.arange(len(values)), "x": values}))
    return table.mutate(score=scale.score(table.x)).order_by("number").execute()["score"].to_numpy()


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_the_expression_gives_what_scikit_learn_does(values):
    scale = Scale.learned(values)
    reference = PowerTransformer(standardize=False).fit(values[:, None])
    assert scale.power == pytest.approx(np.clip(reference.lambdas_[0], -5, 5), abs=1e-4)
    reference.lambdas_ = np.array([scale.power])
    powers = reference.transform(values[:, None])[:, 0]
    expected = np.clip((powers - scale.mean) / scale.sd, -FARTHEST, FARTHEST)
    assert scored(scale, values) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert scale.scores(values) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_scores_have_mean_0_and_deviation_1_before_outliers_are_drawn_in(values):
    scale = Scale.learned(values)
    inside = np.abs(scale.scores(values)) < FARTHEST
    if inside.all():
        assert scale.scores(values).mean() == pytest.approx(0, abs=1e-5)
        assert scale.scores(values).std() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("power", [-1.5, 0, 0.3, 1, 2, 3])
def test_a_score_is_brought_back_to_its_value(power):
    scale = Scale(power, mean=0.1, sd=0.5)
    for value in (-0.4, 0.0, 0.2):
        assert scale.value_at(scale.scores(np.array([value]))[0]) == pytest.approx(value, abs=1e-12)


def test_logarithms_are_at_the_powers_0_and_2():
    assert scored(Scale(0, 0, 1), np.array([np.e - 1])) == pytest.approx([1])
    assert scored(Scale(2, 0, 1), np.array([1 - np.e])) == pytest.approx([-1])


def test_outliers_are_drawn_in_and_what_is_not_known_stays_unknown():
    found = scored(Scale(1, 0, 1), np.array([1e12, -1e12, np.nan]))
    assert found[:2] == pytest.approx([3.5, -3.5]) and np.isnan(found[2])


def test_the_nearest_centre_is_the_same_of_arrays_and_expressions():
    points = RNG.integers(-3, 4, (400, 2)).astype("float64")  # A grid: many are as near to two.
    centres = np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-2.0, -2.0]])
    frame = pd.DataFrame(points, columns=["x", "y"]).assign(customer_id=range(400))
    found = with_nearest(ibis.memtable(frame), ["x", "y"], centres.tolist(), into="group")
    numbers = found.order_by("customer_id").execute()["group"]
    distances = ((points[:, None, :] - centres) ** 2).sum(axis=2)
    assert list(numbers) == list(distances.argmin(axis=1)) == list(nearest(points, centres))


def test_among_equally_near_centres_the_first_is_taken():
    centres = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    assert list(nearest(np.array([[0.0, 0.0], [-1e-12, 0.0], [-0.5, 0.0]]), centres)) == [0, 0, 1]


def test_whoever_lacks_a_coordinate_is_near_to_nothing():
    points = ibis.memtable(pd.DataFrame({"customer_id": ["a", "b"], "x": [1.0, None]}))
    found = with_nearest(points, ["x"], [[0.0], [5.0]], into="group").execute()
    numbers = found.set_index("customer_id")["group"]
    assert numbers["a"] == 0 and pd.isna(numbers["b"])

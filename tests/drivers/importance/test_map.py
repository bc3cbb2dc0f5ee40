"""The map, disagreements and zones: places that are known, and how surely."""

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.importance.derived import derived
from saydo.drivers.importance.map import DISAGREEMENTS, QUADRANTS, disagreements, quadrants
from saydo.drivers.importance.zones import ZONES, zone

LEVELS = {"speed": 1.8, "price": 4.2, "ease": 2.0, "taste": 4.0}
WEIGHTS = {"speed": 1.2, "price": 0.9, "ease": 0.0, "taste": 0.3}


def rated(seed=1, n=600, levels=LEVELS, weights=WEIGHTS):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {name: (level + rng.normal(0, 0.8, n)).round().clip(1, 5) for name, level in levels.items()}
    )
    latent = sum(weight * (table[name] - table[name].mean()) for name, weight in weights.items())
    return table.assign(satisfaction=(3 + latent + rng.normal(0, 0.7, n)).round().clip(1, 5))


def stated(seed=2, n=600, **levels):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {name: (level + rng.normal(0, 0.7, n)).round().clip(1, 5) for name, level in levels.items()}
    )


def test_each_quadrant_is_where_importance_and_performance_put_it(responses_of):
    found = quadrants(derived(responses_of(rated()), segment="all")).set_index("attribute")
    assert found["quadrant"].to_dict() == {
        "speed": "concentrate",
        "price": "keep_up",
        "ease": "low_priority",
        "taste": "overkill",
    }
    assert found["quadrant_is_clear"].all() and (found["p_quadrant"] > 0.99).all()
    assert set(found["quadrant"]) == set(QUADRANTS)


def test_the_place_on_the_map_is_the_mean_share_of_the_scale_with_its_interval(responses_of):
    table = rated()
    found = (
        quadrants(derived(responses_of(table), segment="all")).set_index("attribute").loc["speed"]
    )
    share = (table["speed"] - 1) / 4
    assert found["performance_share"] == pytest.approx(share.mean())
    # Percentiles of a thousand resamples against the normal interval of a mean of 600.
    reach = 1.96 * share.std() / len(share) ** 0.5
    assert found["performance_share_low"] == pytest.approx(share.mean() - reach, abs=0.003)
    assert found["performance_share_high"] == pytest.approx(share.mean() + reach, abs=0.003)


def test_a_place_at_the_cut_is_not_clear(responses_of):
    levels = dict.fromkeys(LEVELS, 3.0)
    found = quadrants(derived(responses_of(rated(levels=levels)), segment="all"))
    found = found.set_index("attribute")
    assert not found.loc["speed", "quadrant_is_clear"]
    assert 0.3 < found.loc["speed", "p_quadrant"] < 0.95


def test_performance_on_different_scales_is_compared_by_its_share_of_the_scale(responses_of):
    said = responses_of(rated())
    # On 1 to 11 the price of 4.2 is the worst, and not the best.
    longer = said.scales | {("price", "score"): (1.0, 11.0)}
    object.__setattr__(said, "scales", longer)
    found = quadrants(derived(said, segment="all")).set_index("attribute")
    assert found.loc["price", "quadrant"] == "concentrate"


def test_a_single_attribute_is_on_no_map(responses_of):
    table = rated()[["speed", "satisfaction"]]
    assert quadrants(derived(responses_of(table), segment="all")).empty


def test_what_matters_more_and_less_than_they_say_is_told(responses_of):
    importances = stated(speed=1.5, price=4.0, ease=4.6, taste=2.5)
    said = responses_of(rated(), importances=importances)
    found = disagreements(derived(said, segment="all"), said, segment="all").set_index("attribute")
    assert found["rank_stated"].to_dict() == {"ease": 1, "price": 2, "taste": 3, "speed": 4}
    assert found["rank_derived"].loc[["speed", "ease"]].tolist() == [1, 4]
    assert found.loc["speed", "disagrees"] == "understated"
    assert found.loc["ease", "disagrees"] == "overstated"
    assert found.loc["price", "disagrees"] == "no"
    assert found.loc["price", ["p_disagrees"]].isna().all()
    assert set(found["disagrees"]) <= set(DISAGREEMENTS)


def test_a_difference_that_resamples_do_not_bear_out_is_unclear(responses_of):
    # As important as each other by what they say, so that ranks fall by chance.
    importances = stated(seed=8, n=12, speed=3.0, price=3.0, ease=3.0, taste=3.0)
    said = responses_of(rated(), importances=importances)
    found = disagreements(derived(said, segment="all"), said, segment="all").set_index("attribute")
    different = found[found["rank_stated"] != found["rank_derived"]]
    assert "unclear" in set(different["disagrees"])
    unclear = different[different["disagrees"] == "unclear"]
    assert (unclear["p_disagrees"] < 0.95).all()


def test_of_few_who_said_what_matters_nothing_is_told(responses_of):
    said = responses_of(rated(), importances=stated(n=10, speed=1.5, price=4.0))
    found = derived(said, segment="all")
    assert disagreements(found, said, segment="all").empty
    assert len(disagreements(found, said, segment="all", min_cell=10)) == 2


@pytest.mark.parametrize(
    ("adequacy", "superiority", "expected"),
    [
        ((-0.5, -0.1), (-1.0, -0.5), "below"),
        ((0.1, 0.5), (-1.0, -0.5), "within"),
        ((0.5, 1.0), (0.1, 0.4), "above"),
        ((-0.1, 0.3), (-1.0, -0.5), "unclear"),
        ((0.1, 0.3), (-0.1, 0.1), "unclear"),
        ((-0.3, -0.1), (0.1, 0.2), "unclear"),
    ],
)
def test_zones_are_told_by_both_intervals(adequacy, superiority, expected):
    means = pd.DataFrame(
        {
            "adequacy_low": [adequacy[0]],
            "adequacy_high": [adequacy[1]],
            "superiority_low": [superiority[0]],
            "superiority_high": [superiority[1]],
        }
    )
    assert zone(means).item() == expected
    assert expected in ZONES
    assert zone(means * np.nan).item() is None

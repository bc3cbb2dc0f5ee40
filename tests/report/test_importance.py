"""What matters, by every way of asking: said no more clearly than it is, and drawn where it is."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from saydo.drivers.expectations import no_expectations
from saydo.languages import LANGUAGES, activate
from saydo.report.importance import importance

WORDS = {
    "kind": "unclear",
    "kano": None,
    "disagrees": "no",
    "quadrant": "overkill",
    "zone": None,
    "reference": "expectation",
    "reason": "",
}


def row(attribute, derived=0.1, reach=0.02, **more):
    """One attribute of everyone, with estimates that differ by what is named."""
    value = dict.fromkeys(no_expectations().columns, 0.5)
    value |= {"segment": "all", "attribute": attribute, "quadrant_is_clear": True, "kano_n": 50}
    value["kano_of_all"] = False
    value |= {f"derived_lmg{end}": derived + by * reach for end, by in ENDS.items()}
    value |= {f"performance_share{end}": 0.5 + by * 0.1 for end, by in ENDS.items()}
    return value | WORDS | {"derived_n": 300, "penalty_reward_n": 300, "n": 320} | more


ENDS = {"": 0, "_low": -1, "_high": 1}
ABSENT = dict.fromkeys(
    [f"derived_{way}{end}" for way in ("lmg", "rwa") for end in ENDS]
    + ["quadrant", "performance_share", "rank_derived", "disagrees", "derived_n"]
)


def found(*rows, segment="all"):
    return importance(pd.DataFrame(rows), segment=segment)


def test_first_is_said_to_be_first_only_where_intervals_lie_apart():
    apart = found(row("speed", 0.30), row("price", 0.10))
    assert "Most closely with satisfaction goes speed, with 30.0%" in apart.sentence
    assert "95% interval 28.0% to 32.0%; n\xa0=\xa0300" in apart.sentence
    near = found(row("speed", 0.12), row("price", 0.10))
    assert "is not clear. First stands speed" in near.sentence


def test_what_matters_and_is_rated_low_is_named_only_if_its_place_is_clear():
    place = {"quadrant": "concentrate"}
    clear = found(row("speed", 0.3, **place), row("price"))
    assert "rated lower: speed" in clear.sentence
    unclear = found(row("speed", 0.3, **place, quadrant_is_clear=False), row("price"))
    assert "rated lower" not in unclear.sentence
    none = [row(name, **place, quadrant_is_clear=False) for name in ("speed", "price")]
    assert "No attribute has a clear place" in found(*none).sentence


def test_disagreements_are_marked_and_said():
    finding = found(
        row("speed", disagrees="understated"),
        row("price", disagrees="overstated"),
        row("ease", disagrees="unclear"),
    )
    assert "Matter more than they say: speed." in finding.sentence
    assert "Matter less than they say: price." in finding.sentence
    assert finding.body.count("≠ Matters") == 2


@pytest.mark.parametrize(
    ("kind", "kano", "verdict"),
    [
        ("basic", "basic", "no"),
        ("basic", "excitement", "yes"),
        ("basic", "reverse", "yes"),
        ("basic", "unclear", "unclear"),
        ("unclear", "basic", "unclear"),
        ("basic", "questionable", "unclear"),
        ("basic", None, None),
    ],
)
def test_kano_disagrees_only_where_both_are_clear(kind, kano, verdict):
    finding = found(row("speed", 0.3, kind=kind, kano=kano), row("price"))
    told = finding.table.set_index("attribute").loc["speed", "kano_disagrees"]
    assert told == verdict or (verdict is None and told is None)
    assert ("disagree on: speed" in finding.sentence) == (verdict == "yes")


def test_the_map_has_each_attribute_where_its_table_says_and_is_cut_at_the_means():
    finding = found(row("speed", 0.30, performance_share=0.2), row("price", 0.10))
    axes = finding.figure().axes[0]
    dots = [line for line in axes.get_lines() if line.get_marker() == "o"]
    assert [(dot.get_xdata()[0], dot.get_ydata()[0]) for dot in dots] == [(20, 30), (50, 10)]
    cuts = [line for line in axes.get_lines() if line.get_linestyle() == "--"]
    assert cuts[0].get_ydata()[0] == 20 and cuts[1].get_xdata()[0] == 35
    assert "speed 30.0% / 20%" in finding.alternative


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("n", [2, 8])
def test_names_on_the_map_never_collide(language, n):
    activate(language)
    rng = np.random.default_rng(n)
    rows = [
        row(f"attribute {place}", 0.1 + 0.001 * rng.random(), rank_stated=place + 1.0)
        for place in range(n)
    ]
    figure = found(*rows).figure()
    figure.draw_without_rendering()
    # Not an annotation's own extent, which counts the line that ties it to its place.
    boxes = [Text.get_window_extent(text).padded(-0.5) for text in figure.axes[0].texts]
    assert len(boxes) == 2 * n
    for place, one in enumerate(boxes):
        assert one.y0 > 0 and one.y1 < figure.bbox.height and one.x1 < figure.bbox.width + 1
        assert not any(one.overlaps(other) for other in boxes[place + 1 :])


def test_relative_weights_are_drawn_where_there_is_no_lmg():
    lmg = dict.fromkeys([f"derived_lmg{end}" for end in ENDS])
    rwa = {"derived_rwa": 0.25, "derived_rwa_low": 0.2, "derived_rwa_high": 0.3}
    finding = found(row("speed", **lmg, **rwa), row("price", **lmg))
    assert finding.table["importance"].max() == 50.0
    assert 25.0 in list(finding.table["importance"])


def test_where_importance_cannot_be_derived_there_is_no_map_but_the_reason_and_the_rest():
    why = "importance not derived: 40 rated all attributes and satisfaction; 60 are needed"
    finding = found(row("speed", **ABSENT, reason=why), row("price", **ABSENT, reason=why))
    assert finding.draw is None and finding.verdict == "described"
    assert finding.sentence == why
    assert "Importance, as stated" in finding.body and finding.body.count(why) == 2


def test_nothing_asked_is_not_measured():
    nothing = dict.fromkeys(no_expectations().columns)
    finding = found(nothing | {"segment": "all", "reason": "Not measured (needs answers)."})
    assert finding.verdict == "not measured"
    assert finding.reason == "Not measured (needs answers)."


def test_too_few_who_exceeded_are_said_to_be_too_few():
    reward = {"reward": None, "reward_low": None, "reward_high": None}
    assert "<td>too few</td>" in found(row("speed", **reward), row("price")).body


def test_kano_of_everyone_is_pointed_to_from_a_segment():
    finding = found(
        row("speed", kano="basic"),
        row("speed", segment="a", kano_of_all=True),
        row("price", segment="a"),
        segment="a",
    )
    assert finding.body.count("for everyone together only") == 1

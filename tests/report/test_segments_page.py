"""The segments page: what it says is what its tables hold, and no more."""

import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib.text import Text

from saydo.languages import LANGUAGES, activate
from saydo.params import parse
from saydo.report import segment_moves, segment_profiles, segment_sizes, segmentation
from saydo.report.segment_kpis import say_and_do

SECTIONS = (
    "segments", "segment_sizes", "segment_kpis", "segment_profiles", "segment_moves",
    "segment_stability", "segmentation",
)  # fmt: skip
DAYS = pd.to_datetime(["2024-10-01", "2025-10-01"])


def study(**segments):
    tables = {"customers": {"path": "customers.csv"}}
    return parse({"study": "T", "data": {"tables": tables}} | segments)


RFM = study(segments={"method": "rfm"})


def sizes(**counts):
    """Sizes by segment, of everyone first; None is withheld."""
    n = pd.array(list(counts.values()), dtype="Int64")
    total = n[0]
    return pd.DataFrame(
        {"segment": list(counts), "slug": list(counts), "n_customers": n, "share": n / total}
    )


def kpi(name, **values):
    """One KPI in the last period: (value, how far the interval reaches) by segment."""
    rows = [
        {"segment": who, "kpi": name, "value": value, "ci_low": value - reach,
         "ci_high": value + reach, "n": 100.0, "weight": 50.0, "period_start": DAYS[1],
         "period_end": DAYS[1], "reason": "", "target": np.nan, "status": ""}
        for who, (value, reach) in values.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def positions(**shares):
    rows = {"segment": list(shares), "measure": "share_of_revenue", "value": list(shares.values())}
    return pd.DataFrame(rows | {"period_start": DAYS[1], "reason": "needs orders"})


SIZES = sizes(all=100, north=60, south=40)
REVENUE = positions(all=100.0, north=30.0, south=70.0)


def staying(south, reach=1.0):
    return kpi("crr", all=(85.0, 1.0), north=(90.0, reach), south=(south, reach))


def test_the_answer_names_the_largest_the_most_valuable_and_where_fewest_stay():
    told = segment_sizes.answer(SIZES, REVENUE, staying(80.0), params=RFM).sentence
    assert "100 customers in 2 segments. The largest, north, has 60.0%" in told
    assert "Most revenue comes from south: 70.0% in Q4 2025, from 40.0% of customers." in told
    assert "Fewest stay in south" in told and "79.0% to 81.0%; n\xa0=\xa0100" in told


def test_those_of_whom_nothing_is_known_are_told_apart():
    counts = sizes(all=100, unknown=60, north=25, south=15)
    revenue = positions(all=100.0, unknown=50.0, north=20.0, south=30.0)
    told = segment_sizes.answer(counts, revenue, staying(80.0), params=RFM).sentence
    assert "100 customers in 2 segments. The largest, north, has 25.0%" in told
    assert "Of 60.0% it is not known where they belong." in told
    assert "Most revenue comes from south: 30.0%" in told


def test_profit_is_told_rather_than_revenue_where_it_is_known():
    # Of 50 customers each, 6 and 2 a head of 4 in all: 75 % and 25 % of 100 at 4.
    profit = kpi("customer_profit", all=(4.0, 1), north=(6.0, 1), south=(2.0, 1))
    profit.loc[profit["segment"] == "all", "weight"] = 100.0
    kpis = pd.concat([staying(80.0), profit])
    told = segment_sizes.answer(SIZES, REVENUE, kpis, params=RFM).sentence
    assert "Most profit comes from north: 75.0%" in told


def test_where_fewest_stay_is_said_to_be_unclear_if_the_difference_may_be_chance():
    # The halves that face each other: √(8² + 8²) = 11.3, more than the difference of 10.
    told = segment_sizes.answer(SIZES, REVENUE, staying(80.0, reach=8.0), params=RFM).sentence
    assert "Where fewest stay is not clear; lowest stands south" in told


def test_withheld_segments_are_counted_listed_and_not_drawn():
    some = sizes(all=100, north=80, south=None, east=None)
    finding = segment_sizes.sizes_and_value(some, REVENUE, staying(80.0), params=RFM)
    assert "The sizes of 2 segments are not shown" in finding.sentence
    assert list(finding.table["segment"]) == ["north", "south", "east"]
    assert len(finding.figure().axes[0].patches) == 1
    assert "south" not in finding.alternative


def test_without_orders_what_they_bring_is_not_measured_with_the_reason():
    unknown = positions(all=np.nan, north=np.nan, south=np.nan)
    finding = segment_sizes.sizes_and_value(SIZES, unknown, staying(80.0), params=RFM)
    assert "What they bring is not measured: needs orders." in finding.sentence


def test_a_value_without_interval_can_be_the_lowest():
    revenue = kpi("revenue_per_customer", all=(5, 1), north=(9, 1), south=(0, np.nan))
    told = say_and_do(revenue, SIZES, params=RFM).sentence
    assert "lowest in south (€0.00), highest in north (€9.00)" in told


def test_kpis_that_overlap_are_said_not_to_be_apart():
    nps = kpi("nps", all=(5, 1), north=(9, 4), south=(3, 4))
    assert "no two segments are clearly apart" in say_and_do(nps, SIZES, params=RFM).sentence


def test_a_kpi_withheld_of_a_segment_is_listed_with_its_reason():
    nps = kpi("nps", all=(5, 1), north=(9, 4), south=(np.nan, np.nan))
    nps.loc[nps["segment"] == "south", "reason"] = "too few"
    finding = say_and_do(nps, SIZES, params=RFM)
    assert "too few" in finding.body and len(finding.table) == 2
    one = finding.result["nps"]
    assert len(one.figure().axes[0].get_yticks()) == 1 and "south" not in one.alternative


def profile(segment, feature, difference, reach=0.1, **more):
    ends = {"ci_low": difference - reach, "ci_high": difference + reach}
    row = {"kind": "number", "mean": 1.0, "others_mean": 2.0, "n": 60, "n_others": 40}
    return row | {"segment": segment, "feature": feature, "difference": difference} | ends | more


def apart(*rows, params=RFM):
    return segment_profiles.what_sets_apart(pd.DataFrame(rows), SIZES, params=params)


def test_the_furthest_is_told_and_the_strongest_three_are_drawn():
    rows = [profile("north", f"x{place}", place / 10) for place in range(1, 6)]
    finding = apart(*rows, profile("south", "age", -0.9))
    assert "Furthest from everyone else lies south, by “age”" in finding.sentence
    assert (
        "−0.90 standard deviations (95% interval −1.00 to −0.80; n\xa0=\xa060)" in finding.sentence
    )
    (dots,) = [line for line in finding.figure().axes[0].get_lines() if line.get_marker() == "o"]
    assert list(dots.get_xdata()) == pytest.approx([0.5, 0.4, 0.3, -0.9])


def test_small_or_uncertain_differences_set_nobody_apart():
    finding = apart(profile("north", "age", 0.1, 0.01), profile("south", "age", 0.9, 1.0))
    assert "Nothing sets any segment clearly apart" in finding.sentence


def test_segments_by_behaviour_are_said_to_differ_by_construction():
    row = profile("north", "spend", 0.5, kind="skewed")
    assert "by construction" in apart(row).sentence and "logarithmic" in apart(row).sentence
    by_column = study(segments={"method": "column", "column": "region"})
    assert "by construction" not in apart(row, params=by_column).sentence


def test_profiles_that_are_not_there_are_not_measured():
    for table in (None, pd.DataFrame([profile("north", "age", np.nan)])):
        finding = segment_profiles.what_sets_apart(table, SIZES, params=RFM)
        assert finding.verdict == "not measured" and finding.reason


def move(before, after, n, of=100):
    share = None if n is None else n / of
    return {
        "segment_from": before, "segment_to": after, "n": n, "share": share, "ci_low": share,
        "ci_high": share, "from_on": DAYS[0], "to_on": DAYS[1], "reason": "",
    }  # fmt: skip


def moved(*rows):
    table = pd.DataFrame(rows).astype({"n": "Int64", "share": "Float64", "ci_low": "Float64"})
    return segment_moves.moves(table.astype({"ci_high": "Float64"}), SIZES)


MOVES = (move("north", "north", 70), move("north", "south", 30), move("south", "south", 90),
         move("south", "north", 0), move("south", "Gone", None))  # fmt: skip


def test_the_largest_move_is_told_and_pairs_withheld_are_counted():
    finding = moved(*MOVES)
    assert "Most went from north to south: 30, or 30.0% of those in north" in finding.sentence
    assert "Most stayed in south (90.0%), fewest in north (70.0%)" in finding.sentence
    assert "1 pair is not shown" in finding.sentence


def test_who_came_or_is_unknown_moved_between_no_segments():
    came, silent = move("Not yet a customer", "north", 95), move("unknown", "south", 80)
    told = moved(*MOVES, came, silent).sentence
    assert "Most went from north to south: 30" in told
    assert "Most went from Not yet a customer to north: 95" in moved(came).sentence


def test_nobody_who_moved_fills_no_row_and_withheld_pairs_do():
    pairs = moved(*MOVES).table[["segment_from", "segment_to"]].to_numpy().tolist()
    assert ["south", "north"] not in pairs and ["south", "Gone"] in pairs


def test_bands_are_as_wide_as_the_customers_who_went():
    finding = moved(*MOVES)
    bands = finding.figure().axes[0].patches
    heights = [float(np.ptp(band.get_path().vertices[[0, 7], 1])) for band in bands]
    assert [height / sum(heights) for height in heights] == pytest.approx([9 / 19, 7 / 19, 3 / 19])


def test_a_block_of_which_a_part_is_withheld_shows_its_number_as_a_least_one():
    texts = [text.get_text() for text in moved(*MOVES).figure().axes[0].texts]
    assert "≥ 90" in texts and "100" in texts


@pytest.mark.parametrize("n", [2, 13, 40])
def test_names_in_the_flow_picture_never_collide(n):
    rows = [move(f"s{one}", f"s{(one + 1) % n}", 1 + 3 ** (one % 8), 10_000) for one in range(n)]
    figure = moved(*rows).figure()
    figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text).padded(-1) for text in figure.axes[0].texts]
    for place, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[place + 1 :])


def test_where_nothing_can_be_told_the_reason_is():
    row = dict.fromkeys(("n", "share", "from_on", "to_on")) | {"reason": "there are no segments"}
    gone = segment_moves.moves(
        pd.DataFrame([row | {"segment_from": "all", "segment_to": "all"}]), SIZES
    )
    assert (gone.verdict, gone.reason) == ("not measured", "Not measured: there are no segments.")
    assert segment_moves.moves(None, SIZES).reason
    assert segment_moves.stability(None).reason


def test_segments_that_params_declare_lack_no_stability():
    row = {"segment": "all", "jaccard": None, "verdict": "by definition", "reason": "so they say"}
    finding = segment_moves.stability(pd.DataFrame([row]))
    assert finding.sentence == "Segments are sure by definition: so they say."
    assert (finding.verdict, finding.reason) == ("described", "")


def test_stability_is_told_by_verdict_and_withheld_segments_are_listed():
    table = pd.DataFrame(
        {
            "segment": ["north", "south"],
            "jaccard": [0.9, None],
            "ci_low": [0.88, None],
            "ci_high": [0.92, None],
            "n_bootstrap": [50, None],
            "n_customers": [60, None],
            "verdict": ["highly stable", None],
            "reason": ["", "too few"],
        }
    )
    finding = segment_moves.stability(table)
    assert "drawn anew 50 times" in finding.sentence
    assert "north: highly stable." in finding.sentence
    assert list(finding.table["verdict"]) == ["highly stable", "too few"]
    assert len(finding.figure().axes[0].get_yticks()) == 1


CHOICE = pd.DataFrame(
    {"number": [2, 3], "silhouette": [0.4, 0.5], "stability": [0.9, 0.95], "reference": 0.2,
     "smallest_share": 0.2, "p_value": 0.025, "found": True, "is_used": [False, True]}
)  # fmt: skip
CENTRES = pd.DataFrame(
    {"segment": ["a"], "feature": ["spend"], "centre": [10.0], "score": [1.2], "n": [5]}
)
WANTS = pd.DataFrame(
    {"segment": ["Wants speed"], "item": ["speed"], "aspect": ["importance"], "mean": [0.12],
     "ci_low": [0.1], "ci_high": [0.14], "n": [80]}
)  # fmt: skip


FEATURES = pd.DataFrame(
    {"feature": ["spend", "age"], "power": [0.1, np.nan], "mean": [2.0, np.nan],
     "sd": [1.0, np.nan], "reason": ["", "the same for all"]}
)  # fmt: skip
CLUSTERS = {"cluster_choice": CHOICE, "cluster_centres": CENTRES, "cluster_features": FEATURES}


@pytest.mark.parametrize(
    ("how", "explained", "words"),
    [
        ({"method": "column", "column": "region"}, {}, "By the attribute region"),
        (
            {"method": "rules", "rules": [{"name": "Big", "when": "spend > 9"}]},
            {},
            "the first that holds decides",
        ),
        ({"method": "clusters"}, CLUSTERS, "k-means"),
        ({"method": "needs"}, {"need_choice": CHOICE, "need_centres": WANTS}, "wants alike"),
        ({"method": "own", "function": "own.py:mine"}, {}, "own function own.py:mine"),
        ({"method": "market"}, {}, "By market."),
        (
            {"method": "market", "within": {"method": "column", "column": "region"}},
            {},
            "within each market: By the attribute region",
        ),
    ],
)
def test_every_way_says_how_segments_were_drawn(how, explained, words):
    drawn = pd.DataFrame({"method": [how["method"]], "learned_on": [pd.NaT], "is_pinned": [False]})
    finding = segmentation.segmentation(drawn, explained, params=study(segments=how))
    assert words in finding.sentence
    assert finding._repr_html_()
    if explained:
        assert "found in 2.5% of cases" in finding.sentence and "How many groups" in finding.body


def test_how_the_silent_were_placed_is_told_with_how_often_that_is_right():
    placing = {
        "verdict": "estimated", "reason": "", "n": 300, "accuracy": 0.6, "accuracy_low": 0.55,
        "accuracy_high": 0.65, "largest_share": 0.4, "n_told": 100, "stated": 0.7, "right": 0.68,
        "right_low": 0.6, "right_high": 0.75, "n_silent": 1000, "n_placed": 250,
        "share_placed": 0.25, "probability": pd.NA,
    }  # fmt: skip
    params = study(segments={"method": "needs", "silent": "by_behaviour"})

    def told(**more):
        explained = {"need_placing": pd.DataFrame([placing | more])}
        return segmentation.segmentation(None, explained, params=params)

    assert "25.0% were placed by what they do" in told().sentence
    assert "right for 68.0% (95% interval 60.0% to 75.0%; n\xa0=\xa0100)" in told().sentence
    assert "for 40.0%" in told().sentence and "68.0%" in told().body
    refused = told(verdict="refused", reason="Behaviour tells nothing.")
    assert refused.sentence.endswith("Behaviour tells nothing.")


def test_a_pin_is_said_to_be_one():
    drawn = pd.DataFrame({"method": ["rfm"], "learned_on": [DAYS[0]], "is_pinned": [True]})
    told = segmentation.segmentation(drawn, {}, params=RFM).sentence
    assert "Learned by an earlier run, of 1 Oct 2024, and used again" in told
    told = segmentation.segmentation(drawn.assign(is_pinned=False), {}, params=RFM).sentence
    assert "Learned by this run, of 1 Oct 2024" in told


def test_that_no_groups_were_found_is_said():
    choice = CHOICE.assign(found=False, p_value=0.4)
    params = study(segments={"method": "clusters"})
    told = segmentation.segmentation(None, {"cluster_choice": choice}, params=params).sentence
    assert "don’t form groups clearly" in told and "40.0%" in told
    too_few = {"cluster_choice": choice.head(0)}
    told = segmentation.segmentation(None, too_few, params=params).sentence
    assert "too few, or too alike" in told


def test_every_section_shows_itself_in_every_language_and_without_segments(project, opened):
    raw = yaml.safe_load((project / "params" / "demo.yml").read_text())
    # No section of this page reads answers: without them there are no models to fit.
    del raw["data"]["tables"]["answers"]
    file = project / "params" / "nobody.yml"
    file.write_text(yaml.safe_dump(raw | {"segments": None, "objectives": []}))
    nobody, some = opened("all", "nobody"), opened()
    for language in LANGUAGES:
        activate(language)
        for method in SECTIONS:
            assert getattr(nobody, method)()._repr_html_()
            assert getattr(some, method)()._repr_html_()

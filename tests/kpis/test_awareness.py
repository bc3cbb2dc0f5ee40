"""How we are seen and spoken of, against arithmetic on a few rows."""

import pandas as pd
import pytest

SOMEBODY = pd.DataFrame({"customer_id": ["a"]})


def asked(**columns):
    """Respondents; None where one was not asked."""
    n = len(next(iter(columns.values())))
    flags = {
        name: pd.array(values, dtype="boolean") if name not in NUMBERS else values
        for name, values in columns.items()
    }
    people = [f"r{number}" for number in range(n)]
    at = pd.Timestamp("2025-10-05")
    frame = pd.DataFrame({"respondent_id": people, "asked_at": at, **flags})
    return {"customers": SOMEBODY, "brand_tracker": frame}


NUMBERS = ("weight", "image_quick", "image_fair", "ignored")


def test_top_of_mind_is_weighted_and_of_those_asked(measured):
    # Weight 2 of 2 + 1 + 2; the last was not asked.
    frames = asked(top_of_mind=[True, False, False, None], weight=[2.0, 1.0, 2.0, 9.0])
    row = measured(frames, "awareness_tom")
    assert (row["value"], row["n"]) == (40, 3)


def test_consideration_is_of_those_who_know_us(measured):
    # Aware: two by the list, one who named us and was shown none; two of the three consider us. Who
    # does not know us does not count, and neither does who was not asked.
    frames = asked(
        aided=[True, True, None, False, True],
        unaided=[False, None, True, False, False],
        considers=[True, False, True, True, None],
    )
    row = measured(frames, "consideration")
    assert (row["value"], row["n"]) == (pytest.approx(200 / 3), 3)
    frames["brand_tracker"] = frames["brand_tracker"].drop(columns="unaided")
    assert measured(frames, "consideration")["value"] == 50


def test_preference_is_of_those_who_consider_us(measured):
    # One of three considerers; who prefers us without considering us does not count.
    frames = asked(
        considers=[True, True, True, False, None], prefers=[True, False, False, True, True]
    )
    row = measured(frames, "preference")
    assert (row["value"], row["n"]) == (pytest.approx(100 / 3), 3)


def test_image_is_over_respondents_and_items(measured):
    # Weight 2: 5 and 3; weight 1: 4 and none; the last answered no item. (2·8 + 4) / (2·2 + 1).
    frames = asked(
        image_quick=[5, 4, None],
        image_fair=[3.0, None, None],
        weight=[2.0, 1.0, 1.0],
        aided=[True] * 3,
    )
    frames["brand_tracker"]["region"] = "north"
    row = measured(frames, "image_score")
    assert (row["value"], row["n"]) == (4, 2)
    nothing = measured(asked(aided=[True]), "image_score")
    assert nothing["reason"] == "no scores of image items in this period"


def test_share_of_voice_is_of_months_in_which_the_category_is_known(measured):
    # (10 + 30) / (100 + 100); November's category spend is not known, September is over.
    frames = {
        "customers": SOMEBODY,
        "marketing": pd.DataFrame(
            {
                "month": pd.to_datetime(["2025-10-01", "2025-11-01", "2025-12-01", "2025-09-01"]),
                "spend": [10.0, 80.0, 30.0, 50.0],
                "category_spend": [100.0, None, 100.0, 60.0],
            }
        ),
    }
    row = measured(frames, "share_of_voice")
    assert (row["value"], pd.isna(row["ci_low"])) == (20, True)
    frames["marketing"]["category_spend"] = 1.0
    assert measured(frames, "share_of_voice")["reason"] == "our part is larger than the whole"


def test_share_of_search_is_of_all_brands_listed(measured):
    # (30 + 10) of (30 + 50 + 10 + 70).
    frames = {
        "customers": SOMEBODY,
        "searches": pd.DataFrame(
            {
                "month": pd.to_datetime(["2025-10-01"] * 2 + ["2025-12-01"] * 2 + ["2026-01-01"]),
                "brand": ["we", "they", "we", "they", "we"],
                "is_own": [True, False, True, False, True],
                "queries": [30.0, 50.0, 10.0, 70.0, 999.0],
            }
        ),
    }
    row = measured(frames, "share_of_search")
    assert (row["value"], pd.isna(row["ci_low"])) == (25, True)
    frames["searches"] = frames["searches"].query("brand == 'they'")
    unlisted = measured(frames, "share_of_search")
    assert pd.isna(unlisted["value"])
    assert unlisted["reason"] == "no searches for our brand and others in this period"


def comments(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "written_at", "channel", "rating"])
    frame["written_at"] = pd.to_datetime(frame["written_at"], format="mixed")
    ids = [f"k{number}" for number in range(len(rows))]
    return {
        "comments": frame.assign(comment_id=ids, text="…", rating=frame["rating"].astype(float))
    }


def test_stars_are_of_the_last_review_of_each_customer(kpi_table):
    # a wrote 1 and then 5; b 4; two without a name 1 and 2; the survey's comment and the one
    # without stars are none. (5 + 4 + 1 + 2) / 4; in the segment (5 + 4) / 2.
    frames = comments(
        ("a", "2025-10-02", "review", 1),
        ("a", "2025-11-02", "review", 5),
        ("b", "2025-11-02", "review", 4),
        (None, "2025-11-02", "review", 1),
        (None, "2025-11-02", "review", 2),
        ("a", "2025-12-02", "survey", 1),
        ("a", "2025-12-02", "social", 1),
        ("b", "2025-12-02", "review", None),
    )
    found = kpi_table(frames, "review_rating").set_index("segment")
    assert tuple(found.loc["all", ["value", "n"]]) == (3, 4)
    assert tuple(found.loc["one", ["value", "n"]]) == (4.5, 2)


def test_a_review_on_ten_points_has_no_stars(measured):
    row = measured(comments(("a", "2025-10-02", "review", 8)), "review_rating")
    assert row["reason"] == "ratings are not from 1 to 5 stars"


def test_earned_mentions_are_kind_less_unkind(measured):
    # Kind: 5, 4, 4; unkind: 1; neither: 3. 100·(3 − 1)/5; a's two count twice, reviews not at all.
    frames = comments(
        ("a", "2025-10-02", "social", 5),
        ("a", "2025-10-02", "social", 4),
        (None, "2025-10-02", "social", 4),
        (None, "2025-10-02", "social", 1),
        (None, "2025-10-02", "social", 3),
        (None, "2025-10-02", "social", None),
        ("a", "2025-10-02", "review", 1),
    )
    row = measured(frames, "earned_mentions")
    assert (row["value"], row["n"]) == (40, 5)
    other = measured(frames, "earned_mentions", definitions={"social_channel": "radio"})
    assert other["reason"] == "no mentions with a rating in this period"

"""What people say of service, price and trust, and whether we listen, worked out by hand."""

import pandas as pd
import pytest


def answers(item, scores, scale=(1, 5), **columns):
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(len(scores))],
            "item": item,
            "score": scores,
            "scale_min": scale[0],
            "scale_max": scale[1],
            "answered_at": pd.Timestamp("2025-11-01"),
        }
    )
    return {"answers": frame.assign(**columns)}


def joined(*frames):
    return {"answers": pd.concat([frame["answers"] for frame in frames], ignore_index=True)}


def table(columns, *rows, instants=()):
    frame = pd.DataFrame(rows, columns=columns.split())
    for name in instants:
        frame[name] = pd.to_datetime(frame[name], format="mixed")
    return frame


def with_transactional(item, scores, **columns):
    """Answers to `item`, and a lowest and a highest one in transactional surveys."""
    about_one = answers(item, [1, 5], survey="transactional")
    return joined(answers(item, scores, survey="relationship", **columns), about_one)


def test_repurchase_intention_is_top_two_box_without_transactional_answers(measured):
    # 5 and 4 of four answers.
    row = measured(with_transactional("repurchase", [5, 4, 3, 1]), "reported_repurchase_intent")
    assert (row["value"], row["n"]) == (50, 4)


def test_switching_intention_counts_who_is_likely_to_leave(measured):
    # 5 of four answers; lower is better.
    row = measured(with_transactional("switch", [5, 3, 1, 1]), "reported_switching_intent")
    assert (row["value"], row["n"], row["better"]) == (25, 4, "lower")


def test_value_for_money_is_a_mean_in_points(measured):
    # (5 + 4 + 2) / 3.
    row = measured(with_transactional("value", [5, 4, 2]), "value_for_money")
    assert (row["value"], row["n"]) == (pytest.approx(11 / 3), 3)


def test_trust_is_a_mean_in_points(measured):
    row = measured(with_transactional("trust", [5, 2]), "trust_score")
    assert (row["value"], row["n"]) == (3.5, 2)


def test_commitment_is_a_mean_in_points(measured):
    row = measured(with_transactional("commitment", [4, 4, 1]), "commitment_score")
    assert (row["value"], row["n"]) == (3, 3)


def test_a_price_is_accepted_from_the_middle_of_the_scale_on(measured):
    # 3, 4 and 5 of five answers.
    row = measured(with_transactional("price_fair", [1, 2, 3, 4, 5]), "price_acceptance")
    assert (row["value"], row["n"]) == (60, 5)


def test_perceived_quality_is_over_items_and_respondents(measured):
    # c0: 5 and 3; c1: 4. (5 + 3 + 4) / 3, of two respondents; weights 1 and 4: (8 + 16) / 6.
    frames = joined(answers("fit", [5, 4], weight=[1.0, 4.0]), answers("finish", [3], weight=[1.0]))
    definitions = {"quality_items": ["fit", "finish"]}
    row = measured(frames, "perceived_quality", definitions=definitions)
    assert (row["value"], row["n"]) == (4, 2)
    frames["answers"] = frames["answers"].drop(columns="weight")
    row = measured(frames, "perceived_quality", definitions=definitions)
    assert (row["value"], row["n"]) == (4, 2)
    frames["answers"].loc[1, "score"] = 1
    row = measured(frames, "perceived_quality", definitions=definitions)
    assert (row["value"], row["n"]) == (3, 2)
    frames["answers"].loc[1, "scale_max"] = 10
    row = measured(frames, "perceived_quality", definitions=definitions)
    assert row["reason"] == "answers are on different scales"


def test_nameless_answers_are_each_of_somebody_else(kpi_table):
    # Quality 5, 3 and 1 without an id, 3 of c0: mean 3 of four people; c0's segment has one.
    frames = joined(answers("quality", [3]), answers("quality", [5, 3, 1], customer_id=None))
    found = kpi_table(frames, "perceived_quality").set_index("segment")
    assert tuple(found.loc["all", ["value", "n"]]) == (3, 4)
    assert tuple(found.loc["one", ["value", "n"]]) == (3, 1)


def objective(item, segment="all"):
    measures = [{"kpi": "nps", "target": 30}]
    return {"voice": "They are quick", "segment": segment, "item": item, "measures": measures}


def test_agreement_is_with_the_items_that_objectives_name(measured):
    # quick: 5 and 4 of three answers of everybody. cheap is asked of segment b, where c2 agrees;
    # c0 and c1 are in a. (2 + 1) / (3 + 1); of two objectives with one item each counts once.
    frames = joined(
        answers("quick", [5, 4, 3]), answers("cheap", [5, 5, 5]), answers("other", [5, 5, 5])
    )
    segments = {"c0": "a", "c1": "a", "c2": "b"}
    objectives = [objective("quick"), objective("cheap", "b"), objective(None), objective("quick")]
    row = measured(frames, "objective_voice_agreement", segments=segments, objectives=objectives)
    assert (row["value"], row["n"]) == (75, 4)


def test_agreement_says_what_it_lacks(measured):
    frames = answers("quick", [3, 2, 1], (1, 3))
    name = "objective_voice_agreement"
    assert measured(frames, name)["reason"] == "needs objectives in params"
    assert measured(frames, name, objectives=[objective(None)])["reason"] == (
        "no answers to an item that an objective names (“item” in “objectives”)"
    )
    assert measured(frames, name, objectives=[objective("quick")])["reason"] == (
        "top-two-box needs a scale of 4 to 11 points"
    )


def rated(*rows):
    """Answers from `customer item aspect score`."""
    frame = table("customer_id item aspect score", *rows)
    at = pd.Timestamp("2025-11-01")
    return {"answers": frame.assign(scale_min=1, scale_max=5, answered_at=at)}


THREE_COLUMNS = (
    ("a", "speed", "score", 4),
    ("a", "speed", "expectation", 5),
    ("a", "speed", "minimum", 3),
    ("a", "price", "score", 2),
    ("a", "price", "expectation", 4),
    ("a", "price", "importance", 1),
    ("b", "speed", "score", 5),
    ("b", "speed", "expectation", 5),
    ("b", "speed", "minimum", 5),
    ("b", "price", "score", 1),
    ("c", "speed", "expectation", 1),
    ("c", "price", None, 3),
    ("c", "price", "minimum", 4),
    (None, "speed", "score", 5),
    (None, "speed", "expectation", 1),
)


def test_expectation_gap_is_over_pairs_of_one_respondent_and_attribute(measured):
    # a: 4 − 5 and 2 − 4; b: 5 − 5: −3 over 3 pairs, of two respondents. What b says of the price
    # and c expects of speed have no partner, and nobody knows whether the nameless two are one.
    row = measured(rated(*THREE_COLUMNS), "gap_score")
    assert (row["value"], row["n"]) == (-1, 2)


def test_adequacy_is_against_what_would_just_do(measured):
    # a: 4 − 3; b: 5 − 5; c: 3 − 4, for an answer without an aspect says how it is. 0 over 3.
    row = measured(rated(*THREE_COLUMNS), "service_adequacy")
    assert (row["value"], row["n"]) == (0, 3)


def test_superiority_is_where_the_minimum_was_asked_as_well(measured):
    # a's speed: 4 − 5; b's speed: 5 − 5; a's price has no minimum. −1 over 2.
    row = measured(rated(*THREE_COLUMNS), "service_superiority")
    assert (row["value"], row["n"]) == (-0.5, 2)


def test_gaps_are_weighted_by_respondent_and_take_one_scale(measured):
    # a's weight is 3: (3·(−1 − 2) + 0) / (3·2 + 1).
    frames = rated(*THREE_COLUMNS)
    weight = frames["answers"]["customer_id"].map({"a": 3.0}).fillna(1.0)
    frames["answers"]["weight"] = weight
    assert measured(frames, "gap_score")["value"] == pytest.approx(-9 / 7)
    is_price = frames["answers"]["item"] == "price"
    frames["answers"]["scale_max"] = frames["answers"]["scale_max"].mask(is_price, 10)
    assert measured(frames, "gap_score")["reason"] == "answers are on different scales"


# Kano's evaluation table, Berger et al. (1993): rows functional, columns dysfunctional, 1 to 5.
KANO = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")


def kano(*letters):
    """One respondent per letter, with the first pair of answers that is this."""
    first = {}
    for functional, row in enumerate(KANO, 1):
        for dysfunctional, letter in enumerate(row, 1):
            first.setdefault(letter, (functional, dysfunctional))
    rows = [(f"r{n}", "speed", *first[letter]) for n, letter in enumerate(letters)]
    frame = table("respondent_id feature functional dysfunctional", *rows)
    return {"kano": frame, "customers": pd.DataFrame({"customer_id": ["a"]})}


def every_pair():
    pairs = [(f, d) for f in range(1, 6) for d in range(1, 6)]
    rows = [(f"r{f}{d}", "speed", f, d) for f, d in pairs]
    frame = table("respondent_id feature functional dysfunctional", *rows)
    return {"kano": frame, "customers": pd.DataFrame({"customer_id": ["a"]})}


def test_kano_better_leaves_questionable_and_reverse_answers_out(measured):
    # (2 A + 1 O) / (2 + 1 + 3 M + 2 I); Q and R twice each are out.
    row = measured(kano(*"AAOMMMIIQQRR"), "kano_better")
    assert (row["value"], row["n"]) == (3 / 8, 8)
    # Of all 25 pairs: 3 A, 1 O, 3 M, 9 I.
    assert measured(every_pair(), "kano_better")["value"] == 4 / 16
    assert measured(kano("Q", "R"), "kano_better")["reason"] == (
        "all answers are questionable or reverse"
    )


def test_kano_worse_is_negative(measured):
    # −(1 O + 3 M) / 8; its interval lies below zero too.
    row = measured(kano(*"AAOMMMIIQQRR"), "kano_worse")
    assert (row["value"], row["n"]) == (-0.5, 8)
    assert -1 < row["ci_low"] < -0.5 < row["ci_high"] < 0
    assert measured(every_pair(), "kano_worse")["value"] == -4 / 16


def tickets(*rows):
    frame = table("customer_id opened_at is_complaint topic", *rows, instants=["opened_at"])
    return frame.assign(ticket_id=[str(number) for number in range(len(rows))])


def test_complaint_handling_is_told_by_those_who_complained(measured):
    # 365 days. a and b complained before; c on the day of the answer, dated without a time; d
    # never; e afterwards; f 366 days before; g asked for something else. (5 + 1 + 3) / 3.
    frames = answers("complaint_handling", [5, 1, 3, 4, 4, 4, 4])
    frames["answers"]["customer_id"] = list("abcdefg")
    frames["tickets"] = tickets(
        ("a", "2025-09-01", True, "x"),
        ("a", "2025-10-01", True, "x"),
        ("b", "2024-11-01 10:00", True, "x"),
        ("c", "2025-11-01 10:00", True, "x"),
        ("e", "2025-11-02", True, "x"),
        ("f", "2024-10-31 23:00", True, "x"),
        ("g", "2025-10-01", False, "x"),
    )
    row = measured(frames, "complaint_resolution_sat")
    assert (row["value"], row["n"]) == (3, 3)


def test_the_loop_is_closed_by_a_call_within_a_week(measured):
    # Weeks that ended in the quarter: a called on; b a second too late; c on another topic; d
    # before the answer; f twice low, called on once; g in a transactional survey, called on.
    # e is passive, h's week is not over, i's ended in September. 3 of 7 answers.
    said = [
        ("a", 6, "2025-11-01 09:00"),
        ("b", 0, "2025-11-01 09:00"),
        ("c", 3, "2025-11-01 09:00"),
        ("d", 3, "2025-11-01 09:00"),
        ("e", 7, "2025-11-01 09:00"),
        ("f", 2, "2025-10-01 09:00"),
        ("f", 4, "2025-11-20 09:00"),
        ("g", 1, "2025-09-24 00:00"),
        ("h", 1, "2025-12-25 09:00"),
        ("i", 1, "2025-09-23 23:59"),
        (None, 1, "2025-11-01 09:00"),
    ]
    said = table("customer_id score answered_at", *said, instants=["answered_at"])
    surveys = ["relationship"] * 7 + ["transactional"] + ["relationship"] * 3
    said = said.assign(item="recommend", scale_min=0, scale_max=10, survey=surveys)
    calls = tickets(
        ("a", "2025-11-08 08:59:59", False, "follow-up"),
        ("a", "2025-11-03", False, "follow-up"),
        ("b", "2025-11-08 09:00:00", False, "follow-up"),
        ("c", "2025-11-02", False, "delivery"),
        ("d", "2025-10-31", False, "follow-up"),
        ("e", "2025-11-02", False, "follow-up"),
        ("f", "2025-11-21", False, "follow-up"),
        ("g", "2025-09-24 00:00", False, "follow-up"),
        ("h", "2025-12-26", False, "follow-up"),
    )
    row = measured({"answers": said, "tickets": calls}, "close_loop_rate")
    assert (row["value"], row["n"]) == (pytest.approx(300 / 7), 7)


def test_comments_count_with_the_response_of_their_day(measured):
    # Responses (customer and day): a twice, b, c, d. Written on the day: a once and c; b's is a
    # review, d's is blank, a's second came a day later. 2 of 5.
    frames = joined(
        answers("satisfaction", [5, 4, 3, 2]),
        answers("recommend", [9, 4], (0, 10)),
        answers("satisfaction", [1]),
        answers("satisfaction", [1], customer_id=None),
    )
    frames["answers"]["customer_id"] = [*"abcd", *"ab", "a", None]
    frames["answers"].loc[6, "answered_at"] = pd.Timestamp("2025-12-01 08:00")
    written = [
        ("a", "Good", "2025-11-01 10:00", "survey"),
        ("a", "Very good", "2025-11-01 10:01", "survey"),
        ("a", "Late", "2025-12-02", "survey"),
        ("b", "Fine", "2025-11-01", "review"),
        ("c", "So so", "2025-11-01", None),
        ("d", "  ", "2025-11-01", "survey"),
        (None, "Who?", "2025-11-01", "survey"),
    ]
    comments = table("customer_id text written_at channel", *written, instants=["written_at"])
    frames["comments"] = comments.assign(comment_id=[str(n) for n in range(len(written))])
    row = measured(frames, "verbatim_rate")
    assert (row["value"], row["n"]) == (40, 5)

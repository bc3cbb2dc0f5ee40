"""Boxes, effort, tickets, expectations, rivals and response, against arithmetic on a few rows."""

import pandas as pd
import pytest


def answers(item, scores, scale, **columns):
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


def test_top_box_is_the_highest_point_alone(measured):
    # 5 and 5 of five answers: 40 %; two-box would say 60.
    row = measured(answers("satisfaction", [5, 5, 4, 3, 1], (1, 5)), "satisfaction_top_box")
    assert (row["value"], row["n"]) == (40, 5)


def test_bottom_two_box_counts_1_and_2_of_5(measured):
    # 1, 2 and 2 of eight answers; the middle is in neither box.
    frames = answers("satisfaction", [1, 2, 2, 3, 3, 4, 5, 5], (1, 5))
    row = measured(frames, "dissatisfied_share")
    assert (row["value"], row["n"]) == (37.5, 8)
    # R: prop.test(3, 8, correct = FALSE)$conf.int
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((13.6844286, 69.4257605))
    on_three = answers("satisfaction", [1, 2, 3], (1, 3))
    assert measured(on_three, "dissatisfied_share")["reason"] == (
        "bottom-two-box needs a scale of 4 to 11 points"
    )


@pytest.mark.parametrize("kpi", ["csat_top2", "satisfaction_top_box", "dissatisfied_share"])
def test_boxes_of_different_scales_are_not_pooled(measured, kpi):
    frames = joined(
        answers("satisfaction", [5, 1], (1, 5)), answers("satisfaction", [9, 10], (0, 10))
    )
    assert measured(frames, kpi)["reason"] == "answers are on different scales"


def test_net_effort_counts_5_as_neither(measured):
    # 6 and 7 (three answers) less 1 to 3 (two) of eight; 4 and 5 are neither.
    row = measured(answers("easy", [7, 6, 6, 5, 5, 4, 3, 1], (1, 7)), "ces2_net")
    assert (row["value"], row["n"]) == (12.5, 8)
    on_five = measured(answers("easy", [5, 1], (1, 5)), "ces2_net")
    assert on_five["reason"] == "answers are not on a 1–7 scale"


def test_support_csat_is_of_tickets_rated_good_or_bad(measured):
    # Good: three of a, one of b; bad: one of c. 4 of 5; the others were not rated.
    rows = [
        *[("a", "2025-10-01", "good")] * 3,
        ("b", "2025-12-31 23:59", "good"),
        ("c", "2025-11-01", "bad"),
        ("c", "2025-11-01", "offered"),
        ("d", "2025-11-01", "unoffered"),
        ("d", "2025-11-01", None),
        ("d", "2025-09-30", "bad"),
    ]
    tickets = table("customer_id opened_at rating", *rows, instants=["opened_at"])
    frames = {"tickets": tickets.assign(ticket_id=[str(n) for n in range(len(rows))])}
    row = measured(frames, "csat_ticket", retention=None)
    assert (row["value"], row["n"]) == (80, 5)


def test_acsi_is_the_mean_of_three_items_from_0_to_100(measured):
    # Verint's unweighted form (x1 + x2 + x3 − 3)/27·100 on 1–10. c0: (8 + 7 + 9 − 3)/27 = 77.78;
    # c1: (10 + 10 + 4 − 3)/27 = 77.78; c2, who skipped the ideal, is left out.
    frames = joined(
        answers("satisfaction", [8, 10, 1], (1, 10)),
        answers("disconfirmation", [7, 10, 1], (1, 10)),
        answers("ideal", [9, 4], (1, 10)),
    )
    row = measured(frames, "acsi")
    assert (row["value"], row["n"]) == (pytest.approx(100 * 21 / 27), 2)


def test_acsi_takes_each_item_from_its_own_scale_and_no_transactional_answers(measured):
    # c0: 4 of 1–5 is 75, 7 and 10 of 1–10 are 66.67 and 100: 80.56 on average. Answering again in
    # the quarter (satisfaction 2: 25) makes it (50 + 66.67 + 100)/3.
    once = joined(
        answers("satisfaction", [4], (1, 5)),
        answers("disconfirmation", [7], (1, 10)),
        answers("ideal", [10], (1, 10)),
        answers("satisfaction", [1], (1, 5), survey="transactional"),
    )
    assert measured(once, "acsi")["value"] == pytest.approx((75 + 200 / 3 + 100) / 3)
    again = joined(once, answers("satisfaction", [2], (1, 5)))
    row = measured(again, "acsi")
    assert (row["value"], row["n"]) == (pytest.approx((50 + 200 / 3 + 100) / 3), 1)


def test_nobody_can_be_put_together_from_nameless_answers(measured):
    frames = joined(*(answers(item, [5], (1, 10)) for item in ("satisfaction", "ideal")))
    frames = joined(frames, answers("disconfirmation", [5], (1, 10)))
    frames["answers"]["customer_id"] = None
    row = measured({**frames, "customers": pd.DataFrame({"customer_id": ["a"]})}, "acsi")
    assert row["reason"] == "nobody answered on satisfaction, disconfirmation and ideal"


def test_expectations_are_met_from_the_middle_of_the_scale_on(measured):
    # 1–5: 3, 4 and 5 of five answers. 1–10 has no middle: 6 and 7 of four.
    on_5 = answers("disconfirmation", [1, 2, 3, 4, 5], (1, 5))
    on_10 = answers("disconfirmation", [1, 5, 6, 7], (1, 10))
    assert measured(on_5, "expectation_fulfilment")["value"] == 60
    assert measured(on_10, "expectation_fulfilment")["value"] == 50


def test_relative_satisfaction_shares_tied_ranks_and_needs_a_rival(measured):
    # p: first of 3. q: tied for the first place with one of two rivals: 1.5, whether the survey
    # wrote 1, 1, 3 or 1, 1, 2. r uses us alone. (1 + 1.5 + 1.5)/3.
    rows = [
        ("p", "we", True, 1),
        ("p", "x", False, 2),
        ("p", "y", False, 3),
        ("q", "we", True, 1),
        ("q", "x", False, 1),
        ("q", "y", False, 3),
        ("s", "we", True, 1),
        ("s", "x", False, 1),
        ("s", "y", False, 2),
        ("r", "we", True, 1),
        ("t", "x", False, 1),
        ("t", "we", True, None),
    ]
    frames = {
        "wallet": table("respondent_id brand is_own rank", *rows),
        "customers": pd.DataFrame({"customer_id": ["a"]}),
    }
    row = measured(frames, "relative_satisfaction")
    assert (row["value"], row["n"]) == (pytest.approx(4 / 3), 3)


def test_wallet_answers_count_in_the_quarter_in_which_they_were_given(kpi_table):
    # Rank 1 in the third quarter, 2 in the fourth.
    rows = [("p", "we", True, 1.0), ("p", "x", False, 2.0), ("q", "we", True, 2.0)]
    wallet = table("respondent_id brand is_own rank", *rows, ("q", "x", False, 1.0))
    wallet["asked_at"] = pd.to_datetime(["2025-09-30 23:59"] * 2 + ["2025-10-01 00:00"] * 2)
    frames = {"wallet": wallet, "customers": pd.DataFrame({"customer_id": ["a"]})}
    found = kpi_table(frames, "relative_satisfaction", periods=2)
    assert list(found[found["segment"] == "all"]["value"]) == [1, 2]


def invitations(*rows):
    columns = "customer_id sent_at delivered answered_at"
    frame = table(columns, *rows, instants=["sent_at", "answered_at"])
    return frame.assign(delivered=frame["delivered"].astype("boolean"))


def test_response_rate_is_of_delivered_invitations_whose_time_is_over(measured):
    # Fourteen days. a answered in time; b a second too late; c never; d's did not arrive; e's time
    # began in September and ended in October; f's is not over. Known to have arrived or not said:
    # a, b, c, e, g. In time: a, e.
    frames = {
        "invitations": invitations(
            ("a", "2025-11-01 09:00", True, "2025-11-15 08:59:59"),
            ("b", "2025-11-01 09:00", True, "2025-11-15 09:00:00"),
            ("c", "2025-11-01 09:00", True, None),
            ("d", "2025-11-01 09:00", False, None),
            ("e", "2025-09-17 00:00", True, "2025-09-18"),
            ("f", "2025-12-20 09:00", True, "2025-12-20 10:00"),
            ("g", "2025-11-01 09:00", None, None),
        )
    }
    row = measured(frames, "survey_response_rate")
    assert (row["value"], row["n"]) == (40, 5)


def test_nonresponse_bias_compares_who_stayed_among_those_asked_before(measured):
    # Respondents a, b, c: all stayed (100 %). Silent d, e: one left (50 %). Bias 100 − 4/5 = 20.
    # g was asked in the period, h left before; i was asked too long ago,
    # and j's time to answer was not over when the period began.
    people = [(name, "2024-01-01", None) for name in "abcdfgij"]
    people += [("e", "2024-01-01", "2025-11-01"), ("h", "2024-01-01", "2025-09-20")]
    asked = [(name, "2025-09-01", True, "2025-09-02") for name in "abch"]
    asked += [("d", "2025-09-01", True, None), ("e", "2025-09-01", True, None)]
    asked += [("g", "2025-10-02", True, "2025-10-03"), ("i", "2024-09-01", True, "2024-09-02")]
    asked += [("j", "2025-09-20", True, "2025-09-21")]
    frames = {
        "customers": table("customer_id acquired_on left_on", *people),
        "invitations": invitations(*asked),
    }
    row = measured(frames, "nonresponse_bias")
    assert (row["value"], row["n"]) == (pytest.approx(20), 5)
    # And f, who answered after the time for it, is one of the silent: 3 of 3 less 5 of 6.
    frames["invitations"] = invitations(*asked, ("f", "2025-09-10", True, "2025-10-05"))
    assert measured(frames, "nonresponse_bias")["value"] == pytest.approx(100 - 500 / 6)

"""What is wrong with objectives, and what could be better about them."""

from datetime import date

import pytest

from saydo.errors import ParamsError
from saydo.languages import speak
from saydo.objectives.advice import advise
from saydo.objectives.checks import problems

TODAY = date(2025, 12, 31)


def measure(kpi="csat_top2", target=80.0, **more):
    return {"kpi": kpi, "target": target, **more}


def objective(*measures, voice="They answer me at once", **more):
    return {"voice": voice, "measures": list(measures), **more}


def wrong(study, *measures):
    found = problems(study(objective(*measures)), as_of=TODAY)
    return {problem.where.removeprefix("objectives.0.measures."): problem.what for problem in found}


def test_targets_and_baselines_lie_in_the_range_of_their_kpi(study):
    found = wrong(study, measure(target=120), measure("nps", -10, baseline=-101))
    assert found["0.target"] == "csat_top2 lies between 0 and 100, and can't be 120"
    assert found["1.baseline"] == "nps lies between -100 and 100, and can't be -101"
    assert wrong(study, measure("nps", -10), measure(target=100), measure("frt_median", 0)) == {}


def test_a_direction_against_the_kpis_own_is_a_problem(study):
    found = wrong(study, measure("frt_median", 4, better="higher"))
    assert found["0.better"].startswith("frt_median is better lower")
    assert wrong(study, measure("loyal_complainer", 40, better="lower")) == {}


def test_a_baseline_as_good_as_the_target_is_a_problem(study):
    assert "no way to go" in wrong(study, measure(baseline=85))["0.baseline"]
    assert "no way to go" in wrong(study, measure("frt_median", 4, baseline=3))["0.baseline"]
    assert wrong(study, measure("frt_median", 4, baseline=9)) == {}


def test_a_date_before_all_that_is_shown_is_a_problem_and_one_gone_by_is_advice(study):
    assert "check the year" in wrong(study, measure(by="2015-12-31"))["0.by"]
    assert wrong(study, measure(by="2025-06-30")) == {}
    (advice,) = told(study, measure(by="2025-06-30"), measure("frt_median", 4, by="2026-06-30"))
    assert advice.startswith("objectives.0.measures.0.by: 30 Jun 2025 has gone by.")


def test_a_distance_from_zero_has_no_sign(study):
    found = wrong(study, measure("nonresponse_bias", -5))
    assert "5 stands for both sides" in found["0.target"]


def test_a_kpi_has_one_target_in_an_objective_and_a_way_to_it(study):
    with pytest.raises(ParamsError, match=r"objectives\.0: csat_top2 is measured twice"):
        study(objective(measure(), measure(target=90)))
    with pytest.raises(ParamsError, match="baseline and target are both 80"):
        study(objective(measure(baseline=80)))
    with pytest.raises(ParamsError, match=r"measures\.0\.better: 'up' is not allowed"):
        study(objective(measure(better="up")))


BOTH = (measure(by="2026-12-31"), measure("frt_median", 4.0, by="2026-12-31"))


def told(study, *measures, measurable=None, items=None, **more):
    params = study(objective(*measures, **more))
    found = advise(params, as_of=TODAY, measurable=measurable or {}, items=items)
    return [str(each) for each in found]


def test_a_good_objective_gets_no_advice(study):
    assert told(study, *BOTH) == []


@pytest.mark.parametrize(
    ("voice", "fault"),
    [
        ("Retain customers longer", "is a wish from the organisation's side"),
        ("Launch a loyalty programme", "is an initiative, something to do"),
        ("We delight our customers", "is nothing that a customer would say"),
    ],
)
def test_a_voice_of_the_organisation_is_pointed_out_with_a_remedy(study, voice, fault):
    (advice,) = told(study, *BOTH, voice=voice)
    assert advice.startswith(f"objectives.0.voice: “{voice}” {fault}. ")
    assert "customer" in advice.split(". ", 1)[1]


def test_the_voice_is_judged_in_the_language_of_the_study_and_told_in_its_audience(study):
    params = study(objective(*BOTH, voice="Ik word snel geholpen"), language="nl")
    assert advise(params, as_of=TODAY, measurable={}) == []
    params = study(objective(*BOTH, voice="Delight everyone"), audience="citizen")
    with speak("en", "citizen"):
        (advice,) = advise(params, as_of=TODAY, measurable={})
    assert "Write what a citizen would say" in advice.remedy


def test_one_side_alone_is_pointed_out_with_kpis_of_the_other(study):
    (say,) = told(study, BOTH[0])
    assert say.startswith("objectives.0.measures: only what they say is measured")
    assert "crr" in say
    (say,) = told(study, BOTH[0], measurable={"crr": "needs retention in params"})
    assert "such as frt_median, otif" in say
    (do,) = told(study, BOTH[1])
    assert do.startswith("objectives.0.measures: only what they do is measured")
    assert "csat_top2" in do


def test_a_target_without_a_date_is_pointed_out(study):
    (advice,) = told(study, measure(), BOTH[1])
    assert advice == (
        "objectives.0.measures.0: csat_top2 has no date by which its target is to be reached. "
        "Add `by`, such as `by: 2026-12-31`."
    )


def test_what_cannot_be_measured_tests_nothing(study):
    (advice,) = told(study, *BOTH, measurable={"frt_median": "needs tickets"})
    assert advice.startswith(
        "objectives.0.measures.1.kpi: frt_median can't be measured: needs tickets."
    )
    (advice,) = told(
        study, BOTH[0], measure("market_share_value", 20.0, by="2026-12-31"), segment="one"
    )
    assert "market_share_value is not split by segment" in advice


def test_a_kpi_whose_direction_depends_on_the_context_needs_one(study):
    unclear = measure("loyal_complainer", 40.0, by="2026-12-31")
    found = told(study, *BOTH, unclear)
    assert any("Add `better: higher` or `better: lower`" in advice for advice in found)
    assert not any(
        "better" in advice for advice in told(study, *BOTH, unclear | {"better": "lower"})
    )


def test_an_item_that_nobody_was_asked_is_pointed_out_with_those_there_are(study):
    assert told(study, *BOTH, item="quick", items={"quick", "speed"}) == []
    (advice,) = told(study, *BOTH, item="quik", items={"speed", "quick"})
    assert advice == (
        "objectives.0.item: no answers to the item quik. Items with answers: quick, speed."
    )
    (advice,) = told(study, *BOTH, item="quick", items=None)
    assert advice.endswith("Items with answers: none.")

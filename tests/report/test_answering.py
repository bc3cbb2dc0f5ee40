"""Who answers and what asking does: said from the tables, and no more than the gate allows."""

import pandas as pd
import pytest

from saydo.drivers.answering.asking import not_asked
from saydo.drivers.model_table import EFFECT
from saydo.report.answering import who_answers
from saydo.report.asking import asking

RESPONDERS = pd.DataFrame(
    {
        "segment": ["all"],
        "n_answered": [400],
        "n_silent": [600],
        "answered_share": [40.0],
        "retention_answered": [90.0],
        "retention_silent": [85.0],
        "difference": [5.0],
        "ci_low": [1.0],
        "ci_high": [9.0],
        "reason": [""],
    }
)


def reweighted(weighted=3.25):
    means = {"unweighted": 3.5, "weighted": weighted, "difference": weighted - 3.5}
    rows = [("mean_satisfaction", model, value) for model, value in means.items()]
    rows += [(EFFECT, model, value) for model, value in zip(means, (4.0, 3.0, -1.0), strict=True)]
    table = pd.DataFrame(rows, columns=["term", "model", "estimate"])
    low, high = table["estimate"] - 0.5, table["estimate"] + 0.5
    return table.assign(segment="all", ci_low=low, ci_high=high, n=400)


def silent(turn=0.8, reason=""):
    estimate = None if reason else 3.0
    rows = [("mean_satisfaction", "everyone", None), (EFFECT, "stayed", turn)]
    table = pd.DataFrame(rows, columns=["term", "among", "tipping_point"])
    numbers = dict.fromkeys(["estimate", "ci_low", "ci_high"], estimate)
    table = table.assign(segment="all", delta=0.0, n=437, reason=reason, **numbers)
    return table.astype({"tipping_point": float, "estimate": float})


def balance(after=0.01, is_balanced=True):
    columns = {"segment": "all", "term": "tenure", "before": 0.3, "n": 437, "reason": ""}
    return pd.DataFrame([columns | {"after": after, "is_balanced": is_balanced}])


def found(verdict="estimated", **tables):
    given = {"reweighted": reweighted(), "silent": silent(), "balance": balance()} | tables
    return who_answers(
        RESPONDERS,
        given["reweighted"],
        silent=given["silent"],
        balance=given["balance"],
        verdict=verdict,
        segment="all",
    )


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (0.8, "Had the silent who stayed answered 0.80 points lower"),
        (0.0, "Weighted, satisfaction is not clearly tied to staying."),
        (None, "However low the silent who stayed would have answered"),
    ],
)
def test_how_unlike_the_silent_would_have_to_be_is_said(turn, words):
    assert words in found(silent=silent(turn)).sentence


def test_why_nothing_is_told_of_the_silent_is_said():
    assert found(silent=silent(reason="nobody is silent")).sentence.endswith("nobody is silent")


def test_with_and_without_weights_stand_side_by_side():
    finding = found()
    assert "mean satisfaction is 3.25 instead of 3.50" in finding.sentence
    assert "3.50 (3.00\u00a0to\u00a04.00)" in finding.body
    assert "3.25 (2.75\u00a0to\u00a03.75)" in finding.body
    assert "mean satisfaction stays 3.50" in found(reweighted=reweighted(3.501)).sentence


def test_who_differs_from_everyone_though_weighted_is_named():
    assert "differ" not in found().sentence.split("points")[-1]
    finding = found(balance=balance(0.2, is_balanced=False))
    assert (
        "Though weighted, those who answered differ from everyone in: tenure." in finding.sentence
    )
    assert "+0.20" in finding.body


@pytest.mark.parametrize("verdict", ["refused", "not measured"])
def test_a_refused_model_has_no_effect_here_either(verdict):
    finding = found(verdict)
    assert "tied to staying" not in finding.sentence
    assert "marginal effect" in found().body and "marginal effect" not in finding.body
    assert EFFECT not in set(finding.table["term"])


def asked(low=0.5, verdict="association only"):
    rows = [("difference", 3.0), ("ipw", 2.5), ("aipw", 2.0)]
    table = pd.DataFrame(rows, columns=["model", "estimate"])
    return table.assign(
        segment="all",
        ci_low=low,
        ci_high=4.0,
        n=1000,
        n_left=80,
        n_asked=300,
        verdict=verdict,
        reason="The effect of asking only if it was random who was asked.",
    )


def test_asking_is_never_more_than_an_association():
    finding = asking(asked(), segment="all")
    assert finding.verdict == "association only"
    assert "only if it was random" in finding._repr_html_()
    assert "300 had been asked before the watch began, 700 had not" in finding.sentence
    assert "+3.0 percentage points" in finding.sentence
    assert "against those like them, +2.0 (+0.5 to +4.0)" in finding.sentence


def test_the_verdict_on_asking_is_that_of_the_doubly_robust_difference():
    table = asked()
    table.loc[table["model"] == "aipw", "verdict"] = "no relation found"
    assert asking(table, segment="all").verdict == "no relation found"


def test_why_asking_is_not_measured_is_said():
    finding = asking(not_asked(["all"], "Not measured (needs invitations)."), segment="all")
    assert (finding.verdict, finding.reason) == (
        "not measured",
        "Not measured (needs invitations).",
    )


def test_without_a_watch_nothing_is_told_but_why():
    bare = pd.DataFrame({"segment": ["all"], "reason": ["Not measured (needs retention)."]})
    assert asking(bare, segment="all").reason == "Not measured (needs retention)."
    finding = who_answers(
        bare, bare, silent=bare, balance=bare, verdict="not measured", segment="all"
    )
    assert finding.reason == "Not measured (needs retention)."
    assert asking(bare, segment="nobody").verdict == "not measured"


def test_why_asking_is_refused_is_said():
    row = asked().head(1).assign(estimate=None, verdict="refused", reason="withheld")
    finding = asking(row, segment="all")
    assert (finding.verdict, finding.reason) == ("refused", "withheld")

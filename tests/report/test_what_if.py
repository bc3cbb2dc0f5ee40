"""What a change would bring, in words: every step, its interval, and whether more brings less."""

import pandas as pd
import pytest

from saydo.report.what_if import gains, what_if

STEPS = {
    "satisfaction": (3.0, 3.5),
    "retention": (90.0, 92.0),
    "retention_year": (65.0, 71.0),
    "value": (30.0, 36.0),
    "value_of_all": (30_000.0, 36_000.0),
    "break_even": (0.0, 6.0),
}


def steps(*outcomes):
    rows = [(name, *STEPS[name]) for name in outcomes or STEPS]
    table = pd.DataFrame(rows, columns=["outcome", "before", "after"])
    change = table["after"] - table["before"]
    return table.assign(change=change, ci_low=0.5 * change, ci_high=1.5 * change, n=400)


def told(table, changes=None, satisfied=0.0, **more):
    changes = {"speed": 1.0} if changes is None else changes
    return what_if(table, changes=changes, satisfied=satisfied, currency="EUR", **more)


def test_every_step_is_shown_in_its_unit_with_interval_and_n():
    finding = told(steps())
    for text in (
        "speed +1.0: satisfaction +0.50 points (95% interval +0.25 to +0.75; n\xa0=\xa0400).",
        "Staying +2.00 percentage points (+1.00 to +3.00).",
        "up to a cost of €6.00 per customer (€3.00 to €9.00)",
        "nothing was tried out",
    ):
        assert text in finding.sentence
    for cell in (
        "+0.25 to +0.75",
        "92.0%",
        "+6.0\xa0pp",
        "+3.0\xa0pp to +9.0\xa0pp",
        "+€6,000",
        "400",
    ):
        assert f">{cell}</td>" in finding.body


def test_why_it_ends_at_satisfaction_is_said():
    finding = told(steps("satisfaction"), why_no_staying="5 left; 10 are needed.")
    assert "5 left; 10 are needed." in finding.sentence
    assert "percentage points" not in finding.sentence


def test_without_a_margin_its_worth_is_said_not_to_be_known():
    finding = told(steps("satisfaction", "retention", "retention_year"))
    assert "What that is worth is not known" in finding.sentence


def multiples(lost, reach, outcome="retention"):
    rows = [
        (0.5, 0.5, 0.0),
        (1.0, 1.0, 0.0),
        (1.5, 1.5 - lost / 2, lost / 2),
        (2.0, 2 - lost, lost),
    ]
    table = pd.DataFrame(rows, columns=["times", "change", "lost"]).assign(outcome=outcome, n=400)
    table = table.assign(ci_low=table["change"] - 0.4, ci_high=table["change"] + 0.4)
    return table.assign(lost_low=table["lost"] - reach, lost_high=table["lost"] + reach)


@pytest.mark.parametrize(
    ("lost", "reach", "words"),
    [
        (0.6, 0.2, "More of the same brings less and less."),
        (-0.6, 0.2, "More of the same brings more and more."),
        (0.1, 0.2, "Whether more of the same brings less is not clear."),
    ],
)
def test_whether_returns_diminish_is_said_only_where_the_interval_says_so(lost, reach, words):
    finding = gains(multiples(lost, reach), changes={"speed": 1.0}, satisfied=0.0)
    assert finding.sentence.startswith(words)
    assert f"would bring +{2 - lost:.2f} percentage points of staying" in finding.sentence


def test_the_figure_has_every_gain_and_the_line_of_proportion():
    finding = gains(multiples(0.6, 0.2), changes={"speed": 0.5}, satisfied=0.0)
    axes = finding.figure().axes[0]
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert list(lines["in proportion"].get_ydata()) == pytest.approx([0.5, 1.0, 1.5, 2.0])
    assert [text.get_text() for text in axes.texts] == ["+0.50", "+1.00", "+1.20", "+1.40"]
    assert [text.get_text() for text in axes.get_xticklabels()] == [
        "+0.25",
        "+0.5",
        "+0.75",
        "+1.0",
    ]
    assert axes.get_xlabel() == "speed"


def test_several_changes_are_multiplied_together():
    finding = gains(multiples(0.6, 0.2), changes={"speed": 0.5, "price": 1.0}, satisfied=3.0)
    axes = finding.figure().axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()][-1] == "× 2.0"
    assert axes.get_xlabel() == "speed +0.5, price +1.0, satisfied +3.0\xa0pp"


def test_without_staying_gains_are_of_satisfaction():
    finding = gains(multiples(0.6, 0.2, "satisfaction"), changes={"speed": 1.0}, satisfied=0.0)
    assert "points of satisfaction" in finding.sentence

"""Findings of a study: each shows itself, in every segment and language."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import yaml

from saydo.errors import UnknownName
from saydo.languages import LANGUAGES, activate

PLAIN = (
    "answer", "kpis", "objectives", "trends", "definitions", "drivers", "dose_response",
    "retention_model", "curve", "designs", "diagnostics", "evidence", "ledger",
    "contradictions", "who_answers", "expectations",
    "importance", "asking", "what_if", "gains",
    "improvements", "overview", "segments_differ",
    "then_and_now", "compare", "gaps", "segments", "segmentation", "data",
    "segment_sizes", "segment_kpis", "segment_profiles", "segment_moves", "segment_stability",
)  # fmt: skip
SEGMENTS = ("all", "On the clock", "Easy going")


class Balanced(HTMLParser):
    """Fails on HTML whose elements don't close in order."""

    VOID = frozenset({"br", "img", "circle", "polyline", "meta", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize("method", PLAIN)
@pytest.mark.parametrize("segment", SEGMENTS)
def test_a_finding_shows_itself(opened, method, segment):
    finding = getattr(opened(segment), method)()
    html = finding._repr_html_()
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []
    text = re.sub(r"<[^>]*>|data:[^\"]*", "", html)
    assert re.search(r"\b(nan|NaN|None|NA|NaT)\b|[{}]", text) is None
    assert isinstance(finding.table, pd.DataFrame)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_shows_itself_in_every_language(opened, language):
    # Its results are in English; whole studies in each language are those of tests/browser.
    study = opened("On the clock")
    activate(language)
    for method in PLAIN:
        assert getattr(study, method)()._repr_html_()


def test_a_figure_is_drawn_from_the_table_alone_and_says_what_it_shows(opened):
    finding = opened().dose_response()
    share = finding.table.set_index("satisfaction")["retention"].dropna()
    for value in share:
        assert f"{value:.1f}%" in finding.alternative
    figure = finding.figure()
    (points,) = [line for line in figure.axes[0].get_lines() if line.get_marker() == "o"]
    assert list(points.get_ydata()) == list(share)


def test_the_same_figure_is_the_same_bytes(opened):
    finding = opened().trend("crr")
    assert finding.picture() == finding.picture()


def test_a_researcher_gets_the_fitted_model_and_the_table(opened):
    finding = opened().retention_model(form="linear", adjust_for=["tenure"])
    terms = finding.table.query("model == 'adjusted linear'").set_index("term")
    assert finding.result.params["satisfaction"] == pytest.approx(
        terms.loc["satisfaction", "estimate"]
    )
    assert list(finding.result.params.index) == ["intercept", "satisfaction", "tenure"]


def test_wrong_names_list_the_right_ones(opened):
    with pytest.raises(UnknownName, match=r"no segment 'on the clock'.*On the clock"):
        opened("on the clock")
    with pytest.raises(UnknownName, match=r"no KPI 'npss'.*nps"):
        opened().trend("npss")
    with pytest.raises(UnknownName, match=r"no covariate 'tenur'.*tenure"):
        opened().retention_model(adjust_for=["tenur"])
    with pytest.raises(UnknownName, match=r"no form 'splin'.*linear"):
        opened().retention_model(form="splin")
    with pytest.raises(UnknownName, match=r"no result 'kpi'.*kpis"):
        opened().table("kpi")


def test_the_scorecard_shows_every_kpi_with_its_interval_and_n(opened):
    finding = opened("On the clock").kpis()
    html = finding._repr_html_()
    row = finding.table.set_index("kpi").loc["crr"]
    assert f"{row['value']:.1f}%" in html
    assert f"{row['ci_low']:.1f}% to {row['ci_high']:.1f}%" in html
    assert f"n\xa0=\xa0{int(row['n']):,}" in html
    assert html.count("<h5>") == len(finding.table)


def test_the_overview_names_the_segment_that_leaves_and_what_it_misses(opened):
    sentence = opened().overview().sentence
    assert "Look first at “On the clock”" in sentence
    assert "expect is speed" in sentence


def test_a_study_of_a_survey_alone_says_so_and_tells_what_was_said(project, opened):
    raw = yaml.safe_load((project / "params" / "demo.yml").read_text())
    raw["data"]["tables"] = {"answers": raw["data"]["tables"]["answers"]}
    for key in ("retention", "segments", "objectives"):
        del raw[key]
    (project / "params" / "survey.yml").write_text(yaml.safe_dump(raw, allow_unicode=True))
    study = opened(params="survey")
    sentence = study.overview().sentence
    assert "Nothing is known of whether customers stay: needs retention in params." in sentence
    assert "CSAT, top-two-box:" in sentence
    assert study.drivers().verdict == "not measured"
    assert "not measured (needs orders)" in study.kpis()._repr_html_()
    for method in PLAIN:
        assert getattr(study, method)()._repr_html_()


def test_what_if_goes_from_an_attribute_to_money(opened):
    study = opened()
    finding = study.what_if(speed=1)
    steps = finding.table.set_index("outcome")
    assert steps.loc["satisfaction", "ci_low"] > 0
    assert steps.loc["retention", "change"] > 0
    assert steps.loc["break_even", "change"] == pytest.approx(steps.loc["value", "change"])
    # What stands in the table of improvements is the same question.
    first = study.improvements().table.set_index("attribute").loc["speed"]
    assert steps.loc["satisfaction", "change"] == pytest.approx(first["satisfaction"])
    assert steps.loc["value", "change"] == pytest.approx(first["value"])
    assert "speed +1" in finding.sentence and "nothing was tried out" in finding.sentence


def test_what_if_more_were_satisfied(opened):
    finding = opened().what_if(satisfied=5)
    assert finding.table.set_index("outcome").loc["satisfaction", "change"] == pytest.approx(0.05)


def test_what_if_names_the_attributes_there_are(opened):
    with pytest.raises(UnknownName, match="speed"):
        opened().what_if(spede=1)


def test_what_if_asks_first_for_what_should_be_improved_first(opened):
    study = opened()
    first = study.improvements().table.iloc[0]
    finding = study.what_if()
    assert finding.sentence.startswith(f"{first['attribute']} +1.0")
    change = finding.table.set_index("outcome").loc["satisfaction", "change"]
    assert change == pytest.approx(first["satisfaction"])
    gain = study.gains().table.set_index("times").loc[1.0, "change"]
    assert gain == finding.table.set_index("outcome").loc["retention", "change"]


def test_two_changes_bring_less_staying_than_each_by_itself(opened):
    study = opened()
    alone = [
        study.what_if(**{name: 4}).table.set_index("outcome")["change"]
        for name in ("speed", "quality")
    ]
    both = study.what_if(speed=4, quality=4).table.set_index("outcome")["change"]
    assert both["satisfaction"] == pytest.approx(
        alone[0]["satisfaction"] + alone[1]["satisfaction"]
    )
    assert both["retention"] != pytest.approx(alone[0]["retention"] + alone[1]["retention"])


def test_tables_lie_segment_by_segment(opened):
    study = opened()
    told = study.table("kpis")["segment"]
    assert list(told[told != told.shift()]) == study.segment_names


@pytest.mark.parametrize("segment", ["all", "On the clock"])
def test_a_segments_own_rows_tell_all_that_its_pages_show(opened, segment):
    names = [cell for page in ("2_scorecard", "3_drivers") for cell in _asked(page)]
    assert {"kpis", "importance", "what_if", "diagnostics"} <= set(names)
    study, whole = opened(segment), opened(segment)
    whole._own = whole.table
    for name in names:
        told, of_whole = getattr(study, name)(), getattr(whole, name)()
        assert told._repr_html_() == of_whole._repr_html_(), name


def _asked(page):
    """The findings that a notebook shows."""
    notebook = Path(__file__).parents[2] / "notebooks" / f"{page}.ipynb"
    return re.findall(r"study\.(\w+)\(", notebook.read_text("utf-8"))

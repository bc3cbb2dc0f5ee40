"""What stands in a text that is of no language, or of another one."""

import ast

from saydo.kpis import KPIS
from saydo.languages import gettext, speak
from saydo.languages.catalogues import KEYWORDS, PACKAGE
from saydo.params import Params
from saydo.report.definitions import INDUSTRY_USE, definitions

PARAMS = {
    "study": "Acme",
    "as_of": "2025-12-31",
    "data": {"tables": {"orders": {"path": "orders.csv"}}},
    "retention": {"kind": "purchase", "within_days": 90},
}
AS_CODE = {"kpis": "definitions and pitfalls", "objectives/advice.py": "printed on a console"}
"""Where texts may name params between backticks, and why these are not seen raw."""


def test_a_text_for_pages_names_no_params_between_backticks():
    raw = []
    for file in PACKAGE.rglob("*.py"):
        place = file.relative_to(PACKAGE)
        if place.as_posix() in AS_CODE or place.parts[0] in AS_CODE:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in KEYWORDS:
                raw += [
                    (place.name, given.value)
                    for given in node.args
                    if isinstance(given, ast.Constant) and "`" in str(given.value)
                ]
    assert raw == []


def test_what_is_said_of_a_kpi_on_scorecards_has_no_backticks():
    for kpi in KPIS.values():
        said = (kpi.label, kpi.nothing, kpi.source, *(reason for _rows, reason in kpi.otherwise))
        assert [text for text in said if "`" in text] == [], kpi.name


def test_a_publication_is_cited_as_english_in_other_languages():
    params = Params.model_validate(PARAMS)
    cited = '<bdi lang="en">Reichheld (2003), Harvard Business Review 81(12);'
    with speak("ar"):
        page = definitions(params).body
        assert cited in page
        used = gettext(INDUSTRY_USE)
        assert used != INDUSTRY_USE
        assert f">{used}<" not in page
        # A source that is no publication is said in words, which are translated.
        words = gettext("Software-as-a-service use")
        assert f"<p>{words}</p>" in page
    assert cited.replace('<bdi lang="en">', "<p>") in definitions(params).body

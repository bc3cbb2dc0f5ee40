"""The page of definitions, and the way to it from the scorecard."""

import re

import pytest
import yaml

from saydo.errors import UnknownName
from saydo.kpis import KPIS, THEMES
from saydo.report.definitions import PARTS


def test_every_kpi_is_defined_once_at_a_place_of_its_own(opened):
    finding = opened().definitions()
    html = finding._repr_html_()
    assert sorted(re.findall(r'<h3 id="(\w+)">', html)) == sorted(KPIS)
    assert "Share of answers of 9 or 10 less share of 0 to 6" in html
    assert "`" not in html


def test_its_parts_have_all_themes_in_their_order_each_once(opened):
    assert [theme for part in PARTS.values() for theme in part] == list(THEMES)
    tables = [opened().definitions(part).table for part in PARTS]
    assert [kpi for table in tables for kpi in table["kpi"]] == list(KPIS)
    with pytest.raises(UnknownName, match=r"no part 'markets'. Allowed: loyalty, market"):
        opened().definitions("markets")


def test_a_definition_shows_what_the_study_has_chosen(project, opened):
    raw = yaml.safe_load((project / "params" / "demo.yml").read_text())
    raw["data"]["tables"] = {name: raw["data"]["tables"][name] for name in ("customers", "orders")}
    raw |= {"segments": None, "objectives": []}
    raw["definitions"] = {**raw.get("definitions", {}), "repeat_days": 123, "lapse_days": None}
    raw["definitions"]["journey"] = ["<b>", "paid"]
    (project / "params" / "chosen.yml").write_text(yaml.safe_dump(raw, allow_unicode=True))
    html = opened(params="chosen").definitions()._repr_html_()
    assert "<code>definitions.repeat_days</code> (123)" in html
    # 180 unless said: purchases are not how this study tells who stays.
    assert "<code>definitions.lapse_days</code> (180)" in html
    assert "(<bdi>&lt;b&gt;, paid</bdi>)" in html


def test_names_of_the_scorecard_lead_to_definitions_in_a_run_alone(project, opened, monkeypatch):
    study = opened()
    assert "<a" not in study.kpis()._repr_html_()
    file = project / "params" / "demo.yml"
    monkeypatch.setenv("SAYDO_RESULTS", str(study.results.folder))

    def led_to() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        html = type(study).open(file).kpis()._repr_html_()
        for page, name in re.findall(r'<a href="\.\./(\w+)\.html#(\w+)">', html):
            found.setdefault(page, []).append(name)
        return {page: sorted(names) for page, names in found.items()}

    def within(*parts: str) -> list[str]:
        themes = {theme for part in parts for theme in PARTS[part]}
        return sorted(name for name, kpi in KPIS.items() if kpi.theme in themes)

    assert led_to() == {"definitions": within("loyalty"), "definitions_market": within("market")}
    # Studies begun when there was one notebook have all definitions on its page.
    notebooks = project / "notebooks"
    (notebooks / "5_definitions_market.ipynb").rename(project / "kept market")
    try:
        assert led_to() == {"definitions": within("loyalty", "market")}
        (notebooks / "5_definitions.ipynb").rename(project / "kept")
        assert led_to() == {}
    finally:
        (project / "kept").rename(notebooks / "5_definitions.ipynb")
        (project / "kept market").rename(notebooks / "5_definitions_market.ipynb")


def test_a_finding_is_told_in_words_where_there_is_no_html(opened):
    study = opened()
    assert repr(study.answer()) == f"<described: {study.answer().sentence}>"
    assert repr(study.trends()).count("\n") == len(study.trends().findings) - 1

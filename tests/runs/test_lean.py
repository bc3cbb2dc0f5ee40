"""Pages carry no style or script that they do not use, and all that they do."""

import re

import pytest

from saydo.runs.lean import lean, smaller_css, used_css

PAGE = (
    "<html><head><meta content=\"default-src 'none'; script-src 'sha256-x'; base-uri 'none'\">"
    "<style>{css}</style></head><body>{body}<script>1</script></body></html>"
)


def test_a_style_sheet_loses_nothing_but_space_and_remarks():
    css = "a > b:not(.c) { color: red;\n  margin: 0 1px; }\n/* why */\n@media print { p { top: 0 }}"
    assert smaller_css(css) == "a > b:not(.c){color:red;margin:0 1px}@media print{p{top:0}}"


@pytest.mark.parametrize(
    ("rule", "is_kept"),
    [
        ("p{top:0}", True),
        (".a{top:0}", True),
        (".a .b{top:0}", False),
        (".a:not(.b){top:0}", True),
        (".a:has(>figure)>:is(p,.b){top:0}", True),
        (".b:has(>figure)>:is(p,.a){top:0}", False),
        ("@media print{.a{top:0}}", True),
        ("@media print{.b{top:0}}", False),
        ("@media print{@page{margin:1cm}}", True),
        ("details::details-content{top:0}", True),
    ],
)
def test_a_rule_is_kept_where_its_classes_are_there(rule, is_kept):
    assert used_css(rule, {"a"}) == (rule if is_kept else "")


def test_of_several_selectors_those_stay_that_can_apply():
    assert used_css(".b,.a,h1{top:0}@media print{.b{top:0}.a{top:0}}", {"a"}) == (
        ".a,h1{top:0}@media print{.a{top:0}}"
    )


def test_a_page_without_tables_to_sort_has_no_script_and_allows_none():
    html = lean(PAGE.format(css="", body="<p>sortable"))
    assert "script" not in html
    assert "default-src 'none'; base-uri 'none'" in html


def test_a_page_with_such_a_table_keeps_the_script_and_the_style_of_what_that_adds():
    body = '<table class="sortable"></table>'
    html = lean(PAGE.format(css=".finder{top:0}.other{top:0}", body=body))
    assert "<script>1</script>" in html and "script-src" in html
    assert re.findall(r"<style>(.*)</style>", html) == [".finder{top:0}"]

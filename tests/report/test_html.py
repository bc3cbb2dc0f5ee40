import re
from xml.etree import ElementTree

import pandas as pd

from saydo.languages import name
from saydo.report import html, segment_figures
from saydo.report.finding import Finding, svg

EVIL = "<script>alert(1)</script>$x_1$ \" onerror='x'"


def test_names_are_text_in_tables_sentences_and_alternatives():
    finding = Finding(
        pd.DataFrame({"name": [EVIL], "value": [1.5]}),
        EVIL,
        reason=EVIL,
        verdict="refused",
        columns=[html.Shown("name", EVIL, numeric=False), html.Shown("value", "v")],
        caption=EVIL,
    )
    shown = finding._repr_html_()
    assert "<script" not in shown
    assert "' onerror" not in shown.replace("&#x27;", "")
    assert "&lt;script&gt;" in shown


def test_names_are_text_in_figures_and_no_mathematics():
    table = pd.DataFrame({"segment": [EVIL[:20], "$a$"], "percent": [60.0, 40.0]}).assign(
        revenue=50.0, profit=50.0
    )
    drawn = svg(segment_figures.sizes_and_value(table)).decode()
    assert "<script" not in drawn
    # Comments repeat every text; what counts is the text that is drawn.
    assert ">$a$<" in re.sub("<!--.*?-->", "", drawn, flags=re.DOTALL)


def test_missing_values_are_shown_as_absent():
    table = pd.DataFrame({"a": ["x"], "b": [float("nan")]})
    shown = html.table(table, [html.Shown("a", "A"), html.Shown("b", "B")], caption="c")
    assert "nan" not in shown
    assert ">–<" in shown


def test_what_rows_have_in_common_is_said_once_and_heads_them_all():
    frame = pd.DataFrame({"a": ["x", "x", "y"], "b": ["p", "q", "p"], "c": [1, 2, 3]})
    columns = [html.Shown("a", "A"), html.Shown("b", "B", numeric=False), html.Shown("c", "C")]
    rows = re.findall(r"<tr>(.*?)</tr>", html.table(frame, columns, caption="c"))
    assert rows[1:] == [
        '<th scope="row" rowspan="2"><bdi>x</bdi></th><th scope="row"><bdi>p</bdi></th><td>1</td>',
        '<th scope="row"><bdi>q</bdi></th><td>2</td>',
        '<th scope="row" rowspan="1"><bdi>y</bdi></th><th scope="row"><bdi>p</bdi></th><td>3</td>',
    ]
    # Numbers that happen to be alike name no rows; nor is anything said once that is told apart.
    alike = [columns[0], html.Shown("b", "B"), columns[2]]
    assert "rowspan" not in html.table(frame, alike, caption="c")
    assert "rowspan" not in html.table(frame.drop(index=1), columns, caption="c")


def test_a_table_of_text_says_so_once():
    frame = pd.DataFrame({"a": ["x"], "b": ["p"], "c": ["q"]})
    of_text = [html.Shown(name, name, numeric=False) for name in "abc"]
    shown = html.table(frame, of_text, caption="c")
    assert re.findall(r"<(\w+)[^<>]* class", shown.partition("<table")[2]) == []
    assert '<table class="text">' in shown
    mixed = html.table(frame, [*of_text[:2], html.Shown("c", "c")], caption="c")
    assert "<table>" in mixed and '<td class="text">p</td><td>q</td>' in mixed


def test_texts_of_a_figure_run_in_their_own_direction():
    # A picture does not know that its page is right-to-left: without this, "4 من 4" is torn apart.
    table = pd.DataFrame({"segment": ["المرتبة 4 من 4", "b"], "percent": [60.0, 40.0]}).assign(
        revenue=50.0, profit=50.0
    )
    root = ElementTree.fromstring(svg(segment_figures.sizes_and_value(table)))
    styles = root.findall("{http://www.w3.org/2000/svg}style")
    assert any("text{unicode-bidi:plaintext" in str(style.text) for style in styles)


def test_a_long_table_shows_its_first_rows_and_says_so():
    frame = pd.DataFrame({"who": [f"s{at}" for at in range(html.MOST_ROWS + 1)]})
    shown = html.table(frame, [html.Shown("who", "Segment")], caption="All")
    assert shown.count("<tr>") == 1 + html.MOST_ROWS
    assert "The first 100 of 101 rows; the tables of the run have all." in shown
    whole = html.table(frame.head(html.MOST_ROWS), [html.Shown("who", "Segment")], caption="All")
    assert "The first" not in whole


def test_characters_that_turn_text_round_are_left_out():
    assert html.escape("abc\u202edef") == "abcdef"
    assert name("abc\u202edef\u2066") == "abcdef"
    # A name of the other direction is kept to itself, in every language.
    assert name("عملاء") == "\u2068عملاء\u2069"

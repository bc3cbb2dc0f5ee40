"""What is left out of a page's markup is what every parser puts back."""

import pytest

from saydo.runs.lean import lean
from saydo.runs.markup import tight


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        # End tags that what follows implies.
        (
            "<table><caption>C</caption><thead><tr><th>a</th><th>b</th></tr></thead>"
            "<tbody><tr><th>1</th><td>2</td></tr><tr><th>3</th><td>4</td></tr></tbody></table>",
            "<table><caption>C<thead><tr><th>a<th>b<tbody><tr><th>1<td>2<tr><th>3<td>4</table>",
        ),
        ("<ul><li>1</li>\n<li>2</li></ul>", "<ul><li>1\n<li>2</ul>"),
        ("<p>1</p><p>2</p><div><p>3</p></div>", "<p>1<p>2<div><p>3</div>"),
        ("<dl><div><dt>1</dt><dd>2</dd></div></dl>", "<dl><div><dt>1<dd>2</div></dl>"),
        # Those that nothing implies.
        ("<a><p>1</p></a>", "<a><p>1</p></a>"),
        ("<p>1</p>2", "<p>1</p>2"),
        ("<p>1</p><svg></svg>", "<p>1</p><svg></svg>"),
        ("<td>1</td> <td>2</td>", "<td>1</td> <td>2</td>"),
        # Quotes around what holds neither space nor sign.
        ('<a class="b" href="c.html#d" title="e f">', '<a class=b href=c.html#d title="e f">'),
        ('<a title="" href="?a=b"><i class="c"/>', '<a title="" href="?a=b"><i class="c"/>'),
        ('<pre>class=&quot;b&quot; x="y"</pre>', '<pre>class=&quot;b&quot; x="y"</pre>'),
        # A name that is told twice.
        (
            '<div aria-label="A"><table><caption>A</caption></table></div>'
            '<div aria-label="B"><table class="c"><caption>B</caption></table></div>'
            '<div aria-label="B"><table><caption>C</caption></table></div>',
            "<div aria-labelledby=_1><table><caption id=_1>A</caption></table></div>"
            "<div aria-labelledby=_2><table class=c><caption id=_2>B</caption></table></div>"
            "<div aria-label=B><table><caption>C</caption></table></div>",
        ),
    ],
)
def test_what_a_parser_puts_back_is_left_out_and_nothing_else(html, expected):
    assert tight(html) == expected


@pytest.mark.parametrize(
    ("name", "own", "is_kept"),
    [
        ("Price watchers", "ltr", False),
        ("Price watchers", "rtl", True),
        ("ما قالوه", "rtl", False),
        ("ما قالوه", "ltr", True),
        ("שלום", "rtl", False),
        # Begins with no letter of either direction: its isolate runs from left to right.
        ("1 ما", "rtl", False),
        ("12", "ltr", True),
        ("12", "rtl", True),
        ("", "rtl", True),
        ("\u2068speed\u2069", "rtl", True),
        ("&lt;b", "ltr", True),
    ],
)
def test_a_name_that_is_all_of_a_cell_is_isolated_where_it_runs_the_other_way(name, own, is_kept):
    cell = tight(f"<th><bdi>{name}</bdi></th>", right_to_left=own == "rtl")
    assert cell == (f"<th><bdi>{name}</bdi></th>" if is_kept else f"<th>{name}</th>")


def test_a_name_among_other_words_stays_isolated():
    for html in ("<th><bdi>A</bdi> b</th>", "<p><bdi>A</bdi></p>"):
        assert tight(html) == html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u20661,864\u2069", "1,864"),
        ("\u206683.1%\u2069", "83.1%"),
        ("من \u20664.6\u2069 إلى \u20661,234\u2069", "من 4.6 إلى 1,234"),
        # A sign or a unit would be drawn on the other side.
        ("\u2066−3.5\u2069", "\u2066−3.5\u2069"),
        ("\u206653 €\u2069", "\u206653 €\u2069"),
        ("n = \u20661,864\u2069", "n = \u20661,864\u2069"),
        ("من \u20664%\u2069 إلى \u2066−5\u2069", "من \u20664%\u2069 إلى \u2066−5\u2069"),
        ("speed \u206612\u2069", "speed \u206612\u2069"),
    ],
)
def test_a_number_stands_without_isolates_where_nothing_can_turn_it(text, expected):
    assert tight(f"<td>{text}</td>", right_to_left=True) == f"<td>{expected}</td>"


def test_only_what_a_page_shows_is_made_tight():
    html = (
        '<html dir="rtl"><head><style></style></head><body><nav class="a"></nav>'
        '<main id="main"><p class="b">1</p><p>2</p></main><script>"<a b=\\"c\\">"</script></body>'
    )
    assert lean(html) == html.replace('class="b"', "class=b").replace("1</p>", "1").replace(
        '<script>"<a b=\\"c\\">"</script>', ""
    )

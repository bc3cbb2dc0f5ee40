"""Tables that can be sorted and searched, by keyboard, and without script are tables still."""

import pytest

NUMBERS = """(table, at) => [...table.tBodies[0].rows].slice(1)
  .map(row => parseFloat(row.cells[at].dataset.v))"""


@pytest.fixture
def table(browser, report, tmp_path):
    """The table of segments, with the field that only longer tables have."""
    html = (report("en") / "index.html").read_text("utf-8")
    assert html.count("class=sortable") == 1
    file = tmp_path / "index.html"
    file.write_text(html.replace("class=sortable", "class=sortable data-find=Find"), "utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    yield page.locator("table.sortable").first
    context.close()


def test_enter_on_a_heading_sorts_rows_and_everyone_stays_on_top(table):
    names = table.locator("tbody th").all_inner_texts()
    head = table.locator("thead th").nth(1)
    head.locator("button").focus()
    table.page.keyboard.press("Enter")
    most_first = table.evaluate(NUMBERS, 1)
    assert most_first == sorted(most_first, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"
    table.page.keyboard.press("Enter")
    assert table.evaluate(NUMBERS, 1) == most_first[::-1]
    assert head.get_attribute("aria-sort") == "ascending"
    now = table.locator("tbody th").all_inner_texts()
    assert now[0] == names[0]
    assert sorted(now) == sorted(names)


def test_only_the_column_by_which_rows_are_sorted_says_so(table):
    for at in (1, 0):
        table.locator("thead th button").nth(at).press("Enter")
    assert table.locator("thead th[aria-sort]").count() == 1
    names = table.locator("tbody th").all_inner_texts()[1:]
    assert names == sorted(names)


def test_a_name_is_searched_by_any_part_of_it_and_everyone_stays(table):
    table.page.get_by_label("Find").fill("PRICE")
    shown = [each for each in table.locator("tbody th").all() if each.is_visible()]
    assert [each.inner_text() for each in shown] == ["All customers", "Price watchers"]
    table.page.get_by_label("Find").fill("")
    assert len([each for each in table.locator("tbody th").all() if each.is_visible()]) == 5

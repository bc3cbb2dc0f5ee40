"""Everything can be reached and used without a mouse, in the order in which it is read."""

import pytest
from sample_pages import KINDS

CAN_FOCUS = "a[href], button, input, select, textarea, summary, [tabindex]"

FOCUSED = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return null;
  const {outlineStyle, outlineWidth} = getComputedStyle(focused);
  const box = focused.getBoundingClientRect();
  const all = [...document.querySelectorAll(CAN_FOCUS)];
  return {
    place: all.indexOf(focused),
    html: focused.outerHTML.slice(0, 200),
    outline: outlineStyle === 'none' ? 0 : parseFloat(outlineWidth),
    visible: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}""".replace("CAN_FOCUS", repr(CAN_FOCUS))


def tabbed(page) -> list[dict]:
    """What has the focus after each press of Tab, until it leaves the page."""
    seen = []
    while len(seen) < 2000:
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None or (seen and focused["place"] <= seen[0]["place"]):
            return seen
        seen.append(focused)
    raise AssertionError("The focus does not leave the page.")


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("kind", KINDS)
def test_tab_goes_to_everything_in_reading_order_and_shows_where_it_is(opened, kind, language):
    with opened(kind, language) as page:
        seen = tabbed(page)
        assert 'class="skip"' in seen[0]["html"]
        places = [each["place"] for each in seen]
        assert places == sorted(places)
        assert [each["html"] for each in seen if each["outline"] < 2] == []
        assert [each["html"] for each in seen if not each["visible"]] == []
        n_shown = page.eval_on_selector_all(
            CAN_FOCUS, "all => all.filter(each => each.checkVisibility()).length"
        )
        assert len(seen) == n_shown


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_shown_in_another_order_than_it_is_read(opened, kind):
    with opened(kind) as page:
        moved = page.eval_on_selector_all(
            "body *",
            """all => all.filter(each => {
              const {order, flexDirection} = getComputedStyle(each);
              return order !== '0' || flexDirection.endsWith('reverse') || each.tabIndex > 0;
            }).map(each => each.outerHTML.slice(0, 200))""",
        )
        assert moved == []


def test_the_first_link_skips_to_the_content(opened):
    with opened("overview") as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_folded_opens_by_enter(opened, kind):
    with opened(kind) as page:
        folded = page.locator("details:not([open])").first
        if not folded.count():
            pytest.skip("nothing is folded on this page")
        folded = folded.element_handle()
        folded.query_selector("summary").focus()
        page.keyboard.press("Enter")
        assert folded.evaluate("folded => folded.open")

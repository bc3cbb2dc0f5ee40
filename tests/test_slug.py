import pytest
from hypothesis import given
from hypothesis import strategies as st

from saydo.slug import slug

AWKWARD = ["A/B", "A-B", "A B", "😀", "عملاء", "x" * 300, "x" * 301, "CON", "../../x", "all ", ""]


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_names_give_safe_files(name):
    assert set(slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert 0 < len(slug(name)) <= 70
    assert slug(name) != "con"


def test_different_names_give_different_files():
    assert len({slug(name) for name in AWKWARD}) == len(AWKWARD)


def test_plain_words_stay_readable():
    assert slug("On the clock") == "on-the-clock"


@given(st.text(), st.text())
def test_names_that_differ_in_more_than_case_never_share_a_file(one, other):
    if one.lower() != other.lower():
        assert slug(one) != slug(other)

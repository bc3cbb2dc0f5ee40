"""No line ends between a number and its sign, its name or its unit, in any language."""

import re
from functools import partial

import pytest

from saydo import languages
from saydo.languages import LANGUAGES, gettext, speak
from saydo.languages.catalogues import template
from saydo.report import values
from saydo.report.model_words import p_in_words

from .conftest import NOTEBOOKS

BREAKS = {
    "en": r"\} pp\b",
    "fr": r"[}\d] (?:%|pp\b)| [:;?!»%](?!\w)|« ",
    "nl": r"[}\d] %",
    "ar": r"[}\d] (?:[%٪]|نقطة مئوية)",
    "ru": r"[}\d] (?:%|п\. ?п\.|дн\.|ч\b)|п\. п\.",
}
"""A space at which a line could end in the wrong place."""
EQUATION = r"\b[a-z] [=<]|[=<] \{"
LABELS = r"(?:,| en) % "
"""The unit of an axis follows its name, not a number."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "unit", ["%", "pp", "money per customer", "hours", "days", "months", "count"]
)
def test_a_number_stays_on_one_line_with_its_unit(language, unit):
    with speak(language):
        known = partial(values.shown, unit=unit, currency="EUR")
        assert not re.search(r"[ \n]", known(1234.5)), repr(known(1234.5))
        changed = values.change(-1234.5, unit, currency="EUR")
        assert not re.search(r"[ \n]", changed), repr(changed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sample_size_stays_on_one_line(language):
    with speak(language):
        assert " " not in values.sample_size(1234)
        told = gettext("n = {n}, of whom {left} left").format(n=1, left=2)
        assert told.startswith("n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}1")


@pytest.mark.parametrize("p", [0.25, 0.0001])
def test_a_p_value_stays_on_one_line(p):
    assert " " not in p_in_words(p)


def test_a_change_that_rounds_to_zero_has_no_sign():
    assert values.change(0.004, "stars", currency="EUR") == "0.00"
    assert values.change(0.006, "stars", currency="EUR") == "+0.01"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_lets_a_line_end_before_a_unit_or_a_mark(language):
    broken = []
    for message in template(NOTEBOOKS):
        for text in (message.id,) if isinstance(message.id, str) else message.id:
            with speak(language):
                said = gettext(text) if text == message.id else forms(message.id, language)
            if re.search(f"{BREAKS[language]}|{EQUATION}", re.sub(LABELS, "", said)):
                broken.append(said)
    assert broken == []


def forms(texts: tuple[str, str], language: str) -> str:
    """All forms of a plural, one after the other."""
    with speak(language):
        return "\n".join(languages.ngettext(*texts, count) for count in (0, 1, 2, 3, 11, 100))

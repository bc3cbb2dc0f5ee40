from datetime import date, datetime

import pytest

from saydo import languages
from saydo.languages import speak


@pytest.mark.parametrize(
    ("language", "number", "percent", "money"),
    [
        ("en", "−1,234.5", "88.1%", "€12.50"),
        ("fr", "−1\u202f234,5", "88,1\xa0%", "12,50\xa0€"),
        ("nl", "−1.234,5", "88,1%", "€\xa012,50"),
        ("ru", "−1\xa0234,5", "88,1\xa0%", "12,50\xa0€"),
    ],
)
def test_numbers_follow_the_language(language, number, percent, money):
    with speak(language):
        assert languages.number(-1234.5) == number
        assert languages.percent(88.1) == percent
        assert languages.money(12.5, "EUR") == money


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (lambda: languages.number(-1234.5), "−1,234.5"),
        (lambda: languages.percent(-3.25, 2), "−3.25%"),
        (lambda: languages.signed(3), "+3.0"),
        (lambda: languages.money(-5.5, "EUR"), "−5.50\xa0€"),
        (lambda: languages.plus(languages.money(7452, "EUR")), "+7,452\xa0€"),
    ],
)
def test_in_arabic_a_sign_stands_on_the_left_of_its_number(said, shown):
    # Within an isolate that runs from left to right, and which nothing within turns around.
    with speak("ar"):
        assert said() == f"\u2066{shown}\u2069"


@pytest.mark.parametrize("language", ["en", "fr", "nl", "ar", "ru"])
def test_a_plus_stands_where_the_minus_does(language):
    with speak(language):
        for said in (lambda value: languages.money(value, "EUR"), languages.number):
            assert languages.plus(said(12.5)) == said(-12.5).replace("−", "+")


def test_dates_and_periods_follow_the_language():
    with speak("fr"):
        assert languages.day(date(2025, 12, 31)) == "31 déc. 2025"
        assert languages.period(date(2025, 10, 1), "quarter") == "T4 2025"
    assert languages.period(date(2025, 10, 1), "month") == "Oct 2025"
    assert languages.period(date(2025, 1, 1), "year") == "2025"
    assert languages.instant(datetime(2025, 1, 2, 3, 4)) == "2 Jan 2025 03:04"


def test_nothing_is_minus_zero():
    assert languages.number(-0.04) == "0.0"


def test_the_language_is_left_as_it_was():
    with speak("ar"):
        assert languages.is_right_to_left()
    assert languages.active() == "en"
    assert not languages.is_right_to_left()

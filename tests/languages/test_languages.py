from datetime import date, datetime

import pytest

from saydo import languages
from saydo.languages import contract_name, gettext, ngettext, prose, speak


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


def test_the_people_served_are_called_what_the_study_calls_them():
    text = "{Customers} and a {customer}: {reason}, of the customers"
    assert gettext(text) == "Customers and a customer: {reason}, of the customers"
    with speak("en", "beneficiary"):
        assert gettext(text) == "Beneficiaries and a beneficiary: {reason}, of the customers"
        assert ngettext("{count} {customer}", "{count} {customers}", 2) == "{count} beneficiaries"
        assert gettext("{Customer} {customer_id} {customers_}") == (
            "Beneficiary {customer_id} {customers_}"
        )
    assert gettext("{customers}") == "customers"


def test_prose_of_notebooks_is_plainly_written_and_follows_the_audience():
    with speak("en", "patient"):
        assert prose("Do satisfied customers stay?") == "Do satisfied patients stay?"
        assert prose("The column customer_id") == "The column customer_id"


def test_names_of_the_contract_follow_the_audience_in_every_language():
    with speak("fr", "citizen"):
        assert contract_name("customers.left_on") == "citizens.left_on"
        assert contract_name("orders.customer_id") == "orders.citizen_id"
    assert contract_name("customers.left_on") == "customers.left_on"

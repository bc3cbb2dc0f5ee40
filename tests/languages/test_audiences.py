"""The people served are called what the study calls them: in every text, language and form."""

import ast
import re
from functools import cache

import pytest
from babel.messages.pofile import read_po

from saydo.kpis import KPIS
from saydo.languages import (
    FOLDER,
    LANGUAGES,
    contract_name,
    gettext,
    names_as_in_params,
    ngettext,
    prose,
    speak,
)
from saydo.languages.audiences import TOKEN
from saydo.languages.catalogues import KEYWORDS, PACKAGE, template
from saydo.languages.lexicon import AUDIENCES, WORDS
from saydo.params import Params

NOTEBOOKS = PACKAGE.parents[1] / "notebooks"
TRANSLATED = LANGUAGES[1:]
BARE = {
    "en": r"\bcustomers?\b",
    "fr": r"\bclients?\b",
    "nl": r"klant",
    "ar": r"عميل|عملا",
    "ru": r"клиент",
}
"""The word for a customer, in all its forms and compounds."""
LEFT = re.compile(r"\{[^{}]*customer", re.IGNORECASE)
"""What a token leaves that is not taken for one, misspelt or not."""


def both(text: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text or "",)


def translations(language: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Each text with its translation, where it has one."""
    with (FOLDER / f"{language}.po").open("rb") as source:
        messages = read_po(source, locale=language)
    return [(both(each.id), both(each.string)) for each in messages if each.id and each.string]


@cache
def texts() -> list[tuple[str, ...]]:
    return [both(message.id) for message in template(NOTEBOOKS) if message.id]


def test_each_audience_of_params_has_its_words():
    assert Params.model_json_schema()["properties"]["audience"]["enum"] == list(AUDIENCES)
    for language in LANGUAGES:
        forms = WORDS[language]
        assert {"customer", "customers"} <= set(forms)
        for form, words in forms.items():
            assert len(words) == len(AUDIENCES), (language, form)
            assert all(words), (language, form)


def test_a_token_becomes_the_word_of_the_audience_and_other_braces_stay():
    text = "{Customers} and a {customer}: {reason}, of the customers"
    assert gettext(text) == "Customers and a customer: {reason}, of the customers"
    with speak("en", "beneficiary"):
        assert gettext(text) == "Beneficiaries and a beneficiary: {reason}, of the customers"
        assert ngettext("{count} {customer}", "{count} {customers}", 2) == "{count} beneficiaries"
        assert gettext("{Customer} {customer_id} {customers_}") == (
            "Beneficiary {customer_id} {customers_}"
        )
    assert gettext("{customers}") == "customers"


@pytest.mark.parametrize(
    ("language", "audience", "text", "said"),
    [
        ("fr", "voter", "no new {customers} in this period", "aucun nouvel électeur pendant"),
        ("fr", "citizen", "Enough {customers} per coefficient", "Assez de citoyens par"),
        ("fr", "student", "Enough {customers} per coefficient", "Assez d’étudiants par"),
        ("nl", "member", "{Customer} acquisition cost", "Wervingskosten per nieuw lid"),
        ("nl", "patient", "{Customer} acquisition cost", "Wervingskosten per nieuwe patiënt"),
        ("ar", "citizen", "Do satisfied {customers} stay?", "هل يبقى المواطنون الراضون؟"),
        ("ar", "citizen", "Share of {customers}", "نسبة المواطنين"),
        ("ar", "stakeholder", "All {customers}", "جميع أصحاب المصلحة"),
        ("ru", "citizen", "Share of {customers}", "Доля граждан"),
        ("ru", "voter", "Not a {customer} when the watch began", "Не был избирателем на"),
    ],
)
def test_a_translation_takes_the_form_that_its_sentence_needs(language, audience, text, said):
    with speak(language, audience):
        assert gettext(text).startswith(said)


def test_prose_of_notebooks_is_plainly_written_and_follows_the_audience():
    with speak("en", "patient"):
        assert prose("Do satisfied customers stay?") == "Do satisfied patients stay?"
        assert prose("The column customer_id") == "The column customer_id"
    with speak("fr", "patient"):
        assert prose("Do satisfied customers stay?") == "Les patients satisfaits restent-ils\u202f?"


def test_names_of_the_contract_follow_the_audience_and_are_the_same_in_every_language():
    with speak("fr", "citizen"):
        assert contract_name("customers.left_on") == "citizens.left_on"
        assert contract_name("orders.customer_id") == "orders.citizen_id"
    assert contract_name("customers.left_on") == "customers.left_on"
    with speak("en", "citizen"), names_as_in_params():
        assert contract_name("customers.left_on") == "customers.left_on"


def test_no_text_says_customer_itself():
    assert [
        text for each in texts() for text in each if re.search(BARE["en"], bare(text), re.I)
    ] == []


def test_a_token_stands_only_in_texts_that_gettext_is_given():
    loose = []
    for file in PACKAGE.rglob("*.py"):
        if file.parent == FOLDER:
            continue
        given, tree = set(), ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in KEYWORDS:
                given |= {id(argument) for argument in node.args}
        loose += [
            (file.name, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            if TOKEN.search(node.value) and id(node) not in given
        ]
    assert loose == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_says_customer_itself(language):
    said = [
        form
        for _text, forms in translations(language)
        for form in forms
        if re.search(f"{BARE[language]}|{BARE['en']}", bare(form), re.IGNORECASE)
    ]
    assert said == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_speaks_of_the_people_served_where_the_text_does(language):
    silent = [
        text
        for text, forms in translations(language)
        if TOKEN.search(text[0]) and not all(TOKEN.search(form) for form in forms)
    ]
    assert silent == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_token_is_left_in_any_text(language, audience):
    with speak(language, audience):
        for text in texts():
            shown = (
                [ngettext(*text, count) for count in (0, 1, 2, 5, 11, 100)]
                if len(text) == 2
                else [gettext(text[0])]
            )
            assert [each for each in shown if LEFT.search(each)] == []


def test_everything_a_kpi_says_follows_the_audience():
    with speak("en", "citizen"):
        for kpi in KPIS.values():
            shown = [gettext(text) for text in (kpi.label, kpi.definition, kpi.pitfall, kpi.source)]
            shown += [gettext(kpi.nothing), *(gettext(reason) for _rows, reason in kpi.otherwise)]
            # Formulas are not translated, and so name nobody.
            shown += [kpi.formula, kpi.measure.interval]
            said = [text for text in shown if re.search(BARE["en"], text, re.IGNORECASE)]
            assert said == [], kpi.name


def bare(text: str) -> str:
    """`text` without tokens."""
    return TOKEN.sub("", text)

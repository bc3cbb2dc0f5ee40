"""Translations are finished, in their own language, and put the people served in the right form."""

import re

import pytest
from babel.messages.pofile import read_po

from saydo.languages import FOLDER, LANGUAGES, gettext, ngettext, speak
from saydo.languages.audiences import TOKEN

TRANSLATED = LANGUAGES[1:]
SCRIPT = {"ar": r"[\u0600-\u06ff]", "ru": r"[\u0400-\u04ff]"}
"""Letters of languages that are not written in Latin ones."""
FILLED_IN = re.compile(r"\{[^{}]*\}|`[^`]*`")

WRONG_FORM = {
    # Each of these governs another case than the nominative.
    "ru": r"(?<!\w)(?:без|во?|для|до|за|из|из-за|ко?|кроме|между|на|над|о|об|около|от|перед|по|под"
    r"|после|при|про|против|со?|среди|у|через)\s+\{[Cc]ustomers?\}",
    # Elision and contraction: {customer.le}, {customer.du}, {customers.de}, {customer.nouveau}.
    "fr": r"(?<!\w)(?:d[eu]|le|au|que|nouveau|nouvel|d’|l’|qu’|bel|cet)\s*\{customers?\}",
    # De or het, elke or elk, nieuwe or nieuw.
    "nl": r"(?<!\w)(?:de|het|elke?|ieder|iedere|deze|dit|nieuwe?)\s+\{customer\}",
    # A genitive follows, {customers.obl} or {customers.def.obl}; the article melts after لـ.
    "ar": r"(?<!\w)[وف]?(?:(?:من|في|على|إلى|عن|بين|مع|لدى|حتى|منذ|عند|قبل|بعد|غير|كل|جميع|بعض|نسبة"
    r"|عدد)\s+\{customers(?:\.def)?\}|[بلك]\{customers(?:\.def)?\}|ل\{customers?\.def)",
}
"""A word, and after it the people served in a form that can't follow it."""


def translations(language: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each text (in the plural, where it has one) with its forms."""
    with (FOLDER / f"{language}.po").open("rb") as source:
        messages = [message for message in read_po(source, locale=language) if message.id]
    return [
        (
            message.id if isinstance(message.id, str) else message.id[-1],
            message.string if isinstance(message.string, tuple) else (message.string,),
        )
        for message in messages
    ]


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_a_guess_that_nobody_has_looked_at(language):
    with (FOLDER / f"{language}.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    plural = [message for message in catalogue if isinstance(message.id, tuple)]
    assert len(plural) > 10
    # As CLDR counts the forms of each language.
    forms = {"fr": 2, "nl": 2, "ar": 6, "ru": 3}[language]
    assert [message.id for message in plural if len(message.string) != forms] == []


@pytest.mark.parametrize("language", SCRIPT)
def test_a_translation_is_written_in_the_letters_of_its_language(language):
    foreign = [
        text
        for text, forms in translations(language)
        if re.search("[a-z]{2}", FILLED_IN.sub("", text))
        if any(
            form and not TOKEN.search(form) and not re.search(SCRIPT[language], form)
            for form in forms
        )
    ]
    # Names of methods, after those who found them.
    assert [text for text in foreign if not re.fullmatch(r"[A-Z][\w–, -]+", text)] == []


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_a_translation_is_not_the_english_sentence(language):
    same = [
        text
        for text, forms in translations(language)
        if text in forms and len(re.findall(r"[^\W\d_]+", FILLED_IN.sub("", text))) > 5
    ]
    assert same == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_people_served_stand_in_the_form_that_the_word_before_them_asks_for(language):
    wrong = [
        form
        for _text, forms in translations(language)
        for form in forms
        if re.search(WRONG_FORM[language], form)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ru", "для {customers}"),
        ("ru", "по каждому и о {customers}"),
        ("fr", "peu de {customers}"),
        ("fr", "l’avis du {customer}"),
        ("nl", "van elke {customer}"),
        ("ar", "نسبة {customers.def}"),
        ("ar", "ل{customers.def.obl}"),
    ],
)
def test_a_wrong_form_is_found(language, said):
    assert re.search(WRONG_FORM[language], said)


@pytest.mark.parametrize(
    ("language", "audience", "text", "said"),
    [
        ("fr", "voter", "Share of help sessions after which the {customer} ", "l’électeur n’a"),
        ("fr", "member", "Share of help sessions after which the {customer} ", "le membre n’a"),
        ("fr", "student", "Worth of one {customer} won, at the margin", "par nouvel étudiant"),
        ("nl", "member", "Leaving has no date, so that nobody knows", "hoelang elk lid is"),
        ("nl", "patient", "Leaving has no date, so that nobody knows", "hoelang elke patiënt is"),
        ("nl", "member", "Share of help sessions after which the {customer} ", "het lid gedurende"),
        ("ar", "citizen", "Silent churn", "الفقدان الصامت للمواطنين"),
        ("ar", "stakeholder", "Silent churn", "الفقدان الصامت لأصحاب المصلحة"),
        ("ar", "student", "First day as a {customer} unknown", "أصبحوا طلابًا"),
        ("ar", "patient", "First day as a {customer} unknown", "أصبحوا مرضى"),
        ("ru", "voter", "Churn per {customer}-day", "день присутствия избирателя"),
        ("ru", "citizen", "Churn per {customer}-day", "день присутствия гражданина"),
        ("ru", "student", "Margin, not revenue, and that of all {customers}", "по всем студентам"),
        ("ru", "citizen", "Leaving has no date, so that nobody knows", "за каждым гражданином"),
        ("ru", "member", "Leaving has no date, so that nobody knows", "за каждым участником"),
        ("ru", "patient", "with {names} it can be told exactly of some", "о некоторых пациентах"),
    ],
)
def test_the_people_served_are_inflected_as_the_sentence_needs(language, audience, text, said):
    (whole,) = {each for each, _forms in translations(language) if each.startswith(text)}
    with speak(language, audience):
        assert said in gettext(whole)


@pytest.mark.parametrize(
    ("language", "audience", "said"),
    [
        (
            "ru",
            "citizen",
            {1: "1 гражданин", 3: "3 гражданина", 5: "5 граждан", 21: "21 гражданин"},
        ),
        ("ar", "member", {1: "عضو واحد", 2: "عضوان", 3: "3 أعضاء", 11: "11 عضوًا"}),
        ("ar", "citizen", {2: "مواطنان", 3: "3 مواطنين", 11: "11 مواطنًا", 100: "100 مواطن"}),
        ("fr", "voter", {1: "1 électeur", 2: "2 électeurs"}),
        ("nl", "member", {1: "1 lid", 2: "2 leden"}),
    ],
)
def test_a_number_of_people_has_the_form_that_it_governs(language, audience, said):
    with speak(language, audience):
        found = {
            count: ngettext("{count} {customer}", "{count} {customers}", count).format(count=count)
            for count in said
        }
    assert found == said

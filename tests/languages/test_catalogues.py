"""Catalogues hold every text, whole, and with nothing lost of what is filled in."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from saydo.languages import FOLDER, LANGUAGES
from saydo.languages.audiences import TOKEN
from saydo.languages.catalogues import KEYWORDS, PACKAGE, rendered, template
from saydo.languages.lexicon import WORDS, forms, head_of
from saydo.params import Params

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TRANSLATED = LANGUAGES[1:]


def catalogue(language: str):
    with (FOLDER / f"{language}.po").open("rb") as source:
        return read_po(source, locale=language)


def fields(text: str) -> set[str]:
    return set(re.findall(r"\{\w*\}", TOKEN.sub("", text)))


def test_the_template_holds_every_text():
    # Made by: make messages
    assert (FOLDER / "messages.pot").read_bytes() == rendered(template(NOTEBOOKS))


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_is_as_it_would_be_written_again(language):
    # Its head too: lines of words are longer than those of texts.
    assert (FOLDER / f"{language}.po").read_bytes() == rendered(catalogue(language))


def test_a_language_is_one_catalogue(tmp_path):
    assert ["en", *sorted(file.stem for file in FOLDER.glob("*.po"))] == list(LANGUAGES)
    assert Params.model_json_schema()["properties"]["language"]["enum"] == list(LANGUAGES)
    # A new one begins as a copy of the template, with the words that are to be translated.
    assert forms(head_of(FOLDER / "messages.pot")) == WORDS["en"]
    new = tmp_path / "de.po"
    head, first = "# Kunden | zu {x}\n#\n#customers | Kunden | Bürger \n", 'msgid ""\n# a | b\n'
    new.write_text(head + first, "utf-8")
    assert forms(head_of(new))["customers"] == ("Kunden", "Bürger")
    assert "a" not in forms(head_of(new))


def test_no_text_is_hidden_from_the_template():
    # In Python 3.11 a call inside an f-string is not seen by the extractor, but by the parser.
    texts = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in KEYWORDS:
                texts |= {
                    argument.value
                    for argument in node.args
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                }
    known = {
        text
        for message in template(NOTEBOOKS)
        for text in (message.id if isinstance(message.id, tuple) else (message.id,))
    }
    assert len(texts) > 400
    assert texts - known == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language):
    there = catalogue(language)
    wanted = {str(message.id) for message in template(NOTEBOOKS) if message.id}
    assert {str(message.id) for message in there if message.id} == wanted
    empty = [
        message.id
        for message in there
        if message.id
        and not all(message.string if isinstance(message.string, tuple) else (message.string,))
    ]
    assert empty == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_filled_in_is_the_same_in_every_language(language):
    for message in catalogue(language):
        if not message.id or not message.string:
            continue
        many = isinstance(message.id, tuple)
        wanted = fields(message.id[-1] if many else message.id)
        forms = message.string if many else (message.string,)
        # One form of a plural may say "one" in words.
        assert fields(forms[-1]) == wanted, message.id
        assert all(fields(form) <= wanted for form in forms), message.id

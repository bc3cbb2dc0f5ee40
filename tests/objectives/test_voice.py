"""Sentences of five languages: whose voice are they in?"""

from pathlib import Path

import pytest
import yaml

from saydo.objectives.voice import fault

SENTENCES = yaml.safe_load((Path(__file__).parent / "sentences.yml").read_text("utf-8"))
ORGANISATION = {"ar": "أكمي"}

MISSED = {
    # Nobody speaks in it, and yet a customer could: the price of flagging “80% of members renew”.
    "Opening hours suit people who work",
}
"""Sentences on which the words are known to be wrong."""


def sentences(group: str) -> list[tuple[str, str | None]]:
    good = [(voice, None) for voice in SENTENCES[group]["good"]]
    return good + [(each["voice"], each["kind"]) for each in SENTENCES[group]["bad"]]


ALL = [(group[:2], *sentence) for group in SENTENCES for sentence in sentences(group)]


def found(voice: str, language: str) -> str | None:
    return fault(voice, language=language, organisation=ORGANISATION.get(language, "Acme"))


@pytest.mark.parametrize(("language", "voice", "kind"), ALL)
def test_a_sentence_is_found_to_be_in_the_voice_it_is_in(language, voice, kind):
    is_right = (found(voice, language) is None) == (kind is None)
    assert is_right == (voice not in MISSED)


@pytest.mark.parametrize(
    ("language", "voice", "kind"),
    [(group, *each) for group in ("en", "fr", "nl", "ar", "ru") for each in sentences(group)],
)
def test_the_fault_is_named_by_its_kind(language, voice, kind):
    assert found(voice, language) == kind


def test_every_table_has_as_many_good_sentences_as_bad():
    assert [len(SENTENCES["en"][kind]) for kind in ("good", "bad")] == [10, 10]
    assert all(len(group["good"]) == len(group["bad"]) >= 5 for group in SENTENCES.values())


def test_case_quotes_and_spelling_of_apostrophes_do_not_matter():
    for voice in ("I’D BE SORRY IF THIS SHOP CLOSED.", "«I'd be sorry if this shop closed!»"):
        assert found(voice, "en") is None
    assert found("BEST‑IN‑CLASS Experience", "en") == "wish"


def test_arabic_is_read_with_and_without_vowel_signs_and_hamza():
    for voice in ("أَحْصُلُ عَلى طَلَبي في المَوعِد", "احصل على طلبي في الموعد"):
        assert found(voice, "ar") is None
    for voice in ("زيادة رضا العملاء", "زِيادَةُ رِضا العُمَلاء"):
        assert found(voice, "ar") == "wish"


def test_what_an_organisation_asks_of_itself_is_no_request_of_someone_served():
    assert found("Keep your promises", "en") is None
    assert found("Keep customers", "en") == "wish"


def test_the_organisations_name_is_someone_to_speak_of_not_a_voice():
    assert found("Acme keeps its promises", "en") is None
    assert fault("Acme keeps its promises", language="en", organisation="Umbrella") == "no voice"
    assert found("Acme will launch an app", "en") == "initiative"


def test_nothing_is_said_against_a_sentence_in_a_language_without_a_list():
    assert fault("Launch a loyalty programme", language="en") == "initiative"
    assert fault("Launch a loyalty programme", language="xx") is None

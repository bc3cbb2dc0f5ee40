# ruff: noqa: E501  A table is read by its columns.
"""The words for the people served, in every language and in every form that sentences need.

They stand at the head of a language's catalogue, beside the texts that they go into: in remarks
(`#`), a line per form, with a word for each of `AUDIENCES` between bars. A form is a token's name:
`{customers.gen}` in a text stands for the form `customers.gen`. In every language `customer` and
`customers` are as in a dictionary, without an article; which other forms it has each says itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent

AUDIENCES = (
    "customer",
    "citizen",
    "beneficiary",
    "member",
    "stakeholder",
    "voter",
    "patient",
    "student",
)
"""As `audience` in params names them."""

ENGLISH = """\
customer  | customer  | citizen  | beneficiary   | member  | stakeholder  | voter  | patient  | student
customers | customers | citizens | beneficiaries | members | stakeholders | voters | patients | students
"""

LANGUAGES = ("en", *sorted(file.stem for file in FOLDER.glob("*.po")))
"""English, in which the source is written, and every language that has a catalogue."""

Forms = Mapping[str, tuple[str, ...]]


def forms(lines: Iterable[str]) -> Forms:
    """Forms from lines of words: the form, then a word per audience, between bars."""
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if "|" in line]
    return MappingProxyType({form: tuple(words) for form, *words in rows})


def head_of(catalogue: Path) -> list[str]:
    """The remarks at the head of a catalogue, without their mark."""
    with catalogue.open(encoding="utf-8") as lines:
        return [line[1:].strip() for line in takewhile(lambda line: line[0] == "#", lines)]


WORDS: Mapping[str, Forms] = MappingProxyType(
    {"en": forms(ENGLISH.splitlines())}
    | {language: forms(head_of(FOLDER / f"{language}.po")) for language in LANGUAGES[1:]}
)

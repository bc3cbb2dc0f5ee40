"""Whose voice is a sentence in: that of someone served, or the organisation's own?

Takes a sentence, its language and the organisation's name; returns what speaks against it
(`Fault`), or None. Words decide, listed per language in `words/<language>.yml`; no list can know
what was meant, so that a fault is advice and never an error.

How it decides, in this order:

1. “Our customers” (`our` before `people`, or one word of `our_people`), or words that only an
   organisation says (`company`: market share, churn): a fault, whoever speaks.
2. Someone says I, me or my (`speaks`, `speaks_shape`): no fault.
3. After its lead-in (`lead_in`: “our goal is to”) the sentence opens with what organisations do
   (`initiative_first`: launch) or wish for (`wish_first`: increase): a fault, unless it is asked of
   “you” or “them” (`they`): “Keep your promises”.
4. Someone speaks to or of the organisation (`they`, or its name): no fault.
5. Works and wishes anywhere (`initiative`, `wish`), those served in the third person (`people`), or
   what organisations call their own (`our` before `ours`): a fault.
6. We or us (`we`), who may be a household: no fault. Nobody at all: a fault.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

Fault = Literal["wish", "initiative", "no voice"]

WORDS = Path(__file__).parent / "words"

_READ_AS = str.maketrans("’ʼ‘ё-‐‑–—أإآٱة", "'''е" + " " * 5 + "اااا" + "ه")
"""Spellings that mean the same word."""

_UNREAD = re.compile('[\u064b-\u0652\u0640\u2066-\u2069\u200e\u200f“”«»"!?.…،؛;()]')
"""Arabic vowel signs and stretchers, marks of direction, and punctuation."""


def fault(voice: str, *, language: str, organisation: str = "") -> Fault | None:
    """What makes `voice` no sentence of someone served, or None.

    Nothing is said against sentences in a language without a list of words.

    Args:
        voice: The sentence.
        language: In which it is: en, fr, …
        organisation: Its name, which a sentence may be about.

    Examples:
        >>> fault("When I call, someone picks up within a minute", language="en")
        >>> fault("Launch a loyalty programme", language="en")
        'initiative'
        >>> fault("Increase satisfaction", language="en")
        'wish'
        >>> fault("We delight our customers", language="en")
        'no voice'
    """
    words = _words(language)
    if words is None:
        return None
    text = _read(voice)
    name = _read(organisation)
    opening = words.opening(text, name)
    claimed = words.claimed(opening) or words.planned(text)
    if words.has("our_people", text) or words.has_ours("people", text):
        return claimed or "no voice"
    if words.has("company", text):
        return claimed or ("no voice" if words.has("we", text) else "wish")
    if words.speaks(voice, text):
        return None
    is_named = bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None
    is_addressed = words.has("they", text)
    if words.claimed(opening) and not (is_addressed and not words.has("people", text)):
        return words.claimed(opening)
    if (is_addressed or is_named) and not words.has_ours("ours", text):
        return None
    if claimed:
        return claimed
    if words.has("people", text) or words.has_ours("ours", text) or not words.has("we", text):
        return "no voice"
    return None


@dataclass(frozen=True)
class _Words:
    """The lists of one language, each compiled to one pattern."""

    patterns: Mapping[str, re.Pattern[str]]
    shape: re.Pattern[str] | None
    not_shaped: frozenset[str]

    def has(self, kind: str, text: str) -> bool:
        """Whether a word of this list occurs."""
        return self.patterns[kind].search(text) is not None

    def has_ours(self, kind: str, text: str) -> bool:
        """Whether one follows “our”, with at most two words between."""
        between = r"(?:\s+\S+){0,2}\s+"
        pattern = self.patterns["our"].pattern + between + self.patterns[kind].pattern
        return re.search(pattern, text) is not None

    def speaks(self, voice: str, text: str) -> bool:
        """Whether someone says I."""
        if self.has("speaks", text):
            return True
        if self.shape is None:
            return False
        found = [*self.shape.findall(voice), *self.shape.findall(text)]
        return any(word not in self.not_shaped for word in found)

    def opening(self, text: str, name: str) -> str:
        """The sentence without what leads in to its verb, and without the name before it."""
        before = None
        while before != text:
            before = text
            text = text.removeprefix(f"{name} ") if name else text
            lead = self.patterns["lead_in"].match(text)
            text = text[lead.end() :].strip(" :,'") if lead else text
        return text

    def claimed(self, opening: str) -> Fault | None:
        """What it opens with: something to do, or something to wish for."""
        if self.patterns["initiative_first"].match(opening):
            return "initiative"
        if self.patterns["wish_first"].match(opening):
            return "initiative" if self.has("initiative", opening) else "wish"
        return None

    def planned(self, text: str) -> Fault | None:
        """What occurs anywhere in it."""
        if self.has("initiative", text):
            return "initiative"
        return "wish" if self.has("wish", text) else None


@cache
def _words(language: str) -> _Words | None:
    file = WORDS / f"{language}.yml"
    if not file.is_file():
        return None
    raw = yaml.safe_load(file.read_text("utf-8"))
    prefix = raw.pop("prefix", "")
    shape = raw.pop("speaks_shape", None)
    not_shaped = frozenset(map(_read, raw.pop("not_speaks", ())))
    patterns = {kind: _pattern(entries, prefix) for kind, entries in raw.items()}
    return _Words(patterns, re.compile(shape) if shape else None, not_shaped)


def _pattern(entries: list[str], prefix: str) -> re.Pattern[str]:
    """One pattern for all; the longest first, so that a phrase goes before its first word."""
    spelled = [
        re.escape(_read(entry.removesuffix("*"))) + (r"\w*" if entry.endswith("*") else "")
        for entry in sorted(entries, key=len, reverse=True)
    ]
    # A language without such words has an empty list, which must match nothing.
    return re.compile(rf"(?<!\w){prefix}(?:{'|'.join(spelled) or '(?!)'})(?!\w)")


def _read(text: str) -> str:
    """`text` in one spelling: lower case, no hyphens, vowel signs or punctuation."""
    text = unicodedata.normalize("NFC", text).casefold().translate(_READ_AS)
    return " ".join(_UNREAD.sub("", text).split())

"""What the people served are called: customers, citizens, patients, …

Texts for readers never say "customer" themselves. They write `{customer}`, `{customers}`,
`{Customer}` or `{Customers}`, and `gettext` puts in the word of the study's `audience`, in its
language. In a translation a token may end in the form that its sentence needs: `{customers.gen}`.
"""

from __future__ import annotations

import re

from saydo.languages.lexicon import AUDIENCES, WORDS

DEFAULT = AUDIENCES[0]

TOKEN = re.compile(r"\{([Cc])(ustomers?)((?:\.[a-z]+)*)\}")
"""A token: capitalised or not, one or several, and in which form."""

_BARE = re.compile(r"\b[Cc]ustomers?\b")


def in_words(text: str, *, language: str, audience: str) -> str:
    """`text` with the audience's word in place of each token; every other brace stays.

    Raises:
        KeyError: The language has no such form.
    """
    if "ustomer" not in text:
        return text
    words, place = WORDS[language], AUDIENCES.index(audience)

    def word(token: re.Match[str]) -> str:
        chosen = words[f"c{token[2]}{token[3]}"][place]
        return chosen[0].upper() + chosen[1:] if token[1] == "C" else chosen

    return TOKEN.sub(word, text)


def with_tokens(prose: str) -> str:
    """A notebook's prose as a text with tokens, for in Jupyter it is read as it was written."""
    return _BARE.sub(lambda word: f"{{{word[0]}}}", prose)


def contract_name(name: str, *, audience: str) -> str:
    """A table or column of the contract as pages name it: `citizens.left_on`, `citizen_id`."""
    return re.sub(
        r"customers?",
        lambda word: in_words(f"{{{word[0]}}}", language="en", audience=audience),
        name,
    )

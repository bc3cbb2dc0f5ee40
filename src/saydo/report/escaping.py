"""What people typed, as text in HTML: no element, no link, no script, and it turns nothing round.

All pages go through here, those of notebooks and those that a run makes itself, which is why it
loads no library for tables.
"""

from __future__ import annotations

from html import escape as _escape

OVERRIDES = dict.fromkeys(range(0x202A, 0x202F))
"""Characters that turn round the text after them: never ours, so somebody typed them."""


def escape(text: object, *, quote: bool = True) -> str:
    """`text` as HTML text, and as the value of an attribute too unless `quote` is false."""
    return _escape(str(text).translate(OVERRIDES), quote=quote)


def name(text: object) -> str:
    """A name that somebody gave, kept from disturbing the direction of the text around it."""
    return f"<bdi>{escape(text)}</bdi>"

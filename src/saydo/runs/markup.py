"""The same document in fewer bytes: what HTML, and the direction of text, allow to leave out.

A report has thousands of pages, and half of a table is its tags. Nothing that a reader sees or
hears changes; what is left out is put back by every parser, as the standard says (HTML, sections
13.1.2.3 and 13.1.2.4: unquoted values, optional tags; Unicode annex 9: runs of digits).
"""

from __future__ import annotations

import re
from itertools import count
from unicodedata import bidirectional

_OPTIONAL = re.compile(
    r"</t[dh]>(?=<t[dh][ >]|</tr>)"
    r"|</tr>(?=<tr[ >]|</t(?:head|body)>)"
    r"|</caption>(?=<thead>)|</thead>(?=<tbody>)|</tbody>(?=</table>)"
    r"|</li>(?=\s*(?:<li[ >]|</[ou]l>))"
    r"|</dt>(?=<dd>)|</dd>(?=</div>|</dl>)"
    r"|</p>(?=<(?:p|div|section|details|figure|table|ul|ol|h[1-6])[ >]|</(?:div|section|details)>)"
)
"""End tags that what follows implies."""

_TAG = re.compile(r"<[a-zA-Z][^<>']*>")
_QUOTED = re.compile(r"(?<==)\"([^\s\"'=<>`]+)\"(?=[\s>])")
_NAMED_TWICE = re.compile(r'aria-label="([^"]*)"(><table[^<>]*><caption)>(?=\1</caption>)')
"""Tables and what they scroll in, which have the same name."""
_NUMBER = re.compile(
    r"(<(?:td|th|p|small)\b[^<>]*>)\u2066([\d.,]+%?)\u2069(?=</(?:td|th|p|small)>|<small>)"
    r"|(?<=[\u0620-\u064a])([ \u00a0])\u2066([\d.,]+)\u2069(?=[ \u00a0.،؛)<])"
)
"""Numbers without a sign that run from left to right by themselves: all of a block, or, without a
percent sign too, after a word in Arabic letters."""
_NAME = re.compile(r"(<t[dh]\b[^<>]*>)<bdi>([^<>&\u202a-\u202e\u2066-\u2069]*)</bdi>(?=</t[dh]>)")


def tight(html: str, *, right_to_left: bool = False) -> str:
    """The same part of a document, with its markup as short as it can be.

    Args:
        html: What a body holds, without scripts.
        right_to_left: Direction of the document.
    """
    own = ("R", "AL") if right_to_left else ("L",)
    ids = count(1)
    html = _NAME.sub(lambda found: found[1] + _isolated(found[2], own), html)
    html = _NUMBER.sub(r"\1\2\3\4", html)
    html = _NAMED_TWICE.sub(
        lambda found: f'aria-labelledby="_{(n := next(ids))}"{found[2]} id="_{n}">', html
    )
    html = _OPTIONAL.sub("", html)
    return _TAG.sub(lambda tag: _QUOTED.sub(r"\1", tag[0]), html)


def _isolated(name: str, own: tuple[str, ...]) -> str:
    """A name that is all of a cell: it need not be isolated where it begins as the page runs."""
    kinds = (bidirectional(letter) for letter in name)
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), None)
    return name if first in own else f"<bdi>{name}</bdi>"

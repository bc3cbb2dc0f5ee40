"""What of a secret address must not be read anywhere, and in which forms might it stand there?

A database is named by an environment variable that holds its URL. Drivers quote it in errors whole,
in parts, decoded, or as one writes it within JSON, HTML or another address.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from html import escape
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

_NAMED_SECRET = re.compile("pass|pwd|secret|token|key|credential|auth", re.IGNORECASE)
"""In the name of a parameter: its value is one."""


def secret_parts(url: str) -> set[str]:
    """The parts of an address that tell a secret; of what is no address, all of it.

    A password by itself is one where it can be told from text. One that is a plain word or a number
    (`postgres`, `2025`) can't: taking it out everywhere would take words and figures out of
    reports, so that it goes only where it stands as in an address, after the user or a colon.
    """
    if len(url) <= 3:  # No secret, and found in any text.
        return set()
    found = {url}
    try:
        parts = urlsplit(url)
        user, password = parts.username or "", parts.password or ""
    except ValueError:
        return found
    named = {value for name, value in parse_qsl(parts.query) if _NAMED_SECRET.search(name)}
    found |= {secret for secret in {password, unquote(password), *named} if _stands_out(secret)}
    if password:
        pairs = {f"{user}:{password}", f"{unquote(user)}:{unquote(password)}"}
        found |= {f"{pair}@" for pair in pairs} | {f":{password}@", f":{unquote(password)}@"}
        # As HTTP sends them.
        found |= {b64encode(pair.encode()).decode() for pair in pairs}
    return found


def written_forms(secret: str) -> set[str]:
    """The ways in which a secret might stand in a text that a run writes."""
    said = {secret, repr(secret)[1:-1], quote(secret), quote(secret, safe=""), quote_plus(secret)}
    # Twice: a record is JSON, and holds HTML.
    for _ in range(2):
        said |= {form for text in said for form in _within(text)}
    return said


def in_html(text: str) -> set[str]:
    """`text` as it stands in HTML: Python and Jinja write quotes in ways of their own."""
    plain = escape(text, quote=False)
    return {plain, escape(text), plain.replace('"', "&#34;").replace("'", "&#39;")}


def _within(text: str) -> set[str]:
    """`text` as it stands in JSON and in HTML."""
    in_json = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    return in_json | in_html(text)


def _stands_out(password: str) -> bool:
    """Whether it is unlike any word or number of a report."""
    kinds = (str.isalpha, str.isdigit, lambda sign: not sign.isalnum())
    mixed = sum(any(map(kind, password)) for kind in kinds) > 1
    return len(password) > (5 if mixed else 11) and not re.fullmatch(r"[\d.,:/-]+", password)

"""What a page is made of, as digests that are the same on every machine, section by section."""

from __future__ import annotations

import base64
import hashlib
import re


def digests(html: str) -> dict[str, str]:
    """A digest of a page's style and script, of its head, and of what is under each heading.

    Left out is what no two runs or machines share: the foot, minutes, versions, sizes of files,
    tracebacks, and decimals of coordinates, in figures too.
    """
    html = re.sub(r"<footer.*?</footer>|<pre.*?</pre>|<!--.*?-->", "", html, flags=re.DOTALL)
    theme = "".join(re.findall(_THEME, html, flags=re.DOTALL))
    html = re.sub(_THEME, "", html, flags=re.DOTALL)
    html = re.sub(r"data:image/svg\+xml;base64,([\w+/=]+)", _figure, html)
    html = re.sub(_OF_ONE_RUN, "", html)
    html = re.sub(r"<[^>]*>", lambda tag: re.sub(r"\d+\.\d+", "", tag[0]), html)
    head, *sections = re.split(r"(?=<h2\b)", html)
    parts = {"style and script": theme, "head": head}
    for section in sections:
        heading = re.sub(r"<[^>]*>", "", section.split("</h2>")[0]).strip()
        parts[heading] = parts.get(heading, "") + section
    return {name: _digest(part) for name, part in parts.items()}


_THEME = r"<(?:style|script)\b.*?</(?:style|script)>"
_OF_ONE_RUN = r"\d+ \w+ \d{4},? \d\d:\d\d|\b\d+\.\d+\.\d+\b|\b[\d.,]+\s(?:bytes|[kM]B)\b"


def _figure(match: re.Match[str]) -> str:
    """What a figure is made of, but for ids, which are made from coordinates."""
    svg = base64.b64decode(match[1]).decode()
    return re.sub(r'\bid="[^"]*"|#\w{8,}', "", svg).replace('"', "'")


def _digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]

"""File names for names that people gave."""

from __future__ import annotations

import hashlib
import re

# Names that Windows keeps for devices, and those that saydo itself uses in a report's folder.
_RESERVED = re.compile(
    r"con|prn|aux|nul|com\d|lpt\d|latest|index|segments|tables|rejects|notebooks"
)


def slug(name: str) -> str:
    """A file name that is safe on every system, readable, and different for different names.

    Plain ASCII words stay as they are, in lower case. Where that would lose something (an accent, a
    sign, more than 60 characters), a digest of the name is appended.

    Examples:
        >>> slug("On the clock")
        'on-the-clock'
        >>> slug("A/B") == slug("A-B")
        False
    """
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].rstrip("-")
    faithful = re.fullmatch(
        r"[A-Za-z0-9]+( [A-Za-z0-9]+)*", name
    ) and plain == name.lower().replace(" ", "-")
    if faithful and not _RESERVED.fullmatch(plain):
        return plain
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{plain}-{digest}" if plain else digest

"""What processes of saydo's own leave out, to begin at once."""

from __future__ import annotations

import sys


def begin_light() -> None:
    """Call it before the first import of a library; not in a process that is somebody else's.

    jsonschema, with which nbformat checks notebooks, builds a parser of international addresses
    (RFC 3987) when it is imported and `rfc3987_syntax` is there, as it is with JupyterLab. That
    takes more than a second, and the schema of notebooks has no such address.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

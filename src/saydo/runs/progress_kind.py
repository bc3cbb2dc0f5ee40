"""How may a run be followed? Apart from how it is done, which the command line need not import."""

from enum import StrEnum


class Kind(StrEnum):
    """What a run writes to stderr while it goes on."""

    auto = "auto"
    """A bar on a terminal, else plain lines."""
    bar = "bar"
    plain = "plain"
    json = "json"
    """One object per line and event: docs/schedulers.md."""
    none = "none"

"""How much may a page take? So that one that hangs, or eats all memory, costs no other."""

from __future__ import annotations

import os

PAGE_SECONDS = 600.0
"""How long a page may take: a hundred times what one does."""

LEAST_MEMORY = 1 << 30
"""Bytes that every page may allocate."""


def share_of_memory(jobs: int) -> int | None:
    """Bytes for each of so many pages at a time; None where the system doesn't tell what it has."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return max(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // jobs, LEAST_MEMORY)

"""When does a day begin, for the engine?"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir


def midnight(day: date) -> ir.TimestampValue:
    """The first instant of a day."""
    return ibis.timestamp(f"{day} 00:00:00")

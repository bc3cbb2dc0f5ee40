"""What a finding may claim of satisfaction and staying. Translated when shown."""

from saydo.languages import noop as _

ESTIMATED = _("estimated")
"""Answers came before the watch, and other causes that are known are held constant."""
ASSOCIATION = _("association only")
"""The order in time is unknown, or nothing is held constant."""
NO_RELATION = _("no relation found")
"""The interval of the marginal effect covers 0; the reason says what would have been seen."""
REFUSED = _("refused")
"""The data can't support a coefficient, and none is made."""
NOT_MEASURED = _("not measured")
"""There is nothing to measure it with."""

VERDICTS = (ESTIMATED, ASSOCIATION, NO_RELATION, REFUSED, NOT_MEASURED)

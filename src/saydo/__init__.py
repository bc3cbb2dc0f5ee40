"""What customers say, what they do, and how one drives the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saydo.study import Study

__version__ = "0.1.0"
__all__ = ["Study", "__version__"]


def __getattr__(name: str) -> Any:
    # `saydo kpis` should not wait for pandas and Ibis: Study is imported when first asked for.
    if name == "Study":
        from saydo.study import Study

        return Study
    raise AttributeError(f"module 'saydo' has no attribute {name!r}")

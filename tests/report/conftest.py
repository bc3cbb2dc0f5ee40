from collections.abc import Callable
from pathlib import Path

import pytest

from saydo import Study
from saydo.languages import activate


@pytest.fixture(scope="session")
def opened(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Study]:
    """Open the demo, for a segment; its results are computed once for all tests."""
    cache = tmp_path_factory.mktemp("cache")
    studies: dict[tuple[str, str], Study] = {}

    def opened(segment: str = "all", params: str = "demo") -> Study:
        key = segment, params
        if key not in studies:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("SAYDO_CACHE", str(cache))
                patch.delenv("SAYDO_RESULTS", raising=False)
                studies[key] = Study.open(project / "params" / f"{params}.yml", segment=segment)
        activate(studies[key].params.language)
        return studies[key]

    return opened


@pytest.fixture(autouse=True)
def english():
    """A study speaks its language from when it is opened; the next test must not."""
    yield
    activate("en")

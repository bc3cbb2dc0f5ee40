import pytest

from saydo.languages import activate


@pytest.fixture(autouse=True)
def english():
    """A study speaks its language from when it is opened; the next test must not."""
    yield
    activate("en")

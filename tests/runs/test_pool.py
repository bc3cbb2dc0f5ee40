"""One worker that dies takes no other page with it."""

from __future__ import annotations

import pytest

from saydo.runs import pool

# Workers import what they do by name, and a test's own functions have none there: hence `eval`.
DIE = "__import__('os')._exit(9)"


def outcomes(jobs: list[str], workers: int) -> dict[str, object]:
    ended = [
        event for event in pool.each(jobs, eval, workers=workers) if isinstance(event, pool.Ended)
    ]
    return {event.job: type(event.error) if event.error else event.result for event in ended}


def test_a_worker_that_dies_fails_its_own_job_and_no_other():
    assert outcomes(["1 + 1", DIE, "2 + 2", "1 / 0", "3 + 3"], workers=2) == {
        "1 + 1": 2,
        DIE: pool.Killed,
        "2 + 2": 4,
        "1 / 0": ZeroDivisionError,
        "3 + 3": 6,
    }


def test_one_worker_is_this_process_and_goes_on_after_an_error():
    assert outcomes(["1 / 0", "__import__('os').getpid()"], workers=1) == {
        "1 / 0": ZeroDivisionError,
        "__import__('os').getpid()": __import__("os").getpid(),
    }


def test_ctrl_c_is_not_an_error_of_a_job():
    def stopped(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(pool.each(["a", "b"], stopped, workers=1))


def test_nothing_to_do_is_done():
    assert outcomes([], workers=2) == {}

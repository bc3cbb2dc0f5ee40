"""One run writes into a folder, and one that is gone is in nobody's way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from saydo.runs import lock as locks
from saydo.runs.holder import Holder
from saydo.runs.lock import NAME, Lock, Locked, LockLost

GONE = {"born": 1.0}
"""A process of this number started at another time, so that it was another one."""


def left_behind(folder: Path, *, silent: float = 0, **changes: object) -> Path:
    """A lock that somebody left."""
    folder.mkdir(parents=True, exist_ok=True)
    holder = Holder.this_process("saydo run p.yml").model_copy(update=changes)
    file = folder / NAME
    file.write_text(holder.model_dump_json())
    os.utime(file, (time.time() - silent,) * 2)
    return file


def test_a_lock_names_its_holder_and_goes_with_it(tmp_path):
    folder = tmp_path / "acme" / "2025-12-31"
    with Lock(folder, command="saydo run p.yml"):
        told = json.loads((folder / NAME).read_text())
        assert (told["pid"], told["command"]) == (os.getpid(), "saydo run p.yml")
        assert {"host", "born", "since"} <= told.keys()
        assert [file.name for file in folder.iterdir()] == [NAME]
        (folder / "index.html").touch()
    assert [file.name for file in folder.iterdir()] == ["index.html"]


def test_a_folder_into_which_nothing_came_is_not_left(tmp_path):
    with pytest.raises(ValueError, match="wrong"), Lock(tmp_path / "acme" / "2025-12-31"):
        raise ValueError("wrong data")
    assert list(tmp_path.iterdir()) == []


def test_a_second_run_is_refused_and_told_who_has_the_folder(tmp_path):
    with Lock(tmp_path, command="saydo run p.yml"):
        before = (tmp_path / NAME).read_text()
        with pytest.raises(Locked) as refused, Lock(tmp_path):
            pass
        assert (tmp_path / NAME).read_text() == before
        assert [file.name for file in tmp_path.iterdir()] == [NAME]
    told = str(refused.value)
    assert refused.value.exit_code == 2
    for word in (f"process {os.getpid()} on ", "since 2", "saydo run p.yml", "Wait until"):
        assert word in told
    with Lock(tmp_path):
        pass


def test_locks_of_other_names_do_not_exclude_each_other(tmp_path):
    with Lock(tmp_path, name=".lock-1-of-2"), Lock(tmp_path, name=".lock-2-of-2"):
        assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("changes", [GONE, {"pid": 2**22 + 1}])
def test_a_process_that_is_no_more_is_succeeded_at_once(tmp_path, changes):
    left_behind(tmp_path, **changes)
    with Lock(tmp_path) as lock:
        assert lock.recovered is not None
        assert "saydo run p.yml" in str(lock.recovered)
        assert json.loads((tmp_path / NAME).read_text())["token"] == lock.holder.token
    assert list(tmp_path.iterdir()) == []


def test_a_dead_process_that_nobody_has_buried_is_no_more(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert dead.stdout is not None
    dead.stdout.read()  # To its end, without `wait`, which would bury it.
    import psutil

    process = psutil.Process(dead.pid)
    while process.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    left_behind(tmp_path, pid=dead.pid, born=process.create_time())
    with Lock(tmp_path) as lock:
        assert lock.recovered is not None
    dead.wait()


@pytest.mark.parametrize("elsewhere", [{"host": "other"}, {"space": "another container"}])
def test_a_process_that_cannot_be_seen_is_believed_to_live_while_it_shows_so(tmp_path, elsewhere):
    file = left_behind(tmp_path, silent=locks.SILENT_SECONDS - 60, pid=1, **GONE, **elsewhere)
    with pytest.raises(Locked, match=r"remove .*\.lock, or wait") as refused, Lock(tmp_path):
        pass
    assert "showed that it lives 5" in str(refused.value)
    assert file.exists()
    left_behind(tmp_path, silent=locks.SILENT_SECONDS + 60, pid=1, **GONE, **elsewhere)
    with Lock(tmp_path) as lock:
        assert lock.recovered is not None


@pytest.mark.parametrize("content", ["", "{", '{"host": 1}'])
def test_a_lock_that_cannot_be_read_is_somebodys_until_it_is_old(tmp_path, content):
    file = tmp_path / NAME
    file.write_text(content)
    with pytest.raises(Locked, match="not named"), Lock(tmp_path):
        pass
    os.utime(file, (1, 1))
    with Lock(tmp_path):
        pass
    assert not file.exists()


def test_a_holder_shows_that_it_lives(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "TOUCH_SECONDS", 0.01)
    with Lock(tmp_path) as lock:
        os.utime(lock.file, (1, 1))
        until = time.monotonic() + 30
        while lock.file.stat().st_mtime == 1 and time.monotonic() < until:
            time.sleep(0.01)
        assert time.time() - lock.file.stat().st_mtime < 60


def test_who_was_taken_for_gone_stops_and_leaves_the_lock_to_its_holder(tmp_path):
    with pytest.raises(LockLost, match="no longer this run's"), Lock(tmp_path) as frozen:
        frozen.check()
        file = left_behind(tmp_path, token="another", command="another run")
        frozen.check()
    assert "another run" in file.read_text()
    with pytest.raises(LockLost, match="somebody removed it"), Lock(tmp_path / "b") as lock:
        lock.file.unlink()
        lock.check()


@pytest.mark.parametrize("has_links", [True, False])
def test_of_many_that_find_a_holder_gone_one_succeeds_it(tmp_path, monkeypatch, has_links):
    if not has_links:

        def refused(*_: object) -> None:
            raise OSError("not supported")

        monkeypatch.setattr(os, "link", refused)
    for attempt in range(20):
        folder = tmp_path / str(attempt)
        left_behind(folder, **GONE)
        together, held, refusals = threading.Barrier(8), [], []
        done = threading.Event()

        def take(folder=folder, together=together, held=held, refusals=refusals, done=done):
            together.wait()
            try:
                with Lock(folder) as lock:
                    held.append(lock)
                    done.wait(30)
            except Locked:
                refusals.append(1)
            if len(refusals) == 7:
                done.set()

        threads = [threading.Thread(target=take) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(held), len(refusals)) == (1, 7)
        assert list(folder.iterdir()) == []


def test_one_that_was_killed_while_it_took_over_is_succeeded_too(tmp_path):
    first = left_behind(tmp_path, **GONE, token="aaaa")
    content = json.loads(first.read_text())
    # It had claimed the succession, and was gone before it took the lock's name.
    (tmp_path / f"{NAME}.aaaa").write_text(json.dumps({**content, "token": "bbbb"}))
    (tmp_path / f"{NAME}.cccc.draft").write_text(json.dumps({**content, "token": "cccc"}))
    with Lock(tmp_path):
        assert [file.name for file in tmp_path.iterdir()] == [NAME]
    assert list(tmp_path.iterdir()) == []

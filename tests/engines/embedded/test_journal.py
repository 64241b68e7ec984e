"""The journal itself: who owns a run, time, reading without writing, space, speed, forks."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from soon import SOON

from httptask.engines.embedded import Engine, clock, owners
from httptask.engines.embedded.clock import Clock
from httptask.engines.embedded.owners import Owners
from httptask.errors import EngineError

HOLDER = """
import sys
from pathlib import Path
from httptask.engines.embedded.owners import Owners
print(Owners(Path(sys.argv[1])).lock(7), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Owners, subprocess.Popen[str], str]]:
    """A number that another process has locked."""
    path = tmp_path / "owners.lock"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    identity = process.stdout.readline().strip()
    mine = Owners(path)
    yield mine, process, identity
    mine.close()
    process.kill()
    process.communicate()


def test_an_owner_lives_as_long_as_its_process(held: Any) -> None:
    mine, process, identity = held
    assert mine.is_alive(7, identity, process.pid)
    assert not mine.is_alive(8, identity, process.pid)
    with pytest.raises(OSError, match="unavailable"):
        mine.lock(7)
    process.kill()
    process.wait()
    assert not mine.is_alive(7, identity, process.pid)
    assert mine.lock(7) == identity


def test_an_owner_whose_lock_file_was_removed_is_alive_all_the_same(
    held: Any, tmp_path: Path
) -> None:
    _, process, identity = held
    (tmp_path / "owners.lock").unlink()
    anew = Owners(tmp_path / "owners.lock")
    anew.lock(1)
    assert anew.is_alive(7, identity, process.pid)
    process.kill()
    process.wait()
    assert not anew.is_alive(7, identity, process.pid)
    anew.unlock(1)
    anew.close()


def test_objects_of_one_process_share_the_file(tmp_path: Path) -> None:
    """A closed file would drop the locks of the whole process."""
    first, second = Owners(tmp_path / "lock"), Owners(tmp_path / "lock")
    identity = first.lock(1)
    second.lock(2)
    second.close()
    code = HOLDER.replace("lock(7)", "is_alive(1, sys.argv[2], 0)")
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "lock"), identity],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == "True\n"
    first.close()
    assert tmp_path / "lock" not in owners._open


@given(jump=st.integers(-(10**13), 10**13), passed=st.integers(0, 10**9))
def test_a_clock_goes_on_whatever_the_walls_does(jump: int, passed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "_since_boot", lambda: 1_000)
        patch.setattr(clock, "_boot", lambda: "boot")
        mine = Clock.of(Clock.starting(10**12).to_json())
        patch.setattr(clock, "_since_boot", lambda: 1_000 + passed)
        patch.setattr(clock, "wall_ms", lambda: 10**12 + passed + jump)
        assert mine.now() == 10**12 + passed
        assert mine.taken_up(10**12) == mine
        patch.setattr(clock, "_boot", lambda: "another")
        assert mine.taken_up(10**12).now() == max(10**12, 10**12 + passed + jump)


def test_a_journal_is_read_where_nothing_can_be_written(
    open_engine: Callable[..., Engine],
    target: Any,
    store: Path,
    build: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in a folder that is read-only: SQLite cannot make its files there."""
    with open_engine(target) as engine:
        found = engine.run(build.workflow(build.http("a")), workflow_id="r")
        killed = shutil.copytree(store, store.with_name("killed"))  # with its log, as a kill leaves
    real = sqlite3.connect

    def refusing(database: str, **options: Any) -> sqlite3.Connection:
        if str(store.parent) in database and "immutable" not in database:
            raise sqlite3.OperationalError("unable to open database file")
        return real(database, **options)

    monkeypatch.setattr(sqlite3, "connect", refusing)
    monkeypatch.setattr(os, "access", lambda *_: False)
    for folder in (store, killed):
        with Engine.open(folder, target, files=store / "files") as engine:
            assert engine.get("r") == found
            assert [info.workflow_id for info in engine.list()] == ["r"]
            with pytest.raises(EngineError):
                engine.run(build.workflow(build.http("a")))


def test_reading_does_not_wait_for_who_writes(
    engine: Engine, store: Path, build: SimpleNamespace
) -> None:
    engine.run(build.workflow(build.http("a")), workflow_id="r")
    other = sqlite3.connect(store / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    assert engine.get("r")["status"] == "COMPLETED"
    assert len(engine.list()) == 1
    assert time.monotonic() - began < SOON
    other.execute("ROLLBACK")
    other.close()


def test_reading_makes_nothing(
    open_engine: Callable[..., Engine], target: Any, store: Path, build: SimpleNamespace
) -> None:
    with open_engine(target) as engine:
        assert engine.list() == []
        assert not store.exists()
        engine.run(build.workflow(build.http("a")))
        assert len(engine.list()) == 1


def test_pruning_gives_the_space_back(
    open_engine: Callable[..., Engine], target: Any, store: Path, build: SimpleNamespace
) -> None:
    with open_engine(target) as engine:
        workflow = build.workflow(*(build.http(f"t{n}", body="x" * 5_000) for n in range(20)))
        for _ in range(20):
            engine.run(workflow)
        engine._journal.give_back_space()
        before = (store / "journal.db").stat().st_size
        time.sleep(0.01)
        assert len(engine.prune(timedelta(0)).runs) == 20
        after = (store / "journal.db").stat().st_size
    assert after < 60_000 < before


def test_ten_thousand_runs_are_listed(engine: Engine, store: Path, build: SimpleNamespace) -> None:
    engine.run(build.workflow(build.http("a")), workflow_id="first")
    with sqlite3.connect(store / "journal.db") as writer:
        writer.execute(
            "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 10000) "
            "INSERT INTO runs (id, name, version, status, created, ended, epoch, trouble, "
            "interpreter, clock, start, document) SELECT 'r' || x, name, version, status, "
            "created + x, ended, epoch, trouble, interpreter, clock, start, document "
            "FROM runs, n WHERE id = 'first'"
        )
    writer.close()
    assert len(engine.list(limit=-1)) == 10_001
    assert engine.list(status="COMPLETED", limit=1)[0].workflow_id == "r10000"


def test_an_engine_is_used_in_a_forked_child(
    engine: Engine, target: Any, build: SimpleNamespace
) -> None:
    workflow = build.workflow(build.http("a"))
    engine.run(workflow, workflow_id="mine")
    pid = os.fork()
    if not pid:
        code = 1
        try:
            engine.run(workflow, workflow_id="childs")
            code = len(engine.list())
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 2
    assert {info.workflow_id for info in engine.list()} == {"mine", "childs"}
    assert engine.run(workflow, workflow_id="again")["status"] == "COMPLETED"

"""Checkpoints are made beside the work, of a real database."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import wait_until

from httptask.engines.embedded import checkpoints
from httptask.engines.embedded.checkpoints import Checkpoints


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("CREATE TABLE t (text TEXT)")
    yield connection
    connection.close()


def connect(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "t.db", isolation_level=None, check_same_thread=False)


def write(writer: sqlite3.Connection, made: Checkpoints, rows: int) -> None:
    for _ in range(rows):
        writer.execute("INSERT INTO t VALUES (?)", ("x" * 2000,))
        made.committed()


def in_the_file(folder: Path) -> int:
    """Return how many rows stand in the database without its log."""
    copy = shutil.copyfile(folder / "t.db", folder / "copy.db")
    connection = sqlite3.connect(copy)
    try:
        return int(connection.execute("SELECT count(*) FROM t").fetchone()[0])
    except sqlite3.Error:
        return 0
    finally:
        connection.close()


def test_what_has_been_written_goes_to_the_file_once_it_is_enough(
    writer: sqlite3.Connection, tmp_path: Path
) -> None:
    with Checkpoints(connect(tmp_path), writer) as made:
        write(writer, made, checkpoints.EVERY - 1)
        time.sleep(0.1)
        assert in_the_file(tmp_path) == 0
        write(writer, made, 1)
        wait_until(lambda: in_the_file(tmp_path) == checkpoints.EVERY)


def test_the_log_begins_again_under_a_writer_that_never_pauses(
    writer: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", 20)
    monkeypatch.setattr(checkpoints, "LONG", 100)
    log = tmp_path / "t.db-wal"
    with Checkpoints(connect(tmp_path), writer) as made:
        write(writer, made, 5000)
        assert log.stat().st_size < 2000 * 4096


def test_a_checkpoint_that_fails_ends_nothing(
    writer: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", 1)
    own = connect(tmp_path)
    with Checkpoints(own, writer) as made:
        own.close()
        write(writer, made, 3)
    assert writer.execute("SELECT count(*) FROM t").fetchone() == (3,)


def test_closing_twice_is_closing_once(writer: sqlite3.Connection, tmp_path: Path) -> None:
    made = Checkpoints(connect(tmp_path), writer)
    made.close()
    made.close()
    write(writer, made, checkpoints.EVERY)

"""What a worker remembers on disk."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from httptask.engines.conductor.journal import Journal

OTHER = """
import os, sys
from pathlib import Path
from httptask.engines.conductor.journal import Journal
journal = Journal(Path(sys.argv[1]))
journal.begin("begun", "w")
journal.begin("done", "w")
journal.done("done", b'{"taskId": "done"}')
print(journal.owner, flush=True)
sys.stdin.read()
os._exit(1)
"""


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "j") as journal:
        yield journal


@pytest.fixture
def other(journal: Journal, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process on the same journal; closing its input kills it."""
    child = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(tmp_path / "j")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    child.stdout.readline()
    yield child
    child.kill()
    child.communicate()


def test_a_task_begins_once(journal: Journal) -> None:
    assert journal.begin("t", "w") is None
    again = journal.begin("t", "w")
    assert again is not None
    assert (again.state, again.owner, again.report) == ("begun", journal.owner, None)


def test_a_result_waits_until_it_is_delivered(journal: Journal) -> None:
    journal.begin("t", "w")
    journal.done("t", b'{"status": "COMPLETED", "outputData": {"a": "\\u00e9"}}')
    (waiting,) = journal.undelivered()
    assert waiting.report == {"status": "COMPLETED", "outputData": {"a": "é"}}
    assert journal.undelivered(older_than=60) == []
    journal.delivered("t")
    assert journal.undelivered() == []
    kept = journal.get("t")
    assert kept is not None
    assert kept.report == waiting.report


def test_a_later_result_is_not_taken_for_delivered(journal: Journal) -> None:
    journal.begin("t", "w")
    journal.done("t", b'{"status": "IN_PROGRESS"}')
    journal.delivered("t")
    journal.done("t", b'{"status": "FAILED"}')
    (waiting,) = journal.undelivered()
    assert waiting.report == {"status": "FAILED"}


def test_what_a_living_process_has_is_left_to_it(
    journal: Journal, other: subprocess.Popen[str]
) -> None:
    assert journal.abandoned() == []
    assert journal.undelivered() == []
    known = journal.begin("begun", "w")
    assert known is not None
    assert journal.is_alive(known.owner)


def test_what_a_dead_process_had_is_found(journal: Journal, other: subprocess.Popen[str]) -> None:
    other.kill()
    other.wait()
    assert [entry.task_id for entry in journal.abandoned()] == ["begun"]
    assert [entry.task_id for entry in journal.undelivered()] == ["done"]
    journal.again("begun")
    assert journal.abandoned() == []


def test_a_forgotten_task_is_new_again(journal: Journal) -> None:
    journal.begin("t", "w")
    journal.forget("t")
    assert journal.begin("t", "w") is None


def test_lost_polls_are_found_by_their_time(journal: Journal) -> None:
    journal.lost_poll(100.0, 102.0)
    assert [journal.was_lost(moment) for moment in (99.9, 100.0, 101.0, 102.1)] == [
        False,
        True,
        True,
        False,
    ]


def test_pruning_keeps_what_waits(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("old", "waits"):
        journal.begin(name, "w")
        journal.done(name, b"{}")
    journal.delivered("old")
    assert [entry.task_id for entry in journal.undelivered()] == ["waits"]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 7200)
    journal.prune()
    assert journal.get("old") is None
    assert journal.get("waits") is not None


def test_what_tasks_gave_is_for_its_owner_only(tmp_path: Path) -> None:
    Journal(tmp_path / "private").close()
    assert (tmp_path / "private").stat().st_mode & 0o077 == 0

"""Locks by which processes see whether others are alive."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from httptask.engines.embedded.intents import Intents
from httptask.engines.embedded.slots import Slots


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "slots"


HOLDER = """
import sys
from pathlib import Path
from httptask.engines.embedded.slots import Slots
slot = Slots(Path(sys.argv[1])).take()
print(slot.name, flush=True)
sys.stdin.read()
"""


def test_a_slot_is_alive_until_it_is_released(folder: Path) -> None:
    slots = Slots(folder)
    slot = slots.take()
    assert slots.is_alive(slot.name)
    assert slots.take_over(slot.name) is None
    slot.release()
    assert not slots.is_alive(slot.name)
    assert list(folder.iterdir()) == []


def test_releasing_twice_is_fine(folder: Path) -> None:
    slot = Slots(folder).take()
    slot.release()
    slot.release()
    assert not slot.path.exists()


def test_the_slot_of_a_killed_process_is_free(folder: Path) -> None:
    slots = Slots(folder)
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    name = process.stdout.readline().strip()
    assert slots.is_alive(name)
    assert list(slots.dead()) == []
    process.kill()
    process.communicate()
    taken = slots.take_over(name)
    assert taken is not None
    taken.release()
    assert not slots.is_alive(name)


def test_dead_slots_are_listed_and_removed(folder: Path) -> None:
    slots = Slots(folder)
    (folder / "gone.lock").touch()
    alive = slots.take()
    assert list(slots.dead()) == ["gone"]
    assert [path.stem for path in folder.iterdir()] == [alive.name]
    alive.release()


def test_an_unknown_slot_is_not_alive(folder: Path) -> None:
    assert not Slots(folder).is_alive("never")
    assert list(folder.iterdir()) == []


def _connection(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "intents.db", isolation_level=None)


def test_a_call_is_noted_once(tmp_path: Path) -> None:
    intents = Intents(_connection(tmp_path))
    assert intents.note("r", "a")
    assert not intents.note("r", "a")
    assert intents.note("r", "b")
    intents.forget(["r"])
    assert intents.note("r", "a")
    intents.close()


def test_notes_outlive_the_process(tmp_path: Path) -> None:
    first = Intents(_connection(tmp_path))
    first.note("r", "a")
    first.close()
    second = Intents(_connection(tmp_path))
    assert not second.note("r", "a")
    second.close()

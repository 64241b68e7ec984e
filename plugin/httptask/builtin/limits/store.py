"""What is kept of limits in the data folder: a file for each budget, and one for each slot.

A slot is held by a lock on its file, so whoever is killed gives it up at once.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from httptask.builtin.limits.budget import Budget
from httptask.builtin.limits.locked_file import LockedFile

FOLDER: Final = "limits"
_SIZE: Final = 512
"""Bytes of a budget's file; it is written at once, over what was there."""

_FORGOTTEN: Final = 2 * 86_400.0
_LOOKED_THROUGH: Final = 3600.0
"""Seconds after which a file that nobody used goes, and between two looks for such files."""

T = TypeVar("T")


class LimitStore:
    """The budgets and slots of one data folder.

    Args:
        data: the data folder.
    """

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER
        self._looked = 0.0

    def change(self, key: str, change: Callable[[Budget], T]) -> T:
        """Change a budget; return what the change gives.

        Raises:
            BlockingIOError: somebody else has it for this moment.
            OSError: its file cannot be used.
        """
        file = self._taken(f"{key}.budget")
        try:
            before = file.read()
            budget = _read(before)
            given = change(budget)
            after = msgspec.json.encode(budget).ljust(_SIZE)
            if after != before:
                file.write(after)
            return given
        finally:
            file.release()

    def slot(self, key: str, count: int) -> LockedFile | None:
        """Return one of so many slots, to be released; None if none is free.

        Raises:
            OSError: their files cannot be used.
        """
        for number in range(count):
            with contextlib.suppress(BlockingIOError):
                return self._taken(f"{key}.{number}")
        return None

    def _taken(self, name: str) -> LockedFile:
        self._tidy()
        try:
            return LockedFile.taken(self._folder / name)
        except FileNotFoundError:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return LockedFile.taken(self._folder / name)

    def _tidy(self) -> None:
        """Remove the files that nobody has used for long."""
        now = time.time()
        if now - self._looked < _LOOKED_THROUGH:
            return
        self._looked = now
        for path in list(self._folder.iterdir()) if self._folder.exists() else ():
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < now - _FORGOTTEN:
                    _remove(path)


def _remove(path: Path) -> None:
    file = LockedFile.taken(path)
    try:
        path.unlink()
    finally:
        file.release()


def _read(data: bytes) -> Budget:
    try:
        return msgspec.json.decode(data, type=Budget)
    except msgspec.MsgspecError:
        return Budget()  # it is new, or was damaged: the next response tells it anew

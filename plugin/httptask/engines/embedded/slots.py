"""Executor slots: one locked file per process, by which others see whether it is alive.

The operating system drops a lock when its process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Do something that one process at a time may do; the file at ``path`` is the lock."""
    handle = _opened(path)
    try:
        while True:
            try:
                _lock(handle)
                break
            except OSError:
                time.sleep(0.01)
        yield
    finally:
        os.close(handle)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)


class Slot:
    """A lock on a slot's file, held until ``release`` or the end of the process."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle

    @property
    def name(self) -> str:
        """Return the slot's name: the executor id of its process."""
        return self.path.stem

    def release(self) -> None:
        """Remove the file and let go of it."""
        if self._handle >= 0:
            with contextlib.suppress(OSError):
                self.path.unlink()
            os.close(self._handle)
            self._handle = -1


class Slots:
    """The slots of a store.

    Attributes:
        folder: where their files are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def take(self) -> Slot:
        """Return a new slot, locked."""
        slot = self._locked(self.folder / f"{uuid.uuid4().hex}.lock")
        if slot is None:
            raise OSError(f"cannot lock a file in {self.folder}")
        return slot

    def take_over(self, name: str) -> Slot | None:
        """Return the slot of a process that is dead, locked; None when that process is alive."""
        return self._locked(self.folder / f"{name}.lock")

    def is_alive(self, name: str) -> bool:
        """Tell whether the process of a slot runs."""
        if not (self.folder / f"{name}.lock").exists():
            return False
        slot = self.take_over(name)
        if slot is not None:
            slot.release()
        return slot is None

    def dead(self) -> Iterator[str]:
        """Yield the names of slots whose process is dead; their files are removed."""
        for path in sorted(self.folder.glob("*.lock")):
            slot = self._locked(path)
            if slot is not None:
                yield slot.name
                slot.release()

    def _locked(self, path: Path) -> Slot | None:
        handle = _opened(path)
        try:
            _lock(handle)
        except OSError:
            os.close(handle)
            return None
        return Slot(path, handle)

"""Files that one thread of one process of a machine has at a time.

The lock is the operating system's: whoever is killed gives it up. A forked child closes its copies
of the files that its parent holds.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from httptask.core.first_use import lock_over_forks

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error

    def _unlock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


_MODE: Final = 0o600
_MOST: Final = 4096
_FLAGS: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_opening = lock_over_forks()


class LockedFile:
    """A file that nobody else has, until it is released.

    Args:
        handle: the open, locked file.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def taken(cls, path: Path) -> LockedFile:
        """Take a file, made if need be.

        Raises:
            BlockingIOError: somebody else has it, or has just removed it.
            OSError: it cannot be opened, or not be locked.
        """
        with _opening:
            handle = os.open(path, _FLAGS, _MODE)
            try:
                _lock(handle)
                if not os.path.samestat(os.fstat(handle), path.stat()):
                    raise BlockingIOError
            except BaseException as error:
                os.close(handle)
                if isinstance(error, FileNotFoundError):
                    raise BlockingIOError from error
                raise
            file = _held[handle] = cls(handle)
            return file

    def read(self) -> bytes:
        """Return what is in it."""
        os.lseek(self._handle, 0, os.SEEK_SET)
        return os.read(self._handle, _MOST)

    def write(self, data: bytes) -> None:
        """Write over what is in it; a kill leaves it as it was, or written."""
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, data)
        os.ftruncate(self._handle, len(data))

    def release(self) -> None:
        """Give it up; safe to call twice, and in a forked child, which does not have it."""
        with _opening:
            if _held.get(self._handle) is self:
                del _held[self._handle]
                _unlock(self._handle)  # a child that was forked has a copy, which keeps the lock
                os.close(self._handle)


_held: dict[int, LockedFile] = {}


def _close_copies() -> None:
    for handle in _held:
        os.close(handle)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_copies)

"""Which processes are alive: each locks one byte of a file, and its end frees it, however it ends.

The locks are those of POSIX: they belong to a process, so a forked child does not inherit them, and
a closed file would drop them; so a process opens each file once.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _locked(handle: int, byte: int, *, shared: bool) -> None:
        del shared
        os.lseek(handle, byte, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _unlocked(handle: int, byte: int) -> None:
        os.lseek(handle, byte, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _locked(handle: int, byte: int, *, shared: bool) -> None:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.lockf(handle, kind | fcntl.LOCK_NB, 1, byte)

    def _unlocked(handle: int, byte: int) -> None:
        fcntl.lockf(handle, fcntl.LOCK_UN, 1, byte)


@dataclass(slots=True)
class _Open:
    """A lock file that this process has open.

    Attributes:
        handle: the open file.
        held: numbers that this process has locked.
        users: how many objects use it.
    """

    handle: int
    held: set[int] = field(default_factory=set)
    users: int = 0


_open: dict[Path, _Open] = {}
_guard = threading.Lock()


def _forget() -> None:
    """Release, in a forked child, what belongs to its parent."""
    global _guard  # noqa: PLW0603 - a lock that another thread of the parent held is never freed
    _guard = threading.Lock()
    for each in _open.values():
        os.close(each.handle)
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


class Owners:
    """The owners of runs, by number; each stands for one open engine of a living process.

    Args:
        path: the lock file; made by the first who locks a number.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pid = 0

    def lock(self, number: int) -> str:
        """Become the owner of a number; return which file holds the lock."""
        with _guard:
            file = self._file(os.O_CREAT)
            _locked(file.handle, number, shared=False)
            file.held.add(number)
            return _identity(file.handle)

    def unlock(self, number: int) -> None:
        """Give up the ownership of a number."""
        with _guard:
            file = _open.get(self._path)
            if file is not None and number in file.held:
                file.held.discard(number)
                _unlocked(file.handle, number)

    def is_alive(self, number: int, identity: str, pid: int) -> bool:
        """Tell whether the process of an owner runs.

        Args:
            number: the owner.
            identity: the file that its lock is in.
            pid: its process; asked where somebody has removed that file.
        """
        with _guard:
            try:
                file = self._file()
            except OSError:
                return _runs(pid)
            if number in file.held:
                return True
            if _identity(file.handle) != identity:
                return _runs(pid)
            try:
                _locked(file.handle, number, shared=True)
            except OSError:
                return True
            _unlocked(file.handle, number)
            return False

    def close(self) -> None:
        """Close the file, unless others in this process use it."""
        with _guard:
            file = _open.get(self._path)
            if file is not None and self._pid == os.getpid():
                file.users -= 1
                if not file.users:
                    os.close(_open.pop(self._path).handle)
            self._pid = 0

    def _file(self, how: int = 0) -> _Open:
        file = _open.get(self._path)
        if file is None:
            file = _open[self._path] = _Open(_opened(self._path, how))
        if self._pid != os.getpid():
            self._pid = os.getpid()
            file.users += 1
        return file


def _opened(path: Path, how: int) -> int:
    how |= getattr(os, "O_CLOEXEC", 0)
    try:
        return os.open(path, os.O_RDWR | how, 0o600)
    except OSError as error:
        if how & os.O_CREAT or error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        return os.open(path, os.O_RDONLY | how)


def _identity(handle: int) -> str:
    found = os.fstat(handle)
    return f"{found.st_dev}:{found.st_ino}"


def _runs(pid: int) -> bool:
    if sys.platform == "win32":  # signal 0 would end it there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True

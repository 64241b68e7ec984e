"""Failures of the machine: they leave a run unfinished, and never become its outcome."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from typing import Final

_ERRNOS: Final = frozenset(
    getattr(errno, name)
    for name in (
        "EDQUOT", "EFBIG", "EIO", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "ENOSPC", "EROFS",
    )
    if hasattr(errno, name)
)  # fmt: skip
_CODES: Final = frozenset({"file_unwritable"})
_THREADS: Final = ("can't start new thread", "interpreter shutdown")


class MachineError(Exception):
    """The machine failed while a task was executed."""


def machine_fault(error: BaseException) -> str | None:
    """Return what is wrong with the machine, if that is behind an error."""
    for each in _causes(error):
        if getattr(each, "code", "") in _CODES:
            return str(getattr(each, "message", each))
        if isinstance(each, MemoryError):
            return "out of memory"
        if isinstance(each, OSError) and each.errno in _ERRNOS:
            return str(each.strerror)
        if isinstance(each, RuntimeError) and any(text in str(each) for text in _THREADS):
            return str(each)
    return None


def reason(error: BaseException) -> str:
    """Return why a run is left unfinished, without a value of the run in it."""
    if isinstance(error, MachineError):
        return str(error)
    fault = machine_fault(error)
    if fault is not None:
        return fault
    if isinstance(error, sqlite3.Error) or hasattr(error, "code"):
        return str(getattr(error, "message", error))
    return f"{type(error).__name__} in the process that executed it"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__  # type: ignore[assignment]

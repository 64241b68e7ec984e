"""What is loaded, built or computed at its first use, in a process that may fork meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class cached_property(Generic[T]):  # noqa: N801 - a decorator
    """A value that an object computes at its first use, and keeps.

    In Python 3.11 that of ``functools`` has one lock for all objects. A child, forked while a
    thread had it, would wait for it forever.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute, self.__doc__ = compute, compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> Self | T:
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._compute(instance)
        return value


def lock_over_forks() -> AbstractContextManager[bool]:
    """Return a lock that the process takes while it forks, before those that were made earlier.

    Python and pydantic hold locks of their own while a module is imported or a model is built. A
    child, forked while a thread had one, would wait for it forever.
    """
    lock = threading.RLock()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release
        )
    return lock


IMPORTING = lock_over_forks()
"""Held while a call imports what only some calls need: other threads may fork meanwhile."""

"""Locks for what is loaded or built at its first use, in a process that may fork meanwhile."""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager


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

"""Engines that all callers in a process share."""

from __future__ import annotations

import os
import threading
from typing import Final

import pluggy

from httptask.app.engine import Durability, Engine
from httptask.settings import Settings

MAX_SHARED: Final = 4
"""Engines that are kept open although nothing runs."""

_shared: list[tuple[tuple[object, ...], Engine]] = []
_sharing = threading.Lock()


def _renew() -> None:
    """Make the lock anew in a forked child: a lost thread may have held it."""
    global _sharing  # noqa: PLW0603
    _sharing = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


def shared_engine(
    settings: Settings, manager: pluggy.PluginManager | None, durability: Durability
) -> Engine:
    """Return the engine that all callers in this process with these settings use.

    It is closed when the process ends, or when nothing runs and others were used more lately, or
    its store is gone.

    Args:
        settings: the machine's side.
        manager: the plugins; None: all that are installed.
        durability: see ``Engine.open``.
    """
    key = (settings, manager, durability)
    with _sharing:
        lost = [each for each in _shared if each[1].is_lost]
        _shared[:] = [each for each in _shared if each not in lost]
        found = next((each for each in _shared if each[0] == key), None)
        if found is None:
            engine = Engine.open(settings=settings, manager=manager, durability=durability)
            found = (key, engine)
        else:
            _shared.remove(found)
        _shared.append(found)
        unused = [each for each in _shared[:-MAX_SHARED] if each[1].is_idle]
        _shared[:] = [each for each in _shared if each not in unused]
        for _, engine in (*unused, *lost):
            if engine.is_idle:
                engine.close()
        return found[1]

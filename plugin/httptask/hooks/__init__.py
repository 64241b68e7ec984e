"""The contract of a plugin: what each stage takes and gives.

A plugin is a module or an object with functions marked ``@hookimpl``, named in the entry-point
group ``httptask``. ``specs`` lists the hooks in the order they run; ``views`` describes what they
are given. A stage hook declines with ``None``; the first plugin that answers wins.
"""

from __future__ import annotations

import pluggy

PROJECT = "httptask"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

__all__ = ["PROJECT", "hookimpl", "hookspec"]

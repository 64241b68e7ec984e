"""The contract of a plugin: what each stage takes and gives.

A plugin is a module or an object with functions marked ``@hookimpl``, named in the entry-point
group ``httptask``. ``specs`` lists the hooks in the order they run; ``views`` describes what they
are given. A stage hook declines with ``None``; the first plugin that returns a value wins.
"""

from __future__ import annotations

from typing import Any

import pluggy

PROJECT = "httptask"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class PluginManager(pluggy.PluginManager):
    """The plugins, and which of their transports sends.

    Args:
        transport: kind of the transport for tasks whose settings name none.
    """

    def __init__(self, transport: str) -> None:
        super().__init__(PROJECT)
        self.transport = transport

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> Any:
        """Pass by what every object has, ``__init__`` for example: each look takes its time."""
        return None if name.startswith("__") else super().parse_hookimpl_opts(plugin, name)


__all__ = ["PROJECT", "PluginManager", "hookimpl", "hookspec"]

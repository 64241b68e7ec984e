"""YAML to JSON values: yaml-rs first, PyYAML for what only it forgives.

Imported only when a YAML document is met: the readers are of the ``catalog`` extra.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Any

from httptask.catalog.documents import lenient_yaml
from httptask.catalog.documents.plain import plain


def _load_reader() -> None:
    """Import yaml-rs in a thread that never ends.

    Its allocator keeps its state in the thread that loads it: once that one has ended, the next
    document that any thread reads ends the process.
    """
    loaded, never = threading.Event(), threading.Event()

    def body() -> None:
        try:
            import_module("yaml_rs")  # its allocator belongs to this thread
        finally:
            loaded.set()
        never.wait()

    threading.Thread(target=body, name="httptask-yaml", daemon=True).start()
    loaded.wait()


_load_reader()
import yaml_rs  # noqa: E402 - loaded above

Json = Any

_LIMITS = yaml_rs.AliasLimits(
    max_total_replayed_events=1_000_000,
    max_replay_stack_depth=64,
    max_alias_expansions_per_anchor=100_000,
)


def parse(data: bytes, name: str = "") -> Json:
    """Read one YAML document in UTF-8.

    Raises:
        CatalogError: ``document_unreadable``; alias bombs, tags and duplicate keys included.
    """
    try:
        return plain(
            yaml_rs.load(data, parse_datetime=False, encoder_errors="strict", alias_limits=_LIMITS)
        )
    except (yaml_rs.YAMLDecodeError, ValueError, RecursionError) as error:
        return lenient_yaml.parse(data, name, str(error))

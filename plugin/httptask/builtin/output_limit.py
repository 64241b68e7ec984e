"""Keep a task's output small enough for an engine: its largest parts become stored files.

Conductor moves an output of 3 MiB out of the task without a word, where nothing can refer to it.
Every engine and the test request keep to one limit, so that a definition gives the same output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from httptask.builtin.files import store_bytes
from httptask.core.json_text import encode

OUTPUT_LIMIT: Final = 2_500_000
"""Bytes of JSON above which parts of an output go to files."""

PART_LIMIT: Final = 64 * 1024
"""Parts below this size are never moved."""


def fitted(
    output: Mapping[str, Any], files: Path, redact: Callable[[Any], Any] = lambda value: value
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return an output of limited size, its largest parts as file references.

    Args:
        output: the output.
        files: folder of the content-addressed store.
        redact: takes the secrets out of a part before it is stored.

    Returns:
        The output, and a notice for each part that went to a file.
    """
    fits = dict(output)
    distinct = {id(value): value for value in output.values()}
    known = {key: _size(value) for key, value in distinct.items()}
    sizes = {name: known[id(value)] for name, value in output.items()}
    notices = []
    while sum(sizes.values()) > OUTPUT_LIMIT:
        name = max(sizes, key=lambda key: sizes[key])
        if sizes[name] <= PART_LIMIT:
            break
        fits[name], moved = _moved(name, redact(fits[name]), files)
        sizes[name] = min(_size(fits[name]), PART_LIMIT)
        notices.append(f"{moved}: too large for a task's output, stored as a file")
    return fits, tuple(notices)


def _moved(name: str, value: Any, files: Path) -> tuple[Any, str]:
    """Store a part of an output; of a response only its body moves."""
    if name == "response" and isinstance(value, Mapping) and "body" in value:
        return {**value, "body": _stored(value["body"], files)}, "response.body"
    return _stored(value, files), name


def _stored(value: Any, files: Path) -> dict[str, Any]:
    if isinstance(value, str):
        return store_bytes(files, [value.encode("utf-8", "surrogatepass")], "text/plain").to_json()
    return store_bytes(files, [encode(value)], "application/json").to_json()


def _size(value: Any) -> int:
    return len(encode(value))

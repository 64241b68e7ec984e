"""What a task carries in other languages: JSONPaths and JSON Schemas. Read here, used later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from httptask.definition.findings import Finding
from httptask.definition.json_schema import JsonSchema
from httptask.definition.reading import escape
from httptask.errors import DefinitionError
from httptask.expressions import compile_path

SCHEMA_KEYS: Final = ("requestSchema", "parametersSchema", "responseSchema")


def check_attached(options: Mapping[str, Any], pointer: str, source: str) -> Iterator[Finding]:
    """Yield what is wrong in the paths and schemas of ``httptask``.

    Args:
        options: the object under ``httptask``, as written.
        pointer: its JSON Pointer.
        source: the file.
    """
    for where, path in _paths(options.get("output")):
        yield from _path(path, f"{pointer}/output/{where}", source)
    for key in SCHEMA_KEYS:
        if isinstance(options.get(key), (dict, bool)):
            yield from _schema(options[key], f"{pointer}/{key}", source)


def _paths(output: Any) -> Iterator[tuple[str, str]]:
    for name, written in output.items() if isinstance(output, dict) else ():
        inside = isinstance(written, dict)
        path = written.get("path") if inside else written
        if isinstance(path, str) and path.startswith("$") and "${" not in path:
            yield escape(name) + ("/path" if inside else ""), path


def _path(path: str, pointer: str, source: str) -> Iterator[Finding]:
    try:
        compile_path(path)
    except DefinitionError as error:
        yield Finding("path_invalid", "error", error.message, pointer, error.hint, source)


def _schema(document: Any, pointer: str, source: str) -> Iterator[Finding]:
    try:
        JsonSchema(document, pointer).check()
    except DefinitionError as error:
        where = error.pointer or pointer
        yield Finding("schema_invalid", "error", error.message, where, error.hint, source)

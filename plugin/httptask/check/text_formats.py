"""Texts that are not of the format that their schema names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import jsonschema_rs

from httptask.check.shape import Shape
from httptask.definition.findings import Finding
from httptask.definition.held import held_body
from httptask.definition.reading import escape
from httptask.hooks.task import CompiledTask

_FORMATS: Final = frozenset({"date", "date-time", "email", "ipv4", "ipv6", "time", "uri", "uuid"})
_PLACES: Final = ("path", "query", "cookies")


def check_text_formats(task: CompiledTask) -> Iterator[Finding]:
    """Yield a warning for each literal text of the request that is not of its format.

    JSON Schema lets a format be a mere remark, so a call is not refused for it.
    """
    schema, held = task.schemas.get("requestSchema"), held_body(task.written)
    if schema is not None and held is not None:
        where = task.pointer + held.place
        yield from _differing(task, held.value, Shape.of(schema.document), where)
    if (schema := task.schemas.get("parametersSchema")) is not None:
        for place in _PLACES:
            taken = Shape.of(schema.document).at(place)
            if taken is not None:
                given, pointer = task.options.get(place), f"{task.pointer}/httptask/{place}"
                yield from _differing(task, given, taken, pointer)


def _differing(task: CompiledTask, value: Any, taken: Shape, pointer: str) -> Iterator[Finding]:
    if isinstance(value, str):
        formats = taken.formats()
        if "${" in value or not formats or not formats <= _FORMATS:
            return
        if not any(_is_of(each, value) for each in formats):
            text = f"the text is not of the format {' or '.join(sorted(formats))}"
            yield Finding("format_differs", "warning", text, pointer, "", task.source)
        return
    members: list[tuple[Any, Any]] = []
    if isinstance(value, Mapping):
        members = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    for key, item in members:
        inner = taken.at(key)
        if inner is not None:
            yield from _differing(task, item, inner, f"{pointer}/{escape(str(key))}")


def _is_of(name: str, text: str) -> bool:
    return bool(_validator(name).is_valid(text))


@lru_cache
def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for({"format": name}, validate_formats=True)

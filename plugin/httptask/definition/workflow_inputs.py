"""The inputs that a definition reads, and the JSON types that they may have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from httptask.core.json_text import decode, doubles
from httptask.definition.json_schema import obeys_its_dialect
from httptask.definition.schema_path import property_names, types_at
from httptask.definition.structure import raw_tasks
from httptask.definition.written import OPTIONS, WRAPPER
from httptask.expressions import compile_template

_INPUT: Final = "workflow.input"
_WHOLE: Final = frozenset({_INPUT, "workflow", "context", "dynamic"})
"""Roots that, with no certain name below them, may read any input."""
_ONE_INPUT: Final = re.compile(r"\$\{workflow\.input\.([^.\[\]{}$]+)\}")

Path = tuple[str | int, ...]
Types = frozenset[str]


@dataclass(frozen=True, slots=True)
class WorkflowInputs:
    """What a definition says about its inputs.

    Attributes:
        names: the inputs that it reads or declares.
        read: those that an expression in it reads.
        certain: whether it reads no others, as far as one can see.
        types: the JSON types that an input may have, by name; the others may have any.
        required: the inputs that its schema requires.
        optional: the inputs that its schema describes and does not require.
        files: the inputs that a task sends as a file.
    """

    names: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    certain: bool = False
    types: Mapping[str, Types] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()

    @classmethod
    def of(cls, document: Any) -> WorkflowInputs:
        """Read a workflow definition, or a task, as it is written.

        The types are those of the workflow's ``inputSchema``, else those of the schemas of the
        tasks that take an input as a value of its own.

        Raises:
            ExpressionError: an expression nests too deeply to be read.
        """
        if not isinstance(document, Mapping):
            return cls()
        references = compile_template(document).references
        read = {str(each.prefix[0]) for each in references if each.root == _INPUT and each.prefix}
        schema = _data(document.get("inputSchema"))
        required = _required(schema)
        return cls(
            declared_inputs(document) | read,
            frozenset(read),
            not any(each.root in _WHOLE and not each.prefix for each in references),
            {**_by_tasks(document), **_by_schema(schema)},
            required,
            frozenset(property_names(schema)) - required,
            frozenset(_files(document)),
        )


def declared_inputs(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the inputs that a workflow definition declares, as it is written.

    They stand in ``inputSchema``, ``inputTemplate`` and ``inputParameters``, where a text may hold
    the descriptions of several, as an object in JSON.
    """
    names = set(property_names(_data(document.get("inputSchema"))))
    for listed in (document.get("inputParameters"), document.get("inputTemplate")):
        for text in listed if isinstance(listed, list | dict) else ():
            names |= _described(text) or {text} if isinstance(text, str) else set()
    return frozenset(names)


def _described(text: str) -> set[str]:
    """Return the names that a text describes if it is an object in JSON."""
    try:
        return set(decode(text)) if text.startswith("{") else set()
    except (ValueError, RecursionError):
        return set()


def _required(schema: Mapping[str, Any]) -> frozenset[str]:
    listed = schema.get("required")
    return frozenset(filter(_is_text, listed)) if isinstance(listed, list) else frozenset()


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _data(schema: Any) -> Mapping[str, Any]:
    """Return the JSON Schema inside Conductor's description of a schema."""
    data = doubles(schema.get("data")) if isinstance(schema, Mapping) else None
    return data if isinstance(data, Mapping) and obeys_its_dialect(data) else {}


def _by_schema(schema: Mapping[str, Any]) -> dict[str, Types]:
    found = {name: types_at(schema, (name,)) for name in property_names(schema)}
    return {name: types for name, types in found.items() if types}


def _by_tasks(document: Mapping[str, Any]) -> dict[str, Types]:
    found: dict[str, Types] = {}
    for task, name, path in _places(document):
        found[name] = found.get(name, frozenset()) | _taken(task, path)
    return {name: types for name, types in found.items() if types}


def _files(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield each input that stands where a file does: as the body, or as a part."""
    for _, name, path in _places(document):
        if (
            path[:1] == (OPTIONS,)
            and path[1:2] in (("file",), ("multipart",))
            and path[-1] == "file"
        ):
            yield name


def _places(document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str, Path]]:
    """Yield each task that takes an input as a value by itself, with name and place."""
    for _, task in [("", document), *raw_tasks(document)]:
        inputs = task.get("inputParameters")
        for name, path in _single_inputs(inputs, ()) if isinstance(inputs, Mapping) else ():
            yield task, name, path


def _single_inputs(value: Any, path: Path) -> Iterator[tuple[str, Path]]:
    """Yield each input that is a value by itself, not a part of a text, with its place."""
    if isinstance(value, str):
        if found := _ONE_INPUT.fullmatch(value):
            yield found[1], path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _single_inputs(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _single_inputs(item, (*path, index))


def _taken(task: Mapping[str, Any], path: Path) -> Types:
    """Return the types that a task takes at a place of its inputs."""
    options = task["inputParameters"].get(OPTIONS)
    definition = task.get("taskDefinition")
    found: Types = frozenset()
    if isinstance(options, Mapping):
        inside = path[1:] if path[0] in (WRAPPER, OPTIONS) else path
        if inside[:1] == ("body",):
            found = types_at(options.get("requestSchema"), inside[1:])
        else:
            found = types_at(options.get("parametersSchema"), inside)
    if not found and isinstance(definition, Mapping):
        found = types_at(_data(definition.get("inputSchema")), path)
    return found

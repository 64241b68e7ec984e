"""Check the paths of output mapping against the response and its schema."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from httptask.check.producers import followed
from httptask.check.shape import Shape
from httptask.definition.findings import Finding, Fix, Severity
from httptask.definition.messages import only_near
from httptask.definition.paged_schema import body_schema, is_paged, response_fields
from httptask.definition.reading import escape
from httptask.definition.schema_path import json_type, missing_part
from httptask.errors import HttpTaskError
from httptask.expressions import compile_path
from httptask.hooks.task import CompiledTask

_STRUCTURES = frozenset({"array", "object"})
_DERIVED = ("cookies", "location", "links")
_RULES = {"paging": ("items", "token", "stop"), "poll": ("until", "failed")}


class _Gone(NamedTuple):
    code: str
    what: str
    part: str | int
    names: Sequence[str]


def check_outputs(task: CompiledTask) -> Iterator[Finding]:
    """Yield each output, or rule of paging and polling, that is not there or may not be."""
    options = task.options
    one = {key: value for key, value in options.items() if key != "paging"}
    schema = body_schema(options)
    body = Shape.of(schema) if isinstance(schema, Mapping) else None
    for pointer, written, of_page in _paths(options):
        text, at = _path_in(written), f"{task.pointer}/httptask/{pointer}"
        gone = _gone(_segments(text), one if of_page else options)
        if gone is not None:
            message = f"{text}: {gone.what} {gone.part!r}"
            hint = _hint(str(gone.part), gone.names)
            fix = _fix(text, str(gone.part), gone.names) if text is written else None
            severity: Severity = "error" if gone.code == "path_unknown" else "warning"
            yield Finding(gone.code, severity, message, at, hint, task.source, fix)
        elif not of_page and (why := _other_kind(text, written, body)):
            yield Finding("output_default", "warning", f"{text}: {why}", at, "", task.source)


def _paths(options: Mapping[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """Yield what reads a response: where it stands, and whether it reads one page of a list."""
    mapped = options.get("output")
    for name, written in mapped.items() if isinstance(mapped, Mapping) else ():
        yield f"output/{escape(str(name))}", written, False
    for key, names in _RULES.items():
        rules = options.get(key)
        if isinstance(rules, Mapping):
            yield from ((f"{key}/{name}", rules.get(name), True) for name in names)


def _path_in(written: Any) -> Any:
    return written.get("path") if isinstance(written, Mapping) else written


def _other_kind(text: Any, written: Any, body: Shape | None) -> str:
    """Return why a default cannot stand for what a path reads, or ""."""
    default = written.get("default") if isinstance(written, Mapping) else None
    first, *rest = _segments(text) or ("",)
    if default is None or first != "response" or rest[:1] != ["body"]:
        return ""
    found = followed(body, rest[1:])
    kinds = found.types() if found is not None else None
    if not kinds or not kinds - {"null"} <= _STRUCTURES or isinstance(default, (dict, list)):
        return ""
    whole = " or ".join(sorted(kinds - {"null"}))
    return f"it reads an {whole}, and its default is {json_type(default)}"


def _segments(text: Any) -> Sequence[str | int]:
    try:
        return (compile_path(text).segments if isinstance(text, str) else None) or ()
    except HttpTaskError:
        return ()


def _gone(segments: Sequence[str | int], options: Mapping[str, Any]) -> _Gone | None:
    """Return the part of a path that cannot be there, and the names that can."""
    first, *rest = segments or ("response",)
    if first != "response":
        return _Gone("path_unknown", "only $.response can be read, not", first, ["response"])
    fields = (*response_fields(options), *_DERIVED)
    if rest and rest[0] not in fields:
        return _Gone("path_unknown", "a response has no", rest[0], fields)
    is_event = len(rest) > 1 and isinstance(rest[1], int) and not is_paged(options)
    if rest[:1] != ["body"] or is_event:
        return None  # a list may be the events of a stream, which the schema does not describe
    schema = body_schema(options)
    found = missing_part(schema, rest[1:]) if isinstance(schema, Mapping) else None
    if found is None:
        return None
    index, names = found
    what = "the response schema has no"
    return _Gone("output_not_in_schema", what, rest[1 + index], names)


def _fix(text: Any, part: str, names: Sequence[str]) -> Fix | None:
    return Fix.in_text(str(text), part, only_near(part, names))


def _hint(part: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(part, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(names[:12])}" if names else ""

"""Check the paths of output mapping against the response and its schema."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from httptask.check.producers import followed
from httptask.check.references import RESPONSE_FIELDS
from httptask.check.shape import Shape
from httptask.definition.findings import Finding, Fix
from httptask.definition.messages import only_near
from httptask.definition.reading import escape
from httptask.definition.schema_path import json_type, missing_part
from httptask.errors import HttpTaskError
from httptask.expressions import compile_path
from httptask.hooks.task import PreparedTask

_STRUCTURES = frozenset({"array", "object"})
_MAPPED_FIELDS = (*RESPONSE_FIELDS, "cookies", "location", "links")


class _Gone(NamedTuple):
    code: str
    what: str
    part: str | int
    names: Sequence[str]


def check_outputs(task: PreparedTask) -> Iterator[Finding]:
    """Yield a warning for each output whose path cannot be there."""
    mapped = task.options.get("output")
    schema = task.schemas.get("responseSchema")
    body = Shape.of(schema.document) if schema else None
    for name, written in mapped.items() if isinstance(mapped, Mapping) else ():
        text = written.get("path") if isinstance(written, Mapping) else written
        gone = _gone(_segments(text), schema.document if schema else True)
        if gone is not None:
            yield Finding(
                gone.code,
                "warning",
                f"{text}: {gone.what} {gone.part!r}",
                f"{task.pointer}/httptask/output/{escape(str(name))}",
                _hint(str(gone.part), gone.names),
                task.source,
                _fix(text, str(gone.part), gone.names) if text is written else None,
            )
        elif why := _other_kind(text, written, body):
            at = f"{task.pointer}/httptask/output/{escape(str(name))}"
            yield Finding("output_default", "warning", f"{text}: {why}", at, "", task.source)


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


def _gone(segments: Sequence[str | int], schema: Any) -> _Gone | None:
    """Return the part of a path that cannot be there, and the names that can."""
    first, *rest = segments or ("response",)
    if first != "response":
        return _Gone("path_unknown", "only $.response can be read, not", first, ["response"])
    if rest and rest[0] not in _MAPPED_FIELDS:
        return _Gone("path_unknown", "a response has no", rest[0], _MAPPED_FIELDS)
    if rest[:1] != ["body"] or (len(rest) > 1 and isinstance(rest[1], int)):
        return None  # a list may be the events of a stream, which the schema does not describe
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

"""Hold values as they are written against a schema: a computed one may be anything of its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from httptask.check.producers import texts_of
from httptask.definition.findings import Finding, Fix
from httptask.definition.held import Held
from httptask.definition.json_schema import JsonSchema
from httptask.definition.messages import only_near
from httptask.definition.reading import steps
from httptask.definition.schema_problem import Problem

_LITERAL_KEYWORDS: Final = frozenset(
    {
        "type",
        "enum",
        "const",
        "maximum",
        "minimum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "maxItems",
        "minItems",
        "multipleOf",
        "pattern",
        "required",
    }
)
_NAMING: Final = frozenset({"additionalProperties", "unevaluatedProperties"})
"""Keywords that a name breaks, whatever its value is."""


def broken(held: Held, schema: JsonSchema, pointer: str, source: str) -> Iterator[Finding]:
    """Yield an error for each written value that breaks a schema, whatever is computed.

    Args:
        held: the values.
        schema: what describes them.
        pointer: JSON Pointer of what their places are below.
        source: the definition's file.
    """
    for place, problem in held.problems(schema):
        if problem.keyword in _NAMING or not _is_computed(held.value, problem):
            given = problem.given
            fix = Fix.key(only_near(given, problem.allowed)) if given else None
            at, text, hint = pointer + place, problem.message, problem.hint
            yield Finding("request_schema", "error", text, at, hint, source, fix)


def _is_computed(body: Any, problem: Problem) -> bool:
    value = body
    for key in steps(problem.pointer):
        if isinstance(value, str):
            break
        if isinstance(value, list):
            is_index = key.isdecimal() and len(key) < 10 and int(key) < len(value)
            value = value[int(key)] if is_index else None
        elif isinstance(value, Mapping):
            value = value.get(key)
    if problem.keyword in _LITERAL_KEYWORDS:
        return isinstance(value, str) and "${" in value
    return any("${" in text for _, text in texts_of(value))

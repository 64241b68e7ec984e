"""A task's body and parameters, held against its schemas: as written, and with their values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, NamedTuple

from httptask.definition.json_schema import JsonSchema
from httptask.definition.reading import escape, steps
from httptask.definition.schema_problem import Problem
from httptask.definition.written import OPTIONS, request_place, written_options, written_request
from httptask.expressions import java_text

_UNDESCRIBED: Final = ("file", "graphql")
"""Bodies that a schema does not describe: bytes, and what GraphQL makes of its variables."""
_BODIES: Final = (*_UNDESCRIBED, "form", "multipart")
_PARAMETERS: Final = ("path", "query", "cookies")


class Held(NamedTuple):
    """A value that a schema of a task describes.

    Attributes:
        value: the value, as the schema sees it.
        place: JSON Pointer of it below ``inputParameters``.
        apart: pointers of members that stand elsewhere, and where; or "" if nothing is known of
            their values.
    """

    value: Any
    place: str
    apart: Mapping[str, str]

    def problems(self, schema: JsonSchema) -> Iterator[tuple[str, Problem]]:
        """Yield what breaks the schema, each with its JSON Pointer below ``inputParameters``."""
        for problem in schema.problems(self.value):
            pointer = problem.pointer
            above = next((each for each in self.apart if f"{pointer}/".startswith(f"{each}/")), "")
            where = self.apart.get(above, self.place)
            if where:
                yield where + pointer.removeprefix(above), self._named(problem)

    def _named(self, problem: Problem) -> Problem:
        if self.value is None and not problem.pointer:
            return replace(problem, message="there is no body, and the schema wants one")
        return problem


def held_body(inputs: Mapping[str, Any]) -> Held | None:
    """Return the body that ``requestSchema`` describes, or None."""
    options, place = written_options(inputs), request_place(inputs)
    for key in _BODIES:
        if (body := options.get(key)) is not None:
            break
    else:
        return Held(written_request(inputs).get("body"), f"{place}/body", {})
    if key in _UNDESCRIBED:
        return None
    if key == "form" or not isinstance(body, Mapping):
        return Held(body, f"/{OPTIONS}/{key}", {})
    parts = {name: _text(part) for name, part in body.items()}
    files = {f"/{escape(name)}": "" for name, part in body.items() if _is_file(part)}
    return Held(parts, f"/{OPTIONS}/{key}", files)


def held_parameters(inputs: Mapping[str, Any], schema: JsonSchema) -> Held:
    """Return the parameters that ``parametersSchema`` describes; headers as it spells them."""
    options, place = written_options(inputs), f"{request_place(inputs)}/headers"
    values = {key: _sent(given) for key in _PARAMETERS if (given := options.get(key))}
    apart, headers = dict[str, str](), _sent(written_request(inputs).get("headers"))
    if isinstance(headers, Mapping) and headers:
        spelt = {name.lower(): name for name in _header_names(schema)}
        names = {spelt.get(name.lower(), name): name for name in map(str, headers)}
        values["headers"] = {known: headers[name] for known, name in names.items()}
        apart = {f"/headers/{escape(k)}": f"{place}/{escape(n)}" for k, n in names.items()}
    return Held(_as_read(values, schema), f"/{OPTIONS}", {**apart, "/headers": place})


def _sent(given: Any) -> Any:
    """Return parameters without those that are null: they are not sent."""
    if isinstance(given, Mapping):
        return {name: value for name, value in given.items() if value is not None}
    return given


def _as_read(values: Mapping[str, Any], schema: JsonSchema) -> Mapping[str, Any]:
    """Return parameters as a receiver may read them, for whom they are texts."""
    for place, name in _broken(values, schema):
        for reading in _readings(values[place][name]):
            tried = {**values, place: {**values[place], name: reading}}
            if (place, name) not in _broken(tried, schema):
                values = tried
                break
    return values


def _broken(values: Mapping[str, Any], schema: JsonSchema) -> set[tuple[str, str]]:
    """Return place and name of each parameter whose value breaks the schema."""
    found = (tuple(steps(problem.pointer)[:2]) for problem in schema.problems(values))
    return {(at[0], at[1]) for at in found if len(at) > 1 and at[1] in values.get(at[0], ())}


def _readings(value: Any) -> Iterator[Any]:
    if isinstance(value, list | dict):
        return
    yield [value]
    if isinstance(value, str):
        with suppress(ValueError, RecursionError):
            yield json.loads(value)
    elif value is not None:
        yield java_text(value)


def _header_names(schema: JsonSchema) -> list[str]:
    document: Any = schema.document
    for key in ("properties", "headers", "properties"):
        document = document.get(key) if isinstance(document, Mapping) else None
    return [*document] if isinstance(document, Mapping) else []


def _text(part: Any) -> Any:
    """Return what a part of a multipart body is for a schema: its text."""
    if isinstance(part, list):
        return [_text(each) for each in part]
    return part.get("value") if isinstance(part, Mapping) else part


def _is_file(part: Any) -> bool:
    listed = part if isinstance(part, list) else [part]
    return any(isinstance(each, Mapping) and each.get("file") is not None for each in listed)

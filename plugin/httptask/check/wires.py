"""Compare what is given with what is taken: values and references against the request's schemas."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from httptask.check.producers import options_of, request_of
from httptask.check.shape import Shape
from httptask.check.text_formats import other_format
from httptask.definition.findings import Finding, Fix
from httptask.definition.held import held_body
from httptask.definition.messages import only_near
from httptask.definition.reading import escape
from httptask.definition.workflow import WorkflowTask
from httptask.definition.written import request_place
from httptask.expressions import java_text

_PLACES: Final = ("path", "query", "headers", "cookies")
_SCALARS: Final = frozenset({"integer", "number", "boolean"})
_APART: Final = frozenset({"date", "date-time", "email", "ipv4", "ipv6", "time", "uuid"})
"""Formats that no text has two of."""
_BOOLEANS: Final = frozenset({"true", "false"})
_SIMILAR: Final = 0.75
_ALMOST_THE_SAME: Final = 0.85
_OWN_HEADERS: Final = frozenset({"accept", "content-type", "authorization", "cookie"})

Reads = Callable[[str], Shape | None]


def check_wires(task: WorkflowTask, pointer: str, reads: Reads, source: str) -> Iterator[Finding]:
    """Yield where an HTTP task is given what its operation does not take.

    Args:
        task: the task, with its complete inputs.
        pointer: its JSON Pointer.
        reads: returns the shape of what a text reads, or None if nothing is known of it.
        source: the definition's file.
    """
    yield from _Wires(f"{pointer}/inputParameters", reads, source, task).findings()


def check_values(
    values: Any, taken: Shape, pointer: str, reads: Reads, source: str
) -> Iterator[Finding]:
    """Yield where values are, or read, what is not taken.

    Args:
        values: as written.
        taken: the shape of what is taken.
        pointer: their JSON Pointer.
        reads: returns the shape of what a text reads, or None if nothing is known of it.
        source: the definition's file.
    """
    yield from _Values(pointer, reads, source).of(values, taken, pointer, required=True)


@dataclass(frozen=True, slots=True)
class _Values:
    pointer: str
    reads: Reads
    source: str

    def of(self, value: Any, taken: Shape, pointer: str, *, required: bool) -> Iterator[Finding]:
        if isinstance(value, Mapping):
            for name, item in value.items():
                inner = taken.at(name)
                if inner is not None:
                    below = f"{pointer}/{escape(str(name))}"
                    needed = taken.requires(name)
                    yield from self.of(item, inner, below, required=needed)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                inner = taken.at(index)
                if inner is not None:
                    yield from self.of(item, inner, f"{pointer}/{index}", required=True)
        elif isinstance(value, str):
            yield from self._text(value, taken, pointer, required=required)

    def _text(self, text: str, taken: Shape, pointer: str, *, required: bool) -> Iterator[Finding]:
        if "${" not in text:
            # JSON Schema lets a format be a mere remark, so a call is not refused for it.
            if why := other_format(text, taken):
                yield self._warning("format_differs", why, pointer)
        elif (given := self.reads(text)) is not None:
            yield from self._wire(text, given, taken, pointer, required=required)

    def _wire(
        self, text: str, given: Shape, taken: Shape, pointer: str, *, required: bool
    ) -> Iterator[Finding]:
        why = _mismatch(given, taken)
        if why:
            yield self._warning("wire_type", f"{text}: {why}", pointer, _listed(taken))
            return
        takes = taken.types()
        if not required or takes is None or "null" in takes:
            return
        if given.may_be_null():
            hint = "map it with a default, or branch on it"
            yield self._warning("wire_null", f"{text} may be null here", pointer, hint)
        elif given.absent:
            hint = "map it with a default, or branch on it"
            yield self._warning("wire_null", f"{text} may be null: {given.absent}", pointer, hint)

    def _warning(self, code: str, text: str, pointer: str, hint: str = "") -> Finding:
        return Finding(code, "warning", text, pointer, hint, self.source)


@dataclass(frozen=True, slots=True)
class _Wires(_Values):
    task: WorkflowTask

    def findings(self) -> Iterator[Finding]:
        options = options_of(self.task)
        schema = options.get("requestSchema")
        if isinstance(schema, Mapping):
            yield from self._body(Shape.of(schema))
        schema = options.get("parametersSchema")
        if isinstance(schema, Mapping):
            for place in _PLACES:
                taken = Shape.of(schema).at(place)
                if taken is not None and taken.places != (True,):
                    yield from self._parameters(place, taken)

    def _body(self, taken: Shape) -> Iterator[Finding]:
        held = held_body(self.task.input_parameters)
        if held is not None and held.value is not None:
            yield from self.of(held.value, taken, self.pointer + held.place, required=True)

    def _parameters(self, place: str, taken: Shape) -> Iterator[Finding]:
        given, pointer = self._given(place)
        if not isinstance(given, Mapping):
            return
        names = {name.lower() if place == "headers" else name: name for name in taken.names()}
        for name, value in given.items():
            known = names.get(name.lower() if place == "headers" else name)
            where = f"{pointer}/{escape(str(name))}"
            if known is None:
                yield from self._unknown(place, name, [*names.values()], given, where)
                continue
            inner = taken.at(known)
            if inner is None:
                continue
            needed, computed = place == "path" or taken.requires(known), "${" in str(value)
            if computed and isinstance(value, str):
                inner = _as_text(inner)
            if computed and "[?" in str(value):
                continue  # a filter may find one, and a list of one is sent as its item
            if computed or place != "headers":  # whose dates have a format of their own
                yield from self.of(value, inner, where, required=needed)
        yield from self._missing(place, taken, given, pointer)

    def _missing(
        self, place: str, taken: Shape, given: Mapping[str, Any], pointer: str
    ) -> Iterator[Finding]:
        if place == "path":
            return
        have = {str(name).lower() for name in given}
        request, options = request_of(self.task), options_of(self.task)
        spread = f"{request.get('uri')} {json.dumps(options.get('auth'))}".lower()
        for name in taken.names():
            own = place == "headers" and name.lower() in _OWN_HEADERS
            if not taken.requires(name) or name.lower() in have or own or name.lower() in spread:
                continue
            close = difflib.get_close_matches(name.lower(), have, n=1, cutoff=_SIMILAR)
            hint = f"{close[0]!r} reads like it" if close else f"give it in {place}"
            text, where = f"{place}: {name!r} is required", f"{pointer}/{escape(name)}"
            yield self._warning("parameter_missing", text, where, hint)

    def _unknown(
        self, place: str, name: str, names: list[str], given: Mapping[str, Any], where: str
    ) -> Iterator[Finding]:
        free = [each for each in names if each not in given]
        close = difflib.get_close_matches(name, free, n=1, cutoff=_SIMILAR)
        close = close or difflib.get_close_matches(name, names, n=1, cutoff=_ALMOST_THE_SAME)
        if close:
            text = f"{place}: the operation has no {name!r}"
            fix, hint = Fix.key(only_near(name, names)), f'did you mean "{close[0]}"?'
            yield Finding("parameter_unknown", "warning", text, where, hint, self.source, fix)

    def _given(self, place: str) -> tuple[Any, str]:
        if place == "headers":
            request = request_of(self.task)
            where = f"{self._request_pointer}/headers"
            return request.get("headers") or {}, where
        return options_of(self.task).get(place) or {}, f"{self.pointer}/httptask/{place}"

    @property
    def _request_pointer(self) -> str:
        return self.pointer + request_place(self.task.input_parameters)


def _mismatch(given: Shape, taken: Shape, depth: int = 4) -> str:
    """Return why no value of one shape is one of the other, or ""."""
    gives, takes = given.types(), taken.types()
    if gives is None or takes is None or not depth:
        return ""
    gives = gives - {"null"}
    if gives and not gives & takes:
        return f"it is {_words(gives)}, and {_words(takes - {'null'})} is taken"
    if gives == {"array"} and takes - {"null"} == {"array"}:
        inner = _mismatch(given.items(), taken.items(), depth - 1)
        return f"in its items, {inner}" if inner else ""
    if gives == {"object"} and takes - {"null"} == {"object"}:
        return _other_members(given, taken, depth - 1)
    has, may = given.values(), taken.values()
    if has is not None and may is not None:
        texts = {java_text(value) for _, value in has if value is not None}
        if texts and not texts & {java_text(value) for _, value in may}:
            return "none of its values is taken"
    if gives and gives <= {"integer", "number"}:
        return _other_range(given, taken, "minimum", "maximum")
    if gives == {"string"}:
        return _other_range(given, taken, "minLength", "maxLength") or _other_format(given, taken)
    return ""


def _other_members(given: Shape, taken: Shape, depth: int) -> str:
    """Return why no object of one shape is one of the other, or ""."""
    if not given.is_one() or not taken.is_one() or not given.names():
        return ""
    for name in sorted({*taken.names(), *taken.required}):
        has, may = given.at(name), taken.at(name)
        if has is None and taken.requires(name):
            return f"it has no {name!r}, which is required"
        if has is not None and may is not None and (why := _mismatch(has, may, depth)):
            return f"in its {name!r}, {why}"
    return ""


def _other_range(given: Shape, taken: Shape, least: str, most: str) -> str:
    """Return why no number, or no length of a text, is within the limits of both, or ""."""
    gives, takes = given.limits(least, most), taken.limits(least, most)
    if gives[0] > takes[1]:
        return f"its {least} is {gives[0]:g}, and at most {takes[1]:g} is taken"
    if gives[1] < takes[0]:
        return f"its {most} is {gives[1]:g}, and at least {takes[0]:g} is taken"
    return ""


def _other_format(given: Shape, taken: Shape) -> str:
    """Return why no text is of the formats of both, or ""."""
    gives, takes = given.formats(), taken.formats()
    if gives and takes and gives | takes <= _APART and not gives & takes:
        shown = (" or ".join(sorted(each)) for each in (gives, takes))
        return "its format is {}, and {} is taken".format(*shown)
    return ""


def _as_text(taken: Shape) -> Shape:
    """Return what a parameter takes: it is sent as text, and a list may have one item."""
    kinds = taken.types()
    if kinds is None:
        return taken
    more: list[Any] = []
    if "string" in kinds and _may_be_scalar(taken):
        more = [{"type": sorted(_SCALARS)}]
    if "array" in kinds:
        more = [*taken.items().places, *more]
    return Shape(taken.root, (*taken.places, *more)) if more else taken


def _may_be_scalar(taken: Shape) -> bool:
    """Tell whether a number or a boolean, as text, may be one of the texts that are taken."""
    texts = {java_text(value) for _, value in taken.values() or ()}
    return not texts or any(each in _BOOLEANS or each[-1:].isdigit() for each in texts)


def _listed(taken: Shape) -> str:
    values = taken.values()
    if not values:
        return ""
    return "one of: " + ", ".join(sorted(java_text(value) for _, value in values)[:12])


def _words(kinds: frozenset[str]) -> str:
    shown = kinds - {"integer"} if "number" in kinds else kinds
    return " or ".join(sorted(shown)) or "nothing"

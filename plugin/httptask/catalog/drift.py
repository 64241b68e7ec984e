"""What is different between an operation as it was and as it is now, for those who call it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from httptask.catalog.schema_fields import ANY, ITEM, Field, Path, fields_of
from httptask.catalog.values import Json, Media, Operation

Severity = Literal["breaking", "risky", "harmless"]
SEVERITIES: Final = ("breaking", "risky", "harmless")
MAX_DIFFERENCES: Final = 100
"""Differences of one operation that are told."""

Fields = dict[Path, Field]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference of an operation.

    Attributes:
        operation: id of the operation.
        kind: stable, ``snake_case``.
        severity: "breaking": calls that were right are wrong now; "risky": some may be;
            "harmless".
        place: the steps to a value: ``body``, ``query``, ``path``, ``header``, ``cookie`` or
            ``response``, then names, ``[]`` for each item of a list; ``auth``, ``server`` and
            ``media`` have what is gone as their second step.
        message: what is different, one clause.
        pointer: JSON Pointer of the operation in its description.
        value: what the value may be now.
    """

    operation: str
    kind: str
    severity: Severity
    place: Path
    message: str
    pointer: str
    value: Field = ANY

    def to_json(self) -> dict[str, Json]:
        """Return the JSON form that the command line prints."""
        return {
            "operation": self.operation,
            "kind": self.kind,
            "severity": self.severity,
            "place": list(self.place),
            "message": self.message,
            "pointer": self.pointer,
        }


def gone(before: Operation, now: Sequence[Operation]) -> Difference:
    """Return the difference of an operation that is not there any more.

    Args:
        before: the operation.
        now: the operations that are new; one with its operationId takes its place.
    """
    name = before.operation_id
    moved = next((each for each in now if name and each.operation_id == name), None)
    message = f"{before.method} {before.path} is gone"
    if moved:
        message += f": {moved.id} has its operationId now"
    return Difference(before.id, "operation_gone", "breaking", (), message, before.pointer)


def differences(before: Operation, now: Operation) -> list[Difference]:
    """Return what is different for a caller, the worst first."""
    found = [*_request(before, now), *_response(before, now), *_around(before, now)]
    found.sort(key=lambda each: SEVERITIES.index(each.severity))
    return [
        replace(each, operation=now.id, pointer=now.pointer) for each in found[:MAX_DIFFERENCES]
    ]


def _difference(
    kind: str, severity: Severity, place: Path, message: str, value: Field = ANY
) -> Difference:
    return Difference("", kind, severity, place, message, "", value)


def _request(before: Operation, now: Operation) -> Iterator[Difference]:
    old, new = _parameters(before), _parameters(now)
    bodies = [each.body.media if each.body else () for each in (before, now)]
    both = [each.content_type for each in bodies[1]]
    common = [each.content_type for each in bodies[0] if each.content_type in both]
    kind = next(iter(common if bodies[0] else both), "")
    old |= _body(before, kind)
    new |= _body(now, kind)
    for place, field in new.items():
        known = old.get(place)
        if known is None and place[:-1] in new and place[:-1] not in old:
            continue  # the object that holds it is new, and told
        if field.required and (known is None or not known.required):
            message = f"{_name(place)} is required now{_shown(field)}"
            yield _difference("field_required", "breaking", place, message, field)
        elif known is None:
            message = f"{_name(place)} can be sent{_shown(field)}"
            yield _difference("field_added", "harmless", place, message, field)
        else:
            yield from _narrower(place, known, field)
    for place in old:
        if place not in new and (place[:-1] in new or place[:-1] not in old):
            yield _difference("field_gone", "risky", place, f"{_name(place)} is not known now")
    for media_type in [each.content_type for each in bodies[0] if each.content_type not in both]:
        message = f"the body can no longer be {media_type}"
        yield _difference("media_type_gone", "breaking", ("media", media_type), message)


def _parameters(operation: Operation) -> Fields:
    return {
        (each.location, each.name): replace(
            fields_of(each.schema, operation.definitions).get((), ANY), required=each.required
        )
        for each in operation.parameters
    }


def _body(operation: Operation, media_type: str) -> Fields:
    media = operation.body.media if operation.body else ()
    schema = next((each.schema for each in media if each.content_type == media_type), None)
    if operation.body is None or schema is None:
        return {}
    fields = fields_of(schema, operation.definitions)
    fields[()] = replace(fields.get((), ANY), required=operation.body.required)
    return {("body", *path): field for path, field in fields.items()}


def _narrower(place: Path, old: Field, new: Field) -> Iterator[Difference]:
    """Yield why a value that was right may be wrong now."""
    if new.types and not _wide(old.types) <= _wide(new.types):
        severity: Severity = "breaking" if old.types else "risky"
        message = f"{_name(place)} is {_listed(new.types)} now, not {_listed(old.types)}"
        yield _difference("type_changed", severity, place, message, new)
    elif new.choices and (lost := [each for each in old.choices if each not in new.choices]):
        message = f"{_name(place)} can no longer be {_listed(map(str, lost))}"
        yield _difference("choice_gone", "breaking", place, message, new)
    elif new.choices and not old.choices:
        message = f"{_name(place)} is one of {_listed(map(str, new.choices))} now"
        yield _difference("choice_gone", "risky", place, message, new)


def _response(before: Operation, now: Operation) -> Iterator[Difference]:
    old, new = _responses(before), _responses(now)
    if not old or not new:
        return
    for place, field in old.items():
        known = new.get(place)
        if known is None:
            if place[:-1] in new:
                message = f"{_name(place)} does not come any more"
                yield _difference("response_field_gone", "breaking", place, message)
        elif field.types and not _wide(known.types) <= _wide(field.types):
            message = f"{_name(place)} is {_listed(known.types)} now, not {_listed(field.types)}"
            yield _difference("response_type_changed", "breaking", place, message, known)


def _responses(operation: Operation) -> Fields:
    """Return the fields of the first successful response that has a JSON body."""
    media: list[Media] = [
        each for response in operation.responses if response.successful for each in response.media
    ]
    schema = next((each.schema for each in media if "json" in each.content_type), None)
    fields = {} if schema is None else fields_of(schema, operation.definitions)
    return {("response", *path): field for path, field in fields.items()}


def _around(before: Operation, now: Operation) -> Iterator[Difference]:
    old = {scheme.label for option in before.auth for scheme in option}
    new = {scheme.label for option in now.auth for scheme in option}
    needed = bool(new) and all(now.auth)
    if (lost := sorted(old - new)) or (needed and not old):
        message = f"authentication is {_listed(new) if new else 'none'} now"
        for label in lost or [""]:
            yield _difference("auth_changed", "breaking", ("auth", label), message)
    servers = [each.url for each in now.servers]
    for url in [each.url for each in before.servers if each.url not in servers]:
        message = f"{url} is not among its servers now: {_listed(servers)}"
        yield _difference("server_gone", "breaking", ("server", url), message)
    if now.deprecated and not before.deprecated:
        message = "the operation is deprecated now"
        yield _difference("operation_deprecated", "risky", (), message)


def _wide(types: frozenset[str]) -> frozenset[str]:
    """Return types with integers as numbers, where numbers may be."""
    every = frozenset({"object", "array", "string", "number", "integer", "boolean"})
    return (types | {"integer"} if "number" in types else types) or every


def _name(place: Path) -> str:
    first, *steps = place
    name = "".join(step if step == ITEM else f".{step}" for step in steps).lstrip(".")
    return f"{first} {name}".rstrip()


def _shown(field: Field) -> str:
    return f" ({_listed(field.types)})" if field.types else ""


def _listed(texts: Iterable[str]) -> str:
    """Return a few texts in one line."""
    found = sorted(texts)
    return " or ".join(found[:5]) + (" ..." if len(found) > 5 else "") or "anything"

"""Reading every operation of a description and saying what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from httptask.catalog.openapi.access import TOKEN
from httptask.catalog.openapi.description import Entry, OpenApiDescription
from httptask.catalog.openapi.reading import Reading
from httptask.catalog.openapi.walking import encoded, lean, references
from httptask.catalog.prepare.body import AS_JSON_TEXT, family, is_json_text
from httptask.catalog.prepare.parameters import AS_TEXT, parameters_schema, sent_as_text
from httptask.catalog.prepare.responses import response_schema
from httptask.catalog.prepare.schemas import first_without_room
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.prepare.task import request_media
from httptask.catalog.values import MISSING, Json, Operation, Reason
from httptask.core.methods import NEVER_SENT
from httptask.errors import CatalogError


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one operation.

    Attributes:
        entry: where it is described.
        operation: the operation as it was read, or None if it is rejected.
        reasons: why it is degraded or rejected; empty if it is imported whole.
        digest: changes when anything that the operation says or refers to changes.
        definitions: those that its body is, for their fields' names are searched.
    """

    entry: Entry
    operation: Operation | None
    reasons: tuple[Reason, ...]
    digest: bytes
    definitions: Mapping[str, Json] = field(default_factory=dict)


def accounts(description: OpenApiDescription) -> Iterator[Account]:
    """Yield the account of every operation, in the document's order."""
    for entry in description.entries():
        try:
            if entry.method in NEVER_SENT or not TOKEN.fullmatch(entry.method):
                raise CatalogError(
                    f"no HTTP task can use the method {entry.method[:20]!r}",
                    code="method_unsupported",
                    pointer=entry.pointer,
                )
            operation, reading = description.read(entry)
        except CatalogError as error:
            reason = Reason(entry.pointer, error.code, _with_hint(error))
            yield Account(entry, None, (reason,), b"")
            continue
        reasons = operation.reasons + tuple(prepared_losses(operation, reading))
        digest = _digest(operation, reading)
        near = _body_definitions(operation, reading)
        yield Account(entry, operation, reasons, digest, near)


def _body_definitions(operation: Operation, reading: Reading) -> dict[str, Json]:
    """Return the definition that the body is."""
    media = operation.body.media[:1] if operation.body else ()
    names = [name for each in media for name in references(each.schema)][:1]
    return {name: reading.book.definition(name).schema for name in names}


def _with_hint(error: CatalogError) -> str:
    return f"{error.message}: {error.hint}" if error.hint else error.message


def prepared_losses(operation: Operation, reading: Reading) -> Iterator[Reason]:
    """Yield what the prepared task of the operation will lose, without preparing it."""
    media = request_media(operation)
    response = response_schema(operation)
    kind = family(media.content_type) if media else ""
    schemas = {
        "requestSchema": media.schema if media and kind in ("json", "form") else MISSING,
        "parametersSchema": parameters_schema(operation, operation.parameters),
        "responseSchema": response,
    }
    for key, schema in schemas.items():
        if isinstance(schema, dict) and (missing := _without_room(schema, reading)):
            message = f"{key} is larger than 32 KB: {missing} was left out"
            yield Reason(operation.pointer, "schema_pruned", message)
    skeleton = Skeleton(operation.definitions)
    if any(each.required and sent_as_text(each, skeleton) for each in operation.parameters):
        yield Reason(operation.pointer, *AS_TEXT)
    near = Skeleton(_body_definitions(operation, reading))
    if media and is_json_text(media, near):
        yield Reason(operation.pointer, *AS_JSON_TEXT)
    if kind == "xml" and media:
        message = f"a {media.content_type} body is one text"
        yield Reason(operation.pointer, "body_not_structured", message)


def _without_room(schema: Json, reading: Reading) -> str:
    book = reading.book
    names = book.closure(dict.fromkeys(references(schema)))
    sizes = ((name, book.measure(name).size) for name in names)
    if not first_without_room(len(encoded(schema)), sizes):
        return ""
    sizes = ((name, book.lean_size(name)) for name in names)
    return first_without_room(len(encoded(lean(schema))), sizes)


def _digest(operation: Operation, reading: Reading) -> bytes:
    seal = sha256(msgspec.json.encode(operation, enc_hook=_plain))
    book = reading.book
    seal.update(b"".join([book.measure(name).seal for name in sorted(reading.used)]))
    return seal.digest()[:16]


def _plain(value: Any) -> Any:
    return repr(value)

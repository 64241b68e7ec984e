"""One candidate document to what the store keeps of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

from httptask.catalog.accounting import Account, accounts
from httptask.catalog.discovery import DiscoveryImporter
from httptask.catalog.documents.parsing import parse
from httptask.catalog.documents.resources import Resources
from httptask.catalog.documents.sources import Candidate
from httptask.catalog.importers import (
    Converted,
    Importer,
    OpenApiImporter,
    foreign_format,
    importer_for,
    unknown_format,
)
from httptask.catalog.openapi.description import OpenApiDescription
from httptask.catalog.openapi.walking import encoded
from httptask.catalog.prepare.naming import title_slug
from httptask.catalog.search.features import api_terms, features, first_sentence
from httptask.catalog.store import NewDocument, OperationRow, Store
from httptask.catalog.values import Json, Operation, Reason, Status
from httptask.core.words import slug
from httptask.definition.other_formats import MAX_SIGNS
from httptask.errors import CatalogError, HttpTaskError

FORMAT = b"3"
"""Part of every digest: another number imports every document again."""
BUILT_IN = (OpenApiImporter(), DiscoveryImporter())
"""The formats that need no plugin; plugins come first."""
MAX_REASONS = 2000


@dataclass(frozen=True, slots=True)
class Ingested:
    """A document ready to be written, with the search terms that it adds."""

    document: NewDocument
    terms: Counter[str]


def content_digest(data: bytes, linked: dict[str, Json]) -> bytes:
    """Return what tells whether a document and all it refers to are unchanged."""
    seal = sha256(FORMAT)
    seal.update(data)
    for uri in sorted(linked):
        seal.update(uri.encode())
        seal.update(encoded(linked[uri]))
    return seal.digest()


def ingest(
    candidate: Candidate, data: bytes, importers: Iterable[Importer], store: Store, origin: str
) -> Ingested:
    """Read a whole document; `origin` is what it was added with.

    Raises:
        CatalogError: it is not a description that can be read.
    """
    original = _parsed(data, candidate.source)
    importer = importer_for(original, (*importers, *BUILT_IN), candidate.source)
    converted = importer.convert(original)
    resources = Resources(converted.document, candidate.link)
    description = OpenApiDescription(converted.document, resources, candidate.source)
    found = list(accounts(description))
    api = choose_slug(description, candidate.source, store)
    ids = operation_ids(api, [each for each in found if each.operation])
    rows, terms = _rows(description, ids)
    linked = {uri: value for uri, value in resources.loaded.items() if value is not None}
    counts: dict[Status, int] = {
        "imported": 0,
        "degraded": 0,
        "rejected": len(converted.rejected),
    }
    for each in found:
        rejected = each.operation is None
        counts["rejected" if rejected else "degraded" if each.reasons else "imported"] += 1
    document = NewDocument(
        source=candidate.source,
        origin=origin,
        api=api,
        title=description.title,
        version=description.version,
        importer=importer.name,
        digest=content_digest(data, linked),
        counts=counts,
        causes=_causes(found, converted),
        reasons=_reasons(description, found, converted),
        body=converted.document,
        linked=linked,
        operations=tuple(rows),
    )
    return Ingested(document, terms)


def _parsed(data: bytes, source: str) -> Json:
    """Parse a document; a text of another format is called what it is."""
    try:
        return parse(data, source)
    except CatalogError as error:
        text = data[:MAX_SIGNS].decode(errors="replace")
        if error.code == "document_unreadable" and foreign_format(text):
            raise unknown_format(text, source) from None
        raise


def failed(candidate: Candidate, data: bytes, error: HttpTaskError, origin: str) -> NewDocument:
    """Return the record of a document that cannot be read at all."""
    reason = Reason(error.pointer, error.code, str(replace(error, source="", pointer="")))
    return NewDocument(
        source=candidate.source,
        origin=origin,
        api=None,
        title="",
        version="",
        importer="",
        digest=content_digest(data, {}),
        counts={"imported": 0, "degraded": 0, "rejected": 0},
        causes={},
        reasons=(reason,),
        body=None,
        linked={},
        operations=(),
    )


def _causes(found: list[Account], converted: Converted) -> dict[str, int]:
    """Return how many operations have a reason of each kind."""
    causes = Counter(reason.kind for reason in converted.rejected)
    for each in found:
        causes.update({reason.kind for reason in each.reasons})
    return dict(causes)


def _reasons(
    description: OpenApiDescription, found: list[Account], converted: Converted
) -> tuple[Reason, ...]:
    """Return each reason once, rejections first."""
    lost = dict.fromkeys(converted.rejected)
    lost.update(dict.fromkeys(r for each in found if not each.operation for r in each.reasons))
    lost.update(dict.fromkeys(description.notes()))
    lost.update(dict.fromkeys(reason for each in found for reason in each.reasons))
    return tuple(lost)[:MAX_REASONS]


def _rows(
    description: OpenApiDescription, ids: list[tuple[str, Account, Operation]]
) -> tuple[list[OperationRow], Counter[str]]:
    terms: Counter[str] = Counter()
    rows = []
    tags = description.tag_descriptions()
    names: dict[tuple[str, ...], tuple[str, ...]] = {}
    for public, account, operation in ids:
        servers = tuple(server.url for server in operation.servers[:2])
        if servers not in names:
            names[servers] = api_terms(
                description.title, description.provider, description.source, servers
            )
        about = " ".join([*(tags.get(tag, "") for tag in operation.tags), description.summary])
        found = features(operation, account.definitions, names[servers], about)
        terms.update(found.countable())
        rows.append(
            OperationRow(
                0,
                0,
                public,
                operation.method,
                operation.path,
                operation.pointer,
                operation.operation_id,
                operation.summary or first_sentence(operation.description),
                operation.auth_label,
                account.digest,
                found.row(),
            )
        )
    return rows, terms


def choose_slug(description: OpenApiDescription, source: str, store: Store) -> str:
    """Return the API's slug: the one it has, or a free one from title, version and source."""
    known = store.document(source)
    if known and known.api:
        return known.api
    base = title_slug(description.title) or "api"
    seal = sha256(source.encode()).hexdigest()
    options = [base, slug(f"{base}-{description.version}"), f"{base}-{seal[:6]}", f"{base}-{seal}"]
    return next(option for option in options if not store.api_taken(option, source))


def operation_ids(api: str, found: list[Account]) -> list[tuple[str, Account, Operation]]:
    """Return readable ids: API, method and path; equal ones are told apart by the exact path."""
    return list(_ids(api, found))


def _ids(api: str, found: list[Account]) -> Iterator[tuple[str, Account, Operation]]:
    taken: set[str] = set()
    for each in found:
        if each.operation is None:
            continue
        public = operation_id(api, each.operation.method, each.operation.path)
        if public in taken:
            seal = sha256(each.operation.pointer.encode()).hexdigest()
            public = f"{public}-{seal[:6]}"
        taken.add(public)
        yield public, each, each.operation


def operation_id(api: str, method: str, path: str) -> str:
    """Return the id of an operation, such as ``pet-store/get-pets-pet-id``."""
    whole = slug(path, limit=10_000)
    tail = slug(path, limit=80)
    if tail != whole:
        tail = f"{tail}-{sha256(path.encode()).hexdigest()[:6]}"
    return "/".join([api, "-".join(filter(None, [method.lower(), tail]))])

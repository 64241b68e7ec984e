"""What adding and removing does to the catalogue."""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Literal

from httptask.catalog.documents.sources import Candidate
from httptask.catalog.drift import Difference, differences, gone
from httptask.catalog.importers import Importer
from httptask.catalog.ingest import content_digest, failed, ingest
from httptask.catalog.lookup import stored_description, whole
from httptask.catalog.openapi.description import OpenApiDescription
from httptask.catalog.search.features import Features
from httptask.catalog.store import DocumentRow, NewDocument, OperationRow, Store
from httptask.catalog.values import Json, Operation, Reason
from httptask.errors import CatalogError, HttpTaskError, MissingExtraError

_log = logging.getLogger("httptask.catalog")

MAX_COMPARED = 2_000
"""Operations of a document whose differences are told one by one."""

Change = Literal["added", "changed", "unchanged", "failed", "skipped", "removed"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an `Catalog.add` is: documents done of all, and the one that is next."""

    done: int
    total: int
    source: str


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """What adding or removing one document did.

    Attributes:
        source: file or URL.
        api: slug of its API, or ``""``.
        change: what happened.
        added: ids of new operations.
        changed: ids of operations that say something else now.
        removed: ids of operations that are gone.
        imported: operations kept whole.
        degraded: operations kept with losses.
        rejected: operations not kept.
        error: why the document failed, or None.
        differences: what is different in those that are changed or removed, for their callers.
    """

    source: str
    api: str
    change: Change
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    imported: int = 0
    degraded: int = 0
    rejected: int = 0
    error: HttpTaskError | None = None
    differences: tuple[Difference, ...] = ()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from looking, again and again, through a tree without cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_uncollected()
def add_document(
    store: Store, candidate: Candidate, importers: Iterable[Importer], origin: str
) -> DocumentChange:
    """Add or update one document, at once or not at all; `origin` is what it was added with.

    A document that cannot be read is recorded, unless the user named exactly it.

    Raises:
        HttpTaskError: the document that the user named cannot be fetched or read.
        MissingExtraError: a reader that it needs is not installed.
    """
    known = store.document(candidate.source)
    data = b""
    try:
        data = candidate.read()
        if known and _is_unchanged(store, known, candidate, data):
            return _unchanged(known)
        new = ingest(candidate, data, importers, store, origin)
    except MissingExtraError:
        raise
    except HttpTaskError as error:
        return _failed(store, known, candidate, error, data, origin)
    except Exception as cause:  # noqa: BLE001 - one document must not stop the others
        _log.debug("%s cannot be read", candidate.source, exc_info=cause)
        unreadable = CatalogError(
            f"cannot be read: {type(cause).__name__}",
            code="document_unreadable",
            source=candidate.source,
            hint="the document is damaged, or an importer has a fault",
        )
        return _failed(store, known, candidate, unreadable, data, origin)
    old = store.operations_of(known.id) if known else []
    difference = Counter(new.terms)
    difference.subtract(_count(old))
    before = stored_description(store, known.id) if known and known.api else None
    store.write(new.document, difference)
    change = _difference(new.document, old, known)
    if before is None or known is None:
        return change
    told = _differences(change, old, before, store, known.id)
    return replace(change, differences=tuple(told))


def remove_document(store: Store, row: DocumentRow) -> DocumentChange:
    """Remove one document and its operations."""
    operations = store.operations_of(row.id)
    before = stored_description(store, row.id) if operations else None
    store.remove(row.id, {term: -count for term, count in _count(operations).items()})
    removed = tuple(each.public for each in operations)
    change = DocumentChange(row.source, row.api, "removed", removed=removed)
    if before is None:
        return change
    lost = _read(before, operations, removed).values()
    return replace(change, differences=tuple(gone(each, ()) for each in lost))


def _failed(
    store: Store,
    known: DocumentRow | None,
    candidate: Candidate,
    error: HttpTaskError,
    data: bytes,
    origin: str,
) -> DocumentChange:
    """Record a document that cannot be read; what was read of it before stays."""
    if candidate.named:
        raise error
    if known and known.api:
        return DocumentChange(candidate.source, known.api, "failed", error=error)
    if error.code == "format_unknown":
        return DocumentChange(candidate.source, "", "skipped", error=error)
    store.write(failed(candidate, data, error, origin), {})
    return DocumentChange(candidate.source, "", "failed", error=error)


def _is_unchanged(store: Store, known: DocumentRow, candidate: Candidate, data: bytes) -> bool:
    linked: dict[str, Json] = {}
    for uri in store.linked(known.id):
        with suppress(HttpTaskError):
            linked[uri] = candidate.link(uri)
    return content_digest(data, linked) == known.digest


def _count(rows: Iterable[OperationRow]) -> Counter[str]:
    terms: Counter[str] = Counter()
    for row in rows:
        terms.update(Features.from_row(row.features).countable())
    return terms


def _unchanged(known: DocumentRow) -> DocumentChange:
    if not known.api:
        reason = (
            known.reasons[0] if known.reasons else Reason("", "catalog_invalid", "failed before")
        )
        error = CatalogError(reason.message, code=reason.kind, source=known.source)
        return DocumentChange(known.source, "", "failed", error=error)
    return DocumentChange(
        known.source,
        known.api,
        "unchanged",
        imported=known.imported,
        degraded=known.degraded,
        rejected=known.rejected,
    )


def _difference(
    document: NewDocument, old: list[OperationRow], known: DocumentRow | None
) -> DocumentChange:
    before = {row.public: row.digest for row in old}
    after = {row.public: row.digest for row in document.operations}
    return DocumentChange(
        source=document.source,
        api=document.api or "",
        change="changed" if known else "added",
        added=tuple(name for name in after if name not in before),
        changed=tuple(n for n, seal in after.items() if n in before and before[n] != seal),
        removed=tuple(name for name in before if name not in after),
        imported=document.counts["imported"],
        degraded=document.counts["degraded"],
        rejected=document.counts["rejected"],
    )


def _differences(
    change: DocumentChange,
    old: list[OperationRow],
    before: OpenApiDescription,
    store: Store,
    document: int,
) -> Iterator[Difference]:
    """Yield what is different in the operations that are changed or removed."""
    now, rows = stored_description(store, document), store.operations_of(document)
    was = _read(before, old, (*change.removed, *change.changed))
    new = _read(now, rows, change.added) if change.removed else {}
    for public in change.removed:
        if public in was:
            yield gone(was[public], list(new.values()))
    for public, operation in _read(now, rows, change.changed).items():
        if public in was:
            yield from differences(was[public], operation)


def _read(
    description: OpenApiDescription, rows: Iterable[OperationRow], ids: Sequence[str]
) -> dict[str, Operation]:
    """Return operations of a description by their ids, at most `MAX_COMPARED`."""
    wanted = set(ids[:MAX_COMPARED])
    found = {}
    for row in rows:
        if row.public in wanted:
            with suppress(CatalogError):
                entry = description.entry(row.pointer, row.path)
                found[row.public] = whole(description, entry, row.public)
    return found

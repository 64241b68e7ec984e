"""An operation's id, or the beginning of one, to where the operation is described."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from httptask.catalog import bundle
from httptask.catalog.accounting import prepared_losses
from httptask.catalog.documents.resources import Resources
from httptask.catalog.ingest import operation_id
from httptask.catalog.matching import Known
from httptask.catalog.openapi.description import Entry, OpenApiDescription
from httptask.catalog.store import OperationRow, Store
from httptask.catalog.values import Json, Operation
from httptask.errors import CatalogError

MAX_OPEN = 4


class Lookup:
    """Finds operations and keeps the descriptions that were used last.

    Args:
        store: the catalogue's file, or None if there is none.
    """

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._open: dict[int, OpenApiDescription] = {}
        self._seen = -1
        self._known: dict[str, list[Known]] = {}

    @property
    def has_store(self) -> bool:
        """False where only the bundled operations are known."""
        return self._store is not None

    def known(self, method: str) -> list[Known]:
        """Return the operations of a method, to be looked through; none without a store."""
        if method not in self._known:
            rows = self._store.paths(method) if self._store else []
            self._known[method] = [Known.of(*row) for row in rows]
        return self._known[method]

    def find(self, text: str) -> tuple[str, OpenApiDescription, Entry]:
        """Return id, description and place of an operation.

        Args:
            text: its id with or without the API, a unique beginning, or a unique operationId.

        Raises:
            CatalogError: ``operation_unknown`` or ``operation_ambiguous``.
        """
        short = []
        for api in bundle.BUNDLED:
            for entry in bundle.bundled_entries(api):
                public = operation_id(api, entry.method, entry.path)
                name = entry.node.text("operationId")
                if text in (public, name) or (text and public.startswith(text)):
                    return public, bundle.bundled(api), entry
                if text == public.partition("/")[2]:
                    short.append((public, bundle.bundled(api), entry))
        rows = self._store.named(text) if self._store and text else []
        if len(short) == 1 and not rows:
            return short[0]
        row = _only(text, rows, [public for public, _, _ in short])
        description = self._description(row.document)
        return row.public, description, description.entry(row.pointer, row.path)

    def beginning(self, text: str, limit: int) -> list[str]:
        """Return what may be meant by the beginning of an operation's id.

        Args:
            text: the beginning.
            limit: at most so many.

        Returns:
            Whole ids; for a text without a slash, the APIs' names, each with a slash, and then
            operationIds.
        """
        if "/" not in text:
            slugs = {*bundle.BUNDLED, *(self._store.slugs() if self._store else ())}
            found = [f"{slug}/" for slug in sorted(slugs)]
        else:
            api = text.partition("/")[0]
            entries = bundle.bundled_entries(api) if api in bundle.BUNDLED else ()
            found = [operation_id(api, each.method, each.path) for each in entries]
        found = [each for each in found if each.startswith(text)]
        stored = self._store.beginning(text, limit) if self._store and text else []
        return (found + stored)[:limit]

    def _description(self, document: int) -> OpenApiDescription:
        if self._store is None:
            raise CatalogError("the catalogue is gone", code="catalog_unreadable")
        if self._seen != (seen := self._store.change_count()):
            self._open.clear()
            self._seen = seen
        if document not in self._open:
            while len(self._open) >= MAX_OPEN:
                self._open.pop(next(iter(self._open)))
            self._open[document] = stored_description(self._store, document)
        return self._open[document]


def stored_description(store: Store, document: int) -> OpenApiDescription:
    """Return a description as the catalogue has it, by its number."""
    body, linked = store.body(document)
    source, *_ = store.described_by(document)
    return OpenApiDescription(body, Resources(body, _only_stored, loaded=linked), source)


def whole(description: OpenApiDescription, entry: Entry, public: str) -> Operation:
    """Return an operation with its definitions, and what its task will lose.

    Raises:
        CatalogError: it cannot be called at all.
    """
    operation, reading = description.read(entry, public, public.partition("/")[0])
    used = reading.book.closure(reading.references)
    return replace(
        operation,
        definitions={name: each.schema for name, each in used.items()},
        reasons=(*operation.reasons, *prepared_losses(operation, reading)),
    )


def _only(text: str, rows: list[OperationRow], bundled: list[str]) -> OperationRow:
    """Return the one operation that is meant."""
    if rows and (rows[0].public == text or not (rows[1:] or bundled)):
        return rows[0]
    listed = ", ".join([*bundled, *(row.public for row in rows)][:5])
    if listed:
        raise CatalogError(
            f"{text!r} is more than one operation",
            code="operation_ambiguous",
            hint=f"one of {listed}",
        )
    raise CatalogError(
        f"there is no operation {text!r}",
        code="operation_unknown",
        hint="httptask search finds operations by words",
    )


def _only_stored(uri: str) -> Json:
    code = "ref_remote" if urlsplit(uri).scheme else "ref_external"
    raise CatalogError(f"{uri[:200]!r} was not there during the import", code=code)

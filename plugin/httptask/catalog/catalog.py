"""The catalogue: descriptions in, operations, searches and prepared tasks out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import platformdirs

from httptask.catalog import bundle
from httptask.catalog.apis import find_rows, find_slug
from httptask.catalog.changes import DocumentChange, Progress, remove_document
from httptask.catalog.documents.sources import Fetch, refuse_fetch
from httptask.catalog.importers import Importer
from httptask.catalog.ingest import operation_id
from httptask.catalog.intake import Intake
from httptask.catalog.lookup import Lookup, whole
from httptask.catalog.matching import Match, match_call
from httptask.catalog.prepare.task import Choices, PreparedTask, prepare_task
from httptask.catalog.report import report
from httptask.catalog.search.searcher import Found, Searcher
from httptask.catalog.store import Store
from httptask.catalog.values import Hit, Json, Operation
from httptask.core.closeable import Closeable
from httptask.errors import CatalogError

ENVIRONMENT = "HTTPTASK_CATALOG"
FILE = "catalog.sqlite3"
INDEX = "index"


@dataclass(frozen=True, slots=True)
class Api:
    """One API of the catalogue."""

    api: str
    title: str
    version: str
    source: str
    importer: str
    operations: int
    bundled: bool = False


def default_path() -> Path:
    """Return the catalogue's folder: the environment's, else the platform's for user data."""
    given = os.environ.get(ENVIRONMENT, "")
    return Path(given) if given else platformdirs.user_data_path("httptask") / "catalog"


class Catalog(Closeable):
    """API descriptions as searchable, ready-to-test HTTP tasks.

    The bundled operation is always there; a folder is created only when something is added. Any
    number of processes and threads may read while one writes.

    Attributes:
        outdated: whether there is one of an earlier version, which counts as none.
    """

    def __init__(self, path: Path, *, read_only: bool, importers: tuple[Importer, ...]) -> None:
        self._path = path
        self._read_only = read_only
        self._importers = importers
        self.outdated = False
        self._store: Store | None = None
        self._found: Lookup | None = None
        self._finding: Searcher | None = None

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        read_only: bool = False,
        importers: Iterable[Importer] = (),
    ) -> Self:
        """Open a catalogue; nothing is read or created yet.

        Args:
            path: its folder; None takes ``HTTPTASK_CATALOG`` or the platform's data folder.
            read_only: True never writes, not even the search index.
            importers: further formats, asked before OpenAPI.
        """
        folder = Path(path).expanduser() if path is not None else default_path()
        return cls(folder, read_only=read_only, importers=tuple(importers))

    def importers(self) -> Iterable[Importer]:
        """Return the formats beside the built-in ones, which are asked after them."""
        return self._importers

    @property
    def path(self) -> Path:
        """The catalogue's folder."""
        return self._path

    def close(self) -> None:
        """Close the files; the catalogue may be used again, and opens them again."""
        if self._store:
            self._store.close()
        self._store = None
        self._forget()

    def _reading(self) -> Store | None:
        """Return the store if there is one that this version can read."""
        if self._store is None and (self._path / FILE).exists():
            with self._noting_age():
                self._store = Store(self._path / FILE, read_only=self._read_only)
        return self._store

    @contextmanager
    def _noting_age(self) -> Iterator[None]:
        """A store that an earlier version made counts as none: all in it can be added again."""
        try:
            yield
        except CatalogError as error:
            if error.code != "catalog_older":
                raise
            self.outdated = True

    def _writing(self) -> Store:
        if self._read_only:
            raise CatalogError(
                "the catalogue is open read-only",
                code="catalog_read_only",
                source=str(self._path),
            )
        store = self._reading()
        if store is None:
            self._path.mkdir(parents=True, exist_ok=True)
            if self.outdated:
                shutil.rmtree(self._path / INDEX, ignore_errors=True)
                for file in self._path.glob(f"{FILE}*"):
                    file.unlink()
            store = self._store = Store(self._path / FILE, read_only=False)
        return store

    # -- adding and removing ---------------------------------------------------------------------

    def add(
        self,
        *sources: str | Path,
        fetch: Fetch = refuse_fetch,
        remote_refs: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> list[DocumentChange]:
        """Add or update documents; each is written at once or not at all.

        A document that cannot be read is recorded and does not stop the others. Interrupted, the
        documents done so far stay; adding the same source again goes on with the others. Of several
        sources, one that cannot be read is a change that failed, and the others go on.

        Args:
            sources: files, folders, archives (.tar.*, .zip), URLs, or APIs.guru lists.
            fetch: returns the bytes of a URL, under the caller's egress policy.
            remote_refs: True lets local documents refer to URLs, fetched by `fetch`.
            progress: called before each document.

        Raises:
            HttpTaskError: the only source cannot be read, or the only document of it.
            MissingExtraError: a reader that a document needs is not installed.
        """
        intake = self._intake(fetch, progress, remote_refs=remote_refs)
        changes = intake.add(sources[0]) if len(sources) == 1 else intake.add_all(sources)
        return self._taken(changes)

    def _intake(
        self, fetch: Fetch, progress: Callable[[Progress], None] | None, *, remote_refs: bool
    ) -> Intake:
        told = progress or (lambda _: None)
        return Intake(self._writing(), tuple(self.importers()), fetch, remote_refs, told)

    def _taken(self, changes: Iterable[DocumentChange]) -> list[DocumentChange]:
        """Return the changes once they are made and can be searched."""
        try:
            return list(changes)
        finally:
            self._catch_up()

    def update(
        self,
        *apis: str,
        fetch: Fetch = refuse_fetch,
        remote_refs: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> list[DocumentChange]:
        """Read the known documents again, those of the given APIs (slug or source) or all.

        What cannot be read is a change that failed, and stays in the catalogue as it was.

        Raises:
            CatalogError: ``api_unknown``.
        """
        rows = self._writing().documents()
        rows = find_rows(apis, rows) if apis else rows
        intake = self._intake(fetch, progress, remote_refs=remote_refs)
        return self._taken(intake.update(rows))

    def remove(self, *apis: str) -> list[DocumentChange]:
        """Remove APIs by slug or source.

        Raises:
            CatalogError: ``api_unknown``.
        """
        store = self._writing()
        rows = find_rows(apis, store.documents())
        changes = [remove_document(store, row) for row in rows]
        self._catch_up()
        return changes

    # -- reading ---------------------------------------------------------------------------------

    def apis(self) -> list[Api]:
        """Return all APIs, bundled ones first."""
        found = [
            Api(
                api,
                each.title,
                each.version,
                each.source,
                "openapi",
                len(list(each.entries())),
                True,
            )
            for api, each in ((api, bundle.bundled(api)) for api in bundle.BUNDLED)
        ]
        store = self._reading()
        for row in store.documents() if store else ():
            if row.api:
                kept = row.imported + row.degraded
                found.append(Api(row.api, row.title, row.version, row.source, row.importer, kept))
        return found

    def operations(self, api: str) -> list[str]:
        """Return the ids of all operations of an API, in its description's order.

        Args:
            api: its slug, a unique beginning of it, or its source.

        Raises:
            CatalogError: ``api_unknown``.
        """
        store = self._reading()
        api = find_slug(api, store)
        if api in bundle.BUNDLED:
            entries = bundle.bundled_entries(api)
            return [operation_id(api, entry.method, entry.path) for entry in entries]
        row = store.document_named(api) if store else None
        return [each.public for each in store.operations_of(row.id)] if store and row else []

    def report(self) -> dict[str, Json]:
        """Return what became of every operation of every document, as JSON.

        ``causes`` says how many operations have a reason of each kind, most first; see
        `httptask.catalog.causes`.
        """
        store = self._reading()
        return report(store.documents() if store else ())

    def search(
        self,
        query: str,
        *,
        api: str = "",
        method: str = "",
        limit: int = 10,
        synonyms: bool = True,
    ) -> list[Hit]:
        """Return operations that match a query, best first.

        Args:
            query: words, identifiers or a path.
            api: an API that they must be of: its slug, a unique beginning of it, or its source.
            method: HTTP method that they must have.
            limit: at most so many.
            synonyms: False takes words literally.

        Raises:
            CatalogError: ``api_unknown``.
        """
        slug = find_slug(api, self._reading()) if api else ""
        found = self._searcher.search(
            query, api=slug, method=method.upper(), limit=limit, synonyms=synonyms
        )
        return [self._hit(each) for each in found]

    @property
    def _searcher(self) -> Searcher:
        if self._finding is None or not self._finding.has_store:
            path = self._path / INDEX
            self._finding = Searcher(self._reading(), path, read_only=self._read_only)
        return self._finding

    def _forget(self) -> None:
        """Drop what was read from the file."""
        self._found = None
        self._finding = None

    @property
    def _lookup(self) -> Lookup:
        if self._found is None or not self._found.has_store:
            self._found = Lookup(self._reading())
        return self._found

    def _catch_up(self) -> None:
        """Bring the search index up to date after writing."""
        self._forget()
        if self._reading() is not None:
            self._searcher.catch_up()

    def _hit(self, found: Found) -> Hit:
        row = found.row
        store = self._reading()
        if row.document and store:
            source, title, api = store.described_by(row.document)
        else:
            api = row.public.partition("/")[0]
            source, title = bundle.bundled_source(api), bundle.bundled(api).title
        return Hit(
            id=row.public,
            api=api,
            method=row.method,
            path=row.path,
            source=source,
            title=title,
            summary=row.summary,
            score=found.score,
            why=found.why,
            auth=row.auth,
        )

    def get(self, operation_id: str) -> Operation:
        """Return an operation with its definitions.

        Args:
            operation_id: its id, a unique beginning of it, or a unique operationId.

        Raises:
            CatalogError: ``operation_unknown`` or ``operation_ambiguous``.
        """
        public, description, entry = self._lookup.find(operation_id)
        return whole(description, entry, public)

    def match(self, method: str, url: str) -> Match | None:
        """Return the operation that a request is a call of; None if that is not certain.

        Args:
            method: HTTP method, upper case.
            url: the address; its path may have ``{name}``.
        """
        return match_call(method, url, self._lookup.known(method), self.get)

    def prepare_task(
        self,
        operation_id: str,
        *,
        server: str | int | None = None,
        media_type: str | None = None,
        auth: str | int | None = None,
        branch: str | int | None = None,
        name: str | None = None,
        optional: Iterable[str] = (),
        paging: bool | None = None,
    ) -> PreparedTask:
        """Return the complete HTTP task of an operation and what to know about it.

        Args:
            operation_id: as for `get`.
            server: index or URL of a server, or ``server`` to make inputs of servers and their
                variables; a server that is not public is used only if chosen.
            media_type: media type of the body.
            auth: index of an alternative, name or kind of a scheme, a grant of OAuth 2, ``bearer``
                for a ready token, or ``none``.
            branch: index, name or title of the body's ``oneOf`` branch.
            name: name of the task.
            optional: what is sent although it need not be: names, labels such as
                ``query limit``, or ``body`` for the whole body.
            paging: whether it asks for all pages; None: where the description says how they end.

        Raises:
            CatalogError: as for `get`.
            DefinitionError: ``choice_unknown``; the hint lists the choices.
        """
        choices = Choices(server, media_type, auth, branch, name, tuple(optional), paging)
        return prepare_task(self.get(operation_id), choices)

    def prepare(self, operation_id: str, **choices: str | int | None) -> dict[str, Json]:
        """Return the complete HTTP task of an operation as JSON; see `prepare_task`."""
        return self.prepare_task(operation_id, **choices).task  # type: ignore[arg-type]


def iterate(catalog: Catalog) -> Iterator[str]:
    """Yield the id of every operation."""
    for api in catalog.apis():
        yield from catalog.operations(api.api)

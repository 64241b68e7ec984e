"""The catalogue's file: SQLite, write-ahead logged, one transaction for each document."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from httptask.catalog.openapi.walking import encoded
from httptask.catalog.values import Json, Reason, Status
from httptask.errors import CatalogError

SCHEMA_VERSION = 4
_SERIALIZED = 3
"""What `sqlite3.threadsafety` is where threads may share a connection."""
_TABLES = """
CREATE TABLE documents (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, api TEXT,
  title TEXT NOT NULL, version TEXT NOT NULL, importer TEXT NOT NULL, digest BLOB NOT NULL,
  imported INTEGER NOT NULL, degraded INTEGER NOT NULL, rejected INTEGER NOT NULL,
  causes BLOB NOT NULL, reasons BLOB NOT NULL, body BLOB NOT NULL, linked BLOB NOT NULL);
CREATE UNIQUE INDEX documents_by_api ON documents(api) WHERE api IS NOT NULL;
CREATE TABLE operations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL, public TEXT NOT NULL UNIQUE,
  method TEXT NOT NULL, path TEXT NOT NULL, pointer TEXT NOT NULL, name TEXT NOT NULL,
  summary TEXT NOT NULL, auth TEXT NOT NULL, digest BLOB NOT NULL, features TEXT NOT NULL,
  indexed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX operations_by_document ON operations(document);
CREATE INDEX operations_by_name ON operations(name);
CREATE INDEX operations_not_indexed ON operations(id) WHERE indexed = 0;
CREATE TABLE gone (id INTEGER PRIMARY KEY);
CREATE TABLE terms (term TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """What is kept of one document, without its text; the rest as in `NewDocument`."""

    id: int
    source: str
    origin: str
    api: str
    title: str
    version: str
    importer: str
    digest: bytes
    imported: int
    degraded: int
    rejected: int
    causes: Mapping[str, int]
    reasons: tuple[Reason, ...]

    @property
    def operations(self) -> int:
        """Operations of the document, whatever became of them."""
        return self.imported + self.degraded + self.rejected


@dataclass(frozen=True, slots=True)
class OperationRow:
    """What is kept of one operation for lists and searches."""

    id: int
    document: int
    public: str
    method: str
    path: str
    pointer: str
    name: str
    summary: str
    auth: str
    digest: bytes
    features: str


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to be written with its operations.

    `origin` is the file, folder, archive or URL that was added, absolute. `causes` says how many
    operations have a reason of each kind; `reasons` has each one once.
    """

    source: str
    origin: str
    api: str | None
    title: str
    version: str
    importer: str
    digest: bytes
    counts: Mapping[Status, int]
    causes: Mapping[str, int]
    reasons: tuple[Reason, ...]
    body: Json
    linked: Mapping[str, Json]
    operations: tuple[OperationRow, ...]


_DOCUMENTS = (
    "SELECT id, source, origin, coalesce(api, ''), title, version, importer, digest, imported,"
    " degraded, rejected, causes, reasons FROM documents"
)
_OPERATIONS = (
    "SELECT id, document, public, method, path, pointer, name, summary, auth, digest, features"
    " FROM operations"
)
_UPSERT = """
INSERT INTO documents (source, origin, api, title, version, importer, digest, imported, degraded,
  rejected, causes, reasons, body, linked) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (source) DO UPDATE SET origin=excluded.origin, api=excluded.api, title=excluded.title,
  version=excluded.version, importer=excluded.importer, digest=excluded.digest,
  imported=excluded.imported, degraded=excluded.degraded, rejected=excluded.rejected,
  causes=excluded.causes, reasons=excluded.reasons, body=excluded.body, linked=excluded.linked
"""
_COUNT = """
INSERT INTO terms VALUES (?, ?) ON CONFLICT (term) DO UPDATE SET count=count+excluded.count
"""


class Store:
    """Reads and writes the file; every method is one short transaction or none.

    Args:
        path: the file.
        read_only: never creates or changes it.

    Raises:
        CatalogError: ``catalog_unreadable``, ``catalog_older`` or ``catalog_newer``.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        try:
            self._db = self._connect()
            with ExitStack() as undone:
                undone.callback(self._db.close)
                self._prepare()
                undone.pop_all()
        except sqlite3.Error as error:
            raise CatalogError(
                f"cannot open the catalogue: {error}",
                code="catalog_unreadable",
                source=str(path),
                hint="remove it and add the descriptions again",
            ) from error

    def _connect(self) -> sqlite3.Connection:
        if self.read_only:
            uri = f"{self.path.resolve().as_uri()}?mode=ro"
            return _connected(uri, uri=True)
        return _connected(str(self.path), uri=False)

    def _prepare(self) -> None:
        if not self.read_only:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0 and not self.read_only:
            with self._transaction() as db:
                if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                    for statement in _TABLES.split(";")[:-1]:
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        elif version != SCHEMA_VERSION:
            raise CatalogError(
                f"the catalogue has version {version}, this program reads {SCHEMA_VERSION}",
                code="catalog_newer" if version > SCHEMA_VERSION else "catalog_older",
                source=str(self.path),
                hint="use another path, or remove it and add the descriptions again",
            )

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._db:  # commits, or rolls back what is still open
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db

    def documents(self) -> list[DocumentRow]:
        """Return all documents in order of their sources."""
        rows = self._db.execute(_DOCUMENTS + " ORDER BY source")
        return [_document(row) for row in rows]

    def document(self, source: str) -> DocumentRow | None:
        """Return the document that came from a source."""
        query = _DOCUMENTS + " WHERE source=?"
        row = self._db.execute(query, (source,)).fetchone()
        return _document(row) if row else None

    def document_named(self, name: str) -> DocumentRow | None:
        """Return the document of an API's slug or of a source."""
        query = _DOCUMENTS + " WHERE api=? OR source=?"
        row = self._db.execute(query, (name, name)).fetchone()
        return _document(row) if row else None

    def slugs(self) -> list[str]:
        """Return the slugs of all APIs."""
        rows = self._db.execute("SELECT api FROM documents WHERE api IS NOT NULL ORDER BY api")
        return [row[0] for row in rows]

    def described_by(self, number: int) -> tuple[str, str, str]:
        """Return source, title and API of a document, by its number."""
        query = "SELECT source, title, api FROM documents WHERE id=?"
        found: tuple[str, str, str] = self._db.execute(query, (number,)).fetchone()
        return found

    def api_taken(self, api: str, source: str) -> bool:
        """Tell whether another source has this slug."""
        query = "SELECT 1 FROM documents WHERE api=? AND source<>?"
        return self._db.execute(query, (api, source)).fetchone() is not None

    def body(self, number: int) -> tuple[Json, dict[str, Json]]:
        """Return a document's JSON, and the documents it refers to by URI."""
        query = "SELECT body, linked FROM documents WHERE id=?"
        body, linked = self._db.execute(query, (number,)).fetchone()
        return _unpack(body), _unpack(linked)

    def linked(self, number: int) -> list[str]:
        """Return the URIs of the documents that a document refers to."""
        row = self._db.execute("SELECT linked FROM documents WHERE id=?", (number,)).fetchone()
        return list(_unpack(row[0]))

    def operations_of(self, document: int) -> list[OperationRow]:
        """Return the operations of a document in its own order."""
        query = _OPERATIONS + " WHERE document=? ORDER BY id"
        return [OperationRow(*row) for row in self._db.execute(query, (document,))]

    def operations(self, numbers: Sequence[int]) -> list[OperationRow]:
        """Return operations by their numbers, in no order; those that are gone are left out."""
        marks = ",".join("?" * len(numbers))
        query = f"{_OPERATIONS} WHERE id IN ({marks})"
        return [OperationRow(*row) for row in self._db.execute(query, list(numbers))]

    def features(self, numbers: Sequence[int]) -> list[tuple[int, str]]:
        """Return number and search terms of operations, in no order."""
        marks = ",".join("?" * len(numbers))
        query = f"SELECT id, features FROM operations WHERE id IN ({marks})"  # noqa: S608
        return self._db.execute(query, list(numbers)).fetchall()

    def named(self, text: str, limit: int = 20) -> list[OperationRow]:
        """Return operations by id, operationId, beginning of an id, or id without the API."""
        exact = _OPERATIONS + " WHERE public=? OR name=? LIMIT ?"
        rows = self._db.execute(exact, (text, text, limit)).fetchall()
        if not rows:
            prefix = _OPERATIONS + " WHERE public>=? AND public<? LIMIT ?"
            rows = self._db.execute(prefix, (text, text + "\U0010ffff", limit)).fetchall()
        if not rows and "/" not in text:
            ending = _OPERATIONS + " WHERE substr(public, instr(public, '/') + 1)=? LIMIT ?"
            rows = self._db.execute(ending, (text, limit)).fetchall()
        return [OperationRow(*row) for row in rows]

    def paths(self, method: str) -> list[tuple[str, str, str]]:
        """Return id, path and what names the API, of every operation of a method."""
        query = (
            "SELECT o.public, o.path, d.title || ' ' || d.source FROM operations o"
            " JOIN documents d ON d.id=o.document WHERE o.method=? ORDER BY o.document"
        )
        return self._db.execute(query, (method,)).fetchall()

    def beginning(self, text: str, limit: int) -> list[str]:
        """Return the ids that begin with a text; without a slash in it, the operationIds."""
        column = "public" if "/" in text else "name"
        query = f"SELECT DISTINCT {column} FROM operations WHERE {column}>=? AND {column}<? LIMIT ?"  # noqa: S608 - one of two names
        rows = self._db.execute(query, (text, text + "\U0010ffff", limit))
        return [row[0] for row in rows]

    def write(self, document: NewDocument, terms: Mapping[str, int]) -> None:
        """Replace what came from the document's source, at once or not at all.

        Args:
            document: the new content; operations whose id and digest are unchanged keep their
                number.
            terms: how many operations more (or, negative, fewer) have a search term.
        """
        body, linked = _pack(document.body), _pack(dict(document.linked))
        encoded_reasons = _pack([reason.to_json() for reason in document.reasons])
        with self._transaction() as db:
            counts = document.counts
            values = (
                document.source, document.origin, document.api, document.title, document.version,
                document.importer, document.digest, counts["imported"], counts["degraded"],
                counts["rejected"], encoded(document.causes), encoded_reasons, body, linked,
            )  # fmt: skip
            db.execute(_UPSERT, values)
            query = "SELECT id FROM documents WHERE source=?"
            number = db.execute(query, (document.source,)).fetchone()[0]
            _replace_operations(db, number, document.operations)
            _count_terms(db, terms)

    def remove(self, number: int, terms: Mapping[str, int]) -> None:
        """Remove a document and its operations."""
        with self._transaction() as db:
            _replace_operations(db, number, ())
            db.execute("DELETE FROM documents WHERE id=?", (number,))
            _count_terms(db, terms)

    def counts(self) -> tuple[int, int]:
        """Return how many documents and operations there are."""
        query = "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM operations)"
        documents, operations = self._db.execute(query).fetchone()
        return documents, operations

    def change_count(self) -> int:
        """Return a number that changes when another connection writes."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def terms(self) -> dict[str, int]:
        """Return in how many operations each search term is."""
        return dict(self._db.execute("SELECT term, count FROM terms WHERE count > 0"))

    def to_index(self) -> tuple[list[tuple[int, str, str]], list[int]]:
        """Return operations that the index lacks, and numbers in it that have no operation."""
        fresh = self._db.execute(
            "SELECT o.id, d.api, o.features FROM operations o JOIN documents d ON d.id=o.document"
            " WHERE o.indexed=0"
        ).fetchall()
        return fresh, [row[0] for row in self._db.execute("SELECT id FROM gone")]

    def mark_indexed(self, fresh: Iterable[int], gone: Iterable[int]) -> None:
        """Note that the search index has caught up with these."""
        with self._transaction() as db:
            db.executemany("UPDATE operations SET indexed=1 WHERE id=?", ((n,) for n in fresh))
            db.executemany("DELETE FROM gone WHERE id=?", ((n,) for n in gone))

    def forget_index(self) -> None:
        """Note that the search index has nothing."""
        with self._transaction() as db:
            db.execute("UPDATE operations SET indexed=0")
            db.execute("DELETE FROM gone")


def _connected(name: str, *, uri: bool) -> sqlite3.Connection:
    own_thread = sqlite3.threadsafety < _SERIALIZED
    return sqlite3.connect(
        name, uri=uri, timeout=30, isolation_level=None, check_same_thread=own_thread
    )


def _replace_operations(
    db: sqlite3.Connection, document: int | None, operations: Iterable[OperationRow]
) -> None:
    query = "SELECT public, id, digest, features FROM operations WHERE document=?"
    old = {row[0]: row[1:] for row in db.execute(query, (document,))}
    rows = []
    for each in operations:
        number, digest, found = old.get(each.public, (None, b"", ""))
        if number is not None and (digest, found) == (each.digest, each.features):
            del old[each.public]
            continue
        rows.append((document, each.public, each.method, each.path, each.pointer, each.name,
                     each.summary, each.auth, each.digest, each.features))  # fmt: skip
    dropped = [(row[0],) for row in old.values()]
    db.executemany("DELETE FROM operations WHERE id=?", dropped)
    db.executemany("INSERT OR IGNORE INTO gone VALUES (?)", dropped)
    db.executemany(
        "INSERT INTO operations (document, public, method, path, pointer, name, summary, auth,"
        " digest, features) VALUES (?,?,?,?,?,?,?,?,?,?)",
        rows,
    )


def _count_terms(db: sqlite3.Connection, terms: Mapping[str, int]) -> None:
    changes = [(term, change) for term, change in terms.items() if change]
    db.executemany(_COUNT, changes)


def _document(row: Sequence[Json]) -> DocumentRow:
    causes = msgspec.json.decode(row[11])
    reasons = tuple(Reason(**reason) for reason in _unpack(row[12]))
    return DocumentRow(*[*row[:11], causes, reasons])


def _pack(value: Json) -> bytes:
    return zlib.compress(encoded(value), 1)


def _unpack(data: bytes) -> Json:
    return msgspec.json.decode(zlib.decompress(data))

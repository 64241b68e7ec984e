"""What `Catalog.add` and `Catalog.update` do with each source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from httptask.catalog.changes import DocumentChange, Progress, add_document
from httptask.catalog.documents.sources import Fetch, candidates
from httptask.catalog.importers import Importer
from httptask.catalog.store import DocumentRow, Store
from httptask.errors import CatalogError, HttpTaskError, MissingExtraError


@dataclass(frozen=True, slots=True)
class Intake:
    """Adds and updates documents, one at a time.

    Attributes:
        store: where they go.
        importers: formats besides the built-in ones.
        fetch: returns the bytes of a URL.
        remote_refs: True lets local documents refer to URLs.
        progress: called before each document of a source, and after the last.
    """

    store: Store
    importers: tuple[Importer, ...]
    fetch: Fetch
    remote_refs: bool
    progress: Callable[[Progress], None]

    def add(
        self, source: str | Path, only: Container[str] | None = None
    ) -> Iterator[DocumentChange]:
        """Add the documents of a source, or only those of it that are given.

        Raises:
            HttpTaskError: the source cannot be read, or the only document of it.
        """
        with candidates(source, self.fetch, remote=self.remote_refs) as found:
            wanted = [each for each in found if only is None or each.source in only]
            for number, candidate in enumerate(wanted):
                self.progress(Progress(number, len(wanted), candidate.source))
                yield add_document(self.store, candidate, self.importers, _origin(source))
            self.progress(Progress(len(wanted), len(wanted), str(source)))

    def add_all(self, sources: Iterable[str | Path]) -> Iterator[DocumentChange]:
        """Add sources; one that cannot be read is a change that failed, and the others go on."""
        for source in sources:
            try:
                yield from self.add(source)
            except MissingExtraError:
                raise
            except HttpTaskError as error:
                yield DocumentChange(str(source), "", "failed", error=error)

    def update(self, rows: Iterable[DocumentRow]) -> Iterator[DocumentChange]:
        """Read documents again from where they came from; one that is gone stays as it is."""
        origins: dict[str, dict[str, DocumentRow]] = defaultdict(dict)
        for row in rows:
            origins[row.origin][row.source] = row
        for origin, left in origins.items():
            error: HttpTaskError | None = None
            try:
                for change in self.add(origin, frozenset(left)):
                    del left[change.source]
                    yield change
            except MissingExtraError:
                raise
            except HttpTaskError as found:
                error = found
            for source, row in left.items():
                yield DocumentChange(source, row.api, "failed", error=error or _gone(row))


def _origin(source: str | Path) -> str:
    """Return the source such that it can be read again from any folder."""
    text = str(source)
    remote = urlsplit(text).scheme in ("http", "https")
    return text if remote else str(Path(source).expanduser().resolve())


def _gone(row: DocumentRow) -> CatalogError:
    return CatalogError(
        f"{row.origin} no longer has it",
        code="source_missing",
        source=row.source,
        hint="httptask catalog remove SOURCE removes it",
    )

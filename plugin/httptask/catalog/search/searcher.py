"""Searches the bundled and the stored operations together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from httptask.catalog import bundle
from httptask.catalog.ingest import operation_id
from httptask.catalog.openapi.description import Entry
from httptask.catalog.search.features import Features, api_terms, features, first_sentence
from httptask.catalog.search.query import Query, understand
from httptask.catalog.search.ranking import explain, score
from httptask.catalog.store import OperationRow, Store
from httptask.core.first_use import cached_property
from httptask.errors import MissingExtraError

if TYPE_CHECKING:
    from httptask.catalog.search.index import SearchIndex

CANDIDATES = 80
BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """One operation that matches; `row.document` is 0 for a bundled one."""

    row: OperationRow
    score: float
    why: tuple[str, ...]


class Searcher:
    """Understands queries, gets candidates and ranks them.

    Args:
        store: the catalogue's file, or None if there is none.
        path: folder of the search index.
        read_only: True never brings the index up to date.
    """

    def __init__(self, store: Store | None, path: Path, *, read_only: bool) -> None:
        self._store = store
        self._path = path
        self._read_only = read_only
        self._seen = -1
        self._counts: dict[str, int] = {}
        self._total = 0

    @property
    def has_store(self) -> bool:
        """False where only the bundled operations are searched."""
        return self._store is not None

    def search(
        self, text: str, *, api: str, method: str, limit: int, synonyms: bool
    ) -> list[Found]:
        """Return the operations that match, best first."""
        self._refresh()
        query = understand(text, self._counts, self._total, synonyms=synonyms)
        if not query.words:
            return []
        scored: list[tuple[float, int, OperationRow | None, str]] = [
            (score(query, row.features), 0, row, row.features)
            for row in _bundled()
            if (not api or row.public.startswith(f"{api}/")) and method in ("", row.method)
        ]
        for number, found in self._candidates(query, api, method, limit):
            scored.append((score(query, found), number, None, found))
        scored = [each for each in scored if each[0] > 0]
        scored.sort(key=lambda each: (-round(each[0], 6), len(each[3]), each[1]))
        return self._found(query, scored[:limit])

    def _found(
        self, query: Query, best: list[tuple[float, int, OperationRow | None, str]]
    ) -> list[Found]:
        numbers = [number for _, number, row, _ in best if row is None]
        stored = self._store.operations(numbers) if self._store and numbers else []
        rows = {row.id: row for row in stored}
        return [
            Found(row or rows[number], value, explain(query, features))
            for value, number, row, features in best
            if row or number in rows
        ]

    def _candidates(self, query: Query, api: str, method: str, limit: int) -> list[tuple[int, str]]:
        if self._store is None or not self._total:
            return []
        numbers = self._index.candidates(query, api, method, max(CANDIDATES, 2 * limit))
        return self._store.features(numbers)

    def _refresh(self) -> None:
        """Notice what another process wrote."""
        if self._store is None:
            if not self._counts:
                found = (Features.from_row(row.features).countable() for row in _bundled())
                self._counts = dict.fromkeys((term for terms in found for term in terms), 1)
            return
        seen = self._store.change_count()
        if seen == self._seen:
            return
        self._seen = seen
        _, self._total = self._store.counts()
        self._counts = self._store.terms()
        if self._total:
            if not self._read_only:
                self.catch_up()
            self._index.reload()

    def catch_up(self) -> None:
        """Bring the search index up to date with the file."""
        if self._store is None or self._read_only:
            return
        if not self._index.exists:
            self._store.forget_index()
        fresh, gone = self._store.to_index()
        for start in range(0, max(len(fresh), 1), BATCH):
            part = fresh[start : start + BATCH]
            dropped = gone if start == 0 else []
            if part or dropped:
                self._index.update(part, dropped)
                self._store.mark_indexed([row[0] for row in part], dropped)

    @cached_property
    def _index(self) -> SearchIndex:
        try:
            from httptask.catalog.search.index import SearchIndex  # noqa: PLC0415 - optional extra
        except ImportError:
            raise MissingExtraError(
                "searching added descriptions needs the catalog extra",
                hint="pip install 'httptask[catalog]'",
            ) from None
        return SearchIndex(self._path)


@lru_cache(maxsize=1)
def _bundled() -> tuple[OperationRow, ...]:
    return tuple(
        _bundled_row(api, entry) for api in bundle.BUNDLED for entry in bundle.bundled_entries(api)
    )


def _bundled_row(api: str, entry: Entry) -> OperationRow:
    description = bundle.bundled(api)
    public = operation_id(api, entry.method, entry.path)
    operation = description.operation(entry, public, api)
    servers = [server.url for server in operation.servers]
    names = api_terms(description.title, description.provider, description.source, servers)
    return OperationRow(
        id=0,
        document=0,
        public=public,
        method=operation.method,
        path=operation.path,
        pointer=operation.pointer,
        name=operation.operation_id,
        summary=operation.summary or first_sentence(operation.description),
        auth=operation.auth_label,
        digest=b"",
        features=features(operation, {}, names, description.summary).row(),
    )

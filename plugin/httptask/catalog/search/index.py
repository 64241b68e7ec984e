"""The search index beside the catalogue's file: tantivy finds candidates, ranking orders them.

Imported only when a catalogue is searched: tantivy is of the ``catalog`` extra. The index is
derived: whatever happens to it, it is made again from the file.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import tantivy

from httptask.catalog.search.features import Features
from httptask.catalog.search.query import Query, Word

INDEX_VERSION = 2
PRESENCE = {"strong": 0.95, "weak": 0.45}
NAMED = 0.15
_HEAP = 64_000_000


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
    for field in ("strong", "weak", "name"):
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("method", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("slug", tokenizer_name="raw", index_option="basic")
    return builder.build()


class SearchIndex:
    """Candidates for a query.

    Args:
        path: folder of the index.
    """

    def __init__(self, path: Path) -> None:
        self._path = path / f"v{INDEX_VERSION}"
        self._schema = _schema()
        self._index: tantivy.Index | None = None

    @property
    def exists(self) -> bool:
        """True if there is an index that can be read."""
        return (self._path / "meta.json").exists()

    def _opened(self) -> tantivy.Index:
        if self._index is None:
            self._path.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(self._schema, str(self._path), reuse=True)
        return self._index

    def clear(self) -> None:
        """Remove the index."""
        self._index = None
        shutil.rmtree(self._path, ignore_errors=True)

    def update(self, fresh: Iterable[tuple[int, str, str]], gone: Iterable[int]) -> None:
        """Add operations (number, slug of the API, features) and drop numbers, at once."""
        index = self._opened()
        writer = index.writer(_HEAP, 1)
        for number in gone:
            writer.delete_documents_by_term("id", number)
        for number, slug, row in fresh:
            writer.delete_documents_by_term("id", number)
            writer.add_document(_document(number, slug, Features.from_row(row)))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()

    def reload(self) -> None:
        """See what another process wrote."""
        if self._index is not None:
            self._index.reload()

    def candidates(self, query: Query, api: str, method: str, limit: int) -> list[int]:
        """Return numbers of operations that may match, likeliest first."""
        index = self._opened()
        parts = [part for word in query.words for part in self._word(word)]
        asked = tantivy.Query.boolean_query(parts)
        wanted = [(tantivy.Occur.Must, asked)]
        for field, value in (("slug", api), ("method", method)):
            if value:
                exact = tantivy.Query.term_query(self._schema, field, value)
                wanted.append((tantivy.Occur.Must, tantivy.Query.const_score_query(exact, 0.0)))
        searcher = index.searcher()
        full = tantivy.Query.boolean_query(wanted) if len(wanted) > 1 else asked
        hits = searcher.search(full, limit, count=False).hits
        found = searcher.fast_field_values("id", [address for _, address in hits])
        return [int(number) for number in found if number is not None]

    def _word(self, word: Word) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        """Return what a word asks for: that it is there, and, to break ties, in a short name."""
        present, named = [], []
        for term, weight in word.variants.items():
            for field, own in PRESENCE.items():
                query = tantivy.Query.const_score_query(self._term(field, term), 1.0)
                boost = weight * own * word.importance
                present.append(tantivy.Query.boost_query(query, boost))
            boost = weight * NAMED
            named.append(tantivy.Query.boost_query(self._term("name", term), boost))
        return [
            (tantivy.Occur.Should, tantivy.Query.disjunction_max_query(present)),
            (tantivy.Occur.Should, tantivy.Query.disjunction_max_query(named)),
        ]

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term, "freq")


def _document(number: int, slug: str, features: Features) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("id", number)
    name = (*features.name, *features.path)
    document.add_text("strong", " ".join({*features.api, *name}))
    document.add_text("weak", " ".join({*features.tags, *features.text}))
    document.add_text("name", " ".join(dict.fromkeys(name)))
    document.add_text("method", features.method)
    document.add_text("slug", slug)
    return document

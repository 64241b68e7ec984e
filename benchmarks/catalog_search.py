"""How good and fast search is.

``python benchmarks/catalog_search.py FOLDER QUERIES.json [CATALOG]`` prints JSON.

The same operations are searched three ways: by the catalogue (with and without synonyms), by
SQLite FTS5 and by tantivy as they come. A query's right hits are (file, method, path).
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tantivy

from httptask.catalog import Catalog
from httptask.catalog.search.words import split

Search = Callable[[str], list[tuple[str, str, str]]]
COLUMNS = ("title", "path", "name", "summary")


def rows(catalog: Catalog) -> list[dict[str, str]]:
    """Return every stored operation's texts."""
    db = sqlite3.connect(catalog.path / "catalog.sqlite3")
    query = (
        "SELECT d.source, o.method, o.path, d.title, o.name, o.summary FROM operations o"
        " JOIN documents d ON d.id = o.document"
    )
    names = ("source", "method", "path", "title", "name", "summary")
    return [dict(zip(names, row, strict=True)) for row in db.execute(query)]


def key(row: dict[str, str]) -> tuple[str, str, str]:
    """Return what a judged hit is compared by."""
    return "/".join(Path(row["source"]).parts[-2:]), row["method"], row["path"]


def ours(catalog: Catalog, *, synonyms: bool) -> Search:
    """Return the catalogue's search; the bundled operation counts as its stored twin."""

    def search(text: str) -> list[tuple[str, str, str]]:
        hits = catalog.search(text, limit=10, synonyms=synonyms)
        return [("/".join(Path(hit.source).parts[-2:]), hit.method, hit.path) for hit in hits]

    return search


def fts5(found: list[dict[str, str]]) -> Search:
    """Return FTS5 as it comes, any word."""
    db = sqlite3.connect(":memory:")
    db.execute(f"CREATE VIRTUAL TABLE t USING fts5({', '.join(COLUMNS)}, tokenize='porter')")
    texts = [[" ".join(split(row[name])) for name in COLUMNS] for row in found]
    db.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", texts)

    def search(text: str) -> list[tuple[str, str, str]]:
        words = " OR ".join(f'"{word}"' for word in split(text))
        query = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10"
        return [key(found[number - 1]) for (number,) in db.execute(query, (words,))]

    return search


def plain_tantivy(found: list[dict[str, str]]) -> Search:
    """Return tantivy as it comes, any word."""
    builder = tantivy.SchemaBuilder().add_unsigned_field("id", stored=True, fast=True)
    for name in COLUMNS:
        builder.add_text_field(name, tokenizer_name="en_stem")
    index = tantivy.Index(builder.build())
    writer = index.writer(64_000_000, 1)
    for number, row in enumerate(found):
        document = tantivy.Document()
        document.add_unsigned("id", number)
        for name in COLUMNS:
            document.add_text(name, " ".join(split(row[name])))
        writer.add_document(document)
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(text: str) -> list[tuple[str, str, str]]:
        query = index.parse_query(" ".join(split(text)), list(COLUMNS))
        hits = searcher.search(query, 10).hits
        return [key(found[searcher.doc(address)["id"][0]]) for _, address in hits]

    return search


def measure(search: Search, queries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return quality by kind of query, and latency of the best of three."""
    ranks: dict[str, list[int]] = {}
    times = []
    search("warm up")
    for query in queries:
        expected = {(e["file"], e["method"].upper(), e["path"]) for e in query["expected"]}
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            hits = search(query["query"])
            best = min(best, time.perf_counter() - start)
        times.append(best * 1000)
        place = next((n for n, hit in enumerate(hits, 1) if _right(hit, expected)), 0)
        for kind in ("all", query["kind"]):
            ranks.setdefault(kind, []).append(place)
    times.sort()
    quality = {
        kind: {
            "queries": len(each),
            "hit@1": round(sum(rank == 1 for rank in each) / len(each), 3),
            "hit@5": round(sum(0 < rank <= 5 for rank in each) / len(each), 3),
            "mrr@10": round(sum(1 / rank for rank in each if rank) / len(each), 3),
        }
        for kind, each in ranks.items()
    }
    latency = {"p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)]}
    return {"quality": quality, "ms": {name: round(ms, 2) for name, ms in latency.items()}}


def _right(hit: tuple[str, str, str], expected: set[tuple[str, str, str]]) -> bool:
    file, method, path = hit
    if file.startswith("bundled:"):
        return any((method, path) == (each[1], each[2]) for each in expected)
    return hit in expected


def main(folder: str, queries: str, path: str | None = None) -> None:
    """Build what is missing, measure all and print JSON."""
    asked = json.loads(Path(queries).read_text("utf-8"))["queries"]
    with tempfile.TemporaryDirectory() as spare, Catalog.open(path or spare) as catalog:
        catalog.add(folder)
        found = rows(catalog)
        searches = {
            "catalogue": ours(catalog, synonyms=True),
            "catalogue without synonyms": ours(catalog, synonyms=False),
            "FTS5": fts5(found),
            "tantivy": plain_tantivy(found),
        }
        figures = {name: measure(search, asked) for name, search in searches.items()}
    print(json.dumps({"operations": len(found), **figures}, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])

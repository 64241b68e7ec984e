"""Search as you type over 50,000 operations, through the editor's REST API.

    python benchmarks/editor_search.py [--catalog FOLDER] [--json]

Without a catalogue one of 50,000 made-up operations is imported first (about a minute). The time is
from the request to the whole response, for each prefix of each query, as the search box asks.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import requests
from editor_panel import start

from httptask.catalog import Catalog

QUERIES = ("create image", "list repositories", "send text message", "delete user account")
APIS, PATHS = 100, 250
NOUNS = [
    *("image", "user", "message", "invoice", "repository", "order", "ticket", "event", "file"),
    *("account", "device", "report", "team", "payment", "webhook", "role", "tag", "job"),
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--catalog", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = given.catalog or made_up(Path(tempfile.mkdtemp()))
    link = start("127.0.0.1:1", folder)
    base, _, token = link.partition("/#token=")
    spent = measure(base, token)
    figures = {
        "requests": len(spent),
        "p50Ms": round(statistics.median(spent), 1),
        "p95Ms": round(sorted(spent)[int(len(spent) * 0.95)], 1),
        "maxMs": round(max(spent), 1),
    }
    print(json.dumps(figures, indent=2) if given.json else figures)


def measure(base: str, token: str) -> list[float]:
    """Return milliseconds of each request, the first one left out."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    prefixes = [query[:end] for query in QUERIES for end in range(2, len(query) + 1)]
    spent = []
    for text in ["warm up", *prefixes]:
        began = time.perf_counter()
        response = session.get(
            f"{base}/api/operations", params={"query": text, "limit": 30}, timeout=30
        )
        response.raise_for_status()
        spent.append((time.perf_counter() - began) * 1e3)
    return spent[1:]


def made_up(folder: Path) -> Path:
    """Import descriptions with 50,000 operations in all; return the catalogue's folder."""
    source = folder / "descriptions"
    source.mkdir()
    for number in range(APIS):
        (source / f"api{number}.json").write_text(json.dumps(description(number)))
    catalog = Catalog.open(folder / "catalog")
    for change in catalog.add(str(source)):
        assert change.error is None, change.error
    catalog.close()
    return folder / "catalog"


def description(number: int) -> dict[str, object]:
    """Return an OpenAPI document with two operations for each path."""
    paths = {}
    for index in range(PATHS):
        noun, other = NOUNS[index % len(NOUNS)], NOUNS[(index * 7 + number) % len(NOUNS)]
        paths[f"/{noun}s{index}/{{id}}/{other}s"] = {
            method: {
                "summary": f"{verb} {other} of a {noun} in service {number}",
                "operationId": f"{verb.lower()}{noun.title()}{other.title()}{index}",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "responses": {"200": {"description": "Done."}},
            }
            for method, verb in (("get", "List"), ("post", "Create"))
        }
    return {
        "openapi": "3.0.3",
        "info": {"title": f"Service {number}", "version": "1"},
        "servers": [{"url": f"https://service{number}.example.com"}],
        "paths": paths,
    }


if __name__ == "__main__":
    main()

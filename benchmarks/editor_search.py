"""Search as you type over 62,000 operations: the editor's REST API, and the panel in a browser.

    python benchmarks/editor_search.py [--catalog FOLDER] [--json]

Without a catalogue one of 62,000 made-up operations is imported first (about a minute). For each
prefix of each query, as it is typed: from the request to the whole response, and from the letter
until its hits are painted. The second needs chromium and the ``playwright`` package.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import requests
from editor_panel import opened, start
from playwright.sync_api import sync_playwright

from httptask.catalog import Catalog

QUERIES = ("create image", "list repositories", "send text message", "delete user account")
PREFIXES = [query[:end] for query in QUERIES for end in range(2, len(query) + 1)]
APIS, PATHS = 124, 250
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
    typed = in_browser(link)
    figures = {
        "typedP50Ms": round(statistics.median(typed), 1),
        "typedP95Ms": round(sorted(typed)[int(len(typed) * 0.95)], 1),
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
    spent = []
    for text in ["warm up", *PREFIXES]:
        began = time.perf_counter()
        response = session.get(
            f"{base}/api/operations", params={"query": text, "limit": 30}, timeout=30
        )
        response.raise_for_status()
        spent.append((time.perf_counter() - began) * 1e3)
    return spent[1:]


_TYPED = """text => new Promise(done => {
  const { store, shadowRoot } = document.querySelector('http-task-editor');
  const box = shadowRoot.querySelector('.search-box input');
  box.value = text;
  const begun = performance.now();
  box.dispatchEvent(new Event('input', {bubbles: true}));
  const look = async () => {
    if (store.state.searching) return requestAnimationFrame(look);
    await shadowRoot.querySelector('hte-search').updateComplete;
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
  };
  look(); })"""


def in_browser(link: str) -> list[float]:
    """Return milliseconds from each letter until its hits are painted."""
    with sync_playwright() as driver:
        program = shutil.which("chromium") or "chromium"
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        with opened(browser, link) as page:
            page.evaluate(_TYPED, "warm up")
            spent = [float(page.evaluate(_TYPED, text)) for text in PREFIXES]
        browser.close()
    return spent


def made_up(folder: Path) -> Path:
    """Import descriptions with 62,000 operations in all; return the catalogue's folder."""
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

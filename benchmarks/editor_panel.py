"""Figures of the editor panel: bytes, time to usable, a 5 MB body, 200 steps, 200 tests.

    python benchmarks/editor_panel.py [--json]

Times are the middle of several rounds, in milliseconds. ``emptyMs`` is what the same browser takes
for a page with nothing but an input box: by it, figures of a busy machine can be compared.

Needs chromium and the ``playwright`` package.
"""

from __future__ import annotations

import gzip
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from httptask.catalog import Catalog
from httptask.editor.app import create_app
from httptask.editor.pages import ASSETS
from httptask.editor.serve import listening_socket
from httptask.editor.settings import EditorSettings
from httptask.editor.wiring import Backend
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.testing.replies import Reply
from httptask.testing.servers import LoopbackServer

ROUNDS = 7
ROWS = 23_500
STEPS = 200
TESTS = 200
EMPTY = "data:text/html,<input role=combobox aria-label='Search APIs'>"


def main() -> None:
    figures = {"bytes": sizes(), **in_browser()}
    if "--json" in sys.argv:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name:28} {value}")


def sizes() -> dict[str, int]:
    """Return gzipped bytes: ours, what the page loads at once, and what it loads later."""
    packed = {
        path.relative_to(ASSETS).as_posix(): len(gzip.compress(path.read_bytes(), 9))
        for path in ASSETS.rglob("*")
        if path.suffix in (".js", ".css", ".html")
    }
    vendor = {name: size for name, size in packed.items() if name.startswith("vendor/")}
    later = vendor["vendor/codemirror.js"]
    return {
        "ours": sum(packed.values()) - sum(vendor.values()),
        "vendorAtOnce": sum(vendor.values()) - later,
        "vendorForJsonView": later,
    }


def in_browser() -> dict[str, Any]:
    """Return medians in milliseconds."""
    document = [
        {"id": number, "name": f"item {number}", "text": "lorem ipsum " * 12, "tags": ["a", "b"]}
        for number in range(ROWS)
    ]
    content = json.dumps(document).encode()
    replies = {"/": content, "/small": json.dumps(document[:100]).encode()}
    routes = {path: _responds(each) for path, each in replies.items()}
    with LoopbackServer(routes) as target, sync_playwright() as driver:
        link = start(target.url.removeprefix("http://"))
        program = shutil.which("chromium") or "chromium"
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        turns = [
            (
                time_to_usable(browser, EMPTY),
                time_to_usable(browser, link),
                first_paint(browser, link, target.url),
                many_steps(browser, link),
            )
            for _ in range(ROUNDS)
        ]
        grown = heap_growth(browser, link, f"{target.url}/small")
        browser.close()
    names = ("emptyMs", "usableMs", "bodyPaintMs", "stepsMs")
    middles = [round(statistics.median(each)) for each in zip(*turns, strict=True)]
    return {
        **dict(zip(names, middles, strict=True)),
        "bodyBytes": len(content),
        "heapGrowthMB": round(grown / 1e6, 1),
    }


def _responds(content: bytes) -> Callable[[Any], Reply]:
    reply = Reply(200, (("Content-Type", "application/json"),), content)
    return lambda request: reply


def start(allowed: str, catalog: Path | None = None) -> str:
    """Serve an editor from a thread; return its link."""
    folder = Path(tempfile.mkdtemp())
    machine = Settings.from_environment(allow_hosts=[allowed], data=folder)
    backend = Backend(
        Catalog.open(catalog or folder / "catalog"), machine, build_manager(installed=False)
    )
    listening = listening_socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    settings = EditorSettings.loopback(port)
    config = uvicorn.Config(create_app(backend, settings), log_level="error", access_log=False)
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    return f"http://127.0.0.1:{port}/#token={settings.token}"


def time_to_usable(browser: Browser, link: str) -> float:
    """Return the time from navigation until the search box takes the focus."""
    context = browser.new_context()
    page = context.new_page()
    began = time.perf_counter()
    page.goto(link, wait_until="commit")
    page.get_by_role("combobox", name="Search APIs").focus()
    spent = time.perf_counter() - began
    context.close()
    return spent * 1e3


_TASK = """uri => { document.querySelector('http-task-editor').task = {
  name: 'big', taskReferenceName: 'big', type: 'HTTP',
  inputParameters: {http_request: {uri, method: 'GET'}}}; }"""

_PAINTED = """() => new Promise(done => {
  const { shadowRoot } = document.querySelector('http-task-editor');
  const look = () => shadowRoot.querySelectorAll('hte-response [role=treeitem]').length > 5
    ? requestAnimationFrame(() => setTimeout(() => done(performance.now())))
    : requestAnimationFrame(look);
  look(); })"""

_STEPS = """count => new Promise(done => {
  const editor = document.querySelector('http-task-editor');
  const task = index => ({name: `s${index}`, taskReferenceName: `s${index}`, type: 'HTTP',
    inputParameters: {http_request: {uri: 'https://example.com/things', method: 'GET'}}});
  const begun = performance.now();
  editor.workflow = {name: 'many', tasks: Array.from({length: count}, (_, index) => task(index))};
  const look = () => editor.shadowRoot.querySelectorAll('[role=treeitem].step').length >= count
    ? requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)))
    : requestAnimationFrame(look);
  look(); })"""

_TESTS = """count => new Promise(async done => {
  const editor = document.querySelector('http-task-editor');
  for (let left = count; left; left -= 1) {
    const ended = new Promise(each =>
      editor.addEventListener('httptask-test-end', each, {once: true}));
    await editor.test();
    await ended.then(() => editor.updateComplete);
  }
  done(); })"""


@contextmanager
def opened(browser: Browser, link: str) -> Iterator[Page]:
    """A page of its own in which the panel is ready."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    page.get_by_role("combobox", name="Search APIs").focus()
    yield page
    context.close()


def first_paint(browser: Browser, link: str, uri: str) -> float:
    """Return the time from the last byte of the test until the tree of its body is painted."""
    with opened(browser, link) as page:
        page.evaluate(_TASK, uri)
        page.get_by_role("button", name="Test request").click()
        painted = page.evaluate(_PAINTED)
        received = page.evaluate(
            "performance.getEntriesByType('resource')"
            ".find(each => each.name.endsWith('/api/tests')).responseEnd"
        )
    return float(painted - received)


def many_steps(browser: Browser, link: str) -> float:
    """Return the time from setting a long workflow until its steps are painted."""
    with opened(browser, link) as page:
        return float(page.evaluate(_STEPS, STEPS))


def heap_growth(browser: Browser, link: str, uri: str) -> float:
    """Return the bytes by which the heap grows over many tests, after the first ten."""
    with opened(browser, link) as page:
        page.evaluate(_TASK, uri)
        session = page.context.new_cdp_session(page)

        def heap() -> float:
            session.send("HeapProfiler.collectGarbage")
            return float(session.send("Runtime.getHeapUsage")["usedSize"])

        page.evaluate(_TESTS, 10)
        before = heap()
        page.evaluate(_TESTS, TESTS)
        return heap() - before


if __name__ == "__main__":
    main()

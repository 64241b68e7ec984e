"""Figures of the editor panel: bytes, time to usable, first paint of a 2 MB body.

    python benchmarks/editor_panel.py [--json]

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
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, sync_playwright

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
ROWS = 9000


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
    reply = Reply(200, (("Content-Type", "application/json"),), content)
    with LoopbackServer({"/": lambda request: reply}) as target, sync_playwright() as driver:
        link = start(target.url.removeprefix("http://"))
        program = shutil.which("chromium") or "chromium"
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        usable = [time_to_usable(browser, link) for _ in range(ROUNDS)]
        paints = [first_paint(browser, link, target.url) for _ in range(ROUNDS)]
        browser.close()
    return {
        "usableMs": round(statistics.median(usable)),
        "bodyBytes": len(content),
        "bodyPaintMs": round(statistics.median(paints)),
    }


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


_MARK = """uri => { const editor = document.querySelector('http-task-editor');
  editor.task = {name: 'big', taskReferenceName: 'big', type: 'HTTP',
                 inputParameters: {http_request: {uri, method: 'GET'}}};
  editor.addEventListener('httptask-test-end', () => { window.ended = performance.now(); });
  const look = () => {
    if (window.ended && editor.shadowRoot.querySelectorAll('[role=treeitem]').length > 5) {
      requestAnimationFrame(() => setTimeout(() => { window.painted = performance.now(); }));
    } else requestAnimationFrame(look);
  };
  look(); }"""


def first_paint(browser: Browser, link: str, uri: str) -> float:
    """Return the time from the last byte of the response until the tree is painted."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    page.evaluate(_MARK, uri)
    page.get_by_role("button", name="Test request").click()
    while not page.evaluate("window.painted"):
        page.wait_for_timeout(20)
    received = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".find(each => each.name.endsWith('/api/tests')).responseEnd"
    )
    painted = page.evaluate("window.painted")
    context.close()
    return float(painted - received)


if __name__ == "__main__":
    main()

"""kill -9 while a task asks for pages, or for a result: it goes on where it was."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from typing import Any

from httptask.testing import LoopbackServer, Reply, json_reply

PAGES = 6


def _served(server: LoopbackServer, stops: list[str], arrived: threading.Event) -> Any:
    """Serve pages of two items; a page in ``stops`` is not given at its first request."""

    def page(request: Any) -> Reply:
        asked = request.argument("page", "1")
        if asked in stops:
            stops.remove(asked)
            arrived.set()
            threading.Event().wait(3)
        number = int(asked)
        return json_reply([{"id": number * 2}, {"id": number * 2 + 1}] if number <= PAGES else [])

    server.route("/list", page)


def test_a_killed_run_goes_on_at_its_page(
    start_command: Any, command: Any, httptask_server: LoopbackServer, write: Any, task: Any
) -> None:
    stops, arrived = ["3", "5"], threading.Event()
    _served(httptask_server, stops, arrived)
    paged = task(
        f"{httptask_server.url}/list",
        "list",
        httptask={"paging": {"kind": "page", "parameter": "page"}},
    )
    write("flow.json", {"name": "pages", "version": 1, "schemaVersion": 2, "tasks": [paged]})
    for _ in range(2):
        arrived.clear()
        process = start_command("run", "flow.json", "--id", "one")
        assert arrived.wait(60), process.poll()
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
    ended = command("run", "flow.json", "--id", "one", "--json")
    assert ended.code == 0, ended.err
    response = ended.document["tasks"][0]["outputData"]["response"]
    assert [item["id"] for item in response["body"]] == list(range(2, 2 * PAGES + 2))
    assert response["pages"] == PAGES + 1
    asked = Counter(request.argument("page", "") for request in httptask_server.requests)
    assert asked == Counter({"1": 1, "2": 1, "3": 2, "4": 1, "5": 2, "6": 1, "7": 1})


def test_a_killed_run_does_not_start_the_operation_twice(
    httptask_server: LoopbackServer, start_command: Any, command: Any, write: Any, task: Any
) -> None:
    polled, release = threading.Event(), threading.Event()

    def work(request: Any) -> Reply:
        if request.method == "POST":
            return Reply(202, (("Location", "/work"),))
        if not release.is_set():
            polled.set()
            release.wait(60)
        return json_reply({"done": True})

    httptask_server.route("/work", work)
    started = task(
        f"{httptask_server.url}/work", "w", "POST", body={}, httptask={"poll": {"interval": 0.2}}
    )
    write("flow.json", {"name": "work", "version": 1, "schemaVersion": 2, "tasks": [started]})
    process = start_command("run", "flow.json", "--id", "one")
    assert polled.wait(60), process.poll()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    release.set()
    ended = command("resume", "one", "--json")
    assert ended.code == 0, ended.err
    assert ended.document["tasks"][0]["outputData"]["response"]["body"] == {"done": True}
    methods = [request.method for request in httptask_server.requests]
    assert (methods[0], methods.count("POST"), methods.count("GET")) == ("POST", 1, 2)

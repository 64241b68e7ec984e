"""kill -9 of a worker in the middle of pages or polls: the next one goes on where it was."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from typing import Any

import pytest
from worker_process import port_of

from httptask.engines.conductor.start import start, wait
from httptask.testing import LoopbackServer, Reply, json_reply

PAGES = 5


def _killed_in(arrived: threading.Event, spawn: Any) -> None:
    """Run a worker, and kill it when a request has arrived that gets no response."""
    arrived.clear()
    child = spawn()
    port_of(child)
    assert arrived.wait(60), child.poll()
    child.send_signal(signal.SIGKILL)
    child.wait()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_worker_goes_on_at_the_page_where_one_was_killed(
    bench: Any, httptask_server: LoopbackServer, http_task: Any, spawn: Any, method: str
) -> None:
    stops, arrived, release = ["3", "4"], threading.Event(), threading.Event()

    def page(request: Any) -> Reply:
        asked = request.argument("page", "1")
        if asked in stops:
            stops.remove(asked)
            arrived.set()
            release.wait(60)
        number = int(asked)
        items = [{"id": number * 2}, {"id": number * 2 + 1}]
        return json_reply({"items": items if number <= PAGES else []})

    httptask_server.route("/list", page)
    options: dict[str, Any] = {"paging": {"kind": "page", "parameter": "page"}}
    if method == "POST":
        options["idempotencyKey"] = True
    request = {"readTimeOut": 60000}
    task = http_task(
        "call", f"{httptask_server.url}/list", method, request=request, httptask=options
    )
    run_id = start(bench.client, bench.deployed(task))
    _killed_in(arrived, spawn)
    _killed_in(arrived, spawn)
    with bench.worker():
        run = wait(bench.client, run_id, timeout=60)
    release.set()
    (ended,) = run["tasks"]
    assert (run["status"], ended.get("reasonForIncompletion")) == ("COMPLETED", None)
    response = ended["outputData"]["response"]
    assert [item["id"] for item in response["body"]] == list(range(2, 2 * PAGES + 2))
    assert response["pages"] == PAGES + 1
    asked = Counter(request.argument("page", "") for request in httptask_server.requests)
    assert asked == Counter({"1": 1, "2": 1, "3": 2, "4": 2, "5": 1, "6": 1})
    assert list(bench.data.rglob(".part-pages-*")) == []
    assert [path.stat().st_mode & 0o077 for path in bench.data.rglob("journal.db")] == [0]


def test_a_page_that_may_not_be_asked_for_twice_is_not(
    bench: Any, httptask_server: LoopbackServer, http_task: Any, spawn: Any
) -> None:
    arrived, release = threading.Event(), threading.Event()

    def page(request: Any) -> Reply:
        if request.argument("page", "1") == "2":
            arrived.set()
            release.wait(60)
        return json_reply({"items": [{"id": request.argument("page", "1")}]})

    httptask_server.route("/list", page)
    paging = {"kind": "page", "parameter": "page", "maxPages": 3}
    request = {"readTimeOut": 60000}
    uri = f"{httptask_server.url}/list"
    task = http_task("call", uri, "POST", request=request, httptask={"paging": paging})
    run_id = start(bench.client, bench.deployed(task))
    _killed_in(arrived, spawn)
    with bench.worker():
        run = wait(bench.client, run_id, timeout=60)
    release.set()
    assert "outcome_unknown" in run["tasks"][0]["reasonForIncompletion"]
    assert len(httptask_server.requests) == 2


def test_an_operation_is_not_started_twice_where_a_worker_was_killed(
    bench: Any, httptask_server: LoopbackServer, http_task: Any, spawn: Any
) -> None:
    arrived, release = threading.Event(), threading.Event()

    def work(request: Any) -> Reply:
        if request.method == "POST":
            return Reply(202, (("Location", "/work"),))
        if not arrived.is_set():
            arrived.set()
            release.wait(60)
        return json_reply({"done": True})

    httptask_server.route("/work", work)
    request = {"readTimeOut": 60000}
    poll = {"poll": {"interval": 1}}
    uri = f"{httptask_server.url}/work"
    task = http_task("call", uri, "POST", request=request, httptask=poll)
    run_id = start(bench.client, bench.deployed(task))
    _killed_in(arrived, spawn)
    with bench.worker():
        run = wait(bench.client, run_id, timeout=60)
    release.set()
    (ended,) = run["tasks"]
    assert (run["status"], ended.get("reasonForIncompletion")) == ("COMPLETED", None)
    assert ended["outputData"]["response"]["body"] == {"done": True}
    assert [each.method for each in httptask_server.requests] == ["POST", "GET", "GET"]

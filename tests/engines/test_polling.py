"""Long-running operations on the embedded engine: every wait is durable."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path
from typing import Any

import httptask
from httptask.testing import LoopbackServer, Reply, json_reply


def _settings(server: LoopbackServer, data: Path) -> httptask.Settings:
    host = server.url.removeprefix("http://")
    return httptask.Settings.from_environment(allow_hosts=[host], data=data)


def _flow(*tasks: dict[str, Any]) -> dict[str, Any]:
    return {"name": "operations", "version": 1, "schemaVersion": 2, "tasks": list(tasks)}


def _task(server: LoopbackServer, kind: str, method: str, **inputs: Any) -> dict[str, Any]:
    request = {"uri": f"{server.url}/work", "method": method, **inputs.pop("request", {})}
    inputs = {"http_request": request, **inputs}
    return {"name": "w", "taskReferenceName": "w", "type": kind, "inputParameters": inputs}


def test_http_poll_asks_until_its_condition_holds(
    httptask_server: LoopbackServer, tmp_path: Path
) -> None:
    count = itertools.count(1)
    httptask_server.route("/work", lambda request: json_reply({"n": next(count), "of": 3}))
    condition = (
        "$.output.response.body.n == $.input.wanted && $.w.output.response.statusCode == 200"
    )
    polling = {"terminationCondition": condition, "pollingInterval": 0.01}
    task = _task(httptask_server, "HTTP_POLL", "GET", request=polling, wanted="${workflow.input.n}")
    settings = _settings(httptask_server, tmp_path)
    document = httptask.run_workflow(_flow(task), input={"n": 3}, settings=settings)
    assert (document["status"], document["tasks"][0]["pollCount"]) == ("COMPLETED", 3)
    assert document["tasks"][0]["outputData"]["response"]["body"] == {"n": 3, "of": 3}
    bounded = {**polling, "terminationCondition": "false", "maxPollCount": 2}
    task = _task(httptask_server, "HTTP_POLL", "GET", request=bounded)
    document = httptask.run_workflow(_flow(task), input={}, settings=settings)
    assert document["tasks"][0]["status"] == "FAILED_WITH_TERMINAL_ERROR"
    assert document["tasks"][0]["error"]["code"] == "poll_limit"


def test_a_run_that_waits_is_left_and_goes_on_later(
    httptask_server: LoopbackServer, tmp_path: Path
) -> None:
    """No thread, no connection: the run is not executed at all while it waits."""
    started = threading.Event()

    def work(request: Any) -> Reply:
        if request.method == "POST":
            started.set()
            return Reply(202, (("Location", "/work"), ("Retry-After", "2")))
        return json_reply({"done": True})

    httptask_server.route("/work", work)
    task = _task(httptask_server, "HTTP", "POST", httptask={"poll": {}})
    settings = _settings(httptask_server, tmp_path)
    with httptask.Engine.open(settings=settings) as engine:
        document = engine.run(_flow(task), input={}, workflow_id="one", detached=True)
        assert document["status"] == "RUNNING"
        assert started.is_set()
        assert not [each for each in threading.enumerate() if each.name == "httptask-run"]
    with httptask.Engine.open(settings=settings) as engine:
        document = engine.resume("one")
    assert document["status"] == "COMPLETED"
    assert [request.method for request in httptask_server.requests] == ["POST", "GET"]

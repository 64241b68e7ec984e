"""Tasks that somebody else completes, and waits that outlive a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from httptask.engines.embedded import Engine
from httptask.errors import EngineError, InputError


class Running:
    """A run in a thread of its own."""

    def __init__(self, engine: Engine, work: Callable[[], dict[str, Any]]) -> None:
        self._engine = engine
        self._found: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[], dict[str, Any]]) -> None:
        try:
            self._found.append(work())
        except EngineError as error:
            self._found.append(error.to_json())

    def wait_for(self, run_id: str, ref: str) -> dict[str, Any]:
        """Return the document once a task waits for its completion."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                document = self._engine.get(run_id)
            except InputError:
                continue
            if any(
                entry["referenceTaskName"] == ref and entry["status"] == "IN_PROGRESS"
                for entry in document["tasks"]
            ):
                return document
            time.sleep(0.02)
        raise AssertionError(f"{ref} never waited")

    def result(self) -> dict[str, Any]:
        self._thread.join(60)
        return self._found[0]


def test_a_task_waits_for_its_completion(engine: Engine, build: SimpleNamespace) -> None:
    workflow = build.workflow(
        build.http("h", asyncComplete=True), build.http("z", body="${h.output.answer}")
    )
    running = Running(engine, lambda: engine.run(workflow, workflow_id="a"))
    waiting = running.wait_for("a", "h")
    assert waiting["status"] == "RUNNING"
    assert waiting["tasks"][0]["outputData"] == {"response": {"statusCode": 200}}
    engine.complete("a", "h", output={"answer": 42})
    document = running.result()
    assert document["status"] == "COMPLETED"
    assert document["tasks"][0]["outputData"] == {"response": {"statusCode": 200}, "answer": 42}
    assert document["tasks"][1]["inputData"]["http_request"]["body"] == 42
    assert engine.get("a") == document


def test_a_completion_may_be_a_failure(engine: Engine, build: SimpleNamespace) -> None:
    workflow = build.workflow(build.http("h", asyncComplete=True))
    running = Running(engine, lambda: engine.run(workflow, workflow_id="a"))
    running.wait_for("a", "h")
    engine.complete("a", "h", status="FAILED", reason="rejected")
    document = running.result()
    assert document["tasks"][0]["status"] == "FAILED"
    assert document["tasks"][0]["reasonForIncompletion"] == "rejected"
    assert document["status"] == "FAILED"


def test_a_completion_reaches_a_task_in_a_branch_of_a_loop(
    engine: Engine, build: SimpleNamespace
) -> None:
    fork = build.fork("f", [build.http("h", asyncComplete=True)], [build.http("b")])
    loop = build.task("DO_WHILE", "l", loopCondition="$.l['iteration'] < 2", loopOver=fork)
    running = Running(engine, lambda: engine.run(build.workflow(loop), workflow_id="a"))
    for number in (1, 2):
        running.wait_for("a", f"h__{number}")
        engine.complete("a", "h", output={"number": number})
    document = running.result()
    loop_output = document["tasks"][0]["outputData"]
    assert [loop_output[name]["h"]["number"] for name in ("1", "2")] == [1, 2]


def test_only_a_task_that_waits_can_be_completed(engine: Engine, build: SimpleNamespace) -> None:
    run_id = engine.run(build.workflow(build.http("h")))["workflowId"]
    with pytest.raises(InputError) as raised:
        engine.complete(run_id, "h")
    assert raised.value.code == "task_not_waiting"
    with pytest.raises(InputError):
        engine.complete(run_id, "h", status="SCHEDULED")
    with pytest.raises(InputError):
        engine.complete("nonesuch", "h")


def test_a_wait_ends_with_the_time_of_the_task(engine: Engine, build: SimpleNamespace) -> None:
    defs = {"h": build.task_def("h", retryCount=1, timeoutSeconds=1, timeoutPolicy="RETRY",
                                retryDelaySeconds=0, responseTimeoutSeconds=1)}  # fmt: skip
    document = engine.run(build.workflow(build.http("h", asyncComplete=True)), task_defs=defs)
    assert [entry["status"] for entry in document["tasks"]] == ["TIMED_OUT", "TIMED_OUT"]
    assert document["tasks"][0]["retried"]
    assert document["status"] == "TIMED_OUT"
    text = "Task timed out after 1 seconds. Timeout configured as 1 seconds. "
    assert document["tasks"][1]["reasonForIncompletion"].startswith(text)


def test_cancelling_wakes_a_task_that_waits(engine: Engine, build: SimpleNamespace) -> None:
    workflow = build.workflow(build.http("h", asyncComplete=True))
    running = Running(engine, lambda: engine.run(workflow, workflow_id="a"))
    running.wait_for("a", "h")
    assert engine.terminate("a")["status"] == "TERMINATED"
    assert running.result()["status"] == "TERMINATED"


def test_closing_leaves_a_wait_to_be_resumed(
    open_engine: Callable[..., Engine], target: Any, build: SimpleNamespace
) -> None:
    workflow = build.workflow(build.http("h", asyncComplete=True), build.http("z"))
    with open_engine(target) as first:
        running = Running(first, lambda: first.run(workflow, workflow_id="a"))
        running.wait_for("a", "h")
    assert running.result()["code"] == "engine_closed"
    with open_engine(target) as second:
        assert not second.list()[0].active
        second.complete("a", "h", output={"late": True})
        document = second.resume("a")
    assert document["status"] == "COMPLETED"
    assert document["tasks"][0]["outputData"]["late"]
    assert target.refs == ["h", "z"]


def test_a_long_wait_before_a_retry_is_not_started_again(
    open_engine: Callable[..., Engine], target: Any, build: SimpleNamespace
) -> None:
    defs = {"h": build.task_def("h", retryCount=1, retryDelaySeconds=3, backoffJitterMs=50)}
    workflow = build.workflow(build.http("h", path="/status/500"))
    with open_engine(target) as first:
        running = Running(first, lambda: first.run(workflow, workflow_id="a", task_defs=defs))
        while len(first.list()) < 1 or not first.get("a").get("waiting"):
            time.sleep(0.02)
        (wait,) = first.get("a")["waiting"]
        time.sleep(1.5)
    assert running.result()["code"] == "engine_closed"
    with open_engine(target) as second:
        reopened = time.time() * 1000
        document = second.resume("a")
    assert wait["until"] <= document["tasks"][1]["startTime"] < reopened + 3000
    assert target.calls == [("h", 0, 0), ("h", 0, 1)]
    assert document["tasks"][1]["callbackAfterSeconds"] == 3
    assert document["tasks"][1]["retriedTaskId"] == document["tasks"][0]["taskId"]

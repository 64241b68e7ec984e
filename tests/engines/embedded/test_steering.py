"""Pausing, waiting without a thread, serving, ids, and runs in threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from waiting import wait_until

from httptask.engines.embedded import Engine
from httptask.engines.embedded.serve import Service
from httptask.errors import EngineError, InputError


def test_a_paused_run_begins_no_more_tasks(
    engine: Engine, target: Any, build: SimpleNamespace
) -> None:
    workflow = build.workflow(build.http("g", path="/gate"), build.http("z"))
    handle = engine.start(workflow, workflow_id="r")
    assert target.reached.wait(60)
    assert engine.pause("r")["status"] == "PAUSED"
    target.gate.set()
    document = handle.result(20)
    assert document["status"] == "PAUSED"
    assert [entry["status"] for entry in document["tasks"]] == ["COMPLETED", "SCHEDULED"]
    with pytest.raises(EngineError) as raised:
        engine.resume("r")
    assert raised.value.code == "run_paused"
    assert engine.unpause("r")["status"] == "RUNNING"
    assert engine.resume("r")["status"] == "COMPLETED"
    assert target.refs == ["g", "z"]


def test_a_call_of_a_branch_that_is_under_way_is_recorded_before_a_run_is_left(
    engine: Engine, target: Any, build: SimpleNamespace
) -> None:
    fork = build.fork("f", [build.http("g", path="/gate", method="POST")], [build.http("b")])
    handle = engine.start(build.workflow(*fork, build.http("z")), workflow_id="r")
    assert target.reached.wait(60)
    engine.pause("r")
    target.gate.set()
    assert handle.result(20)["status"] == "PAUSED"
    engine.unpause("r")
    assert engine.resume("r")["status"] == "COMPLETED"
    assert sorted(target.refs) == ["b", "g", "z"]


def test_a_detached_run_returns_at_the_first_wait_and_says_for_what(
    engine: Engine, target: Any, build: SimpleNamespace
) -> None:
    fork = build.fork("f", [build.http("h", asyncComplete=True)], [build.http("b")])
    document = engine.run(build.workflow(*fork), workflow_id="r", detached=True)
    assert document["status"] == "RUNNING"
    (wait,) = document["waiting"]
    assert wait["referenceTaskName"] == "h"
    assert wait["command"] == "httptask runs complete r h"
    assert engine.list()[0].waiting
    assert engine.unfinished()[0].due is not None
    engine.complete("r", "h")
    assert engine.unfinished()[0].due is None
    with pytest.raises(InputError):
        engine.complete("r", "h")
    assert engine.resume("r")["status"] == "COMPLETED"
    assert sorted(target.refs) == ["b", "h"]


def test_a_wait_is_told_with_its_time(engine: Engine, build: SimpleNamespace) -> None:
    defs = {"h": build.task_def("h", retryCount=1, retryDelaySeconds=1)}
    seen: list[Any] = []
    engine.run(
        build.workflow(build.http("h", path="/status/500")), task_defs=defs, watch=seen.append
    )
    (wait,) = [event.document for event in seen if event.kind == "waiting"]
    assert wait["waitsFor"] == "time"
    assert 0 < wait["remainingMs"] <= 1000


def test_a_service_goes_on_with_what_is_unfinished(
    open_engine: Callable[..., Engine], target: Any, build: SimpleNamespace
) -> None:
    target.gate.set()
    waiting = build.workflow(build.http("h", asyncComplete=True), build.http("z"))
    defs = {"t": build.task_def("t", retryCount=1, retryDelaySeconds=2)}
    timed = build.workflow(build.http("t", path="/status/500"))
    ended: dict[str, str] = {}
    stop = threading.Event()

    def told(document: Any) -> None:
        ended[document["workflowId"]] = document["status"]

    with open_engine(target, env={}) as engine:
        for number in range(20):
            engine.run(waiting, workflow_id=f"w{number}", detached=True)
        engine.run(timed, workflow_id="timed", task_defs=defs, detached=True)
        assert {info.status for info in engine.list()} == {"RUNNING"}
        service = threading.Thread(target=Service(engine, told).run, args=(stop,))
        service.start()
        try:
            with open_engine(target) as other:
                for number in range(20):
                    other.complete(f"w{number}", "h")
            wait_until(lambda: len(ended) == 21 and "RUNNING" not in ended.values(), 60)
        finally:
            stop.set()
            service.join(60)
    assert ended.pop("timed") == "FAILED"
    assert set(ended.values()) == {"COMPLETED"}
    assert target.refs.count("z") == 20


def test_a_run_is_found_by_the_beginning_of_its_id(engine: Engine, build: SimpleNamespace) -> None:
    workflow = build.workflow(build.http("a"))
    for run_id in ("order-17", "order-18", "other"):
        engine.run(workflow, workflow_id=run_id)
    assert engine.find("ot") == "other"
    assert engine.find("order-17") == "order-17"
    assert engine.find("last") == "other"
    for text, code in (("order", "run_ambiguous"), ("x", "run_unknown"), ("", "run_unknown")):
        with pytest.raises(InputError) as raised:
            engine.find(text)
        assert raised.value.code == code


def test_a_hundred_runs_at_once(engine: Engine, target: Any, build: SimpleNamespace) -> None:
    workflow = build.workflow(build.http("a"), build.http("g", path="/gate"))
    handles = [engine.start(workflow, workflow_id=f"r{number}") for number in range(100)]
    wait_until(lambda: target.refs.count("g") == 100, 60)
    assert not any(handle.done() for handle in handles)
    assert sum(info.active for info in engine.list()) == 100
    target.gate.set()
    assert {handle.result(30)["status"] for handle in handles} == {"COMPLETED"}


def test_a_run_is_executed_once_at_a_time(
    engine: Engine, target: Any, build: SimpleNamespace
) -> None:
    handle = engine.start(build.workflow(build.http("g", path="/gate")), workflow_id="r")
    assert target.reached.wait(60)
    with pytest.raises(EngineError) as raised:
        engine.resume("r")
    assert raised.value.code == "run_active"
    target.gate.set()
    assert handle.result(20)["status"] == "COMPLETED"
    assert target.refs == ["g"]


def test_a_task_to_come_is_skipped(engine: Engine, target: Any, build: SimpleNamespace) -> None:
    waits = build.http("h", asyncComplete=True)
    read = build.http("c", body={"status": "${b.status}", "output": "${b.output.x}"})
    engine.run(build.workflow(waits, build.http("b"), read), workflow_id="r", detached=True)
    for reference, code in (("h", "task_begun"), ("bb", "task_unknown")):
        with pytest.raises(InputError) as refused:
            engine.skip("r", reference)
        assert refused.value.code == code
    assert engine.skip("r", "b")["status"] == "RUNNING"
    engine.complete("r", "h")
    document = engine.resume("r")
    found = [(task["referenceTaskName"], task["status"]) for task in document["tasks"]]
    assert found == [("b", "SKIPPED"), ("h", "COMPLETED"), ("c", "COMPLETED")]
    assert target.refs == ["h", "c"]
    sent = document["tasks"][2]["inputData"]["http_request"]["body"]
    assert sent == {"status": "SKIPPED", "output": None}
    with pytest.raises(InputError) as ended:
        engine.skip("r", "c")
    assert ended.value.code == "run_ended"
    document = engine.rerun("r", "b")
    assert [task["status"] for task in document["tasks"]] == ["COMPLETED"] * 3


def test_a_task_is_skipped_while_its_run_waits_and_by_another_engine(
    engine: Engine, open_engine: Callable[..., Engine], target: Any, build: SimpleNamespace
) -> None:
    branch = [build.http("w", asyncComplete=True), build.http("b")]
    work = build.workflow(*build.fork("f", branch, [build.http("a")]), build.http("z"))
    handle = engine.start(work, workflow_id="r")
    wait_until(lambda: "a" in target.refs and "w" in target.refs)
    with open_engine(target) as other:
        other.skip("r", "b")
        other.complete("r", "w")
    document = handle.result(20)
    assert document["status"] == "COMPLETED"
    assert sorted(target.refs) == ["a", "w", "z"]
    assert engine.get("r")["tasks"] == document["tasks"]

"""What the interpreter does beside the recorded cases: branches, loops, time and retries."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from soon import SOON

from httptask.core.result import TaskResult, TaskStatus
from httptask.engines.embedded import Engine


def test_a_failing_branch_stops_the_others(
    open_engine: Callable[..., Engine], target: Any, build: SimpleNamespace
) -> None:
    def step(task: Any, context: Any, execution: Any) -> TaskResult:
        if execution.task_ref == "bad":
            assert target.reached.wait(60)
        result: TaskResult = target(task, context, execution)
        return result

    slow = [build.http("s", path="/gate"), build.http("never")]
    bad = [build.http("bad", path="/status/500")]
    with open_engine(step) as engine:
        document = engine.run(build.workflow(*build.fork("f", slow, bad), build.http("z")))
        assert document["status"] == "FAILED"
        assert document["failedReferenceTaskNames"] == ["bad"]
        target.gate.set()
        time.sleep(0.3)
    assert sorted(target.refs) == ["bad", "s"]


def test_branches_get_copies(engine: Engine, target: Any, build: SimpleNamespace) -> None:
    reading = build.http("b", body="${a.output} ${workflow.variables.v}")
    workflow = build.workflow(
        build.http("a"), build.http("unread"), *build.fork("f", [reading], [build.http("c")]),
        variables={"v": {"list": [1]}},
    )  # fmt: skip
    engine.run(workflow)
    contexts = dict(zip(target.refs, target.contexts, strict=True))
    assert set(contexts["b"].tasks) == {"a"}
    assert set(contexts["c"].tasks) == set()
    assert contexts["b"].workflow["variables"]["v"] == {"list": [1]}
    assert contexts["b"].workflow["variables"] is not contexts["c"].workflow["variables"]


def test_idempotency_is_per_task_execution_not_per_retry(
    open_engine: Callable[..., Engine], build: SimpleNamespace
) -> None:
    keys: list[tuple[str, str]] = []

    def step(task: Any, context: Any, execution: Any) -> TaskResult:
        keys.append((execution.idempotency_key, execution.task_id))
        return TaskResult(TaskStatus.FAILED, {}, "no")

    inner = build.task(
        "DO_WHILE", "m", loopCondition="$.m['iteration'] < 2",
        loopOver=[build.http("h", optional=True, retryCount=1)],
    )  # fmt: skip
    outer = build.task("DO_WHILE", "l", loopCondition="$.l['iteration'] < 2", loopOver=[inner])
    defs = {"h": build.task_def("h", retryDelaySeconds=0)}
    with open_engine(step) as engine:
        document = engine.run(build.workflow(outer), task_defs=defs)
    assert document["status"] == "COMPLETED"
    assert len(keys) == 8
    assert len({key for key, _ in keys}) == 4
    assert len({task_id for _, task_id in keys}) == 8
    names = [entry["referenceTaskName"] for entry in document["tasks"] if not entry["retryCount"]]
    assert names == ["l", "m__1", "h__1__1", "h__1__2", "m__2", "h__2__1", "h__2__2"]


def test_a_loop_without_end_is_stopped(
    engine: Engine, build: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("httptask.engines.embedded.flow.MAX_EXECUTIONS", 50)
    loop = build.task("DO_WHILE", "l", loopCondition="true", loopOver=[build.task("NOOP", "n")])
    document = engine.run(build.workflow(loop))
    assert document["status"] == "FAILED"
    assert document["reasonForIncompletion"] == "more than 50 tasks were executed"


def test_a_pass_costs_the_same_however_many_went_before(
    open_engine: Callable[..., Engine], build: SimpleNamespace
) -> None:
    def step(*_: Any) -> TaskResult:
        return TaskResult(TaskStatus.COMPLETED, {"response": {"body": "x" * 100_000}})

    loop = build.task(
        "DO_WHILE", "l", loopCondition="$.l['iteration'] < 400", loopOver=[build.http("h")]
    )
    began = time.process_time()
    with open_engine(step) as engine:
        document = engine.run(build.workflow(loop))
    assert time.process_time() - began < SOON  # 8 GB of JSON if conditions were given all passes
    assert len(document["tasks"][0]["outputData"]) == 401


def test_a_condition_reads_any_pass(engine: Engine, target: Any, build: SimpleNamespace) -> None:
    condition = "Object.keys($.l).length < 5 && $.l['1'].h.response.statusCode == 200"
    loop = build.task("DO_WHILE", "l", loopCondition=condition, loopOver=[build.http("h")])
    document = engine.run(build.workflow(loop))
    assert document["tasks"][0]["outputData"]["iteration"] == len(target.refs) == 4


def test_a_workflow_times_out(engine: Engine, target: Any, build: SimpleNamespace) -> None:
    workflow = build.workflow(
        build.http("a", startDelay=1), build.http("never"),
        timeoutSeconds=1, timeoutPolicy="TIME_OUT_WF",
    )  # fmt: skip
    document = engine.run(workflow)
    assert document["status"] == "TIMED_OUT"
    assert document["reasonForIncompletion"] == (
        "Workflow timed out after 1 seconds. Timeout configured as 1 seconds. "
        "Timeout policy configured to TIME_OUT_WF"
    )
    assert target.refs == []


def test_the_wait_that_a_server_asks_for_is_kept(
    open_engine: Callable[..., Engine], build: SimpleNamespace
) -> None:
    times: list[float] = []

    def step(*_: Any) -> TaskResult:
        times.append(time.monotonic())
        return TaskResult(TaskStatus.FAILED, {}, "busy", retry_after=0.4)

    defs = {"a": build.task_def("a", retryCount=1, retryDelaySeconds=0)}
    with open_engine(step) as engine:
        document = engine.run(build.workflow(build.http("a")), task_defs=defs)
    assert times[1] - times[0] >= 0.95
    assert document["tasks"][1]["callbackAfterSeconds"] == 1


def test_retries_stop_when_the_total_time_is_over(
    engine: Engine, target: Any, build: SimpleNamespace
) -> None:
    task_def = build.task_def("a", retryCount=9, retryDelaySeconds=1, totalTimeoutSeconds=2)
    document = engine.run(
        build.workflow(build.http("a", path="/status/500")), task_defs={"a": task_def}
    )
    assert document["status"] == "TIMED_OUT"
    assert "exceeded total timeout of 2 seconds" in document["reasonForIncompletion"]
    assert 1 <= len(target.calls) <= 3


def test_a_permissive_failure_in_a_fork_fails_the_loop_around_it(
    engine: Engine, target: Any, build: SimpleNamespace
) -> None:
    target.gate.set()
    bad = build.http("bad", path="/status/500", permissive=True)
    body = [*build.fork("f", [bad], [build.http("slow", path="/slow?ms=400"), build.http("never")])]
    loop = build.task("DO_WHILE", "l", loopCondition="$.l['iteration'] < 2", loopOver=body)
    document = engine.run(build.workflow(loop, build.http("z")))
    statuses = {entry["referenceTaskName"]: entry["status"] for entry in document["tasks"]}
    assert document["status"] == statuses["l"] == statuses["bad__1"] == "FAILED"
    assert document["tasks"][0]["outputData"]["1"].keys() == {"f", "bad"}
    assert "z" not in statuses
    time.sleep(0.6)
    assert "never" not in target.refs

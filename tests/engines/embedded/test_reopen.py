"""Going on with runs that have ended: from failed tasks, from a task, from a doubtful call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from waiting import wait_until

from httptask.core.result import TaskResult, TaskStatus
from httptask.engines.embedded import Engine
from httptask.errors import InputError, StatusError


class Service:
    """A step that fails where it is told to, and remembers its calls and their keys."""

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.calls: list[str] = []
        self.keys: dict[str, set[str]] = {}

    def __call__(self, task: Any, context: Any, execution: Any) -> TaskResult:
        ref = execution.task_ref
        self.calls.append(ref)
        self.keys.setdefault(ref, set()).add(execution.idempotency_key)
        if ref in self.broken:
            return TaskResult(TaskStatus.FAILED, {"n": 0}, "broken", StatusError("broken"))
        return TaskResult(TaskStatus.COMPLETED, {"n": len(self.calls)})


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def engine(open_engine: Callable[..., Engine], service: Service) -> Iterator[Engine]:
    with open_engine(service, env={}) as opened:
        yield opened


def statuses(document: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [
        (entry["referenceTaskName"], entry["status"], entry["retryCount"])
        for entry in document["tasks"]
    ]


def test_a_failed_task_gets_one_more_attempt_and_what_is_done_stays(
    engine: Engine, service: Service, build: SimpleNamespace
) -> None:
    workflow = build.workflow(build.http("a"), build.http("b", method="POST"), build.http("c"))
    service.broken = {"b"}
    assert engine.run(workflow, workflow_id="r")["status"] == "FAILED"
    service.broken = set()
    document = engine.retry("r")
    assert document["status"] == "COMPLETED"
    assert service.calls == ["a", "b", "b", "c"]
    assert len(service.keys["b"]) == 1
    assert statuses(document) == [
        ("a", "COMPLETED", 0), ("b", "FAILED", 0), ("b", "COMPLETED", 1), ("c", "COMPLETED", 0),
    ]  # fmt: skip
    retried = document["tasks"][1]
    assert retried["retried"]
    assert document["tasks"][2]["retriedTaskId"] == retried["taskId"]
    assert engine.get("r") == document


def test_a_run_may_be_retried_until_it_succeeds(
    engine: Engine, service: Service, build: SimpleNamespace
) -> None:
    defs = {"b": build.task_def("b", retryCount=1, retryDelaySeconds=0)}
    workflow = build.workflow(build.http("a"), build.http("b"))
    service.broken = {"b"}
    engine.run(workflow, workflow_id="r", task_defs=defs)
    for _ in range(2):
        assert engine.retry("r")["status"] == "FAILED"
    service.broken = set()
    assert engine.retry("r")["status"] == "COMPLETED"
    assert service.calls == ["a", *["b"] * 5]
    with pytest.raises(InputError) as raised:
        engine.retry("r")
    assert raised.value.code == "nothing_to_retry"


@pytest.mark.parametrize("nested", [False, True])
def test_a_failure_in_a_branch_is_retried_and_the_other_branches_go_on(
    engine: Engine, service: Service, build: SimpleNamespace, nested: bool
) -> None:
    branch = [build.http("b1"), build.http("b2"), build.http("b3")]
    if nested:
        branch = [build.http("x"), *build.fork("g", branch, [build.http("y")])]
    workflow = build.workflow(
        build.http("a"), *build.fork("f", branch, [build.http("c")]), build.http("z")
    )
    service.broken = {"b2"}
    failed = engine.run(workflow, workflow_id="r")
    assert failed["status"] == "FAILED"
    done = {name for name, status, _ in statuses(failed) if status == "COMPLETED"}
    before = len(service.calls)
    service.broken = set()
    document = engine.retry("r")
    assert document["status"] == "COMPLETED"
    again = service.calls[before:]
    assert again.count("b2") == 1
    assert not set(again) & done
    assert {"b3", "z"} <= set(again)
    assert engine.get("r") == document


def test_a_failure_in_a_loop_is_retried_in_its_pass(
    engine: Engine, service: Service, build: SimpleNamespace
) -> None:
    loop = build.task(
        "DO_WHILE", "l", loopCondition="$.l['iteration'] < 3",
        loopOver=[build.http("h"), build.http("i")],
    )  # fmt: skip
    service.broken = {"i"}
    assert engine.run(build.workflow(loop), workflow_id="r")["status"] == "FAILED"
    service.broken = set()
    assert engine.retry("r")["status"] == "COMPLETED"
    assert service.calls == ["h", "i", "i", "h", "i", "h", "i"]


def test_a_terminated_run_goes_on(engine: Engine, service: Service, build: SimpleNamespace) -> None:
    workflow = build.workflow(build.http("a"), build.http("h", asyncComplete=True))
    engine.run(workflow, workflow_id="r", detached=True)
    assert engine.terminate("r", "not now")["reasonForIncompletion"] == "not now"
    with pytest.raises(InputError):
        engine.complete_task("r", "h")
    with ThreadPoolExecutor(1) as others:
        retried = others.submit(engine.retry, "r")
        wait_until(lambda: bool(engine.get("r").get("waiting")))
        engine.complete_task("r", "h")
        assert retried.result(20)["status"] == "COMPLETED"
    assert service.calls == ["a", "h"]


def test_a_workflow_that_timed_out_has_its_time_again(
    open_engine: Callable[..., Engine], build: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from httptask.engines.embedded import clock

    passed = [0]
    real = clock._since_boot
    monkeypatch.setattr(clock, "_since_boot", lambda: real() + passed[0])

    def step(*_: Any) -> TaskResult:
        passed[0] += 2_000
        return TaskResult(TaskStatus.COMPLETED, {})

    workflow = build.workflow(
        build.http("a"), build.http("b"), build.http("c"), timeoutSeconds=3,
        timeoutPolicy="TIME_OUT_WF",
    )  # fmt: skip
    with open_engine(step) as engine:
        assert engine.run(workflow, workflow_id="r")["status"] == "TIMED_OUT"
        assert engine.retry("r")["status"] == "COMPLETED"
        assert engine.rerun("r", "a")["status"] == "TIMED_OUT"
        assert engine.rerun("r", "b")["status"] == "TIMED_OUT"
        assert engine.rerun("r", "b")["status"] == "TIMED_OUT"


def test_a_task_and_all_after_it_are_executed_again(
    engine: Engine, service: Service, build: SimpleNamespace
) -> None:
    fork = build.fork("f", [build.http("b1"), build.http("b2")], [build.http("c1")])
    workflow = build.workflow(build.http("a"), *fork, build.http("z"))
    engine.run(workflow, workflow_id="r")
    before = len(service.calls)
    document = engine.rerun("r", "f")
    assert document["status"] == "COMPLETED"
    assert sorted(service.calls[before:]) == ["b1", "b2", "c1", "z"]
    before = len(service.calls)
    assert engine.rerun("r", "z")["status"] == "COMPLETED"
    assert service.calls[before:] == ["z"]
    with pytest.raises(InputError) as raised:
        engine.rerun("r", "nonesuch")
    assert raised.value.code == "task_unknown"


def test_a_retried_task_that_is_executed_again_begins_with_its_first_attempt(
    engine: Engine, service: Service, build: SimpleNamespace
) -> None:
    service.broken = {"b"}
    engine.run(build.workflow(build.http("a"), build.http("b")), workflow_id="r")
    service.broken = set()
    engine.retry("r")
    assert statuses(engine.rerun("r", "b"))[1:] == [("b", "COMPLETED", 0)]


def test_a_run_that_has_not_ended_cannot_be_taken_back(
    engine: Engine, build: SimpleNamespace
) -> None:
    engine.run(build.workflow(build.http("h", asyncComplete=True)), workflow_id="r", detached=True)
    for work in (lambda: engine.retry("r"), lambda: engine.rerun("r", "h")):
        with pytest.raises(InputError) as raised:
            work()
        assert raised.value.code == "run_unfinished"

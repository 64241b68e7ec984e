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
from httptask.errors import EngineError, InputError, StatusError


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
        engine.complete("r", "h")
    with ThreadPoolExecutor(1) as others:
        retried = others.submit(engine.retry, "r")
        wait_until(lambda: bool(engine.get("r").get("waiting")))
        engine.complete("r", "h")
        assert retried.result(20)["status"] == "COMPLETED"
    assert service.calls == ["a", "h"]


def test_a_wait_that_was_cut_off_is_one_more_attempt(
    engine: Engine, build: SimpleNamespace
) -> None:
    fork = build.fork("f", [build.task("WAIT", "w")], [build.task("HUMAN", "h")])
    workflow = build.workflow(*fork)
    with ThreadPoolExecutor(1) as others:
        first = others.submit(engine.run, workflow, workflow_id="r")
        wait_until(lambda: len(_waits(engine, "r")) == 2)
        engine.complete("r", "h", status="IN_PROGRESS", output={"seen": 1})
        wait_until(lambda: engine.get("r")["tasks"][2]["outputData"] == {"seen": 1})
        engine.complete("r", "w", status="FAILED", reason="no")
        assert first.result(20)["status"] == "FAILED"
        again = others.submit(engine.retry, "r")
        wait_until(lambda: len(_waits(engine, "r")) == 2)
        engine.terminate("r", "not now")
        assert again.result(20)["status"] == "TERMINATED"
        last = others.submit(engine.retry, "r")
        wait_until(lambda: len(_waits(engine, "r")) == 2)
        engine.complete("r", "h", output={"by": "me"})
        engine.complete("r", "w")
        document = last.result(20)
    assert statuses(document) == [
        ("f", "COMPLETED", 0), ("w", "FAILED", 0), ("h", "CANCELED", 0), ("f_join", "COMPLETED", 0),
        ("w", "CANCELED", 1), ("h", "CANCELED", 1), ("w", "COMPLETED", 2), ("h", "COMPLETED", 2),
    ]  # fmt: skip
    assert document["tasks"][2]["outputData"] == {"seen": 1}
    assert engine.get("r") == document


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


def test_a_task_is_executed_again_with_another_input(
    engine: Engine, build: SimpleNamespace
) -> None:
    tasks = [build.http("a", body="${workflow.input}"), build.http("b", body="${workflow.input.x}")]
    work = build.workflow(*tasks, inputTemplate={"y": 1})
    engine.run(work, {"x": 1}, workflow_id="r")
    document = engine.rerun("r", "b", input={"x": 9})
    assert document["input"] == {"x": 9, "y": 1}
    sent = [task["inputData"]["http_request"]["body"] for task in document["tasks"]]
    assert sent == [{"x": 1, "y": 1}, 9]
    document = engine.rerun("r", "a")
    sent = [task["inputData"]["http_request"]["body"] for task in document["tasks"]]
    assert sent == [{"x": 9, "y": 1}, 9]
    assert engine.rerun("r", "b", input={"x": 3})["tasks"][0] == document["tasks"][0]
    assert engine.rerun("r", "a", input={})["input"] == {"y": 1}


def test_a_way_that_was_taken_stays_with_another_input(
    engine: Engine, service: Service, build: SimpleNamespace
) -> None:
    chosen = build.task(
        "SWITCH", "s", evaluatorType="value-param", expression="w",
        inputParameters={"w": "${workflow.input.way}"},
        decisionCases={"left": [build.http("l")]}, defaultCase=[build.http("d")],
    )  # fmt: skip
    fork = build.fork("f", [build.http("b1", body="${workflow.input.way}")], [build.http("b2")])
    work = build.workflow(chosen, *fork, build.http("z", body="${workflow.input.way}"))
    engine.run(work, {"way": "left"}, workflow_id="r")
    with pytest.raises(InputError) as refused:
        engine.rerun("r", "b1", input={"way": "right"})
    assert refused.value.code == "input_in_fork"
    document = engine.rerun("r", "f", input={"way": "right"})
    refs = [task["referenceTaskName"] for task in document["tasks"]]
    assert refs[:2] == ["s", "l"]
    assert (service.calls.count("l"), service.calls.count("b1")) == (1, 2)
    sent = {task["referenceTaskName"]: task["inputData"] for task in document["tasks"]}
    assert sent["b1"]["http_request"]["body"] == sent["z"]["http_request"]["body"] == "right"
    assert engine.get("r") == document


def test_a_retried_task_that_is_executed_again_begins_with_its_first_attempt(
    engine: Engine, service: Service, build: SimpleNamespace
) -> None:
    service.broken = {"b"}
    engine.run(build.workflow(build.http("a"), build.http("b")), workflow_id="r")
    service.broken = set()
    engine.retry("r")
    document = engine.rerun("r", "b")
    assert statuses(document)[1:] == [("b", "COMPLETED", 0)]
    assert document["failedReferenceTaskNames"] == document["failedTaskNames"] == ["b"]


def test_a_run_that_has_not_ended_cannot_be_taken_back(
    engine: Engine, build: SimpleNamespace
) -> None:
    engine.run(build.workflow(build.http("h", asyncComplete=True)), workflow_id="r", detached=True)
    for work in (lambda: engine.retry("r"), lambda: engine.rerun("r", "h")):
        with pytest.raises(InputError) as raised:
            work()
        assert raised.value.code == "run_unfinished"


def sub(build: SimpleNamespace, ref: str, *tasks: Any) -> Any:
    """Return a task that runs other tasks as a workflow of their own."""
    definition = {"name": f"{ref}_flow", "version": 1, "tasks": list(tasks)}
    given = {"name": definition["name"], "version": 1, "workflowDefinition": definition}
    return build.task("SUB_WORKFLOW", ref, subWorkflowParam=given)


def test_a_run_that_a_task_started_is_itself_taken_back(
    engine: Engine, service: Service, build: SimpleNamespace
) -> None:
    inner = sub(build, "t", build.http("x"), build.http("y", method="POST"))
    outer = sub(build, "s", build.http("b"), inner, build.http("c"))
    workflow = build.workflow(build.http("a"), outer, build.http("z"))
    service.broken = {"y"}
    failed = engine.run(workflow, workflow_id="r")
    assert failed["status"] == "FAILED"
    service.broken = set()
    document = engine.retry("r")
    assert document["status"] == "COMPLETED", document.get("reasonForIncompletion")
    assert service.calls == ["a", "b", "x", "y", "y", "c", "z"]
    children = [one["tasks"][1]["subWorkflowId"] for one in (failed, document)]
    assert children[0] == children[1]
    assert {info.status for info in engine.list()} == {"COMPLETED"}


def test_a_run_that_ended_with_the_one_that_waited_for_it_goes_on_with_it(
    engine: Engine, service: Service, build: SimpleNamespace
) -> None:
    waiting = sub(build, "s", build.http("x"), build.http("h", asyncComplete=True))
    fork = build.fork("f", [waiting], [build.http("b"), build.http("c", asyncComplete=True)])
    workflow = build.workflow(*fork, build.http("z"))
    with ThreadPoolExecutor(1) as others:
        first = others.submit(engine.run, workflow, workflow_id="r")
        wait_until(lambda: len(_waits(engine, "r")) == 2 and service.calls.count("h") == 1, 60)
        engine.complete("r", "c", status="FAILED", reason="no")
        failed = first.result(30)
        assert failed["status"] == "FAILED"
        child = failed["tasks"][1]["subWorkflowId"]
        assert engine.get(child)["status"] == "TERMINATED"
        again = others.submit(engine.retry, "r")
        wait_until(lambda: bool(_waits(engine, child)), 60)
        engine.complete(child, "h")
        wait_until(lambda: any(w["waitsFor"] == "completion" for w in _waits(engine, "r")), 60)
        engine.complete("r", "c")
        assert again.result(30)["status"] == "COMPLETED"
    assert sorted(service.calls) == ["b", "c", "c", "h", "x", "z"]


def _waits(engine: Engine, run_id: str) -> list[Any]:
    try:
        return list(engine.get(run_id).get("waiting", ()))
    except InputError:
        return []


def test_an_interrupted_call_of_a_run_that_a_task_started_is_made_again(
    open_engine: Callable[..., Engine], build: SimpleNamespace
) -> None:
    calls: list[str] = []

    def step(task: Any, context: Any, execution: Any) -> TaskResult:
        calls.append(execution.task_ref)
        if execution.task_ref == "p" and calls.count("p") == 1:
            raise MemoryError
        return TaskResult(TaskStatus.COMPLETED, {})

    child = sub(build, "s", build.http("b"), build.http("p", method="POST"))
    with open_engine(step) as engine:
        with pytest.raises(EngineError):
            engine.run(build.workflow(build.http("a"), child), workflow_id="r")
        assert engine.resume("r")["status"] == "FAILED"
        with pytest.raises(InputError) as raised:
            engine.retry("r")
        assert raised.value.code == "outcome_unknown"
        assert engine.resume("r", resend=True)["status"] == "COMPLETED"
    assert calls == ["a", "b", "p", "p"]

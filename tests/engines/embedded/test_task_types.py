"""Every type of task beside HTTP, on the engine: what it gives, how it fails, what is recorded."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from soon import LATE

from httptask.core.digits import number
from httptask.core.json_text import encode
from httptask.core.result import TaskResult, TaskStatus
from httptask.engines.embedded import Engine
from httptask.engines.embedded.functions import FunctionCall, TaskFailedError, adapted
from httptask.errors import DefinitionError, InputError

Json = Any


def inline(ref: str, expression: str, **inputs: Json) -> Json:
    given = {"evaluatorType": "javascript", "expression": expression, **inputs}
    return {"name": ref, "taskReferenceName": ref, "type": "INLINE", "inputParameters": given}


def jq(ref: str, query: str, **inputs: Json) -> Json:
    given = {"queryExpression": query, **inputs}
    kind = "JSON_JQ_TRANSFORM"
    return {"name": ref, "taskReferenceName": ref, "type": kind, "inputParameters": given}


CALLS: list[Json] = []


def double(x: int, execution: Any) -> Json:
    CALLS.append((x, execution.retry, execution.idempotency_key))
    return {"y": x * 2}


def failing() -> None:
    raise ValueError("broken")


def final() -> None:
    raise TaskFailedError("never")


async def later(x: int = 3) -> int:
    return x


def waiting(call: FunctionCall) -> TaskResult:
    CALLS.append(call.name)
    done = CALLS.count(call.name) > 1
    status = TaskStatus.COMPLETED if done else TaskStatus.IN_PROGRESS
    return TaskResult(status, {"calls": CALLS.count(call.name)}, retry_after=0.1)


RELEASED = threading.Event()


def slow() -> None:
    RELEASED.wait(LATE)


FUNCTIONS = {
    **{each.__name__: adapted(each) for each in (double, failing, final, later, slow)},
    "waiting": waiting,
}


@pytest.fixture
def engine(open_engine: Callable[..., Engine], target: Any) -> Iterator[Engine]:
    CALLS.clear()
    RELEASED.clear()
    with open_engine(target, env={}, functions=FUNCTIONS) as opened:
        yield opened
    RELEASED.set()


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(InputError):  # a run that has not begun is not known
            if holds():
                return
        assert time.monotonic() < end
        time.sleep(0.01)


def outputs(document: Json) -> dict[str, Json]:
    return {entry["referenceTaskName"]: entry["outputData"] for entry in document["tasks"]}


def statuses(document: Json) -> dict[str, str]:
    return {entry["referenceTaskName"]: entry["status"] for entry in document["tasks"]}


def test_a_number_keeps_its_digits_through_a_function(
    engine: Engine, build: SimpleNamespace
) -> None:
    task = build.task("SIMPLE", "a", name="later", inputParameters={"x": number("1.10")})
    document = engine.run(build.workflow(task))
    assert encode(engine.get(document["workflowId"])["tasks"][0]["outputData"]) == (
        b'{"result":1.10}'
    )


def test_computed_tasks(engine: Engine, build: SimpleNamespace) -> None:
    script = {"scriptExpression": "return $.n + 1", "n": "${a.output.result.n}"}
    document = engine.run(
        build.workflow(
            inline("a", "({n: $.x * 2})", x="${workflow.input.x}"),
            build.task("LAMBDA", "b", inputParameters=script),
            jq("c", ".list | map(. * 2), length", list=[1, "${b.output.result}"]),
            inline("d", "$.list.size() + $.map.get('k')", list=[1], map={"k": 2}),
        ),
        {"x": 4},
    )
    assert document["status"] == "COMPLETED"
    assert outputs(document) == {
        "a": {"result": {"n": 8}},
        "b": {"result": 9},
        "c": {"result": [2, 18], "resultList": [[2, 18], 2]},
        "d": {"result": 3},
    }


@pytest.mark.parametrize(
    ("task", "status", "reason"),
    [
        (inline("t", "throw new Error('no')"), "FAILED_WITH_TERMINAL_ERROR",
         "Error evaluating the script `Error: no`"),
        (inline("t", "1", evaluatorType="ruby"), "FAILED_WITH_TERMINAL_ERROR",
         "Unknown evaluator 'ruby' in INLINE task."),
        (inline("t", " "), "FAILED_WITH_TERMINAL_ERROR",
         ("Empty 'expression' in Inline task's input parameters. "
         "A non-empty String value must be provided.")),
        (inline("t", 5), "FAILED_WITH_TERMINAL_ERROR",
         "'expression' of the INLINE task is not a string"),
        (jq("t", "error(\"no\")"), "FAILED", "no"),
        (jq("t", "${workflow.input.none}"), "FAILED",
         "Missing 'queryExpression' in input parameters"),
        (jq("t", "env"), "FAILED", "env is refused"),
        (jq("t", "nofun(1)"), "FAILED", "Function nofun/1 does not exist"),
    ],
)  # fmt: skip
def test_computed_tasks_that_fail(
    engine: Engine, build: SimpleNamespace, task: Json, status: str, reason: str
) -> None:
    (entry,) = engine.run(build.workflow(task))["tasks"]
    assert (entry["status"], entry["reasonForIncompletion"]) == (status, reason)


def test_what_a_script_gave_is_recorded(engine: Engine, build: SimpleNamespace) -> None:
    document = engine.run(build.workflow(inline("a", "Math.random()")))
    assert engine.get(document["workflowId"])["tasks"] == document["tasks"]


def test_decision(engine: Engine, build: SimpleNamespace) -> None:
    cases = {"b": [inline("taken", "1")], "empty": []}
    task = build.task(
        "DECISION", "d", caseExpression="$.x > 3 ? 'b' : 'empty'", decisionCases=cases,
        defaultCase=[inline("otherwise", "2")], inputParameters={"x": "${workflow.input.x}"},
    )  # fmt: skip
    assert outputs(engine.run(build.workflow(task), {"x": 5}))["d"] == {"caseOutput": ["b"]}
    assert list(outputs(engine.run(build.workflow(task), {"x": 1}))) == ["d", "otherwise"]
    broken = {**task, "caseExpression": "nope"}
    document = engine.run(build.workflow(broken))
    assert document["tasks"] == []
    assert document["reasonForIncompletion"] == "Error while evaluating script: nope"


def test_waits_end_by_time_and_from_outside(engine: Engine, build: SimpleNamespace) -> None:
    short = build.task("WAIT", "short", inputParameters={"duration": "1 seconds"})
    past = build.task("WAIT", "past", inputParameters={"until": "2020-01-01 00:00 GMT"})
    human = build.task("HUMAN", "human", inputParameters={"form": 1})
    handle = engine.start(
        build.workflow(short, past, human, inline("end", "$.x", x="${human.output.ok}"))
    )
    until(lambda: "human" in str(engine.get(handle.id).get("waiting")))
    engine.complete(handle.id, "human", status="IN_PROGRESS", output={"half": 1})
    engine.complete(handle.id, "human", output={"ok": True})
    document = handle.result(30)
    assert outputs(document) == {
        "short": {},
        "past": {},
        "human": {"ok": True},
        "end": {"result": True},
    }
    assert document["endTime"] - document["startTime"] >= 1000


def child(*tasks: Json, build: SimpleNamespace, **more: Json) -> Any:
    return build.workflow(*tasks, **{"name": "child", "version": 2, **more})


def test_a_sub_workflow_gives_its_output(engine: Engine, build: SimpleNamespace) -> None:
    below = child(inline("c", "$.v + 1", v="${workflow.input.v}"), build=build)
    task = build.task(
        "SUB_WORKFLOW", "s", subWorkflowParam={"name": "child"}, inputParameters={"v": 4}
    )
    document = engine.run(build.workflow(task), workflows=[below], correlation_id="c-1")
    entry = document["tasks"][0]
    assert entry["outputData"] == {"subWorkflowId": entry["subWorkflowId"], "result": 5}
    assert entry["inputData"]["subWorkflowVersion"] == 2
    other = engine.get(entry["subWorkflowId"])
    assert (other["parentWorkflowId"], other["correlationId"]) == (document["workflowId"], "c-1")


def test_a_sub_workflow_that_fails(engine: Engine, build: SimpleNamespace) -> None:
    below = child(inline("c", "throw 'x'"), build=build)
    param = {"name": "child"}
    task = build.task("SUB_WORKFLOW", "s", subWorkflowParam=param, retryCount=1,
                      taskDefinition={"retryDelaySeconds": 0, "name": "s"})  # fmt: skip
    document = engine.run(build.workflow(task), workflows=[below])
    first, second = document["tasks"]
    assert document["status"] == "FAILED"
    assert first["subWorkflowId"] != second["subWorkflowId"]
    assert second["reasonForIncompletion"].startswith("Sub workflow child.2/")
    unknown = build.task("SUB_WORKFLOW", "s", subWorkflowParam={"name": "gone", "version": 3})
    (entry,) = engine.run(build.workflow(unknown))["tasks"]
    assert entry["reasonForIncompletion"] == "No such workflow defined. name=gone, version=3"
    with pytest.raises(DefinitionError) as refused:
        engine.run(
            build.workflow(build.task("SUB_WORKFLOW", "s", subWorkflowParam={"name": "gone"}))
        )
    assert refused.value.code == "sub_workflow_missing"


def test_workflows_that_start_themselves_end(engine: Engine, build: SimpleNamespace) -> None:
    task = build.task("SUB_WORKFLOW", "s", subWorkflowParam={"name": "w"})
    workflow = build.workflow(task)
    document = engine.run(workflow, workflows=[workflow])
    assert document["status"] == "FAILED"
    assert "more than 32 deep" in document["reasonForIncompletion"]


def test_start_workflow_and_failure_workflow(engine: Engine, build: SimpleNamespace) -> None:
    below = child(inline("c", "$.r", r="${workflow.input.reason}"), build=build)
    start = build.task("START_WORKFLOW", "s", inputParameters={
        "startWorkflow": {"name": "child", "input": {"reason": "asked"}}})  # fmt: skip
    bad = inline("bad", "throw 'x'")
    document = engine.run(build.workflow(start, bad, failureWorkflow="child"), workflows=[below])
    assert document["status"] == "FAILED"
    started = outputs(document)["s"]["workflowId"]
    failed = document["output"]["conductor.failure_workflow"]
    until(lambda: all(engine.get(one)["status"] == "COMPLETED" for one in (started, failed)))
    assert engine.get(started)["output"] == {"result": "asked"}
    assert "failed with status: FAILED" in engine.get(failed)["output"]["result"]


DYNAMIC = [
    {"dynamicForkTasksParam": "t", "dynamicForkTasksInputParamName": "i",
     "inputParameters": {"t": [inline("a", "$.v"), inline("b", "$.v")],
                         "i": {"a": {"v": 1}, "b": {"v": "${workflow.input.x}"}}}},
    {"dynamicForkJoinTasksParam": "d", "inputParameters": {"d": {"dynamicTasks": [
        {"taskName": "a", "referenceName": "a", "type": "INLINE", "input": {"expression": "1"}},
        {"taskName": "b", "referenceName": "b", "type": "INLINE", "input": {"expression": "2"}}]}}},
]  # fmt: skip


@pytest.mark.parametrize("fork", DYNAMIC)
def test_dynamic_forks(engine: Engine, build: SimpleNamespace, fork: Json) -> None:
    workflow = build.workflow(build.task("FORK_JOIN_DYNAMIC", "f", **fork), build.task("JOIN", "j"))
    document = engine.run(workflow, {"x": 2})
    assert document["status"] == "COMPLETED"
    assert document["output"] == {"a": {"result": 1}, "b": {"result": 2}}
    assert engine.get(document["workflowId"]) == document


def test_a_dynamic_fork_of_one_kind(engine: Engine, build: SimpleNamespace) -> None:
    inputs = {"forkTaskName": "double", "forkTaskInputs": [{"x": 1}, {"x": 2}]}
    fork = build.task("FORK_JOIN_DYNAMIC", "f", inputParameters=inputs)
    document = engine.run(build.workflow(fork, build.task("JOIN", "j")))
    assert document["output"] == {"_double_0": {"y": 2}, "_double_1": {"y": 4}}
    text = build.task("FORK_JOIN_DYNAMIC", "f", inputParameters={"forkTaskInputs": "text"})
    failed = engine.run(build.workflow(text, build.task("JOIN", "j")))
    assert failed["reasonForIncompletion"].startswith("Dynamic tasks could not be created.")


def test_dynamic_tasks(engine: Engine, build: SimpleNamespace) -> None:
    task = build.task("DYNAMIC", "d", dynamicTaskNameParam="which",
                      inputParameters={"which": "${workflow.input.w}", "x": 3,
                                       "expression": "$.x"})  # fmt: skip
    assert engine.run(build.workflow(task), {"w": "double"})["output"] == {"y": 6}
    assert engine.run(build.workflow(task), {"w": "INLINE"})["output"] == {"result": 3}
    assert "Cannot map a dynamic task" in engine.run(build.workflow(task))["reasonForIncompletion"]


def test_exclusive_join_and_event(engine: Engine, build: SimpleNamespace) -> None:
    switch = build.task(
        "SWITCH", "s", evaluatorType="value-param", expression="c", inputParameters={"c": "b"},
        decisionCases={"a": [inline("a", "1")], "b": [inline("b", "2")]},
    )  # fmt: skip
    join = build.task("EXCLUSIVE_JOIN", "x", joinOn=["a", "b"])
    event = build.task("EVENT", "e", sink="conductor:done", inputParameters={"v": 1})
    found = outputs(engine.run(build.workflow(switch, join, event)))
    assert found["x"] == {"result": 2}
    assert (found["e"]["event_produced"], found["e"]["v"]) == ("conductor:w:done", 1)


def test_functions(engine: Engine, build: SimpleNamespace) -> None:
    document = engine.run(
        build.workflow(
            build.task("SIMPLE", "a", name="double", inputParameters={"x": 2}),
            build.task("SIMPLE", "b", name="later"),
            build.task("SIMPLE", "c", name="waiting"),
            build.task("SIMPLE", "d", name="final", optional=True),
            build.task("NOOP", "n"),
        )
    )
    found = outputs(document)
    assert (found["a"], found["b"], found["c"]) == ({"y": 4}, {"result": 3}, {"calls": 2})
    assert statuses(document)["d"] == "COMPLETED_WITH_ERRORS"
    task = build.task("SIMPLE", "e", name="failing", retryCount=0)
    assert engine.run(build.workflow(task))["tasks"][0]["reasonForIncompletion"] == "broken"


def test_a_function_that_is_not_there_is_refused(engine: Engine, build: SimpleNamespace) -> None:
    with pytest.raises(DefinitionError) as refused:
        engine.run(build.workflow(build.task("SIMPLE", "a", name="unknown")))
    assert (refused.value.code, refused.value.pointer) == ("task_type_unsupported", "/tasks/0/type")
    assert "--functions" in refused.value.hint


def test_a_branch_reads_what_another_has_done(engine: Engine, build: SimpleNamespace) -> None:
    wait = build.task("WAIT", "w", inputParameters={"duration": "1s"})
    fork = build.fork("f", [inline("a", "'A'")], [wait, inline("b", "$.a", a="${a.output.result}")])
    assert outputs(engine.run(build.workflow(*fork)))["b"] == {"result": "A"}


@pytest.mark.parametrize(
    ("limits", "status", "number", "reason"),
    [
        ({"timeoutSeconds": 1, "timeoutPolicy": "TIME_OUT_WF"}, "TIMED_OUT", 1,
         "Task timed out after 1 seconds."),
        ({"timeoutSeconds": 1, "timeoutPolicy": "RETRY"}, "TIMED_OUT", 2, "configured to RETRY"),
        ({"responseTimeoutSeconds": 1, "timeoutPolicy": "RETRY"}, "TIMED_OUT", 2,
         "responseTimeout: 1 exceeded"),
        ({"totalTimeoutSeconds": 1}, "TIMED_OUT", 1, "exceeded total timeout of 1 seconds"),
    ],
)  # fmt: skip
def test_limits_end_calls_under_way(
    engine: Engine, build: SimpleNamespace, limits: Json, status: str, number: int, reason: str
) -> None:
    definition = {"name": "slow", "retryCount": 1, "retryDelaySeconds": 0, **limits}
    task = build.task("SIMPLE", "t", name="slow", taskDefinition=definition)
    document = engine.run(build.workflow(task))
    assert (document["status"], len(document["tasks"])) == (status, number)
    assert reason in document["tasks"][-1]["reasonForIncompletion"]


def test_a_limit_ends_an_http_call(
    open_engine: Callable[..., Engine], build: SimpleNamespace
) -> None:
    gate = threading.Event()

    def step(*_: Any) -> TaskResult:
        gate.wait(60)
        return TaskResult(TaskStatus.COMPLETED, {})

    definition = {"timeoutSeconds": 1, "timeoutPolicy": "TIME_OUT_WF", "retryCount": 0}
    with open_engine(step) as engine:
        document = engine.run(build.workflow(build.http("a", taskDefinition=definition)))
        gate.set()
    assert document["status"] == "TIMED_OUT"


def test_a_workflow_s_limit_ends_a_wait(engine: Engine, build: SimpleNamespace) -> None:
    limits = {"timeoutSeconds": 1, "timeoutPolicy": "TIME_OUT_WF"}
    document = engine.run(build.workflow(build.task("HUMAN", "h"), **limits))
    assert document["status"] == "TIMED_OUT"
    assert statuses(document) == {"h": "CANCELED"}

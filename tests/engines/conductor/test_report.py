"""What a server is told: size, held failures, log lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from httptask.builtin.output_limit import OUTPUT_LIMIT, fitted
from httptask.core.result import TaskResult, TaskStatus
from httptask.engines.conductor.assignment import Assignment
from httptask.engines.conductor.pacing import IDLE_PAUSE, LONGEST_FAILURE_PAUSE, Pacing
from httptask.engines.conductor.report import released, report_of
from httptask.errors import StatusError


def assignment(definition: dict[str, Any] | None = None, **fields: Any) -> Assignment:
    inputs = {"uri": "https://h/", "method": "GET"}
    task = {"inputParameters": inputs, "taskDefinition": definition or {"retryCount": 0}}
    return Assignment.of(
        {
            "taskId": "t",
            "workflowInstanceId": "w",
            "referenceTaskName": "call",
            "inputData": inputs,
            "workflowTask": task,
            **fields,
        }
    )


def failed(retry_after: float | None) -> TaskResult:
    output = {"response": {"statusCode": 503}}
    error = StatusError("503")
    return TaskResult(TaskStatus.FAILED, output, "503", error, retry_after)


def test_a_small_output_is_left_alone(tmp_path: Path) -> None:
    output = {"response": {"body": {"a": 1}}, "x": "y"}
    assert fitted(output, tmp_path) == (output, ())


def test_the_largest_part_of_a_large_output_becomes_a_file(tmp_path: Path) -> None:
    large = {"k": "é" * OUTPUT_LIMIT}
    output, notices = fitted({"response": {"statusCode": 200, "body": large}, "x": 1}, tmp_path)
    body = output["response"]["body"]
    assert json.loads(Path(body["path"]).read_text("utf-8")) == large
    assert (output["x"], output["response"]["statusCode"]) == (1, 200)
    assert notices == ("response.body: too large for a task's output, stored as a file",)


def test_a_large_text_is_stored_as_it_is(tmp_path: Path) -> None:
    output, _ = fitted({"text": "a" * (OUTPUT_LIMIT + 1)}, tmp_path)
    assert output["text"]["mediaType"] == "text/plain"
    assert output["text"]["size"] == OUTPUT_LIMIT + 1


@pytest.mark.parametrize(
    ("definition", "retry_after", "held"),
    [
        ({"retryCount": 0}, 9.0, 0),
        ({"retryCount": 2, "retryDelaySeconds": 2}, 9.2, 8),
        ({"retryCount": 2, "retryDelaySeconds": 20}, 9.0, 0),
        ({"retryCount": 2, "retryDelaySeconds": 0}, None, 0),
        ({"retryCount": 2, "retryDelaySeconds": 4, "maxRetryDelaySeconds": 1}, 9.0, 8),
    ],
)
def test_a_failure_is_held_for_as_long_as_the_service_asks(
    definition: dict[str, Any], retry_after: float | None, held: int, tmp_path: Path
) -> None:
    report = report_of(assignment(definition), failed(retry_after), tmp_path)
    assert (report.status, report.callback) == ("IN_PROGRESS" if held else "FAILED", held)


def test_a_held_failure_is_reported_when_the_task_comes_again(tmp_path: Path) -> None:
    definition = {"retryCount": 1, "retryDelaySeconds": 0}
    held = report_of(assignment(definition), failed(3.0), tmp_path).to_json("me")
    again = released(assignment(definition, outputData=held["outputData"]))
    assert again is not None
    assert (again.status, again.reason) == ("FAILED", "503")
    assert again.output == {"response": {"statusCode": 503}}
    assert released(assignment()) is None


@pytest.mark.parametrize(
    ("logic", "retry", "delay"),
    [("FIXED", 3, 5), ("LINEAR_BACKOFF", 2, 30), ("EXPONENTIAL_BACKOFF", 3, 40)],
)
def test_the_servers_own_delay_is_known(logic: str, retry: int, delay: int) -> None:
    definition = {"retryDelaySeconds": 5, "retryLogic": logic, "backoffScaleFactor": 2}
    assert assignment(definition, retryCount=retry).retry_delay == delay


def test_a_loops_iteration_is_not_part_of_the_reference() -> None:
    looped = assignment(referenceTaskName="call__2", iteration=2)
    assert (looped.execution.task_ref, looped.execution.iteration) == ("call", 2)
    again = assignment(referenceTaskName="call__2", iteration=2, retryCount=1, taskId="u")
    assert again.execution.idempotency_key == looped.execution.idempotency_key


def test_polls_slow_down_while_no_tasks_come() -> None:
    pacing = Pacing(8)
    pauses = [pacing.after_poll(0, 8) for _ in range(200)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == IDLE_PAUSE
    assert pacing.after_poll(2, 8) < 0.01
    assert pacing.slots_before_poll == 1
    assert pacing.after_poll(8, 8) == 0.0
    assert pacing.slots_before_poll == 4
    assert [pacing.after_failure() for _ in range(8)][-1] == LONGEST_FAILURE_PAUSE

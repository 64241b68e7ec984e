"""Task documents as no server should send them: errors of ours, and the worker goes on."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from httptask.engines.conductor.assignment import Assignment
from httptask.engines.conductor.inputs import ready_inputs
from httptask.engines.conductor.report import released
from httptask.errors import EngineError, HttpTaskError

INPUTS = {
    "http_request": {"uri": "http://127.0.0.1/${workflow.secrets.A}-${workflow.secrets.B}"},
    "httptask": {"responseSchema": {"type": "object"}},
    "list": ["${workflow.input.x}", {"9" * 5000: "${workflow.secrets.A}"}],
}
DOCUMENT = {
    "taskId": "t1",
    "workflowInstanceId": "w1",
    "referenceTaskName": "call__1",
    "taskDefName": "call",
    "iteration": 1,
    "retryCount": 2,
    "pollCount": 1,
    "startTime": 1_700_000_000_000,
    "workflowTask": {
        "inputParameters": INPUTS,
        "taskDefinition": {"retryCount": 3, "retryDelaySeconds": 5, "inputTemplate": {"a": 1}},
        "asyncComplete": False,
    },
    "inputData": {"http_request": {"uri": "http://127.0.0.1/x-y"}, "list": ["x"]},
    "outputData": {"httptask": {"state": "held", "status": "FAILED"}},
}
JUNK = st.sampled_from(
    [None, True, -1, 10**400, 1e308, float("nan"), float("inf"), "", "x", "\ud800", "9" * 5000,
     [], {}, [[]], {"a": [None]}, "${workflow.secrets.A}", "${", {"httptask": 5}]
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items if isinstance(value, (dict, list)) else ():
        found += places(item, (*path, key)) if isinstance(item, (dict, list)) else [(*path, key)]
    return found


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(places(DOCUMENT)), JUNK), min_size=1, max_size=3))
@example([(("workflowTask", "inputParameters", "http_request"), "\ud800")])
def test_a_task_with_junk_in_it_gives_errors_of_ours(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    document = copy.deepcopy(DOCUMENT)
    for path, junk in changes:
        place: Any = document
        for key in path[:-1]:
            place = place[key] if isinstance(place, dict) and key in place else {}
        if isinstance(place, dict):
            place[path[-1]] = copy.deepcopy(junk)  # another change may go into it
    try:
        assignment = Assignment.of(document)
        for number in (
            assignment.deliveries,
            assignment.first_delivery,
            assignment.response_timeout,
            assignment.retries_left,
            assignment.retry_delay,
        ):
            assert number >= 0
        released(assignment)
        task = assignment.task
        ready_inputs(
            task.template,
            task.written,
            assignment.inputs,
            stored=lambda: assignment.inputs,
            lookup={"A": "own-a", "B": "own-b"}.get,
        )
    except HttpTaskError as error:
        assert error.message  # noqa: PT017 - most junk is refused, some does no harm


@pytest.mark.parametrize(
    ("key", "junk"),
    [("taskId", None), ("workflowTask", []), ("inputData", "x"), ("referenceTaskName", 5)],
)
def test_the_message_says_what_is_malformed(key: str, junk: Any) -> None:
    with pytest.raises(EngineError) as caught:
        Assignment.of({**DOCUMENT, key: junk})
    assert caught.value.code == "task_malformed"
    assert key in caught.value.message

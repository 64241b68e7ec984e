"""Start workflows on a server and watch them; run a file there without registering anything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from httptask.core.vault import masked
from httptask.engines.conductor.client import ConductorClient, segment
from httptask.errors import EngineError

FINISHED: Final = frozenset({"COMPLETED", "FAILED", "TIMED_OUT", "TERMINATED"})
_SHORTEST_LOOK, _LONGEST_LOOK = 0.02, 1.0

_HEAD: Final = (
    "workflowId",
    "workflowName",
    "workflowVersion",
    "createTime",
    "startTime",
    "input",
    "status",
    "updateTime",
    "endTime",
    "output",
    "variables",
    "failedReferenceTaskNames",
    "failedTaskNames",
    "reasonForIncompletion",
)
_TASK: Final = (
    "taskType",
    "status",
    "inputData",
    "referenceTaskName",
    "retryCount",
    "seq",
    "taskDefName",
    "scheduledTime",
    "startTime",
    "endTime",
    "retried",
    "executed",
    "workflowInstanceId",
    "workflowType",
    "taskId",
    "retriedTaskId",
    "reasonForIncompletion",
    "callbackAfterSeconds",
    "pollCount",
    "outputData",
    "iteration",
)

Watcher = Callable[[Mapping[str, Any]], None]


def definition(client: ConductorClient, name: str, version: int | None = None) -> Any:
    """Return a registered workflow definition, the highest version by default; None if none is.

    Raises:
        EngineError: the server does not respond.
    """
    return client.find(f"/metadata/workflow/{segment(name)}", version=version)


def start(
    client: ConductorClient,
    name: str,
    inputs: Mapping[str, Any] | None = None,
    *,
    version: int | None = None,
    correlation_id: str = "",
) -> str:
    """Start a registered workflow; return the id of its execution.

    Raises:
        EngineError: the server does not respond, or does not know the workflow.
    """
    body: dict[str, Any] = {"name": name, "input": dict(inputs or {})}
    if version is not None:
        body["version"] = version
    return _started(client, body, correlation_id)


def start_definition(
    client: ConductorClient,
    document: Mapping[str, Any],
    inputs: Mapping[str, Any] | None = None,
    *,
    correlation_id: str = "",
) -> str:
    """Start a workflow from its definition; nothing is registered.

    Raises:
        EngineError: the server does not respond, or refuses the definition.
    """
    body = {
        "name": document["name"],
        "version": document.get("version", 1),
        "workflowDef": dict(document),
        "input": dict(inputs or {}),
    }
    return _started(client, body, correlation_id)


def read(client: ConductorClient, workflow_id: str) -> dict[str, Any]:
    """Return an execution in the shape of the embedded engine's.

    Raises:
        EngineError: the server does not respond, or does not know the execution.
    """
    found = client.get(f"/workflow/{segment(workflow_id)}", includeTasks="true")
    return execution_document(found)


def wait(
    client: ConductorClient,
    workflow_id: str,
    *,
    timeout: float | None = None,
    watch: Watcher | None = None,
    cancelled: threading.Event | None = None,
) -> dict[str, Any]:
    """Return an execution once it has ended.

    Args:
        client: the server.
        workflow_id: id of the execution.
        timeout: seconds to wait at most; then the execution is returned as it is.
        watch: called with each task that has ended, once.
        cancelled: set it to stop waiting; the execution is returned as it is.

    Raises:
        EngineError: the server refuses; while it does not respond, the wait goes on.
    """
    until = None if timeout is None else time.monotonic() + timeout
    shown: set[str] = set()
    pause, event = _SHORTEST_LOOK, cancelled or threading.Event()
    while True:
        found = _patiently(client, workflow_id, until)
        if found is not None:
            for task in found["tasks"] if watch else ():
                ended = task["status"] not in ("SCHEDULED", "IN_PROGRESS")
                if ended and watch and task["taskId"] not in shown:
                    shown.add(task["taskId"])
                    watch(task)
            over = until is not None and time.monotonic() >= until
            if found["status"] in FINISHED or over or event.is_set():
                return found
        event.wait(pause)
        pause = min(pause * 1.5, _LONGEST_LOOK)


def execution_document(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a server's workflow execution in the shape of the embedded engine's."""
    tasks = []
    for task in found.get("tasks") or ():
        kept = {name: task[name] for name in _TASK if task.get(name) is not None}
        kept.setdefault("outputData", {})
        kept.setdefault("inputData", {})
        tasks.append(masked(kept))
    document = {name: masked(found[name]) for name in _HEAD if found.get(name) is not None}
    document.setdefault("input", {})
    document.setdefault("output", {})
    document.setdefault("variables", {})
    document["tasks"] = tasks
    return document


def terminate(client: ConductorClient, workflow_id: str, reason: str) -> None:
    """End an execution.

    Raises:
        EngineError: the server does not respond, or does not know the execution.
    """
    path = f"/workflow/{segment(workflow_id)}"
    client.call("DELETE", path, query={"reason": reason})


def _started(client: ConductorClient, body: dict[str, Any], correlation_id: str) -> str:
    if correlation_id:
        body["correlationId"] = correlation_id
    # A start that is made twice runs twice: it is repeated only when it was never sent.
    return str(client.post("/workflow", body, repeat=False)).strip('"')


def _patiently(
    client: ConductorClient, workflow_id: str, until: float | None
) -> dict[str, Any] | None:
    try:
        return read(client, workflow_id)
    except EngineError as error:
        if not error.retryable or (until is not None and time.monotonic() >= until):
            raise
        return None

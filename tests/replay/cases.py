"""Run one recorded case on the embedded engine, actions included."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from compare import Difference, differences, masked, names_of, shape
from driver import OPEN, Driver, Pending, result_of
from values import tasks_of

from httptask.check import check_workflow
from httptask.core.result import TaskStatus
from httptask.definition.findings import Loaded
from httptask.definition.loader import load_task_defs, load_workflow
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.errors import HttpTaskError

RECORDED_AT = "http://127.0.0.1:9999"
PATIENCE = 8.0
AT_LAST = 60.0


class NotOfferedError(Exception):
    """An action that the engine has no operation for."""


@dataclass
class Replayed:
    """What came of a case.

    Attributes:
        case: the case.
        refusal: why the definitions or the start were refused, or None.
        document: the execution of ours, ids masked.
        related: executions that belong to it, by the recorder's names.
        unoffered: operations that the engine does not have.
    """

    case: Mapping[str, Any]
    refusal: HttpTaskError | None = None
    document: dict[str, Any] = field(default_factory=dict)
    related: dict[str, dict[str, Any]] = field(default_factory=dict)
    unoffered: list[str] = field(default_factory=list)

    def differences(self) -> Iterator[Difference]:
        """Yield where the case came out in another way than on the server."""
        observed = self.case["observed"]
        expected = observed.get("workflow")
        if self.refusal is not None or expected is None:
            yield from self._refusals(expected is not None)
            return
        yield from differences(shape(expected), shape(self.document))
        for name, one in (observed.get("related") or {}).items():
            got = self.related.get(name)
            if got is not None:
                yield from differences(shape(one), shape(got), f"/related/{name}")

    def _refusals(self, was_started: bool) -> Iterator[Difference]:
        observed = self.case["observed"]
        responses = [*observed.get("register", ()), observed.get("start") or {}]
        response = next((one for one in responses if one.get("status", 200) >= 400), {})
        told = json.dumps(response.get("body", "started"))
        if self.refusal is None:
            yield Difference("/refused", told, self.document.get("status"))
        elif was_started:
            yield Difference("/refused", "started", f"{self.refusal.code}: {self.refusal.message}")


class Replay:
    """A case while it is run."""

    def __init__(self, driver: Driver, case: Mapping[str, Any], server: str) -> None:
        text = json.dumps(case).replace(RECORDED_AT, server)
        self.driver = driver
        self.case = json.loads(text)
        self.result = Replayed(self.case)
        self.id = ""
        self._polled: dict[str, Pending] = {}

    def run(self) -> Replayed:
        """Run the case; return what came of it."""
        try:
            defs, workflows = self._definitions()
            started = self.driver.start(
                workflows[0], self._input(), defs, workflows, self._options()
            )
        except HttpTaskError as error:
            self.result.refusal = error
            return self.result
        self.id = started.id
        if started.error is not None:
            self.result.refusal = started.error
            return self.result
        self._act()
        document = self.driver.wait(
            self.id, lambda found: found["status"] not in OPEN, self._seconds_to_end()
        )
        names = names_of(document)
        related = self._related(document, names)
        self.result.document = masked(document, names)
        self.result.related = {name: masked(one, names) for name, one in related.items()}
        if document["status"] in OPEN:
            self.driver.terminate(self.id, "the case is over")
        return self.result

    def _definitions(self) -> tuple[dict[str, TaskDef], list[WorkflowDef]]:
        defs: dict[str, TaskDef] = {}
        for one in self.case["taskDefs"]:
            defs |= load_task_defs(one).require()
        found = [load_workflow(one, task_defs=defs) for one in self.case["workflowDefs"]]
        for one in found:
            findings = tuple(check_workflow(one, defs))
            Loaded(one.value, one.raw, one.source, findings).require()
        return defs, [one.require() for one in found]

    def _input(self) -> Any:
        return self.case["input"] or {}

    def _options(self) -> dict[str, Any]:
        given = self.case.get("start") or {}
        options = {
            "correlation_id": given.get("correlationId"),
            "priority": given.get("priority"),
        }
        return {name: value for name, value in options.items() if value}

    def _seconds_to_end(self) -> float:
        """Return how long the run may take to end; an open one is as it was last evaluated."""
        if (self.case["observed"].get("workflow") or {}).get("status") not in OPEN:
            return AT_LAST  # it ends before that, however busy this machine is
        seconds: float = max(self.case.get("wait", PATIENCE), 2.0)
        done = [one["op"] for one in self.case.get("actions") or () if one["op"] != "snapshot"]
        return 0.0 if done[-1:] == ["decide"] else min(seconds, 1.0)

    def _act(self) -> None:
        told = self.case["observed"].get("actions") or ()
        for action, answer in zip_longest(self.case.get("actions") or (), told):
            if answer and answer.get("polled", answer) is None:
                continue  # there was no task for that worker
            operation: Callable[[Mapping[str, Any]], None] | None
            operation = getattr(self, f"_do_{action['op']}", None)
            if operation is None:
                self.result.unoffered.append(action["op"])
                continue
            try:
                operation(action)
            except HttpTaskError:
                continue  # a server refuses some of them too; the execution tells
            except NotOfferedError as missing:
                self.result.unoffered.append(str(missing))

    def _target(self, action: Mapping[str, Any]) -> str:
        """Return the run that an action is for: this one, or the child of a task of it."""
        if "sub" not in action:
            return self.id
        found = self.driver.wait(self.id, lambda doc: bool(_child(doc, action["sub"])), PATIENCE)
        return _child(found, action["sub"]) or self.id

    def _do_wait_task(self, action: Mapping[str, Any]) -> None:
        wanted = action.get("status") or ()

        def there(document: Mapping[str, Any]) -> bool:
            return any(
                task["referenceTaskName"] == action["ref"]
                and task.get("retryCount", 0) >= action.get("retryCount", 0)
                and (not wanted or task["status"] in wanted)
                for task in document["tasks"]
            )

        self.driver.wait(self._target(action), there, action.get("timeout", PATIENCE))

    def _do_wait_status(self, action: Mapping[str, Any]) -> None:
        wanted = action["status"]
        self.driver.wait(self.id, lambda doc: doc["status"] in (wanted, *wanted), PATIENCE)

    def _do_sleep(self, action: Mapping[str, Any]) -> None:
        time.sleep(action["s"])

    def _do_snapshot(self, action: Mapping[str, Any]) -> None:
        time.sleep(action.get("settle", 0))

    def _do_decide(self, _action: Mapping[str, Any]) -> None:
        """Do nothing: limits are noticed when they are over."""

    def _do_poll(self, action: Mapping[str, Any]) -> None:
        name = action["taskType"]
        pending = self.driver.workers.poll(name, action.get("timeout", PATIENCE))
        if pending is None:
            return
        response = action.get("answer")
        if response is not None and response.get("status", "COMPLETED") in set(TaskStatus):
            run_id = pending.call.execution.workflow_id
            before = self.driver.document(run_id)
            pending.results.put(result_of(response))
            self.driver.wait(run_id, lambda doc: _states(doc) != _states(before), 1.0)
        else:
            self._polled[pending.call.execution.task_ref] = pending

    def _do_complete_task(self, action: Mapping[str, Any]) -> None:
        ref = action["ref"]
        base = ref.partition("__")[0]
        pending = self._polled.pop(base, None) or self._unpolled(base)
        if pending is not None:
            response = {
                "status": action.get("status", "COMPLETED"),
                "outputData": action.get("output"),
                "reasonForIncompletion": action.get("reasonForIncompletion"),
            }
            pending.results.put(result_of(response))
            return
        self._complete(self._target(action), ref, action)

    _do_update_task = _do_update_by_ref = _do_complete_task

    def _unpolled(self, ref: str) -> Pending | None:
        """Return a SIMPLE task that is updated before a worker has polled it."""
        simple = (
            task.get("type", "SIMPLE") == "SIMPLE" and task["taskReferenceName"] == ref
            for task in tasks_of(self.case["workflowDefs"][0])
        )
        return self.driver.workers.of(self.id, ref, 1.0) if any(simple) else None

    def _complete(self, run_id: str, ref: str, action: Mapping[str, Any]) -> None:
        def waits(document: Mapping[str, Any]) -> bool:
            return any(
                ref in (task["referenceTaskName"], task["referenceTaskName"].partition("__")[0])
                and task["status"] == "IN_PROGRESS"
                for task in document["tasks"]
            )

        before = self.driver.wait(run_id, waits, 1.0)
        self.driver.complete(run_id, ref, action)
        self.driver.wait(run_id, lambda doc: _states(doc) != _states(before), 1.0)

    def _do_signal(self, action: Mapping[str, Any]) -> None:
        document = self.driver.wait(self.id, lambda doc: bool(_waiting(doc)), PATIENCE)
        self._complete(self.id, _waiting(document)[0], action)

    def _do_terminate(self, action: Mapping[str, Any]) -> None:
        self.driver.terminate(self._target(action), action.get("reason") or "")

    def _do_retry(self, _action: Mapping[str, Any]) -> None:
        self.driver.wait(self.id, lambda doc: doc["status"] not in OPEN, 1.0)
        self.driver.retry(self.id)

    def _do_rerun(self, action: Mapping[str, Any]) -> None:
        body = action.get("body") or {}
        unoffered = body.keys() - {"reRunFromTaskRef", "workflowInput"}
        if unoffered:
            raise NotOfferedError(f"rerun with {', '.join(sorted(unoffered))}")
        first = self.driver.document(self.id)["tasks"][0]["referenceTaskName"]
        given = body.get("workflowInput")
        self.driver.rerun(self.id, body.get("reRunFromTaskRef") or first, given)

    def _do_restart(self, action: Mapping[str, Any]) -> None:
        if action.get("useLatestDefinitions"):
            raise NotOfferedError("restart with another definition")
        self._do_rerun({})

    def _do_skip(self, action: Mapping[str, Any]) -> None:
        self.driver.engine.skip(self.id, action["ref"])

    def _do_pause(self, _action: Mapping[str, Any]) -> None:
        self.driver.engine.pause(self.id)

    def _do_resume(self, _action: Mapping[str, Any]) -> None:
        self.driver.unpause(self.id)

    def _related(
        self, document: Mapping[str, Any], names: dict[str, str]
    ) -> dict[str, dict[str, Any]]:
        """Return the runs that this one started, and add the masks of their ids."""
        found: dict[str, dict[str, Any]] = {}
        for task in document["tasks"]:
            child, kind = task.get("subWorkflowId"), "sub"
            if task["taskType"] == "START_WORKFLOW":
                child, kind = task["outputData"].get("workflowId"), "started"
            if child:
                number = task.get("retryCount", 0)
                name = f"{kind}:{task['referenceTaskName']}" + (f"#{number + 1}" if number else "")
                self._add(found, names, name, child)
        child = (document.get("output") or {}).get("conductor.failure_workflow", "")
        if len(child) == 36:
            self._add(found, names, "failureWorkflow", child)
        return found

    def _add(
        self, found: dict[str, dict[str, Any]], names: dict[str, str], name: str, child: str
    ) -> None:
        document = self.driver.wait(child, lambda doc: doc["status"] not in OPEN, 1.0)
        found[name] = document
        names |= names_of(document, f"{name}:")
        inner = (document.get("output") or {}).get("conductor.failure_workflow", "")
        if len(inner) == 36:
            self._add(found, names, f"{name}:failureWorkflow", inner)


def _child(document: Mapping[str, Any], ref: str) -> str:
    for task in reversed(document["tasks"]):
        if task["referenceTaskName"] == ref and task.get("subWorkflowId"):
            return str(task["subWorkflowId"])
    return ""


def _waiting(document: Mapping[str, Any]) -> list[str]:
    return [
        task["referenceTaskName"]
        for task in document["tasks"]
        if task["status"] == "IN_PROGRESS" and task["taskType"] in ("WAIT", "HUMAN")
    ]


def _states(document: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (task["referenceTaskName"], task["status"], json.dumps(task["outputData"], default=str))
        for task in document["tasks"]
    ]

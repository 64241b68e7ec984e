"""Run one definition embedded, on a server, and as test requests; say what came of each."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from httptask.core.result import TaskResult
from httptask.definition.findings import Loaded
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.conductor.client import ConductorClient
from httptask.engines.conductor.deploy import with_namespace
from httptask.engines.conductor.start import start_definition, wait
from httptask.engines.embedded import Engine
from httptask.engines.step import PipelineStep, compile_tasks
from httptask.errors import HttpTaskError
from httptask.expressions import Context, conductor_env
from httptask.pipeline import Pipeline
from httptask.settings import Settings
from httptask.testing.servers import LoopbackServer
from httptask.trial.request import Trial

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_BOUNDARY = re.compile(r"httptask-[0-9a-f]{16,}")
_STORED = re.compile(r'"path": ?"[^"]*/files/')
_TASK = ("referenceTaskName", "taskType", "status", "inputData", "outputData", "retryCount",
         "iteration", "reasonForIncompletion")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ThreeWays:
    """A definition and what it takes to run it."""

    case: Mapping[str, Any]
    loaded: Loaded[WorkflowDef]
    task_defs: Mapping[str, TaskDef]
    target: LoopbackServer
    client: ConductorClient
    namespace: str
    settings: Settings
    pipeline: Pipeline
    reset: Callable[[], None]

    def embedded(self) -> dict[str, Any]:
        """Run it embedded; return the execution and the requests."""
        tasks = compile_tasks(self.loaded.require(), task_defs=self.task_defs)
        step = PipelineStep(self.pipeline, self.settings, tasks)
        with Engine.open(
            self.settings.data / "runs",
            step,
            may_repeat=step.may_repeat,
            files=self.settings.files,
            env=conductor_env({**os.environ}),
        ) as engine:
            return self._seen(
                lambda: engine.run(
                    self.loaded.require(), self.case["input"], task_defs=self.task_defs
                )
            )

    def on_server(self) -> dict[str, Any]:
        """Run it on the server; return the execution and the requests."""
        document = with_namespace(self.loaded.raw, self.namespace, self.task_defs)
        return self._seen(
            lambda: wait(
                self.client,
                start_definition(self.client, document, self.case["input"]),
                timeout=60,
            )
        )

    def tested(self, run: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Test each HTTP task of an embedded run as a request; yield the task and what came.

        A test request is given what the tasks before it left: their outputs, the variables, and in
        a loop its iteration.
        """
        trial = Trial(self.settings, self.pipeline.manager)
        prepared = compile_tasks(self.loaded.require(), task_defs=self.task_defs)
        known: dict[str, dict[str, Any]] = {}
        variables = dict(self.loaded.raw.get("variables") or {})
        loops = [one["referenceTaskName"] for one in run["tasks"] if one["taskType"] == "DO_WHILE"]
        for task in run["tasks"]:
            turn = task.get("iteration") or 0
            ref = task["referenceTaskName"].removesuffix(f"__{turn}")
            if turn:
                known |= {loop: {"output": {"iteration": turn}} for loop in loops}
            if turn < 2:  # a service that counts goes on counting while a loop turns
                self.reset()
            if task["taskType"] == "HTTP" and not task["retryCount"]:
                yield task, self._tested(trial, prepared[ref], known, variables)
            elif task["taskType"] == "SET_VARIABLE":
                variables |= task["inputData"]
            known[ref] = {
                "input": task["inputData"],
                "output": task["outputData"],
                "status": task["status"],
            }

    def _tested(
        self, trial: Trial, task: Any, known: Mapping[str, Any], variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        workflow = {"workflowType": self.loaded.raw["name"], "version": 1, "status": "RUNNING"}
        context = Context.build(
            input={**self.loaded.raw.get("inputTemplate", {}), **self.case["input"]},
            variables=variables,
            tasks=known,
            env=self.settings.env,
            workflow=workflow,
        )
        self.target.forget()
        result = _result(trial, task, context)
        return {**result, "requests": self._requests()}

    def _seen(self, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        self.reset()
        self.target.forget()
        found = run()
        return {**found, "requests": self._requests()}

    def _requests(self) -> list[dict[str, Any]]:
        return [
            {
                "line": f"{request.method} {request.target}",
                "headers": request.headers,
                "body": request.body.decode("latin-1"),
            }
            for request in self.target.requests
        ]


def _result(trial: Trial, task: Any, context: Context) -> dict[str, Any]:
    try:
        result: TaskResult = trial.run(task, context)
    except HttpTaskError as error:
        return {"status": "FAILED_WITH_TERMINAL_ERROR", "reason": error.message, "output": None}
    return {"status": str(result.status), "reason": result.reason, "output": result.output}


def comparable(run: Mapping[str, Any], unordered: Collection[str] = ()) -> dict[str, Any]:
    """Return an execution without ids and times.

    Args:
        run: the execution.
        unordered: references of tasks whose end is a matter of chance on a server.
    """
    tasks = [
        _comparable_task(task)
        for task in run["tasks"]
        if task["referenceTaskName"] not in unordered
    ]
    tasks.sort(key=lambda task: (task["referenceTaskName"], task["iteration"], task["retryCount"]))
    return plain(
        {
            "status": run["status"],
            "output": run.get("output") or {},
            "variables": run.get("variables") or {},
            "reason": run.get("reasonForIncompletion") or "",
            "tasks": tasks,
            "requests": sorted(run["requests"], key=lambda one: one["line"]),
        }
    )


def shape(run: Mapping[str, Any]) -> tuple[list[str], set[str]]:
    """Return the names of an execution's fields, and those that every task of it has.

    ``error`` and ``warnings`` are left out: a server has no place for them. It gives the error's
    message as the reason, and the warnings in the task's log.
    """
    always = set.intersection(*({*task} for task in run["tasks"])) if run["tasks"] else set()
    return sorted(run), always - {"error", "warnings"}


def _comparable_task(task: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: task.get(name) for name in _TASK}
    kept["reasonForIncompletion"] = (kept["reasonForIncompletion"] or "")[:500]
    return kept


def plain(value: Any) -> Any:
    """Return a value without ids, boundaries and the folder of stored files."""
    text = json.dumps(value, ensure_ascii=True)
    text = _BOUNDARY.sub("BOUNDARY", _ID.sub("ID", text))
    return json.loads(_STORED.sub('"path": "files/', text))

"""Run public workflow definitions on the embedded engine.

``python tests/replay/workflows.py ARCHIVE [--json]``: ARCHIVE is a tar file of definitions. Inputs,
responses and results of SIMPLE tasks come from one general rule (``values.py``). A definition is
``same`` when its run ends COMPLETED, at its own TERMINATE, or in its own failing branch; ``named``
when it is refused, by the code of the refusal; anything else is ``different``, and exits with 1.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
import tarfile
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from every_name import EveryName
from report import Judged, report
from values import VARIANTS, Wanted, scripts_of, tasks_of, wanted

from httptask.check import check_workflow
from httptask.core.execution import Execution
from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.findings import Loaded
from httptask.definition.loader import load_workflow
from httptask.definition.workflow import WorkflowDef, WorkflowTask
from httptask.engines.embedded import Engine
from httptask.engines.embedded.functions import FunctionCall
from httptask.errors import HttpTaskError
from httptask.expressions import Context

THREADS = 8
SECONDS = 12.0
DELAYS = ("startDelay", "retryDelaySeconds")
CALLS = ("HTTP", "HTTP_POLL")
BEYOND = "more than 100000 tasks"


class World(EveryName):
    """Results of HTTP and SIMPLE tasks, and completions, for all runs."""

    def __init__(self) -> None:
        self._wanted: dict[str, Wanted] = {}
        self._lock = threading.Lock()

    def know(self, run_id: str, values: Wanted) -> None:
        """Note the values of a run."""
        with self._lock:
            self._wanted[run_id] = values

    def output(self, run_id: str, ref: str) -> dict[str, Any]:
        """Return the output of a task."""
        values = self._wanted.get(run_id) or Wanted(0)
        return {"result": f"{ref}-1", **values.value(ref)}

    def execute(self, call: FunctionCall) -> TaskResult:
        output = self.output(call.execution.workflow_id, call.execution.task_ref)
        return TaskResult(TaskStatus.COMPLETED, output)

    def http(self, task: WorkflowTask, context: Context, execution: Execution) -> TaskResult:
        """Return the response of an HTTP task."""
        del context
        found = self.output(execution.workflow_id, execution.task_ref)
        given = found.pop("response", {})
        given = given if isinstance(given, dict) else {"body": given}
        response = {"statusCode": 200, "reasonPhrase": "OK", "headers": {}, "body": {}, **given}
        return TaskResult(TaskStatus.COMPLETED, {**found, "response": response})


@dataclass(frozen=True)
class Given:
    """A definition of the archive."""

    name: str
    text: bytes

    @property
    def document(self) -> Any:
        """Return the definition; nobody waits for its delays here."""
        document = json.loads(self.text.decode("utf-8-sig"))
        for task in tasks_of(document):
            for owner in (task, task.get("taskDefinition") or {}):
                owner.update({name: 0 for name in DELAYS if owner.get(name)})
            inputs = task.get("inputParameters") or {}
            if task.get("type") == "WAIT" and "${" not in str(inputs.get("duration", "${")):
                inputs["duration"] = "0 seconds"
        return document

    @property
    def group(self) -> str:
        """Return whether it makes calls."""
        calls = any(task.get("type") in CALLS for task in tasks_of(self.document))
        return "with HTTP" if calls else "without HTTP"


def definitions(archive: Path) -> Iterator[Given]:
    """Yield the definitions in an archive, by name."""
    with tarfile.open(archive) as tar:
        for member in sorted(tar.getmembers(), key=lambda one: one.name):
            if member.isfile() and member.name.endswith(".json"):
                file = tar.extractfile(member)
                given = Given(Path(member.name).name, file.read() if file else b"")
                if isinstance(given.document, dict) and "tasks" in given.document:
                    yield given


def stand_ins(document: Any) -> list[WorkflowDef]:
    """Return small definitions under the names of those that a definition starts."""
    names: dict[str, int] = {"a_workflow": 1}
    for task in tasks_of(document):
        inputs = task.get("inputParameters") or {}
        forked = {"name": inputs.get("forkTaskWorkflow")}
        for one in (task.get("subWorkflowParam"), inputs.get("startWorkflow"), forked):
            if isinstance(one, Mapping) and isinstance(one.get("name"), str):
                names[one["name"]] = _number(one.get("version"))
    failure = document.get("failureWorkflow")
    if isinstance(failure, str):
        names[failure] = 1
    noop = {"name": "n", "taskReferenceName": "n", "type": "NOOP"}
    return [
        load_workflow({"name": name, "version": version, "tasks": [noop]}).require()
        for name, version in names.items()
        if name and "${" not in name
    ]


def _number(version: Any) -> int:
    return int(version) if str(version).isdigit() and int(version) else 1


class Player:
    """Runs definitions on one engine."""

    def __init__(self, engine: Engine, world: World) -> None:
        self._engine = engine
        self._world = world

    def judge(self, given: Given) -> Judged:
        """Say what came of a definition; a bug of ours is a difference like any other."""
        try:
            return self._judged(given)
        except HttpTaskError as error:
            return Judged(
                given.name, given.group, "named", error.code, error.pointer, "", str(error)
            )
        except Exception:  # noqa: BLE001 - told as the definition's outcome
            told = traceback.format_exc()
            return Judged(given.name, given.group, "different", "", "", "an execution", told)

    def _judged(self, given: Given) -> Judged:
        loaded = load_workflow(given.document)
        findings = tuple(check_workflow(loaded))
        workflow = Loaded(loaded.value, loaded.raw, loaded.source, findings).require()
        last: dict[str, Any] = {}
        for variant in VARIANTS:
            last = self._run(workflow, given.document, variant)
            if _is_right(last, given.document):
                return Judged(given.name, given.group, "same")
        if fault := own_fault(last, given.document):
            return Judged(given.name, given.group, "named", "own_fault", "", "", fault)
        why = last.get("reasonForIncompletion") or last.get("status")
        return Judged(given.name, given.group, "different", "", "/status", "COMPLETED", why)

    def _run(self, workflow: WorkflowDef, document: Any, variant: int) -> dict[str, Any]:
        values = wanted(document, variant)
        run_id = f"{threading.get_ident()}-{time.monotonic_ns()}"
        self._world.know(run_id, values)
        handle = self._engine.start(
            workflow, values.value("input"), workflow_id=run_id, workflows=stand_ins(document)
        )
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(TimeoutError):
                return handle.result(0.1)
            with contextlib.suppress(HttpTaskError):  # it may not be there yet
                self._complete(run_id)
        found = self._engine.terminate(run_id, "it did not end in time")
        return {**found, "status": "RUNNING"}

    def _complete(self, run_id: str) -> None:
        """Complete whatever waits for somebody."""
        for wait in self._engine.get(run_id).get("waiting", ()):
            ref = wait["referenceTaskName"]
            if wait["waitsFor"] != "run":
                output = self._world.output(run_id, ref.partition("__")[0])
                with contextlib.suppress(HttpTaskError):
                    self._engine.complete(run_id, ref, output=output)


def own_fault(document: Mapping[str, Any], definition: Any) -> str:
    """Return why a task fails by its definition alone, whatever it is given; "" when it does not.

    Its script or query has an error of syntax, or reads a name that nothing gives; or a DYNAMIC
    task chooses a type that needs more than inputs.
    """
    reason = str(document.get("reasonForIncompletion") or "")
    if "SyntaxError" in reason or "syntax error" in reason or "is not defined" in reason:
        return reason
    failed = [task for task in document.get("tasks") or () if task["status"].startswith("FAILED")]
    if not failed:
        return reason if "needs subWorkflowParam" in reason else ""
    named = failed[-1]["referenceTaskName"].partition("__")[0]
    own = next(task for task in tasks_of(definition) if task["taskReferenceName"] == named)
    root = r"\$" if own.get("type") in ("INLINE", "LAMBDA") else r"(?<![\w\])\"])"
    read = set(re.findall(root + r"\.(\w+)", scripts_of(own)))
    missing = read - (own.get("inputParameters") or {}).keys()
    return f"it reads {', '.join(sorted(missing))}, and has no such input" if missing else ""


def _is_right(document: Mapping[str, Any], definition: Any) -> bool:
    if document["status"] == "COMPLETED":
        return True
    tasks = document.get("tasks") or []
    terminated = [task for task in tasks if task["taskType"] == "TERMINATE"]
    if terminated and terminated[-1]["status"] == "COMPLETED":
        return document["status"] in ("FAILED", "TERMINATED")
    failed = [task for task in tasks if task["status"].startswith("FAILED")]
    scripts = json.dumps(definition)
    thrown = re.search(r"\bthrow\b|error\(", scripts)
    return bool(
        thrown and failed and failed[-1]["taskType"] in ("INLINE", "LAMBDA", "JSON_JQ_TRANSFORM")
    )


def main() -> int:
    """Run all definitions of an archive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--only", help="only definitions whose name contains this")
    given = parser.parse_args()
    found = [one for one in definitions(given.archive) if (given.only or "") in one.name]
    world = World()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        engine = stack.enter_context(
            Engine.open(
                Path(folder) / "runs", world.http, files=Path(folder) / "files", env={},
                may_repeat=lambda *_: True, functions=world,
            )
        )  # fmt: skip
        pool = stack.enter_context(ThreadPoolExecutor(THREADS))
        judged = list(pool.map(Player(engine, world).judge, found))
    return report(judged, as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())

"""What the campaigns share: workflows, a step that notes its calls, processes that are killed.

A campaign forks a process for each try: it does one piece of work with an engine, and may kill
itself at one of the journal's writes, before or after it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.field_types import AUTHORING
from httptask.definition.workflow import WorkflowDef
from httptask.engines.embedded import Engine
from httptask.engines.embedded.journal import Journal

HUNG = 60
"""Seconds after which a process is taken to hang."""

Json = dict[str, Any]


def http(ref: str, method: str = "GET", **fields: Any) -> Json:
    inputs = {"http_request": {"uri": "http://target/", "method": method}, **fields}
    return {"name": ref, "taskReferenceName": ref, "type": "HTTP", "inputParameters": inputs}


def fork(ref: str, *branches: list[Json]) -> list[Json]:
    last = [branch[-1]["taskReferenceName"] for branch in branches]
    return [
        {"name": ref, "taskReferenceName": ref, "type": "FORK_JOIN", "forkTasks": list(branches)},
        {"name": "j", "taskReferenceName": f"{ref}_j", "type": "JOIN", "joinOn": last},
    ]


def loop(ref: str, times: int, *body: Json) -> Json:
    condition = f"$.{ref}['iteration'] < {times}"
    return {
        "name": ref, "taskReferenceName": ref, "type": "DO_WHILE", "loopCondition": condition,
        "loopOver": list(body), "inputParameters": {},
    }  # fmt: skip


def task(kind: str, ref: str, inputs: Json | None = None, **fields: Any) -> Json:
    head = {"name": ref, "taskReferenceName": ref, "type": kind, "inputParameters": inputs or {}}
    return {**head, **fields}


def started(kind: str, ref: str, *tasks: Json) -> Json:
    """Return a task that runs other tasks as a workflow of their own."""
    definition = {"name": f"{ref}_flow", "version": 1, "tasks": list(tasks)}
    if kind == "START_WORKFLOW":
        request = {"name": definition["name"], "version": 1, "workflowDef": definition}
        return task(kind, ref, {"startWorkflow": request})
    given = {"name": definition["name"], "version": 1, "workflowDefinition": definition}
    return task(kind, ref, subWorkflowParam=given)


KINDS: dict[str, list[Json]] = {
    "chain": [http("a"), http("p", "POST"), http("b"), http("q", "POST"), http("c")],
    "loop": [loop("l", 4, http("h"), http("p", "POST")), http("z")],
    "fork": [
        http("a"),
        *fork("f", [http("b"), http("p", "POST")], [http("q", "POST"), http("c")]),
        http("z"),
    ],
    "nested": [
        *fork(
            "f",
            [http("x"), *fork("g", [http("p", "POST"), http("y")], [http("q", "POST")])],
            [http("c"), loop("l", 2, http("h"))],
        ),
        http("z", "POST"),
    ],
    "types": [
        task("INLINE", "i", {"evaluatorType": "graaljs", "expression": "40 + 2"}),
        task("SET_VARIABLE", "v", {"seen": "${i.output.result}"}),
        task(
            "SWITCH",
            "s",
            {"case": "${workflow.variables.seen}"},
            evaluatorType="value-param",
            expression="case",
            decisionCases={"42": [http("p", "POST")]},
            defaultCase=[http("q")],
        ),
        task("WAIT", "w", {"duration": "1 seconds"}),
        {
            **http("r"),
            "type": "DYNAMIC",
            "dynamicTaskNameParam": "kind",
            "inputParameters": {"kind": "HTTP", **http("r")["inputParameters"]},
        },
        task("NOOP", "n"),
        http("z"),
    ],
    "children": [
        http("a"),
        started("SUB_WORKFLOW", "s", http("b"), http("p", "POST"), http("c")),
        *fork("f", [started("SUB_WORKFLOW", "t", http("x"), http("q", "POST"))], [http("y")]),
        http("z"),
    ],
    "large": [http("a", large=True), http("p", "POST", large=True), http("b", seen="${a.output}")],
}


def workflow(kind: str) -> WorkflowDef:
    document = {"name": kind, "tasks": KINDS[kind]}
    return WorkflowDef.model_validate(document, context=AUTHORING)


class Place:
    """A folder with a store, and the calls that were made.

    Args:
        folder: an empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = folder / "calls"

    def engine(self, **options: Any) -> Engine:
        return Engine.open(
            self.folder / "runs", self.step, files=self.folder / "files", env={}, **options
        )

    def step(self, task: Any, context: Any, execution: Any) -> TaskResult:
        name = f"{execution.workflow_id} {execution.task_ref}/{execution.iteration}"
        handle = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{name}\n".encode())
        os.close(handle)
        output: Json = {"pid": os.getpid(), "run": execution.workflow_id}
        if task.input_parameters.get("large"):
            output["text"] = execution.workflow_id * 4000
        return TaskResult(TaskStatus.COMPLETED, output)

    def calls(self, run_id: str = "") -> Counter[str]:
        """Return how often each task was called, by one run or by all."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return Counter(name for run, name in map(str.split, lines) if run_id in ("", run))

    def document(self, run_id: str) -> Json | None:
        with self.engine() as engine:
            if not any(info.workflow_id == run_id for info in engine.list(limit=-1)):
                return None
            return engine.get(run_id)

    def recorded(self) -> set[str]:
        """Return the calls that are recorded."""
        with self.engine() as engine:
            documents = [engine.get(info.workflow_id) for info in engine.list(limit=-1)]
        return {
            f"{entry['referenceTaskName'].partition('__')[0]}/{entry['iteration']}"
            for document in documents
            for entry in document["tasks"]
            if entry["taskType"] == "HTTP" and entry["status"] == "COMPLETED"
        }


def methods(kind: str) -> dict[str, str]:
    """Return the method of each HTTP task of a kind of workflow, wherever it stands."""
    found: dict[str, str] = {}

    def look(value: Any) -> None:
        if isinstance(value, dict):
            request = value.get("inputParameters", {}).get("http_request")
            if isinstance(request, dict):
                found[value["taskReferenceName"]] = request["method"]
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                look(each)

    look(KINDS[kind])
    return found


def in_process(work: Callable[[], object], *, kill_at: int = 0, after: bool = False) -> int:
    """Do something in a forked process; return its exit code, negative when a signal ended it.

    Args:
        work: what it does.
        kill_at: it kills itself at this write of the journal; 0: never.
        after: once the write is done; else before it.
    """
    pid = os.fork()
    if pid:
        return _ended(pid)
    code = 70
    try:
        if kill_at:
            _kill_at(kill_at, after=after)
        work()
        code = 0
    except BaseException as error:  # noqa: BLE001 - a forked process must not go on as its parent
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        os._exit(code)


def _ended(pid: int) -> int:
    until = time.monotonic() + HUNG
    while time.monotonic() < until:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise AssertionError(f"a process was hung for {HUNG} s")


def _kill_at(number: int, *, after: bool) -> None:
    real, made = Journal._patiently, [0]

    def counted(journal: Journal, work: Callable[[], Any], locked: Any) -> Any:
        made[0] += 1
        if made[0] == number and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        found = real(journal, work, locked)
        if made[0] == number and after and not journal._connection.in_transaction:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    Journal._patiently = counted  # type: ignore[method-assign]


def main(name: str, run: Callable[[int, Path], Json], default: int) -> None:
    """Run a campaign from the command line: its size, then print its figures as JSON."""
    import tempfile

    size = int(sys.argv[1]) if len(sys.argv) > 1 else default
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(size, Path(folder))
    seconds = round(time.monotonic() - began, 1)
    sys.stdout.write(json.dumps({"campaign": name, "size": size, "seconds": seconds, **figures}))
    sys.stdout.write("\n")

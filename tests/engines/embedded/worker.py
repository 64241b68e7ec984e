"""A process that runs or resumes a workflow; its step appends each call to a file.

python worker.py FOLDER MODE ID   with FOLDER/workflow.json; MODE is run, resume or resend.
The first call of a task takes its input ``seconds``, or until FOLDER/leave is there; the others
take no time.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from httptask.core.execution import Execution
from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.field_types import AUTHORING
from httptask.definition.workflow import WorkflowDef, WorkflowTask
from httptask.engines.embedded import Engine
from httptask.expressions import Context

FOLDER, MODE, RUN = Path(sys.argv[1]), sys.argv[2], sys.argv[3]


CALLS = FOLDER / "calls"


def said() -> str:
    return CALLS.read_text() if CALLS.exists() else ""


def say(text: str) -> None:
    line = (text + "\n").encode()
    handle = os.open(CALLS, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, line)
    os.close(handle)


def step(task: WorkflowTask, context: Context, execution: Execution) -> TaskResult:
    name = f"{execution.task_ref}/{execution.iteration}/{execution.retry}"
    seconds = 0.01 if f"start {name}\n" in said() else task.input_parameters.get("seconds", 0.01)
    say(f"start {name}")
    end = time.monotonic() + seconds
    while time.monotonic() < end and not (FOLDER / "leave").exists():
        time.sleep(0.01)
    say(f"end {name}")
    output = {"response": {"statusCode": 200}, "pid": os.getpid()}
    if task.input_parameters.get("large"):
        output["text"] = "x" * 100_000
    return TaskResult(TaskStatus.COMPLETED, output)


def main() -> int:
    workflow = json.loads((FOLDER / "workflow.json").read_text())
    with Engine.open(FOLDER / "runs", step, files=FOLDER / "files", env={}) as engine:
        say("opened -")
        if MODE == "run":
            definition = WorkflowDef.model_validate(workflow, context=AUTHORING)
            document = engine.run(definition, {"q": 1}, workflow_id=RUN)
        else:
            document = engine.resume(RUN, resend=MODE == "resend")
    sys.stdout.write(json.dumps(document))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

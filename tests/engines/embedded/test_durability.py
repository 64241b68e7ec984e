"""``durability="full"``: what the kernel was told to put on disk, and before what."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, sys
from pathlib import Path
from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.workflow import WorkflowDef
from httptask.engines.embedded import Engine

folder, durability = Path(sys.argv[1]), sys.argv[2]
marks = os.open(folder / "marks", os.O_WRONLY | os.O_CREAT)

def http(ref, method):
    request = {"uri": "http://t/", "method": method}
    return {"name": ref, "taskReferenceName": ref, "type": "HTTP",
            "inputParameters": {"http_request": request}}

def step(task, context, execution):
    os.write(marks, f"start-{execution.task_ref}".encode())
    text = "x" * 100_000 if execution.task_ref == "large" else ""
    os.write(marks, f"end-{execution.task_ref}".encode())
    return TaskResult(TaskStatus.COMPLETED, {"text": text})

tasks = [http("get", "GET"), http("post", "POST"), http("large", "GET"), http("last", "GET")]
workflow = WorkflowDef.model_validate({"name": "w", "tasks": tasks})
with Engine.open(folder / "runs", step, files=folder / "files", durability=durability) as engine:
    engine.run(workflow)
    os.write(marks, b"returned")
"""
_CALL = re.compile(r"(fsync|fdatasync|write)\(\d+<([^>]+)>(?:, \"([^\"]*)\")?")


def traced(tmp_path: Path, durability: str) -> list[str]:
    """Run a workflow under strace; return the marks, and what was put on disk, in order."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    log = tmp_path / "log"
    command = [strace, "-f", "-y", "-o", str(log), "-e", "trace=fsync,fdatasync,write"]
    work = tmp_path / "place"
    work.mkdir()
    done = subprocess.run(
        [*command, sys.executable, "-c", PROGRAM, str(work), durability],
        capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    if "ptrace" in done.stderr:
        pytest.skip("processes may not be traced here")
    assert done.returncode == 0, done.stderr
    found = []
    for name, path, text in _CALL.findall(log.read_text("utf-8", "replace")):
        at = path.removeprefix(f"{work}/")
        if name != "write":
            found.append(f"sync {re.sub('files/[0-9a-f]{2}$', 'files/xx', at)}")
        elif at == "marks":
            found.append(text)
    return found


def between(found: list[str], first: str, last: str) -> list[str]:
    return found[found.index(first) : found.index(last)]


def test_each_step_is_on_disk_before_the_next_one_begins(tmp_path: Path) -> None:
    found = traced(tmp_path, "full")
    log = "sync runs/journal.db-wal"
    assert {"sync runs", f"sync {tmp_path / 'place'}"} <= set(between(found, found[0], "start-get"))
    assert log in between(found, found[0], "start-get")
    assert between(found, "end-get", "start-post").count(log) == 2
    assert log in between(found, "end-post", "start-large")
    stored = between(found, "end-large", "start-last")
    file = next(each for each in stored if each.startswith("sync files/.part-"))
    order = [stored.index(each) for each in (file, "sync files", "sync files/xx", log)]
    assert order == sorted(order)
    assert log in between(found, "end-last", "returned")


def test_normal_durability_waits_for_no_disk(tmp_path: Path) -> None:
    found = traced(tmp_path, "normal")
    assert "sync runs/journal.db-wal" not in between(found, "start-get", "start-large")

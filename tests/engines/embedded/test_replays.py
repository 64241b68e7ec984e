"""The replay programs on a part of the reference material: nothing is different."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

REPLAY = Path(__file__).parents[2] / "replay"
EVERY = 12


def replayed(program: str, *arguments: str) -> Any:
    ran = subprocess.run(
        [sys.executable, str(REPLAY / program), *arguments, "--json"],
        capture_output=True,
        text=True,
    )
    assert ran.stdout, ran.stderr
    return ran.returncode, json.loads(ran.stdout)


def test_recorded_executions(shared: Path, tmp_path: Path) -> None:
    cases = json.loads((shared / "conductor/task_cases.json").read_text())
    some = tmp_path / "cases.json"
    some.write_text(json.dumps(cases[::EVERY]))
    status, found = replayed("tasks.py", str(some))
    different = [case for case in found["cases"] if case["outcome"] == "different"]
    assert (status, different) == (0, [])
    assert len(found["cases"]) == len(cases[::EVERY])


def test_public_definitions(shared: Path, tmp_path: Path) -> None:
    some = tmp_path / "some.tar"
    with (
        tarfile.open(shared / "corpora/workflows.tar.xz") as whole,
        tarfile.open(some, "w") as part,
    ):
        for member in sorted(whole.getmembers(), key=lambda one: one.name)[::EVERY]:
            part.addfile(member, whole.extractfile(member))
    status, found = replayed("workflows.py", str(some))
    different = [case for case in found["cases"] if case["outcome"] == "different"]
    assert (status, different) == (0, [])


def test_a_difference_is_told(tmp_path: Path) -> None:
    task = {"name": "a", "taskReferenceName": "a", "type": "NOOP"}
    observed = {"register": [], "start": {"status": 200},
                "workflow": {"status": "FAILED", "output": {}, "tasks": []}}  # fmt: skip
    case = {"case": "c", "group": "g", "taskDefs": [], "input": {}, "observed": observed,
            "workflowDefs": [{"name": "w", "tasks": [task]}]}  # fmt: skip
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([case]))
    status, found = replayed("tasks.py", str(file))
    assert status == 1
    assert found["groups"] == {"g": {"same": 0, "named": 0, "different": 1}}
    assert found["cases"][0]["path"] == "/status"

"""A task that waits is completed from another process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from httptask.testing import LoopbackServer

PROGRAM = [sys.executable, "-m", "httptask"]


def test_a_waiting_task_is_completed_by_hand(
    httptask_server: LoopbackServer, tmp_path: Path
) -> None:
    """``runs complete`` ends the wait of the run that another process executes."""
    task = {
        "name": "approve",
        "taskReferenceName": "approve",
        "type": "HTTP",
        "asyncComplete": True,
        "inputParameters": {
            "http_request": {"uri": f"{httptask_server.url}/echo", "method": "GET"}
        },
    }
    flow = tmp_path / "flow.json"
    flow.write_text(json.dumps({"name": "wait", "version": 1, "tasks": [task]}))
    data = ["--data", str(tmp_path / "data")]
    run = subprocess.Popen(
        [*PROGRAM, "run", str(flow), "--id", "w1", "--json", *data],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    done = _until_waiting(data)
    output, _ = run.communicate(timeout=60)

    document = json.loads(output)
    assert done.returncode == 0, done.stderr
    assert document["status"] == "COMPLETED"
    assert document["tasks"][0]["outputData"]["approved"] is True


def _until_waiting(data: list[str]) -> subprocess.CompletedProcess[str]:
    arguments: list[Any] = ["runs", "complete", "w1", "approve", "--output", '{"approved": true}']
    for _ in range(40):
        done = subprocess.run([*PROGRAM, *arguments, *data], capture_output=True, text=True)
        if done.returncode == 0:
            return done
        time.sleep(0.5)
    return done

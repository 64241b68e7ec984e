"""Fixtures from the command line; a recording that is killed is a whole file."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from httptask.testing import LoopbackServer


def _flow(*tasks: Any) -> dict[str, Any]:
    return {"name": "flow", "version": 1, "schemaVersion": 2, "tasks": list(tasks)}


def test_killed_while_recording(
    httptask_server: LoopbackServer, write: Any, task: Any, start_command: Any, command: Any
) -> None:
    calls = [task(f"{httptask_server.url}/slow?seconds=0.05&n={n}", f"c{n}") for n in range(30)]
    write("flow.json", _flow(*calls))
    run = ["run", "flow.json", "--id", "one", "--record", "fixtures.json", "--json"]
    for kill in range(1, 4):
        process = start_command(*run)
        while len(httptask_server.requests) < 6 * kill and process.poll() is None:
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        whole = json.loads(Path("fixtures.json").read_text())["fixtures"]
        shown = command("runs", "show", "one", "--json").document["tasks"]
        done = {t["referenceTaskName"] for t in shown if t["status"] == "COMPLETED"}
        assert done <= {each["task"] for each in whole}
    first = command(*run)
    assert first.code == 0, first.err
    sent = len(httptask_server.requests)
    again = command("run", "flow.json", "--mock", "fixtures.json", "--json")
    assert again.code == 0, again.err
    assert len(httptask_server.requests) == sent
    outputs = [[t["outputData"] for t in run.document["tasks"]] for run in (first, again)]
    assert outputs[0] == outputs[1]


def test_the_command_line(
    httptask_server: LoopbackServer, write: Any, task: Any, command: Any
) -> None:
    write("flow.json", _flow(task(f"{httptask_server.url}/echo/x", "call")))
    recorded = command("test", "flow.json", "--record", "f.json", "--json")
    assert recorded.code == 0, recorded.err
    repeated = command("test", "flow.json", "--mock", "f.json", "--json")
    assert repeated.document["output"] == recorded.document["output"]
    assert command("run", "flow.json", "--mock", "f.json").code == 0
    assert len(httptask_server.requests) == 1
    assert command("run", "flow.json", "--record", "f.json").code == 0
    assert command("test", "flow.json", "--record", "f.json").code == 0
    (only,) = json.loads(Path("f.json").read_text())["fixtures"]
    assert only["workflow"] == "flow"
    for given in (
        ["--mock", "f.json", "--record", "g.json"],
        ["--server", "x", "--mock", "f.json"],
    ):
        refused = command("run", "flow.json", *given, "--json")
        assert (refused.code, refused.document["error"]["code"]) == (2, "usage")
    write("f.json", {"fixtures": []})
    missing = command("run", "flow.json", "--mock", "f.json", "--json")
    assert missing.code == 1
    assert missing.document["tasks"][0]["error"]["code"] == "fixture_missing"


def test_a_run_that_failed_goes_on_with_fixtures(
    httptask_server: LoopbackServer, write: Any, task: Any, command: Any
) -> None:
    write("flow.json", _flow(task(f"{httptask_server.url}/echo/x", "call")))
    for name, status in (("down.json", 400), ("up.json", 200)):
        write(name, {"fixtures": [{"task": "call", "response": {"status": status, "body": {}}}]})
    assert command("run", "flow.json", "--id", "one", "--mock", "down.json").code == 1
    resumed = command("resume", "one", "--retry", "--mock", "up.json", "--json")
    assert resumed.document["status"] == "COMPLETED", resumed.err
    assert httptask_server.requests == []

"""Ctrl-C: exit code 130, no traceback, nothing left behind, and a run can be gone on with."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from held import Held
from soon import SOON

from httptask.testing import LoopbackServer


def _wait_for(condition: Any, process: Any) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)


def _interrupt(process: Any) -> tuple[int, str, str]:
    """Press Ctrl-C; the process ends before what it waits for does."""
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=SOON)
    assert _is_gone(process.pid)
    return process.returncode, out, err


def _is_gone(group: int) -> bool:
    """Tell whether nothing of a process group is left, some seconds after its leader."""
    for _ in range(1000):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    "path", ["slow?seconds=90", "drip?count=900&pause=0.1", "stream/events?count=900&pause=0.1"]
)
def test_a_test_request_is_given_up(
    start_command: Any, httptask_server: LoopbackServer, write: Any, task: Any, path: str
) -> None:
    write("task.json", task(f"{httptask_server.url}/{path}"))
    process = start_command("test", "task.json", "--json", start_new_session=True)
    _wait_for(lambda: httptask_server.requests, process)
    code, out, err = _interrupt(process)
    assert code == 130
    assert "Traceback" not in err
    assert json.loads(out)["error"]["code"] == "interrupted"


@pytest.mark.parametrize("forked", [False, True], ids=["sequence", "fork"])
def test_a_run_is_left_as_it_is_and_goes_on(
    start_command: Any, command: Any, httptask_server: LoopbackServer, write: Any,
    task: Any, flow: Any, forked: bool,
) -> None:  # fmt: skip
    held = Held()
    httptask_server.route("/held", held)
    slow = task(f"{httptask_server.url}/held", "slow")
    tasks = [task(f"{httptask_server.url}/echo", "first"), slow]
    if forked:
        join = {"name": "join", "taskReferenceName": "join", "type": "JOIN", "joinOn": ["slow"]}
        fork = {"name": "f", "taskReferenceName": "f", "type": "FORK_JOIN", "forkTasks": [[slow]]}
        tasks = [tasks[0], fork, join]
    write("flow.json", flow(*tasks))
    process = start_command("run", "flow.json", "--id", "one", start_new_session=True)
    _wait_for(held.arrived.is_set, process)
    code, out, err = _interrupt(process)
    held.leave.set()
    assert (code, out) == (130, "")
    assert "Traceback" not in err
    assert "httptask resume one goes on with it" in err
    listed = command("runs", "list", "--json").document
    assert [(each["status"], each["active"]) for each in listed] == [("RUNNING", False)]
    resumed = command("resume", "one", "--json")
    assert resumed.code == 0, resumed.err
    assert resumed.document["status"] == "COMPLETED"
    paths = [request.path for request in httptask_server.requests]
    assert paths == ["/echo", "/held", "/held"]


def test_a_wait_between_retries_is_given_up(
    start_command: Any, httptask_server: LoopbackServer, write: Any, task: Any, flow: Any
) -> None:
    write("defs.json", [{"name": "call", "retryCount": 3, "retryDelaySeconds": 60}])
    write("flow.json", flow(task(f"{httptask_server.url}/status/503")))
    process = start_command(
        "run", "flow.json", "--task-defs", "defs.json", "--json", start_new_session=True
    )
    _wait_for(lambda: httptask_server.requests, process)
    time.sleep(0.5)
    code, out, err = _interrupt(process)
    assert code == 130
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert "Traceback" not in err


def test_an_import_says_how_to_go_on(start_command: Any, write: Any, command: Any) -> None:
    Path("all").mkdir()
    paths = {f"/p{path}": {"get": {}} for path in range(30)}
    for number in range(300):
        info = {"title": f"Api {number}", "version": "1"}
        write(f"all/{number}.json", {"openapi": "3.0.3", "info": info, "paths": paths})
    add = ("catalog", "add", "all", "--catalog", "kept")
    process = start_command(*add, start_new_session=True)
    _wait_for(Path("kept/catalog.sqlite3").exists, process)
    code, _, err = _interrupt(process)
    assert code == 130
    assert "Traceback" not in err
    assert "the same command continues with the rest" in err
    assert command(*add).out.splitlines()[-1].endswith(("300 added", "unchanged"))
    listed = command("catalog", "list", "--catalog", "kept").out
    assert len(listed.splitlines()) == 301  # with the bundled one


@pytest.mark.parametrize("delay", [0.02, 0.06, 0.15, 0.3, 0.6, 0.9])
def test_ctrl_c_at_any_time_shows_no_traceback(
    start_command: Any,
    httptask_server: LoopbackServer,
    write: Any,
    task: Any,
    flow: Any,
    delay: float,
) -> None:
    write("flow.json", flow(task(f"{httptask_server.url}/slow?seconds=5")))
    process = start_command("run", "flow.json", "--json", start_new_session=True)
    time.sleep(delay)
    code, out, err = _interrupt(process)
    # Before our handler is set, the interrupt is Python's own affair.
    assert code == 130 or not re.search(r"httptask/cli/.*, in (?!<module>)", err), err
    if code == 130:
        assert "Traceback" not in err
        assert json.loads(out)["error"]["code"] == "interrupted"
    assert not list(Path().glob("core*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
@pytest.mark.parametrize(
    "arguments", [["serve", "new.json"], ["runs", "serve"]], ids=lambda each: each[0]
)
def test_a_server_that_is_asked_to_stop_has_ended_well(
    start_command: Any, arguments: list[str], number: signal.Signals
) -> None:
    process = start_command(*arguments)
    line = (process.stdout if arguments[0] == "serve" else process.stderr).readline()
    assert "http://127.0.0.1:" in line or "serving" in line
    process.send_signal(number)
    out, err = process.communicate(timeout=SOON)
    assert process.returncode == 0, err
    assert (out, err) == ("", "")


MAKES_A_MODEL = """
import os, signal, sys
import pydantic
from httptask.cli import main

class Field:
    @classmethod
    def __get_pydantic_core_schema__(cls, source, handler):
        os.kill(os.getpid(), signal.SIGINT)
        return handler(str)

def run(arguments):
    try:
        pydantic.create_model("Made", a=(Field, ...))
    except BaseException as error:  # what pydantic does with an interrupt in its own code
        raise pydantic.errors.PydanticSchemaGenerationError("broken") from error

import httptask.cli.app
httptask.cli.app.run = run
main()
"""


def test_ctrl_c_while_a_model_is_made_ends_at_once() -> None:
    """Pydantic turns it into an error of the schema, which would look like a bug of ours."""
    ended = subprocess.run(
        [sys.executable, "-c", MAKES_A_MODEL, "--json"], capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (130, "interrupted\n")
    assert json.loads(ended.stdout)["error"]["code"] == "interrupted"

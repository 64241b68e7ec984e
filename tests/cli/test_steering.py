"""Runs that wait, are steered, served, retried; streams that nobody reads."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from httptask.testing import LoopbackServer


@pytest.fixture
def waiting(httptask_server: LoopbackServer, write: Any, task: Any, flow: Any) -> str:
    """A workflow whose first task waits for its completion."""
    first = {**task(f"{httptask_server.url}/echo", "approve"), "asyncComplete": True}
    return write("flow.json", flow(first, task(f"{httptask_server.url}/echo/z", "z")))


def test_a_detached_run_is_completed_and_gone_on_with(waiting: str, invoke: Any) -> None:
    ran = invoke("run", waiting, "--id", "order-17", "--detach")
    assert ran.code == 0
    assert "approve waits for its completion" in ran.out
    assert "httptask runs complete order-17 approve" in ran.out
    assert "waiting" in invoke("runs", "list").out
    (wait,) = invoke("runs", "show", "order", "--json").document["waiting"]
    assert (wait["waitsFor"], wait["until"]) == ("completion", None)
    assert invoke("runs", "complete", "last", "approve", "--output", '{"by": "me"}').code == 0
    again = invoke("runs", "complete", "last", "approve", "--json")
    assert again.error["code"] == "task_not_waiting"
    ended = invoke("resume", "order", "--json").document
    assert ended["status"] == "COMPLETED"
    assert ended["tasks"][0]["outputData"]["by"] == "me"


def test_a_run_is_paused_and_terminated(waiting: str, invoke: Any) -> None:
    invoke("run", waiting, "--id", "one", "--detach")
    assert "PAUSED" in invoke("runs", "pause", "one").out
    assert invoke("resume", "one", "--json").error["code"] == "run_paused"
    assert invoke("runs", "unpause", "last", "--json").document["status"] == "RUNNING"
    ended = invoke("runs", "terminate", "o", "--reason", "not wanted", "--json").document
    assert (ended["status"], ended["reasonForIncompletion"]) == ("TERMINATED", "not wanted")
    assert [info["status"] for info in invoke("runs", "list", "--json").document] == ["TERMINATED"]


def test_a_failed_run_is_retried_once_its_cause_is_mended(
    httptask_server: LoopbackServer, invoke: Any, write: Any, task: Any, flow: Any
) -> None:
    url = httptask_server.url
    failing = task("http://127.0.0.1:9/x", "b", "POST", body={"n": 1})
    write("flow.json", flow(task(f"{url}/echo/a", "a"), failing, task(f"{url}/echo/c", "c")))
    assert invoke("run", "flow.json", "--id", "r").code == 1
    assert invoke("resume", "r", "--retry", "--json").document["status"] == "FAILED"
    shown = invoke("runs", "show", "r", "--json").document
    assert [each["retryCount"] for each in shown["tasks"]] == [0, 0, 1]
    assert [each.target for each in httptask_server.requests] == ["/echo/a"]
    assert invoke("resume", "r", "--from", "a", "--json").document["status"] == "FAILED"
    assert [each.target for each in httptask_server.requests] == ["/echo/a"] * 2
    assert invoke("resume", "r", "--from", "a", "--retry").code == 2


def test_whatever_is_unfinished_is_served(
    httptask_server: LoopbackServer,
    invoke: Any,
    start_command: Any,
    write: Any,
    task: Any,
    flow: Any,
) -> None:
    Path("mine.py").write_text(
        "import httptask\n\n@httptask.simple_task('double')\ndef double(x):\n    return x * 2\n"
    )
    first = {**task(f"{httptask_server.url}/echo", "approve"), "asyncComplete": True}
    double = {
        "name": "double",
        "taskReferenceName": "d",
        "type": "SIMPLE",
        "inputParameters": {"x": "${approve.output.n}"},
    }
    write("flow.json", flow(first, double))
    invoke("run", "flow.json", "--id", "one", "--detach", "--functions", "mine.py")
    service = start_command("runs", "serve", "--json", "--functions", "mine.py")
    try:
        assert invoke("runs", "complete", "one", "approve", "--output", '{"n": 21}').code == 0

        def run() -> Any:
            return invoke("runs", "show", "one", "--json").document

        wait_until(lambda: run()["status"] == "COMPLETED", 60)
        assert run()["tasks"][-1]["outputData"] == {"result": 42}
    finally:
        service.send_signal(signal.SIGTERM)
        out, err = service.communicate(timeout=60)
    assert service.returncode == 0
    assert '"ended": 1' in out
    assert "COMPLETED" in err


@pytest.mark.parametrize("stream", ["closed", "no reader", "full"])
@pytest.mark.parametrize("options", [[], ["-v"]], ids=["plain", "verbose"])
def test_a_run_ends_whoever_reads_what_it_says(
    httptask_server: LoopbackServer,
    invoke: Any,
    write: Any,
    task: Any,
    flow: Any,
    start_command: Any,
    stream: str,
    options: list[str],
) -> None:
    url = httptask_server.url
    write("flow.json", flow(task(f"{url}/echo/a", "a"), task(f"{url}/echo/b", "b", "POST", body=1)))
    kept: dict[str, Any] = {}
    if stream == "closed":
        kept["preexec_fn"] = lambda: os.close(2)
    elif stream == "full":
        kept["stderr"] = Path("/dev/full").open("w")  # noqa: SIM115 - closed below
    else:
        reading, writing = os.pipe()
        os.close(reading)
        kept["stderr"] = os.fdopen(writing, "w")
    process = start_command("run", "flow.json", "--id", "r", *options, **kept)
    out = process.stdout.read()
    process.stdout.close()
    assert process.wait(60) == 0
    if process.stderr is not None:
        process.stderr.close()
    if "stderr" in kept:
        kept["stderr"].close()
    assert "COMPLETED" in out
    assert [each.target for each in httptask_server.requests] == ["/echo/a", "/echo/b"]


def test_warnings_of_a_task_stand_in_the_run(
    httptask_server: LoopbackServer, invoke: Any, write: Any, task: Any, flow: Any
) -> None:
    options = {"output": {"absent": "$.response.body.absent"}}
    write("flow.json", flow(task(f"{httptask_server.url}/echo", "a", httptask=options)))
    ran = invoke("run", "flow.json", "--id", "r")
    assert "warning" in ran.err
    shown = invoke("runs", "show", "r", "--json").document
    assert [each["code"] for each in shown["tasks"][0]["warnings"]] == ["mapping_missing"]
    assert "warning" in invoke("runs", "show", "r").out


@pytest.fixture
def failing(httptask_server: LoopbackServer, write: Any, task: Any, flow: Any) -> str:
    """A workflow whose second task fails."""
    url = httptask_server.url
    tasks = (task(f"{url}/echo/a", "first"), task(f"{url}/status/404", "second"))
    return str(write("flow.json", flow(*tasks)))


def test_a_failed_run_names_the_task_by_its_reference(failing: str, invoke: Any) -> None:
    ran = invoke("run", failing, "--id", "r")
    assert ran.code == 1
    (reason,) = [line for line in ran.out.splitlines() if line.startswith("  reason")]
    assert reason.startswith("  reason  second failed: 404 Not Found on GET request")
    stored = invoke("runs", "show", "r", "--json").document
    assert stored["reasonForIncompletion"].startswith(f"Task {stored['tasks'][1]['taskId']} failed")
    shown = invoke("runs", "show", "r").out
    assert stored["tasks"][1]["taskId"] not in shown
    assert shown.count("404 Not Found on GET request") == 1


@pytest.mark.parametrize("arguments", [["resume", "r"], ["resume", "r", "--resend"]], ids=str)
def test_resuming_what_has_ended_says_that_nothing_was_done(
    failing: str, invoke: Any, httptask_server: LoopbackServer, arguments: list[str]
) -> None:
    first = invoke("run", failing, "--id", "r")
    assert "nothing was executed" not in first.err
    ran = invoke(*arguments)
    assert ran.code == 1
    assert "the run r had ended before: nothing was executed" in ran.err
    assert "nothing was executed" not in invoke("resume", "r", "--retry").err
    assert len(httptask_server.requests) == 3


@pytest.mark.parametrize(
    ("reference", "hint"),
    [("secnd", 'did you mean "second"?'), ("zzz", "known: first, second")],
)
def test_a_reference_that_was_not_executed_has_a_hint(
    failing: str, invoke: Any, reference: str, hint: str
) -> None:
    invoke("run", failing, "--id", "r")
    ran = invoke("resume", "r", "--from", reference, "--json")
    assert (ran.code, ran.error["code"], ran.error["hint"]) == (2, "task_unknown", hint)

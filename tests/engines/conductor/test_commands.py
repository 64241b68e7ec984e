"""The commands on a real server: exit codes, and what a server runs that this machine does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from httptask.cli.app import run as run_command_line
from httptask.engines.conductor.start import terminate
from httptask.testing.servers import LoopbackServer


def command(*arguments: str) -> int:
    return run_command_line([*arguments, "--json"])


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write a workflow of these tasks to ``flow.json`` in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HTTPTASK_DATA", str(tmp_path / "data"))

    def written(name: str, *tasks: dict[str, Any]) -> str:
        Path("flow.json").write_text(json.dumps({"name": name, "version": 1, "tasks": tasks}))
        return "flow.json"

    return written


def inline(ref: str) -> dict[str, Any]:
    inputs = {"evaluatorType": "javascript", "expression": "$.n + 1", "n": 41}
    return {"name": ref, "taskReferenceName": ref, "type": "INLINE", "inputParameters": inputs}


def test_a_server_runs_the_file_that_the_embedded_engine_runs(
    bench: Any, http_task: Any, write: Any, httptask_server: LoopbackServer, capsys: Any
) -> None:
    call = http_task("call", f"{httptask_server.url}/echo?n=${{in.output.result}}")
    path = write("inline_run", inline("in"), call)
    for where in ((), ("--server", bench.client.base)):
        assert command("run", path, *where) == 0
        assert json.loads(capsys.readouterr().out)["status"] == "COMPLETED"
    assert [request.target for request in httptask_server.requests] == ["/echo?n=42"] * 2


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_the_server_refuses_is_not_registered_by_half(
    bench: Any, http_task: Any, write: Any, capsys: Any, dry_run: bool
) -> None:
    end = {
        "name": "end",
        "taskReferenceName": "end",
        "type": "TERMINATE",
        "optional": True,
        "inputParameters": {"terminationStatus": "COMPLETED"},
    }
    call = http_task("call", "http://127.0.0.1:1/")
    path = write("refused", call, end)
    asked = ["deploy", path, "--server", bench.client.base, *(["--dry-run"] if dry_run else [])]
    assert command(*asked) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "server_refused"
    assert "terminate task cannot be optional" in error["message"]
    assert bench.client.find(f"/metadata/taskdefs/{call['name']}") is None


def test_a_reference_to_nobody_is_refused_with_its_pointer(
    bench: Any, http_task: Any, write: Any, capsys: Any
) -> None:
    call = http_task("call", "http://127.0.0.1:1/${nobody.output.x}")
    assert command("deploy", write("dangling", call), "--server", bench.client.base) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "reference_unknown"
    assert error["pointer"] == "/tasks/0/inputParameters/http_request/uri"


def test_a_wait_that_is_over_first_has_not_succeeded(
    bench: Any, http_task: Any, capsys: Any
) -> None:
    name = bench.deployed(http_task("call", "http://127.0.0.1:1/"))
    asked = ["start", name, "--server", bench.client.base, "--wait", "--timeout", "0.3"]
    assert command(*asked) == 1
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    assert found["status"] == "RUNNING"
    assert "it has not ended after 0.3 s" in shown.err
    terminate(bench.client, found["workflowId"], "enough")

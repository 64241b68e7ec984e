"""Stored runs: list, show, terminate, prune; and tests and expressions that read them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from httptask.testing import LoopbackServer


@pytest.fixture
def stored(httptask_server: LoopbackServer, invoke: Any, write: Any, task: Any, flow: Any) -> str:
    """One completed and one failed run."""
    made = task(
        f"{httptask_server.url}/echo", "made", "POST", body={"n": "${workflow.input.n}"},
        httptask={"output": {"sent": "$.response.body.json.n"}},
    )  # fmt: skip
    binary = task(f"{httptask_server.url}/content/binary", "binary")
    failing = task(f"{httptask_server.url}/status/${{workflow.input.status}}", "failing")
    write(
        "flow.json", flow(made, binary, failing, outputParameters={"sent": "${made.output.sent}"})
    )
    assert invoke("run", "flow.json", "-i", "n=7", "-i", "status=200", "--id", "well").code == 0
    assert invoke("run", "flow.json", "-i", "n=8", "-i", "status=404", "--id", "badly").code == 1
    return httptask_server.url


def test_the_life_of_runs(stored: str, invoke: Any, httptask_server: LoopbackServer) -> None:
    listed = invoke("runs", "list", "--json").document
    assert [(each["workflowId"], each["status"]) for each in listed] == [
        ("badly", "FAILED"),
        ("well", "COMPLETED"),
    ]
    assert len(invoke("runs", "list", "--limit", "1", "--json").document) == 1
    failed = invoke("runs", "list", "--status", "failed", "--json").document
    assert [each["workflowId"] for each in failed] == ["badly"]
    assert invoke("runs", "list", "--status", "TIMED_OUT").err == "no runs with status TIMED_OUT\n"
    text = invoke("runs", "list")
    assert [line.split()[0] for line in text.out.splitlines()] == ["badly", "well"]

    shown = invoke("runs", "show", "well", "--json")
    assert shown.code == 0
    assert shown.document["output"] == {"sent": 7}
    assert [each["referenceTaskName"] for each in shown.document["tasks"]] == [
        "made", "binary", "failing",
    ]  # fmt: skip
    text = invoke("runs", "show", "badly")
    assert text.code == 0
    assert text.err == ""
    assert "✗ failing" in text.out
    assert "404" in text.out
    assert "sent = 8" in text.out

    cancelled = invoke("runs", "terminate", "well", "--json")
    assert cancelled.document["status"] == "COMPLETED"

    before = len(httptask_server.requests)
    again = invoke("run", "flow.json", "-i", "n=7", "-i", "status=200", "--id", "well", "--json")
    assert again.document == shown.document
    assert invoke("resume", "badly", "--json").code == 1
    differs = invoke("run", "flow.json", "-i", "n=9", "-i", "status=200", "--id", "well", "--json")
    assert (differs.code, differs.error["code"]) == (2, "run_differs")
    assert len(httptask_server.requests) == before


def test_a_test_request_takes_the_outputs_of_a_run(stored: str, invoke: Any) -> None:
    ran = invoke("test", "flow.json", "--task", "failing", "--run", "well", "--json")
    assert ran.code == 0
    assert ran.document["output"]["response"]["statusCode"] == 200
    ran = invoke("eval", "${made.output.sent} ${made.status} ${failing.taskType}", "--run", "badly")
    assert ran.out == "8 COMPLETED HTTP\n"
    ran = invoke("eval", "${workflow.input.n}", "--run", "well", "-i", "n=1")
    assert ran.out == "1\n"


def test_prune_removes_runs_and_their_files(
    stored: str, invoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [path for path in (Path.home() / ".local").rglob("files/*/*") if path.is_file()]
    assert files
    for path in files:
        os.utime(path, (1, 1))  # young files stay
    assert invoke("runs", "prune", "--older-than", "1", "--json").document["runs"] == []
    time.sleep(0.01)
    dry = invoke("runs", "prune", "--older-than", "0", "--dry-run", "--json").document
    assert (sorted(dry["runs"]), dry["dryRun"]) == (["badly", "well"], True)
    assert len(invoke("runs", "list", "--json").document) == 2
    done = invoke("runs", "prune", "--older-than", "0", "--json").document
    assert (sorted(done["runs"]), done["dryRun"]) == (["badly", "well"], False)
    assert done["files"] == len(files)
    assert not any(path.exists() for path in files)
    assert invoke("runs", "list", "--json").document == []
    assert invoke("runs", "show", "well", "--json").error["code"] == "run_unknown"


def test_two_data_folders_do_not_know_each_other(
    httptask_server: LoopbackServer, invoke: Any, write: Any, task: Any, flow: Any
) -> None:
    write("flow.json", flow(task(f"{httptask_server.url}/echo")))
    assert invoke("run", "flow.json", "--id", "one", "--data", "here").code == 0
    assert len(invoke("runs", "list", "--data", "here", "--json").document) == 1
    assert invoke("runs", "list", "--data", "there", "--json").document == []
    assert invoke("eval", "x", "--run", "one", "--data", "here").code == 0


def test_a_run_goes_on_with_other_inputs_and_without_a_task(
    stored: str, invoke: Any, write: Any, task: Any, flow: Any
) -> None:
    again = invoke("resume", "badly", "--from", "failing", "-i", "status=200", "--json")
    assert again.code == 0, again.err
    assert again.document["input"] == {"n": 8, "status": 200}
    assert invoke("resume", "badly", "-i", "status=200").code == 2
    misspelt = invoke("resume", "badly", "--from", "failing", "-i", "statu=200", "--json")
    assert misspelt.document["error"]["hint"] == 'did you mean "status"?'
    wait = {"name": "w", "taskReferenceName": "w", "type": "HUMAN", "inputParameters": {}}
    write("waits.json", flow(wait, task(f"{stored}/status/500", "bad")))
    assert invoke("run", "waits.json", "--id", "waits", "--detach").code == 0
    assert invoke("runs", "skip", "waits", "bad", "--json").document["status"] == "RUNNING"
    assert invoke("runs", "complete", "waits", "w").code == 0
    done = invoke("resume", "waits", "--json")
    assert done.code == 0
    assert [each["status"] for each in done.document["tasks"]] == ["SKIPPED", "COMPLETED"]

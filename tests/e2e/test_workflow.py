"""A workflow with everything in it, by ``httptask run``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from httptask.testing import LoopbackServer

DEFS = [
    {"name": "flaky", "retryCount": 3, "retryDelaySeconds": 0, "inputTemplate": {"note": "kept"}}
]


@pytest.fixture
def definition(httptask_server: LoopbackServer, write: Any, task: Any) -> None:
    url = httptask_server.url
    download = task(
        f"{url}/content/binary", "download",
        httptask={"output": {"file": "$.response.body"}},
    )  # fmt: skip
    upload = task(
        f"{url}/echo", "upload", "POST",
        httptask={"multipart": {
            "file": {"file": "${download.output.file}", "filename": "a.bin"},
            "title": "n = ${workflow.input.n}",
        }, "output": {"sent": "$.response.body.bodyBase64"}},
    )  # fmt: skip
    switch = {
        "name": "which", "taskReferenceName": "which", "type": "SWITCH",
        "evaluatorType": "value-param", "expression": "kind",
        "inputParameters": {"kind": "${workflow.input.kind}"},
        "decisionCases": {"a": [task(f"{url}/echo/a", "case_a")]},
        "defaultCase": [task(f"{url}/echo/other", "case_other")],
    }  # fmt: skip
    fork = {
        "name": "fork", "taskReferenceName": "fork", "type": "FORK_JOIN",
        "forkTasks": [[task(f"{url}/echo/left", "left")], [task(f"{url}/echo/right", "right")]],
    }  # fmt: skip
    join = {
        "name": "join",
        "taskReferenceName": "join",
        "type": "JOIN",
        "joinOn": ["left", "right"],
    }
    loop = {
        "name": "loop", "taskReferenceName": "loop", "type": "DO_WHILE",
        "loopCondition": "if ($.loop['iteration'] < $.n) { true; } else { false; }",
        "inputParameters": {"n": "${workflow.input.n}"},
        "loopOver": [task(f"{url}/echo/${{loop.output.iteration}}", "turn")],
    }  # fmt: skip
    flaky = {**task(f"{url}/flaky/x?failures=2", "flaky")}
    write("defs.json", DEFS)
    write(
        "flow.json",
        {
            "name": "everything", "version": 3, "schemaVersion": 2,
            "tasks": [download, upload, switch, fork, join, loop, flaky],
            "outputParameters": {
                "left": "${left.output.response.body.path}",
                "sent": "${upload.output.sent}",
                "tries": "${flaky.retryCount}",
            },
        },
    )  # fmt: skip


@pytest.mark.parametrize("durability", ["normal", "full"])
def test_everything(
    definition: None, command: Any, httptask_server: LoopbackServer, durability: str
) -> None:
    ran = command(
        "run", "flow.json", "--task-defs", "defs.json", "-i", "n=3", "-i", "kind=b",
        "--durability", durability, "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.out
    run = ran.document
    assert (run["status"], run["workflowName"], run["workflowVersion"]) == (
        "COMPLETED", "everything", 3,
    )  # fmt: skip
    seen = [(each["referenceTaskName"], each["status"]) for each in run["tasks"]]
    assert [ref for ref, _ in seen] == [
        "download", "upload", "which", "case_other", "fork", "left", "right", "join",
        "loop", "turn__1", "turn__2", "turn__3", "flaky", "flaky", "flaky",
    ]  # fmt: skip
    assert [status for ref, status in seen if ref == "flaky"] == ["FAILED", "FAILED", "COMPLETED"]
    assert [each["retryCount"] for each in run["tasks"][-3:]] == [0, 1, 2]
    assert run["output"]["left"] == "/echo/left"
    assert run["output"]["tries"] == 2
    uploads = [each for each in httptask_server.requests if each.path == "/echo"]
    assert len(uploads) == 1
    assert b'filename="a.bin"' in uploads[0].body
    assert b"n = 3" in uploads[0].body
    stored = Path(run["tasks"][0]["outputData"]["file"]["path"])
    assert stored.read_bytes() in uploads[0].body
    paths = [each.path for each in httptask_server.requests]
    assert [path for path in paths if path in {"/echo/1", "/echo/2", "/echo/3"}] == [
        "/echo/1", "/echo/2", "/echo/3",
    ]  # fmt: skip


def test_a_failed_task_fails_the_run(
    command: Any, httptask_server: LoopbackServer, write: Any, task: Any
) -> None:
    tasks = [
        task(f"{httptask_server.url}/status/404", "a"),
        task(f"{httptask_server.url}/echo", "b"),
    ]
    write("flow.json", {"name": "f", "version": 1, "schemaVersion": 2, "tasks": tasks})
    ran = command("run", "flow.json", "--json")
    assert ran.code == 1
    assert ran.document["status"] == "FAILED"
    assert "404" in ran.document["reasonForIncompletion"]
    assert ran.document["tasks"][0]["outputData"]["response"]["statusCode"] == 404
    assert len(httptask_server.requests) == 1
    text = command("run", "flow.json")
    assert (text.code, "✗ a" in text.err) == (1, True)
    assert "404" in text.out


def test_runs_at_once_do_not_disturb_each_other(
    start_command: Any, finish_command: Any, command: Any, httptask_server: LoopbackServer,
    write: Any, task: Any,
) -> None:  # fmt: skip
    url = f"{httptask_server.url}/echo/${{workflow.input.n}}"
    tasks = [task(f"{url}/{ref}", ref) for ref in ("a", "b", "c")]
    write("flow.json", {"name": "f", "version": 1, "schemaVersion": 2, "tasks": tasks})
    started = [
        start_command("run", "flow.json", "-i", f"n={n}", "--id", f"run-{n}", "--json")
        for n in range(3)
    ]
    ended = [finish_command(process) for process in started]
    assert [ran.code for ran in ended] == [0, 0, 0], [ran.err for ran in ended]
    assert sorted(each.path for each in httptask_server.requests) == [
        f"/echo/{n}/{ref}" for n in range(3) for ref in ("a", "b", "c")
    ]
    listed = command("runs", "list", "--json").document
    assert {each["workflowId"] for each in listed} == {"run-0", "run-1", "run-2"}


def test_one_id_runs_once(
    start_command: Any, finish_command: Any, httptask_server: LoopbackServer, write: Any, task: Any
) -> None:
    slow = task(f"{httptask_server.url}/slow?seconds=3", "a")
    slow["inputParameters"]["http_request"]["readTimeOut"] = 20_000
    write("flow.json", {"name": "f", "version": 1, "schemaVersion": 2, "tasks": [slow]})
    started = [start_command("run", "flow.json", "--id", "one", "--json") for _ in range(2)]
    ended = [finish_command(process) for process in started]
    assert len(httptask_server.requests) == 1
    done = [ran.document for ran in ended if ran.code == 0]
    refused = [ran.document["error"]["code"] for ran in ended if ran.code]
    late = len(done) == 2 and done[0] == done[1]  # the second came when the first had ended
    assert late or (len(done) == 1 and refused == ["run_active"])

"""``httptask demo``: the whole way, on this machine."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

KEYS = {
    "workflowId", "workflowName", "workflowVersion", "status", "startTime", "endTime",
    "input", "output", "tasks", "variables",
}  # fmt: skip
TASK_KEYS = {
    "taskId", "referenceTaskName", "taskType", "status", "inputData", "outputData", "retryCount",
    "iteration",
}  # fmt: skip


def test_plain_then_again_as_json(command: Any) -> None:
    ran = command("demo")
    assert ran.code == 0, ran.err
    for text in (
        "1 Search", "2 Add it", "3 Test the request", "4 Run the workflow",
        "event image_generation.partial_image", "✓ generate", "✓ upload",
    ):  # fmt: skip
        assert text in ran.err
    images = [line.split()[2] for line in ran.out.splitlines() if line.split()[0] == "file"]
    assert images
    assert all(Path(image).read_bytes().startswith(b"\x89PNG") for image in images)
    assert sorted(path.name for path in Path().iterdir()) == ["httptask-demo"]

    again = command("demo", "--json")
    assert again.code == 0, again.err
    run = again.document
    assert run.keys() >= KEYS
    assert run["status"] == "COMPLETED"
    assert run["workflowId"] not in ran.out
    assert [task["referenceTaskName"] for task in run["tasks"]] == ["generate", "upload"]
    for task in run["tasks"]:
        assert task.keys() >= TASK_KEYS
        assert (task["taskType"], task["status"], task["retryCount"]) == ("HTTP", "COMPLETED", 0)
        assert set(task["outputData"]["response"]) == {
            "statusCode", "reasonPhrase", "headers", "body",
        }  # fmt: skip
    image = run["tasks"][0]["outputData"]["image"]
    assert set(image) == {"path", "sha256", "size", "mediaType"}
    assert Path(image["path"]).stat().st_size == image["size"]
    uploaded = run["tasks"][1]["outputData"]["response"]["body"]
    assert uploaded["sha256"] == image["sha256"]
    assert run["output"]["image"] == image
    assert "demo-token" not in again.out + again.err + ran.out + ran.err

    listed = command("runs", "list", "--data", "httptask-demo", "--json")
    assert [each["status"] for each in listed.document] == ["COMPLETED", "COMPLETED"]
    checked = command("check", "httptask-demo/flow.json", "--json")
    assert [each["severity"] for each in checked.document if each["severity"] == "error"] == []


def test_ctrl_c_in_the_middle_is_clean(start_command: Any) -> None:
    process = start_command("demo")
    while "3 Test" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert "interrupted" in err


def test_without_a_token_live_says_so(command: Any) -> None:
    ran = command("demo", "--live")
    assert ran.code == 2
    assert "HTTPTASK_SECRET_DIGITALOCEAN_TOKEN is not set" in ran.err
    assert not Path("httptask-demo").exists()

"""A local file as an input that a task sends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize("command", ["test", "run"])
@pytest.mark.parametrize(
    "options",
    [
        {"file": "${workflow.input.photo}"},
        {"multipart": {"image": {"file": "${workflow.input.photo}"}}},
        {"multipart": {"image": [{"file": "${workflow.input.photo}"}]}},
    ],
)
def test_a_local_file_is_sent(
    tmp_path: Path, invoke: Any, httptask_server: Any, command: str, options: Any
) -> None:
    content = b"\x89PNG\x00\xff"
    (tmp_path / "a.png").write_bytes(content)
    request = {"uri": f"{httptask_server.url}/echo", "method": "POST"}
    task = {
        "name": "up",
        "taskReferenceName": "up",
        "type": "HTTP",
        "inputParameters": {"http_request": request, "httptask": options},
    }
    flow = {"name": "f", "version": 1, "schemaVersion": 2, "tasks": [task]}
    (tmp_path / "flow.json").write_text(json.dumps(flow), encoding="utf-8")
    given = ("-i", f"photo=@{tmp_path / 'a.png'}", "--data", str(tmp_path / "data"))
    ran = invoke(command, str(tmp_path / "flow.json"), *given)
    assert ran.code == 0, ran.err
    assert content in httptask_server.requests[-1].body
    ran = invoke(command, str(tmp_path / "flow.json"), "-i", "photo=@absent.png", *given[2:])
    assert ran.code == 2
    assert "file_unreadable" in ran.err

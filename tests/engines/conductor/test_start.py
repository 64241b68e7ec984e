"""Starting, watching, and running a file on a server without registering it."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from httptask.app.load import Surroundings
from httptask.app.run import load_run
from httptask.app.server import run
from httptask.engines.conductor.start import start, terminate, wait
from httptask.errors import EngineError
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.testing.servers import LoopbackServer


def test_an_unknown_workflow_is_an_error(bench: Any) -> None:
    with pytest.raises(EngineError) as caught:
        start(bench.client, "there_is_no_such_workflow")
    assert caught.value.code == "server_not_found"


def test_a_wait_ends_with_its_time(bench: Any, http_task: Any) -> None:
    run_id = start(bench.client, bench.deployed(http_task("call", "http://127.0.0.1:1/")))
    found = wait(bench.client, run_id, timeout=0.2)
    assert found["status"] == "RUNNING"
    terminate(bench.client, run_id, "enough")
    assert wait(bench.client, run_id, timeout=60)["status"] == "TERMINATED"


def test_a_file_runs_with_its_authors_files_secrets_and_addresses(
    bench: Any,
    http_task: Any,
    httptask_server: LoopbackServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_MINE", "my-own-secret")
    (tmp_path / "photo.txt").write_text("a photo")
    call = http_task(
        "call",
        f"{httptask_server.url}/echo",
        "PUT",
        request={"headers": {"X-Key": "${workflow.secrets.MINE}"}},
        httptask={"file": "photo.txt"},
    )
    broken = http_task("broken", "http://127.0.0.1:1/", task={"optional": True})
    path = tmp_path / "flow.json"
    path.write_text(json.dumps({"name": "file_run", "version": 1, "tasks": [call, broken]}))
    settings = Settings.from_environment(data=tmp_path / "data", author=True)
    loaded = load_run(path, Surroundings(), settings, build_manager(), target="server")
    seen: list[str] = []
    found = run(
        loaded,
        {},
        bench.server.settings,
        watch=lambda task: seen.append(task["referenceTaskName"]),
    )
    (request,) = httptask_server.requests
    assert request.body == b"a photo"
    assert request.header("X-Key") == "my-own-secret"
    assert found["tasks"][0]["status"] == "COMPLETED"
    assert "my-own-secret" not in json.dumps(found)
    assert seen == ["call", "broken"]
    assert bench.client.find("/metadata/workflow/file_run") is None


def test_a_run_that_is_cancelled_is_terminated(
    bench: Any, http_task: Any, httptask_server: LoopbackServer, tmp_path: Path
) -> None:
    call = http_task("call", f"{httptask_server.url}/slow?seconds=20")
    flow = {"name": "cancelled_run", "version": 1, "tasks": [call]}
    settings = Settings.from_environment(data=tmp_path / "data", author=True)
    loaded = load_run(flow, Surroundings(), settings, build_manager(), target="server")
    cancelled = threading.Event()
    threading.Timer(1.0, cancelled.set).start()
    found = run(loaded, {}, bench.server.settings, cancelled=cancelled)
    assert found["status"] == "TERMINATED"

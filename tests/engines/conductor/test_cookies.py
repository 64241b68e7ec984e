"""A server gets a handle for a cookie; only a worker with the same data folder opens it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from httptask.core.result import TaskResult
from httptask.engines.conductor.assignment import Assignment
from httptask.engines.conductor.client import ConductorClient
from httptask.engines.conductor.executor import Executor
from httptask.engines.conductor.journal import Journal
from httptask.engines.conductor.report import Report
from httptask.engines.conductor.start import execution_document
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.testing import LoopbackServer, Reply

SID = "s3cr%2Bet==longer"


class Server:
    """The part of a Conductor server that a task's inputs are asked of."""

    def __init__(self, inputs: dict[str, Any]) -> None:
        self.inputs = inputs

    def get(self, _path: str) -> dict[str, Any]:
        """Return a task as it is stored."""
        return {"inputData": self.inputs}


def run(
    data: Path, written: dict[str, Any], delivered: dict[str, Any], workflow: str = "w"
) -> tuple[Report, TaskResult]:
    settings = Settings.from_environment(allow_hosts=["127.0.0.1"], data=data)
    client = cast("ConductorClient", Server(delivered))
    pipeline = Pipeline(build_manager(installed=False))
    assignment = Assignment.of(
        {
            "taskId": "t",
            "workflowInstanceId": workflow,
            "referenceTaskName": "call",
            "inputData": delivered,
            "workflowTask": {"inputParameters": written, "taskDefinition": {}},
        }
    )
    with Journal(data / "journal") as journal:
        return Executor(pipeline, settings, client, journal).run(assignment)


@pytest.fixture
def handle(httptask_server: LoopbackServer, tmp_path: Path) -> str:
    """What the server stores of a login's cookie."""
    httptask_server.route("/login", lambda _: Reply(200, (("Set-Cookie", f"sid={SID}; Path=/"),)))
    inputs = {
        "http_request": {"uri": f"{httptask_server.url}/login", "method": "POST"},
        "httptask": {"output": {"sid": "$.response.cookies.sid"}},
    }
    report, _ = run(tmp_path, inputs, inputs)
    assert SID not in json.dumps(report.to_json(""))
    stored: str = report.output["sid"]
    return stored


def sending(uri: str, value: str) -> dict[str, Any]:
    return {"http_request": {"uri": uri, "method": "GET"}, "httptask": {"cookies": {"sid": value}}}


def test_a_later_task_of_the_workflow_sends_it(
    httptask_server: LoopbackServer, tmp_path: Path, handle: str
) -> None:
    uri = f"{httptask_server.url}/echo"
    report, result = run(tmp_path, sending(uri, "${login.output.sid}"), sending(uri, handle))
    assert str(result.status) == "COMPLETED"
    assert httptask_server.requests[-1].header("Cookie") == f"sid={SID}"
    assert SID not in json.dumps(report.to_json(""))


@pytest.mark.parametrize(("folder", "workflow"), [("elsewhere", "w"), ("", "another")])
def test_elsewhere_it_cannot_be_opened(
    httptask_server: LoopbackServer, tmp_path: Path, handle: str, folder: str, workflow: str
) -> None:
    uri = f"{httptask_server.url}/echo"
    written, delivered = sending(uri, "${login.output.sid}"), sending(uri, handle)
    _, result = run(tmp_path / folder, written, delivered, workflow)
    assert result.error is not None
    assert result.error.code == "cookie_missing"
    assert len(httptask_server.requests) == 1


def test_what_is_shown_of_a_run_masks_handles(handle: str) -> None:
    task = {"taskId": "t", "inputData": {"q": f"x {handle}"}, "outputData": {"sid": handle}}
    shown = execution_document({"output": {"sid": handle}, "tasks": [task]})
    assert shown["output"] == {"sid": "***"}
    assert shown["tasks"][0]["inputData"] == {"q": "x ***"}
    assert shown["tasks"][0]["outputData"] == {"sid": "***"}

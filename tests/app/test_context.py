"""What a task's expressions read is the same in a run and in a test, whoever asks for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")

import httptask
from httptask.app.context import Given, context_of
from httptask.catalog import Catalog
from httptask.cli.app import run as run_command_line
from httptask.editor.services import Draft, TestOrder
from httptask.editor.wiring import Backend
from httptask.errors import DefinitionError
from httptask.expressions import compile_template
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.testing.servers import LoopbackServer

READ = {
    "given": "${workflow.input.given}",
    "default": "${workflow.input.default}",
    "variable": "${workflow.variables.v}",
    "workflow": "${workflow.workflowType} ${workflow.version} ${workflow.status}",
    "env": "${workflow.env.PLACE}",
}
WANTED = {
    "given": 1.50,
    "default": [1],
    "variable": "of the definition",
    "workflow": "flow 3 RUNNING",
    "env": "here",
}


@pytest.fixture
def flow(tmp_path: Path, httptask_server: LoopbackServer) -> Path:
    request = {"uri": f"{httptask_server.url}/echo", "method": "POST"}
    body = {**READ, "id": "${CPEWF_TASK_ID}"}
    task = {
        "name": "call",
        "taskReferenceName": "call",
        "type": "HTTP",
        "inputParameters": {"http_request": {**request, "body": body}},
    }
    path = tmp_path / "flow.json"
    document = {
        "name": "flow",
        "version": 3,
        "schemaVersion": 2,
        "inputTemplate": {"default": [1], "given": 0},
        "variables": {"v": "of the definition"},
        "tasks": [task],
    }
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def settings(
    tmp_path: Path, httptask_server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    monkeypatch.setenv("CONDUCTOR_ENV_PLACE", "here")
    hosts = (httptask_server.authority,)
    return Settings.from_environment(data=tmp_path / "data", allow_hosts=hosts)


def test_every_caller_gives_a_task_the_same_values(
    flow: Path, settings: Settings, tmp_path: Path, httptask_server: LoopbackServer
) -> None:
    given = {"given": 1.5}
    assert httptask.run_workflow(flow, input=given, settings=settings)["status"] == "COMPLETED"
    assert httptask.test_request(flow, input=given, settings=settings).error is None
    data = ["--data", str(settings.data), "--allow-host", httptask_server.authority]
    assert run_command_line(["test", str(flow), "-i", "given=1.5", "--json", *data]) == 0
    workflow = json.loads(flow.read_text())
    with Catalog.open(tmp_path / "catalogue") as catalog:
        editor = Backend(catalog, settings, build_manager())
        draft = Draft(workflow["tasks"][0], workflow, inputs={"workflow.input.given": 1.5})
        editor.test(TestOrder(draft, "debug", lambda _: None))
    sent = [json.loads(request.body) for request in httptask_server.requests]
    ids = [one.pop("id") for one in sent]
    assert sent == [WANTED] * 4
    assert len(set(ids)) == 4
    assert all(len(each) == 36 for each in ids)


def test_a_stored_run_gives_what_it_recorded(flow: Path, settings: Settings) -> None:
    with httptask.Engine.open(settings=settings) as engine:
        run = engine.run(flow, input={"given": 2})
    template = compile_template("${workflow.input.given} ${call.output.response.statusCode}")
    assert template.evaluate(context_of(None, Given(), run)) == "2 200"
    later = Given(input={"given": 3}, values={"call.output.response.statusCode": 201})
    assert template.evaluate(context_of(None, later, run)) == "3 201"


@pytest.mark.parametrize(
    "text",
    [
        "workflow.secrets.A",
        "workflow.env.A",
        "workflow",
        "a[*]",
        "a.output[99999999]",
        "a",
        "a[0]",
        "workflow[0].x",
        "workflow.variables",
        "workflow.variables[0]",
    ],
)
def test_a_value_is_given_for_a_path_only(text: str) -> None:
    values: dict[str, Any] = {text: 1}
    with pytest.raises(DefinitionError):
        context_of(None, Given(values=values))

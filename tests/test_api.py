"""The Python interface that ``httptask`` itself gives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import httptask
from httptask import Settings
from httptask.errors import DefinitionError, InputError
from httptask.testing import ImageService, LoopbackServer, json_reply

TASK: dict[str, Any] = {
    "name": "get_kite",
    "taskReferenceName": "kite",
    "type": "HTTP",
    "inputParameters": {
        "http_request": {"uri": "http://localhost/kites/7", "method": "GET"},
        "httptask": {"output": {"colour": "$.response.body.colour"}},
    },
}


def task(url: str, ref: str = "kite", **request: Any) -> dict[str, Any]:
    inputs = TASK["inputParameters"]
    made = {**inputs["http_request"], "uri": f"{url}/kites/7", **request}
    return {**TASK, "taskReferenceName": ref, "inputParameters": {**inputs, "http_request": made}}


def workflow(*tasks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "kites", "version": 1, "schemaVersion": 2, "tasks": list(tasks), **more}


@pytest.fixture
def server() -> Any:
    with LoopbackServer({"GET /kites/7": lambda request: json_reply({"colour": "red"})}) as found:
        yield found


@pytest.fixture
def settings(server: Any, tmp_path: Path) -> Settings:
    return Settings.from_environment(
        allow_hosts=[server.url.partition("//")[2]], data=tmp_path / "data"
    )


def test_every_name_is_there() -> None:
    assert [name for name in httptask.__all__ if getattr(httptask, name, None) is None] == []
    assert set(httptask.__all__) <= set(dir(httptask))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = httptask.nothing


def test_importing_the_package_loads_no_room() -> None:
    code = (
        "import sys; before = set(sys.modules); import httptask; "
        "print(sorted(set(sys.modules) - before - {'__future__'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['httptask']"


def test_a_request_is_tested_from_a_document(server: Any, settings: Settings) -> None:
    result = httptask.test_request(task(server.url), settings=settings)
    assert (result.status, result.output["colour"]) == ("COMPLETED", "red")
    assert result.trace is not None
    assert result.trace.to_json()["mode"] == "trial"


def test_a_request_is_tested_from_a_file(server: Any, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(workflow(task(server.url), task(server.url, "other"))))
    result = httptask.test_request(path, "other", settings=settings)
    assert result.trace is not None
    assert result.trace.task == "other"


def test_inputs_variables_and_outputs_reach_the_request(server: Any, settings: Settings) -> None:
    headers = {
        "A": "${workflow.input.a}",
        "B": "${workflow.variables.b}",
        "C": "${earlier.output.c}",
        "D": "${workflow.input.d}",
    }
    flow = workflow(task(server.url, headers=headers), inputTemplate={"a": "no", "d": "default"})
    flow["tasks"].insert(0, task(server.url, "earlier"))
    result = httptask.test_request(
        flow,
        "kite",
        input={"a": "1"},
        variables={"b": "2"},
        outputs={"earlier": {"c": "3"}},
        settings=settings,
    )
    assert result.status == "COMPLETED"
    sent = server.requests[-1]
    assert [sent.header(name) for name in "ABCD"] == ["1", "2", "3", "default"]


def test_a_dry_run_sends_nothing(server: Any, settings: Settings) -> None:
    result = httptask.test_request(task(server.url), dry_run=True, settings=settings)
    assert result.trace is not None
    assert result.trace.status == "stopped"
    assert server.requests == []


def test_loopback_is_refused_unless_it_is_allowed(server: Any) -> None:
    result = httptask.test_request(task(server.url))
    assert result.error is not None
    assert result.error.code == "egress_refused"
    assert server.requests == []


def test_what_the_engine_would_do_next_is_known(settings: Settings, server: Any) -> None:
    defs = {"name": "get_kite", "retryCount": 2, "retryDelaySeconds": 5}
    bad = task(server.url, uri=f"{server.url}/none")
    result = httptask.test_request(bad, task_defs=defs, settings=settings)
    assert result.trace is not None
    assert result.trace.next_step == "retry 1 of 2 in 5 s"


@pytest.mark.parametrize(
    ("ref", "message"), [(None, "several HTTP tasks"), ("kit", "no HTTP task 'kit'")]
)
def test_the_task_must_be_named(ref: str | None, message: str) -> None:
    flow = workflow(task("http://x.example"), task("http://x.example", "other"))
    with pytest.raises(DefinitionError, match=message) as raised:
        httptask.test_request(flow, ref)
    assert raised.value.code == "task_unknown"
    assert "kite, other" in raised.value.hint


def test_missing_inputs_are_named() -> None:
    body = {"prompt": "${workflow.input.prompt}"}
    with pytest.raises(InputError, match=r"workflow\.input\.prompt"):
        httptask.test_request(task("https://x.example", method="POST", body=body))


def test_an_invalid_definition_is_refused() -> None:
    with pytest.raises(DefinitionError) as raised:
        httptask.test_request(task("http://x.example", metod="GET"))
    assert raised.value.pointer == "/inputParameters/http_request/metod"
    with pytest.raises(DefinitionError):
        httptask.run_workflow(workflow({"name": "x", "taskReferenceName": "x", "type": "HTTP"}))


def test_a_workflow_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with ImageService(delay=0) as service, httptask.Catalog.open(tmp_path / "catalog") as catalog:
        monkeypatch.setenv("HTTPTASK_SECRET_DIGITALOCEAN_TOKEN", service.token)
        operation = catalog.search("generate an image", limit=1)[0].id
        made = catalog.prepare(operation, server=service.url, name="image")
        settings = Settings.from_environment(
            allow_hosts=[service.url.partition("//")[2]], data=tmp_path / "data"
        )
        flow = workflow(made, outputParameters={"image": "${image.output.image}"})
        events: list[str] = []
        run = httptask.run_workflow(
            flow,
            input={"prompt": "a red kite", "n": 1, "model": "m"},
            workflow_id="kite-1",
            settings=settings,
            watch=lambda event: events.append(event.kind),
        )
    assert (run["workflowId"], run["status"]) == ("kite-1", "COMPLETED")
    assert Path(run["output"]["image"]["path"]).read_bytes().startswith(b"\x89PNG")
    assert events[-1] == "workflow_finished"


def test_a_null_input_takes_the_value_of_the_task_definition(
    server: Any, settings: Settings
) -> None:
    request = {"uri": f"{server.url}/kites/7", "method": "GET", "headers": {"X": "${kite.y}"}}
    defs = {"name": "get_kite", "retryCount": 0, "inputTemplate": {"http_request": request}}
    inputs = {"http_request": "${workflow.input.request}"}
    flow = workflow({**TASK, "inputParameters": inputs})
    run = httptask.run_workflow(flow, task_defs=defs, settings=settings)
    assert run["tasks"][0]["inputData"]["http_request"] == request
    tested = httptask.test_request(flow, input={"request": None}, task_defs=defs, settings=settings)
    assert [run["status"], tested.status] == ["COMPLETED", "COMPLETED"]
    assert [sent.header("X") for sent in server.requests] == ["${kite.y}"] * 2

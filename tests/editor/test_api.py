"""The REST API, held against its own OpenAPI document."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

BUNDLED = "digitalocean-inference"


def test_the_server_keeps_to_its_description(editor: Any, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("schemathesis")
    if not program.exists():
        pytest.skip("schemathesis is not installed")
    command = [
        str(program), "--config-file", str(Path(__file__).with_name("schemathesis.toml")),
        "run", f"{editor.url}/api/openapi.json", "-H", f"Authorization: Bearer {editor.token}",
        "--max-examples", "8", "--seed", "1", "--no-color",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "Tested: 21" in done.stdout


def run_test(editor: Any, **draft: Any) -> str:
    """Run a test to its end; returns its id."""
    response = editor.call("POST", "/api/tests", json=draft)
    events = [json.loads(line) for line in response.text.splitlines()]
    assert events[-1]["trace"]["status"] == "completed"
    return str(events[0]["id"])


def image_operation(editor: Any) -> str:
    """The id of the bundled operation."""
    hits = editor.call("GET", "/api/operations", params={"query": "generate image"}).json()
    return next(str(hit["id"]) for hit in hits if hit["api"] == BUNDLED)


def test_search_reference_and_task(editor: Any) -> None:
    operation = image_operation(editor)
    reference = editor.call("GET", "/api/operation", params={"id": operation}).json()
    assert reference["method"] == "POST"
    assert reference["path"] == "/v1/images/generations"
    assert reference["servers"][0]["url"] == "https://inference.do-ai.run"
    task = editor.call("POST", "/api/prepare", json={"operation": operation}).json()
    assert task["type"] == "HTTP"
    assert "prompt" in task["inputParameters"]["http_request"]["body"]


def test_what_does_not_exist_is_404(editor: Any) -> None:
    assert editor.call("GET", "/api/operation", params={"id": "none"}).status_code == 404
    order = {"operation": "none"}
    assert editor.call("POST", "/api/prepare", json=order).status_code == 404


def test_a_choice_that_is_not_offered_is_422(editor: Any) -> None:
    for choices in ({"server": "99"}, {"colour": "red"}):
        order = {"operation": image_operation(editor), "choices": choices}
        response = editor.call("POST", "/api/prepare", json=order)
        assert response.status_code == 422
        assert response.json()["error"]["code"] == "choice_unknown"


def test_findings_point_into_the_task_wherever_it_stands(editor: Any) -> None:
    task = editor.call("POST", "/api/prepare", json={"operation": image_operation(editor)}).json()
    task["inputParameters"]["http_request"]["body"] |= {
        "n": 12,
        "stream": True,
        "partial_images": 0,
    }
    workflow = {
        "name": "flow", "version": 1, "schemaVersion": 2,
        "tasks": [{"name": "s", "taskReferenceName": "s", "type": "NOOP"}, task],
    }  # fmt: skip
    alone = editor.call("POST", "/api/check", json={"task": task}).json()
    inside = editor.call("POST", "/api/check", json={"task": task, "workflow": workflow}).json()
    for checked, place in ((alone, ""), (inside, "/tasks/1")):
        found = {
            each["pointer"]: each for each in checked["findings"] if each["severity"] == "error"
        }
        body = f"{place}/inputParameters/http_request/body"
        assert found[f"{body}/n"]["message"]
        assert "partial_images must be greater than 0" in found[f"{body}/partial_images"]["hint"]
    asked = {each["text"] for each in inside["references"] if not each["available"]}
    assert asked == {"workflow.input.prompt", "workflow.input.model"}


def test_the_check_says_what_the_command_line_says(editor: Any, tmp_path: Any) -> None:
    from httptask.check import check_workflow
    from httptask.definition.loader import load_workflow

    task = {
        "name": "a", "taskReferenceName": "a", "type": "HTTP",
        "inputParameters": {"http_request": {"uri": "${missing.output.x}", "methd": "GET"}},
    }  # fmt: skip
    workflow = {"name": "flow", "version": 1, "schemaVersion": 2, "tasks": [task]}
    path = tmp_path / "w.json"
    path.write_text(json.dumps(workflow))
    wanted = {(each.code, each.message, each.hint) for each in check_workflow(load_workflow(path))}
    response = editor.call("POST", "/api/check", json={"task": task, "workflow": workflow}).json()
    assert {(f["code"], f["message"], f["hint"]) for f in response["findings"]} == wanted
    assert wanted


def test_a_streamed_test_arrives_in_pieces(editor: Any, images: Any) -> None:
    task = editor.call("POST", "/api/prepare", json={"operation": image_operation(editor)}).json()
    task["inputParameters"]["http_request"]["body"] |= {"n": 1, "stream": True, "partial_images": 2}
    given = {"workflow.input.prompt": "an otter", "workflow.input.model": "gpt-image-1"}
    order = {"task": task, "inputs": given}
    response = editor.call("POST", "/api/tests", json=order, stream=True)
    events = [json.loads(line) for line in response.iter_lines()]
    kinds = [event["type"] for event in events]
    assert kinds[0] == "started"
    assert kinds[-1] == "trace"
    assert kinds.count("event") == 3
    assert kinds.index("event") < len(kinds) - 1 - kinds[::-1].index("stage")
    trace = events[-1]["trace"]
    assert trace["status"] == "completed"
    assert len(trace["output"]["response"]["body"]) == 3
    assert images.requests[-1].json()["prompt"] == "an otter"


def test_a_client_that_goes_away_stops_its_test_without_a_traceback(
    editor: Any, images: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "handlers", [caplog.handler])
    images.delay = 1.0
    task = editor.call("POST", "/api/prepare", json={"operation": image_operation(editor)}).json()
    task["inputParameters"]["http_request"]["body"] = {"prompt": "x", "model": "gpt-image-1"}
    order = {"task": task}
    with editor.call("POST", "/api/tests", json=order, stream=True) as response:
        started = json.loads(next(response.iter_lines()))
    deadline = time.monotonic() + 10
    while editor.call("DELETE", f"/api/tests/{started['id']}").status_code != 404:
        assert time.monotonic() < deadline, "the test goes on without its client"
        time.sleep(0.05)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("uri", "inputs"),
    [
        ("http://x\ud800/", {}),
        ("${a.b}", {"}{": 1}),
        ("${workflow.input.a}", {"workflow": 1}),
        ("${workflow.input.a}", {"workflow.input.a": "\udfff"}),
        ("${workflow.secrets.A}", {"workflow.secrets.A": "x"}),
    ],
)
def test_a_test_that_cannot_be_made_ends_with_an_error(
    editor: Any, uri: str, inputs: dict[str, Any]
) -> None:
    task = {"name": "a", "taskReferenceName": "a", "type": "HTTP"}
    order = {"task": {**task, "inputParameters": {"http_request": {"uri": uri}}}, "inputs": inputs}
    response = editor.call("POST", "/api/tests", json=order)
    last = json.loads(response.text.splitlines()[-1])
    error = last.get("error") or last["trace"]["error"]
    assert error["code"] not in {"internal_error", "plugin_failed"}
    assert error["message"]


def test_a_test_that_breaks_says_so_at_the_end_of_its_response(
    start_editor: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def test(self, order: Any) -> dict[str, Any]:
            raise ValueError("canary")

    order = {"task": {"name": "a", "taskReferenceName": "a", "type": "HTTP"}}
    response = start_editor(backend=Broken()).call("POST", "/api/tests", json=order)
    error = json.loads(response.text.splitlines()[-1])["error"]
    assert error["code"] == "internal_error"
    assert "canary" not in response.text
    assert "canary" in caplog.text


def test_an_upstream_test_feeds_the_next_one(editor: Any, images: Any) -> None:
    first = editor.call("POST", "/api/prepare", json={"operation": image_operation(editor)}).json()
    first["inputParameters"]["http_request"]["body"] |= {
        "n": 1,
        "prompt": "x",
        "model": "gpt-image-1",
    }
    second = {
        "name": "up", "taskReferenceName": "up", "type": "HTTP",
        "inputParameters": {
            "http_request": {
                "uri": f"{images.url}/uploads", "method": "POST",
                "body": "${generate_image.output.response.body.created}",
            }
        },
    }  # fmt: skip
    workflow = {"name": "w", "version": 1, "schemaVersion": 2, "tasks": [first, second]}
    draft = {"task": second, "workflow": workflow}
    before = editor.call("POST", "/api/check", json=draft).json()["references"]
    assert [each["available"] for each in before] == [False]
    test_id = run_test(editor, task=first, workflow=workflow)
    listed = editor.call("GET", "/api/tests", params={"workflow": "w"}).json()
    assert [(each["id"], each["reference"]) for each in listed] == [(test_id, "generate_image")]
    assert editor.call("GET", f"/api/tests/{test_id}").json()["status"] == "completed"
    draft["samples"] = {"generate_image": test_id}
    after = editor.call("POST", "/api/check", json=draft).json()["references"]
    assert [each["available"] for each in after] == [True]
    second["inputParameters"]["http_request"]["body"] = "${generate_image.output.response.body.no}"
    marked = editor.call("POST", "/api/check", json=draft).json()["findings"]
    wanted = ("reference_unmatched", "/tasks/1/inputParameters/http_request/body")
    assert wanted in [(each["code"], each["pointer"]) for each in marked]
    text = "generate_image.output.response.body.da"
    found = editor.call("POST", "/api/complete", json={**draft, "text": text}).json()
    assert [each["text"] for each in found] == ["generate_image.output.response.body.data"]


def test_a_mapped_path_that_the_last_response_lacks_is_marked(editor: Any) -> None:
    task = editor.call("POST", "/api/prepare", json={"operation": image_operation(editor)}).json()
    task["inputParameters"]["http_request"]["body"] |= {
        "n": 1,
        "prompt": "x",
        "model": "gpt-image-1",
    }
    task["inputParameters"]["httptask"]["output"] = {
        "good": "$.response.body.created", "bad": "$.response.body.nothing",
    }  # fmt: skip
    samples = {"generate_image": run_test(editor, task=task)}
    checked = editor.call("POST", "/api/check", json={"task": task, "samples": samples})
    findings = checked.json()["findings"]
    marked = [f["pointer"] for f in findings if f["code"] == "output_unmatched"]
    assert marked == ["/inputParameters/httptask/output/bad"]


def test_an_output_outside_the_response_schema_is_marked_before_any_test(editor: Any) -> None:
    task = editor.call("POST", "/api/prepare", json={"operation": image_operation(editor)}).json()
    task["inputParameters"]["httptask"]["output"] = {
        "good": "$.response.body.created", "bad": "$.response.body.nothing",
    }  # fmt: skip
    findings = editor.call("POST", "/api/check", json={"task": task}).json()["findings"]
    marked = {f["pointer"]: f["hint"] for f in findings if f["code"] == "output_not_in_schema"}
    assert list(marked) == ["/inputParameters/httptask/output/bad"]
    assert "created" in marked["/inputParameters/httptask/output/bad"]


def test_an_output_of_a_stream_is_told_where_the_value_is(editor: Any) -> None:
    task = editor.call("POST", "/api/prepare", json={"operation": image_operation(editor)}).json()
    task["inputParameters"]["http_request"]["body"] |= {
        "n": 1, "prompt": "x", "model": "gpt-image-1", "stream": True, "partial_images": 1,
    }  # fmt: skip
    samples = {"generate_image": run_test(editor, task=task)}
    checked = editor.call("POST", "/api/check", json={"task": task, "samples": samples})
    findings = checked.json()["findings"]
    hint = next(f["hint"] for f in findings if f["code"] == "output_unmatched")
    assert hint == (
        "the response was a stream of 2 events; "
        "the last one has it at $.response.body[-1].data.b64_json"
    )


def test_what_there_is_to_choose_from_can_be_chosen(editor: Any) -> None:
    hits = editor.call("GET", "/api/operations", params={"query": "send parcel"}).json()
    found = editor.call("GET", "/api/operation", params={"id": hits[0]["id"]}).json()
    assert [each["public"] for each in found["servers"]] == [False, True, True]
    assert found["mediaTypes"] == ["application/json", "application/x-www-form-urlencoded"]
    assert found["branches"] == ["Letter", "Crate"]

    def inputs(**choices: Any) -> dict[str, Any]:
        order = {"operation": hits[0]["id"], "choices": choices}
        response = editor.call("POST", "/api/prepare", json=order)
        return dict(response.json()["inputParameters"])

    assert inputs()["http_request"]["uri"] == "https://one.example.com/parcels"
    assert inputs(server=2)["http_request"]["uri"] == "https://two.example.com/parcels"
    assert inputs(server=0)["http_request"]["uri"] == "http://10.0.0.7:8080/parcels"
    assert inputs(auth=1)["httptask"]["auth"]["type"] == "basic"
    assert "weight" in inputs(branch="Crate")["http_request"]["body"]
    assert "form" in inputs(mediaType="application/x-www-form-urlencoded")["httptask"]


def test_names_of_secrets_come_from_every_place(
    start_editor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.env").write_text("HTTPTASK_SECRET_FROM_FILE=canary-one\nOTHER=x\n")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/FROM_FOLDER").write_text("canary-two")
    monkeypatch.setenv("HTTPTASK_ENV_FILE", str(tmp_path / "own.env"))
    monkeypatch.setenv("HTTPTASK_SECRETS_DIR", str(tmp_path / "secrets"))
    monkeypatch.setenv("CONDUCTOR_SECRET_FROM_CONDUCTOR", "canary-three")
    editor = start_editor()
    response = editor.call("GET", "/api/session")
    wanted = {"DIGITALOCEAN_TOKEN", "FROM_CONDUCTOR", "FROM_FILE", "FROM_FOLDER"}
    assert set(response.json()["secrets"]) == wanted
    task = {"name": "a", "taskReferenceName": "a", "type": "HTTP", "inputParameters": {}}
    order = {"task": task, "text": "workflow.secrets."}
    offered = editor.call("POST", "/api/complete", json=order)
    assert {each["label"] for each in offered.json()} == wanted
    assert "canary" not in response.text + offered.text


def test_a_stored_file_is_served_by_its_digest_only(editor: Any) -> None:
    task = editor.call("POST", "/api/prepare", json={"operation": image_operation(editor)}).json()
    task["inputParameters"]["http_request"]["body"] |= {
        "n": 1,
        "prompt": "x",
        "model": "gpt-image-1",
    }
    response = editor.call("POST", "/api/tests", json={"task": task})
    trace = json.loads(response.text.splitlines()[-1])["trace"]
    assert trace["error"] is None
    image = trace["output"]["image"]
    served = editor.call("GET", f"/api/files/{image['sha256']}")
    assert served.content.startswith(b"\x89PNG")
    assert served.headers["Content-Disposition"].startswith("attachment; filename=")
    assert served.headers["Content-Type"] == "application/octet-stream"
    assert editor.call("GET", f"/api/files/{'0' * 64}").status_code == 404


def test_saving_refuses_a_file_that_changed_meanwhile(editor: Any) -> None:
    stored = editor.call("GET", "/api/workflow").json()
    assert stored["etag"] == ""
    assert not editor.workflow.exists()
    first = save(editor, {"name": "flow", "big": 12345678901234567890}, "")
    assert first.status_code == 200
    assert json.loads(editor.workflow.read_text())["big"] == 12345678901234567890
    assert save(editor, {"name": "other"}, "").status_code == 412
    editor.workflow.write_text('{"name": "edited elsewhere"}')
    refused = save(editor, {"name": "mine"}, first.json()["etag"])
    assert refused.status_code == 412
    assert refused.json()["error"]["code"] == "file_changed"
    assert "elsewhere" in editor.workflow.read_text()
    assert [each.name for each in editor.workflow.parent.glob(".flow*")] == []


def save(editor: Any, workflow: dict[str, Any], etag: str) -> Any:
    """Save as the page does."""
    headers = {"If-Match": f'"{etag}"'}
    return editor.call("PUT", "/api/workflow", json={"workflow": workflow}, headers=headers)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("NaN", "not a JSON number"),
        ("-Infinity", "not a JSON number"),
        ("9" * 5000, "too many digits"),
        ('"\\ud800"', "surrogate"),
        ("[" * 5000 + "]" * 5000, "nested"),
    ],
)
def test_what_is_not_json_reaches_no_file(editor: Any, text: str, why: str) -> None:
    body = f'{{"task": {{"inputParameters": {{"x": {text}}}}}}}'
    headers = {"Content-Type": "application/json"}
    reply = editor.call("POST", "/api/check", data=body.encode(), headers=headers)
    assert reply.status_code == 422
    error = reply.json()["error"]
    assert error["code"] == "call_invalid"
    assert why in error["message"]


def test_an_index_beyond_what_can_be_given_is_refused(editor: Any) -> None:
    request = {"uri": "https://example.com/", "method": "GET"}
    inputs = {"http_request": request}
    task = {"name": "t", "taskReferenceName": "t", "type": "HTTP", "inputParameters": inputs}
    for text in ("a.output.l[9999999]", "a.output.l[-1]"):
        order = {"task": task, "inputs": {text: 1}}
        reply = editor.call("POST", "/api/tests", json=order)
        last = json.loads(reply.text.splitlines()[-1])
        assert last["type"] == "error"
        assert last["error"]["code"] == "definition_invalid"

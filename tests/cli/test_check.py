"""What ``check`` finds before anything runs; ``run`` refuses exactly what it calls an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from httptask.testing import LoopbackServer

PET = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "owner": {"type": "object", "properties": {"email": {"type": "string"}}},
        "tags": {"type": "array", "items": {"type": "object", "properties": {"name": {}}}},
    },
}


def _http(ref: str, uri: str = "URL/echo", **inputs: Any) -> dict[str, Any]:
    options = inputs.pop("httptask", None)
    request = {"uri": uri, "method": "GET", **inputs}
    return {
        "name": ref, "taskReferenceName": ref, "type": "HTTP",
        "inputParameters": {"http_request": request, **({"httptask": options} if options else {})},
    }  # fmt: skip


def _of(kind: str, ref: str, **fields: Any) -> dict[str, Any]:
    return {"name": ref, "taskReferenceName": ref, "type": kind, **fields}


def _flow(*tasks: Any, **fields: Any) -> dict[str, Any]:
    return {"name": "flow", "version": 1, "schemaVersion": 2, "tasks": list(tasks), **fields}


def _switch(expression: str, evaluator: str = "javascript") -> dict[str, Any]:
    return _of(
        "SWITCH", "s", evaluatorType=evaluator, expression=expression,
        inputParameters={"v": 1}, decisionCases={"1": [_http("inner")]},
    )  # fmt: skip


def _loop(condition: str, **fields: Any) -> dict[str, Any]:
    return _of("DO_WHILE", "l", loopCondition=condition, loopOver=[_http("inner")], **fields)


def _fork(*branches: Any) -> dict[str, Any]:
    return _of("FORK_JOIN", "f", forkTasks=list(branches))


def _join(*on: str) -> dict[str, Any]:
    return _of("JOIN", "j", joinOn=list(on))


JOINED = _fork([_http("x")], [_http("y")])
GOOD = {
    "one": _flow(_http("a")),
    "chained": _flow(_http("a"), _http("b", uri="URL/echo?x=${a.output.response.statusCode}")),
    "workflow values": _flow(_http("a", uri="URL/${workflow.workflowId}/${workflow.version}")),
    "path outside the schema is a warning": _flow(
        _http("a", httptask={"responseSchema": PET}),
        _http("b", body="${a.output.response.body.nam}"),
    ),
    "switch": _flow(_switch("$.v == 1 ? '1' : '2'")),
    "switch by value": _flow(_switch("v", "value-param")),
    "fork": _flow(JOINED, _join("x", "y"), _http("z", body="${x.output.response.body}")),
    "loop": _flow(_loop("if ($.l['iteration'] < 2) { true; } else { false; }")),
    "set variable": _flow(_of("SET_VARIABLE", "v", inputParameters={"n": 1}), _http("a")),
    "terminate": _flow(
        _http("a"), _of("TERMINATE", "t", inputParameters={"terminationStatus": "COMPLETED"})
    ),
    "noop": _flow(_of("NOOP", "n")),
    "flat": _flow({**_http("a"), "inputParameters": {"uri": "URL/echo", "method": "GET"}}),
    "created by a server": _flow(_http("a"), createTime=1, updateTime=2, ownerApp="x"),
    "optional": _flow({**_http("a"), "optional": True}),
    "outputs": _flow(_http("a"), outputParameters={"n": "${a.output.response.statusCode}"}),
    "two versions of input": _flow(_http("a"), inputTemplate={"a": 1}, inputParameters=["b"]),
    "unknown key": _flow(_http("a"), taskz=[]),
    "later reference": _flow(_http("a", body="${b.output.x}"), _http("b")),
    "own reference": _flow(_http("a", body="${a.output.x}")),
    "other branch": _flow(
        _fork([_http("x")], [_http("y", body="${x.output.response.body}")]), _join("x", "y")
    ),
}
BAD = {
    "no tasks": _flow(),
    "tasks is not a list": {**_flow(), "tasks": {}},
    "unknown output": _flow(_http("a"), _http("b", body="${a.output.nothing}")),
    "unknown reference in outputs": _flow(
        _http("a"), outputParameters={"x": "${nobody.output.x}"}
    ),
    "unknown reference": _flow(_http("a", body="${nobody.output.x}")),
    "task type": _flow(_of("SIMPLE", "a")),
    "nested task type": _flow(
        {**_switch("v", "value-param"), "defaultCase": [_of("SUB_WORKFLOW", "w")]}
    ),
    "unknown task type": _flow(_of("HTTPS", "a")),
    "no uri": _flow(_http("a", uri=None)),
    "uri of a wrong type": _flow(_http("a", uri=7)),
    "unknown request field": _flow(_http("a", methd="GET")),
    "unknown option": _flow(_http("a", httptask={"retries": 3})),
    "two bodies": _flow(_http("a", body="x", httptask={"form": {"a": 1}})),
    "duplicate reference": _flow(_http("a"), _http("a")),
    "no reference": _flow({key: v for key, v in _http("a").items() if key != "taskReferenceName"}),
    "fork without join": _flow(JOINED),
    "join on nobody": _flow(JOINED, _join("x", "nobody")),
    "empty fork": _flow(_fork(), _join("x")),
    "empty branch": _flow(_fork([_http("x")], []), _join("x")),
    "switch without expression": _flow(_of("SWITCH", "s", evaluatorType="value-param")),
    "script that is none": _flow(_switch("$.v ===")),
    "unknown evaluator": _flow(_switch("v", "python")),
    "loop without condition": _flow(_of("DO_WHILE", "l", loopOver=[_http("inner")])),
    "loop condition that is none": _flow(_loop("if ($.l['iteration'] < 2 { true; }")),
    "loop over nothing": _flow({**_loop("true"), "loopOver": []}),
    "termination status": _flow(
        _of("TERMINATE", "t", inputParameters={"terminationStatus": "MAYBE"})
    ),
    "output path": _flow(_http("a", httptask={"output": {"x": "$.response[["}})),
    "attached schema": _flow(_http("a", httptask={"requestSchema": {"type": "strin"}})),
    "literal body": _flow(
        _http("a", body={"n": "x"}, httptask={
            "requestSchema": {"type": "object", "properties": {"n": {"type": "integer"}}}})
    ),
    "retry count": _flow(_http("a", httptask={"retry": {"maxAttempts": "many"}})),
    "wrong schema version": _flow(_http("a"), schemaVersion=1),
}  # fmt: skip


@pytest.mark.parametrize("name", [*GOOD, *BAD])
def test_run_refuses_what_check_calls_an_error(
    invoke: Any, write: Any, httptask_server: LoopbackServer, name: str
) -> None:
    write("flow.json", {**GOOD, **BAD}[name])
    path = Path("flow.json")
    path.write_text(path.read_text().replace("URL", httptask_server.url))
    checked = invoke("check", "flow.json", "--json")
    errors = [each for each in checked.document if each["severity"] == "error"]
    assert checked.code == (2 if errors else 0)
    assert bool(errors) == (name in BAD), checked.document
    assert all(each["code"] and each["message"] for each in checked.document)
    ran = invoke("run", "flow.json", "--json")
    assert (ran.code == 2) == bool(errors), ran.err
    assert bool(httptask_server.requests) == (not errors and '"HTTP"' in path.read_text())
    if errors:
        assert ran.error["code"] == errors[0]["code"]
        assert ran.error["pointer"] == errors[0]["pointer"]


def test_a_check_for_a_server_knows_its_types_of_tasks(invoke: Any, write: Any) -> None:
    inline = _of("GENERATE_PDF", "i", inputParameters={"expression": "${nobody.output.x}"})
    write("flow.json", _flow(inline, _http("a", uri="https://api.example.com/${i.output.result}")))
    here = invoke("check", "flow.json", "--json")
    there = invoke("check", "flow.json", "--target", "conductor-oss", "--json")
    errors = [[each["code"] for each in ran.document if each["severity"] == "error"]
              for ran in (here, there)]  # fmt: skip
    assert errors == [["task_type_unsupported", "reference_unknown"], ["reference_unknown"]]


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("${a.output.response.body.idd}", "id"),
        ("${a.output.response.body.owner.emial}", "email"),
        ("${a.output.response.body.tags[0].nam}", "name"),
        ("${a.output.respnse.body}", "response"),
        ("${a.output.response.status}", "statusCode"),
        ("${a.output.pett}", "pet"),
        ("${a.outputs.response}", "output"),
        ("${aa.output.response}", "a"),
        ("${workflow.inputs.x}", "input"),
        ("${workflow.input.promt}", "prompt"),
    ],
)
def test_did_you_mean(invoke: Any, write: Any, path: str, meant: str) -> None:
    options = {"responseSchema": PET, "output": {"pet": "$.response.body"}}
    first = _http("a", uri="https://api.example.com", httptask=options)
    second = _http("b", uri="https://api.example.com", body={"deep": [{"x": f"at {path}"}]})
    write("flow.json", _flow(first, second, inputParameters=["prompt"]))
    ran = invoke("check", "flow.json", "--json")
    assert len(ran.document) == 1, ran.document
    finding = ran.document[0]
    assert path in finding["message"]
    assert finding["hint"] == f"did you mean {meant!r}?"
    assert finding["pointer"] == "/tasks/1/inputParameters/http_request/body/deep/0/x"


def test_non_public_origins_are_listed(invoke: Any, write: Any) -> None:
    uris = [
        "http://127.0.0.1:8000/x", "http://10.1.2.3/x", "http://[::1]/x", "http://db.internal/x",
        "http://169.254.169.254/latest", "https://api.example.com/x", "http://localhost:1/x",
    ]  # fmt: skip
    write("flow.json", _flow(*(_http(f"t{n}", uri=uri) for n, uri in enumerate(uris))))
    ran = invoke("check", "flow.json", "--json")
    found = {each["pointer"] for each in ran.document if each["code"] == "origin_not_public"}
    private = [n for n, uri in enumerate(uris) if "example" not in uri]
    assert found == {f"/tasks/{n}/inputParameters/http_request/uri" for n in private}
    hints = {each["message"]: each["hint"] for each in ran.document}
    assert "never" in hints["http://169.254.169.254 is not a public address"]
    assert ran.code == 0
    assert invoke("check", "flow.json", "--strict").code == 2


def test_the_text_says_what_the_document_says(invoke: Any, write: Any) -> None:
    write("flow.json", _flow(_http("a", uri="https://api.example.com", body="${nobody.output}")))
    ran = invoke("check", "flow.json")
    assert ran.code == 2
    assert ran.out.splitlines() == [
        "✗ flow.json 1 error, 0 warnings",
        "  error ${nobody.output}: there is no task with the reference 'nobody'",
        "    at   /tasks/0/inputParameters/http_request/body   reference_unknown",
        "    hint known: a",
    ]


def test_a_run_says_where_a_task_failed(invoke: Any, write: Any, task: Any, flow: Any) -> None:
    schema = {"properties": {"n": {"maximum": 10}}}
    body = {"n": "${workflow.input.n}"}
    one = task("https://api.example.com/x", method="POST", body=body)
    one["inputParameters"]["httptask"] = {"requestSchema": schema}
    write("flow.json", flow(one))
    ran = invoke("run", "flow.json", "-i", "n=11")
    assert ran.code == 1
    assert "flow.json#/tasks/0/inputParameters/http_request/body/n" in ran.err


def test_a_failure_workflow_is_started(invoke: Any, write: Any, flow: Any) -> None:
    end = {"terminationStatus": "FAILED", "terminationReason": "no"}
    one = {"name": "t", "taskReferenceName": "t", "type": "TERMINATE", "inputParameters": end}
    noop = {"name": "n", "taskReferenceName": "n", "type": "NOOP"}
    write("flow.json", flow(one, failureWorkflow="clean_up"))
    write("clean_up.json", {"name": "clean_up", "tasks": [noop]})
    assert invoke("check", "flow.json", "--json").document == []
    ran = invoke("run", "flow.json", "--json")
    assert ran.code == 1
    started = ran.document["output"]["conductor.failure_workflow"]
    assert invoke("runs", "show", started, "--json").document["workflowName"] == "clean_up"


def test_each_error_of_task_definitions_is_listed(invoke: Any, write: Any, flow: Any) -> None:
    bare = {"name": "f", "taskReferenceName": "f", "type": "HTTP", "inputParameters": {}}
    write("flow.json", flow(bare))
    write("defs.json", {"name": "f", "retryCount": -1, "retryLogic": "fixed"})
    ran = invoke("check", "flow.json", "--task-defs", "defs.json", "--json")
    assert ran.code == 2
    places = [(each["source"], each["pointer"]) for each in ran.document]
    assert places == [("defs.json", "/retryCount"), ("defs.json", "/retryLogic")]

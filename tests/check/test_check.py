from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from httptask.check import check_task, check_workflow
from httptask.definition.findings import Finding
from httptask.definition.loader import load_task, load_task_defs, load_workflow
from httptask.definition.schema_path import missing_part

RESPONSE = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "items": {"type": "array", "items": {"type": "object", "properties": {"n": {}}}},
    },
    "additionalProperties": False,
}


def http(ref: str, **inputs: Any) -> dict[str, Any]:
    request = {
        "uri": f"https://api.example.com/{ref}",
        "method": "GET",
        **inputs.pop("request", {}),
    }
    return {
        "name": ref,
        "taskReferenceName": ref,
        "type": "HTTP",
        "inputParameters": {"http_request": request, **({"httptask": inputs} if inputs else {})},
    }


def check(*tasks: dict[str, Any], **fields: Any) -> list[Finding]:
    workflow = {"name": "w", "version": 1, "schemaVersion": 2, "tasks": list(tasks), **fields}
    return check_workflow(load_workflow(workflow))


def only(findings: list[Finding], code: str) -> Finding:
    (found,) = [finding for finding in findings if finding.code == code]
    return found


def using(expression: str) -> dict[str, Any]:
    return http("second", query={"q": expression})


Q = "/tasks/1/inputParameters/httptask/query/q"


def test_a_sound_workflow_has_no_findings() -> None:
    first = http("first", responseSchema=RESPONSE, output={"made": "$.response.body.id"})
    for expression in (
        "${first.output.made}",
        "${first.output.response.body.items[0].n}",
        "${first.output.response.headers.Date[0]}",
        "${first.status}",
        "${workflow.input.x}",
        "${workflow.workflowId}",
        "${workflow.secrets.KEY}",
        "plain",
    ):
        assert check(first, using(expression)) == [], expression


@pytest.mark.parametrize(
    ("expression", "code", "severity", "hint"),
    [
        ("${frist.output.x}", "reference_unknown", "error", "did you mean 'first'?"),
        ("${frist}", "reference_unknown", "warning", "did you mean 'first'?"),
        ("${second.output.x}", "reference_later", "warning", "before"),
        ("${first.output.maed}", "path_unknown", "error", "did you mean 'made'?"),
        ("${first.output.response.bdy}", "path_unknown", "error", "did you mean 'body'?"),
        ("${first.output.response.body.idd}", "path_not_in_schema", "warning", "'id'"),
        ("${first.output.response.body.items[0].m}", "path_not_in_schema", "warning", "n"),
        ("${first.outptu.x}", "path_unknown", "error", "did you mean 'output'?"),
        ("${workflow.inptu.x}", "path_unknown", "error", "did you mean 'input'?"),
        ("${first.output", "expression_problem", "warning", ""),
    ],
)
def test_references(expression: str, code: str, severity: str, hint: str) -> None:
    first = http("first", responseSchema=RESPONSE, output={"made": "$.response.body.id"})
    found = only(check(first, using(expression)), code)
    assert (found.severity, found.pointer) == (severity, Q)
    assert hint in found.hint


def test_declared_inputs() -> None:
    found = check(using("${workflow.input.ctiy}"), inputParameters=["city"])
    finding = only(found, "input_undeclared")
    assert "did you mean 'city'?" in finding.hint
    declared = check(
        using("${workflow.input.zip}"), inputParameters=["city"], inputTemplate={"zip": "1"}
    )
    assert declared == []


def test_who_completes_a_task_gives_outputs_of_any_name() -> None:
    first = {**http("first"), "asyncComplete": True}
    assert check(first, using("${first.output.approved}")) == []
    assert only(check(first, using("${first.output.response.bdy}")), "path_unknown")


def test_an_output_filter_makes_other_names() -> None:
    first = http("first", request={"outputFilter": {"id": "$${first.output.response.body.id}"}})
    assert check(first, using("${first.output.id}")) == []


def test_other_branches_have_not_ended() -> None:
    fork = {
        "name": "f",
        "taskReferenceName": "f",
        "type": "FORK_JOIN",
        "forkTasks": [[http("left")], [using("${left.output.response.body}")]],
    }
    join = {"name": "j", "taskReferenceName": "j", "type": "JOIN", "joinOn": ["left", "second"]}
    assert only(check(fork, join), "reference_later").pointer.startswith("/tasks/0/forkTasks/1/0/")
    after = http("third", query={"q": "${left.output.response.body}"})
    forked = {**fork, "forkTasks": [[http("left")], [http("second")]]}
    assert check(forked, join, after) == []


def fork(*branches: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": "f",
        "taskReferenceName": "f",
        "type": "FORK_JOIN",
        "forkTasks": list(branches),
    }


def join(ref: str, *on: str) -> dict[str, Any]:
    return {"name": ref, "taskReferenceName": ref, "type": "JOIN", "joinOn": list(on)}


def switch(**cases: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": "s",
        "taskReferenceName": "s",
        "type": "SWITCH",
        "evaluatorType": "value-param",
        "expression": "x",
        "inputParameters": {"x": "${workflow.input.x}"},
        "decisionCases": cases,
    }


@pytest.mark.parametrize(
    ("joins", "warned"),
    [
        ([join("j", "left", "right")], False),
        ([join("j", "left")], False),
        ([join("j", "right")], True),
        ([join("j")], True),
        ([join("j", "right"), join("k", "left")], False),
        ([join("j", "before")], True),
    ],
)
def test_a_branch_that_no_join_has_waited_for(joins: list[Any], warned: bool) -> None:
    branches = fork([http("before"), http("left")], [http("right")])
    found = check(branches, *joins, using("${left.output.response.body}"))
    codes = ["reference_not_joined", "join_incomplete"]
    assert [each.code for each in found] == codes[: 2 * warned]
    if warned:
        finding = only(found, "reference_not_joined")
        assert finding.pointer == f"/tasks/{1 + len(joins)}/inputParameters/httptask/query/q"
        assert "joinOn" in finding.hint


def test_a_branch_left_open_inside_a_case() -> None:
    case = [fork([http("left")], [http("right")]), join("j", "right")]
    found = check(switch(a=case), using("${left.output.response.body}"))
    assert only(found, "join_incomplete").pointer == "/tasks/0/decisionCases/a/1/joinOn"
    assert {each.code for each in found} >= {"reference_not_joined", "reference_conditional"}
    inside = [*case, using("${right.output.response.body}")]
    assert check(switch(a=inside)) == []


def test_a_case_that_may_not_run() -> None:
    cases = switch(a=[http("one"), http("two", query={"q": "${one.output.response.body}"})])
    found = only(check(cases, using("${one.output.response.body}")), "reference_conditional")
    assert (found.severity, found.pointer) == ("warning", Q)
    assert "case" in found.hint
    assert check(cases, using("${s.output.selectedCase}")) == []
    outputs = {"x": "${one.output.response.body}"}
    assert check(cases, outputParameters=outputs) == []


def test_inputs_that_a_task_definition_gives() -> None:
    given = {"name": "bare", "taskReferenceName": "bare", "type": "HTTP", "inputParameters": {}}
    request = {"uri": "http://10.0.0.1/${nobody.output.x}", "method": "GET"}
    template = {"name": "bare", "inputTemplate": {"http_request": request}}
    codes = {each.code for each in check({**given, "taskDefinition": template})}
    assert codes == {"origin_not_public", "reference_unknown", "uri_value_unescaped"}
    defs = load_task_defs(template).require()
    workflow = {"name": "w", "version": 1, "schemaVersion": 2, "tasks": [given]}
    loaded = load_workflow(workflow, task_defs=defs)
    assert {each.code for each in check_workflow(loaded, defs)} == codes


def test_what_the_embedded_engine_does_not_do_is_told() -> None:
    found = only(check(http("first"), maskedFields=["a"]), "field_ignored")
    assert (found.severity, found.pointer) == ("warning", "/maskedFields")


@pytest.mark.parametrize("name", ["a b", "a.b", "workflow", "a}b", "a[0]"])
def test_names_that_no_expression_reads(name: str) -> None:
    found = only(check(http(name)), "reference_name")
    assert (found.severity, found.pointer) == ("warning", "/tasks/0/taskReferenceName")


@pytest.mark.parametrize("name", ["a", "a-b", "a_1", "é", "1", "workflow2"])
def test_names_that_expressions_read(name: str) -> None:
    assert check(http(name)) == []


@pytest.mark.parametrize(
    ("path", "code", "hint"),
    [
        ("$.response.body.idd", "output_not_in_schema", "did you mean 'id'?"),
        ("$.response.body.items[0].m", "output_not_in_schema", "known: n"),
        ("$.response.bdy.id", "path_unknown", "did you mean 'body'?"),
        ("$.body.id", "path_unknown", "known: response"),
    ],
)
def test_a_mapped_path_that_cannot_be_there(path: str, code: str, hint: str) -> None:
    for written in (path, {"path": path}):
        found = only(check(http("first", responseSchema=RESPONSE, output={"a": written})), code)
        assert (found.severity == "error", found.hint) == (code == "path_unknown", hint)
        assert found.pointer == "/tasks/0/inputParameters/httptask/output/a"


@pytest.mark.parametrize(
    "path",
    [
        "$.response.body[0].data.x",
        "$.response.body[-1].data.x",
        "$.response.headers.X[0]",
        "$.response",
        "$",
        "$..idd",
    ],
)
def test_mapped_paths_that_may_be_there(path: str) -> None:
    assert check(http("first", responseSchema=RESPONSE, output={"a": path})) == []


@pytest.mark.parametrize(
    ("uri", "path", "code", "pointer"),
    [
        ("ftp://x.example.com/y", {}, "input_invalid", "http_request/uri"),
        ("x.example.com/y", {}, "input_invalid", "http_request/uri"),
        ("https://x.example.com:99999/", {}, "input_invalid", "http_request/uri"),
        ("https://u:p@x.example.com/", {}, "userinfo_refused", "http_request/uri"),
        ("https://x.example.com/{id}", {}, "path_value_missing", "httptask/path/id"),
        ("https://x.example.com/{id}/${workflow.input.x}", {}, "path_value_missing",
         "httptask/path/id"),
        ("https://x.example.com/{id}", {"id": ".."}, "path_value_climbs", "httptask/path"),
        ("https://x.example.com/", {"id": "1"}, "path_value_unused", "httptask/path/id"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_built(uri: str, path: Any, code: str, pointer: str) -> None:
    found = only(check(http("first", request={"uri": uri}, path=path)), code)
    assert found.pointer == f"/tasks/0/inputParameters/{pointer}"
    assert found.severity == ("warning" if code == "path_value_unused" else "error")
    assert "u:p" not in found.message


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("https://x.example.com/{id}", {"id": "${workflow.input.id}"}),
        ("https://x.example.com/{id}", {"id": 7}),
        ("https://x.example.com/{/list*}{?q,r}", {"list": ["a"], "q": 1, "r": 2}),
        ("${workflow.input.base}/{id}", {}),
        ("https://x.example.com/{id}", "${workflow.input.path}"),
        (" https://x.example.com/a b", {}),
        ("https://x.example.com/a?q={}", {}),
    ],
)
def test_an_address_that_can_be_built(uri: str, path: Any) -> None:
    assert check(http("first", request={"uri": uri}, path=path)) == []


def test_outputs_see_every_task() -> None:
    assert check(http("first"), outputParameters={"x": "${first.output.response.body}"}) == []
    found = check(http("first"), outputParameters={"x": "${nobody.output.y}"})
    assert only(found, "reference_unknown").pointer == "/outputParameters/x"


def test_types_that_nothing_here_runs() -> None:
    found = check(
        {"name": "s", "taskReferenceName": "s", "type": "KAFKA_PUBLISH", "inputParameters": {}}
    )
    finding = only(found, "task_type_unsupported")
    assert (finding.severity, finding.pointer) == ("error", "/tasks/0/type")


@pytest.mark.parametrize(
    ("uri", "listed"),
    [
        ("https://api.example.com/x", False),
        ("http://localhost:8080/x", True),
        ("http://127.0.0.1/x", True),
        ("http://[::1]:8080/", True),
        ("http://10.0.0.1/", True),
        ("http://169.254.169.254/", True),
        ("http://db.internal/", True),
        ("http://intranet/", True),
        ("https://8.8.8.8/", False),
        ("https://api.example.com./", False),
    ],
)
def test_origins_that_are_not_public(uri: str, listed: bool) -> None:
    findings = check(http("first", request={"uri": uri}))
    codes = [finding.code for finding in findings]
    assert ("origin_not_public" in codes) == listed
    if listed:
        found = only(findings, "origin_not_public")
        assert found.severity == "warning"
        assert found.pointer == "/tasks/0/inputParameters/http_request/uri"


def test_the_proxys_origin_too() -> None:
    found = only(check(http("first", proxy="http://u:p@10.0.0.1:3128")), "origin_not_public")
    assert found.pointer == "/tasks/0/inputParameters/httptask/proxy"
    assert "u:p" not in found.message


def test_a_secret_that_goes_who_knows_where() -> None:
    auth = {"type": "bearer", "token": "${workflow.secrets.KEY}"}
    request = {"uri": "${workflow.input.base}/x"}
    assert only(check(http("first", request=request, auth=auth)), "secret_origin_unknown")
    assert check(http("first", auth=auth)) == []


def test_literal_bodies_against_the_schema() -> None:
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "size": {"enum": ["a", "b"]}},
        "required": ["n"],
        "additionalProperties": False,
    }
    wrong = http("first", request={"method": "POST", "body": {"n": "1"}}, requestSchema=schema)
    found = only(check(wrong), "request_schema")
    assert found.pointer == "/tasks/0/inputParameters/http_request/body/n"
    computed = {"n": "${workflow.input.n}", "size": "${workflow.input.s}"}
    fine = http("first", request={"method": "POST", "body": computed}, requestSchema=schema)
    assert check(fine) == []


def test_a_task_on_its_own(tmp_path: Path) -> None:
    task = http("first", request={"uri": "http://10.0.0.1/"})
    found = only(check_task(load_task(task)), "origin_not_public")
    assert found.pointer == "/inputParameters/http_request/uri"


@pytest.mark.parametrize(
    ("schema", "path", "missing"),
    [
        (RESPONSE, ["id"], None),
        (RESPONSE, ["x"], (0, ["id", "items"])),
        (RESPONSE, ["items", 0, "m"], (2, ["n"])),
        (True, ["x", 1], None),
        ({}, ["x"], None),
        ({"type": "object"}, ["x"], None),
        ({"type": "string"}, ["x"], (0, [])),
        ({"anyOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}, ["b"], None),
        ({"anyOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}, ["c"], (0, ["a", "b"])),
        ({"$ref": "#/$defs/T", "$defs": {"T": {"properties": {"a": {}}}}}, ["a"], None),
        ({"$ref": "#/$defs/T", "$defs": {"T": {"properties": {"a": {}}}}}, ["b"], (0, ["a"])),
        ({"$ref": "#"}, ["a"], None),
        ({"type": "object", "additionalProperties": {"type": "object"}}, ["a", "b"], None),
        ({"type": "array", "prefixItems": [{"type": "integer"}], "items": False}, [1], (0, [])),
        ({"patternProperties": {"^x": {}}}, ["xa"], None),
        ({"$ref": "http://elsewhere/"}, ["a"], None),
    ],
)
def test_missing_part(schema: Any, path: list[Any], missing: Any) -> None:
    assert missing_part(schema, path) == missing


@pytest.mark.parametrize("method", ["PROPFIND", "MKCOL", "QUERY", "query", "get", "PURGE"])
def test_known_methods_are_fine(method: str) -> None:
    assert check(http("a", request={"method": method})) == []


def test_an_unknown_method_is_sent_and_said() -> None:
    found = only(check(http("a", request={"method": "PROPFND"})), "method_unknown")
    assert found.severity == "warning"
    assert found.pointer == "/tasks/0/inputParameters/http_request/method"
    assert found.hint == 'did you mean "PROPFIND"?'


def test_a_method_that_no_task_sends() -> None:
    found = only(check(http("a", request={"method": "connect"})), "method_refused")
    assert (found.severity, "httptask.proxy" in found.message) == ("error", True)

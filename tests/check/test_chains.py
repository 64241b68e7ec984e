"""What the check says of a chain: values, scripts, flow and options."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.app.check import check
from httptask.app.load import Surroundings
from httptask.check import check_task
from httptask.definition.findings import Finding, Fix
from httptask.definition.loader import load_task

ORDER = {
    "type": "object",
    "required": ["id", "number", "state", "lines", "note"],
    "properties": {
        "id": {"type": "string"},
        "number": {"type": "integer"},
        "state": {"enum": ["open", "sent"]},
        "note": {"type": ["string", "null"]},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
        "extra": {"type": "string"},
    },
    "$defs": {"Line": {"type": "object", "properties": {"sku": {"type": "string"}}}},
}
TAKEN = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "count": {"type": "integer"},
        "skus": {"type": "array", "items": {"type": "string"}},
        "state": {"enum": ["sent", "lost"]},
    },
}


def http(ref: str, body: Any = None, method: str = "POST", **options: Any) -> dict[str, Any]:
    request = {"uri": "https://api.example.com/v1", "method": method, **options.pop("request", {})}
    request |= {} if body is None else {"body": body}
    inputs = {"http_request": request, "httptask": {"responseSchema": ORDER, **options}}
    return {"name": ref, "taskReferenceName": ref, "type": "HTTP", "inputParameters": inputs}


def task(kind: str, ref: str, **fields: Any) -> dict[str, Any]:
    return {"name": ref, "taskReferenceName": ref, "type": kind, **fields}


def found(*tasks: dict[str, Any], **fields: Any) -> list[Finding]:
    document = {"name": "w", "tasks": list(tasks), **fields}
    return list(check(document, Surroundings(), "httptask").findings)


def codes(*tasks: dict[str, Any], **fields: Any) -> dict[str, str]:
    return {one.code: one.pointer for one in found(*tasks, **fields)}


@pytest.mark.parametrize(
    ("field", "path", "code"),
    [
        ("name", "id", None),
        ("name", "number", "wire_type"),
        ("name", "lines", "wire_type"),
        ("name", "note", "wire_null"),
        ("name", "extra", "wire_null"),
        ("name", "lines[0].sku", "wire_null"),
        ("count", "number", None),
        ("count", "note", "wire_type"),
        ("skus", "lines", "wire_type"),
        ("skus", "lines[*].sku", None),
        ("skus", "lines[*].skew", "path_not_in_schema"),
        ("skus", "lines[?(@.sku == 'a')].sku", None),
        ("skus", "lines[?(@.skew == 'a')].sku", "path_not_in_schema"),
        ("state", "state", None),
    ],
)
def test_a_reference_gives_what_the_request_takes(field: str, path: str, code: str | None) -> None:
    body = {"name": "x", field: f"${{a.output.response.body.{path}}}"}
    second = http("b", body, requestSchema=TAKEN)
    at = f"/tasks/1/inputParameters/http_request/body/{field}"
    assert codes(http("a"), second) == ({code: at} if code else {})


def test_mapped_outputs_and_variables_are_followed() -> None:
    first = http("a", output={"n": "$.response.body.number", "o": {"path": "$.response.body.note"}})
    keep = task("SET_VARIABLE", "v", inputParameters={"kept": "${a.output.n}"})
    body = {"name": "${workflow.variables.kept}"}
    assert list(codes(first, keep, http("b", body, requestSchema=TAKEN))) == ["wire_type"]
    settled = http("a", output={"n": {"path": "$.response.body.note", "default": "none"}})
    body = {"name": "${a.output.n}"}
    assert codes(settled, http("b", body, requestSchema=TAKEN)) == {}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"page": 3, "token": "x"}, None),
        ({"page": "3", "token": "x"}, None),
        ({"page": "three", "token": "x"}, "request_schema"),
        ({"pag": 3, "token": "x"}, "parameter_unknown"),
        ({"page": 3}, "request_schema"),
        ({}, "parameter_missing"),
        ({"other": 3, "token": "x"}, None),
    ],
)
def test_parameters(given: dict[str, Any], code: str | None) -> None:
    query = {
        "type": "object",
        "required": ["token"],
        "properties": {"page": {"type": "integer"}, "token": {"type": "string"}},
    }
    schema = {"type": "object", "properties": {"query": query}}
    only = http("a", method="GET", query=given, parametersSchema=schema)
    assert list(codes(only)) == ([code] if code else [])
    assert [each.code for each in check_task(load_task(only))] == ([code] if code else [])


@pytest.mark.parametrize(
    ("script", "cases", "wanted"),
    [
        ("$.state == 'open' ? 'go' : 'wait'", ["go"], []),
        ("$.state == 'opened' ? 'go' : 'wait'", ["go"], ["script_value_impossible"]),
        (
            "$.stat == 'open' ? 'go' : 'wait'",
            ["go"],
            ["script_name_unknown", "script_input_unread"],
        ),
        ("$.state == 'open' ? 'go' : 'wait'", ["gone"], ["case_impossible"]),
        ("if ($.state == 'open') { return 'a' } return $.state", ["a", "sent"], []),
        ("$.state", ["lost"], ["case_impossible"]),
        ("$.state", ["open", "lost"], ["case_impossible", "case_missing"]),
        ("['open', 'snt'].includes($.state) ? 'a' : 'b'", ["a"], ["script_value_impossible"]),
        ("['open', 'sent'].includes($.state) ? 'a' : 'b'", ["a"], []),
        (
            "switch ($.state) { case 'opn': return 'a' } return 'b'",
            ["a"],
            ["script_value_impossible"],
        ),
        ("switch ($.state) { case 'open': return 'a' } return 'b'", ["a"], []),
        ("1 < 2 ? 'a' : 'b'", ["a", "b"], ["switch_constant"]),
        ("'a'", ["a"], ["switch_constant"]),
        ("Math.random() > 0.5 ? 'a' : 'b'", ["a", "b"], []),
        ("$.order.number == 'x' ? 'a' : 'b'", ["a"], ["script_value_impossible"]),
        ("$.order.number == '5' ? 'a' : 'b'", ["a"], []),
        ("$.order.number === '5' ? 'a' : 'b'", ["a"], ["script_value_impossible"]),
        ("$.order.nr == 5 ? 'a' : 'b'", ["a"], ["script_name_unknown"]),
        ("$.state.toUpperCase()", ["SENT"], []),
        ("'a: ' + $.state // $.nothing", ["b"], []),
        ("typeof $.nothing === 'undefined' ? 'a' : 'b'", ["a"], []),
    ],
)
def test_scripts_of_a_switch(script: str, cases: list[str], wanted: list[str]) -> None:
    body = "${a.output.response.body"
    switch = task(
        "SWITCH",
        "s",
        evaluatorType="javascript",
        expression=f"(function () {{ {script} }})()" if "return" in script else script,
        inputParameters={"state": f"{body}.state}}", "order": f"{body}}}"},
        decisionCases={case: [task("NOOP", f"n_{case}")] for case in cases},
    )
    assert sorted(codes(http("a"), switch)) == sorted(wanted)


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("$.l['iteration'] < $.most", None),
        ("$.l['iteration'] < $.mst", "script_name_unknown"),
        ("$.l['iteratoin'] < 3", "script_name_unknown"),
        ("$.a['response']['body']['state'] != 'sent' && $.l['iteration'] < 3", None),
        (
            "$.a['response']['body']['stat'] != 'sent' && $.l['iteration'] < 3",
            "script_name_unknown",
        ),
        ("$.a['response']['body']['state'] != 'x'", "script_value_impossible"),
        ("$.l['iteration'] > 0", "loop_unbounded"),
        ("true", "loop_unbounded"),
        ("$.l['iteration'] < 1", "loop_once"),
        ("$.id == 'x'", "loop_constant"),
        ("$.id == 'x' && Math.random() < 0.5", None),
    ],
)
def test_conditions_of_a_loop(condition: str, code: str | None) -> None:
    inputs = {"most": 3, "id": "${b.output.response.body.id}"}
    loop = task(
        "DO_WHILE", "l", loopCondition=condition, loopOver=[http("a")], inputParameters=inputs
    )
    told = codes(http("b"), loop)
    assert code in told if code else told == {}


def test_the_flow() -> None:
    stop = task("TERMINATE", "t", inputParameters={"terminationStatus": "FAILED"})
    assert codes(stop, http("a")) == {"task_unreachable": "/tasks/1"}
    early = http("a", {"name": "${workflow.variables.kept}", "x": "${workflow.variables.kep}"})
    keep = task("SET_VARIABLE", "v", inputParameters={"kept": 1})
    assert sorted(codes(early, keep)) == ["variable_unknown", "variable_unset"]
    optional = http("a") | {"optional": True}
    read = http("b", {"name": "${a.output.response.body.id}"})
    assert codes(optional, read) == {"optional_read": "/tasks/0/optional"}
    read = http("b", {"name": "${a.output.response.statusCode}"})
    assert codes(optional, read) == {}
    fixed = task(
        "SWITCH",
        "s",
        evaluatorType="value-param",
        expression="k",
        inputParameters={"k": "a"},
        decisionCases={"a": [http("b")]},
    )
    assert codes(fixed) == {"switch_constant": "/tasks/0/inputParameters/k"}


def test_what_run_refuses() -> None:
    wrong = http("a", {"x": 1}, request={"contentType": "application/xml"})
    at = "/tasks/0/inputParameters/http_request/contentType"
    assert codes(wrong) == {"body_type_mismatch": at}
    headers = {"content-type": "application/xml"}
    assert codes(http("a", {"x": 1}, request={"headers": headers})) == {
        "body_type_mismatch": "/tasks/0/inputParameters/http_request/headers/content-type"
    }
    assert codes(http("a", "<x/>", request={"contentType": "application/xml"})) == {}


def test_a_loop_over_a_list_needs_no_condition() -> None:
    fields = {"loopOver": [http("a")], "inputParameters": {"items": [1, 2]}}
    assert codes(task("DO_WHILE", "l", **fields)) == {}
    assert "field_needed" in codes(task("DO_WHILE", "l", loopOver=[http("a")]))


def test_a_secret_in_the_clear() -> None:
    auth = {"type": "bearer", "token": "${workflow.secrets.KEY}"}
    only = http("a", request={"uri": "http://api.example.com/v1"}, auth=auth)
    assert codes(only) == {"secret_in_clear": "/tasks/0/inputParameters/http_request/uri"}


@pytest.mark.parametrize("text", ["{{workflow.input.x}}", "$(workflow.input.x)", "$a.output.y}"])
def test_almost_expressions(text: str) -> None:
    at = "/tasks/0/inputParameters/http_request/body/name"
    assert codes(http("a", {"name": text})) == {"expression_almost": at}
    assert codes(http("a", {"name": "$${workflow.input.x} {{x}} a.output.y"})) == {}


def test_secrets() -> None:
    def bearer(token: str) -> dict[str, Any]:
        return {"type": "bearer", "token": token}

    right = bearer("${workflow.secrets.SHOP_TOKEN}")
    wrong = bearer("${workflow.secrets.SHOP_TOKN}")
    at = "/tasks/2/inputParameters/httptask/auth/token"
    tasks = http("a", auth=right), http("b", auth=right), http("c", auth=wrong)
    assert codes(*tasks) == {"secret_misspelt": at}
    assert list(codes(http("a", auth=bearer("abc")))) == ["secret_literal"]
    for value, wanted in (("Bearer abcdefgh", ["secret_literal"]), ("Bearer {token}", [])):
        sent = http("a", request={"headers": {"Authorization": value}})
        assert list(codes(sent)) == wanted
    aws = {"type": "aws-sigv4", "accessKey": "A", "region": "eu-west-1", "service": "s3"}
    secret = "${workflow.secrets.KEY}"
    signed = {**aws, "secretKey": secret, "sessionToken": "a-session"}
    assert list(codes(http("a", auth=signed))) == ["secret_literal"]
    assert list(codes(http("a", auth={**signed, "sessionToken": secret}))) == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"retry": {"maxAttempts": 3}}, "retry_unused"),
        ({"cache": {}}, "cache_unused"),
        ({"cache": {}, "request": {"method": "GET"}}, None),
        (
            {
                "cache": {},
                "request": {"method": "GET"},
                "tls": {"clientCertificatePem": "${workflow.input.pem}"},
            },
            "cache_unused",
        ),
        (
            {
                "cache": {"storeSecrets": True},
                "request": {"method": "GET"},
                "auth": {
                    "type": "oauth2",
                    "grant": "device_code",
                    "tokenUrl": "https://id.example.com/token",
                    "deviceUrl": "https://id.example.com/device",
                    "clientId": "c",
                },
            },
            "cache_unused",
        ),
        (
            {
                "cache": {},
                "request": {"method": "GET", "headers": {"X-Key": "${workflow.secrets.KEY}"}},
            },
            "cache_unused",
        ),
        (
            {
                "cache": {"storeSecrets": True},
                "request": {"method": "GET", "headers": {"X-Key": "${workflow.secrets.KEY}"}},
            },
            None,
        ),
        ({"retry": {"maxAttempts": 3}, "idempotent": True}, None),
        (
            {"idempotent": True, "deadlineMs": 90, "retry": {"initialDelayMs": 100}},
            "retry_too_late",
        ),
        ({"deadlineMs": 50, "request": {"readTimeOut": 60}}, "timeout_over_deadline"),
        (
            {
                "paging": {"kind": "page", "parameter": "from"},
                "request": {"method": "POST", "body": {"from": 1}},
            },
            "paging_place",
        ),
        (
            {
                "paging": {"kind": "page", "parameter": {"in": "body", "name": "/from"}},
                "request": {"method": "POST", "body": {"from": 1}},
            },
            None,
        ),
        (
            {"idempotent": True, "acceptedStatusCodes": ["5xx"], "retry": {"statuses": ["503"]}},
            "statuses_conflict",
        ),
        (
            {"idempotent": True, "acceptedStatusCodes": ["200"], "retry": {"statuses": ["5xx"]}},
            None,
        ),
    ],
)
def test_options_against_each_other(options: dict[str, Any], code: str | None) -> None:
    assert list(codes(http("a", **options))) == ([code] if code else [])


def test_names_in_scripts_have_fixes() -> None:
    inputs = {"state": "${a.output.response.body.state}"}
    for plain, script, fix in (
        (False, "$.stat == 'open' ? 'a' : 'b'", Fix("replace", "$.state", "$.stat")),
        (False, "$.stat == 'open' ? $.static : 'b'", None),
        (True, "stat", Fix("set", "state")),
    ):
        switch = task(
            "SWITCH",
            "s",
            evaluatorType="value-param" if plain else "javascript",
            expression=script,
            inputParameters=inputs,
            decisionCases={"a": []},
        )
        told = [each for each in found(http("a"), switch) if each.code == "script_name_unknown"]
        assert told[0].fix == fix

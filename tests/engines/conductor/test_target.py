"""Where a definition would run otherwise on the built-in HTTP task."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.engines.conductor.differences import DIFFERENCES
from httptask.engines.conductor.target import differences_for

PLAIN = {"uri": "https://api.example.com/a", "method": "GET"}


def found(inputs: dict[str, Any], **fields: Any) -> list[tuple[str, str]]:
    task = {"name": "t", "taskReferenceName": "t", "type": "HTTP", "inputParameters": inputs}
    document = {"name": "w", "tasks": [{**task, **fields.pop("task", {})}], **fields}
    return [(finding.code, finding.pointer) for finding in differences_for(document)]


def test_a_plain_task_has_no_findings() -> None:
    assert found({"http_request": PLAIN}) == []
    assert found({"http_request": PLAIN, "httptask": {"operation": {"id": "x"}}}) == []


@pytest.mark.parametrize(
    ("changed", "code", "pointer"),
    [
        ({"method": "PROPFIND"}, "any_method", "/method"),
        ({"method": "get"}, "any_method", "/method"),
        ({"uri": "https://h/a%20b"}, "addresses_as_written", "/uri"),
        ({"uri": "https://h/{id}"}, "addresses_as_written", "/uri"),
        ({"uri": "https://h/a//b"}, "addresses_as_written", "/uri"),
        ({"uri": "https://h/a?q=b=c"}, "addresses_as_written", "/uri"),
        ({"uri": "https://h/a?t=YQ=="}, "addresses_as_written", "/uri"),
        ({"uri": "https://h/a?&&a=1"}, "addresses_as_written", "/uri"),
        ({"uri": "https://h/a?a=1 "}, "addresses_as_written", "/uri"),
        ({"uri": "https://h/a /b"}, "addresses_as_written", "/uri"),
        ({"uri": "https://h/%zz"}, "addresses_as_written", "/uri"),
        ({"uri": "https://h/a?{}{}"}, "addresses_as_written", "/uri"),
        ({"uri": "https://h/a#{b}"}, "addresses_as_written", "/uri"),
        ({"uri": " https://h/a"}, "addresses_as_written", "/uri"),
        ({"uri": "https://exämple.com/"}, "addresses_as_written", "/uri"),
        ({"headers": {"Accept": "text/csv"}}, "headers_as_written", "/headers/Accept"),
        ({"headers": {"X/A": ["a", "b"]}}, "headers_as_written", "/headers/X~1A"),
        ({"headers": {"X": 1e20}}, "headers_as_written", "/headers/X"),
        ({"headers": {"X": 0.0001}}, "headers_as_written", "/headers/X"),
        ({"headers": {"X": "a "}}, "headers_as_written", "/headers/X"),
        ({"accept": "text/html; q=0.5"}, "headers_as_written", "/accept"),
        ({"accept": ["a/b", "Text/HTML"]}, "headers_as_written", "/accept"),
        ({"contentType": "text/plain; charset=utf-8"}, "headers_as_written", "/contentType"),
        ({"accept": "text/html, application/json"}, "lenient_responses", "/accept"),
        ({"accept": "text/html;charset=nope"}, "lenient_responses", "/accept"),
        ({"body": {}, "contentType": "text/json"}, "lenient_responses", "/contentType"),
        ({"body": {}, "contentType": "image/x+json"}, "lenient_responses", "/contentType"),
        ({"body": "a", "contentType": "a/b;charset=UTF-16"}, "charsets", "/contentType"),
        (
            {"body": {}, "contentType": "application/json;charset=iso-8859-1"},
            "charsets",
            "/contentType",
        ),
        ({"headers": {"X": "a\nb"}}, "checked_input", "/headers/X"),
        ({"headers": {"X": "日"}}, "checked_input", "/headers/X"),
        ({"body": [], "contentType": "application/xml"}, "checked_input", "/contentType"),
        ({"body": "é", "contentType": "a/b;charset=us-ascii"}, "checked_input", "/body"),
        (
            {"body": {"a": "é"}, "contentType": "application/json;charset=us-ascii"},
            "checked_input",
            "/body",
        ),
        ({"headers": None}, "nulls", "/headers"),
        ({"contentType": None}, "nulls", "/contentType"),
        ({"readTimeOut": None}, "nulls", "/readTimeOut"),
        ({"acceptedStatusCodes": ["404"]}, "additions", "/acceptedStatusCodes"),
        ({"encode": False}, "additions", "/encode"),
        ({"method": "POST"}, "no_hidden_resend", "/method"),
        ({"method": "PUT", "body": "é", "contentType": "text/plain"}, "charsets", "/body"),
        ({"body": {"home": "${HOME}"}}, "expressions", "/body/home"),
        ({"body": [{"a/b": "$${workflow.secrets.X}"}]}, "expressions", "/body/0/a~1b"),
    ],
)
def test_each_difference_is_found(changed: dict[str, Any], code: str, pointer: str) -> None:
    where = f"/tasks/0/inputParameters/http_request{pointer}"
    assert found({"http_request": {**PLAIN, **changed}}) == [(f"differs_{code}", where)]


@pytest.mark.parametrize(
    "changed",
    [
        {"uri": "https://h/a=b=c;d/{a/b}?a=&b=c?d//e&f={}&g={x&h=100%&i={a&b}&{c=d}#%20"},
        {"uri": "https://h/a b/100%"},
        {"uri": "https://h/a?q=b #c"},
        {"uri": "https://h/a "},
        {"uri": "https://h/a b?${workflow.input.q}"},
        {"headers": {"X": 0, "Y": 100.0, "Z": -0.0, "A": " a b", "B": " "}},
        {"accept": "text/html;q=0.5;Level=1"},
        {"accept": ["*/*", "text/*"]},
        {"accept": "${workflow.input.a}"},
        {"headers": {"X": "é\tb"}, "body": "\ud800"},
        {"body": "é", "contentType": "application/json;charset=iso-8859-1"},
        {"body": "é", "contentType": 'text/csv;charset="utf-8"'},
        {"body": {"a": 1}, "contentType": "application/vnd.api+json;charset=US-ASCII"},
    ],
)
def test_what_is_the_same_is_not_warned_of(changed: dict[str, Any]) -> None:
    assert found({"http_request": {**PLAIN, **changed}}) == []


def test_expressions_in_an_address_are_not_its_braces() -> None:
    assert found({"http_request": {**PLAIN, "uri": "${workflow.input.base}/a"}}) == []


def test_options_are_named_one_by_one() -> None:
    inputs = {**PLAIN, "httptask": {"query": {"a": 1}, "retry": {}}}
    below = "/tasks/0/inputParameters/httptask"
    assert found(inputs) == [
        ("differs_additions", f"{below}/query"),
        ("differs_additions", f"{below}/retry"),
    ]


def test_reading_the_response_of_a_failed_task_is_found() -> None:
    outputs = {"code": "${t.output.response.statusCode}"}
    assert found(PLAIN, outputParameters=outputs) == []
    assert found(PLAIN, outputParameters=outputs, task={"optional": True}) == [
        ("differs_structured_errors", "/outputParameters/code")
    ]


def test_what_the_server_does_not_have_is_an_error() -> None:
    document = {
        "name": "w",
        "tasks": [{"name": "p", "taskReferenceName": "p", "type": "HTTP_POLL"}],
    }
    (finding,) = differences_for(document)
    assert (finding.severity, finding.pointer) == ("error", "/tasks/0/type")


def loop(ref: str, *body: dict[str, Any]) -> dict[str, Any]:
    condition = f"$.{ref}['iteration'] < 2"
    fields = {"name": ref, "taskReferenceName": ref, "type": "DO_WHILE"}
    return {**fields, "loopCondition": condition, "loopOver": list(body)}


def inline(*tasks: dict[str, Any]) -> dict[str, Any]:
    definition = {"name": "i", "version": 1, "tasks": list(tasks)}
    fields = {"name": "sub", "taskReferenceName": "sub", "type": "SUB_WORKFLOW"}
    return {**fields, "subWorkflowParam": {"name": "i", "workflowDefinition": definition}}


NOOP = {"name": "n", "taskReferenceName": "n", "type": "NOOP"}
SWITCH = {"name": "s", "taskReferenceName": "s", "type": "SWITCH", "evaluatorType": "value-param"}


@pytest.mark.parametrize(
    ("tasks", "pointers"),
    [
        ([loop("a", NOOP), loop("b", NOOP)], []),
        ([loop("a", loop("b", NOOP))], ["/tasks/0/loopOver/0/type"]),
        ([{**loop("a", NOOP), "items": "${workflow.input.l}"}], []),
        (
            [NOOP, loop("a", NOOP, {**SWITCH, "decisionCases": {"x/y": [loop("b", NOOP)]}})],
            ["/tasks/1/loopOver/1/decisionCases/x~1y/0/type"],
        ),
        ([loop("a", inline(loop("b", NOOP)))], []),
        (
            [loop("a", inline(loop("b", loop("c", NOOP))))],
            ["/tasks/0/loopOver/0/subWorkflowParam/workflowDefinition/tasks/0/loopOver/0/type"],
        ),
    ],
)
def test_a_loop_in_a_loop_is_an_error(tasks: list[dict[str, Any]], pointers: list[str]) -> None:
    findings = differences_for({"name": "w", "tasks": tasks})
    assert [finding.pointer for finding in findings] == pointers
    assert {finding.code for finding in findings} <= {"server_unsupported"}
    assert all(finding.severity == "error" and finding.hint for finding in findings)


def test_a_list_that_is_written_out_is_not_an_items_of_a_server() -> None:
    tasks = [{**loop("a", NOOP), "items": [1, 2]}]
    (finding,) = differences_for({"name": "w", "tasks": tasks})
    assert (finding.code, finding.pointer) == ("server_unsupported", "/tasks/0/items")


def test_every_code_is_a_group() -> None:
    ids = {f"differs_{group.id.replace('-', '_')}" for group in DIFFERENCES}
    found_codes = {code for code, _ in found({**PLAIN, "uri": "https://h/%41//{a}"})}
    assert found_codes <= ids
    assert found_codes


@pytest.mark.parametrize(
    ("expression", "output"),
    [
        ("t.output.response.headers.ETag[0]", "etag"),
        ("t.output.response.headers['X-Total-Count']", "x_total_count"),
        ("loop.output['1'].t.response.headers.Link", "link"),
    ],
)
def test_names_of_headers_are_the_servers_matter(expression: str, output: str) -> None:
    task = {"name": "t", "taskReferenceName": "t", "type": "HTTP", "inputParameters": PLAIN}
    outputs = {"h": f"${{{expression}}}"}
    document = {"name": "w", "tasks": [task], "outputParameters": outputs}
    (finding,) = differences_for(document)
    assert (finding.code, finding.severity) == ("differs_expressions", "warning")
    assert finding.pointer == "/outputParameters/h"
    assert f'"{output}": "$.response.headers[' in finding.message
    assert f".output.{output}}}" in finding.message


@pytest.mark.parametrize(
    "expression",
    [
        "t.output.response.headers",
        "t.output.response.body.headers.ETag",
        "t.output.etag",
        "workflow.input.response.headers.ETag",
    ],
)
def test_what_is_not_a_header_of_a_response_is_not_warned_of(expression: str) -> None:
    task = {"name": "t", "taskReferenceName": "t", "type": "HTTP", "inputParameters": PLAIN}
    outputs = {"h": f"${{{expression}}}"}
    assert differences_for({"name": "w", "tasks": [task], "outputParameters": outputs}) == []


@pytest.mark.parametrize(
    ("script", "warned"),
    [
        ("$.t['response']['headers']['Link'] != null", True),
        ("$.t.response.headers.Link != null", True),
        ("$.t.response.headers['Content-Type'][0]", True),
        ("$.t.response.headers", False),
        ("$.t.headers.length", False),
        ("$.t.link != null", False),
    ],
)
def test_scripts_read_names_with_case_there(script: str, warned: bool) -> None:
    loop = {"name": "l", "taskReferenceName": "l", "type": "DO_WHILE", "loopCondition": script}
    found = differences_for({"name": "w", "tasks": [{**loop, "loopOver": []}]})
    pointers = [each.pointer for each in found if "names of headers" in each.message]
    assert pointers == (["/tasks/0/loopCondition"] if warned else [])

"""Request and response schemas, as a run holds to them."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.core.result import TaskResult, TaskStatus
from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.tasks import TaskRunner


def run(
    tasks: TaskRunner, uri: str, method: str = "GET", body: Any = None, **rest: Any
) -> TaskResult:
    return tasks.run(
        {"http_request": {"uri": uri, "method": method, "body": body}, "httptask": rest}
    )


def test_a_schema_mismatch_warns_or_fails(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    httptask_server.route("/thing", lambda _: json_reply({"id": "seven"}))
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    uri = f"{httptask_server.url}/thing"
    warned = run(httptask_tasks, uri, responseSchema=schema, output={"id": "$.response.body.id"})
    assert warned.status is TaskStatus.COMPLETED
    assert warned.output["id"] == "seven"
    assert warned.trace is not None
    (warning,) = warned.trace.warnings
    assert warning["code"] == "response_schema"
    assert "/id" in warning["message"]
    assert "seven" not in warning["message"]
    failed = run(httptask_tasks, uri, responseSchema=schema, enforceResponseSchema=True)
    assert failed.status is TaskStatus.FAILED
    assert failed.error is not None
    assert (failed.error.code, failed.error.pointer) == ("response_schema", "/id")
    assert failed.output["response"]["body"] == {"id": "seven"}


@pytest.mark.parametrize(
    ("reply", "fails"),
    [
        (Reply(200, (("Content-Type", "text/html"),), b"<html>"), True),
        (Reply(200, (("Content-Type", "application/json"),), b""), True),
        (Reply(204), False),
        (json_reply({"id": 1}), False),
    ],
)
def test_an_enforced_schema_holds_for_what_is_not_json_too(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, reply: Reply, fails: bool
) -> None:
    httptask_server.route("/thing", lambda _: reply)
    uri = f"{httptask_server.url}/thing"
    schema = {"type": "object"}
    result = run(httptask_tasks, uri, responseSchema=schema, enforceResponseSchema=True)
    assert (result.status is TaskStatus.FAILED) == fails


def test_the_request_schema_points_at_the_authors_field(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    schema = {
        "type": "object",
        "properties": {"size": {"enum": ["small", "large"]}, "n": {"type": "integer"}},
        "additionalProperties": False,
        "required": ["n"],
    }
    uri = f"{httptask_server.url}/echo"
    for body, pointer, hint in (
        ({"n": "1"}, "/n", ""),
        ({"n": 1, "size": "big"}, "/size", "one of small, large"),
        ({"n": 1, "siez": "small"}, "/siez", "did you mean 'size'?"),
        ({}, "/n", ""),
    ):
        result = run(httptask_tasks, uri, "POST", body=body, requestSchema=schema)
        assert result.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
        assert result.error is not None
        assert result.error.code == "request_schema"
        assert result.error.pointer == f"/inputParameters/http_request/body{pointer}"
        assert result.error.hint == hint
    assert httptask_server.requests == []
    parameters = {"properties": {"query": {"required": ["page"]}}, "required": ["query"]}
    missing = run(httptask_tasks, uri, parametersSchema=parameters, query={"p": 1})
    assert missing.error is not None
    assert missing.error.pointer == "/inputParameters/httptask/query/page"


def test_a_cross_field_rule_says_so_in_its_own_words(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    schema = {
        "type": "object",
        "if": {"properties": {"stream": {"const": True}}, "required": ["stream"]},
        "then": {
            "description": "With stream, partial_images must be greater than 0.",
            "properties": {"partial_images": {"exclusiveMinimum": 0}},
            "required": ["partial_images"],
        },
    }
    uri = f"{httptask_server.url}/echo"
    for body, refused in (
        ({"stream": True, "partial_images": 0}, True),
        ({"stream": True}, True),
        ({"stream": True, "partial_images": 1}, False),
        ({"stream": False, "partial_images": 0}, False),
        ({"partial_images": 0}, False),
    ):
        result = run(httptask_tasks, uri, "POST", body=body, requestSchema=schema)
        assert (result.error is not None) == refused, body
        if result.error is not None:
            assert result.error.pointer.endswith("/body/partial_images")
            assert "greater than 0" in result.error.hint

"""What a run refuses by the schemas of a task is found before, at the same place."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.app.check import check
from httptask.app.load import Surroundings
from httptask.testing import LoopbackServer, json_reply
from httptask.testing.tasks import TaskRunner

FIELDS = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 2},
        "count": {"type": "integer", "maximum": 5},
        "image": {"type": "string", "minLength": 9},
    },
}
LIST = {"type": "array", "minItems": 1, "items": FIELDS}
QUERY = {
    "required": ["name"],
    "properties": {
        "name": {},
        "count": {"type": "integer", "maximum": 5},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
    },
}
PARAMETERS = {
    "properties": {
        "query": QUERY,
        "headers": {"properties": {"X-Region": {"enum": ["eu", "us"]}}},
        "cookies": {"properties": {"mode": {"enum": ["a", "b"]}}},
    }
}
WRONG = [({"name": "k"}, "/name"), ({"name": "kite", "count": 6}, "/count"), ({}, "/name")]


@pytest.fixture
def refused(httptask_server: LoopbackServer, httptask_tasks: TaskRunner) -> Any:
    """Check a request, and make it; return where it is refused."""
    httptask_server.route("/thing", lambda _: json_reply({}))

    def refused(request: dict[str, Any], **options: Any) -> list[str]:
        called = {"uri": f"{httptask_server.url}/thing", "method": "POST", **request}
        inputs = {"http_request": called, "httptask": options}
        task = {"name": "a", "taskReferenceName": "a", "type": "HTTP", "inputParameters": inputs}
        flow = {"name": "w", "version": 1, "tasks": [task]}
        found = check(flow, Surroundings(), "httptask").findings
        errors = [each.pointer for each in found if each.code == "request_schema"]
        error = httptask_tasks.run(inputs).error
        told = [error.pointer] if error else []
        assert told == [each.removeprefix("/tasks/0") for each in errors[:1]]
        return [each.removeprefix("/tasks/0/inputParameters") for each in errors]

    return refused


@pytest.mark.parametrize("key", ["form", "multipart"])
@pytest.mark.parametrize(("value", "below"), WRONG)
def test_fields(refused: Any, key: str, value: Any, below: str) -> None:
    assert refused({}, requestSchema=FIELDS, **{key: value}) == [f"/httptask/{key}{below}"]
    assert refused({}, requestSchema=FIELDS, **{key: {"name": "kite", "count": 3}}) == []


@pytest.mark.parametrize(
    ("schema", "body", "below"),
    [
        (FIELDS, None, ""),
        (FIELDS, "kite", ""),
        (FIELDS, {"name": "kite", "nmae": 1}, "/nmae"),
        (LIST, [{"name": "kite"}], None),
        (LIST, [], ""),
        (LIST, [{"name": "kite"}, {"name": "k"}], "/1/name"),
        ({"type": "string", "maxLength": 3}, "abc", None),
        ({"type": "string", "maxLength": 3}, "abcd", ""),
    ],
)
def test_bodies(refused: Any, schema: Any, body: Any, below: str | None) -> None:
    wanted = [] if below is None else [f"/http_request/body{below}"]
    assert refused({"body": body}, requestSchema=schema) == wanted


def test_a_part_is_its_text_and_a_file_any(refused: Any) -> None:
    part = {"value": "a", "filename": "a.png"}
    wrong = {"name": "kite", "image": part}
    assert refused({}, requestSchema=FIELDS, multipart=wrong) == ["/httptask/multipart/image"]
    right = {"name": "kite", "image": {**part, "value": "abcdefghi"}}
    assert refused({}, requestSchema=FIELDS, multipart=right) == []


def test_what_graphql_sends_is_not_what_the_schema_describes(refused: Any) -> None:
    assert refused({}, requestSchema=FIELDS, graphql={"query": "{ me }"}) == []


@pytest.mark.parametrize(
    ("key", "value", "below"),
    [
        ("query", {"name": 1, "count": "5", "tags": "a"}, None),
        ("query", {"name": 1, "count": None, "tags": None}, None),
        ("query", {"name": None}, "/name"),
        ("query", {"name": 1, "count": "6"}, "/count"),
        ("query", {"name": 1, "tags": ["a", "c"]}, "/tags/1"),
        ("cookies", {"mode": "c"}, "/mode"),
    ],
)
def test_parameters(refused: Any, key: str, value: Any, below: str | None) -> None:
    wanted = [] if below is None else [f"/httptask/{key}{below}"]
    assert refused({}, parametersSchema=PARAMETERS, **{key: value}) == wanted


def test_names_of_headers_may_be_in_any_case(refused: Any) -> None:
    headers = {"x-region": "eu"}
    assert refused({"headers": headers}, parametersSchema=PARAMETERS) == []
    found = refused({"headers": {"x-region": "mars"}}, parametersSchema=PARAMETERS)
    assert found == ["/http_request/headers/x-region"]

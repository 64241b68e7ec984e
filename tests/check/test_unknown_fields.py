"""A body field that an open schema does not list is worth a warning, with the nearest name."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.check import check_task
from httptask.definition.loader import load_task

SCHEMA = {
    "$ref": "#/$defs/Image",
    "$defs": {
        "Image": {
            "type": "object",
            "properties": {
                "quality": {"type": "string"},
                "parts": {"type": "array", "items": {"properties": {"name": {}}}},
            },
        }
    },
}


def task(body: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return a task that sends this body."""
    request = {"uri": "https://api.example.com/x", "method": "POST", "body": body}
    return {
        "name": "t",
        "taskReferenceName": "t",
        "type": "HTTP",
        "inputParameters": {"http_request": request, "httptask": {"requestSchema": schema}},
    }


@pytest.mark.parametrize(
    ("body", "pointer", "hint"),
    [
        ({"qualty": "high"}, "/qualty", 'did you mean "quality"?'),
        ({"parts": [{"nam": 1}]}, "/parts/0/nam", 'did you mean "name"?'),
    ],
)
def test_an_unlisted_field_is_a_warning(body: dict[str, Any], pointer: str, hint: str) -> None:
    """Nested fields count as well."""
    findings = check_task(load_task(task(body, SCHEMA)))

    assert [(each.code, each.severity, each.pointer, each.hint) for each in findings] == [
        (
            "body_field_unknown",
            "warning",
            f"/inputParameters/http_request/body{pointer}",
            hint,
        )
    ]


@pytest.mark.parametrize(
    "schema",
    [{"type": "object"}, {"properties": {"a": {}}, "additionalProperties": True}, {}],
)
def test_a_schema_that_lists_nothing_or_takes_anything_says_nothing(
    schema: dict[str, Any],
) -> None:
    """Only a list of names can lack one."""
    assert check_task(load_task(task({"qualty": "high"}, schema))) == []


def test_a_closed_schema_says_it_once() -> None:
    """The error of the closed schema is enough."""
    closed = {"properties": {"quality": {}}, "additionalProperties": False}
    findings = check_task(load_task(task({"qualty": "high"}, closed)))

    assert [each.code for each in findings] == ["request_schema"]

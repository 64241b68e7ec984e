"""Names of response headers are compared without case in completion and in what is marked."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.app.context import Given, context_of
from httptask.editor.completion import Known, complete
from httptask.editor.services import Draft
from httptask.editor.stale_paths import unmatched_outputs, unmatched_references
from httptask.expressions import compile_template

SAMPLE = {"response": {"statusCode": 200, "headers": {"eTag": ["v"], "link": ["l"]}, "body": {}}}


def task(ref: str, **inputs: Any) -> dict[str, Any]:
    request = {"uri": "https://api.example.com", "method": "GET", **inputs.pop("request", {})}
    return {
        "name": ref,
        "taskReferenceName": ref,
        "type": "HTTP",
        "inputParameters": {"http_request": request, "httptask": inputs},
    }


def draft(second: dict[str, Any]) -> Draft:
    return Draft(second, {"name": "w", "tasks": [task("a"), second]})


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("a.output.response.headers.", ["eTag", "link"]),
        ("a.output.response.headers.ETA", ["eTag"]),
        ("a.output.response.headers.LINK[", ["[0]"]),
        ("a.output.response.headers['ETAG'].", ["[0]"]),
        ("a.output.response.HEADERS.", []),
    ],
)
def test_completion(text: str, offered: list[str]) -> None:
    found = complete(draft(task("b")), text, Known({"a": SAMPLE}))
    assert [each["label"] for each in found] == offered


def test_what_the_last_response_has_is_not_marked() -> None:
    mapped = {
        "a": "$.response.headers.ETAG[0]",
        "b": "$.response.cookies.sid",
        "c": "$.response.location",
        "d": "$.response.headers.nothing",
    }
    marked = [finding.pointer for finding in unmatched_outputs(task("a", output=mapped), SAMPLE)]
    assert marked == ["/inputParameters/httptask/output/d"]
    reading = {"headers": {
        "If-Match": "${a.output.response.headers.Etag[0]}",
        "X": "${a.output.response.headers.None[0]}",
    }}  # fmt: skip
    found = unmatched_references(task("b", request=reading), {"a": SAMPLE})
    assert [each.pointer for each in found] == ["/inputParameters/http_request/headers/X"]


def test_a_test_request_reads_them() -> None:
    context = context_of(draft(task("b")).workflow, Given(outputs={"a": SAMPLE}))
    template = compile_template("${a.output.response.headers.ETag[0]}")
    assert template.evaluate(context) == "v"

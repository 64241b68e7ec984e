"""Paths of a task that asks for all pages of a list."""

from __future__ import annotations

from typing import Any

from httptask.check import check_task
from httptask.definition.findings import Finding
from httptask.definition.loader import load_task


def _findings(options: dict[str, Any]) -> list[Finding]:
    request = {"uri": "https://api.example.com/items", "method": "GET"}
    inputs = {"http_request": request, "httptask": options}
    task = {"name": "t", "taskReferenceName": "t", "type": "HTTP", "inputParameters": inputs}
    return list(check_task(load_task(task)))


def test_what_reads_pages_is_held_against_a_page_and_what_reads_the_list_against_it() -> None:
    item = {"type": "object", "properties": {"id": {"type": "integer"}}}
    page = {
        "type": "object",
        "properties": {
            "data": {"type": "array", "items": {"$ref": "#/$defs/item"}},
            "next": {"type": "string"},
        },
        "$defs": {"item": item},
    }
    paging = {"kind": "cursor", "parameter": "c", "token": "$.response.body.nxt"}
    options = {
        "paging": paging,
        "responseSchema": page,
        "output": {
            "good": "$.response.body[0].id",
            "count": "$.response.pages",
            "bad": "$.response.body[0].ids",
            "page": "$.response.body.next",
        },
    }
    found = {
        (finding.pointer.rpartition("httptask/")[2], finding.hint) for finding in _findings(options)
    }
    assert found == {
        ("paging/token", "did you mean 'next'?"),
        ("output/bad", "did you mean 'id'?"),
        ("output/page", ""),
    }
    lines = {"output/good", "output/bad", "output/page", "paging/token"}
    options = {**options, "paging": {**paging, "to": "ndjson"}}
    findings = _findings(options)
    assert {finding.pointer.rpartition("httptask/")[2] for finding in findings} == lines

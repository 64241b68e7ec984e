"""The paths that the check finds in a script, by names that the script gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import httptask
from httptask.check.script_reads import named_reads, reads


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("const o = $.order; o.id", [("order", "id")]),
        ("var o = $.order\no['id'].trim()", [("order", "id")]),
        ("$.lines.map(x => x.sku)", [("lines", 0, "sku")]),
        ("$.a.b.filter((x, i) => x.c > i)", [("a", "b", 0, "c")]),
        ("$.a.find(function (x) { return x.b.c === 1 })", [("a", 0, "b", "c")]),
        ("$.a.map(x => x.b).concat($.c.map(y => y.d))", [("a", 0, "b"), ("c", 0, "d")]),
        ("$.a.map(x => x); x.b", []),
        ("let o = $.a; o = $.b; o.c", []),
        ("const o = $.a || {}; o.b", []),
        ("const o = $.a; 'o.b' // o.c", []),
        ("$.a.map(x => x.b.map(x => x.c))", []),
        ("const o = $.a; p.o.b", []),
    ],
)
def test_names_of_paths(script: str, found: list[tuple[Any, ...]]) -> None:
    assert [read.steps for read in named_reads(script)] == found


PIECES = (
    "$.a",
    "$.b.c",
    "x",
    "x.y",
    "const x = ",
    ".map(",
    "x =>",
    "(",
    ")",
    ";",
    "'s'",
    "//",
    " ",
)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_is_read(script: str) -> None:
    for read in [*reads(script), *named_reads(script)]:
        assert script[read.start : read.start + len(read.text)] == read.text
        assert read.end <= len(script)


ITEM = {"type": "object", "properties": {"sku": {"type": "string"}, "state": {"enum": ["a", "b"]}}}
RESPONSE = {"type": "object", "properties": {"lines": {"type": "array", "items": ITEM}}}


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("$.lines.map(x => x.sku)", None),
        ("$.lines.map(x => x.skew)", "script_name_unknown"),
        ("$.lines.some(x => x.state === 'b')", None),
        ("$.lines.some(x => x.state === 'c')", "script_value_impossible"),
        ("$.lines[0].state === 'c'", "script_value_impossible"),
        ("const one = $.lines[0]; one.skew", "script_name_unknown"),
        ("$.lines.length && $.lines.map(x => x.sku.length)", None),
    ],
)
def test_names_in_functions_are_those_of_the_schema(script: str, code: str | None) -> None:
    request = {"uri": "https://api.example.com/v1", "method": "GET"}
    first = {"http_request": request, "httptask": {"responseSchema": RESPONSE}}
    second = {
        "evaluatorType": "graaljs",
        "expression": script,
        "lines": "${a.output.response.body.lines}",
    }
    tasks = [
        {"name": ref, "taskReferenceName": ref, "type": kind, "inputParameters": inputs}
        for ref, kind, inputs in (("a", "HTTP", first), ("b", "INLINE", second))
    ]
    found = [each.code for each in httptask.check_workflow({"name": "w", "tasks": tasks})]
    assert found == ([code] if code else [])

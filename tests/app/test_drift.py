"""Which steps of workflow definitions a change of a description affects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from httptask.app.drift import affected
from httptask.catalog import Catalog
from httptask.errors import DefinitionError

URL = "https://pets.example.com"
PET: dict[str, Any] = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "kind": {"enum": ["cat", "dog"]},
        "owner": {"type": "object", "properties": {"name": {"type": "string"}}},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}


def operation(sent: Any = PET, got: Any = PET, **more: Any) -> dict[str, Any]:
    """Return an operation that takes and gives JSON."""
    content = [{"application/json": {"schema": schema}} for schema in (sent, got)]
    return {
        "requestBody": {"content": content[0]},
        "responses": {"200": {"description": "", "content": content[1]}},
        **more,
    }


def altered(**fields: Any) -> dict[str, Any]:
    """Return the schema with other fields; None leaves one out."""
    made = {**PET["properties"], **fields}
    return {**PET, "properties": {name: each for name, each in made.items() if each is not None}}


@pytest.fixture
def update(tmp_path: Path) -> Any:
    """Update an operation; return what that means for a workflow."""

    def run(before: Any, now: Any, flow: Any) -> list[tuple[str, str, str]]:
        description, file = tmp_path / "pets.json", tmp_path / "flow.json"
        file.write_text(json.dumps(flow), "utf-8")
        with Catalog.open(tmp_path / "catalog") as catalog:
            for each in (before, now):
                paths = {"/pets": {"post": each}} if each is not None else {}
                document = {
                    "openapi": "3.0.3",
                    "info": {"title": "Pets", "version": "1"},
                    "servers": [{"url": URL}],
                    "paths": {"/other": {"get": {}}, **paths},
                }
                description.write_text(json.dumps(document), "utf-8")
                changes = catalog.add(description)
        found = affected(changes, [file])
        assert all(each.source == str(file) for each in found)
        return [(each.code, each.severity, each.pointer) for each in found]

    return run


def flow(body: Any, *more: Any, **options: Any) -> dict[str, Any]:
    """Return a workflow whose step, in a branch, calls the operation."""
    request = {"uri": f"{URL}/pets", "method": "POST", "body": body}
    call = {
        "name": "add", "taskReferenceName": "add", "type": "HTTP",
        "inputParameters": {
            "http_request": request,
            "httptask": {"operation": {"id": "pets/post-pets"}, **options},
        },
    }  # fmt: skip
    switch = {"name": "s", "taskReferenceName": "s", "type": "SWITCH", "defaultCase": [call]}
    return {"name": "flow", "version": 1, "schemaVersion": 2, "tasks": [switch, *more]}


AT = "/tasks/0/defaultCase/0/inputParameters"
BODY = f"{AT}/http_request/body"
NEEDS_N = {**PET, "required": ["n"]}
NEEDS_NAME = altered(owner={**PET["properties"]["owner"], "required": ["name"]})
READER = {
    "name": "r", "taskReferenceName": "r", "type": "INLINE",
    "inputParameters": {"a": ["${add.output.response.body.owner.name}"], "b": "${add.output.x}"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("now", "body", "expected"),
    [
        (operation(NEEDS_N), {}, [("field_required", "error", BODY)]),
        (operation(NEEDS_N), {"n": 1}, []),
        (operation(NEEDS_N), "${workflow.input.pet}", [("field_required", "warning", BODY)]),
        (operation(NEEDS_NAME), {}, []),
        (operation(NEEDS_NAME), {"owner": {}}, [("field_required", "error", f"{BODY}/owner")]),
        (operation(altered(n={"type": "string"})), {"n": 1},
         [("type_changed", "error", f"{BODY}/n")]),
        (operation(altered(n={"type": "string"})), {"n": "1"}, []),
        (operation(altered(n={"type": "string"})), {"n": "${workflow.input.n}"},
         [("type_changed", "warning", f"{BODY}/n")]),
        (operation(altered(n={"type": "string"})), {}, []),
        (operation(altered(n=None)), {"n": 1}, [("field_gone", "warning", f"{BODY}/n")]),
        (operation(altered(kind={"enum": ["cat"]})), {"kind": "dog"},
         [("choice_gone", "error", f"{BODY}/kind")]),
        (operation(altered(kind={"enum": ["cat"]})), {"kind": "cat"}, []),
        (operation(altered(tags={"type": "array", "items": {"type": "integer"}})),
         {"tags": ["a"]}, [("type_changed", "error", f"{BODY}/tags/0")]),
        (None, {}, [("operation_gone", "error", f"{AT}/httptask/operation")]),
        (operation(deprecated=True), {},
         [("operation_deprecated", "warning", f"{AT}/httptask/operation")]),
        (operation(servers=[{"url": "https://new.example.com"}]), {},
         [("server_gone", "error", f"{AT}/http_request/uri")]),
    ],
)  # fmt: skip
def test_what_is_sent(update: Any, now: Any, body: Any, expected: Any) -> None:
    assert update(operation(), now, flow(body)) == expected


def test_what_is_read(update: Any) -> None:
    now = operation(got=altered(owner=None, n={"type": "string"}))
    output = {
        "who": "$.response.body.owner.name",
        "n": {"path": "$.response.body['n']"},
        "k": "$.response.body.kind",
    }
    found = update(operation(), now, flow({}, READER, output=output))
    assert sorted(found) == [
        ("response_field_gone", "error", f"{AT}/httptask/output/who"),
        ("response_field_gone", "error", "/tasks/1/inputParameters/a/0"),
        ("response_type_changed", "error", f"{AT}/httptask/output/n"),
    ]


@pytest.mark.parametrize(
    ("place", "given", "expected"),
    [
        ("query", {"query": {}}, "/httptask/query"),
        ("query", {"query": {"q": 1}}, ""),
        ("header", {}, "/http_request/headers"),
        ("cookie", {"cookies": {"q": "1"}}, ""),
    ],
)
def test_parameters(update: Any, place: str, given: Any, expected: str) -> None:
    needed = {"name": "q", "in": place, "required": True, "schema": {}}
    found = update(operation(), operation(parameters=[needed]), flow({}, **given))
    assert found == ([("field_required", "error", f"{AT}{expected}")] if expected else [])


def test_a_step_of_another_operation_is_not_affected(update: Any) -> None:
    other = flow({}, operation={"id": "pets/get-other"})
    assert update(operation(), None, other) == []


def test_a_folder_may_hold_anything(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.json").write_text("[1]")
    assert affected([], [tmp_path]) == []
    with pytest.raises(DefinitionError) as caught:
        affected([], [tmp_path / "b.json"])
    assert caught.value.code == "no_definition"


@pytest.mark.parametrize(
    ("server", "uri", "is_found"),
    [
        (URL, f"{URL}/pets", True),
        (URL, f"{URL}?a=/b", True),
        (URL, f"{URL}0/pets", False),
        (URL, f"{URL}.au/pets", False),
        ("{protocol}://api.example.com", "https://api.example.com/x", True),
        ("{protocol}://api.example.com", "https://other.example/x", False),
        ("https://{region}.example.com/{base}/", "https://eu.example.com/v1/x", True),
        ("https://{region}.example.com/{base}", "https://${workflow.input.r}.example.com/v1", True),
        ("https://[::1]:81", "https://[::1]:81/x", True),
        ("https://[::1]:81", "https://::81/x", False),
        ("/", "https://x", False),
    ],
)
def test_which_addresses_are_of_a_server_that_is_gone(
    update: Any, server: str, uri: str, is_found: bool
) -> None:
    task = flow({})
    task["tasks"][0]["defaultCase"][0]["inputParameters"]["http_request"]["uri"] = uri
    before = operation(servers=[{"url": server}, {"url": "https://new.example.com"}])
    found = update(before, operation(servers=[{"url": "https://new.example.com"}]), task)
    assert [code for code, _, _ in found] == ["server_gone"] * is_found

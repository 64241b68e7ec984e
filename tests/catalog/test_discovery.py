"""Google Discovery documents: every method accounted for, searched and prepared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.catalog import Catalog, Operation
from httptask.catalog.discovery import DiscoveryImporter
from httptask.catalog.openapi.description import METHODS
from httptask.cli.app import run as run_command_line

Json = Any
SCOPES = ["https://auth.example.com/books", "https://auth.example.com/books.readonly"]
BOOK = {
    "id": "Book",
    "type": "object",
    "properties": {
        "name": {"type": "string", "readOnly": True},
        "title": {"type": "string", "required": True},
        "pages": {"type": "integer", "format": "int32", "minimum": "1"},
        "size": {"type": "string", "format": "int64"},
        "lent": {"type": "boolean", "default": "false"},
        "state": {"type": "string", "enum": ["NEW", "OLD"], "enumDescriptions": ["", ""]},
        "parts": {"type": "array", "items": {"$ref": "Book"}},
        "labels": {"type": "object", "additionalProperties": {"type": "any"}},
    },
}
CREATE = {
    "id": "library.shelves.books.create",
    "description": "Adds a book to a shelf. It must have a title.",
    "flatPath": "v1/shelves/{shelvesId}/books",
    "path": "v1/{+parent}/books",
    "httpMethod": "POST",
    "parameters": {
        "parent": {"type": "string", "location": "path", "required": True, "description": "Shelf.",
                   "pattern": "^shelves/[^/]+$"},
        "tag": {"type": "string", "location": "query", "repeated": True},
    },
    "request": {"$ref": "Book"},
    "response": {"$ref": "Book"},
    "scopes": SCOPES[:1],
    "mediaUpload": {"accept": ["image/*"], "protocols": {
        "simple": {"multipart": True, "path": "/upload/v1/shelves/{shelvesId}/books"}}},
}  # fmt: skip
LIST = {
    "id": "library.shelves.list",
    "path": "v1/shelves",
    "httpMethod": "GET",
    "parameters": {"size": {"type": "integer", "location": "query", "default": "20"}},
    "scopes": SCOPES,
}
LIBRARY = {
    "kind": "discovery#restDescription",
    "name": "library",
    "version": "v1",
    "title": "Library API",
    "rootUrl": "https://library.example.com/",
    "servicePath": "",
    "documentationLink": "https://library.example.com/docs",
    "auth": {"oauth2": {"scopes": {scope: {"description": "Books"} for scope in SCOPES}}},
    "parameters": {"fields": {"type": "string", "location": "query"}},
    "schemas": {"Book": BOOK},
    "resources": {
        "shelves": {
            "methods": {"list": LIST},
            "resources": {"books": {"methods": {"create": CREATE}}},
        }
    },
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The description of a library."""
    file = tmp_path / "library.json"
    file.write_text(json.dumps(LIBRARY), "utf-8")
    return file


@pytest.fixture
def create(catalog: Catalog, path: Path) -> Operation:
    """The method that adds a book."""
    catalog.add(path)
    return catalog.get("library.shelves.books.create")


def test_every_method_is_an_operation(catalog: Catalog, path: Path) -> None:
    change = catalog.add(path)[0]
    assert (change.imported, change.degraded, change.rejected) == (3, 0, 0)
    assert catalog.operations("library-api") == [
        "library-api/get-v1-shelves",
        "library-api/post-v1-shelves-shelves-id-books",
        "library-api/post-upload-v1-shelves-shelves-id-books",
    ]
    assert catalog.apis()[-1].importer == "discovery"
    assert catalog.search("add a book")[0].id == "library-api/post-v1-shelves-shelves-id-books"


def test_a_flat_path_has_parameters_of_its_own(create: Operation) -> None:
    found = {each.name: each for each in create.parameters}
    assert list(found) == ["fields", "tag", "shelvesId"]
    assert found["shelvesId"].location == "path"
    assert found["shelvesId"].description == "Part of `parent`. Shelf."
    assert found["tag"].schema == {"type": "array", "items": {"type": "string"}}
    assert (found["tag"].style, found["tag"].explode) == ("form", True)


def test_schemas_are_those_of_today(create: Operation) -> None:
    book = create.definitions["Book"]
    members = book["properties"]
    assert book["required"] == ["title"]
    assert members["pages"]["minimum"] == 1
    assert members["lent"]["default"] is False
    assert members["parts"] == {"type": "array", "items": {"$ref": "#/$defs/Book"}}
    assert members["labels"]["additionalProperties"] == {}
    assert create.tags == ("shelves.books",)
    assert create.documentation == "https://library.example.com/docs"


def test_a_scope_is_an_alternative(catalog: Catalog, create: Operation) -> None:
    assert [[each.scopes for each in option] for option in create.auth] == [[(SCOPES[0],)]]
    listed = catalog.get("library.shelves.list")
    assert [option[0].scopes for option in listed.auth] == [(SCOPES[0],), (SCOPES[1],)]
    assert listed.auth[0][0].flows[0].token_url.startswith("https://")


def test_a_task_calls_the_method(catalog: Catalog, create: Operation) -> None:
    inputs = catalog.prepare(create.id)["inputParameters"]
    request, options = inputs["http_request"], inputs["httptask"]
    assert request["uri"] == "https://library.example.com/v1/shelves/{shelvesId}/books"
    assert (request["method"], request["contentType"]) == ("POST", "application/json")
    assert request["body"] == {"title": "${workflow.input.title}"}
    assert options["path"] == {"shelvesId": "${workflow.input.shelvesId}"}


def test_an_upload_sends_a_file(catalog: Catalog, create: Operation) -> None:
    inputs = catalog.prepare(f"{create.id.replace('post-', 'post-upload-')}")["inputParameters"]
    request, options = inputs["http_request"], inputs["httptask"]
    assert request["uri"] == "https://library.example.com/upload/v1/shelves/{shelvesId}/books"
    assert options["query"] == {"uploadType": "media"}
    assert options["file"] == "${workflow.input.file}"
    assert request["contentType"] == "image/png"


def test_all_tasks_pass_the_check(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    folder, place = tmp_path / "tasks", str(catalog.path)
    assert run_command_line(["catalog", "add", str(path), "--catalog", place]) == 0
    new = ["new", "--api", "library", "--all", "-o", str(folder), "--catalog", place]
    assert run_command_line(new) == 0
    assert run_command_line(["check", *map(str, folder.iterdir())]) == 0


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        (7, "operation_invalid"),
        ({"path": "a"}, "operation_invalid"),
        ({"path": "v1/shelves", "httpMethod": "GET"}, "operation_repeated"),
        ({"path": "b", "httpMethod": "BREW IT"}, "method_unsupported"),
    ],
)
def test_a_method_that_cannot_be_called_is_rejected(
    catalog: Catalog, tmp_path: Path, method: Json, kind: str
) -> None:
    resource = {"methods": {"list": LIST, "odd": method}}
    file = tmp_path / "library.json"
    file.write_text(json.dumps({**LIBRARY, "resources": {"shelves": resource}}), "utf-8")
    change = catalog.add(file)[0]
    assert (change.imported, change.rejected) == (1, 1)
    report = catalog.report()
    assert report["causes"] == {kind: 1}
    reason = report["documents"][0]["reasons"][0]
    assert kind == "method_unsupported" or reason["pointer"] == "/resources/shelves/methods/odd"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(
        st.sampled_from(["methods", "resources", "path", "httpMethod", "parameters", "scopes",
                         "request", "$ref", "properties", "mediaUpload", "accept", "a"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*LIBRARY, "methods"]), _JSON, max_size=5))
def test_every_method_of_any_document_is_accounted_for(parts: dict[str, Json]) -> None:
    document = {**LIBRARY, **parts, "kind": LIBRARY["kind"]}
    converted = DiscoveryImporter().convert(document)
    kept = [each for item in converted.document["paths"].values() for each in _operations(item)]
    own = sum("servers" not in operation for operation in kept)
    # An upload's pointer has one token more than its method's, which has pairs of them.
    lost = sum(reason.pointer.count("/") % 2 == 0 for reason in converted.rejected)
    assert own + lost == _count(document)


def _operations(item: Json) -> list[Json]:
    more = item.get("additionalOperations", {})
    return [*(each for key, each in item.items() if key in METHODS), *more.values()]


def _count(resource: Json) -> int:
    inside = [resource.get(key) for key in ("methods", "resources")]
    methods, resources = (each if isinstance(each, dict) else {} for each in inside)
    return len(methods) + sum(_count(each) for each in resources.values() if isinstance(each, dict))
